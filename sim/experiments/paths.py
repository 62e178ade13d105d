"""What a sweep can change, by the paths of the command, and how a value is put there.

======================================  ========================================================
``market.n_people``, ``sora.p_active``  a value, as in ``--set``; one more dot reaches into a table
``sora.p_active@2026-02-01``            the same from a date on: a policy, with a shared past
``event:packs.set.pack_usd``            what a dated event sets; also ``multiply.FIELD``
``event:packs.date``                    when it happens
``event:packs``                         whether it happens: on, off
======================================  ========================================================
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from sim.checks import short
from sim.config import Config, parse_date
from sim.errors import ConfigError, unknown_name
from sim.experiments.store.differences import EVENT, OFF, ON
from sim.interventions import Event, check_changeable
from sim.number_texts import plain_number
from sim.scenario import Scenario

_MARKET = "market"


def changed(scenario: Scenario, path: str, value: Any) -> Scenario:
    """Return the scenario with the value at a path changed.

    Raises
    ------
    ConfigError, UnknownNameError
        If there is no such path, or the value cannot stand there.
    """
    if path.startswith(EVENT):
        return _with_event(scenario, path, value)
    plain, at, date = path.partition("@")
    if at:
        return _from_date(scenario, plain, date, value)
    return scenario.set(path, value)


def varied(scenario: Scenario, point: Mapping[str, Any]) -> Scenario:
    """Return the scenario with the values of a point of a sweep."""
    for path, value in point.items():
        scenario = changed(scenario, path, value)
    return scenario


def _with_event(scenario: Scenario, path: str, value: Any) -> Scenario:
    event, kind, field = _part_of_event(scenario, path)
    if not kind:
        if str(value).lower() not in (ON, OFF):
            raise ConfigError(f"{path} = {short(value)}: must be on or off.")
        return scenario if str(value).lower() == ON else scenario.without(event.id)
    if kind == "date":
        return scenario.moved(event.id, value)
    if kind == "multiply":
        number = _number(path, value)
        table: dict[str, Any] = {**event.multiply, field: number}
    else:
        table = dict(event.set)
        for name, new in _typed(scenario, event.platform, field, value, path).items():
            old = table.get(name)
            both = isinstance(old, Mapping) and isinstance(new, Mapping)
            table[name] = {**old, **new} if both else new  # type: ignore[dict-item]
    return scenario.with_event(event.changed(f"event {event.id!r}", **{kind: table}))


def _part_of_event(scenario: Scenario, path: str) -> tuple[Event, str, str]:
    """Return the event of a path, and what of it: "", "date", or "set" or "multiply" of a field."""
    event_id, _, rest = path.removeprefix(EVENT).partition(".")
    event = scenario.event(event_id)
    kind, _, field = rest.partition(".")
    if rest not in ("", "date") and (kind not in ("set", "multiply") or not field):
        raise ConfigError(
            f"{path}: of an event, date, set.FIELD and multiply.FIELD can be changed. Write, say, "
            f"{EVENT}{event_id}.date."
        )
    return event, kind, field


def _from_date(scenario: Scenario, path: str, date: str, value: Any) -> Scenario:
    """Return the scenario with an event that sets one value from a date on."""
    owner, _, field = path.partition(".")
    where = f"{path}@{date}"
    if owner == _MARKET or not field:
        raise ConfigError(
            f"{where}: only values of a platform can change on a date. Write platform.field@DATE."
        )
    day = parse_date(date, f"date of {path}")
    values = _typed(scenario, owner, field, value, where)
    event = Event(id=f"{owner}.{field}@{day}", date=day, platform=owner, set=values)
    return scenario.with_event(event)


def _typed(scenario: Scenario, platform: str, path: str, value: Any, where: str) -> dict[str, Any]:
    """Return the field with its value, in the type that the platform declares.

    A table is given by the entry that changes, as events merge tables.
    """
    field, _, entry = path.partition(".")
    config = scenario.set(f"{platform}.{path}", value).platforms[platform]
    check_changeable(type(config), field, where)
    found = config.model_dump(mode="json")[field]
    return {field: {entry: found[entry]} if entry and "." not in entry else found}


def _number(path: str, value: Any) -> float:
    try:
        number = float(plain_number(value) if isinstance(value, str) else value)
    except ValueError as error:
        raise ConfigError(f"{path} = {short(value)}: {error}.") from None
    except (TypeError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ConfigError(f"{path} = {short(value)}: must be a finite number, such as 0.5.")
    return number


def current(scenario: Scenario, path: str) -> Any:
    """Return the value that a path has now; for a policy from a date on, the value before.

    Raises
    ------
    ConfigError, UnknownNameError
        If there is no such path.
    """
    if path.startswith(EVENT):
        event, kind, field = _part_of_event(scenario, path)
        if not kind:
            return ON
        if kind == "date":
            return event.date
        return _inner(event.multiply if kind == "multiply" else event.set, field, path)
    owner, _, rest = path.partition("@")[0].partition(".")
    owners: dict[str, Any] = {_MARKET: scenario.market, **scenario.platforms}
    if owner not in owners:
        raise unknown_name("parameter", path, _short_names(scenario))
    return _inner(owners[owner], rest, path)


def _inner(table: Any, names: str, path: str) -> Any:
    """Return the value at names with dots between, each within the one before."""
    for name in names.split("."):
        fields = table if isinstance(table, Mapping) else _fields(table)
        if name not in fields:
            raise ConfigError(f"{path}: {unknown_name('parameter', name, fields)}")
        table = fields[name]
    return table


def _fields(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Config) else {}


def whole_path(scenario: Scenario, text: str, aliases: Mapping[str, str] | None = None) -> str:
    """Return the path that is meant: a path in full, an alias, or the beginning of one field.

    Raises
    ------
    ConfigError, UnknownNameError
        If nothing, or more than one thing, begins like that.
    """
    text = text.strip()
    if text in (aliases or {}):
        return (aliases or {})[text]
    plain, at, date = text.partition("@")
    if text.startswith(EVENT):
        current(scenario, text)
        return text
    names = _short_names(scenario)
    fits = [n for n in names if n == plain or n.partition(".")[2] == plain]
    fits = fits or [n for n in names if _begins(n, plain) or _begins(n.partition(".")[2], plain)]
    if len(fits) > 1:
        shown = ", ".join(fits[:6]) + (", ..." if len(fits) > 6 else "")
        raise ConfigError(f"{text}: could be {shown}. Write one of them in full.")
    if fits:
        return fits[0] + at + date
    if "." not in plain:
        raise unknown_name("parameter", text, [*(aliases or {}), *names])
    current(scenario, plain)
    return text


def _begins(name: str, start: str) -> bool:
    return name.startswith(f"{start}_")


def _short_names(scenario: Scenario) -> list[str]:
    owners: dict[str, Any] = {_MARKET: scenario.market, **scenario.platforms}
    return [f"{name}.{field}" for name, owner in owners.items() for field in dict(owner)]


def overridden(scenario: Scenario, path: str) -> str | None:
    """Return a line of warning if an event replaces the value of a path later on, else None."""
    owner, _, field = path.partition(".")
    if path.startswith(EVENT) or "@" in path:
        return None
    market = scenario.market
    for event in scenario.events:
        within = market.start < event.date <= market.until
        if within and event.platform == owner and field in event.set:
            return (
                f"{path} holds until {event.date} only, when event {event.id} sets it. To vary "
                f"what it sets, give {EVENT}{event.id}.set.{field}."
            )
    return None


def as_date(value: Any) -> dt.date:
    """Return a date given as such, as text, or as a number of days from year 1."""
    if isinstance(value, int | float):
        return dt.date.fromordinal(round(value))
    return parse_date(value, "date")
