"""Charts of experiments: what varies with what, and how sure one can be of it.

Every chart takes plain frames, so that it can be drawn from a store as well as from memory, and
returns a `Figure`; units stand on the axes, uncertainty is a band or a bar, the source is named.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.metrics import metric_of
from sim.numbers import brief
from sim.periods import unit_of_total
from sim.report.marks import label_points, settle
from sim.report.style import DPI, GRID, INK, PALE, drawing, dress, fan, plain_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colors of ordered values, and of values that go both ways.
ORDERED, BOTH_WAYS = "viridis", "RdBu_r"
_MOST_FANS = 6
_LONGEST_NAME = 40
#: Factors below this part of the largest effect stand at the origin without a name.
_NAMED = 0.03
#: More names than these would hide the points.
_MOST_NAMED = 12


@drawing()
def heat_map(
    frame: pd.DataFrame, x: str, y: str, name: str, platform: str, source: str = ""
) -> Figure:
    """Draw the mean over seeds of a metric for each pair of values of two parameters.

    Parameters
    ----------
    frame
        Tidy table of a sweep (`Store.frame`).
    x, y
        Parameters across and up.
    """
    chosen = frame[frame["platform"] == platform]
    cells = chosen.pivot_table(index=y, columns=x, values=name, aggfunc="mean", sort=True)
    values = cells.to_numpy(float)
    figure, ax = _figure(7.5, 5.5)
    known = values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)
    crosses = known.min() < 0 < known.max()
    limit = np.abs(known).max()
    image = ax.imshow(
        np.where(np.isfinite(values), values, np.nan), origin="lower", aspect="auto",
        cmap=BOTH_WAYS if crosses else ORDERED,
        vmin=-limit if crosses else None, vmax=limit if crosses else None,
    )  # fmt: skip
    ax.set_xticks(range(cells.shape[1]), [_word(v) for v in cells.columns], rotation=30, ha="right")
    ax.set_yticks(range(cells.shape[0]), [_word(v) for v in cells.index])
    ax.set_xlabel(_short(x))
    ax.set_ylabel(_short(y))
    _write_cells(ax, values, image)
    bar = figure.colorbar(image, ax=ax, format=FuncFormatter(plain_number))
    bar.set_label(unit_of_total(name))
    _title(ax, f"{_title_of(name)}, {platform}: mean over seeds")
    return _signed(figure, source)


def _write_cells(ax: Axes, values: Any, image: Any) -> None:
    """Write the numbers into the cells, if there are few enough to be read."""
    if values.size > 64:
        return
    for (row, column), value in np.ndenumerate(values):
        if math.isinf(value):
            ax.text(column, row, brief(value), ha="center", va="center", fontsize=8, color=INK)
        elif not math.isnan(value):
            red, green, blue, _ = image.cmap(image.norm(value))
            dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
            ax.text(column, row, brief(value), ha="center", va="center", fontsize=8,
                    color="white" if dark else INK)  # fmt: skip


@drawing()
def fans(
    daily: pd.DataFrame,
    labels: Mapping[str, str],
    name: str,
    platform: str,
    color: str,
    source: str = "",
) -> Figure:
    """Draw a metric day by day, median and bands over seeds: a panel for each point.

    Parameters
    ----------
    daily
        Days of the runs (`Store.daily`), of one platform.
    labels
        Run to the point it belongs to; points are drawn in order of first mention.
    """
    points = list(dict.fromkeys(labels.values()))[:_MOST_FANS]
    n_columns = min(len(points), 3)
    n_rows = math.ceil(len(points) / n_columns)
    figure = Figure(figsize=(4.6 * n_columns + 1, 3.1 * n_rows + 0.6), dpi=DPI,
                    layout="constrained")  # fmt: skip
    axes = figure.subplots(n_rows, n_columns, sharey=True, squeeze=False).ravel()
    for ax, point in zip(axes, points, strict=False):
        runs = [run for run, label in labels.items() if label == point]
        table = daily[daily["run"].isin(runs)].pivot_table(index="date", columns="run", values=name)
        fan(ax, table.index, table.to_numpy().T, color, platform)
        dress(ax, point, metric_of(name).unit)
        ax.margins(x=0)
    for ax in axes[len(points) :]:
        ax.set_axis_off()
    figure.suptitle(f"{_title_of(name)}, {platform}", x=0.01, ha="left", fontweight="bold")
    n_seeds = len(labels) // max(len(set(labels.values())), 1)
    bands = "median and 50, 80, 95 % bands" if n_seeds > 1 else "one run each"
    return _signed(figure, f"{source}; {n_seeds} seeds, {bands}" if source else "")


@drawing()
def tornado(
    effects: pd.DataFrame, name: str, platform: str, color: str, source: str = ""
) -> Figure:
    """Draw how far each parameter moves a metric between the ends of its range.

    Parameters
    ----------
    effects
        Index: parameter. Columns: ``low``, ``high`` (the metric at the ends), ``usual`` (in
        between), ``low_error``, ``high_error`` (half-widths of 95 % intervals; may be NaN).
    """
    reach = (effects["high"] - effects["low"]).abs()
    ordered = effects.loc[reach.sort_values().index]
    figure, ax = _figure(8, 0.45 * len(ordered) + 1.8)
    places = np.arange(len(ordered))
    usual = float(ordered["usual"].mean())
    for end, alpha in (("low", 0.35), ("high", 0.85)):
        ax.barh(places, ordered[end] - usual, left=usual, color=color, alpha=alpha, height=0.6,
                label=f"at the {end} end")  # fmt: skip
        errors = ordered[f"{end}_error"].to_numpy(float)
        ax.errorbar(ordered[end], places, xerr=np.nan_to_num(errors), fmt="none", ecolor=INK,
                    elinewidth=0.8, capsize=2)  # fmt: skip
    ax.axvline(usual, color=INK, lw=0.8)
    ax.set_yticks(places, [_short(path) for path in ordered.index])
    _number_axis(ax, "x", unit_of_total(name))
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    _title(ax, f"{_title_of(name)}, {platform}: reach of each parameter, 95 % intervals")
    return _signed(figure, source)


@drawing()
def morris_plane(indices: pd.DataFrame, name: str, color: str, source: str = "") -> Figure:
    """Draw Morris' screening: mean size of the elementary effects against their spread.

    Parameters
    ----------
    indices
        Index: factor. Columns ``mu_star``, ``mu_star_conf`` (95 %), ``sigma``.
    """
    figure, ax = _figure(7.5, 5.5)
    ax.errorbar(indices["mu_star"], indices["sigma"], xerr=indices["mu_star_conf"], fmt="o",
                color=color, ecolor=color, elinewidth=0.8, capsize=2, ms=5)  # fmt: skip
    most = float(indices["mu_star"].max())
    ax.plot([0, most], [0, most], color=PALE, lw=0.8, ls="--")
    ax.annotate("σ = μ*: effect hangs on the others", (most, most), fontsize=7, color=PALE,
                ha="right", va="bottom")  # fmt: skip
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    _number_axis(ax, "x", f"μ*: mean size of the effect, {unit_of_total(name)} over the range")
    _number_axis(ax, "y", f"σ: its spread, {unit_of_total(name)}")
    _title(ax, f"{_title_of(name)}: Morris' elementary effects, 95 % intervals")
    settle(_signed(figure, source))
    named = indices[indices["mu_star"] > _NAMED * most].nlargest(_MOST_NAMED, "mu_star")
    labels = [_short(str(factor)) for factor in named.index]
    label_points(ax, named["mu_star"].tolist(), named["sigma"].tolist(), labels, 8, INK)
    return figure


@drawing()
def sobol_bars(indices: pd.DataFrame, name: str, color: str, source: str = "") -> Figure:
    """Draw Sobol' indices, first order and total, with their 95 % intervals.

    Parameters
    ----------
    indices
        Index: factor. Columns ``S1``, ``S1_conf``, ``ST``, ``ST_conf``.
    """
    ordered = indices.sort_values("ST")
    figure, ax = _figure(8, 0.55 * len(ordered) + 1.8)
    places = np.arange(len(ordered))
    kinds = (("ST", -0.2, 0.35, "total: alone and with others"), ("S1", 0.2, 0.85, "alone"))
    for kind, shift, alpha, label in kinds:
        ax.barh(places + shift, ordered[kind], xerr=ordered[f"{kind}_conf"], height=0.36,
                color=color, alpha=alpha, label=label,
                error_kw={"ecolor": INK, "elinewidth": 0.8, "capsize": 2})  # fmt: skip
    ax.set_yticks(places, [_short(str(factor)) for factor in ordered.index])
    ax.axvline(0, color=INK, lw=0.6)
    ax.set_xlabel("share of the variance")
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.legend(fontsize=8, loc="lower right")
    _title(ax, f"{_title_of(name)}: Sobol' indices, 95 % intervals")
    return _signed(figure, source)


@drawing()
def parallel(
    frame: pd.DataFrame, parameters: Sequence[str], names: Sequence[str], platform: str,
    source: str = "",
) -> Figure:  # fmt: skip
    """Draw each run as a line across parameters and outcomes, colored by the last outcome.

    Each axis runs from its least to its largest value, which stand at its ends.
    """
    chosen = frame[frame["platform"] == platform]
    columns = [*parameters, *names]
    scaled = np.full((len(chosen), len(columns)), np.nan)
    figure, ax = _figure(1.7 * len(columns) + 2, 5)
    for i, column in enumerate(columns):
        numbers, low, high = _axis(chosen[column])
        scaled[:, i] = numbers
        ax.axvline(i, color=PALE, lw=0.8)
        for level, text, side in ((0, low, "top"), (1, high, "bottom")):
            ax.annotate(text, (i, level), xytext=(0, -3 if side == "top" else 3), fontsize=7,
                        textcoords="offset points", ha="center", va=side)  # fmt: skip
    shades = mpl.colormaps[ORDERED](np.nan_to_num(scaled[:, -1]))
    alpha = min(0.8, max(0.08, 40 / max(len(chosen), 1)))
    for line, shade in zip(scaled, shades, strict=True):
        ax.plot(range(len(columns)), line, color=shade, alpha=alpha, lw=1)
    labels = [_short(p) for p in parameters] + [
        f"{_title_of(n)}\n{unit_of_total(n)}" for n in names
    ]
    ax.set_xticks(range(len(columns)), labels, fontsize=8)
    ax.tick_params(axis="x", length=0, pad=14)
    ax.set_yticks([])
    ax.set_ylim(-0.02, 1.02)
    for spine in ax.spines.values():
        spine.set_visible(False)
    _title(ax, f"{platform}: a line for each of {len(chosen):,} runs, colored by {names[-1]}", 16)
    return _signed(figure, source)


def _axis(values: pd.Series[Any]) -> tuple[Any, str, str]:
    """Return values from 0 to 1, and what stands at the two ends."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        if np.isinf(values).any():  # as far from the next as any other: infinity has no place
            ranks, levels = pd.factorize(values.to_numpy(float), sort=True)
            scaled = np.where(ranks < 0, np.nan, ranks / max(len(levels) - 1, 1))
            return scaled, brief(levels[0]), brief(levels[-1])
        low, high = float(values.min()), float(values.max())
        span = high - low
        scaled = (values.to_numpy(float) - low) / span if span > 0 else np.full(len(values), 0.5)
        return scaled, brief(low), brief(high)
    codes, words = pd.factorize(values.astype(str), sort=True)
    return codes / max(len(words) - 1, 1), str(words[0]), str(words[-1])


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    return figure, figure.subplots()


def _signed(figure: Figure, source: str) -> Figure:
    if source:
        figure.supxlabel(f"Source: {source}", fontsize=7, color=PALE, x=0.01, ha="left")
    return figure


def _title(ax: Axes, text: str, above: float = 6) -> None:
    ax.set_title(text, loc="left", fontsize=10.5, fontweight="bold", pad=above)


def _number_axis(ax: Axes, which: str, label: str) -> None:
    """Give an axis its unit and numbers as people write them."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_label_text(label)
    axis.set_major_formatter(FuncFormatter(plain_number))
    ax.grid(axis=which, color=GRID, linewidth=0.8)  # type: ignore[arg-type]
    ax.set_axisbelow(True)


def _title_of(name: str) -> str:
    return name.replace("_", " ").removesuffix(" usd").capitalize()


def _short(path: str) -> str:
    """Return a path that fits beside an axis."""
    return path if len(path) <= _LONGEST_NAME else f"…{path[-_LONGEST_NAME:]}"


def _word(value: Any) -> str:
    return brief(value) if isinstance(value, float | int) else str(value)
