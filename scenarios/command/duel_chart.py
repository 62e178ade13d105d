"""The chart of ``clipmarket duel``: both sides' payoffs, cell by cell, the best answers framed."""

from __future__ import annotations

import textwrap
import warnings
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from scenarios.command.ratio_axis import tell_source
from scenarios.dueling.duels import ENDS_TOLD, Payoff, Played
from scenarios.dueling.equilibria import pure_cells
from scenarios.dueling.games import COLS, ROWS, are_best
from sim.formulas import Array
from sim.numbers import NONE, brief
from sim.report.style import INK, PALE, drawing

#: The color of a platform stands for so many times the range: what is most is a little lighter.
_DEEPEST = 1.15
#: Letters of a column's head on one line.
_HEAD_WIDTH = 13
#: Weights of red, green and blue in how bright a color looks (Rec. 709); below half of it, letters
#: are white.
_BRIGHT, _HALF = np.array([0.2126, 0.7152, 0.0722]), 0.55


@drawing()
def chart(played: Played, payoff: Payoff) -> Figure:
    """Return the payoffs of both sides, one below the other, moves in words on both sides."""
    duel = played.duel
    terms = duel.scenario().platforms
    n_rows = len(duel.moves_a)
    width = 2.0 + 1.15 * len(duel.moves_b)
    figure = Figure(figsize=(max(width, 6.0), 2 * (1.25 + 0.54 * n_rows)), layout="constrained")
    unit = "%" if payoff.unit == "share" else payoff.unit
    stable = _equilibria(played, payoff)
    for side, ax in enumerate(figure.subplots(2, 1, squeeze=False)[:, 0]):
        one, other = (terms[duel.platforms[k]] for k in (side, 1 - side))
        where = "column" if side == ROWS else "row"
        title = (
            f"{payoff.text[:1].upper()}{payoff.text[1:]} [{unit}]: {one.label}. "
            f"Framed: {one.owner}'s best answer to each {where}"
        )
        _panel(ax, played.of(payoff, side), side, one.color, payoff, stable)
        ax.set_title(title, loc="left", fontweight="bold", fontsize=10.5)
        colors = (one.color, other.color) if side == ROWS else (other.color, one.color)
        _name(ax, played, colors)
    owners = [terms[one].owner for one in duel.platforms]
    tell_source(
        figure,
        f"Rows: {owners[0]}'s moves; columns: {owners[1]}'s. Mean, and the band of 90 % of "
        f"{duel.n_draws} draws; darker is more. Source: clipmarket, {duel.n_users:,} users a run.",
    )
    return figure


def _equilibria(played: Played, payoff: Payoff) -> Array | None:
    """Return where both moves are best answers, if both sides want this payoff."""
    if not payoff.is_goal:
        return None
    return np.asarray(pure_cells(played.game([payoff, payoff]).payoffs.mean(axis=1)))


def _panel(
    ax: Axes, values: Array, side: int, color: str, payoff: Payoff, stable: Array | None
) -> None:
    """Draw one side's payoffs."""
    with warnings.catch_warnings():
        # Where no draw has a value there is no mean: the cell says so.
        warnings.simplefilter("ignore", RuntimeWarning)
        means = np.nanmean(values, axis=0)
        low, _, high = np.nanquantile(values, ENDS_TOLD, axis=0)
    known = np.where(np.isfinite(means), means, -np.inf)
    best = are_best(known) if side == ROWS else are_best(known.T).T
    span = np.nanmax(means) - np.nanmin(means) if np.isfinite(means).any() else 0.0
    shade = (means - np.nanmin(means)) / span if span > 0.0 else np.zeros(means.shape)
    colors = LinearSegmentedColormap.from_list("side", ["#ffffff", color])
    shade = np.where(np.isfinite(means), shade, 0.0)
    ax.imshow(shade, cmap=colors, vmin=0.0, vmax=_DEEPEST, aspect="auto")
    for i, j in np.ndindex(*means.shape):
        is_best = bool(best[i, j]) and np.isfinite(means[i, j])
        ink = "white" if _BRIGHT @ colors(shade[i, j] / _DEEPEST)[:3] < _HALF else INK
        ends = f"{_brief(low[i, j], payoff)} to {_brief(high[i, j], payoff)}"
        lines = [ends] if np.isfinite(means[i, j]) else []
        if stable is not None and stable[i, j]:
            lines.append("equilibrium")
        ax.text(j, i - 0.18, _brief(means[i, j], payoff), ha="center", va="center", color=ink,
                fontsize=9, fontweight="bold" if is_best else "normal")  # fmt: skip
        ax.text(j, i + 0.03, "\n".join(lines), ha="center", va="top", color=ink, fontsize=5.8,
                linespacing=1.1)  # fmt: skip
        if is_best:
            ax.add_patch(Rectangle((j - 0.47, i - 0.46), 0.94, 0.92, fill=False, edgecolor=INK,
                                   linewidth=1.8))  # fmt: skip


def _brief(value: float, payoff: Payoff) -> str:
    if not np.isfinite(value):
        return NONE
    return f"{100.0 * value:.1f}" if payoff.unit == "share" else brief(value)


def _name(ax: Axes, played: Played, colors: tuple[Any, Any]) -> None:
    """Write the moves of both sides in words, each in its platform's color."""
    duel = played.duel
    rows = [one.label for one in duel.moves_a]
    columns = [textwrap.fill(one.label, _HEAD_WIDTH) for one in duel.moves_b]
    ax.set_yticks(range(len(rows)), rows, fontsize=8.5, color=colors[ROWS])
    ax.set_xticks(range(len(columns)), columns, fontsize=8, color=colors[COLS])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="minor", length=0)
    for spine in ax.spines.values():
        spine.set_color(PALE)
        spine.set_visible(False)
