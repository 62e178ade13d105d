"""``clipmarket recover``: does the fit find what is true, and hold it as often as it says?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from scenarios.command import values
from scenarios.command.calibrate import PAGE, FitStructure, Quick, fit_name
from scenarios.command.chosen import checked_folder
from scenarios.command.fitting_options import FitMembers, OfVintage, opened_fits
from scenarios.command.options import (
    AsOf,
    Cluster,
    Out,
    Quiet,
    Seed,
    Users,
    Workers,
)

#: Truths, members of an ensemble, users of a market: of a whole study, and of a quick one.
TRUTHS, MEMBERS, USERS = 20, 200, 10_000
QUICK = (3, 40, 2_000)
_MOST_TRUTHS = 10_000
RECOVERY, FORECASTS, COVERAGE = "recovery.csv", "forecasts.csv", "coverage.csv"


def recover(
    truths: Annotated[
        int | None,
        typer.Option(
            "--truths", metavar="N", parser=values.whole,
            help="Known markets to find again, else 20; each costs four ensembles.",
        ),
    ] = None,
    members: FitMembers[int | None] = None,
    users: Users[int | None] = None,
    as_of: AsOf[dt.date | None] = None,
    vintage: OfVintage = "",
    structure: FitStructure = "market",
    quick: Quick = False,
    seed: Seed[int] = 1,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out[Path | None] = None,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Fit markets whose assumptions are known; goes on where it was stopped."""
    from scenarios.command import recover_page as page
    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console
    from scenarios.fitting.calibration import LAST_KNOWN, HeldTo
    from scenarios.fitting.coverage import coverage, forecast_rows, recovery_rows
    from scenarios.fitting.recovery import recover as recovered
    from scenarios.fitting.rivals import FITTED
    from scenarios.inputs.assumptions import load_inputs
    from sim.checks import chosen, in_range
    from sim.files import write_text_aside

    usual = QUICK if quick else (TRUTHS, MEMBERS, USERS)
    wanted, many, large = (
        own if given is None else given
        for own, given in zip(usual, (truths, members, users), strict=True)
    )
    n_truths = int(in_range("truths", wanted, 1, _MOST_TRUTHS))
    chosen("structure", structure, dict.fromkeys(FITTED))
    held = HeldTo(as_of or LAST_KNOWN, vintage)
    observed = held.observations(load_inputs())
    name = fit_name(structure, held)
    folder = checked_folder(out or Path("out/recovery") / name)
    with opened_fits(many, large, seed, folder / "runs", workers, cluster, quiet) as fits:
        members_of = fits.members_of(structure)
        found = list(recovered(members_of, observed, n_truths, many, seed, fits.tell))
    rows, later = recovery_rows(found), forecast_rows(found, held.as_of)
    table = coverage(rows, later)
    for file, frame in ((RECOVERY, rows), (FORECASTS, later), (COVERAGE, table)):
        write_text_aside(folder / file, frame.to_csv(index=False))
    sheets = page.sheets(rows, later, table)
    about = {"fit": name, "truths": n_truths, "members": many, "users": large, "seed": seed}
    page.page(rows, later, table, sheets, about).write(folder / PAGE)
    if quiet:
        return
    print_sheets(make_console(), sheets)
    typer.echo(f"Written to {folder}: {RECOVERY}, {FORECASTS}, {COVERAGE}, {PAGE}")
