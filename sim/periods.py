"""How days become months, weeks and totals: pure functions on arrays (days, platforms)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.formulas import Array
from sim.metrics import metric_of, scaled

PERIODS = {"day": "D", "week": "W-SUN", "month": "M"}
#: What a monthly table shows, unless asked for more.
TABLE = (
    "installs", "activations", "daily_active", "clips", "unit_cost_usd", "compute_usd",
    "in_app_spend_usd", "revenue_usd", "conversion", "cac_paid_usd", "cac_blended_usd",
    "cac_loaded_usd", "cash_usd", "runway_days", "burn_of_owner_loss",
)  # fmt: skip
#: Metric to (days, platforms), in people or USD.
ByDay = Callable[[str], Array]


def by_day(name: str, recorded: Callable[[str], npt.NDArray[Any]], weight: float) -> Array:
    """Return (days, platforms) of a metric, in people or USD.

    Parameters
    ----------
    recorded
        Function of a recorded metric's name to (days, platforms), in agents, events and cents.
    weight
        People per agent.
    """
    declared = metric_of(name)
    if declared.formula is None:
        return scaled(declared, recorded(name), weight)
    return np.asarray(declared.formula(lambda part: by_day(part, recorded, weight)))


def by_period(name: str, days: ByDay, groups: npt.NDArray[Any], n: int) -> Array:
    """Return (periods, platforms) of a metric, by its own rule.

    Flows are summed, stocks taken on the last day, means averaged, ratios formed of sums.

    Parameters
    ----------
    groups
        (days,) period of each day, in order from 0.
    n
        Number of periods.
    """
    declared = metric_of(name)
    if declared.monthly == "ratio" and declared.formula is not None:
        return np.asarray(declared.formula(lambda part: _sum(days(part), groups, n)))
    series = days(name)
    if declared.monthly == "sum":
        return _sum(series, groups, n)
    if declared.monthly == "last":
        last = np.flatnonzero(np.r_[groups[1:] != groups[:-1], True])
        return series[last]
    return _sum(series, groups, n) / np.bincount(groups, minlength=n)[:, None]


def over_span(name: str, days: ByDay, first: int, last: int) -> Array:
    """Return (platforms,): a metric over the days from first to last, by its own rule."""
    span = slice(first, last + 1)
    one = np.zeros(last + 1 - first, np.int64)
    return np.asarray(by_period(name, lambda part: days(part)[span], one, 1)[0])


def unit_of_total(name: str) -> str:
    """Return the unit of a total over a run: days are summed away."""
    declared = metric_of(name)
    return declared.unit.removesuffix("/day") if declared.monthly == "sum" else declared.unit


def _sum(series: Array, groups: npt.NDArray[Any], n: int) -> Array:
    """Add the days of each period; daily products (cost of clips) are formed before adding."""
    if n == 1:
        # One after the other, as below, and many times faster.
        return np.asarray(np.add.accumulate(series, axis=0, dtype=float)[-1:] + 0.0)
    total = np.zeros((n, series.shape[1]))
    np.add.at(total, groups, series)
    return total
