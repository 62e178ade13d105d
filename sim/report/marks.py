"""What is written on a chart: public facts as labeled dots, dated events as numbered lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import textalloc
from matplotlib.dates import date2num

from sim.fact_point import FactPoint
from sim.interventions import Event
from sim.report.style import PALE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results import Results

#: Numbers of events closer than this part of the axis stand one below the other.
_CLOSE = 0.035
_STEP = 0.045


def draw_fact(ax: Any, point: FactPoint, color: str) -> None:
    """Draw a fact as a dot with its range, over the days it covers."""
    middle = _middle(point)
    if point.date_end > point.date_start:
        level = [point.value, point.value]
        ax.plot([point.date_start, point.date_end], level, color=color, lw=1, alpha=0.7)
    if point.high > point.low:
        ax.plot([middle, middle], [point.low, point.high], color=color, lw=1, alpha=0.7)
    ax.plot([middle], [point.value], marker="o", ms=4.5, mfc="white", mec=color, mew=1.3, ls="")


def settle(figure: Figure) -> None:
    """Give every panel its place, which it then keeps: labels are placed by what is around them."""
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")


def label_facts(ax: Any, points: Sequence[FactPoint]) -> None:
    """Write the ids of facts beside their dots (see `label_points`)."""
    label_points(
        ax,
        [float(date2num(_middle(point))) for point in points],
        [point.value for point in points],
        [point.label for point in points],
        size=6.5,
        color=PALE,
    )


def label_points(
    ax: Any,
    x: Sequence[float],
    y: Sequence[float],
    labels: Sequence[str],
    size: float,
    color: str,
) -> None:
    """Write labels beside points, clear of each other, of points, curves and other words.

    The axes must have its final limits and place on the figure (see `settle`).
    """
    if not labels:
        return
    curves = [line.get_xydata().T for line in ax.lines if len(line.get_xydata()) > 1]
    to_data = ax.transData.inverted().transform
    written = [to_data(text.get_window_extent().get_points().mean(axis=0)) for text in ax.texts]
    taken = np.array([*zip(x, y, strict=True), *written])
    # textalloc draws the whole figure each time, if only to measure: let it draw this panel alone.
    others = [other for other in ax.figure.axes if other is not ax and other.get_visible()]
    for other in others:
        other.set_visible(False)
    textalloc.allocate(
        ax, np.array(x), np.array(y), list(labels),
        x_scatter=taken[:, 0], y_scatter=taken[:, 1],
        x_lines=[across for across, _ in curves], y_lines=[up for _, up in curves],
        textsize=size, textcolor=color, linecolor=PALE, linewidth=0.5,
        min_distance=0.02, max_distance=0.3,
    )  # fmt: skip
    for other in others:
        other.set_visible(True)


def _middle(point: FactPoint) -> dt.date:
    return point.date_start + (point.date_end - point.date_start) / 2


def events_shown(results: Results, first: dt.date) -> list[Event]:
    """Return the dated changes of terms and access that a chart from a date on can show."""
    last = results.dates[-1].date()
    return sorted(
        (
            event
            for event in results.scenario.events
            if first < event.date <= last and (event.set or event.multiply or event.open)
        ),
        key=lambda event: event.date,
    )


def mark_events(ax: Any, results: Results, events: Sequence[Event]) -> None:
    """Draw a thin line at each event, numbered; `event_key` says what the numbers mean."""
    low, high = ax.get_xlim()
    before, row = low - (high - low), 0
    for number, event in enumerate(events, 1):
        color = results.scenario.platforms[event.platform].color
        date = date2num(pd.Timestamp(event.date))
        ax.axvline(date, color=color, lw=0.6, alpha=0.35, ls="--", zorder=0.5)
        row = row + 1 if date - before < _CLOSE * (high - low) else 0
        before = date
        ax.annotate(
            str(number), (date, 1.0 - row * _STEP), xycoords=("data", "axes fraction"),
            xytext=(1.5, 0), textcoords="offset points", va="top", fontsize=6, color=color,
        )  # fmt: skip


def event_key(events: Sequence[Event]) -> str:
    """Return what the numbers of events mean, with dates."""
    named = [
        f"{number} {event.id.replace('_', ' ')} {event.date}"
        for number, event in enumerate(events, 1)
    ]
    return "Dashed: " + " · ".join(named) if named else ""
