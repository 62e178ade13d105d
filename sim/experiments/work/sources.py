"""What an experiment starts from: a scenario, or whatever has one."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, runtime_checkable

from sim.config import parse_date
from sim.errors import ConfigError
from sim.experiments.work.running import Task
from sim.graph import parse_graph
from sim.scenario import Scenario
from sim.syntax import digest, parse

#: Users whom a day costs as much as what it costs without any.
DAY_COSTS = 30_000


@runtime_checkable
class HasScenario(Protocol):
    """A module or object with a function ``scenario()``, such as those in ``scenarios/``."""

    def scenario(self) -> Scenario:
        """Return the scenario."""


@dataclass(frozen=True)
class Source:
    """A scenario, and the module that workers load before they run it.

    Parameters
    ----------
    scenario
        What is run; its seed is that of replicate 0.
    setup
        Module name or file in which strategies or agents register themselves.
    drawn
        Worlds that replicates take in turn in place of the scenario, as drawn from a posterior;
        seeds are those of the scenario all the same.
    """

    scenario: Scenario
    setup: str | None = None
    drawn: tuple[Scenario, ...] = ()

    @property
    def code(self) -> str:
        """Digest of the code that the scenario brings with it; empty if all is the model's.

        A file of somebody's own may register anything; a module found by its name only what the
        strategies and the graph of its scenario name.
        """
        own = self.setup is not None and self.setup.endswith(".py")
        decides = any(platform.strategies for platform in self.scenario.platforms.values())
        decides |= not parse_graph(self.scenario.market.graph).is_ours
        if self.setup is None or not (own or decides):
            return ""
        spec = None if own else importlib.util.find_spec(self.setup)
        file = self.setup if spec is None else spec.origin
        return digest(parse(Path(str(file)).read_bytes()))

    def task(self, replicate: int = 0) -> Task:
        """Return the run of one replicate: seed of the scenario + replicate."""
        seed = self.scenario.market.seed + replicate
        data = self.world(replicate).as_dict()
        return Task({**data, "market": {**data["market"], "seed": seed}}, setup=self.setup)

    def world(self, replicate: int) -> Scenario:
        """Return what a replicate runs, but for its seed."""
        return self.drawn[replicate % len(self.drawn)] if self.drawn else self.scenario

    def replicate(self, number: int) -> Source:
        """Return the source with the seed of a replicate."""
        return replace(self, scenario=self.scenario.with_market(seed=self.task(number).seed))

    def ending(self, last: dt.date) -> Source:
        """Return the source with another last day."""
        scenario, *drawn = (one.with_market(until=last) for one in (self.scenario, *self.drawn))
        return replace(self, scenario=scenario, drawn=tuple(drawn))

    @property
    def work(self) -> float:
        """How much there is to do in one run, in user-days."""
        return float(self.scenario.market.n_users + DAY_COSTS) * self.scenario.market.n_days


def source(given: Scenario | HasScenario | Source, until: Any = None) -> Source:
    """Take a scenario, or call ``scenario()`` of a module or object.

    Parameters
    ----------
    until
        Last day, if not the scenario's own; a shorter horizon changes nothing before its end.

    Raises
    ------
    ConfigError
        If it is neither.
    """
    if isinstance(given, Source):
        found = given
    elif isinstance(given, Scenario):
        found = Source(given)
    elif callable(getattr(given, "scenario", None)):
        found = Source(given.scenario(), _setup(given))
    else:
        raise ConfigError(
            f"scenario = {type(given).__name__}: must be a Scenario, or a module or object with a "
            "function scenario()."
        )
    if until is not None:
        found = found.ending(parse_date(until, "until"))
    return found


def _setup(given: object) -> str | None:
    """Return how a worker can load a module: by name if it is installed, else by its file."""
    if not isinstance(given, ModuleType):
        return None
    file = getattr(given, "__file__", None)
    if not file:
        return None
    inside = Path(*given.__name__.split(".")).with_suffix(".py")
    there = any((Path(folder) / inside).resolve() == Path(file).resolve() for folder in sys.path)
    return given.__name__ if there else str(Path(file).resolve())


def undrawn(given: Source, what: str) -> Source:
    """Return a source of one scenario; refuse one whose replicates are draws of a posterior.

    Parameters
    ----------
    what
        The experiment that could not keep draws apart.

    Raises
    ------
    ConfigError
        If they are.
    """
    if given.drawn:
        raise ConfigError(
            f"{what}: takes one scenario, and not draws of a posterior. Give the scenario, or "
            "sweep it."
        )
    return given
