"""Plain functions on the path that runs take: batches, executors, workers that may die."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.experiments.work.driving import Batch, ExperimentError, drive
from sim.experiments.work.executors import opened, width
from sim.experiments.work.running import Outcome, attempt

#: Batches for each worker.
_PER_WORKER = 8


@dataclass(frozen=True)
class Call:
    """A function and its argument.

    Parameters
    ----------
    function
        Of a module.
    point
        Name to value.
    timeout
        None: a plain function is not stopped.
    """

    function: Callable[[Mapping[str, Any]], float]
    point: Mapping[str, Any]
    timeout: float | None = None


def run_calls(calls: Sequence[Call], finish: Callable[[float], float]) -> list[Outcome[float]]:
    """Make calls one after the other in this worker."""
    return [attempt(lambda c=call: finish(c.function(c.point))) for call in calls]  # type: ignore[misc]


def called(
    function: Callable[[Mapping[str, Any]], float],
    points: Sequence[Mapping[str, Any]],
    executor: Executor | None = None,
) -> npt.NDArray[np.float64]:
    """Return the values of a function at points, in their order.

    Raises
    ------
    ExperimentError
        If a call fails.
    """
    values = np.full(len(points), math.nan)
    calls = list(enumerate(Call(function, point) for point in points))
    with opened(executor, 0.0 if executor is None else math.inf) as workers:
        size = max(1, len(calls) // (_PER_WORKER * width(workers)))
        batches: Any = (
            Batch(tuple(calls[i : i + size]))  # type: ignore[arg-type]
            for i in range(0, len(calls), size)
        )
        finish: Any = float
        runner: Any = run_calls
        for place, _, outcome in drive(batches, workers, finish, runner):
            if outcome.value is None:
                raise ExperimentError(f"point {place + 1}: {outcome.error}")
            values[place] = outcome.value
    return values
