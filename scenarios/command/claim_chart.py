"""The chart of ``clipmarket claim``: what fitted markets give, and the claim."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from scenarios.claiming.checking import Checked
from scenarios.command.ratio_axis import tell_source
from sim.formulas import Array
from sim.metrics import metric_of
from sim.report.style import GRID, INK, PALE, drawing, dress, fan, plain_number

_BINS = 30
#: Numbers that differ by more than this factor are drawn on a log scale.
_WIDE = 8.0
#: A claim stands out from every band.
_CLAIMED = "#c0392b"


@drawing()
def chart(found: Checked, color: str, source: str) -> Figure:
    """Return fitted markets by date, and how their numbers spread, beside the claim.

    Parameters
    ----------
    color
        Of the platform.
    source
        The line below.
    """
    figure = Figure(figsize=(9.0, 7.2), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=[1.0, 0.9])
    _by_date(above, found, color)
    _spread(below, found, color)
    tell_source(figure, source)
    return figure


def _by_date(ax: Axes, found: Checked, color: str) -> None:
    """Draw the metric by date; sums over some days grow over them."""
    measure = found.claim.measure
    first, last = (dt.date.fromisoformat(one) for one in (measure.since, measure.date))
    days = found.days
    begun = (first - found.first).days
    is_sum = metric_of(measure.metric).monthly == "sum" and first != last
    if is_sum:
        days = np.cumsum(days[:, begun : (last - found.first).days + 1], axis=1)
        dates = pd.date_range(first, last)
    else:
        dates = pd.date_range(found.first, periods=days.shape[1])
        seen = np.flatnonzero(np.nanmax(np.where(np.isfinite(days), np.abs(days), 0.0), axis=0))
        start = min(int(seen[0]) if len(seen) else 0, begun)
        days, dates = days[:, start:], dates[start:]
    known = days[np.isfinite(days).any(axis=1)]
    words = measure.metric.removesuffix("_usd").replace("_", " ")
    whom = measure.platform.capitalize()
    unit = measure.unit if is_sum else metric_of(measure.metric).unit
    dress(ax, f"{words.capitalize()} of {whom}" + (", so far" if is_sum else ""), unit)
    if len(known):
        fan(ax, dates, known, color, f"{len(known)} fitted markets: median; 50, 80, 95 %")
    for one in found.claim.given:
        ax.axhline(one, color=_CLAIMED, linewidth=1.4, linestyle="--")
    if not is_sum:
        ax.axvspan(float(date2num(first)), float(date2num(last)) + 1.0,
                   color=GRID, linewidth=0, zorder=0)  # fmt: skip
    ax.plot([], [], color=_CLAIMED, linestyle="--", label="claimed")
    _legend(ax, "upper left" if is_sum else "upper right")


def _spread(ax: Axes, found: Checked, color: str) -> None:
    """Draw how many fitted markets give which number, prior ones faint, and what is claimed."""
    measure = found.claim.measure
    every = np.r_[found.values, found.claim.given]
    every = every[np.isfinite(every)]
    is_log = bool(np.all(every > 0.0)) and every.max() > _WIDE * every.min()
    ends = _ends(found, is_log)
    bins = (np.geomspace if is_log else np.linspace)(*ends, _BINS + 1)
    for values, shade, label, style in (
        (found.values, color, "fitted markets", "stepfilled"),
        (found.prior_values, PALE, "prior markets, before any fit", "step"),
    ):
        known = np.clip(values[np.isfinite(values)], *ends)
        if len(known):
            ax.hist(known, bins=list(bins), color=shade, alpha=0.6 if style != "step" else 1.0,
                    histtype="stepfilled" if style != "step" else "step", label=label)  # fmt: skip
    low, high = found.claim.ends
    ax.axvspan(max(low, ends[0]), min(high, ends[1]), color=_CLAIMED, alpha=0.12, linewidth=0,
               label="makes it true")  # fmt: skip
    for one in found.claim.given:
        ax.axvline(one, color=_CLAIMED, linewidth=1.4, linestyle="--")
    ax.plot([], [], color=_CLAIMED, linestyle="--", label="claimed")
    ax.axvline(float(np.median(found.by_hand)), color=INK, linewidth=1.0,
               label="baseline, set by hand")  # fmt: skip
    if is_log:
        ax.set_xscale("log")
    ax.set_xlim(*ends)
    ax.xaxis.set_major_formatter(FuncFormatter(plain_number))
    ax.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: ""))
    ax.set_title("How many markets give which number", loc="left", fontsize=10.5, fontweight="bold")
    ax.set_xlabel(f"{measure.text}" + (f" [{measure.unit}]" if measure.unit else ""))
    ax.set_ylabel("markets")
    _legend(ax, "upper left")


def _legend(ax: Axes, place: Literal["upper left", "upper right"]) -> None:
    """Say what is drawn, above it."""
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.35 * (high - low))
    ax.legend(loc=place, fontsize=8)


def _ends(found: Checked, is_log: bool) -> tuple[float, float]:
    """Return the ends of the axis of numbers: fitted markets, the claim, and a little room."""
    claimed = [one for one in (*found.claim.given, *found.claim.ends) if np.isfinite(one)]
    values: npt.NDArray[np.float64] = found.values[np.isfinite(found.values)]
    by_hand = found.by_hand[np.isfinite(found.by_hand)]
    prior: Array = found.prior_values[np.isfinite(found.prior_values)]
    if is_log:
        prior = prior[prior > 0.0]
        claimed = [one for one in claimed if one > 0.0]
    reach = np.quantile(prior, [0.05, 0.95]) if len(prior) else prior
    every = np.concatenate([values, by_hand, reach, claimed])
    low, high = float(every.min()), float(every.max())
    if is_log:
        room = (high / low) ** 0.05 if high > low else 1.1
        return low / room, high * room
    room = 0.05 * (high - low) if high > low else max(0.1 * abs(high), 1.0)
    return low - room, high + room
