"""The same scenario under many seeds: what chance alone does to every number."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.checks import as_switch, as_whole, chosen, short
from sim.errors import ConfigError
from sim.experiments.precision import Interval, Precision, interval
from sim.experiments.store.kept_runs import drive_through, through
from sim.experiments.store.store import Store
from sim.experiments.work.driving import ExperimentError
from sim.experiments.work.executors import Serial, opened
from sim.experiments.work.running import Task
from sim.experiments.work.sources import HasScenario, Source, source
from sim.given import must_be
from sim.metrics import metric_of
from sim.results import Results
from sim.scenario import Scenario

MOST_REPLICATES = 1_000_000


@dataclass(frozen=True)
class Ensemble:
    """Replicates of one scenario, in order of their seeds.

    Parameters
    ----------
    results
        One for each replicate; replicate r has the scenario's seed + r.
    """

    results: list[Results]

    @property
    def n(self) -> int:
        """Replicates."""
        return len(self.results)

    @property
    def scenario(self) -> Scenario:
        """The scenario of replicate 0."""
        return self.results[0].scenario

    @property
    def platforms(self) -> tuple[str, ...]:
        """Names of the platforms, alphabetical."""
        return self.results[0].platforms

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Dates of the days."""
        return self.results[0].dates

    def array(self, name: str) -> npt.NDArray[np.float64]:
        """Return (replicates, days, platforms) of a metric, in people or USD."""
        return np.stack([results.array(name) for results in self.results])

    def quantile(
        self, name: str, q: Sequence[float] = (0.05, 0.5, 0.95), *, platform: str
    ) -> pd.DataFrame:
        """Return quantiles over the replicates: a row a date, a column per quantile."""
        p = place(platform, self.platforms)
        return quantiles(self.array(name)[:, :, p], q, self.dates)

    def total(
        self,
        name: str,
        platform: str,
        since: dt.date | str | None = None,
        date: dt.date | str | None = None,
    ) -> npt.NDArray[np.float64]:
        """Return (replicates,): a metric over a span of days, by its own rule.

        Flows are summed, stocks taken on the last day, means averaged, ratios formed of the
        span's sums (`Results.total`).

        Parameters
        ----------
        since, date
            First and last day; by default those of the run.
        """
        p = place(platform, self.platforms)
        return np.array([results.total(name, since, date)[p] for results in self.results])

    def interval(
        self,
        name: str,
        platform: str,
        since: dt.date | str | None = None,
        date: dt.date | str | None = None,
    ) -> Interval:
        """Return the mean of `total` with its 95 % interval."""
        return interval(self.total(name, platform, since, date))

    def plot(self, name: str, ax: Any = None) -> Any:
        """Draw a metric as median and bands; return the axes."""
        from sim.report.charts import plot_metric

        return plot_metric(self.results, name, ax)

    def __repr__(self) -> str:
        seed = self.scenario.market.seed
        return (
            f"<Ensemble {self.scenario.name} · {self.n} replicates, seeds {seed} to "
            f"{seed + self.n - 1} · {self.dates[0].date()} to {self.dates[-1].date()}>"
        )


def ensemble(
    scenario: Scenario | HasScenario | Source,
    replicates: int = 20,
    *,
    executor: Executor | None = None,
    precision: Precision | None = None,
    until: dt.date | str | None = None,
    keep_cohorts: bool = False,
    store: Store | None = None,
) -> Ensemble:
    """Run a scenario under consecutive seeds.

    Parameters
    ----------
    scenario
        A scenario, or a module or object with a function ``scenario()``.
    replicates
        Runs; replicate r has the scenario's seed + r. With a precision, the fewest.
    executor
        Any `concurrent.futures.Executor`; by default a process on each core, or this process if
        there is little to do. It cannot change a result.
    precision
        Adds replicates until the interval of a number is narrow enough.
    until
        Last day, if not the scenario's own.
    keep_cohorts
        Keep active users by day of activation, which take a megabyte a run for a year.
    store
        Open for writing: what it has is read, each other run is written to it once it is done.
        Cohorts and segments are not kept there.

    Raises
    ------
    ConfigError
        If something given cannot be used.
    ExperimentError
        If a run fails.
    """
    start = source(scenario, until)
    if store is not None and as_switch("keep_cohorts", keep_cohorts):
        raise ConfigError("keep_cohorts = True: a store keeps no cohorts. Leave one of them out.")
    runner = Replicates([start], executor, keep_cohorts, store)
    (runs,) = runner.run(replicates, precision, _totals)
    return Ensemble(runs)


