"""Markets that tests share: small, checked every night, and comparable bit for bit."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from scenarios import baseline
from scenarios.inputs.sizing import sized
from sim.execution import Execution
from sim.market import Market
from sim.metrics import metric_of
from sim.scenario import Scenario

CHECKED = Execution(threads=1, check=True)
TWO_THREADS = Execution(threads=2, check=True)
#: Invites, opening, Android and packs all happen before this day.
UNTIL = "2025-11-12"


def small(
    n_users: int = 3_000,
    seed: int = 1,
    scenario: Scenario | None = None,
    execution: Execution = CHECKED,
    **market: Any,
) -> Market:
    """Return a small baseline market, conservation checked every day."""
    chosen = sized(scenario or baseline.scenario(), n_users, seed, until=UNTIL)
    return Market(chosen.with_market(**market) if market else chosen, execution=execution)


def bits(market: Market) -> str:
    """Return a hash of everything a market recorded and everything it knows of its users."""
    digest = hashlib.sha256()
    for name, array in sorted(market.record.state().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    columns = market.users.columns
    for name in columns:
        if name != "promoted":
            digest.update(np.ascontiguousarray(columns[name]).tobytes())
    return digest.hexdigest()


def recorded(market: Market, platform: str, until: int | None = None) -> dict[str, Any]:
    """Return one platform's days, metric by metric, but for those in which others are counted."""
    p = list(market.platforms).index(platform)
    return {
        name: array[:until, p]
        for name, array in market.record.daily.items()
        if not metric_of(name).across
    }
