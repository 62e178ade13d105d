"""Charts of ``clipmarket optimize``: a goal against each lever, the search, the frontier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from scenarios.command.ratio_axis import tell_source
from scenarios.deciding.trials import AS_IT_WAS, Trials
from scenarios.deciding.words import label
from sim.experiments.search import Lever
from sim.formulas import Array
from sim.report.style import GRID, INK, PALE, drawing, plain_number

_COLUMNS = 2
#: Policies, and what stands out among them.
_TRIED, _BEST = "#4a6fa5", "#c0392b"


@drawing()
def chart(outcome: Trials, levers: Sequence[Lever], source: str) -> Figure:
    """Return the first goal against each lever, and the best so far by trial."""
    n = len(levers) + 1
    rows = -(-n // _COLUMNS)
    figure = Figure(figsize=(9.0, 3.3 * rows), layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, _COLUMNS, squeeze=False)).ravel()
    for ax, one in zip(panels, levers, strict=False):
        _against(ax, outcome, one)
    _progress(panels[len(levers)], outcome)
    for ax in panels[n:]:
        ax.set_axis_off()
    tell_source(figure, source)
    return figure


def _unit(outcome: Trials, place: int = 0) -> str:
    goal = outcome.goals[place]
    return f"{goal.label} [{goal.measure.unit}]"


def _dress(ax: Axes, title: str, x: str, y: str) -> None:
    ax.set_title(title, loc="left", fontsize=10.5, fontweight="bold")
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.yaxis.set_major_formatter(FuncFormatter(plain_number))
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)


def _against(ax: Axes, outcome: Trials, lever: Lever) -> None:
    name = lever.factor.name
    places = [k for k, point in enumerate(outcome.points) if name in point]
    given = [outcome.points[k][name] for k in places]
    x, is_numbers = _axis(ax, lever, given)
    _dots(ax, outcome, x, places)
    known = outcome.best in places
    if known and outcome.best is not None:
        best = places.index(outcome.best)
        y = outcome.band(outcome.best).mean
        ax.plot(x[best], y, "o", mfc="none", mec=_BEST, ms=11, mew=1.8)
    was = outcome.band(AS_IT_WAS)
    ax.axhline(was.mean, color=INK, linewidth=0.8, linestyle="--", label="as it was")
    ax.legend(loc="best", fontsize=7, frameon=True, framealpha=0.9, edgecolor=GRID)
    _dress(ax, label(name), label(name), _unit(outcome))
    if is_numbers and lever.factor.log:
        ax.set_xscale("log")


def _axis(ax: Axes, lever: Lever, given: Sequence[Any]) -> tuple[Array, bool]:
    """Return places along the axis, and whether they are numbers."""
    if lever.factor.kind == "date" and not lever.factor.values:
        locator = AutoDateLocator(minticks=3, maxticks=6)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        days = [date2num(dt.date.fromisoformat(str(one))) for one in given]
        return np.array(days, float), False
    try:
        found = np.array([float(one) for one in given])
    except (TypeError, ValueError):
        names = [str(one) for one in lever.factor.values]
        ax.set_xticks(range(len(names)), names)
        return np.array([names.index(str(one)) for one in given], float), False
    ax.xaxis.set_major_formatter(FuncFormatter(plain_number))
    return found, True


def _dots(ax: Axes, outcome: Trials, x: Array, places: Sequence[int]) -> None:
    for at, k in zip(x, places, strict=True):
        band = outcome.band(k)
        if not np.isfinite(band.mean):
            continue
        ax.plot([at, at], [band.low, band.high], color=_TRIED, alpha=0.18, linewidth=1.2)
        fill = _TRIED if outcome.kept[k] else "white"
        ax.plot(at, band.mean, "o", mfc=fill, mec=_TRIED, ms=4.5)


def _progress(ax: Axes, outcome: Trials) -> None:
    means = np.array([outcome.band(k).mean for k in range(len(outcome.points))])
    trials = np.arange(len(means))
    ax.plot(trials[1:], means[1:], "o", mfc="none", mec=_TRIED, ms=3.5)
    ax.plot(AS_IT_WAS, means[AS_IT_WAS], "s", color=INK, ms=5)
    ax.step(trials, outcome.so_far, where="post", color=_BEST, linewidth=1.4, label="best so far")
    ax.legend(loc="best", fontsize=7, frameon=True, framealpha=0.9, edgecolor=GRID)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    _dress(ax, "The search", "policy tried", _unit(outcome))


@drawing()
def front_chart(outcome: Trials, source: str) -> Figure:
    """Return both goals of each policy, and the frontier with its bands."""
    figure = Figure(figsize=(7.5, 5.0), layout="constrained")
    ax = figure.subplots()
    means = outcome.drawn[:, :, :2].mean(axis=1)
    ax.plot(means[:, 0], means[:, 1], "o", mfc="none", mec=PALE, ms=4, label="tried")
    on = outcome.front
    ax.plot(means[on, 0], means[on, 1], "-o", color=_TRIED, ms=5, label="frontier")
    for k in on:
        across, up = outcome.band(k, 0), outcome.band(k, 1)
        ax.plot([across.low, across.high], [up.mean] * 2, color=_TRIED, alpha=0.2, linewidth=1.2)
        ax.plot([across.mean] * 2, [up.low, up.high], color=_TRIED, alpha=0.2, linewidth=1.2)
    ax.plot(*means[AS_IT_WAS], "s", color=INK, ms=7, label="as it was")
    ax.xaxis.set_major_formatter(FuncFormatter(plain_number))
    _dress(ax, "Both goals", _unit(outcome, 0), _unit(outcome, 1))
    ax.legend(loc="best", fontsize=8, frameon=True, framealpha=0.9, edgecolor=GRID)
    tell_source(figure, source)
    return figure
