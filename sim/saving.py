"""Stopping and going on: a whole market in one file, and branches that share their past."""

from __future__ import annotations

import datetime as dt
import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.config import short
from sim.errors import ClipmarketError, ConfigError, DataError
from sim.execution import Execution
from sim.files import write_aside
from sim.graph import Graph
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.market import Market

#: Changes when a saved file of before could not be read any more.
FORMAT = "clipmarket market 3"
_META = "meta.json"
#: What zip, zlib, numpy and json raise over broken bytes; numpy hands back a bare array (which is
#: no context) for a file that is no archive, and zip calls unknown flags not implemented.
_BROKEN = (
    OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, RuntimeError, MemoryError,
    OverflowError, SyntaxError, tokenize.TokenError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
_ROW = "graph"


def capture(market: Market) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the state of a market as (arrays by name, JSON values)."""
    arrays: dict[str, Any] = {}
    values: dict[str, Any] = {"day": market.day, "calendar": market.calendar.state()}
    parts = {"users": market.users.state(), "record": market.record.state()}
    for name, platform in market.platforms.items():
        parts[f"platform.{name}"] = platform.state()
    for part, state in parts.items():
        for name, value in state.items():
            if name == "json":
                values[part] = value
            else:
                arrays[f"{part}/{name}"] = value
    return arrays, values


def put_back(market: Market, arrays: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write a captured state into a market built from the same scenario and graph."""

    def part(name: str) -> dict[str, Any]:
        prefix = f"{name}/"
        state = {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
        return {**state, "json": values.get(name)}

    market.day = int(values["day"])
    market.running = market.day < market.config.n_days
    market.calendar.restore(values["calendar"])
    market.record.restore(part("record"))
    for name, platform in market.platforms.items():
        platform.restore(part(f"platform.{name}"))
    market.users.restore(part("users"))


def save(market: Market, path: Path) -> Path:
    """Write the whole market to one file; whole, or not at all.

    Users with a class of their own are saved as what they are, not with their class: promote them
    again after loading.
    """
    arrays, values = capture(market)
    values = {
        "format": FORMAT,
        "scenario": market.scenario_config.as_dict(),
        "graph": market.graph.name,
        **values,
    }
    graph = market.graph
    stored = {
        **arrays,
        f"{_ROW}/indptr": graph.indptr,
        f"{_ROW}/indices": graph.indices,
        f"{_ROW}/uid": market.uid,
        _META: np.frombuffer(json.dumps(values, default=str).encode(), np.uint8),
    }

    def write(aside: Path) -> None:
        with aside.open("wb") as file:
            np.savez(file, **stored)

    write_aside(path, write)
    return path


def load(cls: type[Market], path: Path, execution: Execution | None) -> Market:
    """Return a saved market.

    Raises
    ------
    DataError
        If the file is missing, broken, or not a saved market of this version.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        values = json.loads(arrays.pop(_META).tobytes())
    except FileNotFoundError:
        raise DataError(f"{path}: no such file. Give the path of a saved market.") from None
    except _BROKEN as error:
        raise DataError(
            f"{path}: not a saved market, or cut short ({type(error).__name__}). Save it again."
        ) from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise DataError(f"{path}: saved by another version. Run the scenario again.")
    try:
        market = _rebuilt(cls, arrays, values, execution)
    except ClipmarketError as error:
        raise DataError(f"{path}: {error}") from error
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise DataError(
            f"{path}: what it holds does not fit together ({type(error).__name__}: "
            f"{short(error)}). Run the scenario again."
        ) from error
    return market


def _rebuilt(
    cls: type[Market],
    arrays: dict[str, Any],
    values: Mapping[str, Any],
    execution: Execution | None,
) -> Market:
    """Build the market anew and write the saved state into it; what is no state is refused."""
    graph = Graph(
        indptr=arrays.pop(f"{_ROW}/indptr"),
        indices=arrays.pop(f"{_ROW}/indices"),
        name=str(values["graph"]),
    )
    graph.validate()
    uid = arrays.pop(f"{_ROW}/uid")
    if uid.shape not in ((0,), (graph.n_users,)) or uid.dtype != np.uint32:
        raise DataError(f"uid is {uid.dtype} {uid.shape}: must be one uint32 for each user.")
    market = cls(Scenario.from_dict(values["scenario"]), graph, execution, uid)
    _check_days(market, arrays, values)
    put_back(market, arrays, values)
    return market


def _check_days(market: Market, arrays: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Refuse a record of other days than were lived, and rows that no user has."""
    day, n_users = values["day"], market.graph.n_users
    if type(day) is not int or not 0 <= day <= market.config.n_days:
        raise DataError(f"day = {day!r}: must be from 0 to {market.config.n_days}.")
    for name, array in market.record.state().items():
        saved, like = arrays[f"record/{name}"], array.dtype
        if saved.shape != (day, *array.shape[1:]) or saved.dtype != like:
            raise DataError(
                f"record of {name} is {saved.dtype} {saved.shape}: must be {like} of {day} days."
            )
    rows = arrays["users/rows"]
    if rows.ndim != 1 or rows.dtype != np.int32 or np.any((rows < 0) | (rows >= n_users)):
        raise DataError(f"rows of users must lie from 0 to {n_users - 1}.")


def branch(market: Market, scenario: Scenario | None) -> Market:
    """Return a copy of a running market that goes its own way from today.

    Raises
    ------
    ConfigError
        If the other scenario differs in anything but events from today on.
    """
    own = market.scenario_config
    future = scenario or own
    today: dt.date = market.date
    if future.market != own.market or dict(future.platforms) != dict(own.platforms):
        raise ConfigError(
            "branch: the other scenario differs in its market or platforms. It may differ only in "
            "events from today on; run it from its own start instead."
        )
    past = [[e for e in s.events if e.date < today] for s in (own, future)]
    if past[0] != past[1]:
        raise ConfigError(
            f"branch: the other scenario has another past, before {today}. It may differ only in "
            "events from today on; branch earlier."
        )
    copy = type(market)(future, market.graph, market.execution, market.uid)
    arrays, values = capture(market)
    put_back(copy, arrays, json.loads(json.dumps(values, default=str)))
    return copy
