"""What the command prints: tables by month and beside the facts, numbers as people read them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd
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

from sim.metrics import metric_of
from sim.numbers import aligned, brief, cents
from sim.results import Results

if TYPE_CHECKING:
    from sim.experiments import Effect

#: Columns of the monthly table: metric, heading, unit.
MONTHLY = (
    ("installs", "installs", "people"),
    ("activations", "started", "people"),
    ("daily_active", "daily users", "people"),
    ("clips", "clips", "clips"),
    ("unit_cost_usd", "unit cost", "USD/clip"),
    ("compute_usd", "compute", "USD"),
    ("in_app_spend_usd", "in-app", "USD"),
    ("cac_paid_usd", "CAC paid", "USD"),
    ("cac_blended_usd", "blended", "USD"),
    ("cac_loaded_usd", "loaded", "USD"),
    ("cash_usd", "cash", "USD"),
)
_LEGEND = (
    "Daily users and unit cost: mean of the month; cash: its last day; the rest: sums.\n"
    "CAC for each new user who started: paid = marketing over those it brought; blended = over "
    "all; loaded = with rewards,\nfree clips of the first 30 days and owned media."
)
#: Left out where the screen is narrow; everything is in monthly.csv.
_SPARED = ("activations", "cac_paid_usd", "cac_blended_usd")
#: What is shown of a store if no metric is named; and where these have no room.
OF_A_STORE = ("installs", "activations", "clips", "compute_usd", "revenue_usd", "burn_usd")
OF_A_STORE_NARROW = ("installs", "clips", "burn_usd")
#: Columns from which on a screen has room for all of a table.
WIDE = 112
#: Width of what goes to a file or a pipe.
_FILE_WIDTH = 120
_SMALL = ("unit_cost_usd", "cac_paid_usd", "cac_blended_usd", "cac_loaded_usd")


def make_console() -> Console:
    """Return a console as wide as the screen, or as a file deserves."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(width=_FILE_WIDTH, highlight=False)


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


@contextlib.contextmanager
def progress_bar(quiet: bool, n_users: int) -> Iterator[Callable[[int, int], None] | None]:
    """Yield what a market calls after each day; nothing is shown away from a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("days"),
        _Speed(n_users),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as bar:
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


def _month(month: pd.Period, results: Results, platform: str) -> str:
    """Return a month's name, with the number of its days where it is not whole."""
    launch = pd.Timestamp(results.scenario.platforms[platform].launch)
    first = max(month.start_time, results.dates[0], launch)
    last = min(month.end_time.normalize(), results.dates[-1])
    days = (last - first).days + 1
    if days == month.days_in_month:
        return str(month)
    return f"{month} [dim]{days:2d} d[/dim]"


def monthly(results: Results, platform: str, width: int) -> Table:
    """Return the table of one platform by month, from its launch on."""
    config = results.scenario.platforms[platform]
    shown = [c for c in MONTHLY if width >= WIDE or c[0] not in _SPARED]
    frame = results.table("month", tuple(name for name, _, _ in shown)).loc[platform]
    frame = frame[frame.index >= pd.Period(config.launch, "M")]
    later = f": not launched before {config.launch}" if frame.empty else " by month"
    table = new_table(escape(config.label) + later, config.color)
    table.add_column("month", no_wrap=True)
    for _, heading, unit in shown:
        table.add_column(f"{heading}\n[dim not bold]{unit}[/]", justify="right", no_wrap=True)
    for month, row in frame.iterrows():
        cells = ((cents if name in _SMALL else aligned)(row[name]) for name, _, _ in shown)
        table.add_row(_month(month, results, platform), *cells)
    return table


def beside_facts(comparison: pd.DataFrame) -> Table:
    """Return the table that puts a run beside the facts."""
    table = new_table("Beside the facts")
    table.add_column("target", no_wrap=True)
    table.add_column("fact ids")
    for heading in ("observed", "simulated", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("within", no_wrap=True)
    for row in comparison.to_dict("records"):
        low, high = brief(row["low"]), brief(row["high"])
        observed = low if low == high else f"{low} – {high}"
        if row["near"] is None:
            answer = ["[dim]not reached[/dim]", "", ""]
        else:
            verdict = "[green]yes[/green]" if row["near"] else "[bold red]no [/bold red]"
            answer = [aligned(row["simulated"]), f"{row['ratio']:.2f}",
                      f"{verdict} ±{row['tolerance']:.0%}"]  # fmt: skip
        table.add_row(row["target"], row["facts"], f"{observed} {row['unit']}", *answer)
    return table


def show(console: Console, results: Results, comparison: pd.DataFrame) -> None:
    """Print the tables of a run."""
    market = results.scenario.market
    console.print(
        f"[bold]{escape(results.scenario.name)}[/bold]  {results.dates[0].date()} to "
        f"{results.dates[-1].date()} · seed {market.seed} · {escape(market.graph)}"
    )
    console.print(
        f"{market.n_users:,} users stand for {brief(market.n_people)} people: each agent stands "
        f"for {results.weight:,.6g} people\n"
    )
    for platform in results.platforms:
        console.print(monthly(results, platform, console.width))
    console.print(f"[dim]{_LEGEND}[/dim]\n")
    if not comparison.empty:
        console.print(beside_facts(comparison))
        console.print(
            "[dim]Ratio: to the nearer end of what was observed; 1 within it. Published numbers "
            "contradict each other: see scenarios/data/facts.csv.[/dim]\n"
        )


def effects(title: str, found: Mapping[str, tuple[float, Effect]]) -> Table:
    """Return the table of a paired comparison: metric to (value in a, effect of b)."""
    table = new_table(title)
    table.add_column("metric", no_wrap=True)
    for heading in ("in A", "B - A", "95 % from", "to", "above 0", "runs saved"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    for name, (base, effect) in found.items():
        ratio = effect.variance_ratio
        saved = f"{ratio:,.3g} x" if math.isfinite(ratio) else "–"
        numbers = (base, effect.mean, effect.low, effect.high)
        table.add_row(
            name.replace("_", " "), *(brief(value) for value in numbers),
            f"{effect.p_positive:.0%}", saved, metric_of(name).unit.partition("/day")[0],
        )  # fmt: skip
    table.caption = (
        "Runs saved: how many times more pairs it would take without common luck for the same "
        "interval."
    )
    table.caption_justify = "left"
    return table
