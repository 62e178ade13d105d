"""A scenario as a flat list of paths and values, and in which of them two scenarios differ.

The paths are those of the command: ``sora.p_active``, ``market.n_users``, ``event:packs.date``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: Words about a value, not values; and the seed, which has a column of its own.
_SILENT = {"market.seed"}
_SILENT_IN_EVENTS = ("id", "facts", "note")
EVENT = "event:"
OFF, ON = "off", "on"


def flat(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """Return every value of a scenario by its path; lists as JSON text.

    Parameters
    ----------
    scenario
        `Scenario.as_dict`.
    """
    values: dict[str, Any] = {}
    _put(values, "market", scenario["market"])
    for name, platform in scenario["platforms"].items():
        _put(values, name, platform)
    for event in scenario["events"]:
        own = {k: v for k, v in event.items() if k not in _SILENT_IN_EVENTS and v not in (None, "")}
        path = EVENT + event["id"]
        if event["id"] == policy_id(event):
            values[event["id"]] = _plain(next(iter(event["set"].values())))
        else:
            values[path] = ON
            _put(values, path, own)
    return {path: value for path, value in values.items() if path not in _SILENT}


def policy_id(event: Mapping[str, Any]) -> str:
    """Return the id that an event has if all it does is to set one value from a date on."""
    plain = len(event["set"]) == 1 and not (event["multiply"] or event["open"] or event["do"])
    field = next(iter(event["set"]), "") if plain and event["undo_on"] is None else ""
    return f"{event['platform']}.{field}@{event['date']}"


def difference(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are not those of the base, both given `flat`.

    An event that only the base has is "off".
    """
    changed = {path: value for path, value in values.items() if base.get(path, OFF) != value}
    gone = {path: OFF for path in base if path not in values}
    # The details of an event that never happens say nothing.
    for path in list(gone):
        if path.startswith(EVENT) and any(path.startswith(f"{other}.") for other in gone):
            del gone[path]
    return {**changed, **gone}


def _put(values: dict[str, Any], path: str, table: Mapping[str, Any]) -> None:
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            _put(values, f"{path}.{name}", value)
        elif not isinstance(value, Mapping):
            values[f"{path}.{name}"] = _plain(value)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else json.dumps(value)
