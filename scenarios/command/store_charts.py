"""Which charts fit a store: by what was varied, and over how many seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from scenarios.command.console import OF_A_STORE
from sim.experiments import Store
from sim.experiments.effects import ends
from sim.experiments.store.frames import parameters_of
from sim.experiments.store.sealed import read_json
from sim.numbers import parameter
from sim.report import sweep_charts as charts
from sim.report.style import INK, sample, write_chart

#: Points that are drawn day by day, at most.
_MOST_POINTS = 6
#: Runs whose lines can still be told apart.
_MOST_LINES = 2_000


def draw(store: Store, frame: pd.DataFrame, metrics: list[str], platform: str | None) -> list[Path]:
    """Write the charts into the store's folder; return their files."""
    done = frame[frame["status"] == "done"]
    parameters = parameters_of(done, store.drawn_paths())
    if done.empty or not parameters:
        return []
    looks = _looks(store)
    source = (
        f"clipmarket, scenario {looks['name']}, {done['run'].nunique():,} runs, "
        f"{done['seed'].nunique()} seeds; {looks['size']}"
    )
    names = metrics or [OF_A_STORE[0], OF_A_STORE[-1]]
    written = []
    for one in [platform] if platform else sorted(done["platform"].unique()):
        color = looks["colors"].get(one, INK)
        figures: dict[str, Figure] = {}
        for name in names:
            figures |= _of_metric(store, done, parameters, name, one, color, source, looks["first"])
        if len(parameters) > 1 and done["run"].nunique() <= _MOST_LINES:
            shown = metrics or [name for name in OF_A_STORE if name in done]
            figures["parallel"] = charts.parallel(done, parameters, shown, one, source)
        for kind, figure in figures.items():
            path = store.folder / "charts" / f"{kind}-{one}.png"
            written.append(write_chart(figure, path, store.folder))
    return written


def _of_metric(
    store: Store,
    done: pd.DataFrame,
    parameters: list[str],
    name: str,
    platform: str,
    color: str,
    source: str,
    first: pd.Timestamp,
) -> dict[str, Figure]:
    figures = {}
    mine = done[done["platform"] == platform].sort_values(parameters)
    levels = {path: mine[path].nunique() for path in parameters}
    points = mine.groupby(parameters, sort=False, dropna=False).ngroup()
    is_grid = points.nunique() < len(mine) or all(n <= 12 for n in levels.values())
    if is_grid and sum(n > 1 for n in levels.values()) >= 2:
        y, x = sorted((p for p in parameters if levels[p] > 1), key=lambda p: levels[p])[-2:]
        figures[f"heat-{name}"] = charts.heat_map(mine, x, y, name, platform, source)
    if points.nunique() <= _MOST_POINTS:
        labels = {
            run: "\n".join(f"{p} = {parameter(v)}" for p, v in zip(parameters, row, strict=True))
            for run, *row in mine[["run", *parameters]].itertuples(index=False)
        }
        daily = store.daily([name], list(labels), platform)
        later = pd.to_datetime(daily["date"]) >= first
        daily = daily[later] if later.any() else daily
        figures[f"fan-{name}"] = charts.fans(daily, labels, name, platform, color, source)
    reach = ends(mine, parameters, name)
    if len(reach) > 0:
        figures[f"tornado-{name}"] = charts.tornado(reach, name, platform, color, source)
    return figures


def _looks(store: Store) -> dict[str, Any]:
    """Return name, colors, size and first day on charts of the scenario of a store."""
    base = read_json(store.folder / "store.json")["base"]
    market = base["market"]
    weight = market["n_people"] / market["n_users"]
    return {
        "name": base["name"],
        "colors": {name: block["color"] for name, block in base["platforms"].items()},
        "first": pd.Timestamp(market["report_from"] or market["start"]),
        "size": sample(market["n_users"], weight),
    }
