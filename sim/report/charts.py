"""The charts: one metric, or the overview of a run in eight panels."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.checks import names_in
from sim.fact_point import FactPoint
from sim.given import must_be
from sim.metrics import metric_of
from sim.report.marks import draw_fact, event_key, events_shown, label_facts, mark_events, settle
from sim.report.smoothing import smooth
from sim.report.style import DPI, INK, PALE, drawing, dress, fan, source_line

if TYPE_CHECKING:
    from sim.interventions import Event
    from sim.results import Results

#: Metric and title of each panel; two metrics share a panel by line style.
PANELS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("installs",), "Installs"),
    (("daily_active",), "Daily users"),
    (("clips",), "Clips made"),
    (("unit_cost_usd",), "Cost of a clip"),
    (("burn_usd",), "Burn"),
    (("revenue_usd",), "Revenue after store fees"),
    (("cac_paid_usd", "cac_blended_usd", "cac_loaded_usd"), "Acquisition cost"),
    (("cash_usd",), "Cash"),
)
_STYLES = (":", "--", "-")
_CAC_NAMES = {
    "cac_paid_usd": "paid",
    "cac_blended_usd": "blended",
    "cac_loaded_usd": "fully loaded",
}


@drawing()
def plot_metric(
    results: Results | Sequence[Results],
    name: str,
    ax: Any = None,
    facts: Sequence[FactPoint] = (),
) -> Axes:
    """Draw one metric of one run, or of several as a band, and return the axes.

    Raises
    ------
    UnknownNameError
        If there is no such metric.
    """
    runs = _runs(results)
    declared = metric_of(name)
    if ax is not None:
        must_be(ax, Axes, "ax", "plt.subplots()[1]")
    else:
        import matplotlib.pyplot as plt

        figure, ax = plt.subplots(figsize=(9, 4.2), layout="constrained")
        figure.supxlabel(source_line(runs[0], len(runs)), fontsize=7, color=PALE, x=0.01, ha="left")
    first = runs[0].scenario.market.report_from or runs[0].scenario.market.start
    drawn = _panel(ax, runs, (name,), f"{name.replace('_', ' ')}: {declared.text}", first, facts)
    if ax.lines:
        ax.legend(loc="best", fontsize=8)
    if drawn:
        ax.figure.draw_without_rendering()
        label_facts(ax, drawn)
    return ax  # type: ignore[no-any-return]


def overview(results: Results | Sequence[Results], facts: Sequence[FactPoint] = ()) -> Figure:
    """Draw installs, users, clips, unit cost, burn, revenue, acquisition costs and cash.

    Shown from the market's ``report_from`` on (the contest proper), or from the first day. Counts
    are means of seven days over the faint daily line; facts are dots with their range.
    """
    runs = _runs(results)
    for fact in names_in("facts", facts):
        must_be(fact, FactPoint, "fact", "fact_points(scenario)[0]")
    head = runs[0]
    first = head.scenario.market.report_from or head.scenario.market.start
    if pd.Timestamp(first) > head.dates[-1]:
        first = head.scenario.market.start
    with drawing():
        figure = Figure(figsize=(16, 9.6), dpi=DPI, layout="constrained")
        axes = figure.subplots(2, 4).ravel()
        events = events_shown(head, first)
        drawn = []
        for ax, (names, title) in zip(axes, PANELS, strict=True):
            drawn.append(_panel(ax, runs, names, title, first, facts))
            mark_events(ax, head, events)
        last = head.dates[-1].date()
        figure.suptitle(
            f"{head.scenario.name.replace('_', ' ').capitalize()}: {first} to {last}",
            x=0.01, ha="left", fontsize=15, fontweight="bold",
        )  # fmt: skip
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), fontsize=11)
        figure.supxlabel(_below(runs, events, facts), fontsize=8, color=PALE, x=0.01, ha="left")
        settle(figure)
        for ax, points in zip(axes, drawn, strict=True):
            label_facts(ax, points)
    return figure


def _below(runs: list[Results], events: Sequence[Event], facts: Sequence[FactPoint]) -> str:
    """Return what stands below the overview: how to read it, and where it is from."""
    lines = "Thick: mean of seven days, thin: the day" if len(runs) == 1 else ""
    dots = "dots: public facts, by id" if facts else ""
    how = "; ".join(part for part in (lines, dots) if part)
    parts = (event_key(events), how, source_line(runs[0], len(runs)))
    return "\n".join(textwrap.fill(part, 260) for part in parts if part)


def _runs(results: Results | Sequence[Results]) -> list[Results]:
    return list(results) if isinstance(results, Sequence) else [results]


def _panel(
    ax: Any,
    runs: list[Results],
    names: tuple[str, ...],
    title: str,
    first: dt.date,
    facts: Sequence[FactPoint],
) -> list[FactPoint]:
    """Draw one panel: every platform, every metric, facts on top; return these."""
    head = runs[0]
    start = max(head.scenario.market.day(first), 0)
    drawn = []
    for p, platform in enumerate(head.platforms):
        config = head.scenario.platforms[platform]
        for i, name in enumerate(names):
            samples = np.stack([smooth(run, name)[start:, p] for run in runs])
            if np.isnan(samples).all():
                continue
            one = len(names) == 1
            style = "-" if one else _STYLES[i]
            if one and len(runs) == 1 and metric_of(name).monthly != "last":
                daily = head.array(name)[start:, p]
                ax.plot(head.dates[start:], daily, color=config.color, lw=0.6, alpha=0.3)
            label = config.label if one else f"{config.label}: {_CAC_NAMES[name]}"
            fan(ax, head.dates[start:], samples, config.color, label, style)
        shown_from, shown_to = head.dates[start].date(), head.dates[-1].date()
        for point in facts:
            inside = shown_from <= point.date_start and point.date_end <= shown_to
            if point.metric in names and point.platform == platform and inside:
                draw_fact(ax, point, config.color)
                drawn.append(point)
    dress(ax, title, metric_of(names[0]).unit)
    ax.set_xlim(head.dates[start], head.dates[-1])
    ax.margins(y=0.08)  # room for the label of the highest fact
    if ax.dataLim.y0 >= 0:
        ax.set_ylim(bottom=0)
    else:
        ax.axhline(0, color=INK, lw=0.6)
    if len(names) > 1 and ax.lines:
        ax.legend(fontsize=7, loc="upper right")
    if not ax.lines:
        ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", color=PALE)
    return drawn
