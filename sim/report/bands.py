"""Charts of answers: arms side by side with their bands, over time, and what moves a number."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    PercentFormatter,
)

from sim.metrics import metric_of
from sim.numbers import brief
from sim.report.smoothing import smooth
from sim.report.style import BANDS, DPI, GRID, INK, PALE, drawing, dress, fan, plain_number

if TYPE_CHECKING:
    from sim.experiments import Ensemble

#: Width in inches; text of 10 points is still read when it is shrunk to a phone.
WIDTH = 6.4
_LABEL_WIDTH, _SOURCE_WIDTH = 26, 120
_REFERENCE_COLOR = PALE


def _figure(height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
    return figure, figure.subplots()


def finish(figure: Figure, title: str, source: str) -> Figure:
    """Put title and source line on a figure; long lines are wrapped."""
    figure.suptitle(
        textwrap.fill(title, 66), x=0.01, ha="left", fontsize=11, fontweight="bold"
    )  # fmt: skip
    text = textwrap.fill(source, _SOURCE_WIDTH)
    figure.supxlabel(text, fontsize=6.5, color=PALE, x=0.01, ha="left")
    return figure


def _value_axis(ax: Any, unit: str) -> None:
    """Dress the axis of values: percent for shares, else plain numbers with their unit."""
    if unit == "share":
        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_xlabel("percent")
    else:
        ax.xaxis.set_major_formatter(FuncFormatter(plain_number))
        ax.set_xlabel(unit)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)


def arms(
    samples: Mapping[str, npt.NDArray[np.float64]],
    title: str,
    unit: str,
    color: str,
    source: str,
    reference: str,
) -> Figure:
    """Draw one number of each arm: median as a dot, 50, 80 and 95 % of replicates as bars.

    Parameters
    ----------
    samples
        Label to (replicates,) values; the first stands on top.
    reference
        Label of the arm to compare with, drawn in gray.
    """
    with drawing():
        figure, ax = _figure(1.25 + 0.36 * len(samples))
        for row, (label, values) in enumerate(samples.items()):
            known = values[np.isfinite(values)]
            if known.size == 0:
                continue
            shade = _REFERENCE_COLOR if label == reference else color
            for share, alpha in BANDS:
                low, high = np.quantile(known, [(1 - share) / 2, (1 + share) / 2])
                ax.barh(row, high - low, left=low, height=0.5, color=shade, alpha=2 * alpha)
            ax.plot([np.median(known)], [row], "o", ms=5, color=shade)
        ax.set_yticks(range(len(samples)))
        ax.set_yticklabels([textwrap.fill(label, _LABEL_WIDTH) for label in samples], fontsize=9)
        ax.invert_yaxis()
        ax.use_sticky_edges = False  # a bar must not end where the chart does
        ax.margins(x=0.05)
        if reference in samples and np.isfinite(samples[reference]).any():
            ax.axvline(np.nanmedian(samples[reference]), color=PALE, lw=0.8, ls=":")
        _value_axis(ax, unit)
        return finish(figure, title, source)


def over_time(
    runs: Mapping[str, Ensemble], name: str, platform: str, title: str, source: str, reference: str
) -> Figure:
    """Draw a metric of few arms by date: fans of a week's means; the reference gray, dashed."""
    with drawing():
        figure, ax = _figure(3.6)
        for label, ensemble in runs.items():
            config = ensemble.scenario.platforms.get(platform)
            if config is None:
                continue
            p = list(ensemble.platforms).index(platform)
            market = ensemble.scenario.market
            day = max(market.day(max(config.launch, market.report_from or market.start)), 0)
            series = np.stack([smooth(run, name)[:, p] for run in ensemble.results])
            is_reference = label == reference
            fan(ax, ensemble.dates[day:], series[:, day:],
                _REFERENCE_COLOR if is_reference else config.color, label,
                "--" if is_reference else "-")  # fmt: skip
        unit = metric_of(name).unit
        dress(ax, "", unit)
        if ax.dataLim.y0 >= 0:
            ax.set_ylim(bottom=0)
        ax.legend(loc="best", fontsize=8)
        return finish(figure, title, source)


