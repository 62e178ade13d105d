"""The chart of ``clipmarket backtest``: what each model said of a fact, over what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from scenarios import baseline
from scenarios.command.ratio_axis import dress_ratios, tell_lines, tell_source
from scenarios.command.tables import MONTHLY
from sim.report.style import GRID, INK, PALE, drawing

#: Share of the draws between the ends that are told.
TOLD = "90 %"
#: More facts than these would make a chart that no screen shows; all are in the tables.
_MOST_FACTS = 60


def said(name: object) -> str:
    """Return the name of a model as people read it."""
    return str(name).replace("_", " ")


def metric_words(metric: object) -> str:
    """Return what a metric is called in the tables of a run."""
    heading = MONTHLY.get(str(metric))
    return said(metric) if heading is None else heading.text


def days_of(row: Mapping[str, Any]) -> str:
    """Return the days of a fact in words."""
    first, last = row["date_start"], row["date_end"]
    return str(first) if first == last else f"{first} to {last}"


@drawing()
def chart(scores: pd.DataFrame) -> Figure:
    """Return what each model said of each fact, over what was observed: 1 is right."""
    groups = list(scores.groupby(["forecast", "fact"], sort=False))[:_MOST_FACTS]
    n_rows = sum(len(part) + 1 for _, part in groups)
    figure = Figure(figsize=(9.0, 1.4 + 0.19 * n_rows), layout="constrained")
    ax = figure.subplots()
    place, ticks, labels = 0.0, [], []
    for (forecast, fact), part in groups:
        first = _rows(part)[0]
        what = f" {fact}, {metric_words(first['metric'])}, {days_of(first)} ({forecast})"
        ax.text(0.0, place, what,
                transform=ax.get_yaxis_transform(), fontsize=7.5, fontweight="bold",
                va="center")  # fmt: skip
        middle = _middle(first)
        span = [max(first["observed_low"], 1e-9) / middle, first["observed_high"] / middle]
        ax.fill_betweenx([place + 0.5, place + len(part) + 0.5], *np.clip(span, 1e-3, 1e3),
                         color=GRID, linewidth=0)  # fmt: skip
        for row in _rows(part):
            place += 1.0
            color = PALE if row["is_line"] else _color(str(row["platform"]))
            low, median, high = (max(row[name], 1e-9) / middle for name in ("q05", "median", "q95"))
            ax.plot([low, high], [place, place], color=color, linewidth=2.2, alpha=0.6)
            ax.plot([median], [place], marker="o", markersize=4, color=color)
            ticks.append(place)
            labels.append(said(row["model"]))
        place += 1.0
    for platform in sorted(scores.loc[~scores["is_line"].astype(bool), "platform"].unique()):
        ax.plot([], [], color=_color(platform), linewidth=2.2, label=platform_words(platform))
    ax.plot([], [], color=PALE, linewidth=2.2, label="simple line")
    tell_lines(ax, "lower right")
    dress_ratios(ax, f"Forecasts over facts: median and {TOLD} of draws", "forecast over observed")
    ax.set_ylim(place, -1.0)
    ax.set_yticks(ticks, labels, fontsize=7)
    tell_source(
        figure,
        "Shaded: range of what was observed. Source: clipmarket; forecasts: "
        f"{scores['forecast'].nunique()}, facts: {scores['fact'].nunique()}.",
    )
    return figure


def platform_words(platform: str) -> str:
    """Return what a platform is called."""
    known = baseline.scenario().platforms
    return known[platform].label if platform in known else platform


def _color(platform: str) -> str:
    known = baseline.scenario().platforms
    return known[platform].color if platform in known else INK


def _middle(row: Mapping[str, Any]) -> float:
    """Return the number that a fact stands for on the chart: of a bound, the bound."""
    low, high = float(row["observed_low"]), float(row["observed_high"])
    if low <= 0.0 or np.isinf(high):
        return high if low <= 0.0 else low
    return float(np.sqrt(low * high))


def _rows(part: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a fact, the best model first."""
    ordered = part.sort_values("crps_log").to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in ordered]
