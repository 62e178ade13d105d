"""Days that differ: multipliers by weekday and date, as of a holiday, and surfaces that grow."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sim.config import iso_date

_DAYS_OF_WEEK = 7


def a_week(given: tuple[float, ...]) -> tuple[float, ...]:
    """Return multipliers by weekday; ValueError unless there is one for each day, or none."""
    if given and len(given) != _DAYS_OF_WEEK:
        raise ValueError(f"{len(given)} numbers: must be 7, Monday first, or none")
    if not all(0.0 <= one < math.inf for one in given):
        raise ValueError("multipliers by weekday must be finite and >= 0")
    return given


def by_ascending_date(given: dict[str, float]) -> dict[str, float]:
    """Return multipliers by date, in their order; ValueError unless all can be."""
    for date in given:
        iso_date(date)
    if not all(0.0 <= one < math.inf for one in given.values()):
        raise ValueError("multipliers by date must be finite and >= 0")
    return dict(sorted(given.items()))


class Season:
    """The multiplier of each day.

    Parameters
    ----------
    start
        Day 0.
    by_weekday
        Seven numbers, Monday first, or none.
    by_date
        Numbers by ISO date, ascending: straight lines between, 1 outside.
    """

    def __init__(
        self, start: dt.date, by_weekday: Sequence[float], by_date: Mapping[str, float]
    ) -> None:
        self._first = start.weekday()
        self._week = tuple(by_weekday)
        self._days = [(dt.date.fromisoformat(date) - start).days for date in by_date]
        self._values = list(by_date.values())
        self._known: dict[int, float] = {}

    def on(self, day: int) -> float:
        """Return the multiplier of a day index."""
        if day not in self._known:
            self._known[day] = self._on(day)
        return self._known[day]

    def _on(self, day: int) -> float:
        weekday = (self._first + day) % _DAYS_OF_WEEK
        of_week = self._week[weekday] if self._week else 1.0
        if not self._days or not self._days[0] <= day <= self._days[-1]:
            return of_week
        return of_week * float(np.interp(day, self._days, self._values))


class Growth:
    """Users of each surface by day, over those of its last date.

    Parameters
    ----------
    start, n_days
        Day 0, and how many follow: one more is known, the day after the last.
    users
        Users of a surface by ISO date, ascending: straight lines between, level outside.
    surfaces
        Names of all, in order; one without dates does not grow.
    """

    def __init__(
        self,
        start: dt.date,
        n_days: int,
        users: Mapping[str, Mapping[str, float]],
        surfaces: Sequence[str],
    ) -> None:
        every_day = np.arange(n_days + 1)
        self._rel = np.ones((every_day.size, len(surfaces)))
        for surface, by_date in users.items():
            days = [(dt.date.fromisoformat(date) - start).days for date in by_date]
            rel = [one / list(by_date.values())[-1] for one in by_date.values()]
            self._rel[:, surfaces.index(surface)] = np.interp(every_day, days, rel)
        self._rel.flags.writeable = False

    def on(self, day: int) -> npt.NDArray[np.float64]:
        """Return (surfaces,) the users of a day index."""
        row: npt.NDArray[np.float64] = self._rel[day]
        return row