def _totals(runs: list[list[Results]], wanted: Precision) -> npt.NDArray[np.float64]:
    return Ensemble(runs[0]).total(*wanted.span)


@dataclass(frozen=True)
class Replicates:
    """Replicates of one or more arms; those of one seed are run by one worker, in sequence.

    Parameters
    ----------
    arms
        Scenarios that share seeds, and with them graph and luck.
    executor, keep_cohorts, store
        As in `ensemble`.
    """

    arms: list[Source]
    executor: Executor | None = None
    keep_cohorts: bool = False
    store: Store | None = None

    def __post_init__(self) -> None:
        as_switch("keep_cohorts", self.keep_cohorts)
        if self.store is not None:
            must_be(self.store, Store, "store", "Store(folder, scenario)")

    def run(
        self,
        replicates: int,
        precision: Precision | None = None,
        measure: Callable[[list[list[Results]], Precision], npt.NDArray[np.float64]] | None = None,
    ) -> list[list[Results]]:
        """Return for each arm its results in order of seed.

        Parameters
        ----------
        precision, measure
            Adds replicates until the interval of what is measured of the results so far is narrow
            enough.
        """
        if precision is not None:
            example = "Precision(metric='installs', relative=0.05)"
            must_be(precision, Precision, "precision", example)
        replicates = check_replicates(replicates)
        self.arms[0].replicate(replicates - 1)  # a seed out of range is refused before any run
        work = sum(arm.work for arm in self.arms) * replicates
        runs: list[list[Results]] = [[] for _ in self.arms]
        with opened(self.executor, work if precision is None else math.inf) as executor:
            self._add(runs, replicates, executor)
            while precision is not None and measure is not None:
                n = precision.needed(measure(runs, precision))
                if n <= len(runs[0]):
                    break
                self._add(runs, n, executor)
        return runs

    def _add(self, runs: list[list[Results]], n: int, executor: Executor) -> None:
        """Add the replicates up to n."""
        done, n_arms = len(runs[0]), len(self.arms)
        threads = None if isinstance(executor, Serial) else 1
        groups = [
            [through(self.store, arm, r, threads) for arm in self.arms] for r in range(done, n)
        ]
        found: dict[int, Results] = {}
        finish = whole if self.keep_cohorts else light
        for at, task, outcome in drive_through(self.store, groups, executor, finish):
            if outcome.value is None:
                raise _failed(task, outcome.error, outcome.details)
            found[at] = outcome.value
        for at in sorted(found):
            runs[at % n_arms].append(found[at])


def _failed(task: Task, error: str, details: str) -> ExperimentError:
    problem = ExperimentError(f"{task.scenario['name']}, seed {task.seed}: {error}")
    if details:
        problem.add_note(details)
    return problem


def check_replicates(replicates: int) -> int:
    """Return the number of replicates as Python's own, or refuse what is none."""
    number = as_whole(replicates)
    if number is None or not 1 <= number <= MOST_REPLICATES:
        raise ConfigError(
            f"replicates = {short(replicates)}: must be a whole number from 1 to "
            f"{MOST_REPLICATES:,}."
        )
    return number


def whole(results: Results) -> Results:
    """Keep everything."""
    return results


def light(results: Results) -> Results:
    """Keep all but the cohorts."""
    return results.without_cohorts()


def place(platform: str, platforms: Sequence[str]) -> int:
    """Return the index of a platform."""
    return list(platforms).index(chosen("platform", platform, platforms))


def quantiles(
    samples: npt.NDArray[np.float64], q: Sequence[float], dates: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return quantiles of (replicates, days) samples: a row a date, a column per quantile."""
    try:
        wanted = [float(share) for share in np.asarray(q, np.float64).ravel()]
    except (TypeError, ValueError):
        wanted = [math.nan]
    if not all(0.0 <= share <= 1.0 for share in wanted):
        raise ConfigError(f"quantile = {short(q)}: must be from 0 to 1, such as 0.05.")
    return pd.DataFrame(np.quantile(samples, wanted, axis=0).T, index=dates, columns=wanted)


def check_metric(name: str) -> str:
    """Refuse a metric that is not in the catalogue."""
    return metric_of(name).name
