"""The numbers behind a scenario: facts and assumptions put together, each value with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import model_validator

from scenarios.inputs.compose import compose as compose  # part of what is offered here
from scenarios.inputs.fact import check_range
from scenarios.inputs.facts import Facts, load_facts
from scenarios.inputs.toml_tables import as_list, as_table, check_keys, named_blocks, read_toml
from sim.checks import in_range
from sim.config import Config, par
from sim.errors import ConfigError, unknown_name

PriorShape: TypeAlias = Literal["uniform", "loguniform", "normal", "lognormal"]
DATA = Path(__file__).resolve().parent.parent / "data"


class Assumption(Config):
    """A number that no fact gives: what it sets, its range, and why it is what it is."""

    id: str = par(..., "text", "A1, A2, ...")
    sets: str | tuple[str, ...] = par(..., "path", "What it sets.")
    value: Any = par(..., "see unit", "Value of the baseline.")
    low: float | None = par(None, "see unit", "Lower end of the range to sweep.")
    high: float | None = par(None, "see unit", "Upper end.")
    with_low: dict[str, float] = par(
        {}, "see unit", "Other assumptions that go with the lower end, and their values there."
    )
    with_high: dict[str, float] = par({}, "see unit", "The same of the upper end.")
    prior: PriorShape | None = par(
        None, "shape", "Between low and high, before any target is looked at: uniform or normal, "
        "in the value or its log; a normal one is cut off there, two standard deviations out.",
    )  # fmt: skip
    unit: str = par(..., "text", "Unit.")
    reason: str = par(..., "text", "Why.")

    @model_validator(mode="after")
    def _range_has_two_ends(self) -> Assumption:
        check_range(self.low, self.high)
        if self.prior is not None:
            if self.low is None or self.high is None or not self.low < self.high:
                raise ValueError(f"prior = {self.prior!r}: must have low below high beside it")
            if self.prior.startswith("log") and not self.low > 0.0:
                raise ValueError(f"prior = {self.prior!r}: must have low = {self.low:g} above 0")
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
    platforms, surfaces, events
        Blocks of ``platforms.toml``.
    market
        Calendar of the run.
    assumptions
        By id.
    """

    facts: Facts
    platforms: Mapping[str, Mapping[str, Any]]
    surfaces: Mapping[str, Mapping[str, Any]]
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
        return self.with_values({assumption_id: value})

    def with_values(self, values: Mapping[str, Any]) -> Inputs:
        """Return the inputs with other values for some assumptions."""
        changed = dict(self.assumptions)
        for name, value in values.items():
            self.value(name)
            changed[name] = changed[name].changed(name, value=value)
        return replace(self, assumptions=changed)

    def moved(self, assumption_id: str, end: Literal["low", "high"], part: float = 1.0) -> Inputs:
        """Return the inputs with one assumption moved toward an end of its range.

        What goes with that end moves as far: retention has three numbers, and each of them alone
        would leave what was ever seen.

        Parameters
        ----------
        part
            Of the way from the value of the baseline, 1 for the end itself: in equal ratios where
            both are above 0, else in equal steps.

        Raises
        ------
        ConfigError
            If the assumption has no range.
        """
        self.value(assumption_id)
        one = self.assumptions[assumption_id]
        in_range("part", part, 0, 1)
        last = getattr(one, end)
        if last is None:
            raise ConfigError(f"{assumption_id} has no range. Give it low and high.")
        moved = self
        for other, there in {assumption_id: last, **getattr(one, f"with_{end}")}.items():
            moved = moved.with_value(other, _between(self.value(other), there, part))
        return moved

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
        check_keys(more, ("platforms", "events", "assumptions"), path.name)
        platforms = as_table(more.get("platforms", {}), "platforms")
        assumptions = named_blocks(more, "assumptions", Assumption, "id", path.name)
        for name in (*platforms, *assumptions):
            if name in self.platforms or name in self.assumptions:
                raise ConfigError(f"{path.name}: {name} exists already. Give it another name.")
        return replace(
            self,
            platforms={**self.platforms, **platforms},
            events=(*self.events, *as_list(more.get("events", ()), "events", dict, "[[events]]")),
            assumptions={**self.assumptions, **assumptions},
        )


def _between(value: float, end: float, part: float) -> float:
    """Return what lies a part of the way from a value to an end; whole if both are."""
    if part == 1.0:
        return end
    there = value * (end / value) ** part if min(value, end) > 0.0 else (
        value + part * (end - value)
    )  # fmt: skip
    return round(there) if isinstance(value, int) else there


@cache
def load_inputs(folder: Path = DATA) -> Inputs:
    """Read facts, platforms and assumptions of a folder, and check that they fit together.

    Raises
    ------
    DataError, ConfigError
        One line: file, what was given, what is allowed.
    """
    platforms = read_toml(folder / "platforms.toml")
    check_keys(platforms, ("platforms", "surfaces", "events"), "platforms.toml")
    assumed = read_toml(folder / "assumptions.toml")
    check_keys(assumed, ("market", "assumptions"), "assumptions.toml")
    return Inputs(
        facts=load_facts(folder / "facts.csv"),
        platforms=as_table(platforms.get("platforms", {}), "platforms"),
        surfaces=as_table(platforms.get("surfaces", {}), "surfaces"),
        events=as_list(platforms.get("events", ()), "events", dict, "[[events]]"),
        market=as_table(assumed.get("market", {}), "market"),
        assumptions=named_blocks(assumed, "assumptions", Assumption, "id", "assumptions.toml"),
    )
