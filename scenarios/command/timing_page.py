"""What ``clipmarket timing`` shows: a number by the day on which a thing is done, with its band."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from scenarios.command.ratio_axis import tell_source
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.deciding.curve import Curve
from scenarios.deciding.trials import AS_IT_WAS
from scenarios.deciding.words import banded
from sim.formulas import Array
from sim.report.page import Exhibit, Page
from sim.report.style import INK, drawing, dress, fan

#: A curve, and the day that is best.
_CURVE, _BEST = "#4a6fa5", "#c0392b"


def sheet(curve: Curve) -> Sheet:
    """Return the table: a row for each day."""
    outcome = curve.outcome
    columns = [Heading("day", is_number=False)]
    for goal in outcome.goals:
        columns.append(Heading(f"{goal.label} ({goal.word})", is_folded=True))
        columns.append(Heading("against what was done", is_folded=True))
    columns += [Heading(one.text, is_folded=True) for one in outcome.conditions]
    rows = [_row(curve, k) for k in range(len(curve.days) + 1)]
    note = (
        "Mean over draws, with the band of 90 %; the difference draw by draw. Days marked = cannot "
        "be told from the best one."
    )
    return Sheet(f"By the day of: {curve.deed.text}", columns, rows, note)


def _row(curve: Curve, k: int) -> list[Cell]:
    outcome = curve.outcome
    is_best = curve.best is not None and k == 1 + curve.best
    day = "as it was" if k == AS_IT_WAS else str(curve.days[k - 1])
    is_equal = k > AS_IT_WAS and curve.days[k - 1] in curve.equals
    row = [Cell(day, "best" if is_best else "=" if is_equal else "", is_bold=is_best)]
    for place, goal in enumerate(outcome.goals):
        unit = goal.measure.unit
        gain = "–" if k == AS_IT_WAS else banded(outcome.gain(k, place), unit, True)
        row += [Cell(banded(outcome.band(k, place), unit)), Cell(gain)]
    n = len(outcome.goals)
    row += [
        Cell(banded(outcome.band(k, n + place), one.measure.unit),
             holds=bool(outcome.lacks[k, :, place].mean() <= 0.0))
        for place, one in enumerate(outcome.conditions)
    ]  # fmt: skip
    return row


@drawing()
def chart(curve: Curve, source: str) -> Figure:
    """Return by day what each goal gains against what was done, then each number as it is."""
    outcome = curve.outcome
    goals, kept = outcome.goals, outcome.conditions
    n = 2 * len(goals) + len(kept)
    figure = Figure(figsize=(9.0, 3.2 * n), layout="constrained")
    panels = iter(figure.subplots(n, 1, squeeze=False).ravel())
    was = outcome.drawn[AS_IT_WAS]
    for place, one in enumerate(goals):
        ax = next(panels)
        gained = (outcome.drawn[1:, :, place] - was[:, place]).T
        _panel(ax, curve, gained, f"{one.label}, against what was done", one.measure.unit)
        ax.axhline(0.0, color=INK, linewidth=0.8, linestyle="--", label="as it was")
        _tell(ax)
    numbers = [(one.label, one.measure.unit) for one in goals]
    numbers += [(one.text, one.measure.unit) for one in kept]
    for place, (title, unit) in enumerate(numbers):
        ax = next(panels)
        _panel(ax, curve, outcome.drawn[1:, :, place].T, title, unit)
        mean = outcome.band(AS_IT_WAS, place).mean
        ax.axhline(mean, color=INK, linewidth=0.8, linestyle="--", label="as it was, mean")
        if place >= len(goals):
            level = kept[place - len(goals)].level
            ax.axhline(level, color=_BEST, linewidth=0.8, linestyle=":", label="must be kept")
        _tell(ax)
    tell_source(figure, source)
    return figure


def _panel(ax: Axes, curve: Curve, drawn: Array, title: str, unit: str) -> None:
    fan(ax, curve.days, drawn, _CURVE, "median; bands of\n50, 80, 95 % of draws")
    _mark(ax, curve)
    dress(ax, f"{title[:1].upper()}{title[1:]}", unit)
    ax.set_xlabel(f"day of: {curve.deed.text}")


def _tell(ax: Axes) -> None:
    """Say what lines are, beside them."""
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7)


def _mark(ax: Axes, curve: Curve) -> None:
    marks: list[tuple[dt.date | None, str, str]] = [(curve.done, INK, "done")]
    if curve.best is not None:
        marks.append((curve.days[curve.best], _BEST, "best"))
    for day, color, name in marks:
        if day is not None and curve.days[0] <= day <= curve.days[-1]:
            ax.axvline(float(np.asarray(date2num(day))), color=color, linewidth=1.0, label=name)


def page(curve: Curve, bands: str, source: str, about: Mapping[str, Any]) -> Page:
    """Return the page of a curve.

    Parameters
    ----------
    bands
        What bands hold.
    source
        The line below the chart.
    about
        What it was made from.
    """
    what = curve.deed.text
    return Page(
        title=f"When: {what}",
        question=f"On which day is {what} worth most?",
        headline=curve.headline(),
        more=curve.more(),
        bands=bands,
        exhibits=[
            Exhibit(
                "By day", "The same markets at the same luck on every day; what was before a day "
                "is the same for all that come later.", chart(curve, source),
                alt=f"What {what} comes to by the day on which it is done.",
            ),
            exhibit_of(sheet(curve)),
        ],
        assumptions=[],
        evidence=[],
        manifest=about,
    )  # fmt: skip
