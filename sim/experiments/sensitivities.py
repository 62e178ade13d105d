"""Which parameters move an outcome: Morris' screening and Sobol' indices, by SALib.

Chance is a factor of its own: with ``seeds`` above 1 the seed is drawn as any other parameter, and
its index says what part of the spread is luck.

References
----------
Morris (1991), Technometrics 33; Campolongo et al. (2007); Sobol' (2001); Saltelli et al. (2010).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.checks import as_whole
from sim.config import short
from sim.errors import ConfigError, unknown_name
from sim.experiments.design import Design, Factor, factor
from sim.experiments.sweeps import OUT, Swept, Watch, sweep
from sim.experiments.work.calls import called
from sim.experiments.work.driving import ExperimentError
from sim.experiments.work.sources import HasScenario, Source, source
from sim.metrics import metric_of
from sim.scenario import Scenario

Method = Literal["morris", "sobol"]
#: Columns of the indices, with what they say; each has its 95 % half-width beside it.
COLUMNS = {
    "morris": ["mu", "mu_star", "mu_star_conf", "sigma"],
    "sobol": ["S1", "S1_conf", "ST", "ST_conf"],
}
#: Levels of Morris' grid.
LEVELS = 4
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


def shares(names: Sequence[str], method: str, size: int, seed: int = 1) -> npt.NDArray[np.float64]:
    """Return the points of a method in the unit cube: (n_runs, n_factors).

    Parameters
    ----------
    size
        Morris: trajectories, each of n_factors + 1 runs. Sobol': a power of two, times
        n_factors + 2 runs.
    """
    _check_method(method)
    number = as_whole(size)
    if number is None or number < 2:
        raise ConfigError(f"size = {short(size)}: must be a whole number of at least 2.")
    size = number
    power = size & (size - 1) == 0
    if method == "sobol" and not power:
        near = 1 << (size - 1).bit_length()
        raise ConfigError(f"size = {size}: must be a power of two for Sobol', such as {near}.")
    problem = _problem(names)
    if method == "morris":
        from SALib.sample import morris

        return np.asarray(morris.sample(problem, size, num_levels=LEVELS, seed=seed))
    from SALib.sample import sobol

    return np.asarray(sobol.sample(problem, size, calc_second_order=False, seed=seed))


def analyzed(
    names: Sequence[str],
    method: str,
    samples: npt.NDArray[np.float64],
    outcomes: npt.NDArray[np.float64],
    seed: int = 1,
) -> pd.DataFrame:
    """Return the indices of outcomes at the points of `shares`, the largest first."""
    _check_method(method)
    problem = _problem(names)
    if method == "sobol" and np.ptp(outcomes) == 0:
        raise ExperimentError(
            f"the outcome is {outcomes[0]:g} at all {len(outcomes)} points, so there is nothing to "
            "explain. Choose another metric, more users, or a later last day."
        )
    if method == "morris":
        from SALib.analyze import morris

        found = morris.analyze(problem, samples, outcomes, num_levels=LEVELS, seed=seed)
    else:
        from SALib.analyze import sobol

        found = sobol.analyze(problem, outcomes, calc_second_order=False, seed=seed)
    columns = {name: np.asarray(found[name], np.float64) for name in COLUMNS[method]}
    frame = pd.DataFrame(columns, index=pd.Index(list(names), name="factor"))
    return frame.sort_values("mu_star" if method == "morris" else "ST", ascending=False)


def _problem(names: Sequence[str]) -> dict[str, Any]:
    if len(names) < 2:
        raise ConfigError(
            f"sensitivity: {len(names)} factor{'' if len(names) == 1 else 's'}: at least 2 are "
            "needed. Vary more."
        )
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _check_method(method: str) -> None:
    if method not in COLUMNS:
        raise unknown_name("method", method, COLUMNS)
    if importlib.util.find_spec("SALib") is None:
        raise ConfigError(
            "sensitivity: needs SALib. Install it: pip install 'clipmarket[experiments]'."
        )


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
    factors = [Factor((name,), (), low, high) for name, (low, high) in bounds.items()]
    samples = shares(list(bounds), method, size, seed)
    points = [_point(factors, row) for row in samples]
    outcomes = called(function, points, executor)
    return Sensitivity(
        method, analyzed(list(bounds), method, samples, outcomes, seed), samples, outcomes
    )


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
    start = source(scenario, until)
    metric_of(metric)
    if platform not in start.scenario.platforms:
        raise unknown_name("platform", platform, start.scenario.platforms)
    factors = [factor(start.scenario, path, given)[0] for path, given in vary.items()]
    n_seeds = as_whole(seeds)
    if n_seeds is None or n_seeds < 1:
        raise ConfigError(f"seeds = {short(seeds)}: must be a whole number of at least 1.")
    seeds = n_seeds
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
    n_missing = int(np.isnan(outcomes).sum())
    if n_missing:
        raise ExperimentError(
            f"{metric} of {platform} is no number in {n_missing} of {len(keys)} runs (nobody to "
            "divide by). Choose a metric that always is one, or narrow the ranges."
        )
    return outcomes


def _point(factors: Sequence[Factor], row: npt.NDArray[np.float64]) -> dict[str, Any]:
    values = [(one, one.at(float(share))) for one, share in zip(factors, row, strict=True)]
    return {path: value for one, value in values for path in one.path}
