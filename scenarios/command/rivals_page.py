"""What ``clipmarket rivals`` shows: a table of structures and lines, a chart of their forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from scenarios.command.backtest_chart import chart, said
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.forecasting.backtesting import ORIGINS
from scenarios.structures import MARKET
from sim.numbers import NONE
from sim.report.page import Exhibit, Page

#: From this part of numbers inside 80 % intervals on, a forecast is no narrower than it says.
_HELD = 0.8
_NOTE = (
    "Off: distance of the middle of fitted readings from what was published, mean of absolute "
    "logs; inside: part of the published numbers within the 90 % band of what vendors may publish "
    "of fitted markets, both as of 2025-12-31. CRPS: mean over numbers that were forecast as of "
    "{origins} and counted later, of logs, the smaller the better; to best line: over that of the "
    "simple line that was best on the same numbers; in 80 %: part of the numbers in the central "
    "interval. Log score: summed over numbers, each from the latest forecast that reaches it. "
    "Weight: what that gives, from equal odds."
)


def sheet(table: pd.DataFrame) -> Sheet:
    """Return the table of all structures and lines, the best forecasts first."""
    rows = [
        [
            Cell(said(row["model"]), "line" if row["is_line"] else "", None, not row["is_line"]),
            _number(row["off"]), _share(row["inside"]), _number(row["crps"]),
            _number(row["to_best_line"]), _share(row["inside_80"]), _number(row["nats"], 1),
            _share(row["weight"]),
        ]
        for row in table.to_dict("records")
    ]  # fmt: skip
    columns = [
        Heading("structure", is_number=False), Heading("off", "log"), Heading("inside"),
        Heading("CRPS", "log"), Heading("to best line", is_folded=True),
        Heading("in 80 %", is_folded=True), Heading("log score", "nats", is_folded=True),
        Heading("weight"),
    ]  # fmt: skip
    note = _NOTE.format(origins=", ".join(map(str, ORIGINS)))
    return Sheet("Structures: which fits, which forecasts", columns, rows, note)


def _number(value: float, digits: int = 2) -> Cell:
    return Cell(NONE if pd.isna(value) else f"{value:.{digits}f}")


def _share(value: float) -> Cell:
    return Cell(NONE if pd.isna(value) else f"{value:.0%}")


def verdict(table: pd.DataFrame) -> str:
    """Say whether the market forecasts better than the simplest line, and than no network."""
    rows = table.to_dict("records")
    market = next(row for row in rows if row["model"] == MARKET)
    heaviest = max((row for row in rows if not row["is_line"]), key=lambda row: row["weight"])
    # On the numbers of which a line says something, too; over all of them it would be unfair.
    ratio = market["to_best_line"]
    if ratio < 1.0:
        said_of_line = "The market forecast better than the simple line that was best"
    else:
        said_of_line = "The market did not beat the simple line that was best"
    wide = ""
    if ratio >= 1.0 and market["inside_80"] >= _HELD:
        wide = (
            f" Its 80 % intervals held {market['inside_80']:.0%} of {market['n']:.0f} numbers: it "
            "is wide rather than wrong, since fits of the first days know a few numbers of Sora "
            "and believe much of openings to come; lines carry on what was counted last, and say "
            "nothing of the numbers that nothing had been counted of."
        )
    return (
        f"{said_of_line} on the same numbers: mean CRPS {ratio:.2f} times as large.{wide} Of "
        f"structures, {said(heaviest['model'])} has most weight, {heaviest['weight']:.0%}; the "
        f"market {market['weight']:.0%}."
    )


def page(table: pd.DataFrame, scores: pd.DataFrame, about: Mapping[str, Any]) -> Page:
    """Return the page."""
    counted = scores[scores["is_counted"]]
    exhibits = [
        exhibit_of(sheet(table)),
        Exhibit(
            "What each said of each number", "1 is what was counted.", chart(counted),
            alt="For each number, the forecast of each structure and line over what was counted.",
        ),
    ]  # fmt: skip
    return Page(
        title="Rival structures",
        question="Which structure of the model fits, which forecasts, and does it beat a line?",
        headline=verdict(table),
        exhibits=exhibits,
        manifest=about,
    )
