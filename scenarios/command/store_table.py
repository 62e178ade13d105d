"""The table and charts of a finished store."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scenarios.command.console import (
    OF_A_STORE,
    OF_A_STORE_NARROW,
    new_table,
)
from scenarios.command.screen import make_console
from sim.errors import ConfigError, DataError, unknown_name
from sim.experiments import Store
from sim.experiments.precision import interval
from sim.experiments.store.description import read_scenario
from sim.experiments.store.frames import parameters_of
from sim.metrics import metric_of
from sim.numbers import aligned, half_width, parameter
from sim.periods import unit_of_total
from sim.versions import model_version

_MOST_ROWS = 40
#: A width without any screen.
_BOUNDLESS = 10_000


def show_store(
    folder: Path,
    metrics: list[str],
    platform: str | None,
    check: bool,
    rebuild: bool,
    quiet: bool,
) -> None:
    """Print what a store holds; draw the charts that fit what was varied."""
    notes = _put_right(folder, check, rebuild) if check or rebuild else []
    store = Store(folder)
    store.notes[:0] = [note for note in notes if note not in store.notes]
    frame = of_one_model(store.frame(), store.notes)
    if frame.empty:
        raise ConfigError(f"{folder}: there is no run yet. Give the folder of a sweep.")
    if platform is not None and platform not in set(frame["platform"].dropna()):
        raise unknown_name("platform", platform, frame["platform"].dropna().unique())
    for name in metrics:
        metric_of(name)
    console = make_console()
    if not quiet:
        for note in store.notes:
            _note(console, note)
        show_points(console, frame, metrics, platform, store.drawn_paths())
        failed = f", {len(store.failures):,} failed" if store.failures else ""
        console.print(f"{len(store):,} runs{failed} in {folder}", markup=False, highlight=False,
                      soft_wrap=True)  # fmt: skip
    from scenarios.command.store_charts import draw

    try:
        written = draw(store, frame, metrics, platform)
    except DataError as problem:
        if quiet:
            raise
        # The table has been printed; of a store that may only be read, that is all.
        written = []
        _note(console, f"No charts: {problem}")
    if written and not quiet:
        names = ", ".join(path.name for path in written)
        console.print(f"Written to {written[0].parent}: {names}", markup=False, highlight=False,
                      soft_wrap=True)  # fmt: skip


def _note(console: Console, text: str) -> None:
    console.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _put_right(folder: Path, check: bool, rebuild: bool) -> list[str]:
    """Check a store, make its index again; return what there is to say.

    A store that cannot be written to is checked all the same, and left as it is.
    """
    try:
        with Store(folder, read_scenario(folder)) as writer:
            if rebuild:
                writer.rebuild()
            if check:
                writer.check()
            return list(writer.notes)
    except DataError as problem:
        if rebuild:
            raise
        store = Store(folder)
        store.check()
        return [f"Checked, and left as it is: {problem}", *store.notes]


def of_one_model(frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the runs of this version of the model, or of the one that has most; never mixed."""
    if "model" not in frame:
        return frame
    counts = frame["model"].value_counts()
    chosen = model_version() if model_version() in counts else counts.index[0]
    notes.append("Runs of another version of the model are left out; the store has them all.")
    return frame[frame["model"] == chosen].drop(columns="model")


def show_points(
    console: Console,
    frame: pd.DataFrame,
    metrics: list[str],
    platform: str | None,
    drawn: Collection[str] = (),
) -> None:
    """Print a table for each platform that the parameters move, or for all if they move none."""
    names = metrics or [name for name in OF_A_STORE if name in frame]
    done = frame[frame["status"] == "done"]
    if platform is not None:
        done = done[done["platform"] == platform]
    parameters = parameters_of(done, drawn)
    tables = {str(one): mine for one, mine in done.groupby("platform")}
    still = [one for one, mine in tables.items() if _is_still(mine, parameters, names)]
    if len(still) == len(tables):
        still = []
    for one, mine in tables.items():
        if one not in still:
            for fitting in _fitting(console, mine, parameters, names, bool(metrics)):
                console.print(points_table(mine, parameters, fitting, one))
    if still:
        console.print(f"The same at every point: {', '.join(still)}\n", markup=False)


def _fitting(
    console: Console, mine: pd.DataFrame, parameters: list[str], names: list[str], all_asked: bool
) -> Iterator[list[str]]:
    """Yield the metrics of one table after another, so that no number is cut off.

    What was asked for by name is all shown; else the most important, if not all have room.
    """

    def has_room(some: list[str]) -> bool:
        table = points_table(mine, parameters, some, "")
        boundless = console.options.update(max_width=_BOUNDLESS)
        return table.__rich_measure__(console, boundless).maximum <= console.width

    if not all_asked and not has_room(names):
        names = [name for name in OF_A_STORE_NARROW if name in names]
    while names:
        n = next((n for n in range(len(names), 1, -1) if has_room(names[:n])), 1)
        yield names[:n]
        names = names[n:]


def _is_still(mine: pd.DataFrame, parameters: list[str], names: list[str]) -> bool:
    """Return whether a platform is the same at every point."""
    if not parameters:
        return False
    return bool(mine.groupby(parameters, dropna=False)[names].mean().nunique().max() < 2)


def points_table(
    mine: pd.DataFrame, parameters: list[str], names: list[str], platform: str
) -> Table:
    """Return a row for each point: means over seeds, with the half-width of their 95 % interval.

    A mean without one is that of too few runs that differ.
    """
    table = new_table(f"{platform}: mean over seeds ± 95 %")
    for name in parameters:
        table.add_column(escape(name.replace(".", ".\n")), no_wrap=True)
    table.add_column("seeds", justify="right")
    for name in names:
        table.add_column(f"{name}\n[dim not bold]{unit_of_total(name)}[/]", justify="right",
                         no_wrap=True)  # fmt: skip
    groups = mine.groupby(parameters, dropna=False) if parameters else [((), mine)]
    for number, (values, group) in enumerate(groups):
        if number == _MOST_ROWS:
            table.caption = (
                f"The first {_MOST_ROWS} of {len(groups):,} points; all are in the store."
            )
            break
        cells = [_mean(group[name]) for name in names]
        table.add_row(*(escape(parameter(v)) for v in values), str(len(group)), *cells)
    return table


def _mean(values: pd.Series[float]) -> str:
    found = interval(values)
    mean = aligned(found.mean)
    return mean if not math.isfinite(found.half) else f"{mean} [dim]{half_width(found.half)}[/dim]"
