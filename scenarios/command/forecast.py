"""``clipmarket forecast``: what all structures and simple lines say of months to come, locked."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.command import values
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
from scenarios.command.options import AsOf, Cluster, Quiet, Seed, Users, Workers

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.command.tables import Sheet
    from scenarios.fitting.calibration import HeldTo
    from scenarios.fitting.fits import Fits


def forecast(
    as_of: AsOf[dt.date | None] = None,
    made_on: Annotated[
        dt.date | None,
        typer.Option(
            "--made-on", metavar="YYYY-MM-DD", parser=values.date,
            help="Day on which it is made, else today; to change a forecast takes a later day.",
        ),
    ] = None,
    members: FitMembers[int] = MEMBERS,
    users: Users[int] = USERS,
    vintage: OfVintage = "",
    seed: Seed[int] = 1,
    runs: FitRuns = RUNS,
    workers: Workers = None,
    cluster: Cluster = None,
    root: Annotated[
        Path | None,
        typer.Option(
            "--root", metavar="DIR", parser=values.folder,
            help="Where forecasts lie, a folder a day, else scenarios/forecasts.",
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Forecast by every structure, their mixture and the simple lines; write it once, locked."""
    import pandas as pd

    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console
    from scenarios.fitting.calibration import LAST_KNOWN, HeldTo
    from scenarios.fitting.rolling import ENSEMBLE
    from scenarios.forecasting.forecast_files import FORECASTS, write_forecast
    from scenarios.inputs.assumptions import load_inputs
    from scenarios.inputs.target_file import TARGETS_FILE
    from sim.files import file_digest

    held = HeldTo(as_of or LAST_KNOWN, vintage)
    inputs = load_inputs()
    held.observations(inputs)
    folder = checked_folder(root or FORECASTS, "--root")
    with opened_fits(members, users, seed, runs, workers, cluster, quiet) as fits:
        draws, digest = predicted(fits, held)
    hashes = {
        "facts": inputs.facts.sha256, "targets": file_digest(TARGETS_FILE), "posterior": digest,
    }  # fmt: skip
    written = write_forecast(folder, draws, held.as_of, hashes, made_on)
    if quiet:
        return
    table = draws[draws["model"] == ENSEMBLE]
    print_sheets(make_console(), [_sheet(table, held.as_of)])
    typer.echo(f"{pd.unique(draws['model']).size} models written to {written}")


def predicted(fits: Fits, held: HeldTo) -> tuple[pd.DataFrame, str]:
    """Return the tidy draws of all models, and a hash of the posteriors they are from."""
    import hashlib

    import numpy as np
    import pandas as pd

    from scenarios.fitting.predicted import forecast_draws
    from scenarios.fitting.rivals import FITTED
    from scenarios.fitting.rolling import mixed_draws, rolling, weights
    from scenarios.forecasting.simple_lines import simple_lines

    weight = weights(rolling(fits, FITTED, held.vintage, held.as_of), FITTED)
    frames: dict[str, pd.DataFrame] = {}
    digest = hashlib.sha256(repr(sorted(weight.items())).encode())
    for one in FITTED:
        found = fits.of(one, held)
        frames[one] = forecast_draws(found, one, held.as_of)
        digest.update(np.ascontiguousarray(found.values).tobytes())
    last = max(frames[FITTED[0]]["date_end"])
    lines = simple_lines(held.as_of, last)
    every = [mixed_draws(frames, weight), *frames.values(), lines]
    return pd.concat(every, ignore_index=True), digest.hexdigest()


def _sheet(draws: pd.DataFrame, as_of: dt.date) -> Sheet:
    """Return the table of the mixture: median and 80 % of each number."""
    import numpy as np

    from scenarios.command.backtest_chart import metric_words, platform_words
    from scenarios.command.tables import Cell, Heading, Sheet
    from sim.numbers import brief

    rows = []
    for (platform, metric, unit), mine in draws.groupby(["platform", "metric", "unit"], sort=False):
        cells = []
        for _, part in mine.groupby("date_start"):
            low, middle, high = np.quantile(part["value"], [0.1, 0.5, 0.9])
            cells.append(Cell(brief(middle, 2), f"({brief(low, 2)} – {brief(high, 2)})"))
        label = Cell(platform_words(str(platform)))
        rows.append([label, Cell(metric_words(metric)), Cell(str(unit)), *cells])
    dates = sorted(draws["date_start"].unique())
    columns = [
        Heading("platform", is_number=False), Heading("what", is_number=False),
        Heading("unit", is_number=False), *(Heading(f"{day:%b %Y}") for day in dates),
    ]  # fmt: skip
    note = "Median (80 % of draws) of the mixture of all structures, by their weight."
    return Sheet(f"Forecast as of {as_of}", columns, rows, note)
