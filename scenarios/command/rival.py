"""``clipmarket rivals``: which structure of the model fits, which forecasts, and by how much."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scenarios.command.chosen import checked_folder
from scenarios.command.fitting_options import (
    MEMBERS,
    RUNS,
    USERS,
    FitMembers,
    FitRuns,
    OfVintage,
    opened_fits,
)
from scenarios.command.options import Cluster, Out, Quiet, Seed, Users, Workers

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.fitting.fits import Fits

SCORES, TABLE, PAGE = "scores.csv", "rivals.csv", "page.html"


def rivals(
    members: FitMembers[int] = MEMBERS,
    users: Users[int] = USERS,
    vintage: OfVintage = "",
    seed: Seed[int] = 1,
    runs: FitRuns = RUNS,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out[Path] = Path("out/rivals"),
    quiet: Quiet = False,
) -> None:
    """Fit every structure of the model, score its forecasts beside the simple lines, weigh it."""
    from scenarios.command.console import print_sheets
    from scenarios.command.rivals_page import page, sheet
    from scenarios.command.screen import make_console
    from scenarios.fitting.calibration import LAST_KNOWN, HeldTo
    from scenarios.inputs.assumptions import load_inputs
    from sim.files import write_text_aside

    folder = checked_folder(out)
    HeldTo(LAST_KNOWN, vintage).observations(load_inputs())
    with opened_fits(members, users, seed, runs, workers, cluster, quiet) as fits:
        scores, table = compared(fits, vintage)
    for name, frame in ((SCORES, scores), (TABLE, table)):
        write_text_aside(folder / name, frame.to_csv(index=False))
    about = {"members": members, "users": users, "seed": seed, "vintage": vintage}
    page(table, scores, about).write(folder / PAGE)
    if quiet:
        return
    print_sheets(make_console(), [sheet(table)])
    typer.echo(f"Written to {folder}: {SCORES}, {TABLE}, {PAGE}")


def compared(fits: Fits, vintage: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rolling scores, and a row for each structure and simple line.

    The row: ``model``, ``is_line``, ``off`` (how far the middle of fitted readings is from what was
    published, mean of absolute logs), ``inside`` (part of the published numbers within the 90 %
    band of what may be published), ``crps`` (mean of logs, over all numbers that were forecast),
    ``to_best_line``, ``inside_80``, ``n``, ``nats``, ``weight``.
    """
    import pandas as pd

    from scenarios.command.calibrate_page import fit_quality
    from scenarios.fitting.calibration import LAST_KNOWN, HeldTo
    from scenarios.fitting.rivals import FITTED
    from scenarios.fitting.rolling import evidence, rolling, weights
    from scenarios.forecasting.backtesting import by_model

    scores = rolling(fits, FITTED, vintage)
    counted = scores[scores["is_counted"]]
    means = by_model(counted).set_index("model")
    nats, weight = evidence(scores), weights(scores, FITTED)
    rows = []
    for name, row in means.iterrows():
        fitted = name in FITTED
        off, inside = (
            fit_quality(fits.of(str(name), HeldTo(LAST_KNOWN, vintage)))
            if fitted
            else (float("nan"), float("nan"))
        )
        rows.append({
            "model": name, "is_line": not fitted, "off": off, "inside": inside,
            "crps": row["crps_log"], "to_best_line": row["to_best_line"],
            "inside_80": row["inside_80"], "n": row["n"], "nats": nats[str(name)],
            "weight": weight.get(str(name), float("nan")),
        })  # fmt: skip
    return scores, pd.DataFrame(rows).sort_values("crps", ignore_index=True)
