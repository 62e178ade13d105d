"""Retention as a panel would see it: who of those that started is active so many days later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenarios.asking.bands import Band
from scenarios.asking.lab import Lab
from scenarios.inputs.sizing import sized
from sim.cohorts import still_there
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
    cohorts = [run.cohorts(tuple(days)) for run in runs]
    return {
        day: Band.of(np.array([still_there(one, platform, day) for one in cohorts]), "share")
        for day in days
    }
