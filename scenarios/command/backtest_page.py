"""What ``clipmarket backtest`` shows: tables, a chart, a page that holds both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from scenarios.command.backtest_chart import TOLD, days_of, metric_words, platform_words, said
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.forecasting.backtesting import COVERAGE, Backtest, by_model
from scenarios.forecasting.scores import COVERED
from sim.metrics import metric_of
from sim.numbers import NONE, amount, brief
from sim.report.page import Exhibit, Page

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


def _of_model(row: Mapping[str, Any]) -> list[Cell]:
    return [
        Cell(str(row["n"])),
        Cell(f"{row['crps_log']:.3f}"),
        Cell(f"{row['log_score']:.2f}"),
        Cell(f"{np.expm1(row['error_log']):.0%}"),
        *(Cell(_share(row[name])) for name in COVERAGE),
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
            Cell(f"{platform_words(str(row['platform']))}, {metric_words(row['metric'])}"),
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


def _unit(metric: str) -> str:
    return metric_of(metric).unit.partition("/day")[0]


def _facts(scores: pd.DataFrame) -> Sheet:
    """Return every fact with what each model said of it."""
    rows = [
        [
            Cell(f"{row['fact']}, {days_of(row)}", "" if row["is_exact"] else "within its month"),
            Cell(metric_words(row["metric"])),
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
        _MODEL, Heading("observed"), Heading("median", TOLD), Heading("CRPS", "log"),
    ]  # fmt: skip
    note = (
        "Within its month: a mean a day over other days than a month, held against the mean of "
        "the months it lies in."
    )
    return Sheet("Fact by fact", columns, rows, note)


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
        part = scores.loc[scores["is_line"].astype(bool) == is_line, COVERAGE[1]].dropna()
        if len(part):
            said_of.append(f"of {name} {part.astype(float).mean():.0%} (of {len(part)})")
    return f"Observed within the 80 % interval: {', '.join(said_of)}." if said_of else ""
