"""Which parameters move an outcome: Morris' screening and Sobol' indices, by SALib.

Chance is a factor of its own: with ``seeds`` above 1 the seed is drawn as any other parameter, and
its index says what part of the spread is luck.

References
----------
Morris (1991), Technometrics 33; Campolongo et al. (2007); Sobol' (2001); Saltelli et al. (2010).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.checks import chosen, in_range, short, whole_from
from sim.errors import ConfigError
from sim.experiments.design import Design, Factor, factor
from sim.experiments.ensembles import MOST_REPLICATES
from sim.experiments.indices import Method, analyzed, shares
from sim.experiments.sweeps import OUT, Swept, Watch, sweep
from sim.experiments.work.calls import called
from sim.experiments.work.driving import ExperimentError
from sim.experiments.work.sources import HasScenario, Source, source, undrawn
from sim.metrics import metric_of
from sim.scenario import Scenario

SEED = "market.seed"


@dataclass(frozen=True)
class Sensitivity:
    """What moves an outcome, and how much.

    Parameters
    ----------
    method
        "morris" or "sobol".
    indices
        Index: factor. Columns: see `COLUMNS`; the largest first.
    samples
        (n_runs, n_factors) shares of the way from low to high.
    outcomes
        (n_runs,) what came out.
    swept
        The sweep behind it; None for a plain function.
    metric, platform
        What the outcome is.
    """

    method: str
    indices: pd.DataFrame
    samples: npt.NDArray[np.float64]
    outcomes: npt.NDArray[np.float64]
    swept: Swept | None = None
    metric: str = ""
    platform: str = ""

    @property
    def unsure(self) -> list[str]:
        """Factors that move the outcome, whose interval is wider than what they move it by."""
        column = "mu_star" if self.method == "morris" else "ST"
        size, interval = self.indices[column], self.indices[f"{column}_conf"]
        return [str(name) for name in self.indices.index[(size > 0) & (interval > size)]]

    def plot(self) -> Any:
        """Draw Morris' plane or Sobol' bars; return the figure."""
        from sim.report.style import INK, sample
        from sim.report.sweep_charts import morris_plane, sobol_bars

        draw = morris_plane if self.method == "morris" else sobol_bars
        if self.swept is None:
            return draw(self.indices, self.metric, INK)
        scenario = self.swept.plan.source.scenario
        market = scenario.market
        source_text = (
            f"clipmarket, scenario {scenario.name}, {len(self.outcomes):,} points; "
            f"{sample(market.n_users, market.weight)}"
        )
        color = scenario.platforms[self.platform].color
        return draw(self.indices, self.metric, color, source_text)

    def __repr__(self) -> str:
        most = ", ".join(map(str, self.indices.index[:3]))
        return f"<Sensitivity by {self.method} · {len(self.outcomes):,} runs · most: {most}>"


def sensitivity_of_function(
    function: Callable[[Mapping[str, float]], float],
    bounds: Mapping[str, tuple[float, float]],
    size: int,
    *,
    method: Method = "sobol",
    executor: Executor | None = None,
    seed: int = 1,
) -> Sensitivity:
    """Return the indices of a plain function, evaluated as runs are.

    Parameters
    ----------
    function
        Of a module, so that it travels to workers; takes name to value, returns a number.
    bounds
        Low and high of each argument.
    """
    factors = [Factor((name,), (), *_ends(name, ends)) for name, ends in bounds.items()]
    samples = shares(list(bounds), method, size, seed)
    points = [_point(factors, row) for row in samples]
    outcomes = called(function, points, executor)
    return Sensitivity(
        method, analyzed(list(bounds), method, samples, outcomes, seed), samples, outcomes
    )


def _ends(name: str, given: Any) -> tuple[float, float]:
    """Return low and high of an argument, as numbers of which the first is the smaller."""
    try:
        low, high = given
        low, high = float(in_range(name, low)), float(in_range(name, high))
    except (TypeError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            f"{name} = {short(given)}: must be (low, high), such as (0.0, 1.0)."
        ) from None
    if not low < high:
        raise ConfigError(f"{name} = {short(given)}: the first end must be below the second.")
    return low, high


def sensitivity(
    scenario: Scenario | HasScenario | Source,
    vary: Mapping[Any, Any],
    size: int,
    *,
    metric: str,
    platform: str,
    method: Method = "morris",
    seeds: int = 10,
    seed: int = 1,
    store: str | Path | None = None,
    executor: Executor | None = None,
    until: Any = None,
    timeout: float | None = None,
    retry_failed: bool = False,
    watch: Watch | None = None,
) -> Sensitivity:
    """Return what moves the total of a metric over the whole run.

    Parameters
    ----------
    vary
        Path (or several that get the same value) to its range: ``(low, high)``, ``"low..high"``, or
        a list of values.
    size
        See `shares`.
    seeds
        Seeds the factor ``market.seed`` is drawn from; 1 leaves chance out.
    seed
        Of the points, and of the intervals.
    store, executor, until, timeout, retry_failed, watch
        As in `sweep`: runs are kept, and gone on with.

    Raises
    ------
    ExperimentError
        If a run failed: indices need all of them.
    """
    start = undrawn(source(scenario, until), "sensitivity")
    metric_of(metric)
    chosen("platform", platform, start.scenario.platforms)
    factors = [factor(start.scenario, path, given)[0] for path, given in vary.items()]
    seeds = whole_from("seeds", seeds, 1, MOST_REPLICATES)
    if seeds > 1:
        first = start.scenario.market.seed
        factors.append(Factor((SEED,), tuple(range(first, first + seeds))))
    names = [one.name for one in factors]
    samples = shares(names, method, size, seed)
    design = Design(
        tuple(_point(factors, row) for row in samples), f"{method} of {len(samples)} points"
    )
    swept = sweep(
        start, design, store=store or OUT / f"{start.scenario.name}_{method}", executor=executor,
        timeout=timeout, retry_failed=retry_failed, watch=watch,
    )  # fmt: skip
    if swept.progress.failed:
        raise ExperimentError(
            f"{swept.progress.failed} of {swept.progress.total} runs have no result, and indices "
            f"need all: see the failures in {swept.folder}. Retry them (retry_failed), or narrow "
            "the ranges."
        )
    outcomes = _outcomes(swept, metric, platform)
    found = analyzed(names, method, samples, outcomes, seed)
    return Sensitivity(method, found, samples, outcomes, swept, metric, platform)


def _outcomes(swept: Swept, metric: str, platform: str) -> npt.NDArray[np.float64]:
    frame = swept.frame()
    by_run = frame[frame["platform"] == platform].set_index("run")[metric]
    keys = [swept.plan.keys[run] for run in swept.plan.asked[0]]
    outcomes = by_run.loc[keys].to_numpy(np.float64)
    n_missing = int((~np.isfinite(outcomes)).sum())
    if n_missing:
        raise ExperimentError(
            f"{metric} of {platform} is no number in {n_missing} of {len(keys)} runs (nobody to "
            "divide by). Choose a metric that always is one, or narrow the ranges."
        )
    return outcomes


def _point(factors: Sequence[Factor], row: npt.NDArray[np.float64]) -> dict[str, Any]:
    values = [(one, one.at(float(share))) for one, share in zip(factors, row, strict=True)]
    return {path: value for one, value in values for path in one.path}
