"""``clipmarket recover``: does the fit find what is true, and hold it as often as it says?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from scenarios.command import values
from scenarios.command.calibrate import (
    PAGE,
    asked_day,
    asked_fit,
    asked_members,
    fit_name,
    progress,
    runs_of,
)
from scenarios.command.chosen import checked_folder
from scenarios.command.executor import executor_of
from scenarios.command.interrupts import resumable
from scenarios.command.options import (
    AsOf,
    Cluster,
    Members,
    Out,
    Quick,
    Quiet,
    RivalStructure,
    Seed,
    Users,
    Vintage,
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
    members: Members = None,
    users: Users[int | None] = None,
    as_of: AsOf[dt.date | None] = None,
    vintage: Vintage = "",
    structure: RivalStructure = "market",
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
    from scenarios.fitting.coverage import coverage, forecast_rows, recovery_rows
    from scenarios.fitting.recovery import recover as recovered
    from sim.checks import in_range
    from sim.experiments.work.executors import opened
    from sim.files import write_text_aside

    usual = QUICK if quick else (TRUTHS, MEMBERS, USERS)
    wanted, many, large = (
        own if given is None else given
        for own, given in zip(usual, (truths, members, users), strict=True)
    )
    n_truths = int(in_range("truths", wanted, 1, _MOST_TRUTHS))
    day, n_members = asked_day(as_of), asked_members(many)
    setting, held = asked_fit(structure, vintage, day, large, seed)
    name = fit_name(structure, vintage, day)
    folder = checked_folder(out or Path("out/recovery") / name)
    with (
        resumable(lambda: f"; what was run is kept in {folder}"),
        executor_of(workers, cluster) as given,
        opened(given) as executor,
        progress(quiet) as tell,
    ):
        runs = runs_of(setting, executor, folder)
        found = list(recovered(runs, held, n_truths, n_members, seed, tell))
    rows, later = recovery_rows(found), forecast_rows(found, day)
    table = coverage(rows, later)
    for file, frame in ((RECOVERY, rows), (FORECASTS, later), (COVERAGE, table)):
        write_text_aside(folder / file, frame.to_csv(index=False))
    sheets = page.sheets(rows, later, table)
    about = {"fit": name, "truths": n_truths, "members": n_members, "users": large, "seed": seed}
    page.page(rows, later, table, sheets, about).write(folder / PAGE)
    if quiet:
        return
    print_sheets(make_console(), sheets)
    typer.echo(f"Written to {folder}: {RECOVERY}, {FORECASTS}, {COVERAGE}, {PAGE}")
