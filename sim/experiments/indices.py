"""Where a method looks, and what it finds: points in the unit cube, and indices of the outcomes."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.checks import as_whole, chosen, short
from sim.errors import ConfigError, missing
from sim.experiments.design import MOST_POINTS
from sim.experiments.work.driving import ExperimentError

Method = Literal["morris", "sobol"]
#: Columns of the indices, with what they say; each has its 95 % half-width beside it.
COLUMNS = {
    "morris": ["mu", "mu_star", "mu_star_conf", "sigma"],
    "sobol": ["S1", "S1_conf", "ST", "ST_conf"],
}
#: Levels of Morris' grid.
LEVELS = 4


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
    _check_runs(size * (len(names) + (1 if method == "morris" else 2)))
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
    outcomes = _finite(samples, outcomes)
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


def _finite(
    samples: npt.NDArray[np.float64], outcomes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the outcomes, of which one that is no number would make every index a wrong one."""
    outcomes = np.asarray(outcomes, np.float64)
    if outcomes.shape != (len(samples),):
        raise ConfigError(
            f"outcomes {outcomes.shape}: must be one number for each of {len(samples)} points, in "
            "their order."
        )
    bad = np.flatnonzero(~np.isfinite(outcomes))
    if bad.size:
        raise ExperimentError(
            f"the outcome is {outcomes[bad[0]]:g} at {bad.size} of {outcomes.size} points, first "
            f"at point {bad[0] + 1}, and indices need one at each. Narrow the ranges, or give "
            "a number there."
        )
    with np.errstate(over="ignore"):
        variance = np.var(outcomes)
    if not np.isfinite(variance):
        raise ExperimentError(
            f"outcomes from {outcomes.min():g} to {outcomes.max():g} cannot be squared. Give them "
            "in a larger unit."
        )
    return outcomes


def _check_runs(n: int) -> None:
    if n > MOST_POINTS:
        raise ConfigError(f"sensitivity: {short(n)} runs; at most {MOST_POINTS:,}. Give less size.")


def _problem(names: Sequence[str]) -> dict[str, Any]:
    if len(names) < 2:
        raise ConfigError(
            f"sensitivity: {len(names)} factor{'' if len(names) == 1 else 's'}: at least 2 are "
            "needed. Vary more."
        )
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _check_method(method: str) -> None:
    chosen("method", method, COLUMNS)
    if importlib.util.find_spec("SALib") is None:
        raise missing("sensitivity", "SALib")
