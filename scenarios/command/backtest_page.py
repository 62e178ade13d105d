"""What ``clipmarket backtest`` shows: tables, a chart, a page that holds both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from scenarios import baseline
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.forecasting.backtesting import INSIDE, Backtest, by_model
from scenarios.forecasting.scores import COVERED
from sim.metrics import metric_of
from sim.numbers import NONE, amount, brief
from sim.report.page import Exhibit, Page
from sim.report.style import GRID, INK, PALE, drawing

_HOW = (
    "Means over the facts that a model forecasts; ratios over those that both forecast. CRPS of "
    "the log: near the relative error of a point; smaller is better. Log score: negative "
    "log density, in nats. Inside: part of the facts within each central interval, bounds left "
    "out. To best line: mean CRPS of the log over that of the simple line that was best on the "
    "same facts, known only afterwards; to mean line: over all simple lines. Below 1 the model "
    "was better. A range counts as the mean over numbers in it, a bound by what it rules out."
)
_MODEL = Heading("model", is_number=False)
_COLUMNS = (
    Heading("facts"), Heading("CRPS", "log"), Heading("log score", "nats", is_folded=True),
    Heading("median off", is_folded=True),
    *(Heading(f"in {share:.0%}", is_folded=True) for share in COVERED),
    Heading("to best line", is_folded=True), Heading("to mean line", is_folded=True),
)  # fmt: skip
#: Of these, what is told of each forecast: facts, CRPS, inside 80 %, to the best line.
_OF_FORECAST = (0, 1, 5, 8)
#: The chart shows this share of the draws, by a line.
_SHOWN = "90 %"
_MOST_ROWS = 60


def sheets(found: Backtest) -> list[Sheet]:
    """Return all tables: each model over everything, by forecast, by metric; facts; the rest."""
    tables = []
    if not found.scores.empty:
        tables = [
            _overall(found.scores),
            _forecasts(found.scores),
            _metrics(found.scores),
            _facts(found.scores),
        ]
    return [*tables, _left_out(found.unscored)]


def _overall(scores: pd.DataFrame) -> Sheet:
    """Return the mean scores of models over everything, the best first."""
    rows = [[_model(row), *_of_model(row)] for row in _records(by_model(scores), ["crps_log"])]
    return Sheet("Every model over everything", [_MODEL, *_COLUMNS], rows, _HOW)


def _forecasts(scores: pd.DataFrame) -> Sheet:
    """Return the mean scores of models in each forecast, the best first."""
    table = _records(by_model(scores, ("forecast",)), ["forecast", "crps_log"])
    rows = [
        [Cell(row["forecast"]), _model(row), *(_of_model(row)[i] for i in _OF_FORECAST)]
        for row in table
    ]
    columns = [Heading("forecast", is_number=False), _MODEL, *(_COLUMNS[i] for i in _OF_FORECAST)]
    return Sheet("By forecast", columns, rows, "As above.")


def _records(table: pd.DataFrame, order: list[str]) -> list[dict[str, Any]]:
    """Return rows in an order."""
    return [
        {str(key): value for key, value in row.items()}
        for row in table.sort_values(order).to_dict("records")
    ]


def _model(row: Mapping[str, Any]) -> Cell:
    return Cell(said(row["model"]), "line" if row["is_line"] else "", None, not row["is_line"])


def said(model: object) -> str:
    """Return the name of a model as people read it."""
    return str(model).replace("_", " ")


def _of_model(row: Mapping[str, Any]) -> list[Cell]:
    return [
        Cell(str(row["n"])),
        Cell(f"{row['crps_log']:.3f}"),
        Cell(f"{row['log_score']:.2f}"),
        Cell(f"{np.expm1(row['error_log']):.0%}"),
        *(Cell(_share(row[name])) for name in INSIDE),
        Cell(_ratio(row["to_best_line"])),
        Cell(_ratio(row["to_mean_line"])),
    ]


def _share(value: float) -> str:
    return NONE if np.isnan(value) else f"{value:.0%}"


def _ratio(value: float) -> str:
    return NONE if np.isnan(value) else f"{value:.2f}"


def _metrics(scores: pd.DataFrame) -> Sheet:
    """Return the scores of each metric in its own unit, which cannot be averaged over metrics."""
    over = ["platform", "metric"]
    table = _records(by_model(scores, over), [*over, "crps_log"])
    rows = [
        [
            Cell(f"{_label(str(row['platform']))}, {said(row['metric'])}"),
            _model(row),
            Cell(str(row["n"])),
            Cell(amount(float(row["crps"]), _unit(str(row["metric"])))),
            Cell(f"{row['crps_log']:.3f}"),
            Cell(_ratio(row["to_best_line"])),
        ]
        for row in table
    ]
    columns = [
        Heading("metric", is_number=False, is_folded=True), _MODEL, Heading("facts"),
        Heading("CRPS"), Heading("CRPS", "log"), Heading("to best line"),
    ]  # fmt: skip
    note = "CRPS in the unit of the number: totals over the days of a fact, or means a day."
    return Sheet("By metric", columns, rows, note)


def _label(platform: str) -> str:
    known = baseline.scenario().platforms
    return known[platform].label if platform in known else platform


def _unit(metric: str) -> str:
    return metric_of(metric).unit.partition("/day")[0]


def _facts(scores: pd.DataFrame) -> Sheet:
    """Return every fact with what each model said of it."""
    rows = [
        [
            Cell(f"{row['fact']}, {_days(row)}", "" if row["is_exact"] else "within its month"),
            Cell(said(row["metric"])),
            Cell(str(row["forecast"])),
            _model(row),
            Cell(_observed(row)),
            Cell(brief(row["median"]), f"{brief(row['q05'])} to {brief(row['q95'])}"),
            Cell(f"{row['crps_log']:.3f}"),
        ]
        for row in _records(scores, ["forecast", "date_end", "fact", "crps_log"])
    ]  # fmt: skip
    columns = [
        Heading("fact", is_number=False, is_folded=True),
        Heading("metric", is_number=False, is_folded=True),
        Heading("forecast", is_number=False, is_folded=True, is_spared=True),
        _MODEL, Heading("observed"), Heading("median", _SHOWN), Heading("CRPS", "log"),
    ]  # fmt: skip
    note = (
        "Within its month: a mean a day over other days than a month, held against the mean of "
        "the months it lies in."
    )
    return Sheet("Fact by fact", columns, rows, note)


def _days(row: Mapping[str, Any]) -> str:
    first, last = row["date_start"], row["date_end"]
    return str(first) if first == last else f"{first} to {last}"


def _observed(row: Mapping[str, Any]) -> str:
    low, high = row["observed_low"], row["observed_high"]
    if np.isinf(high):
        return f"≥ {brief(low)}"
    if low <= 0.0:
        return f"≤ {brief(high)}"
    return brief(low) if low == high else f"{brief(low)} – {brief(high)}"


def _left_out(unscored: pd.DataFrame) -> Sheet:
    """Return what was not scored and why, like reasons together."""
    rows = []
    for (reason, forecast), part in unscored.groupby(["reason", "forecast"], sort=False):
        names = [str(fact or metric) for fact, metric in zip(part["fact"], part["metric"],
                                                             strict=True)]  # fmt: skip
        where = "" if forecast in ("", "all") else str(forecast)
        rows.append([Cell(str(reason)), Cell(where), Cell(str(len(part))), Cell(", ".join(names))])
    columns = [
        Heading("reason", is_number=False, is_folded=True),
        Heading("forecast", is_number=False, is_folded=True),
        Heading("rows"), Heading("facts", is_number=False, is_folded=True),
    ]  # fmt: skip
    return Sheet("Not scored", columns, rows, "Every row of the facts is above, or here.")


@drawing()
def chart(scores: pd.DataFrame) -> Figure:
    """Return what each model said of each fact, over what was observed: 1 is right."""
    groups = list(scores.groupby(["forecast", "fact"], sort=False))[:_MOST_ROWS]
    n_rows = sum(len(part) + 1 for _, part in groups)
    figure = Figure(figsize=(9.0, 1.4 + 0.19 * n_rows), layout="constrained")
    ax = figure.subplots()
    place, ticks, labels = 0.0, [], []
    for (forecast, fact), part in groups:
        first = _records(part, ["crps_log"])[0]
        ax.text(0.0, place, f" {fact}, {said(first['metric'])}, {_days(first)} ({forecast})",
                transform=ax.get_yaxis_transform(), fontsize=7.5, fontweight="bold",
                va="center")  # fmt: skip
        middle = _middle(first)
        span = [max(first["observed_low"], 1e-9) / middle, first["observed_high"] / middle]
        ax.fill_betweenx([place + 0.5, place + len(part) + 0.5], *np.clip(span, 1e-3, 1e3),
                         color=GRID, linewidth=0)  # fmt: skip
        for row in _records(part, ["crps_log"]):
            place += 1.0
            color = PALE if row["is_line"] else _color(str(row["platform"]))
            low, median, high = (max(row[name], 1e-9) / middle for name in ("q05", "median", "q95"))
            ax.plot([low, high], [place, place], color=color, linewidth=2.2, alpha=0.6)
            ax.plot([median], [place], marker="o", markersize=4, color=color)
            ticks.append(place)
            labels.append(said(row["model"]))
        place += 1.0
    ax.axvline(1.0, color=INK, linewidth=0.8)
    ax.set_xscale("log")
    ax.set_xlim(0.02, 50.0)
    ax.set_ylim(place, -1.0)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_yticks(ticks, labels, fontsize=7)
    ax.set_xlabel("forecast over observed (ratio, log scale)")
    ax.set_title(f"Forecasts over facts: median and {_SHOWN} of draws", loc="left",
                 fontweight="bold", fontsize=10.5)  # fmt: skip
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    figure.supxlabel(
        f"Simple lines in gray; shaded: range of what was observed. Source: clipmarket, "
        f"{scores['forecast'].nunique()} forecasts, {scores['fact'].nunique()} facts.",
        fontsize=7, color=PALE,
    )  # fmt: skip
    return figure


def _color(platform: str) -> str:
    known = baseline.scenario().platforms
    return known[platform].color if platform in known else INK


def _middle(row: Mapping[str, Any]) -> float:
    """Return the number that a fact stands for on the chart: of a bound, the bound."""
    low, high = float(row["observed_low"]), float(row["observed_high"])
    if low <= 0.0 or np.isinf(high):
        return high if low <= 0.0 else low
    return float(np.sqrt(low * high))


def page(
    found: Backtest, tables: Sequence[Sheet], figure: Figure | None, about: Mapping[str, Any]
) -> Page:
    """Return the page of a backtest.

    Parameters
    ----------
    about
        What it was made from.
    """
    exhibits = [exhibit_of(sheet) for sheet in tables]
    if figure is not None:
        text = "The median and 90 % of the draws of each model, over what was observed later."
        alt = "For each fact, the interval of each model as a ratio to what was observed."
        exhibits.insert(1, Exhibit("Forecasts over facts", text, figure, alt=alt, wide=True))
    return Page(
        title="Forecasts beside facts",
        question="How good were the forecasts?",
        headline=headline(found.scores),
        bands=_calibrated(found.scores),
        exhibits=exhibits,
        manifest=about,
    )


def headline(scores: pd.DataFrame) -> str:
    """Say which model was best, and whether it beat every simple line."""
    if scores.empty:
        return "No fact could be scored: the reasons are below."
    table = by_model(scores)
    own, lines = table[~table["is_line"].astype(bool)], table[table["is_line"].astype(bool)]
    n = scores["fact"].nunique()
    what = f"{n} fact{'s' if n > 1 else ''}"
    if own.empty:
        best = _records(lines, ["crps_log"])[0]
        return (
            f"Of the simple lines alone, {said(best['model'])} was best on {what}: mean CRPS of "
            f"the log {best['crps_log']:.2f}."
        )
    best = _records(own, ["crps_log"])[0]
    ratio = float(best["to_best_line"])
    beside = (
        "no simple line has these facts" if np.isnan(ratio)
        else f"{ratio:.2f} times that of the best simple line on the same facts, so it "
        + ("beats every one of them" if ratio < 1.0 else "does not beat every one of them")
    )  # fmt: skip
    return (
        f"On {what}, {said(best['model'])} was best of the models, with a mean CRPS of the log of "
        f"{best['crps_log']:.2f}: {beside}."
    )


def _calibrated(scores: pd.DataFrame) -> str:
    """Say how often 80 % intervals held what was observed, of models and of lines."""
    if scores.empty:
        return ""
    said_of = []
    for is_line, name in ((False, "models"), (True, "simple lines")):
        part = scores.loc[scores["is_line"].astype(bool) == is_line, INSIDE[1]].dropna()
        if len(part):
            said_of.append(f"of {name} {part.astype(float).mean():.0%} (of {len(part)})")
    return f"Observed within the 80 % interval: {', '.join(said_of)}." if said_of else ""
