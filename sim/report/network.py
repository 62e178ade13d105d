"""Pictures of the friend graph for people who would rather look: spread, cascades, makers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, PercentFormatter

from sim.concentration import concentration
from sim.counts import CAUSES, STATUSES
from sim.report.bands import WIDTH, finish
from sim.report.style import DPI, GRID, INK, PALE, drawing, source_line

if TYPE_CHECKING:
    from sim.graph import Graph
    from sim.market import Market

#: People drawn, and the seed of their places on the paper.
SAMPLE, LAYOUT_SEED = 260, 4
#: Causes that need a friend who was there before.
_FRIENDS = tuple(CAUSES.index(cause) for cause in ("friend", "invite"))
#: Parts of the users whose share is written beside the curve.
_TOPS = (0.01, 0.1, 0.25)
_LOOK = {
    "unaware": ("#e3e3e3", 9.0), "aware": ("#c9b458", 12.0), "waiting": ("#e08214", 16.0),
    "active": ("", 26.0), "lost": ("#8a8a8a", 14.0),
}  # fmt: skip


def neighborhood(graph: Graph, n: int = SAMPLE, start: int = 0) -> npt.NDArray[np.int64]:
    """Return the rows found first when walking outwards from a person, friends in order.

    The whole graph cannot be seen; a neighborhood can.
    """
    found, queue = {start: None}, [start]
    for row in queue:
        for friend in graph.indices[graph.indptr[row] : graph.indptr[row + 1]]:
            if len(found) >= n:
                return np.array(sorted(found))
            if int(friend) not in found:
                found[int(friend)] = None
                queue.append(int(friend))
    return np.array(sorted(found))


def spread(market: Market, platform: str, dates: Sequence[str], rows: npt.ArrayLike) -> Figure:
    """Run a market on and draw a neighborhood on each date; the dates lie ahead, in order.

    Returns
    -------
    Figure
        A panel per date; color is what a person is to the platform that night.
    """
    import networkx as nx

    chosen = np.asarray(rows)
    drawn = nx.Graph()
    drawn.add_nodes_from(int(row) for row in chosen)
    inside = set(chosen.tolist())
    for row in chosen:
        friends = market.graph.indices[market.graph.indptr[row] : market.graph.indptr[row + 1]]
        drawn.add_edges_from((int(row), int(f)) for f in friends if int(f) in inside)
    places = nx.spring_layout(drawn, seed=LAYOUT_SEED, k=1.6 / np.sqrt(len(chosen)))
    config = market.scenario_config.platforms[platform]
    p = list(market.platforms).index(platform)
    xy = np.array([places[int(row)] for row in chosen])
    with drawing():
        figure = Figure(figsize=(WIDTH, 6.9), dpi=DPI, layout="constrained")
        axes = figure.subplots(2, 2).ravel()
        for ax, date in zip(axes, dates, strict=True):
            market.run(date)
            status = market.users.columns["status"][p][chosen]  # type: ignore[attr-defined]
            _one_night(ax, drawn, places, xy, status, config.color)
            active = float((status == STATUSES.index("active")).mean())
            ax.set_title(f"{date}: {active:.0%} active", loc="left", fontsize=9.5)
        axes[2].legend(loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=3, fontsize=8)
        title = f"{config.label} among {len(chosen)} people who know each other"
        return finish(figure, title, source_line(market.results))


def _one_night(ax: Any, drawn: Any, places: Any, xy: Any, status: Any, color: str) -> None:
    from matplotlib.collections import LineCollection

    edges = [(places[a], places[b]) for a, b in drawn.edges]
    ax.add_collection(LineCollection(edges, colors=GRID, linewidths=0.25, zorder=0))
    for code, name in enumerate(STATUSES):
        shade, size = _LOOK[name]
        here = status == code
        ax.scatter(*xy[here].T, s=size, c=shade or color, label=name, lw=0.3, edgecolors="white")
    ax.set_xlim(xy[:, 0].min() - 0.05, xy[:, 0].max() + 0.05)
    ax.set_ylim(xy[:, 1].min() - 0.05, xy[:, 1].max() + 0.05)
    ax.set_axis_off()


def cascades(market: Market, platform: str) -> npt.NDArray[np.int64]:
    """Return the sizes of cascades: people linked by who brought whom, the first one included.

    Somebody whom a friend's clip or invite brought is put below the friend who started last
    before; the run itself does not record which of several friends it was. Whoever came by any
    other cause begins a cascade.
    """
    columns = market.users.columns  # type: ignore[attr-defined]
    p = list(market.platforms).index(platform)
    started, cause = columns["day_activated"][p], columns["cause"][p]
    indptr, indices = market.graph.indptr, market.graph.indices
    people = np.flatnonzero(started >= 0)
    root = np.arange(len(started))
    for row in people[np.argsort(started[people], kind="stable")]:
        if cause[row] not in _FRIENDS:
            continue
        friends = indices[indptr[row] : indptr[row + 1]]
        before = friends[(started[friends] >= 0) & (started[friends] < started[row])]
        if before.size:
            root[row] = root[before[np.argmax(started[before])]]
    return np.bincount(root[people], minlength=1)[np.unique(root[people])]


def draw_cascades(market: Market, platform: str) -> Figure:
    """Draw how many cascades reach a size or more."""
    sizes = np.sort(cascades(market, platform))
    config = market.scenario_config.platforms[platform]
    with drawing():
        figure = Figure(figsize=(WIDTH, 3.4), dpi=DPI, layout="constrained")
        ax = figure.subplots()
        size, first = np.unique(sizes, return_index=True)
        ax.semilogy(size, 1.0 - first / len(sizes), "o", ms=4, color=config.color)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda part, _: f"{100.0 * part:g} %"))
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.set_xlabel("people in the cascade, in agents")
        ax.set_ylabel("cascades of this size or more")
        ax.grid(color=GRID, lw=0.8)
        alone = float((sizes == 1).mean())
        title = f"{config.label}: {alone:.0%} bring nobody, the largest cascade is {sizes[-1]}"
        return finish(figure, title, source_line(market.results))


def lorenz(market: Market, platform: str) -> Figure:
    """Draw which part of the clips the most productive made, and of the views the keenest saw.

    Over all users who ever started; views where any are counted (``views_per_visit``).
    """
    columns = market.users.columns  # type: ignore[attr-defined]
    p = list(market.platforms).index(platform)
    started = columns["day_activated"][p] >= 0
    config = market.scenario_config.platforms[platform]
    shown = [("clips", "made", columns["clips_total"][p][started], "-", (-6, 2), "right")]
    if columns["views_total"][p].any():
        watched = columns["views_total"][p][started]
        shown.append(("views", "watched", watched, "--", (8, -12), "left"))
    with drawing():
        figure = Figure(figsize=(WIDTH, 3.6), dpi=DPI, layout="constrained")
        ax = figure.subplots()
        for what, verb, values, dashes, offset, side in shown:
            ordered = np.sort(values)
            part = np.r_[0.0, np.cumsum(ordered) / max(ordered.sum(), 1)]
            people = np.linspace(0.0, 1.0, len(part))
            ax.plot(people, part, color=config.color, lw=1.8, ls=dashes, label=f"{what} {verb}")
            for top in _TOPS:
                share = concentration(values, top)
                text = f"top {top:.0%}: {share:.0%} of {what}"
                ax.plot([1 - top], [1 - share], "o", ms=4, color=INK)
                ax.annotate(text, (1 - top, 1 - share), xytext=offset,
                            textcoords="offset points", ha=side, fontsize=8,
                            annotation_clip=False)  # fmt: skip
        ax.plot([0, 1], [0, 1], color=PALE, lw=0.8, ls=":", label="all alike")
        ax.legend(loc="upper left", fontsize=8)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_xlabel("users, from the fewest to the most")
        ax.set_ylabel("their part of the whole")
        ax.grid(color=GRID, lw=0.8)
        title = f"{config.label}: who makes the clips"
        title += " and who watches" if len(shown) > 1 else ""
        return finish(figure, title, source_line(market.results))
