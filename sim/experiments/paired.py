"""Two scenarios under the same luck: what a policy does, with chance taken out.

Replicate r of both arms has the same seed, hence the same people, friends and draws; the two differ
only where the policy makes them differ. The spread of the difference is therefore much smaller than
that of two ensembles of their own, which `Effect.variance_ratio` measures.
"""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import ConfigError
from sim.experiments.ensembles import Ensemble, Replicates, check_metric, place, quantiles
from sim.experiments.precision import Precision, interval
from sim.experiments.work.sources import HasScenario, Source, source
from sim.metrics import metric_of
from sim.minding import told, unminded
from sim.results import Results
from sim.scenario import Scenario


class Effect(NamedTuple):
    """What b does to a number beside a.

    Attributes
    ----------
    mean, low, high
        Mean of the differences b - a, and its 95 % interval; infinite where too few pairs differ
        (`sim.experiments.precision.interval`).
    p_positive
        Share of replicates in which b is above a.
    n
        Replicates.
    variance_ratio
        Variance of the difference of unpaired runs over that of paired ones: how many times more
        replicates it would take without common luck. NaN where nothing varies.
    n_differ
        Replicates in which b is not a. Where it is small the interval is infinite, and `advice`
        says what to do.
    """

    mean: float
    low: float
    high: float
    p_positive: float
    n: int
    variance_ratio: float
    n_differ: int

    @property
    def advice(self) -> str:
        """What to do about pairs that are too much alike for an interval; empty if it holds."""
        if math.isfinite(self.low) or not math.isfinite(self.mean) or self.n_differ == self.n:
            return ""
        if self.n_differ == 0:
            # Nobody of n, though each would with probability p: (1 - p) ** n = 5 %.
            most = 1 - 0.05 ** (1 / self.n)
            seen = f"no pair of {self.n} differs, so with 95% confidence at most {most:.0%} do"
        else:
            seen = f"only {self.n_differ} of {self.n} pairs differ, too few for an interval"
        return f"{seen}. Run more pairs, or more users."

    def __str__(self) -> str:
        ends = f"95 % from {self.low:.4g} to {self.high:.4g}"
        text = f"{self.mean:.4g}, {ends}, {self.n_differ} of {self.n} pairs differ"
        return f"{text}: {self.advice}" if self.advice else text


@dataclass(frozen=True)
class Comparison:
    """Two ensembles, replicate by replicate under the same luck.

    Parameters
    ----------
    a, b
        The arms; differences are b - a.
    metric
        What is meant if no metric is named.
    """

    a: Ensemble
    b: Ensemble
    metric: str = "installs"

    @property
    def n(self) -> int:
        """Pairs."""
        return self.a.n

    @property
    def platforms(self) -> tuple[str, ...]:
        """Names of the platforms that are in both arms, alphabetical."""
        return tuple(name for name in self.a.platforms if name in self.b.platforms)

    def difference(self, name: str | None = None) -> npt.NDArray[np.float64]:
        """Return (replicates, days, platforms) of b - a, in people or USD."""
        chosen = self.metric if name is None else metric_of(name).name
        mine, theirs = (
            arm.array(chosen)[..., [place(name, arm.platforms) for name in self.platforms]]
            for arm in (self.a, self.b)
        )
        return theirs - mine

    def quantile(
        self, name: str | None = None, q: Sequence[float] = (0.05, 0.5, 0.95), *, platform: str
    ) -> pd.DataFrame:
        """Return quantiles of the difference: a row a date, a column per quantile."""
        p = place(platform, self.platforms)
        return quantiles(self.difference(name)[:, :, p], q, self.a.dates)

    def effect(
        self,
        name: str | None = None,
        platform: str = "",
        since: dt.date | str | None = None,
        date: dt.date | str | None = None,
    ) -> Effect:
        """Return what b does to a metric over a span of days, by its own rule.

        Parameters
        ----------
        since, date
            First and last day; by default those of the run.
        """
        chosen = self.metric if name is None else metric_of(name).name
        place(platform, self.platforms)
        a = self.a.total(chosen, platform, since, date)
        b = self.b.total(chosen, platform, since, date)
        return effect(a, b)

    def __repr__(self) -> str:
        return (
            f"<Comparison {self.b.scenario.name} - {self.a.scenario.name} · {self.n} pairs of "
            f"runs under the same luck · {self.a.dates[0].date()} to {self.a.dates[-1].date()}>"
        )


def effect(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> Effect:
    """Return the effect from the numbers of paired replicates, (replicates,) each."""
    difference = b - a
    mean, low, high = interval(difference)
    paired = difference.var(ddof=1) if difference.size > 1 else np.nan
    unpaired = a.var(ddof=1) + b.var(ddof=1) if difference.size > 1 else np.nan
    never_differs = np.inf if unpaired > 0 else np.nan
    ratio = float(unpaired / paired) if paired > 0 else never_differs
    above = float(np.mean(difference > 0))
    alike = (a == b) | (np.isnan(a) & np.isnan(b))  # infinite in both is alike, too
    differ = int(np.count_nonzero(~alike))
    return Effect(mean, low, high, above, int(difference.size), ratio, differ)


def compare(
    a: Scenario | HasScenario | Source,
    b: Scenario | HasScenario | Source,
    replicates: int = 20,
    *,
    executor: Executor | None = None,
    precision: Precision | None = None,
    metric: str = "installs",
    until: dt.date | str | None = None,
    keep_cohorts: bool = False,
) -> Comparison:
    """Run two scenarios in pairs that share seed, graph and all luck.

    Parameters
    ----------
    a, b
        Scenarios, or modules or objects with a function ``scenario()``. Seeds are those of a; b
        takes them over.
    precision
        Adds pairs until the interval of the mean difference is narrow enough.
    metric
        What `Comparison` means if no metric is named.
    replicates, executor, until, keep_cohorts
        As in `ensemble`; both arms of a pair are run by the same worker.

    Raises
    ------
    ConfigError
        If the two cannot be paired: other days, or no platform in common.
    ExperimentError
        If a run fails.
    """
    first, second = source(a, until), source(b, until)
    _check_pair(first.scenario, second.scenario)
    check_metric(metric)
    for line in told(unminded(first.scenario, second.scenario)):
        warnings.warn(line, stacklevel=2)
    same_luck = second.scenario.with_market(seed=first.scenario.market.seed)
    arms = [first, replace(second, scenario=same_luck)]
    runner = Replicates(arms, executor, keep_cohorts)
    runs = runner.run(replicates, precision, _differences)
    return Comparison(Ensemble(runs[0]), Ensemble(runs[1]), metric)


def _differences(runs: list[list[Results]], wanted: Precision) -> npt.NDArray[np.float64]:
    return Ensemble(runs[1]).total(*wanted.span) - Ensemble(runs[0]).total(*wanted.span)


def _check_pair(a: Scenario, b: Scenario) -> None:
    """Refuse arms whose days or platforms have nothing to do with each other."""
    for field in ("start", "until"):
        mine, theirs = getattr(a.market, field), getattr(b.market, field)
        if mine != theirs:
            raise ConfigError(
                f"compare: {field} is {mine} in {a.name} and {theirs} in {b.name}: must be the "
                f"same in both arms. Set market.{field} in one of them."
            )
    if not set(a.platforms) & set(b.platforms):
        raise ConfigError(
            f"compare: {a.name} and {b.name} have no platform in common, so there is nothing to "
            "compare. Give two scenarios of the same market."
        )
