"""Dated changes of state, as data: each can be moved, removed and undone, and is logged.

An event never touches the configuration, which stays as built; it changes the *terms* a platform
lives under from that morning on.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.config import Config, par
from sim.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from sim.contracts import PlatformAgent


class Opening(Config):
    """Access for the people of some regions on some systems."""

    regions: tuple[str, ...] = par(..., "regions", "Regions to which access opens.")
    os: tuple[str, ...] = par(..., "systems", "Operating systems for which access opens.")


class Event(Config):
    """One dated change of one platform's terms.

    ``set`` gives new values, ``multiply`` factors on numbers, ``open`` access. Values that are
    tables (``reach_per_day``) are merged entry by entry.
    """

    id: str = par(..., "text", "Unique name, by which a scenario moves or removes it.")
    date: dt.date = par(..., "date", "First morning on which it holds.")
    platform: str = par(..., "platform", "Whose terms change.")
    set: dict[str, Any] = par({}, "values", "New values by field.")
    multiply: dict[str, float] = par({}, "factors", "Factors by numeric field.")
    open: Opening | None = par(None, "access", "Access that opens.")
    undo_on: dt.date | None = par(None, "date", "Morning on which the old values return.")
    facts: tuple[str, ...] = par((), "fact ids", "Source.")
    note: str = par("", "text", "What happened, in a sentence.")


class Change(NamedTuple):
    """One line of the log: what an event or a strategy changed, on which day."""

    day: int
    platform: str
    cause: str
    field: str
    before: Any
    after: Any


def new_values(event: Event, terms: Config) -> dict[str, Any]:
    """Return the fields of ``terms`` that the event changes, with their new values.

    Raises
    ------
    ConfigError, UnknownNameError
        If a field does not exist, is fixed once a market is built, or cannot be multiplied.
    """
    values: dict[str, Any] = {}
    for name, value in event.set.items():
        check_changeable(type(terms), name, f"event {event.id!r}")
        old = getattr(terms, name)
        values[name] = (
            {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        )
    for name, factor in event.multiply.items():
        check_changeable(type(terms), name, f"event {event.id!r}")
        old = getattr(terms, name)
        if isinstance(old, bool) or not isinstance(old, int | float):
            raise ConfigError(
                f"event {event.id!r}: {name} = {old!r} is no number to multiply; use set instead."
            )
        product = old * factor
        if isinstance(old, int) and not math.isfinite(product):
            raise ConfigError(
                f"event {event.id!r}: multiply {name} = {factor:g}: must be a finite factor."
            )
        values[name] = round(product) if isinstance(old, int) else product
    return values


def check_changeable(cls: type[Config], name: str, where: str) -> None:
    """Raise unless ``name`` is a field that may change while a market runs."""
    if name not in cls.model_fields:
        raise ConfigError(f"{where}: {unknown_name('parameter', name, cls.model_fields)}")
    extra = cls.model_fields[name].json_schema_extra
    if isinstance(extra, dict) and extra.get("fixed"):
        raise ConfigError(
            f"{where}: {name} is drawn when the market is built and cannot change later; "
            "set it in the platform's block instead."
        )


class Calendar:
    """The events of a run, applied each on its morning.

    Parameters
    ----------
    events
        In order of date, then id.
    start
        Date of day 0; what is dated earlier holds from day 0.
    """

    def __init__(self, events: tuple[Event, ...], start: dt.date) -> None:
        self.events = events
        self.start = start
        self.log: list[Change] = []
        self._before: dict[str, dict[str, Any]] = {}
        self._due: dict[int, list[Event]] = {}
        for event in events:
            for day in {self._first_day(event), self._undo_day(event)}:
                if day is not None:
                    self._due.setdefault(day, []).append(event)

    def _first_day(self, event: Event) -> int:
        return max((event.date - self.start).days, 0)

    def _undo_day(self, event: Event) -> int | None:
        return None if event.undo_on is None else (event.undo_on - self.start).days

    def apply(self, day: int, platforms: Mapping[str, PlatformAgent]) -> None:
        """Apply, and undo, what is due on this day."""
        for event in self._due.get(day, ()):
            platform = platforms[event.platform]
            if self._first_day(event) == day:
                values = new_values(event, platform.terms)
                self._before[event.id] = {name: getattr(platform.terms, name) for name in values}
                if values:
                    platform.change(event.id, values)
                if event.open is not None:
                    platform.open_access(event.id, event.open)
            if self._undo_day(event) == day:
                platform.change(f"undo {event.id}", self._before.get(event.id, {}))

    def note(self, change: Change) -> None:
        """Write one change to the log."""
        self.log.append(change)

    def state(self) -> dict[str, Any]:
        """Return log and old values, for a saved market."""
        return {"log": [list(change) for change in self.log], "before": self._before}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a saved log."""
        self.log = [Change(*line) for line in state["log"]]
        self._before = {name: dict(values) for name, values in state["before"].items()}
