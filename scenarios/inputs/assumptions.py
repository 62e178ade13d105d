"""The numbers behind a scenario: facts and assumptions put together, each value with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import model_validator

from scenarios.inputs.fact import check_range
from scenarios.inputs.facts import Facts, load_facts
from sim.checks import short
from sim.config import Config, par
from sim.errors import ConfigError, DataError, unknown_name
from sim.interventions import Event
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig
from sim.scenario import FACTS, Scenario
from sim.text_files import read_text

DATA = Path(__file__).resolve().parent.parent / "data"


class Assumption(Config):
    """A number that no fact gives: what it sets, its range, and why it is what it is."""

    id: str = par(..., "text", "A1, A2, ...")
    sets: str | tuple[str, ...] = par(..., "path", "What it sets.")
    value: Any = par(..., "see unit", "Value of the baseline.")
    low: float | None = par(None, "see unit", "Lower end of the range to sweep.")
    high: float | None = par(None, "see unit", "Upper end.")
    unit: str = par(..., "text", "Unit.")
    reason: str = par(..., "text", "Why.")

    @model_validator(mode="after")
    def _range_has_two_ends(self) -> Assumption:
        check_range(self.low, self.high)
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths that this number sets."""
        return (self.sets,) if isinstance(self.sets, str) else self.sets


@dataclass(frozen=True)
class Inputs:
    """Everything a scenario is made of, before it is one.

    Parameters
    ----------
    facts
        Public facts by id.
    platforms, events
        Blocks of ``platforms.toml``.
    market
        Calendar of the run.
    assumptions
        By id.
    """

    facts: Facts
    platforms: Mapping[str, Mapping[str, Any]]
    events: tuple[Mapping[str, Any], ...]
    market: Mapping[str, Any]
    assumptions: Mapping[str, Assumption]

    def value(self, assumption_id: str) -> Any:
        """Return the value of an assumption."""
        if assumption_id not in self.assumptions:
            raise unknown_name("assumption", assumption_id, self.assumptions)
        return self.assumptions[assumption_id].value

    def with_value(self, assumption_id: str, value: Any) -> Inputs:
        """Return the inputs with another value for one assumption."""
        self.value(assumption_id)
        one = self.assumptions[assumption_id].changed(assumption_id, value=value)
        return replace(self, assumptions={**self.assumptions, assumption_id: one})

    def extended(self, path: str | Path) -> Inputs:
        """Return the inputs with the platforms, events and assumptions of one more file.

        The file has the fields of ``platforms.toml`` and ``assumptions.toml`` together; its
        assumptions may also set entries of tables that are there already.

        Raises
        ------
        DataError, ConfigError
            If it cannot be read, or names something that exists already.
        """
        path = Path(path)
        more = read_toml(path)
        _keys(more, ("platforms", "events", "assumptions"), path.name)
        platforms = _table(more.get("platforms", {}), "platforms")
        assumptions = _assumptions(more, path.name)
        for name in (*platforms, *assumptions):
            if name in self.platforms or name in self.assumptions:
                raise ConfigError(f"{path.name}: {name} exists already. Give it another name.")
        return replace(
            self,
            platforms={**self.platforms, **platforms},
            events=(*self.events, *_list(more.get("events", ()), "events", dict, "[[events]]")),
            assumptions={**self.assumptions, **assumptions},
        )


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file as a mapping.

    Raises
    ------
    DataError
        If it is missing, no text, broken or nested without end; names the file and the place.
    """
    text = read_text(path, "a TOML file")
    try:
        return tomllib.loads(text)
    # ValueError: broken TOML, a number of thousands of digits.
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not a readable TOML file: {_one_line(error)}.") from error


def _one_line(error: BaseException) -> str:
    """Return what an error says in one short line, without its full stop."""
    text = " ".join(str(error).split()).rstrip(".")
    return text if len(text) <= 200 else text[:200] + "…"


def _table(value: Any, where: str) -> Mapping[str, Any]:
    """Return a table as it is; anything else is refused."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} = {short(value)}: must be a table, such as [{where}].")
    return value


