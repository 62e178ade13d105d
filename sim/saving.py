"""Stopping and going on: a whole market in one file, and branches that share their past."""

from __future__ import annotations

import datetime as dt
import json
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.archives import read_arrays
from sim.checks import short
from sim.contracts import DEFAULT_AGENTS
from sim.errors import ClipmarketError, ConfigError, DataError
from sim.execution import Execution
from sim.files import write_aside
from sim.given import as_json, built, must_be
from sim.graph import Graph
from sim.scenario import Scenario
from sim.seal import is_sealed, seal

if TYPE_CHECKING:
    from sim.market import Market

#: Changes when a saved file of before could not be read any more.
FORMAT = "clipmarket market 6"
_META = "meta.json"
#: What zip, zlib, numpy and json raise over broken bytes; numpy hands back a bare array (which is
#: no context) for a file that is no archive, and zip calls unknown flags not implemented.
_BROKEN = (
    OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, RuntimeError, MemoryError,
    OverflowError, SyntaxError, tokenize.TokenError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
#: What a state that fits nowhere makes of those who take it over.
_UNFIT = (
    LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError, MemoryError,
)  # fmt: skip
_ROW = "graph"
_PLATFORM = "platform."


def capture(market: Market) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the state of a market as (arrays by name, JSON values)."""
    arrays: dict[str, Any] = {}
    values: dict[str, Any] = {
        "day": market.day,
        "calendar": market.calendar.state(),
        "rng": market.rng.bit_generator.state,
        "random": market.random.getstate(),
    }
    parts = {"users": market.users.state(), "record": market.record.state()}
    for name, platform in market.platforms.items():
        parts[f"{_PLATFORM}{name}"] = platform.state()
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

    market.stand_at(values["day"])
    market.record.restore(part("record"), market.day)
    market.calendar.restore(values["calendar"], market.day, market.platforms)
    for name, platform in market.platforms.items():
        platform.restore(part(f"{_PLATFORM}{name}"))
    market.users.restore(part("users"))
    market.rng.bit_generator.state = values["rng"]
    version, words, normal = values["random"]
    market.random.setstate((version, tuple(words), normal))


def save(market: Market, path: Path) -> Path:
    """Write the whole market to one file; whole, or not at all.

    Agents with a class of their own are not in the file, only what they did: a warning says so,
    here and when it is loaded.

    Raises
    ------
    ConfigError
        If somebody wrote into the market what no market can be, or what no file gives back.
    DataError
        If the file cannot be written.
    """
    try:
        market.check()
    except AssertionError as error:
        raise ConfigError(
            f"save: {error}. Somebody wrote into the market's arrays: build it anew, or take a "
            "saved one."
        ) from error
    left_out = not_taken_along(market)
    arrays, values = capture(market)
    # What strategies keep in mind comes from somebody's own code.
    kept = {
        part: as_json(value, part) for part, value in values.items() if part.startswith(_PLATFORM)
    }
    values = {
        "format": FORMAT,
        "scenario": market.scenario_config.as_dict(),
        "graph": market.graph.name,
        "left_out": left_out,
        **values,
        **kept,
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
        with aside.open("w+b") as file:
            np.savez(file, **stored)
            seal(file)

    write_aside(path, write)
    _tell(f"{path}: without", left_out)
    return path


def not_taken_along(market: Market) -> str:
    """Return how many agents of which class of somebody's own stand in a market."""
    ours = {type(market.users), *map(type, market.platforms.values())}
    return ", ".join(
        f"{len(agents)} {kind.__name__}"
        for kind, agents in market.agents_by_type.items()
        if agents and kind not in ours and kind.__module__.partition(".")[0] != DEFAULT_AGENTS
    )


def _tell(where: str, left_out: str) -> None:
    if left_out:
        warnings.warn(
            f"{where} {left_out}, classes of somebody's own: what they did is there, "
            "they are not. Promote or add them again.",
            stacklevel=4,
        )


def load(cls: type[Market], path: Path, execution: Execution | None) -> Market:
    """Return a saved market.

    Raises
    ------
    DataError
        If the file is missing, broken, changed since, or not a saved market of this version.
    """
    try:
        if not path.exists():
            raise DataError(f"{path}: no such file. Give the path of a saved market.")
        if not path.is_file() or not is_sealed(path):
            raise DataError(
                f"{path}: no market saved by this version, or changed since. Save it again, or run "
                "the scenario again."
            )
        arrays = read_arrays(path)
        values = json.loads(arrays.pop(_META).tobytes())
    except ClipmarketError:
        raise
    except _BROKEN as error:
        raise DataError(
            f"{path}: not a saved market, or cut short ({type(error).__name__}). Save it again."
        ) from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise DataError(f"{path}: saved by another version. Run the scenario again.")
    try:
        market = _rebuilt(cls, arrays, values, execution)
        left_out = _text(values["left_out"], "left_out")
    except ClipmarketError as error:
        raise DataError(f"{path}: {error}") from error
    except (AssertionError, *_UNFIT) as error:
        raise DataError(
            f"{path}: what it holds does not fit together ({type(error).__name__}: "
            f"{short(error, 200)}). Run the scenario again."
        ) from error
    _tell(f"{path} was saved without", left_out)
    return market


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise DataError(f"{name} = {short(value)}: must be text.")
    return " ".join(value.split())


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
        name=_text(values["graph"], "graph"),
    )
    uid = arrays.pop(f"{_ROW}/uid")
    if uid.shape not in ((0,), (graph.n_users,)) or uid.dtype != np.uint32:
        raise DataError(f"uid is {uid.dtype} {uid.shape}: must be one uint32 for each user.")
    market = built(cls, Scenario.from_dict(values["scenario"]), graph, execution, uid)
    day = values["day"]
    if type(day) is not int or not 0 <= day <= market.config.n_days:
        raise DataError(f"day = {short(day)}: must be from 0 to {market.config.n_days}.")
    put_back(market, arrays, values)
    market.check()
    return market


