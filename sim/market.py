"""The market: one step is one day, and the order of the step is the model."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import mesa
import numpy as np
import numpy.typing as npt

from sim.calendar import Calendar
from sim.config import parse_date, short
from sim.contracts import (
    PlatformAgent,
    PopulationAgent,
    check_platform,
    check_population,
    registered,
)
from sim.errors import ConfigError, unknown_name
from sim.execution import Execution
from sim.graph import Graph, build_graph
from sim.market_config import MarketConfig
from sim.numbers import brief
from sim.record import Record
from sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from sim.results import Results


class Market(mesa.Model):  # type: ignore[misc]
    """A contest of platforms for users on a friend graph.

    Parameters
    ----------
    scenario
        Everything that determines the result.
    graph
        Friend graph; built from the scenario's own description if not given.
    execution
        How it is run (threads, invariants); cannot change a result.
    uid
        (n_users,) keys of the users' luck, each once; the row number if not given. A relabeled
        graph with its permutation as uid is the same market in another order.

    Attributes
    ----------
    users
        The population, itself one Mesa agent.
    platforms
        Platform agents by name.
    record
        What happened so far.
    """

    def __init__(
        self,
        scenario: Scenario,
        graph: Graph | None = None,
        execution: Execution | None = None,
        uid: npt.NDArray[np.uint32] | None = None,
    ) -> None:
        super().__init__(rng=scenario.market.seed)
        config = scenario.market
        self.scenario_config = scenario
        self.execution = execution or Execution()
        self.seed = np.uint64(config.seed)
        self.day = 0
        self.graph = graph or build_graph(config.graph, config.n_users, config.seed)
        if self.graph.n_users != config.n_users:
            raise ConfigError(
                f"graph has {self.graph.n_users:,} users, the market {config.n_users:,}: they must "
                f"agree. Set n_users to {self.graph.n_users}."
            )
        natural = uid is None or not uid.size or np.array_equal(uid, np.arange(config.n_users))
        #: Keys of the users' luck; empty where row i has uid i, which costs no memory.
        self.uid = np.zeros(0, np.uint32) if natural else np.asarray(uid, np.uint32)
        self.calendar = Calendar(scenario.events, config.start)
        self.record = Record(config.n_days, len(scenario.platforms), len(config.segments))
        platform_class = registered("platform")
        self.platforms: dict[str, PlatformAgent] = {
            name: platform_class(self, p, name, terms)
            for p, (name, terms) in enumerate(scenario.platforms.items())
        }
        for platform in self.platforms.values():
            check_platform(platform)
        self.users: PopulationAgent = registered("population")(self)
        check_population(self.users)
        _let_go_of_markets()

    def step(self) -> None:
        """Live one day. Everybody reads yesterday and writes today."""
        self.calendar.apply(self.day, self.platforms, self)  # 1 interventions
        for platform in self.platforms.values():
            platform.decide()  # 2 strategies, on yesterday's record
        for platform in self.platforms.values():
            platform.price_clip()  # 3 unit cost
        self.users.listen()  # 4 what reaches people
        self.users.hand_out_codes()  # 5 invites, on yesterday's state
        self.users.step()  # 6 person by person: look around, choose, wait, live
        for platform, counts in zip(self.platforms.values(), self.users.counts, strict=True):
            platform.settle(counts)  # 7 ledger
        self._write_day()  # 8 record and invariants
        self.users.close_day()  # 9 today becomes yesterday
        self.day += 1
        self.running = self.day < self.config.n_days

    def _write_day(self) -> None:
        measures, cohorts, segments = self.users.measures()
        values: dict[str, npt.ArrayLike] = dict(measures)
        by_platform = [platform.measures() for platform in self.platforms.values()]
        for name in by_platform[0]:
            values[name] = [measured[name] for measured in by_platform]
        for name, count in self.record.counted.items():
            values[name] = self._counted(name, count(self))
        self.record.write(values, cohorts, segments)
        if self.execution.check:
            self.check()

    def _counted(self, name: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return what somebody's own metric counted, if it is a number for each platform."""
        found = np.asarray(values)
        if found.shape != (len(self.platforms),) or found.dtype.kind not in "biuf":
            raise ConfigError(
                f"metric {name!r} counted {short(values)}: must be a number for each of the "
                f"{len(self.platforms)} platforms."
            )
        return found

    def check(self) -> None:
        """Raise AssertionError unless people, codes, clips and cents are conserved tonight."""
        self.users.check()
        for platform in self.platforms.values():
            platform.check()

    def run(
        self,
        until: dt.date | str | None = None,
        progress: Callable[[int, int], None] | None = None,
        each_day: Callable[[Market], None] | None = None,
    ) -> Results:
        """Run to the end of a day and return the results so far.

        Parameters
        ----------
        until
            Last day, such as ``"2026-03-31"``; the scenario's last day if not given.
        progress
            Called after each day with (days done, days in all).
        each_day
            Called with the market after each day, to look, or to change what tomorrow reads.

        Raises
        ------
        ConfigError
            If the day is not a date, or beyond the scenario's horizon.
        """
        last = self.config.until if until is None else parse_date(until, "until")
        if not self.config.start <= last <= self.config.until:
            raise ConfigError(
                f"until = {last}: must lie from {self.config.start} to {self.config.until}. "
                "Build the market with a later end to go further (market.until)."
            )
        n_days = self.config.day(last) + 1
        while self.day < n_days:
            self.step()
            if each_day is not None:
                each_day(self)
            if progress is not None:
                progress(self.day, n_days)
        return self.results

    @property
    def config(self) -> MarketConfig:
        """Parameters of the market itself."""
        return self.scenario_config.market

    @property
    def date(self) -> dt.date:
        """The day that the next step will live."""
        return self.config.date(self.day)

    @property
    def results(self) -> Results:
        """What happened so far, in people and USD."""
        from sim.results import Results

        return Results.of(self)

    @property
    def datacollector(self) -> Market:
        """The market itself, which keeps its own record (for tools that look for Mesa's)."""
        return self

    def get_model_vars_dataframe(self) -> pd.DataFrame:
        """Return the record as Mesa's DataCollector would: a row a day, columns by metric."""
        return self.results.daily.pivot(index="date", columns="platform")

    def platform(self, name: str) -> PlatformAgent:
        """Return a platform by name."""
        if name not in self.platforms:
            raise unknown_name("platform", name, self.platforms)
        return self.platforms[name]

    def save(self, path: str | Path) -> Path:
        """Write the whole market to one file, from which `load` goes on with the same bits."""
        from sim.saving import save

        return save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path, execution: Execution | None = None) -> Market:
        """Return a saved market."""
        from sim.saving import load

        return load(cls, Path(path), execution)

    def branch(self, scenario: Scenario | None = None) -> Market:
        """Return a copy that shares the past and goes its own way from here.

        Parameters
        ----------
        scenario
            Another future: it may differ in events from today on, in nothing else.
        """
        from sim.saving import branch

        return branch(self, scenario)

    def __repr__(self) -> str:
        config = self.config
        n = len(self.platforms)
        return (
            f"<Market {self.date} · day {self.day} · {n} platform{'s' if n != 1 else ''} · "
            f"{config.n_users:,} users = {brief(config.n_people, 4)} people · {self.graph.name}>"
        )


class _Counters(WeakKeyDictionary[Any, Iterator[int]]):
    """A counter of agents for each model, gone with the model."""

    def __getitem__(self, model: Any) -> Iterator[int]:
        if model not in self:
            self[model] = itertools.count(1)
        return super().__getitem__(model)


def _let_go_of_markets() -> None:
    """Mend a leak of Mesa 3.3: its counters of agents keep every model alive for ever."""
    counters = getattr(mesa.Agent, "_ids", None)
    if isinstance(counters, dict):
        mesa.Agent._ids = _Counters(counters)
