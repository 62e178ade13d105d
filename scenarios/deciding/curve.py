"""When to do a thing: the same thing on one day after another, in the same markets, at one luck."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from scenarios.asking.bands import INSIDE
from scenarios.deciding.trials import AS_IT_WAS, Trials
from scenarios.deciding.words import banded, conditions, label, setting
from sim.checks import in_range
from sim.errors import ConfigError
from sim.experiments.paths import current
from sim.scenario import Scenario

#: Days of a curve.
MOST_DAYS = 400


@dataclass(frozen=True)
class Doing:
    """What is done on one day or another.

    Parameters
    ----------
    event
        Id of an event that is moved; empty if a parameter is set from a day on.
    path, value
        The parameter, and what it is set to.
    """

    event: str = ""
    path: str = ""
    value: Any = None

    def on(self, day: dt.date) -> dict[str, Any]:
        """Return the point of a sweep at which it is done on a day."""
        if self.event:
            return {f"event:{self.event}.date": str(day)}
        return {f"{self.path}@{day}": self.value}

    def done(self, scenario: Scenario) -> dt.date | None:
        """Return the day on which the scenario does it; None if it never does."""
        if not self.event:
            return None
        found = current(scenario, f"event:{self.event}.date")
        return found if isinstance(found, dt.date) else dt.date.fromisoformat(str(found))

    @property
    def text(self) -> str:
        """What it is, in words."""
        if self.event:
            return self.event.replace("_", " ")
        if self.path.endswith(".running") and self.value is False:
            return f"closing {self.path.partition('.')[0].capitalize()}"
        return f"{label(self.path)} = {setting(self.value)}"


def days_of(first: dt.date, last: dt.date, every: int) -> tuple[dt.date, ...]:
    """Return days from the first to the last, so many apart.

    Raises
    ------
    ConfigError
        If the last is before the first, or there are too many.
    """
    if last < first:
        raise ConfigError(f"last day {last}: must not be before the first, {first}.")
    every = int(in_range("every", every, 1, 366))
    n = (last - first).days // every + 1
    in_range("days of the curve", n, 2, MOST_DAYS)
    return tuple(first + dt.timedelta(days=every * k) for k in range(n))


@dataclass(frozen=True)
class Curve:
    """What a thing comes to by the day on which it is done.

    Parameters
    ----------
    deed, days
        What, and when.
    outcome
        As it was, then a trial for each day.
    done
        When it was done, if it was.
    """

    deed: Doing
    days: tuple[dt.date, ...]
    outcome: Trials
    done: dt.date | None

    @cached_property
    def best(self) -> int | None:
        """Place of the best day among days; None if none keeps what must be kept."""
        kept = self.outcome.kept[1:]
        means = self.outcome.worth[1:, :, 0].mean(axis=1)
        return int(np.argmax(np.where(kept, means, -np.inf))) if kept.any() else None

    @cached_property
    def equals(self) -> tuple[dt.date, ...]:
        """The days that cannot be told from the best one, in order; the best among them."""
        if self.best is None:
            return ()
        best = self.outcome.worth[1 + self.best, :, 0]
        found = []
        for k, day in enumerate(self.days):
            less = best - self.outcome.worth[1 + k, :, 0]
            low = float(np.quantile(less, (1.0 - INSIDE) / 2.0)) if np.isfinite(less).all() else 1.0
            if self.outcome.kept[1 + k] and (k == self.best or low <= 0.0):
                found.append(day)
        return tuple(found)

    def headline(self) -> str:
        """Say which day is best, beside what was done, and which cannot be told from it."""
        goal = self.outcome.goals[0]
        unit = goal.measure.unit
        if self.best is None:
            return (
                f"On none of {len(self.days)} days does {self.deed.text} keep "
                f"{conditions(self.outcome)} on average."
            )
        trial, day = 1 + self.best, self.days[self.best]
        at_end = day in (self.days[0], self.days[-1])
        edge = ", an end of the days tried" if at_end else ""
        was = "never doing it" if self.done is None else f"{self.done}, when it was done"
        gain = self.outcome.gain(trial)
        told = (
            f"cannot be told from {was}" if gain.straddles
            else f"{banded(gain, unit, True)} against {was}"
        )  # fmt: skip
        return (
            f"{goal.word.capitalize()} {goal.label} comes from {self.deed.text} on {day}{edge}: "
            f"{banded(self.outcome.band(trial), unit)}, {told}."
        )

    def more(self) -> str:
        """Say which days are as good, and what was done came to."""
        if self.best is None:
            return ""
        same = len(self.equals)
        span = (
            "No other day tried comes near." if same == 1
            else f"{same} of {len(self.days)} days tried cannot be told from it, {self.equals[0]} "
            f"to {self.equals[-1]}."
        )  # fmt: skip
        unit = self.outcome.goals[0].measure.unit
        return f"{span} What was done: {banded(self.outcome.band(AS_IT_WAS), unit)}."


def points_of(deed: Doing, days: Sequence[dt.date]) -> list[Mapping[str, Any]]:
    """Return as it was, then the deed on each day."""
    return [{}, *(deed.on(day) for day in days)]
