"""What a sweep shows while it runs, and writes to its log."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.table import Table

from scenarios.command.console import new_table
from scenarios.command.screen import make_console
from scenarios.command.store_table import show_points
from sim.errors import ConfigError, DataError
from sim.experiments import Progress, Sensitivity, Swept
from sim.experiments.work.running import Outcome
from sim.files import write_aside
from sim.metrics import metric_of
from sim.numbers import brief, half_width
from sim.periods import unit_of_total
from sim.report.style import write_chart

#: Workers that get a line of their own.
_MOST_LINES = 16
#: Failures that are shown one by one.
_MOST_FAILURES = 5


class Telling(AbstractContextManager["Telling"]):
    """Bar on a terminal, JSON lines in a file; nothing at all where neither is wanted.

    Parameters
    ----------
    log
        File to which a line is added for each thing that happens.
    quiet
        No bar, no tables.

    Attributes
    ----------
    progress
        How far the sweep is.
    """

    def __init__(self, log: Path | None, quiet: bool) -> None:
        self.quiet = quiet
        self.progress: Progress | None = None
        self._errors = Console(stderr=True)
        self._bar: Bar | None = None
        self._task = TaskID(0)
        self._workers: dict[str, tuple[TaskID, int, float]] = {}
        self._log: IO[str] | None = None
        self._log_broke: OSError | None = None
        if log is not None:
            self.log = log
            try:
                self._log = log.open("a", encoding="utf-8")
            except (OSError, ValueError) as error:
                raise self._no_log(error) from error

    def watch(self, progress: Progress) -> None:
        """Take note of where the sweep is."""
        first, self.progress = self.progress is None, progress
        if first:
            self._begin(progress)
        elif progress.outcome is not None:
            self._run_done(progress, progress.outcome)
        if progress.outcome is None and not first:
            self._write("end", **self._counts(progress))
        if self._bar is not None:
            self._bar.update(self._task, completed=progress.done + progress.failed)

    def _begin(self, progress: Progress) -> None:
        self._write("begin", **self._counts(progress), found=progress.found, notes=progress.notes)
        self.check_log()  # a disk without room shows when something is written: before any run
        if not self.quiet:
            for note in progress.notes:
                self._errors.print(escape(note), style="yellow", soft_wrap=True, highlight=False)
            console = make_console()
            console.print(f"{progress}", highlight=False)
        if not self.quiet and self._errors.is_terminal and progress.left:
            self._bar = Bar(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TimeRemainingColumn(),
                console=self._errors, transient=True, speed_estimate_period=300,
            )  # fmt: skip
            self._task = self._bar.add_task("runs", total=progress.total, rate="")
            self._bar.update(self._task, completed=progress.done + progress.failed)
            self._bar.start()

    def _run_done(self, progress: Progress, outcome: Outcome[Any]) -> None:
        self._write(
            "run", run=progress.run, seed=progress.seed, status=outcome.status,
            seconds=round(outcome.seconds, 3), worker=outcome.worker, error=outcome.error,
        )  # fmt: skip
        if self._bar is None:
            return
        speed = self._bar.tasks[0].speed
        self._bar.update(self._task, rate=f"{speed:.2f} runs/s" if speed else "")
        name = outcome.worker
        if name not in self._workers and len(self._workers) < _MOST_LINES:
            self._workers[name] = (self._bar.add_task(escape(name), total=None, rate=""), 0, 0.0)
        if name in self._workers:
            task, n, seconds = self._workers[name]
            n, seconds = n + 1, seconds + outcome.seconds
            self._workers[name] = (task, n, seconds)
            self._bar.update(task, completed=n, rate=f"{seconds / n:.2f} s/run")

    @staticmethod
    def _counts(progress: Progress) -> dict[str, int]:
        return {"runs": progress.total, "done": progress.done, "left": progress.left,
                "failed": progress.failed}  # fmt: skip

    def _write(self, event: str, **values: Any) -> None:
        if self._log is not None:
            now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            line = {"time": now, "event": event, **values}
            try:
                self._log.write(json.dumps(line) + "\n")
                self._log.flush()
            except OSError as error:
                # Runs are worth more than what is written of them: the sweep goes on without it.
                self._log_broke = error
                self._close_log()

    def _close_log(self) -> None:
        """Forget the log; what still waits to be written may find no room."""
        log, self._log = self._log, None
        if log is not None:
            with contextlib.suppress(OSError):
                log.close()

    def _no_log(self, error: Exception) -> DataError:
        reason = getattr(error, "strerror", None) or str(error)
        return DataError(f"--log {self.log}: cannot be written ({reason}). Give another file.")

    def check_log(self) -> None:
        """Say that the log is not whole: before any run, or once everything is done and shown.

        Raises
        ------
        DataError
            If a line could not be written.
        """
        if self._log_broke is not None:
            raise self._no_log(self._log_broke)

    def end(self, swept: Swept) -> None:
        """Print what the sweep came to."""
        if self.quiet:
            return
        console = make_console()
        frame = swept.frame()
        show_points(console, frame, [], None)
        failed = frame[frame["status"] != "done"]
        for error in failed["error"].head(_MOST_FAILURES):
            console.print(f"failed: {error}", markup=False, highlight=False, soft_wrap=True)
        progress = swept.progress
        retry = " (--retry-failed runs them again)" if progress.failed else ""
        console.print(f"{progress}{retry}; {progress.found:,} were there before.", highlight=False)
        console.print(
            f"Store: {swept.folder}. Charts: clipmarket results {swept.folder}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip

    def end_sensitivity(self, found: Sensitivity) -> None:
        """Write indices and chart into the store; print the indices."""
        if found.swept is None:
            raise ConfigError("indices without a sweep: there is no store to write them into.")
        folder = found.swept.folder
        name = f"{found.method}-{found.metric}-{found.platform}"
        console = make_console()
        # Shown first: a disk may be full by now.
        if not self.quiet:
            console.print(indices_table(found))
            console.print(f"{found.swept.progress}; {found.swept.progress.found:,} were there "
                          "before.", highlight=False)  # fmt: skip
            if found.unsure:
                console.print(
                    f"Wider than its effect is the interval of {len(found.unsure)} of "
                    f"{len(found.indices)} factors ({', '.join(found.unsure[:3])}"
                    f"{', ...' if len(found.unsure) > 3 else ''}): their order is open. Give a "
                    "larger --size, or more --users.",
                    markup=False, highlight=False, soft_wrap=True,
                )  # fmt: skip
        charts = folder / "charts"
        write_aside(charts / f"{name}.csv", lambda p: found.indices.to_csv(p), folder)
        write_chart(found.plot(), charts / f"{name}.png", folder)
        if not self.quiet:
            console.print(f"Written to {folder / 'charts'}: {name}.csv, {name}.png", markup=False,
                      highlight=False, soft_wrap=True)  # fmt: skip

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if error is not None and self.progress is not None:
            self._write("stopped", error=type(error).__name__, **self._counts(self.progress))
        self._close_log()


def indices_table(found: Sensitivity) -> Table:
    """Return a row for each factor, the most influential first."""
    metric_ = metric_of(found.metric)
    what = "effect over the range" if found.method == "morris" else "share of the variance"
    unit = f" ({unit_of_total(metric_.name)})" if found.method == "morris" else ""
    table = new_table(f"{found.metric}, {found.platform}: {what}{unit}, ± 95 %")
    table.add_column("factor", overflow="fold")
    pairs = [c for c in found.indices.columns if not c.endswith("_conf")]
    for column in pairs:
        table.add_column(column, justify="right", no_wrap=True)
    for factor, row in found.indices.iterrows():
        cells = []
        for column in pairs:
            half = row.get(f"{column}_conf")
            around = "" if half is None else f" [dim]{half_width(half)}[/dim]"
            cells.append(brief(row[column]) + around)
        table.add_row(escape(str(factor)), *cells)
    return table
