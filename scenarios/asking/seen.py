"""Retention as a panel would see it: who of those that started is active so many days later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenarios.asking.findings import Band
from scenarios.asking.lab import Lab
from scenarios.inputs.sizing import sized
from sim.experiments import ensemble
from sim.experiments.work.sources import Source
from sim.scenario import Scenario


def seen_retention(
    lab: Lab, scenario: Scenario, platform: str, days: Sequence[int]
) -> dict[int, Band]:
    """Return the part of new users active on each of some days, over few replicates.

    Runs of their own, to the end of the scenario: a store keeps no cohorts. Weeks count by those
    who started in them, if even the last of these can be so old by then.
    """
    chosen = sized(scenario, lab.size.assumption_users, lab.size.seed)
    replicates = max(lab.size.assumption_replicates, 1)
    runs = ensemble(
        Source(chosen, lab.setup), replicates, executor=lab.executor, keep_cohorts=True
    ).results
    parts: dict[int, list[float]] = {day: [] for day in days}
    for run in runs:
        weeks = run.cohorts(tuple(days)).loc[platform]
        for day in days:
            old = weeks[weeks[f"D{day}"].notna()]
            started = old["activated"].sum()
            part = (old[f"D{day}"] * old["activated"]).sum() / started if started else np.nan
            parts[day].append(float(part))
    return {day: Band.of(np.array(found), "share") for day, found in parts.items()}
