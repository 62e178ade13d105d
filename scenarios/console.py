"""What the command prints: tables by month and beside the facts, numbers as people read them."""

from __future__ import annotations

import math

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from sim.results import Results

#: Columns of the monthly table: metric, heading.
MONTHLY = (
    ("installs", "installs"),
    ("activations", "started"),
    ("daily_active", "daily users"),
    ("clips", "clips"),
    ("unit_cost_usd", "$ a clip"),
    ("compute_usd", "compute $"),
    ("in_app_spend_usd", "spend $"),
    ("cac_paid_usd", "paid"),
    ("cac_blended_usd", "blended"),
    ("cac_loaded_usd", "loaded"),
    ("cash_usd", "cash $"),
)
#: Left out where the screen is narrow; everything is in monthly.csv.
_SPARED = ("activations", "cac_paid_usd", "cac_blended_usd")
_WIDE = 100
#: Width of what goes to a file or a pipe.
_FILE_WIDTH = 120
_SMALL = ("unit_cost_usd", "cac_paid_usd", "cac_blended_usd", "cac_loaded_usd")


def short(value: float) -> str:
    """Write a number with three digits and a size letter: 1.27 M, 476 k, -16.9 M."""
    if math.isnan(value):
        return "–"
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k"), (1.0, "")):
        # From 999.5 on, three digits would round up to the next size.
        if abs(value) >= 0.9995 * size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _cell(name: str, value: float) -> str:
    if name in _SMALL:
        return "–" if math.isnan(value) else f"{value:,.2f}"
    return short(value)


def make_console() -> Console:
    """Return a console as wide as the screen, or as a file deserves."""
    console = Console()
    return console if console.is_terminal else Console(width=_FILE_WIDTH)


def _table(title: str, caption: str) -> Table:
    return Table(
        title=title,
        caption=caption,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
        collapse_padding=True,
    )


def monthly(results: Results, platform: str, width: int) -> Table:
    """Return the table of one platform by month, from its launch on."""
    config = results.scenario.platforms[platform]
    shown = [c for c in MONTHLY if width >= _WIDE or c[0] not in _SPARED]
    frame = results.table("month", tuple(name for name, _ in shown)).loc[platform]
    frame = frame[frame.index >= pd.Period(config.launch, "M")]
    table = _table(
        f"{config.label} by month",
        "people, clips and USD a month; daily users: mean; cash: last day; paid, blended, loaded: "
        "USD per new user",
    )
    table.add_column("month", no_wrap=True)
    for _, heading in shown:
        table.add_column(heading, justify="right", no_wrap=True)
    for month, row in frame.iterrows():
        table.add_row(str(month), *(_cell(name, row[name]) for name, _ in shown))
    return table


def beside_facts(comparison: pd.DataFrame) -> Table:
    """Return the table that puts a run beside the facts."""
    table = _table(
        "Beside the facts", "ratio: to the nearer end of the observed range; 1 inside it"
    )
    for heading in ("", "fact ids", "observed", "simulated", "ratio", "within"):
        left = heading in ("", "fact ids")
        table.add_column(
            heading, justify="left" if left else "right", no_wrap=heading != "fact ids"
        )
    for row in comparison.to_dict("records"):
        low, high = short(row["low"]), short(row["high"])
        observed = low if low == high else f"{low} – {high}"
        if row["near"] is None:
            answer = ["not reached", "", ""]
        else:
            verdict = "yes" if row["near"] else "NO"
            answer = [short(row["simulated"]), f"{row['ratio']:.2f}",
                      f"{verdict} (±{row['tolerance']:.0%})"]  # fmt: skip
        table.add_row(row["target"], row["facts"], f"{observed} {row['unit']}", *answer)
    return table


def show(console: Console, results: Results, comparison: pd.DataFrame | None) -> None:
    """Print the tables of a run."""
    market = results.scenario.market
    console.print(
        f"[bold]{results.scenario.name}[/bold]: {results.dates[0].date()} to "
        f"{results.dates[-1].date()} · {market.n_users:,} users, each for {results.weight:,.6g} "
        f"people ({short(market.n_people)} in all) · seed {market.seed} · {market.graph}"
    )
    for platform in results.platforms:
        console.print(monthly(results, platform, console.width))
    if comparison is not None:
        console.print(beside_facts(comparison))
