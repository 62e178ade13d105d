"""On which days something happens, in words: how many, the first and the last."""

from __future__ import annotations

import numpy as np

from scenarios.asking.bands import Band
from scenarios.asking.findings import Findings


def days_with(found: Findings, arm: str, metric: str, platform: str) -> str:
    """Say on how many days a metric of an arm is above 0, and on which first and last."""
    runs = found.ensembles[arm]
    there = runs.array(metric)[:, :, list(runs.platforms).index(platform)] > 0.0
    some = there.any(axis=1)
    if not some.any():
        return "on no day"
    ends = np.argmax(there, axis=1), there.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)
    first, last = (runs.dates[int(np.median(day[some]))].date() for day in ends)
    days = Band.of(there.sum(axis=1), "days")
    where = "" if some.all() else f", where on any ({some.mean():.0%} of replicates)"
    return f"on {days}, first on {first} and last on {last}{where}"
