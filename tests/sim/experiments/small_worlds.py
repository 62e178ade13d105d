"""Scenarios so small that a test can run dozens, and the workers the tests share."""

from __future__ import annotations

from typing import Any

from scenarios import baseline
from scenarios.inputs.sizing import sized
from sim.scenario import Scenario

#: iOS opens on 30 September, so something happens in every run.
START, UNTIL = "2025-09-25", "2025-10-20"


def tiny(n_users: int = 400, seed: int = 1, until: str = UNTIL, **market: Any) -> Scenario:
    """Return the baseline with few users and 26 days."""
    scenario = sized(baseline.scenario(), n_users, seed, until=until)
    return scenario.with_market(start=START, report_from=None, **market)
