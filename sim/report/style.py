"""One look for all charts: dates, units, one color per platform, a source line."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FuncFormatter

from sim.files import write_aside
from sim.numbers import brief

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.results import Results

INK = "#222222"
PALE = "#8a8a8a"
GRID = "#e3e3e3"
RC: Any = {
    "font.size": 10,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    # Names are words and never formulas, whatever signs are in them.
    "text.parse_math": False,
    # No date and fixed ids: a page changes only when its numbers do.
    "svg.hashsalt": "clipmarket",
    "svg.fonttype": "path",
}
#: Settings that belong to a screen, or to a whole process.
_NOT_OF_CHARTS = ("backend", "interactive", "toolbar", "timezone", "date.epoch", "webagg", "tk.",
                  "figure.max_open_warning", "figure.raise_window", "savefig.directory",
                  "docstring.hardcopy")  # fmt: skip
DPI = 150
#: Share of replicates inside each band, with its opacity: darker inside.
BANDS = ((0.95, 0.12), (0.80, 0.14), (0.50, 0.18))
#: Ticks are round numbers; this many digits never make two of them one.
_DIGITS_OF_TICKS = 6


@contextlib.contextmanager
def drawing() -> Iterator[None]:
    """Draw with this style alone: somebody's own settings of matplotlib are for his own charts.

    Also a decorator, of functions that draw.
    """
    usual = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(_NOT_OF_CHARTS)}
    with mpl.rc_context({**usual, **RC}):
        yield


@drawing()
def write_chart(figure: Figure, path: Path, within: Path | None = None) -> Path:
    """Write a chart whole, or not at all, and return its path.

    Parameters
    ----------
    within
        As of `sim.files.write_aside`.
    """
    write_aside(path, figure.savefig, within)
    return path


@drawing()
def as_svg(figure: Figure) -> bytes:
    """Return a chart as SVG; the same chart gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def plain_number(value: float, _position: object = None) -> str:
    """Write the number of a tick: 1500000 as 1.5 M, -20000 as -20 k."""
    return brief(value, _DIGITS_OF_TICKS)


def dress(ax: Axes, title: str, unit: str) -> None:
    """Give an axes its title, unit, dates and light grid."""
    ax.set_title(title, loc="left", fontsize=10.5, fontweight="bold")
    ax.set_ylabel(unit)
    ax.yaxis.set_major_formatter(FuncFormatter(plain_number))
    locator = AutoDateLocator(minticks=4, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.set_xlabel("date")
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)


def sample(n_users: int, weight: float) -> str:
    """Say how many users were simulated, and how many people each of them stands for."""
    return f"{n_users:,} users x {weight:,.6g} people"


def source_line(results: Results, n_runs: int = 1) -> str:
    """Say what a chart was made from."""
    market = results.scenario.market
    runs = f"{n_runs} runs, median and 50, 80, 95 % bands" if n_runs > 1 else "one run"
    version = results.manifest["code"]["clipmarket"]
    who = f"{sample(market.n_users, market.weight)}, seed {market.seed}, {market.graph}"
    # A twin has neither users nor a seed, whatever its scenario says of markets.
    if "points" in results.manifest:
        runs = "in expectation"
        who = f"{results.manifest['points']} representative people, no friend graph"
    return f"Source: clipmarket {version}, scenario {results.scenario.name}, {runs}; {who}"


def fan(ax: Axes, dates: Any, samples: Any, color: str, label: str = "", style: str = "-") -> None:
    """Draw runs as a median with bands, or a single run as a line.

    Parameters
    ----------
    samples
        (runs, days) values.
    """
    import numpy as np

    samples = np.asarray(samples, float)
    samples = np.where(np.isfinite(samples), samples, np.nan)  # a gap, where there is no number
    if len(samples) == 1:
        ax.plot(dates, samples[0], color=color, label=label, linewidth=1.6, linestyle=style)
        return
    for share, alpha in BANDS:
        low, high = np.quantile(samples, [(1 - share) / 2, (1 + share) / 2], axis=0)
        ax.fill_between(dates, low, high, color=color, alpha=alpha, linewidth=0)
    middle = np.median(samples, axis=0)
    ax.plot(dates, middle, color=color, label=label, linewidth=1.6, linestyle=style)
