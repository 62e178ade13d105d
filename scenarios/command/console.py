"""The terminal: how wide it is, what moves on it while a run lasts, and how tables look on it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.style import Style
from rich.table import Table
from rich.text import Text

from scenarios.command.tables import Cell, Sheet, beside_facts, monthly
from scenarios.structures import TWIN, how_run
from sim.numbers import brief

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments import Effect
    from sim.results import Results

#: What is shown of a store if no metric is named; and where these have no room.
OF_A_STORE = ("installs", "activations", "clips", "compute_usd", "revenue_usd", "burn_usd")
OF_A_STORE_NARROW = ("installs", "clips", "burn_usd")
#: Columns from which on a screen has room for all of a table.
WIDE = 112


class _Speed(ProgressColumn):
    """Days and user-days a second."""

    def __init__(self, n_users: int) -> None:
        super().__init__()
        self.n_users = n_users

    def render(self, task: Task) -> Text:
        if not task.speed:
            return Text("")
        pace = brief(task.speed * self.n_users)
        return Text(f"{task.speed:,.0f} days/s = {pace} user-days/s", style="progress.data.speed")


def counting(console: Console, what: str, *more: ProgressColumn) -> Progress:
    """Return the bar of what is counted to its end, with the time left; gone once it is done."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn(what), *more, TimeRemainingColumn(), console=console, transient=True,
    )  # fmt: skip


@contextlib.contextmanager
def progress_bar(quiet: bool, n_users: int) -> Iterator[Callable[[int, int], None] | None]:
    """Yield what a market calls after each day; nothing is shown away from a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    with counting(console, "days", _Speed(n_users)) as bar:
        # Until the first day is over: the graph is built, and the first time rules are compiled.
        task = bar.add_task("preparing", total=None)
        yield lambda done, total: bar.update(
            task, description="simulating", completed=done, total=total
        )


def new_table(title: str, style: str = "") -> Table:
    """Return an empty table in the style of all tables of the command."""
    return Table(
        title=title,
        title_justify="left",
        title_style=Style.parse("bold not italic") + Style.parse(style),
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
        collapse_padding=True,
    )


def catalogue(asked: Mapping[str, str]) -> Table:
    """Return the table of scenarios by name, with the question each one asks."""
    table = new_table("Scenarios (clipmarket run NAME)")
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("what it asks")
    for name, text in asked.items():
        table.add_row(name, escape(text))
    return table


def print_sheets(console: Console, sheets: Iterable[Sheet]) -> None:
    """Print tables one below the other, each with what must be known to read it."""
    for sheet in sheets:
        console.print(drawn(sheet, console.width))
        console.print(sheet.note, style="dim", markup=False)
        console.print()


def drawn(sheet: Sheet, width: int) -> Table:
    """Return a table as a screen of so many columns has room for it."""
    shown = sheet if width >= WIDE else sheet.narrow()
    table = new_table(escape(shown.title), shown.color)
    for column in shown.columns:
        unit = f"\n[dim not bold]{column.unit}[/]" if column.unit else ""
        table.add_column(
            f"{column.text}{unit}",
            justify="right" if column.is_number else "left",
            no_wrap=not column.is_folded,
            overflow="fold" if column.is_folded else "ellipsis",
        )
    for row in shown.rows:
        table.add_row(*(_marked(cell) for cell in row))
    return table


def _marked(cell: Cell) -> str:
    """Return a cell with its colors."""
    plain = "bold" if cell.is_bold else ""
    style = {True: "green", False: "bold red", None: plain}[cell.holds]
    text = f"[{style}]{escape(cell.text)}[/]" if style else escape(cell.text)
    return f"{text} [dim]{escape(cell.aside)}[/dim]" if cell.aside else text


def show(console: Console, results: Results, comparison: pd.DataFrame) -> None:
    """Print the tables of a run."""
    market = results.scenario.market
    of, who = (
        f"seed {market.seed} · {market.graph}",
        (
            f"{market.n_users:,} users stand for {brief(market.n_people)} people: each agent "
            f"stands for {results.weight:,.6g} people"
        ),
    )
    if results.manifest.get("structure") == TWIN:
        of, who = "mean-field twin", how_run(results)
    console.print(
        f"[bold]{escape(results.scenario.name)}[/bold]  {results.dates[0].date()} to "
        f"{results.dates[-1].date()} · {escape(of)}"
    )
    console.print(f"{who}\n")
    _print(console, [monthly(results, platform) for platform in results.platforms])
    if not comparison.empty:
        _print(console, [beside_facts(comparison)])


def _print(console: Console, sheets: Sequence[Sheet]) -> None:
    """Print tables of one kind, and below them once how they are read."""
    for sheet in sheets:
        console.print(drawn(sheet, console.width))
    console.print(f"[dim]{sheets[0].note}[/dim]\n")


def effects(title: str, found: Mapping[str, tuple[float, Effect]]) -> Table:
    """Return the table of a paired comparison: metric to (value in a, effect of b)."""
    from sim.metrics import metric_of

    table = new_table(title)
    table.add_column("metric", no_wrap=True)
    for heading in ("in A", "B - A", "95 % from", "to", "above 0", "differ", "runs saved"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    alike: dict[str, list[str]] = {}
    for name, (base, effect) in found.items():
        ratio = effect.variance_ratio
        saved = f"{ratio:,.3g} x" if math.isfinite(ratio) else "–"
        ends = (end if math.isfinite(end) else math.nan for end in (effect.low, effect.high))
        numbers = (base, effect.mean, *ends)
        table.add_row(
            name.replace("_", " "), *(brief(value) for value in numbers),
            f"{effect.p_positive:.0%}", f"{effect.n_differ}/{effect.n}", saved,
            metric_of(name).unit.partition("/day")[0],
        )  # fmt: skip
        if effect.advice:
            alike.setdefault(effect.advice, []).append(name.replace("_", " "))
    lines = [
        "Differ: pairs whose two runs are not the same. Runs saved: how many times more pairs it "
        "would take without common luck for the same interval."
    ]
    lines += [f"No interval of {', '.join(names)}: {advice}" for advice, names in alike.items()]
    table.caption = "\n".join(lines)
    table.caption_justify = "left"
    return table


def drawn_effects(title: str, found: Mapping[str, Sequence[npt.NDArray[np.float64]]]) -> Table:
    """Return the table of a comparison at draws: metric to (draws,) of both arms."""
    from scenarios.asking.bands import INSIDE, Band
    from sim.metrics import metric_of

    table = new_table(title)
    table.add_column("metric", no_wrap=True)
    for heading in ("in A", f"{INSIDE:.0%} from", "to", "B - A", f"{INSIDE:.0%} from", "to"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("above 0", justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    for name, (base, other) in found.items():
        change = other - base
        ends = [brief(end) for band in (Band.of(base), Band.of(change)) for end in band[:3]]
        above = f"{np.mean(change > 0.0):.0%}"
        unit = metric_of(name).unit.partition("/day")[0]
        table.add_row(name.replace("_", " "), *ends, above, unit)
    table.caption = (
        f"Each pair is a market drawn from the posterior: bands hold {INSIDE:.0%} of what agrees "
        "with the record, chance and assumptions together. Above 0: part of these markets."
    )
    table.caption_justify = "left"
    return table
