"""Sweeps: many points, many seeds, one store; stopped at any moment and gone on with.

The store says what is done. A sweep asks for its runs, does those that are missing, and writes each
as it comes; so the same command after a kill, a crash or Ctrl-C does the rest, and a sweep over
more values does only what is new.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.checks import as_switch
from sim.errors import DataError
from sim.experiments.design import Design, grid
from sim.experiments.ensembles import check_replicates
from sim.experiments.paths import overridden, varied
from sim.experiments.plan import Plan, in_groups, kept
from sim.experiments.point_tables import table
from sim.experiments.store.kept_runs import same_run
from sim.experiments.store.run_file import as_file
from sim.experiments.store.sealed import read_sealed, write_table
from sim.experiments.store.store import Store
from sim.experiments.work.branching import run_together
from sim.experiments.work.driving import Batch, drive
from sim.experiments.work.executors import opened, width
from sim.experiments.work.running import Outcome, check_timeout
from sim.experiments.work.sources import HasScenario, Source, source
from sim.given import must_be_callable, path_of
from sim.minding import told, unminded
from sim.scenario import Scenario

#: Most runs of a batch that share a past: its outcomes come back together.
MOST_TOGETHER = 32
#: Batches for each worker at the least, so that none is idle for long at the end.
BATCHES_PER_WORKER = 8
OUT = Path("out") / "sweeps"
#: Points that are looked at for what a sweep asks.
FEW_POINTS = 64


@dataclass
class Progress:
    """How far a sweep is.

    Parameters
    ----------
    total, done, failed
        Runs asked for; those with a result; those without.
    found
        Runs that were done before it began.
    notes
        One line for each thing in the store that is not as it should be.
    run, seed, outcome
        The run that was done just now; None at the beginning and the end.
    """

    total: int
    done: int
    failed: int
    found: int
    notes: list[str] = field(default_factory=list)
    run: str | None = None
    seed: int | None = None
    outcome: Outcome[Any] | None = None

    @property
    def left(self) -> int:
        """Runs to do."""
        return self.total - self.done - self.failed

    def __str__(self) -> str:
        text = f"{self.total:,} runs: {self.done:,} done, {self.left:,} left"
        return text + (f", {self.failed:,} failed" if self.failed else "")


Watch = Callable[[Progress], None]


@dataclass(frozen=True)
class Swept:
    """A sweep that has come to its end.

    Parameters
    ----------
    folder
        The store.
    plan
        What was asked for.
    progress
        What became of it.
    """

    folder: Path
    plan: Plan
    progress: Progress

    def frame(self) -> pd.DataFrame:
        """Return what the runs of this sweep came to, in order of point, then seed."""
        order = np.lexsort((self.plan.replicates, self.plan.points))
        return Store(self.folder).frame([self.plan.keys[run] for run in order])

    def daily(self, *metrics: str, platform: str | None = None) -> pd.DataFrame:
        """Return the days of the runs of this sweep."""
        return Store(self.folder).daily(list(metrics), list(self.plan.keys), platform)

    def __repr__(self) -> str:
        return f"<Sweep {self.folder} · {self.plan.design.name} · {self.progress}>"


def sweep(
    scenario: Scenario | HasScenario | Source,
    vary: Mapping[Any, Any] | pd.DataFrame | Design,
    replicates: int = 1,
    *,
    store: str | Path | None = None,
    executor: Executor | None = None,
    until: Any = None,
    timeout: float | None = None,
    retry_failed: bool = False,
    branch: bool = True,
    watch: Watch | None = None,
) -> Swept:
    """Run every point under every seed; what the store has already is not run again.

    Parameters
    ----------
    scenario
        What is varied; replicate r of every point has its seed + r.
    vary
        A grid (path to values), a table of points (columns are paths), or a `Design`.
    store
        Folder, by default ``out/sweeps/NAME``.
    executor
        Any `concurrent.futures.Executor`; it cannot change a result. Results are written by this
        process alone, so workers need no folder in common.
    timeout
        Seconds after which a run is given up, and kept with its error.
    retry_failed
        Run again what failed before.
    branch
        Simulate once what runs have in common before the date on which they part.
    watch
        Called at the beginning, after each run, and at the end.

    Raises
    ------
    ConfigError
        If a point cannot be, before anything is run.
    DataError
        If the store cannot be used or written to. What was done stays.
    """
    start = source(scenario, until)
    replicates = check_replicates(replicates)
    timeout = check_timeout(timeout)
    retry_failed, branch = as_switch("retry_failed", retry_failed), as_switch("branch", branch)
    must_be_callable(watch, "watch")
    design = _design(start.scenario, vary)
    folder = path_of(store) if store is not None else OUT / start.scenario.name
    with Store(folder, start.scenario) as opened_store:
        plan = kept(folder, start, design, replicates, opened_store.notes)
        progress = _begin(opened_store, plan, retry_failed)
        tell = watch or _quiet
        tell(progress)
        left = [
            run
            for run, key in enumerate(plan.keys)
            if key not in opened_store.sizes and (retry_failed or key not in opened_store.failures)
        ]
        if left:
            work = start.work * len(left)
            with opened(executor, work) as workers:
                try:
                    for _ in _run(opened_store, plan, left, workers, timeout, branch, progress):
                        tell(progress)
                except BaseException:
                    # It may have come between the writing of a run and the counting of it.
                    with contextlib.suppress(DataError, OSError):
                        on_disk = dict(opened_store.files.runs())
                        progress.done = sum(key in on_disk for key in plan.keys)
                    raise
        opened_store.flush()
        _write_summary(opened_store, bool(left))
        progress.run = progress.seed = progress.outcome = None
        tell(progress)
    return Swept(folder, plan, progress)


def _design(scenario: Scenario, vary: Mapping[Any, Any] | pd.DataFrame | Design) -> Design:
    if isinstance(vary, Design):
        return vary
    if isinstance(vary, pd.DataFrame):
        return table(vary)
    if vary is None or (isinstance(vary, Mapping) and not vary):
        return Design(({},), "scenario as it is")
    return grid(scenario, vary)


def _quiet(_progress: Progress) -> None:
    """Tell nobody."""


def _begin(store: Store, plan: Plan, retry_failed: bool) -> Progress:
    done = sum(key in store.sizes for key in plan.keys)
    failed = 0 if retry_failed else sum(key in store.failures for key in plan.keys)
    notes = list(store.notes)
    lines = [overridden(plan.source.scenario, path) for path in plan.design.paths]
    notes += [line for line in lines if line is not None]
    notes += told(_unminded(plan))
    if store.other_models:
        notes.append(
            f"{store.folder}: {store.other_models:,} runs are of another version of the model; "
            "they are kept, and are no part of this sweep."
        )
    return Progress(len(plan), done, failed, done, notes)


def _unminded(plan: Plan) -> list[str]:
    """Return the platforms whose limits are varied at a point, and where nobody minds them."""
    base = plan.source.scenario
    points = plan.design.points[:FEW_POINTS]
    return list(
        dict.fromkeys(one for point in points for one in unminded(base, varied(base, point)))
    )


def _run(
    store: Store,
    plan: Plan,
    left: list[int],
    workers: Executor,
    timeout: float | None,
    branch: bool,
    progress: Progress,
) -> Iterator[None]:
    """Do what is left, write each outcome as it comes, and count."""
    most = len(left) // (BATCHES_PER_WORKER * width(workers))
    size = max(1, min(MOST_TOGETHER, most)) if branch else 1
    finish = functools.partial(as_file, code=plan.source.code)
    batches = (Batch(tuple(group)) for group in in_groups(plan, left, size, timeout))
    for run, task, outcome in drive(batches, workers, finish, run_together):
        key = plan.keys[run]
        if outcome.value is not None:
            outcome = same_run(key, outcome.value, outcome)
        if outcome.value is not None:
            store.add(outcome.value)
            progress.done += 1
        else:
            store.add_failure(key, task.scenario, outcome.status, outcome.error, outcome.details)
            progress.failed += 1
        progress.run, progress.seed, progress.outcome = key, task.seed, outcome
        yield


def _write_summary(store: Store, changed: bool) -> None:
    """Write the tidy frame of all runs, for those who read the folder as it is."""
    path = store.folder / "summary.parquet"
    if not changed:
        with contextlib.suppress(DataError):
            read_sealed(path)
            return
    # Made anew too if it is missing, or not as it was written.
    write_table(path, pa.Table.from_pandas(store.frame(), preserve_index=False), {})
