"""The calendar of a run: events applied and undone each on its morning, and the log of changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from sim.checks import short
from sim.config import Config
from sim.errors import ConfigError, DataError, unknown_name
from sim.interventions import (
    INTERVENTIONS,
    Change,
    Event,
    as_told,
    check_changeable,
    new_values,
)

if TYPE_CHECKING:
    from sim.contracts import PlatformAgent


class Calendar:
    """The events of a run, applied each on its morning.

    Parameters
    ----------
    events
        In order of date, then id.
    start
        Date of day 0; what is dated earlier holds from day 0.

    Raises
    ------
    UnknownNameError, ConfigError
        If an event names an intervention that nobody registered, or with other parameters than it
        takes.
    """

    def __init__(self, events: tuple[Event, ...], start: dt.date) -> None:
        self.events = events
        self.start = start
        self.log: list[Change] = []
        self._before: dict[str, dict[str, Any]] = {}
        self._due: dict[int, list[Event]] = {}
        for event in events:
            if event.do:
                # The market, and the platform's name, are given beside the event's parameters.
                INTERVENTIONS.check(event.do, event.parameters, 2, f"event {event.id!r}")
            for day in {self._first_day(event), self._undo_day(event)}:
                if day is not None:
                    self._due.setdefault(day, []).append(event)

    def _first_day(self, event: Event) -> int:
        return max((event.date - self.start).days, 0)

    def _undo_day(self, event: Event) -> int | None:
        return None if event.undo_on is None else (event.undo_on - self.start).days

    def apply(self, day: int, platforms: Mapping[str, PlatformAgent], market: Any) -> None:
        """Apply, and undo, what is due on this day.

        Parameters
        ----------
        market
            What an intervention may act on.
        """
        for event in self._due.get(day, ()):
            platform = platforms[event.platform]
            if self._first_day(event) == day:
                values = new_values(event, platform.terms)
                if event.do:
                    done = INTERVENTIONS[event.do](market, event.platform, **event.parameters)
                    values |= new_terms(done, platform.terms, f"intervention {event.do!r}")
                held = {name: getattr(platform.terms, name) for name in values}
                self._before[event.id] = {name: as_told(one) for name, one in held.items()}
                if values:
                    platform.change(event.id, values)
                if event.open is not None:
                    platform.open_access(event.id, event.open)
            if self._undo_day(event) == day:
                platform.change(f"undo {event.id}", self._before.get(event.id, {}))

    @property
    def due_days(self) -> tuple[int, ...]:
        """Days on which anything is applied or undone, in no order."""
        return tuple(self._due)

    def next_due(self, day: int) -> int | None:
        """Return the first day after a day on which anything is applied or undone."""
        return min((due for due in self._due if due > day), default=None)

    def note(self, change: Change) -> None:
        """Write one change to the log."""
        self.log.append(change)

    def state(self) -> dict[str, Any]:
        """Return log and old values, for a saved market."""
        return {"log": [list(change) for change in self.log], "before": self._before}

    def restore(self, state: Mapping[str, Any], day: int, platforms: Collection[str]) -> None:
        """Take over a saved log.

        Parameters
        ----------
        day
            The day that is to be lived next.
        platforms
            Names.

        Raises
        ------
        DataError
            If it tells of other days, platforms or events than there are.
        """
        log = [Change(*line) for line in state["log"]]
        before = {name: dict(values) for name, values in state["before"].items()}
        for change in log:
            if type(change.day) is not int or not 0 <= change.day <= day:
                raise DataError(f"log: day {short(change.day)}: must be from 0 to {day}.")
            if change.platform not in platforms:
                raise DataError(f"log: {unknown_name('platform', change.platform, platforms)}")
        past = {event.id for event in self.events if self._first_day(event) < day}
        if before.keys() != past:
            other = sorted(before.keys() ^ past)[0]
            had = "has been applied" if other in before else "has not been applied"
            raise DataError(f"event {other!r} {had} by day {day}: that is not when it is due.")
        self.log, self._before = log, before


def new_terms(values: object, terms: Config, where: str) -> dict[str, Any]:
    """Return what an intervention or strategy answers, if it is new values by field, or nothing.

    Raises
    ------
    ConfigError
        If it is something else, or names what cannot change while a market runs.
    """
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise ConfigError(
            f"{where} returned {short(values)}: must be new values by field, or None."
        )
    for name in values:
        check_changeable(type(terms), str(name), where)
    return dict(values)
