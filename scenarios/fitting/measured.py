"""What is kept of each run of a fit: its readings, and what is forecast of it month by month.

Everything published is read off every run, whatever a fit is held to, so that runs serve all
vintages and days; a worker sends these few numbers and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache

import numpy as np

from scenarios.forecasting.forecast_table import FORECASTED, Month, months
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.readings import over_days
from scenarios.inputs.targets import POOL_SHARE, Target, every_target
from sim.formulas import Array
from sim.metrics import metric_of
from sim.results import Results

#: Months of which something is forecast, or was.
FIRST_MONTH, LAST_MONTH = dt.date(2025, 10, 1), dt.date(2026, 4, 30)
#: A reading that is not above 0 has no log; this many e-folds below what was published is as far
#: off as any, and still a number.
_MOST_OFF = 6.0


@cache
def read_targets() -> tuple[Target, ...]:
    """Return every target, in the order of all arrays of readings."""
    return every_target(load_inputs())


@cache
def read_months() -> tuple[Month, ...]:
    """Return the months of which something is kept."""
    return tuple(months(FIRST_MONTH, LAST_MONTH))


@cache
def read_series() -> tuple[tuple[str, str], ...]:
    """Return (platform, metric) of all that is forecast, in the order of arrays."""
    return tuple((p, m) for p in load_inputs().platforms for m in FORECASTED)


def measured(results: Results) -> Array:
    """Return one row of a run: readings of `read_targets`, then series by month; NaN if missing.

    Readings are of the pool, before it is scaled up to what is published (`as_published`).
    """
    over = over_days(results)
    row = [one.reading(over, one) if one.reached(results) else np.nan for one in read_targets()]
    last = results.dates[-1].date()
    for platform, metric in read_series():
        for month in read_months():
            row.append(_of_month(results, platform, metric, month, last))
    return np.array(row)


def _of_month(results: Results, platform: str, metric: str, month: Month, last: dt.date) -> float:
    """Return a sum or a mean a day over a month; NaN if the run ends before."""
    if month.last > last or platform not in results.platforms:
        return np.nan
    total = float(results.total(metric, month.first, month.last)[results.platforms.index(platform)])
    # Over a month the market itself sums flows and averages users; a mean a day is asked of both.
    is_summed = metric_of(metric).monthly == "sum"
    return total / month.n_days if is_summed and not FORECASTED[metric].is_sum else total


def split(rows: Array) -> tuple[Array, Array]:
    """Return (runs, targets) readings and (runs, series, months) of rows of `measured`."""
    n = len(read_targets())
    shape = (len(rows), len(read_series()), len(read_months()))
    return rows[:, :n], rows[:, n:].reshape(shape)


def as_published(readings: Array, pool_share: Array) -> Array:
    """Return readings as vendors count them: of the pool, or of the world.

    Parameters
    ----------
    readings
        (runs, targets) of the pool.
    pool_share
        (runs,) share of worldwide use that is the pool's, A45.
    """
    scaled = np.array([one.is_worldwide for one in read_targets()])
    return np.where(scaled, readings / pool_share[:, None], readings)


def pool_shares(names: Sequence[str], values: Array) -> Array:
    """Return (runs,) the pool's share, of (runs, assumptions) values by name."""
    if POOL_SHARE in names:
        return np.asarray(values[:, list(names).index(POOL_SHARE)])
    return np.full(len(values), float(load_inputs().value(POOL_SHARE)))


def log_readings(published: Array, middle: Array) -> Array:
    """Return logs of readings, as far below what was published as can matter where there is none.

    Parameters
    ----------
    published
        (runs, targets).
    middle
        (targets,) log of what was published.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(published)
    floor = middle - _MOST_OFF
    return np.where(np.isfinite(logs), np.maximum(logs, floor), floor)