def _differing(one: Scenario, other: Scenario) -> str:
    """Return the first few fields in which two scenarios differ, events aside."""
    parts = [("market", one.market, other.market)]
    for name in sorted({*one.platforms, *other.platforms}):
        mine, theirs = one.platforms.get(name), other.platforms.get(name)
        if mine is None or theirs is None:
            return f"platform {name}, which only one of them has"
        parts.append((name, mine, theirs))  # type: ignore[arg-type]
    fields = [
        f"{name}.{field} ({short(value, 20)} and {short(dict(theirs)[field], 20)})"
        for name, mine, theirs in parts
        for field, value in dict(mine).items()
        if value != dict(theirs)[field]
    ]
    return ", ".join(fields[:3]) + (", ..." if len(fields) > 3 else "")


def branch(market: Market, scenario: Scenario | None) -> Market:
    """Return a copy of a running market that goes its own way from today.

    Raises
    ------
    ConfigError
        If the other scenario differs in anything but events from today on.
    """
    own = market.scenario_config
    future = own if scenario is None else scenario
    must_be(future, Scenario, "branch: scenario", "another one, or nothing")
    today: dt.date = market.date
    if future.market != own.market or dict(future.platforms) != dict(own.platforms):
        raise ConfigError(
            f"branch: the other scenario differs in {_differing(own, future)}. It may differ only "
            "in events from today on; run it from its own start, or set it by an event."
        )
    past = [[e for e in s.events if e.date < today] for s in (own, future)]
    if past[0] != past[1]:
        raise ConfigError(
            f"branch: the other scenario has another past, before {today}. It may differ only in "
            "events from today on; branch earlier."
        )
    copy = built(type(market), future, market.graph, market.execution, market.uid)
    arrays, values = capture(market)
    put_back(copy, arrays, deepcopy(values))
    _tell("the branch is without", not_taken_along(market))
    return copy
