"""Facts and assumptions put together to a scenario: every value once, with its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scenarios.inputs.facts import Facts
from scenarios.inputs.toml_tables import as_list, as_table, check_keys
from sim.checks import short
from sim.errors import ConfigError, unknown_name
from sim.interventions import Event
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig
from sim.scenario import FACTS, Scenario

if TYPE_CHECKING:
    from scenarios.inputs.assumptions import Assumption, Inputs


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
    if inputs.surfaces:
        market["surface_users"] = {
            surface: _users_by_date(inputs.facts, surface, block, sources)
            for surface, block in inputs.surfaces.items()
        }
    for platform, block in inputs.platforms.items():
        values = dict(as_table(block, f"platforms.{platform}"))
        by_field = as_table(values.pop("values", {}), f"platforms.{platform}.values")
        for field, given in by_field.items():
            if field in values:
                raise ConfigError(
                    f"platforms.toml, {platform}.{field} is given twice. Keep the one with its "
                    "fact."
                )
            values[field] = _value(inputs.facts, f"{platform}.{field}", given, sources)
        platforms[platform] = values
    for event in inputs.events:
        event_id = event.get("id")
        where = f"platforms.toml, event {short(event_id)}"
        if not isinstance(event_id, str) or not event_id:
            raise ConfigError(f'{where}: id must be a name. Write id = "a_name_of_its_own".')
        if event_id in events:
            raise ConfigError(f"{where} is given twice. Rename one of them.")
        for fact in as_list(event.get("facts", ()), f"{where}: facts", str, "fact ids"):
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


def _value(facts: Facts, path: str, given: Any, sources: dict[str, str]) -> Any:
    """Return a value that stands with its fact, or a table of such values."""
    if isinstance(given, dict) and set(given) == {"value", "fact"}:
        sources[path] = _fact_id(facts, given["fact"], f"platforms.toml, {path}")
        return given["value"]
    if isinstance(given, dict) and given and all(isinstance(one, dict) for one in given.values()):
        return {key: _value(facts, f"{path}.{key}", one, sources) for key, one in given.items()}
    raise ConfigError(f'platforms.toml, {path}: write it as {{ value = ..., fact = "ID" }}.')


def _users_by_date(
    facts: Facts, surface: str, block: Mapping[str, Any], sources: dict[str, str]
) -> dict[str, float]:
    """Return the users of a surface by date, as facts count them."""
    where = f"platforms.toml, surface {surface!r}"
    given = as_table(block, f"surfaces.{surface}")
    check_keys(given, ("users",), where)
    users = {}
    for one in as_list(
        given.get("users", ()), f"{where}: users", dict, "{ date = ..., fact = ... }"
    ):
        check_keys(one, ("date", "fact"), where)
        fact = _fact_id(facts, one.get("fact"), where)
        users[str(one.get("date"))] = facts[fact].number
        sources[f"market.surface_users.{surface}"] = fact
    return users


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
