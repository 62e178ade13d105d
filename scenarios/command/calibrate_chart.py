"""The chart of ``clipmarket calibrate``: prior and fitted markets over what was published."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from scenarios import baseline
from scenarios.command.ratio_axis import dress_ratios, tell_lines, tell_source
from scenarios.fitting.measured import read_targets
from sim.report.style import GRID, PALE, drawing

#: Ends of the bands, and the middle.
BAND = (0.05, 0.5, 0.95)


@drawing()
def chart(fitted: pd.DataFrame) -> Figure:
    """Return prior and fitted markets over what was published, target by target."""
    rows = fitted.iloc[::-1].to_dict("records")
    figure = Figure(figsize=(9.0, 1.3 + 0.42 * len(rows)), layout="constrained")
    ax = figure.subplots()
    config = baseline.scenario().platforms
    owner = {one.id: one.platform for one in read_targets()}
    for place, row in enumerate(rows):
        middle = np.sqrt(row["low"] * row["high"])
        color = config[owner[row["target"]]].color
        ax.fill_betweenx([place - 0.4, place + 0.4], row["low"] / middle, row["high"] / middle,
                         color=GRID, linewidth=0)  # fmt: skip
        for what, up, shade, width in (
            ("prior", 0.22, PALE, 1.6), ("published", -0.12, color, 1.2),
            ("fitted", -0.12, color, 4.0),
        ):  # fmt: skip
            low, median, high = (max(row[f"{what}_{q}"], 1e-9) / middle for q in BAND)
            ax.plot([low, high], [place + up] * 2, color=shade, linewidth=width,
                    alpha=0.55 if width > 2 else 0.9, solid_capstyle="butt")  # fmt: skip
            if what != "published":
                ax.plot([median], [place + up], marker="o", markersize=3.5, color=shade)
    ax.plot([], [], color=PALE, linewidth=1.6, label="prior markets")
    for name in dict.fromkeys(owner[row["target"]] for row in reversed(rows)):
        ax.plot([], [], color=config[name].color, linewidth=4.0, alpha=0.55,
                label=f"fitted markets, {config[name].label}; thin: as published")  # fmt: skip
    ax.set_ylim(-0.8, len(rows) + 1.0)  # room for the legend above the first bar
    tell_lines(ax, "upper right")
    title = "Markets over what was published: median and 90 %"
    dress_ratios(ax, title, "market over published number")
    ax.set_yticks(range(len(rows)), [f"{row['name']} ({row['facts']})" for row in rows], fontsize=7)
    tell_source(
        figure,
        "Shaded: range of what was published. Source: clipmarket, scenarios/data/facts.csv.",
    )
    return figure
