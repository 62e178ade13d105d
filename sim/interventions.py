"""Dated changes of state, as data: each can be moved, removed and undone, and is logged.

An event never touches the configuration, which stays as built; it changes the *terms* a platform
lives under from that morning on.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, NamedTuple

from pydantic import field_validator

from sim.config import Config, declared, par
from sim.errors import ConfigError, unknown_name
from sim.plugins import Register

#: What an event may do beyond setting values, by name: functions of (market, platform name), and of
#: the event's own parameters, that may act on the market and return new values by field.
INTERVENTIONS = Register("intervention")
#: Puts a function into them: ``@intervention``.
intervention = INTERVENTIONS.add


class Opening(Config):
    """Access for the people of some regions on some systems."""

    regions: tuple[str, ...] = par(..., "regions", "Regions to which access opens.")
    os: tuple[str, ...] = par(..., "systems", "Operating systems for which access opens.")


class Event(Config):
    """One dated change of one platform's terms.

    ``set`` gives new values, ``multiply`` factors on numbers, ``open`` access, ``do`` names an
    intervention that somebody registered. Values that are tables (``reach_per_day``) are merged
    entry by entry.
    """

    id: str = par(..., "text", "Unique name, by which a scenario moves or removes it.")
    date: dt.date = par(..., "date", "First morning on which it holds.")
    platform: str = par(..., "platform", "Whose terms change.")
    set: dict[str, Any] = par({}, "values", "New values by field.")
    multiply: dict[str, float] = par({}, "factors", "Factors by numeric field.")
    open: Opening | None = par(None, "access", "Access that opens.")
    do: str = par("", "text", "Name of an intervention (`INTERVENTIONS`); empty = none.")
    parameters: dict[str, Any] = par({}, "values", "What the intervention is given.")
    undo_on: dt.date | None = par(None, "date", "Morning on which the old values return.")
    facts: tuple[str, ...] = par((), "fact ids", "Source.")
    note: str = par("", "text", "What happened, in a sentence.")

    @field_validator("set")
    @classmethod
    def _as_told(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: as_told(value) for name, value in values.items()}


def as_told(value: Any) -> Any:
    """Return a value as files have it: a date as its text."""
    return value.isoformat() if isinstance(value, dt.date) else value


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
    if declared(cls, name).get("fixed"):
        raise ConfigError(
            f"{where}: {name} is drawn when the market is built and cannot change later; "
            "set it in the platform's block instead."
        )
