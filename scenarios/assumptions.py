"""The numbers behind a scenario: facts and assumptions put together, each value with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scenarios.facts import Facts, load_facts
from sim.config import Config, par
from sim.errors import ConfigError, DataError, unknown_name
from sim.interventions import Event
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario

DATA = Path(__file__).resolve().parent / "data"


class Assumption(Config):
    """A number that no fact gives: what it sets, its range, and why it is what it is."""

    id: str = par(..., "text", "A1, A2, ...")
    sets: str | tuple[str, ...] = par(..., "path", "What it sets.")
    value: Any = par(..., "see unit", "Value of the baseline.")
    low: float | None = par(None, "see unit", "Lower end of the range to sweep.")
    high: float | None = par(None, "see unit", "Upper end.")
    unit: str = par(..., "text", "Unit.")
    reason: str = par(..., "text", "Why.")

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


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file as a mapping.

    Raises
    ------
    DataError
        If it is missing, no text, or broken; names the file and the place.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise DataError(f"{path}: not a readable TOML file: {error}.") from error


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
    assumptions: dict[str, Assumption] = {}
    for block in assumed.get("assumptions", ()):
        one = Assumption.parse(dict(block), f"assumptions.toml, {block.get('id', '?')}")
        if one.id in assumptions:
            raise ConfigError(f"assumptions.toml: {one.id} is given twice. Renumber one of them.")
        assumptions[one.id] = one
    return Inputs(
        facts=load_facts(folder / "facts.csv"),
        platforms=platforms.get("platforms", {}),
        events=tuple(platforms.get("events", ())),
        market=assumed.get("market", {}),
        assumptions=assumptions,
    )


def compose(inputs: Inputs, name: str) -> Scenario:
    """Put facts and assumptions together to a scenario; no value may be given twice.

    Raises
    ------
    ConfigError, UnknownNameError
        If a fact id, platform, event or field does not exist, or a value has two sources.
    """
    sources: dict[str, str] = {}
    market: dict[str, Any] = dict(inputs.market)
    platforms: dict[str, dict[str, Any]] = {}
    events: dict[str, dict[str, Any]] = {}
    for platform, block in inputs.platforms.items():
        values = dict(block)
        for field, given in values.pop("values", {}).items():
            where = f"platforms.toml, {platform}.{field}"
            if not isinstance(given, dict) or set(given) != {"value", "fact"}:
                raise ConfigError(f'{where}: write it as {{ value = ..., fact = "ID" }}.')
            values[field] = given["value"]
            sources[f"{platform}.{field}"] = inputs.facts[given["fact"]].id
        platforms[platform] = values
    for event in inputs.events:
        for fact in event.get("facts", ()):
            sources[f"event:{event['id']}"] = inputs.facts[fact].id
        events[str(event.get("id"))] = {key: _copied(value) for key, value in event.items()}
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
        target = target.setdefault(table, {})
    target[field] = assumption.value
