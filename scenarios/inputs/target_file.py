"""The file of targets, read and checked: who counted what, which vintage, how far off it may be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from scenarios.inputs.toml_tables import as_table, check_keys, named_blocks, read_toml
from sim.checks import short
from sim.config import Config, par
from sim.errors import ConfigError, unknown_name

TARGETS_FILE = Path(__file__).resolve().parent.parent / "data" / "targets.toml"
_TABLES = ("vintages", "vendors", "definitions", "targets", "published")
#: How a number bounds what was counted: not at all, from below, from above.
Bound = Literal["", "at_least", "at_most"]
ReadingName = Literal["total", "daily_mean", "pool_total", "jump", "peak"]


class Vintage(Config):
    """One of several published versions of the same matter, which contradict each other."""

    name: str = par(..., "text", "As a fit asks for it.")
    about: str = par(..., "text", "The matter; a fit takes one vintage of each.")
    is_default: bool = par(False, "switch", "Taken where none of the matter is named.")
    text: str = par(..., "text", "What it is.")


class Vendor(Config):
    """Who counts, and how far all numbers of his may be off together."""

    id: str = par(..., "text", "As targets name it.")
    label: str = par(..., "text", "As people know it.")
    log_sd: float = par(..., "log", "Standard deviation of what his numbers share.", low=0)
    reason: str = par(..., "text", "Why so much.")


class Definition(Config):
    """What is counted, and what is expected to be published for one in the market."""

    id: str = par(..., "text", "As targets name it.")
    text: str = par(..., "text", "What exactly is counted.")
    factor: str = par("one", "name", "Derivation of the factor, such as double counting.")
    log_sd: float = par(0.0, "log", "Standard deviation of the factor.", low=0)
    reason: str = par(..., "text", "Why.")


class TargetEntry(Config):
    """One target as it stands in the file; its numbers are names of facts and derivations."""

    id: str = par(..., "text", "As code names it.")
    name: str = par(..., "text", "As tables name it.")
    platform: str = par(..., "text", "Whom it is about.")
    metric: str = par(..., "text", "What of the market it is, as `sim.metrics` or retention_Dn.")
    reading: ReadingName = par(..., "text", "How a run answers it.")
    facts: tuple[str, ...] = par(..., "ids", "Facts it rests on.")
    over: str = par("", "id", "Fact that says which days; the last of `facts` if not given.")
    low: str = par(..., "name", "The number, or its lower end.")
    high: str = par("", "name", "The upper end of a range.")
    bound: Bound = par("", "text", "Whether the number is only a bound.")
    unit: str = par(..., "text", "For tables.")
    vendor: str = par(..., "id", "Who counted.")
    definition: str = par(..., "id", "What was counted.")
    vintage: str = par("", "name", "Vintage that it belongs to; none if nothing contradicts it.")
    replaces: str = par(
        "", "id", "Target that says less of the same, left out where both are known."
    )
    log_sd: float = par(..., "log", "Standard deviation of its whole error.", low=0)
    reason: str = par(..., "text", "Why so much.")
    tolerance: float = par(0.25, "share", "Distance that still counts as near.", low=0)
    is_shown: bool = par(False, "switch", "Stands beside a run.")
    is_fitted: bool = par(True, "switch", "A fit of its vintage is held to it.")

    @model_validator(mode="after")
    def _a_bound_has_one_end(self) -> TargetEntry:
        if self.bound and self.high:
            raise ValueError("high must not be given beside bound: low is the bound")
        return self


class Published(Config):
    """The day on which a fact could be read."""

    on: dt.date = par(..., "date", "The day.")
    reason: str = par(..., "text", "How that is known.")


@dataclass(frozen=True)
class TargetFile:
    """Everything that stands in the file, by id, in its order."""

    vintages: Mapping[str, Vintage]
    vendors: Mapping[str, Vendor]
    definitions: Mapping[str, Definition]
    targets: Mapping[str, TargetEntry]
    published: Mapping[str, Published]

    def chosen(self, vintage: str) -> frozenset[str]:
        """Return the vintages that a fit takes: those named, else the default of each matter.

        Parameters
        ----------
        vintage
            A name, or several joined by ``+``: ``"first"``, ``"first+panel"``. Empty for defaults.

        Raises
        ------
        UnknownNameError
            If there is no such vintage.
        ConfigError
            If two of one matter are named.
        """
        by_matter: dict[str, str] = {}
        for name in vintage.split("+") if vintage else ():
            if name not in self.vintages:
                raise unknown_name("vintage", name, self.vintages)
            about = self.vintages[name].about
            if by_matter.setdefault(about, name) != name:
                raise ConfigError(
                    f"vintage {short(vintage)}: {by_matter[about]} and {name} are both of "
                    f"{about}, and contradict each other. Name one of them."
                )
        for one in self.vintages.values():
            if one.is_default:
                by_matter.setdefault(one.about, one.name)
        return frozenset(by_matter.values())


@cache
def load_target_file(path: Path = TARGETS_FILE) -> TargetFile:
    """Read the file of targets and check that its parts fit together.

    Raises
    ------
    DataError, ConfigError
        One line: file, what was given, what is allowed.
    """
    data = read_toml(path)
    check_keys(data, _TABLES, path.name)
    published = {
        fact: Published.parse(dict(as_table(block, f"published.{fact}")), f"{path.name}, {fact}")
        for fact, block in as_table(data.get("published", {}), "published").items()
    }
    found = TargetFile(
        named_blocks(data, "vintages", Vintage, "name", path.name),
        named_blocks(data, "vendors", Vendor, "id", path.name),
        named_blocks(data, "definitions", Definition, "id", path.name),
        named_blocks(data, "targets", TargetEntry, "id", path.name),
        published,
    )
    defaults: set[str] = set()
    for vintage in found.vintages.values():
        if vintage.is_default and vintage.about in defaults:
            raise ConfigError(
                f"{path.name}, {vintage.name}: a second default of {vintage.about}. Keep one."
            )
        defaults |= {vintage.about} if vintage.is_default else set()
    for one in found.targets.values():
        _check_target(one, found, f"{path.name}, {one.id}")
    return found


def _check_target(one: TargetEntry, found: TargetFile, where: str) -> None:
    """Refuse a target that names what there is not, or whose error is less than its vendor's."""
    for kind, name, there in (
        ("vendor", one.vendor, found.vendors),
        ("definition", one.definition, found.definitions),
        ("vintage", one.vintage or None, found.vintages),
        ("target", one.replaces or None, found.targets),
    ):
        if name is not None and name not in there:
            raise ConfigError(f"{where}: {unknown_name(kind, name, there)}")
    shared = found.vendors[one.vendor].log_sd
    if not one.log_sd > shared:
        raise ConfigError(
            f"{where}: log_sd = {one.log_sd:g}: must be above that of its vendor {one.vendor}, "
            f"{shared:g}, which is part of it. Give more."
        )
    if not one.facts:
        raise ConfigError(f"{where}: facts = []: must name what it rests on. Give ids of facts.")