def tornado(
    moves: Mapping[str, tuple[float, float]],
    middle: float,
    title: str,
    unit: str,
    color: str,
    source: str,
    band: tuple[float, float] | None = None,
) -> Figure:
    """Draw how far a number moves when each assumption goes to the ends of its range.

    Parameters
    ----------
    moves
        Label to the changes at the lower and upper end.
    middle
        The number at the baseline's assumptions.
    band
        Range of replicates, drawn as a gray stripe for comparison.
    """
    with drawing():
        figure, ax = _figure(1.4 + 0.34 * max(len(moves), 1))
        if band is not None:
            ax.axvspan(*band, color=PALE, alpha=0.25, lw=0)
        for row, (low, high) in enumerate(moves.values()):
            for end, alpha, text in ((low, 0.45, "low"), (high, 0.9, "high")):
                if not np.isfinite(end) or end == 0.0:
                    continue
                ax.barh(row, end, left=middle, height=0.55, color=color, alpha=alpha)
                # Where both ends lie on one side, only the farther has room for its name.
                if low * high > 0.0 and abs(end) < max(abs(low), abs(high)):
                    continue
                ax.annotate(text, (middle + end, row), xytext=(3 if end > 0 else -3, 0),
                            textcoords="offset points", va="center", fontsize=6.5,
                            ha="left" if end > 0 else "right", color=PALE)  # fmt: skip
        ax.axvline(middle, color=INK, lw=0.8)
        ax.set_yticks(range(len(moves)))
        ax.set_yticklabels([textwrap.fill(label, 34) for label in moves], fontsize=8.5)
        ax.invert_yaxis()
        ax.use_sticky_edges = False
        ax.margins(x=0.1)
        _value_axis(ax, unit)
        return finish(figure, title, source)


def lines(
    curves: Mapping[str, Sequence[float]],
    x: Sequence[float],
    title: str,
    x_text: str,
    y_text: str,
    source: str,
    colors: Sequence[str],
    marks: Mapping[str, float] | None = None,
    log: bool = True,
) -> Figure:
    """Draw frontiers: one line for each label, in shades of one color; marks as level lines.

    On a logarithmic axis 0 has no place: a line ends before it, and one without points is left out.
    """
    with drawing():
        figure, ax = _figure(3.8)
        for (label, y), color in zip(curves.items(), colors, strict=True):
            has_place = np.isfinite(y) & (np.greater(y, 0.0) if log else True)
            if not has_place.any():
                continue
            values = np.where(has_place, y, np.nan)
            ax.plot(x, values, label=label, color=color, marker="o", ms=3)
        for label, level in (marks or {}).items():
            ax.axhline(level, color=INK, lw=0.8, ls=":")
            ax.annotate(label, (1.0, level), xycoords=("axes fraction", "data"), ha="right",
                        xytext=(0, 3), textcoords="offset points", fontsize=7.5)  # fmt: skip
        if log:
            ax.set_xscale("log")
            ax.set_yscale("log")
        for axis in (ax.xaxis, ax.yaxis):
            if log:
                axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=10))
                axis.set_minor_formatter(NullFormatter())
            axis.set_major_formatter(FuncFormatter(plain_number))
        ax.set_xlabel(x_text)
        ax.set_ylabel(y_text)
        ax.grid(color=GRID, linewidth=0.8)
        if ax.get_legend_handles_labels()[0]:
            ax.legend(loc="best", fontsize=8)
        return finish(figure, title, source)


def heat(
    values: npt.NDArray[np.float64],
    x: Sequence[float],
    y: Sequence[float],
    title: str,
    x_text: str,
    y_text: str,
    source: str,
    here: tuple[int, int] | None = None,
    percent: bool = True,
) -> Figure:
    """Draw a map of one number over two parameters, each cell with its value.

    Parameters
    ----------
    values
        (len(y), len(x)).
    here
        Indices (row, column) of the baseline, framed.
    """
    with drawing():
        figure, ax = _figure(3.9)
        known = values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)
        shown = np.where(np.isfinite(values), values, np.nan)
        ax.imshow(shown, origin="lower", aspect="auto", cmap="Blues", vmin=min(known.min(), 0.0),
                  vmax=known.max())  # fmt: skip
        dark = (known.min() + known.max()) / 2.0
        for row, column in np.ndindex(*values.shape):
            value = values[row, column]
            text = f"{value:.0%}" if percent else brief(float(value))
            ax.text(column, row, text, ha="center", va="center", fontsize=8.5,
                    color="white" if value > dark else INK)  # fmt: skip
        if here is not None:
            box = mpl.patches.Rectangle((here[1] - 0.5, here[0] - 0.5), 1, 1, fill=False, lw=2)
            ax.add_patch(box)
        ax.set_xticks(range(len(x)), [f"{v:g}" for v in x])
        ax.set_yticks(range(len(y)), [f"{v:g}" for v in y])
        ax.set_xlabel(x_text)
        ax.set_ylabel(y_text)
        return finish(figure, title, source)
