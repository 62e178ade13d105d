"""The market: one step is one day, and the order of the step is the model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.calendar import Calendar
from sim.checks import chosen
from sim.config import parse_date
from sim.contracts import (
    PlatformAgent,
    PopulationAgent,
    check_platform,
    check_population,
    registered,
)
from sim.daily_model import DailyModel
from sim.errors import ConfigError
from sim.execution import Execution
from sim.given import keys_of_luck, must_be, must_be_callable, path_of
from sim.graph import Graph, as_graph, build_graph
from sim.market_config import MarketConfig
from sim.numbers import brief
from sim.record import Record, counted
from sim.scenario import Scenario

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from sim.results import Results

#: A subclass may step more often than daily, but not for ever.
_MOST_IDLE = 1_000


class Market(DailyModel):
    """A contest of platforms for users on a friend graph.

    Parameters
    ----------
    scenario
        Everything that determines the result.
    graph
        Friend graph, ours or networkx's; built from the scenario's description if not given.
    execution
        How it is run (threads, invariants); cannot change a result.
    uid
        (n_users,) keys of the users' luck, each once; the row number if not given. A relabeled
        graph with its permutation as uid is the same market in another order.

    Attributes
    ----------
    users
        The population, itself one Mesa agent.
    platforms, record
        Platform agents by name; what happened so far.

    Raises
    ------
    ConfigError, DataError
        If one of these is of another kind, or they do not fit together.
    """

    def __init__(
        self,
        scenario: Scenario,
        graph: Graph | nx.Graph[Any] | None = None,
        execution: Execution | None = None,
        uid: npt.ArrayLike | None = None,
    ) -> None:
        must_be(scenario, Scenario, "scenario", "baseline.scenario()")
        execution = Execution() if execution is None else execution
        must_be(execution, Execution, "execution", "Execution(threads=2)")
        super().__init__(scenario.market.seed, scenario.market.n_days)
        config = scenario.market
        self._scenario = scenario
        self.execution = execution
        self.seed = np.uint64(config.seed)
        self._graph = (
            build_graph(config.graph, config.n_users, config.seed)
            if graph is None
            else as_graph(graph)
        )
        n = self.graph.n_users
        if n != config.n_users:
            raise ConfigError(f"graph has {n:,} users, the market {config.n_users:,}: they must "
                              f"agree. Set n_users to {n}.")  # fmt: skip
        self._uid = keys_of_luck(uid, config.n_users)
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

    def step(self) -> None:
        """Live one day. Everybody reads yesterday and writes today.

        Raises
        ------
        ConfigError
            If the last day has been lived, or one broke off.
        """
        self.whole_days.must_be_between("step")
        if self.day >= self.config.n_days:
            raise self._beyond(f"step on {self.date}")
        self._live(1)

    def _live(self, most: int) -> None:
        """Live a day, and as many more, up to ``most`` in all, as nobody has a say in."""
        with self.whole_days.living(lambda: self.date):
            self.calendar.apply(self.day, self.platforms, self)  # 1 interventions
            for platform in self.platforms.values():
                platform.decide()  # 2 strategies, on yesterday's record
            for platform in self.platforms.values():
                platform.price_clip()  # 3 unit cost
            self.users.listen()  # 4 what reaches people
            over, is_evening = self._live_compiled(most)  # 5 to 9 at once, if they can be
            if over == 0 and not is_evening:
                self.users.hand_out_codes()  # 5 invites, on yesterday's state
                self.users.step()  # 6 person by person: look around, choose, wait, live
            if over == 0 or is_evening:
                counts = self.users.counts
                for platform, count in zip(self.platforms.values(), counts, strict=True):
                    platform.settle(count)  # 7 ledger
                self._write_day()  # 8 record and invariants
                self.users.close_day()  # 9 today becomes yesterday
                self.count_days(1)

    def _live_compiled(self, most: int) -> tuple[int, bool]:
        """Return how many days compiled code lived, and whether the evening of one is to come."""
        if type(self) is not Market or self.execution.check or self.record.counted:
            return 0, False
        due = self.calendar.next_due(self.day)
        return self.users.live_days(most if due is None else min(most, due - self.day))

    def _beyond(self, what: str) -> ConfigError:
        return ConfigError(
            f"{what}: must lie from {self.config.start} to {self.config.until}. "
            "Build the market with a later end to go further (market.until)."
        )

    def _write_day(self) -> None:
        measures, cohorts, segments = self.users.measures()
        values: dict[str, npt.ArrayLike] = dict(measures)
        by_platform = [platform.measures() for platform in self.platforms.values()]
        for name in by_platform[0]:
            values[name] = [measured[name] for measured in by_platform]
        for name, count in self.record.counted.items():
            values[name] = counted(name, count(self), len(self.platforms))
        self.record.write(values, cohorts, segments)
        if self.execution.check:
            self.check()

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
            If the day is not a date, or beyond the scenario's horizon, or if a day broke off.
        """
        self.whole_days.must_be_between("run")
        must_be_callable(progress, "progress")
        must_be_callable(each_day, "each_day")
        last = self.config.until if until is None else parse_date(until, "until")
        if not self.config.start <= last <= self.config.until:
            raise self._beyond(f"until = {last}")
        n_days = self.config.day(last) + 1
        # Nobody looks on, and steps are those of this class.
        is_undisturbed = each_day is None and progress is None and type(self) is Market
        with self.whole_days.watching():
            idle = 0
            while self.day < n_days:
                before = self.day
                if is_undisturbed:
                    with self._keeping_time():
                        self._live(n_days - self.day)
                else:
                    self.step()
                idle = idle + 1 if self.day == before else 0
                if idle >= _MOST_IDLE:
                    raise ConfigError(
                        f"{type(self).__name__}.step lived no day in {idle:,} calls, and run would "
                        "never end. Call super().step() in it."
                    )
                if each_day is not None:
                    each_day(self)
                if progress is not None:
                    progress(self.day, n_days)
        return self.results

    @property
    def scenario_config(self) -> Scenario:
        """Everything that determines the result."""
        return self._scenario

    @property
    def config(self) -> MarketConfig:
        """Parameters of the market itself."""
        return self._scenario.market

    @property
    def graph(self) -> Graph:
        """Who is whose friend."""
        return self._graph

    @property
    def uid(self) -> npt.NDArray[np.uint32]:
        """Keys of the users' luck; empty where row i has uid i, which costs no memory."""
        return self._uid

    @property
    def date(self) -> dt.date:
        """The day that the next step will live."""
        return self.config.date(self.day)

    @property
    def results(self) -> Results:
        """What happened so far, in people and USD."""
        from sim.results import Results

        self.whole_days.must_be_whole("results")
        return Results.of(self)

    def get_model_vars_dataframe(self) -> pd.DataFrame:
        """Return the record as Mesa's DataCollector would: a row a day, columns by metric."""
        return self.results.daily.pivot(index="date", columns="platform")

    def platform(self, name: str) -> PlatformAgent:
        """Return a platform by name."""
        return self.platforms[chosen("platform", name, self.platforms)]

    def save(self, path: str | Path) -> Path:
        """Write the whole market to one file, from which `load` goes on with the same bits."""
        from sim.saving import save

        self.whole_days.must_be_between("save")
        return save(self, path_of(path))

    @classmethod
    def load(cls, path: str | Path, execution: Execution | None = None) -> Market:
        """Return a saved market."""
        from sim.saving import load

        return load(cls, path_of(path), execution)

    def branch(self, scenario: Scenario | None = None) -> Market:
        """Return a copy that shares the past and goes its own way from here.

        Parameters
        ----------
        scenario
            Another future: it may differ in events from today on, in nothing else.
        """
        from sim.saving import branch

        self.whole_days.must_be_between("branch")
        return branch(self, scenario)

    def __repr__(self) -> str:
        config = self.config
        n = len(self.platforms)
        return (
            f"<Market {self.date} · day {self.day} · {n} platform{'s' if n != 1 else ''} · "
            f"{config.n_users:,} users = {brief(config.n_people, 4)} people · {self.graph.name}>"
        )