def _list(value: Any, where: str, of: type, what: str) -> tuple[Any, ...]:
    """Return a list of tables or names as a tuple; anything else is refused."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, of) for one in value):
        raise ConfigError(f"{where} = {short(value)}: must be a list of {what}.")
    return tuple(value)


def _keys(block: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    for key in block:
        if key not in allowed:
            raise ConfigError(f"{where}: {unknown_name('key', key, allowed)}")


@cache
def load_inputs(folder: Path = DATA) -> Inputs:
    """Read facts, platforms and assumptions of a folder, and check that they fit together.

    Raises
    ------
    DataError, ConfigError
        One line: file, what was given, what is allowed.
    """
    platforms = read_toml(folder / "platforms.toml")
    _keys(platforms, ("platforms", "events"), "platforms.toml")
    assumed = read_toml(folder / "assumptions.toml")
    _keys(assumed, ("market", "assumptions"), "assumptions.toml")
    return Inputs(
        facts=load_facts(folder / "facts.csv"),
        platforms=_table(platforms.get("platforms", {}), "platforms"),
        events=_list(platforms.get("events", ()), "events", dict, "[[events]]"),
        market=_table(assumed.get("market", {}), "market"),
        assumptions=_assumptions(assumed, "assumptions.toml"),
    )


def _assumptions(data: Mapping[str, Any], file: str) -> dict[str, Assumption]:
    """Return the assumptions of a file by id."""
    found: dict[str, Assumption] = {}
    for block in _list(data.get("assumptions", ()), "assumptions", dict, "[[assumptions]]"):
        one = Assumption.parse(block, f"{file}, {short(block.get('id', '?'))}")
        if one.id in found:
            raise ConfigError(f"{file}: {one.id} is given twice. Renumber one of them.")
        found[one.id] = one
    return found


def compose(inputs: Inputs, name: str) -> Scenario:
    """Put facts and assumptions together to a scenario; no value may be given twice.

    Raises
    ------
    ConfigError, UnknownNameError
        If a fact id, platform, event or field does not exist, or a value has two sources.
    """
    sources: dict[str, str] = {FACTS: inputs.facts.sha256}
    market: dict[str, Any] = dict(inputs.market)
    platforms: dict[str, dict[str, Any]] = {}
    events: dict[str, dict[str, Any]] = {}
    for platform, block in inputs.platforms.items():
        values = dict(_table(block, f"platforms.{platform}"))
        by_field = _table(values.pop("values", {}), f"platforms.{platform}.values")
        for field, given in by_field.items():
            where = f"platforms.toml, {platform}.{field}"
            if not isinstance(given, dict) or set(given) != {"value", "fact"}:
                raise ConfigError(f'{where}: write it as {{ value = ..., fact = "ID" }}.')
            if field in values:
                raise ConfigError(f"{where} is given twice. Keep the one with its fact.")
            values[field] = given["value"]
            sources[f"{platform}.{field}"] = _fact_id(inputs.facts, given["fact"], where)
        platforms[platform] = values
    for event in inputs.events:
        event_id = event.get("id")
        where = f"platforms.toml, event {short(event_id)}"
        if not isinstance(event_id, str) or not event_id:
            raise ConfigError(f'{where}: id must be a name. Write id = "a_name_of_its_own".')
        if event_id in events:
            raise ConfigError(f"{where} is given twice. Rename one of them.")
        for fact in _list(event.get("facts", ()), f"{where}: facts", str, "fact ids"):
            sources[f"event:{event_id}"] = _fact_id(inputs.facts, fact, where)
        events[event_id] = {key: _copied(value) for key, value in event.items()}
    for assumption in inputs.assumptions.values():
        for path in assumption.paths:
            if path in sources:
                raise ConfigError(
                    f"{assumption.id}: {path} has a source already, {sources[path]}. Keep one."
                )
            sources[path] = assumption.id
            _put(path, assumption, market, platforms, events)
    return Scenario(
        name=name,
        market=MarketConfig.parse(market, "market"),
        platforms={
            key: PlatformConfig.parse(values, f"platform {key!r}")
            for key, values in platforms.items()
        },
        events=tuple(Event.parse(event, f"event {key!r}") for key, event in events.items()),
        sources=sources,
    )


def _fact_id(facts: Facts, fact: Any, where: str) -> str:
    """Return the id of a fact that exists."""
    if not isinstance(fact, str):
        raise ConfigError(f'{where}: fact = {short(fact)}: must be the id of a fact, as "SOR001".')
    return facts[fact].id


def _copied(value: Any) -> Any:
    return (
        {key: _copied(inner) for key, inner in value.items()} if isinstance(value, dict) else value
    )


def _put(
    path: str,
    assumption: Assumption,
    market: dict[str, Any],
    platforms: dict[str, dict[str, Any]],
    events: dict[str, dict[str, Any]],
) -> None:
    """Write an assumption's value where its path points."""
    owner, _, rest = path.partition(".")
    target: dict[str, Any]
    if owner == "scenario":
        return  # read by a scenario itself, through Inputs.value
    if owner == "market":
        target = market
    elif owner.startswith("event:"):
        event = owner.removeprefix("event:")
        if event not in events:
            raise ConfigError(f"{assumption.id}: {unknown_name('event', event, events)}")
        target = events[event]
    elif owner in platforms:
        target = platforms[owner]
    else:
        raise ConfigError(f"{assumption.id}: {unknown_name('platform', owner, platforms)}")
    *tables, field = rest.split(".")
    for table in tables:
        inner = target.setdefault(table, {})
        if not isinstance(inner, dict):
            raise ConfigError(
                f"{assumption.id}: {path} points into {table} = {short(inner)}, which is no table. "
                "Correct its sets."
            )
        target = inner
    if field in target:
        raise ConfigError(
            f"{assumption.id}: {path} = {short(target[field])} is given already. Keep one."
        )
    # A copy: another assumption may set an entry of this table.
    target[field] = _copied(assumption.value)
