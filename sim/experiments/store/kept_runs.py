"""Runs through a store: what it has is read, what it has not is run and written to it.

An experiment that is stopped and asked for again then does only what is missing. What comes back is
the same either way, to the last bit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from sim.errors import DataError
from sim.experiments.store.identity import run_key
from sim.experiments.store.run_file import RunFile, as_file, read_whole
from sim.experiments.store.store import Store
from sim.experiments.work.driving import batches_of, drive
from sim.experiments.work.running import Outcome, Task, attempt, run_task
from sim.experiments.work.sources import Source
from sim.interventions import Change
from sim.metrics import Metric, recorded
from sim.results import Results
from sim.scenario import Scenario

T = TypeVar("T")


@dataclass(frozen=True)
class KeptTask(Task):
    """A run that a store has, or shall have.

    Parameters
    ----------
    key
        Its name.
    code
        Hash of code that the scenario brings with it (`Source.code`).
    file
        Where it is, if the store has it; a worker that cannot read it there runs it.
    """

    key: str = ""
    code: str = ""
    file: str = ""


def through(
    store: Store | None, source: Source, replicate: int = 0, threads: int | None = 1
) -> Task:
    """Return the task of a run, made to go through a store if there is one."""
    task = replace(source.task(replicate), threads=threads)
    if store is None:
        return task
    code = source.code
    key = run_key(task.scenario, code)
    # A file holds what somebody's own function counted, and does not say which function it was.
    trusted = key in store.sizes and all(one.count is None for one in recorded())
    return KeptTask(**vars(task), key=key, code=code, file=str(store.path(key)) if trusted else "")


def same_run(key: str, file: RunFile, outcome: Outcome[T]) -> Outcome[T]:
    """Return the outcome of a run, a failure if it is not the run that was asked for."""
    if file.key == key:
        return outcome
    return Outcome(
        "failed", None,
        f"worker {outcome.worker} has another version of the model, of its libraries or of the "
        "graph's file. Give it the same.",
        "", outcome.seconds, outcome.worker,
    )  # fmt: skip


def drive_through(
    store: Store | None,
    groups: Iterable[Sequence[Task]],
    executor: Executor,
    finish: Callable[[Results], T],
) -> Iterator[tuple[int, Task, Outcome[T]]]:
    """Yield (place, task, outcome) of every task, as `drive` does, each run kept once it is done.

    Without a store, everything is run. A run without a result is not kept: it is tried again.

    Parameters
    ----------
    groups
        Tasks that one worker does in sequence, made by `through`.
    """
    if store is None:
        yield from drive(batches_of(groups), executor, finish)
        return
    runner: Callable[..., Any] = _read_or_run
    for place, task, outcome in drive(batches_of(groups), executor, finish, runner):
        yield place, task, _kept(store, task, outcome)


def _kept(store: Store, task: Any, outcome: Outcome[Any]) -> Outcome[T]:
    """Write the file that came with a value; return the outcome without the file."""
    if outcome.value is None:
        return outcome
    value, file = outcome.value
    plain: Outcome[T] = replace(outcome, value=value)
    if file is None:
        return plain
    checked = same_run(task.key, file, plain)
    if checked.value is not None:
        if task.file:
            store.recheck(task.key)
        store.add(file)
    return checked


def _read_or_run(
    tasks: Sequence[KeptTask], finish: Callable[[Results], T]
) -> list[Outcome[tuple[T, RunFile | None]]]:
    """Do tasks one after the other in this worker, as `run_batch`, each run with its file."""
    return [attempt(lambda task=task: _done(task, finish)) for task in tasks]  # type: ignore[misc]


def _done(task: KeptTask, finish: Callable[[Results], T]) -> tuple[T, RunFile | None]:
    results = None
    if task.file:
        with contextlib.suppress(DataError):
            results = read_results(Path(task.file))
    if results is not None:
        return finish(results), None
    results = run_task(task)
    return finish(days_alone(results)), as_file(results, task.code)


def days_alone(results: Results) -> Results:
    """Return what a file holds of results: neither cohorts nor segments."""
    kept = results.segment_counts[:, :, :0].copy()
    return replace(results.without_cohorts(), segment_counts=kept)


def read_results(path: Path) -> Results:
    """Return the results of a run from its file, in the bits in which they were made.

    Raises
    ------
    DataError
        If anything in the file is damaged, or it lacks a metric that is recorded now.
    """
    table, about = read_whole(path)
    given = about["manifest"]
    scenario = Scenario.from_dict(given["parameters"])
    n_platforms = len(scenario.platforms)
    wanted = recorded()
    missing = [one.name for one in wanted if one.name not in table.column_names]
    if missing or table.num_rows != given["days"] * n_platforms:
        raise DataError(f"{path}: does not hold every metric of every day")
    days = given["days"], n_platforms
    return Results(
        scenario=scenario,
        arrays={
            one.name: _counted(one, table[one.name].to_numpy(), scenario.market.weight)
            .reshape(days)
            for one in wanted
        },
        cohort_counts=np.zeros((*days, 0), np.int32),
        segment_counts=np.zeros((*days, 0, 3), np.int64),
        log=tuple(Change(*change) for change in about["changes"]),
        manifest=given,
    )  # fmt: skip


def _counted(
    metric: Metric, values: npt.NDArray[np.float64], weight: float
) -> npt.NDArray[np.generic]:
    """Return agents, events or cents again: people and USD are these times or over one number."""
    if metric.scale == "plain":
        return values
    return np.rint(values / weight if metric.scale == "people" else values * 100.0).astype(np.int64)
