"""Charts of ``clipmarket recover``: how often intervals held the truth, and where truths ranked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import binom

from scenarios.command.ratio_axis import tell_lines, tell_source
from scenarios.fitting.coverage import CENTRAL, Pooled
from scenarios.fitting.ranks import HELD
from sim.report.style import GRID, INK, PALE, drawing

#: Of the three intervals, the widest last.
_COLORS = ("#8ab4d8", "#3d7fb8", "#1b4468")
_MARKS = ("o", "s", "D")
#: Bars of a histogram of ranks.
_BARS = 10
_SOURCE = "Source: clipmarket, fits of markets whose assumptions are known."


@drawing()
def coverage_chart(rows: pd.DataFrame) -> Figure:
    """Return how often the three intervals held the truth, by assumption or forecast number.

    Parameters
    ----------
    rows
        Of `scenarios.fitting.coverage.coverage`, in the order to draw.
    """
    n = len(rows)
    figure = Figure(figsize=(9.0, 1.6 + 0.2 * n), layout="constrained")
    ax = figure.subplots()
    place = np.arange(n)[::-1]
    truths = int(rows["truths"].max())
    for k, (name, share) in enumerate(zip(CENTRAL, HELD, strict=True)):
        # What chance alone makes of so many truths.
        low, high = binom.ppf([0.05, 0.95], truths, share) / truths
        ax.axvspan(low, high, color=_COLORS[k], alpha=0.10, linewidth=0)
        ax.axvline(share, color=_COLORS[k], linewidth=1.0)
        ax.plot(rows[name], place + 0.2 * (1 - k), linestyle="", marker=_MARKS[k], markersize=4,
                color=_COLORS[k], label=f"{share:.0%} interval")  # fmt: skip
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.8, n + 0.8)
    ax.set_yticks(place, rows["name"], fontsize=7)
    ax.set_xlabel("part of truths that lay inside (share)")
    ax.set_title("How often intervals held the truth", loc="left", fontweight="bold", fontsize=10.5)
    ax.grid(axis="y", color=GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    tell_lines(ax, "upper right")
    tell_source(
        figure,
        f"Lines: what each interval says; shaded: 90 % of what chance makes of {truths} truths. "
        + _SOURCE,
    )
    return figure


@drawing()
def ranks_chart(groups: dict[str, pd.DataFrame]) -> Figure:
    """Return histograms of the ranks of truths, side by side; flat where intervals are honest.

    Parameters
    ----------
    groups
        Rows with ``rank``, ``draws`` and ``truth``, by title.
    """
    figure = Figure(figsize=(9.0, 3.0), layout="constrained")
    axes = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    for ax, (title, rows) in zip(axes, groups.items(), strict=True):
        place = (rows["rank"] + 0.5) / (rows["draws"] + 1.0)
        ax.hist(place, bins=np.linspace(0.0, 1.0, _BARS + 1), density=True, color=_COLORS[1],
                alpha=0.7, edgecolor="white")  # fmt: skip
        ax.axhline(1.0, color=INK, linewidth=0.9)
        ax.set_title(title, loc="left", fontweight="bold", fontsize=9.5)
        ax.set_xlabel("rank of the truth (share of draws below)")
        ax.set_xlim(0.0, 1.0)
    axes[0].set_ylabel("ranks (density)")
    figure.supxlabel("High at both ends: intervals too narrow; in the middle: too wide. " + _SOURCE,
                     fontsize=7, color=PALE)  # fmt: skip
    return figure


def pooled_words(found: Pooled) -> str:
    """Return how often intervals held the truth, in words."""
    parts = [
        f"{share:.0%} intervals held {held:.0%}"
        + ("" if np.isnan(error) else f" ± {100.0 * error:.0f}")
        for share, held, error in zip(HELD, found.share, found.error, strict=True)
    ]
    return ", ".join(parts)
