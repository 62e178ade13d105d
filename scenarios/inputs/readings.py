"""How whatever tells a metric over days answers a target: sums, means, jumps, peaks."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache
from typing import Protocol, TypeAlias

import pandas as pd

from sim.cohorts import RETENTION_DAYS, still_there
from sim.results import Results

_RETENTION = re.compile(r"retention_D([0-9]+)")


class Spanned(Protocol):
    """What a reading must know of a target: whom it is about, and which days."""

    @property
    def platform(self) -> str:
        """Whom it is about."""

    @property
    def first(self) -> dt.date:
        """First of its days."""

    @property
    def last(self) -> dt.date:
        """Last of its days."""


#: A metric of a platform from one day to another, by its own rule (`sim.results.Results.total`).
Over: TypeAlias = Callable[[str, str, dt.date, dt.date], float]
#: What there is to say about a target, of whatever tells a metric over days.
Reading: TypeAlias = Callable[[Over, Spanned], float]


def total(metric: str) -> Reading:
    """Return a metric over the days of a target (a mean of stocks)."""
    return lambda over, t: over(metric, t.platform, t.first, t.last)


def daily_mean(metric: str) -> Reading:
    """Return the mean a day of what is counted in sums."""

    def measured(over: Over, target: Spanned) -> float:
        n_days = (target.last - target.first).days + 1
        return over(metric, target.platform, target.first, target.last) / n_days

    return measured


def peak(metric: str) -> Reading:
    """Return the highest day of a metric."""

    def measured(over: Over, target: Spanned) -> float:
        days = range((target.last - target.first).days + 1)
        dates = [target.first + dt.timedelta(days=n) for n in days]
        return max(over(metric, target.platform, date, date) for date in dates)

    return measured


def jump(metric: str) -> Reading:
    """Return by how much a metric exceeds its mean of the two days before.

    Installs by system are not recorded; on the day that Android opens, the jump is Android's.
    """

    def measured(over: Over, target: Spanned) -> float:
        two_before, one_before = (target.first - dt.timedelta(days=n) for n in (2, 1))
        usual = over(metric, target.platform, two_before, one_before) / 2.0
        return over(metric, target.platform, target.first, target.first) - usual

    return measured


def over_days(results: Results) -> Over:
    """Return what tells any metric of a run over a span of days, by its own rule.

    ``retention_Dn`` is the part of those who started in weeks of the span that is active n days
    later; a week that cannot be so old by the end of the run is left out. Cohorts are worked out
    once, for all ages that tables have.
    """

    @cache
    def cohorts(ages: tuple[int, ...]) -> pd.DataFrame:
        return results.cohorts(ages)

    def over(metric: str, platform: str, first: dt.date, last: dt.date) -> float:
        age = _RETENTION.fullmatch(metric)
        if age is not None:
            day = int(age[1])
            ages = RETENTION_DAYS if day in RETENTION_DAYS else (day,)
            return still_there(cohorts(ages), platform, day, str(first), str(last))
        return float(results.total(metric, first, last)[results.platforms.index(platform)])

    return over
