"""The line of a metric as charts draw it: the mean of a week, so that weekdays do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.metrics import metric_of

if TYPE_CHECKING:
    from sim.results import Results

#: Days of the mean.
SMOOTH = 7


def smooth(run: Results, name: str) -> npt.NDArray[np.float64]:
    """Return (days, platforms): means of a week, ratios of a week's sums, stocks as they are.

    Missing days (NaN) are left out of a week; a week without any day is missing.
    """
    declared = metric_of(name)
    if declared.monthly == "last":
        return run.array(name)
    if declared.monthly == "ratio" and declared.formula is not None:
        return np.asarray(declared.formula(lambda part: week_mean(run.array(part)) * SMOOTH))
    return week_mean(run.array(name))


def week_mean(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return, by row, the mean of the last seven rows that have a value (fewer at the start)."""
    means = pd.DataFrame(values).rolling(SMOOTH, min_periods=1).mean()
    return np.asarray(means.to_numpy())
