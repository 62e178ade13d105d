"""The driver: hands batches of tasks to an executor and takes outcomes as they come.

What one run does, or the death of a worker, never ends the whole: tasks in flight are tried again,
one by one, and given up after a bounded number of tries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sim.checks import short
from sim.errors import ClipmarketError
from sim.experiments.work.executors import GRACE_SECONDS, LocalProcesses, is_deserted, width
from sim.experiments.work.running import Outcome, Task, run_batch
from sim.experiments.work.worker import WorkerDiedError
from sim.results import Results

T = TypeVar("T")
#: Times a task is tried whose worker dies under it.
TRIES = 3
#: Batches handed out for each one that can run, so that no worker waits for the driver.
HANDED_OUT = 2
#: Seconds without any outcome after which it is looked whether there are workers at all.
LOOK_SECONDS = 15.0


class ExperimentError(ClipmarketError):
    """A run of an experiment failed, or its executor did."""


@dataclass(frozen=True)
class Batch:
    """Tasks that one worker does in sequence, since they share a graph or a past.

    Parameters
    ----------
    tasks
        Place of each task in the whole, and the task.
    tries
        How often a worker died over them.
    """

    tasks: tuple[tuple[int, Task], ...]
    tries: int = 0


def batches_of(groups: Iterable[Sequence[Task]]) -> Iterator[Batch]:
    """Make each group one batch, its tasks numbered through."""
    place = 0
    for group in groups:
        yield Batch(tuple(enumerate(group, place)))
        place += len(group)


def drive(
    batches: Iterable[Batch],
    executor: Executor,
    finish: Callable[[Results], T],
    runner: Callable[..., list[Outcome[T]]] = run_batch,
) -> Iterator[tuple[int, Task, Outcome[T]]]:
    """Yield (place, task, outcome) of every task, in the order in which they are done.

    Parameters
    ----------
    batches
        Taken as workers become free, so they may be many.
    runner
        What a worker does with a batch.
    """
    waiting = iter(batches)
    room = width(executor) * HANDED_OUT
    flying: dict[Future[list[Outcome[T]]], Batch] = {}
    again: list[Batch] = []
    deserted = 0
    try:
        while True:
            for batch in islice(_next(again, waiting), room - len(flying)):
                flying[_submit(executor, batch, finish, runner)] = batch
            if not flying:
                return
            done, _ = wait(flying, LOOK_SECONDS, FIRST_COMPLETED)
            # Twice in a row: workers that were killed may be replaced.
            deserted = deserted + 1 if not done and is_deserted(executor) else 0
            if deserted > 1:
                raise ExperimentError(
                    f"no worker is left, or the scheduler is gone: nothing came for "
                    f"{deserted * LOOK_SECONDS:g} s. Start workers; the same command goes on."
                )
            for future in done:
                batch = flying.pop(future)
                yield from _outcomes(future, batch, again)
    finally:
        for future in flying:
            future.cancel()


def _next(again: list[Batch], waiting: Iterator[Batch]) -> Iterator[Batch]:
    while True:
        if again:
            yield again.pop()
        else:
            try:
                yield next(waiting)
            except StopIteration:
                return


def _submit(executor: Executor, batch: Batch, finish: Any, runner: Any) -> Future[Any]:
    tasks = [task for _, task in batch.tasks]
    try:
        if isinstance(executor, LocalProcesses):
            limits = [task.timeout for task in tasks]
            limit = None if None in limits else sum(filter(None, limits)) + GRACE_SECONDS
            return executor.submit_within(limit, runner, tasks, finish)
        return executor.submit(runner, tasks, finish)
    except Exception as error:  # broken, shut down, or of somebody who raises what he likes
        raise _broken(error) from error


def _outcomes(
    future: Future[list[Outcome[T]]], batch: Batch, again: list[Batch]
) -> Iterator[tuple[int, Task, Outcome[T]]]:
    """Yield what a batch came to; what is to be tried again goes to ``again``."""
    try:
        for (place, task), outcome in zip(batch.tasks, future.result(), strict=True):
            yield place, task, outcome
        return
    except BrokenExecutor as error:
        raise _broken(error) from error
    except TimeoutError:
        stuck = "stuck: no answer long after its timeout, so its worker was ended"
        outcome = Outcome[T]("timeout", error=stuck)
    except WorkerDiedError as error:
        outcome = Outcome[T]("died", error=f"{error}, {batch.tries + 1} times")
    except Exception as error:
        if type(error).__name__ != "KilledWorker":  # Dask's own name for the same
            # A run that fails comes back as an outcome: this is the executor, or what it sends.
            raise _broken(error) from error
        outcome = Outcome[T]("died", error=" ".join(str(error).split()))
    # Whose fault it was is known only when each is alone.
    if len(batch.tasks) > 1 or (outcome.status == "died" and batch.tries + 1 < TRIES):
        again.extend(Batch((task,), batch.tries + 1) for task in reversed(batch.tasks))
    else:
        for place, task in batch.tasks:
            yield place, task, outcome


def _broken(error: BaseException) -> ExperimentError:
    text = short(f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": "), 200)
    return ExperimentError(
        f"the executor broke ({text.strip(chr(39))}). Runs that are stored stay. Give another one, "
        "or none: local workers are replaced when they die."
    )
