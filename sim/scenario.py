"""A scenario: market, platforms and dated events; a value, never changed, only varied.

A scenario states what differs from another one::

    scenario.set("sora.free_quota_per_day", 6).without("quota_cut").moved("shorts", "2025-06-16")
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sim.checks import chosen, names_in, short
from sim.config import Config, parse_date
from sim.errors import ConfigError, unknown_name
from sim.given import must_be
from sim.interventions import Event, new_values
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig, platform_key

#: Bits in the masks that say which platforms a person considers on one day.
MAX_PLATFORMS = 16
LONGEST_LABEL = 40
#: Letters of the name of a scenario.
LONGEST_TITLE = 100
#: Key in the sources of a scenario under which the hash of its facts stands.
FACTS = "facts.csv"
#: Owners of paths that are no platform: ``market.seed``, ``event:packs.date``, ``scenario.days``.
RESERVED = ("market", "event", "scenario")
_NAME = re.compile(f"[A-Za-z][A-Za-z0-9_-]{{0,{LONGEST_LABEL - 1}}}")
_COLOR = re.compile("#[0-9a-fA-F]{6}")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Everything that determines a run, apart from how it is executed.

    Parameters
    ----------
    name
        Short name, for files and titles.
    market
        Population and horizon.
    platforms
        Platforms by name. They are kept in alphabetical order, so that the order in which they
        were written down cannot matter.
    events
        Dated changes, kept by date, then by id.
    sources
        Where values come from: path of the parameter to fact or assumption id; and `FACTS` to the
        hash of the facts themselves.
    """

    name: str
    market: MarketConfig
    platforms: Mapping[str, PlatformConfig]
    events: tuple[Event, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_title("scenario", self.name)
        must_be(self.market, MarketConfig, "market", "MarketConfig(...)")
        must_be(self.platforms, Mapping, "platforms", "{'third': PlatformConfig(...)}")
        for name, platform in self.platforms.items():
            must_be(name, str, "platform", "'third'")
            must_be(platform, PlatformConfig, f"platform {name!r}", "PlatformConfig(...)")
        for event in names_in("events", self.events):
            must_be(event, Event, "event", "Event(...)")
            _check_title("event", event.id)
        if not self.platforms:
            raise ConfigError("platforms = none: a market needs at least one. Add a block.")
        if len(self.platforms) > MAX_PLATFORMS:
            raise ConfigError(
                f"platforms = {len(self.platforms)}: at most {MAX_PLATFORMS} can be told apart."
            )
        ordered = dict(sorted(self.platforms.items()))
        object.__setattr__(self, "platforms", ordered)
        events = tuple(sorted(self.events, key=lambda event: (event.date, event.id)))
        object.__setattr__(self, "events", events)
        self._check_references()

    def _check_references(self) -> None:
        """Refuse events and surfaces that point at nothing."""
        for name in self.platforms:
            _check_name(name)
        seen: set[str] = set()
        for event in self.events:
            where = f"event {event.id!r}"
            if event.id in seen:
                raise ConfigError(f"{where} is given twice. Rename one of them.")
            seen.add(event.id)
            if event.platform not in self.platforms:
                raise ConfigError(
                    f"{where}: {unknown_name('platform', event.platform, self.platforms)}"
                )
            if event.undo_on is not None and event.undo_on <= event.date:
                raise ConfigError(f"{where}: undo_on = {event.undo_on} must be after {event.date}.")
            terms = self.platforms[event.platform]
            self._check_places(terms.changed(where, **new_values(event, terms)), where)
            if event.open is not None:
                for region in event.open.regions:
                    if region not in self.market.regions:
                        text = unknown_name("region", region, self.market.regions)
                        raise ConfigError(f"{where}: {text}")
                for os in event.open.os:
                    if os not in self.market.systems:
                        raise ConfigError(f"{where}: {unknown_name('os', os, self.market.systems)}")
        keys: dict[int, str] = {}
        for name, platform in self.platforms.items():
            self._check_places(platform, f"platform {name!r}")
            key = platform_key(platform.luck or name)
            if key in keys:
                raise ConfigError(
                    f"platforms {keys[key]!r} and {name!r} would share their luck (key {key}): "
                    "each needs its own. Rename one, or set luck to another name."
                )
            keys[key] = name
            _check_looks(platform, f"platform {name!r}")

    def _check_places(self, terms: PlatformConfig, where: str) -> None:
        for what, named, there in (
            ("surface", terms.surfaces_named, self.market.surfaces),
            ("region", terms.regions_named, self.market.regions),
            ("os", frozenset(terms.cpi_by_system), self.market.systems),
        ):
            for one in sorted(named - set(there)):
                raise ConfigError(f"{where}: {unknown_name(what, one, there)}")

    def set(self, path: str, value: Any) -> Scenario:
        """Return the scenario with one value changed.

        Parameters
        ----------
        path
            ``market.field`` or ``platform.field``; one more dot reaches into a table
            (``google.reach_per_day.youtube``).
        value
            New value; text is read as the field's own type.
        """
        must_be(path, str, "path", "'market.n_users'")
        owner, _, rest = path.partition(".")
        name, _, entry = rest.partition(".")
        where = " ".join(path.split())
        if not rest:
            raise ConfigError(f"{where}: write it as platform.field=value or market.field=value.")
        if owner == "market":
            market = self.market.changed(where, **_one(self.market, name, entry, value, where))
            return replace(self, market=market)
        if owner not in self.platforms:
            text = unknown_name("platform", owner, ["market", *self.platforms])
            raise ConfigError(f"{where}: {text}")
        platform = self.platforms[owner]
        changed = platform.changed(where, **_one(platform, name, entry, value, where))
        return replace(self, platforms={**self.platforms, owner: changed})

    def with_market(self, **values: Any) -> Scenario:
        """Return the scenario with values of the market changed."""
        return replace(self, market=self.market.changed("market", **values))

    def with_platform(self, name: str, platform: PlatformConfig) -> Scenario:
        """Return the scenario with a platform added or replaced."""
        must_be(name, str, "name", "'third'")
        must_be(platform, PlatformConfig, "platform", "PlatformConfig(label='Third', ...)")
        return replace(self, platforms={**self.platforms, name: platform})

    def without_platform(self, name: str) -> Scenario:
        """Return the scenario in which a platform, with its events, does not exist."""
        chosen("platform", name, self.platforms)
        kept = {key: platform for key, platform in self.platforms.items() if key != name}
        events = tuple(event for event in self.events if event.platform != name)
        return replace(self, platforms=kept, events=events)

    def with_event(self, *events: Event) -> Scenario:
        """Return the scenario with events added; one of the same id is replaced."""
        new = {event.id for event in events}
        kept = tuple(event for event in self.events if event.id not in new)
        return replace(self, events=(*kept, *events))

    def event(self, event_id: str) -> Event:
        """Return an event by id."""
        by_id = {event.id: event for event in self.events}
        return by_id[chosen("event", event_id, by_id)]

    def without(self, *event_ids: str) -> Scenario:
        """Return the scenario in which these events never happen."""
        gone = {self.event(event_id).id for event_id in event_ids}
        return replace(self, events=tuple(e for e in self.events if e.id not in gone))

    def moved(self, event_id: str, date: dt.date | str) -> Scenario:
        """Return the scenario with an event on another date."""
        day = parse_date(date, f"date of event {event_id!r}")
        moved = self.event(event_id).changed(f"event {event_id!r}", date=day)
        return self.with_event(moved)

    def renamed(self, name: str) -> Scenario:
        """Return the scenario under another name."""
        return replace(self, name=name)

    def as_dict(self) -> dict[str, Any]:
        """Return all values as plain JSON types."""
        return {
            "name": self.name,
            "market": self.market.model_dump(mode="json"),
            "platforms": {n: p.model_dump(mode="json") for n, p in self.platforms.items()},
            "events": [event.model_dump(mode="json") for event in self.events],
            "sources": dict(self.sources),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scenario:
        """Rebuild a scenario from `as_dict`."""
        must_be(data, Mapping, "scenario", "scenario.as_dict()")
        unknown = set(data) - {"name", "market", "platforms", "events", "sources"}
        if unknown:
            raise ConfigError(f"scenario: unknown key {short(min(unknown, key=str))}.")
        for part in ("market", "platforms"):
            must_be(data.get(part), Mapping, f"scenario: {part}", f"scenario.as_dict()['{part}']")
        return cls(
            name=str(data.get("name", "scenario")),
            market=MarketConfig.parse(dict(data["market"]), "market"),
            platforms={
                name: PlatformConfig.parse(dict(block), f"platform {name!r}")
                for name, block in data["platforms"].items()
            },
            events=tuple(Event.parse(dict(e), "event") for e in data.get("events", ())),
            sources=dict(data.get("sources", {})),
        )

    @property
    def fingerprint(self) -> str:
        """Hash of every value that determines the result (name and sources do not)."""
        return fingerprint(self.as_dict())


def fingerprint(data: Mapping[str, Any]) -> str:
    """Return `Scenario.fingerprint` of a scenario given as plain values."""
    decisive = {k: v for k, v in data.items() if k not in ("name", "sources")}
    text = json.dumps(decisive, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _check_title(kind: str, name: object) -> None:
    """Refuse a name that could not be a folder, a title on a page and a cell of a table."""
    good = isinstance(name, str) and 1 <= len(name) <= LONGEST_TITLE and name.isprintable()
    if not good or name != str(name).strip() or name[0] in "=+-@." or set(name) & set("/\\"):
        raise ConfigError(
            f"{kind} {short(name)}: must be 1 to {LONGEST_TITLE} letters on one line, without "
            "slashes, and not begin with = + - @ or a dot. Rename it."
        )


def _check_name(name: str) -> None:
    """Refuse a name that could not stand in a path, a file name or a key beside the others."""
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise ConfigError(
            f"platform {short(name)}: must be a letter, then letters, digits, _ or -, up to "
            f"{LONGEST_LABEL}; {', '.join(RESERVED)} mean something else. Rename it."
        )


def _check_looks(platform: PlatformConfig, where: str) -> None:
    """Refuse what no chart can show: a color that is none, a label that is empty or a formula."""
    if not _COLOR.fullmatch(platform.color):
        given = short(platform.color)
        raise ConfigError(f"{where}: color = {given}: must be written #rrggbb, such as #1f77b4.")
    label = platform.label
    if not label.isprintable() or "$" in label or not 1 <= len(label.strip()) <= LONGEST_LABEL:
        raise ConfigError(
            f"{where}: label = {short(label)}: must be 1 to {LONGEST_LABEL} letters on one line, "
            "without $. Give a shorter or plainer name."
        )


def _one(config: Config, name: str, entry: str, value: Any, where: str) -> dict[str, Any]:
    """Return the one changed field as keyword, entries of tables merged."""
    fields = type(config).model_fields
    if name not in fields:
        raise ConfigError(f"{where}: {unknown_name('parameter', name, fields)}")
    if not entry:
        none = isinstance(value, str) and value.strip().lower() in ("none", "off")
        return {name: None if none and fields[name].default is None else value}
    table = getattr(config, name)
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: {name} is a single value; write {where.split('.')[0]}.{name}.")
    key, _, inner = entry.partition(".")
    old = table.get(key)
    if inner and isinstance(old, Config):
        return {name: {**table, key: old.changed(where, **_one(old, inner, "", value, where))}}
    if inner and isinstance(old, dict):
        return {name: {**table, key: {**old, inner: value}}}
    if inner:
        raise ConfigError(f"{where}: {unknown_name('entry', key, table)}")
    return {name: {**table, key: value}}
