"""The axis of charts that put models over what was observed: a ratio, 1 where both agree."""

from __future__ import annotations

from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.report.style import GRID, INK, PALE

#: Ratios beyond are drawn at the edge.
_LOW, _HIGH = 0.02, 50.0


def dress_ratios(ax: Axes, title: str, label: str) -> None:
    """Give a chart the axis of ratios, its title, and room for what its lines are."""
    ax.axvline(1.0, color=INK, linewidth=0.8)
    ax.set_xscale("log")
    ax.set_xlim(_LOW, _HIGH)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlabel(f"{label} (ratio, log scale)")
    ax.set_title(title, loc="left", fontweight="bold", fontsize=10.5)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)


def tell_lines(ax: Axes, place: Literal["upper right", "lower right"]) -> None:
    """Say what the lines of a chart are, over whatever is drawn there."""
    ax.legend(loc=place, fontsize=7, frameon=True, framealpha=0.9, edgecolor=GRID)


def tell_source(figure: Figure, text: str) -> None:
    """Put what is shaded, and where it is from, below a chart."""
    figure.supxlabel(text, fontsize=7, color=PALE)
