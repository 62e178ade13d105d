"""``clipmarket calibrate``: fit all assumptions together to what was published."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.command.chosen import checked_folder
from scenarios.command.fitting_options import FitMembers, OfVintage, opened_fits
from scenarios.command.options import AsOf, Cluster, Out, Quiet, Seed, Users, Workers

if TYPE_CHECKING:
    from scenarios.fitting.calibration import HeldTo

#: Members of an ensemble and users of a market: of a whole fit, and of a quick one.
MEMBERS, USERS = 500, 20_000
QUICK_MEMBERS, QUICK_USERS = 100, 5_000
POSTERIOR, DRAWS, READINGS = "posterior.parquet", "draws.parquet", "readings.csv"
PAGE = "page.html"

FitStructure = Annotated[
    str,
    typer.Option(
        "--structure", metavar="NAME",
        help="market, no_network, no_forces, no_ and the name of a force, or twin.",
    ),
]  # fmt: skip
Quick = Annotated[bool, typer.Option("--quick", help="Few members of few users, to try it out.")]


def fit_name(structure: str, held: HeldTo) -> str:
    """Return what a fit is called: structure, version of the record, day."""
    return "-".join(part for part in (structure, held.vintage, str(held.as_of)) if part)


def calibrate(
    as_of: AsOf[dt.date | None] = None,
    vintage: OfVintage = "",
    structure: FitStructure = "market",
    members: FitMembers[int | None] = None,
    users: Users[int | None] = None,
    quick: Quick = False,
    seed: Seed[int] = 1,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out[Path | None] = None,
    quiet: Quiet = False,
) -> None:
    """Fit all assumptions together to what was published; goes on where it was stopped."""
    from scenarios.command import calibrate_page as page
    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console
    from scenarios.fitting.calibration import LAST_KNOWN, HeldTo
    from scenarios.fitting.posterior import write_posterior
    from scenarios.fitting.predicted import forecast_draws
    from scenarios.fitting.rivals import FITTED
    from scenarios.forecasting.forecast_files import write_draws
    from scenarios.inputs.assumptions import load_inputs
    from sim.checks import chosen
    from sim.files import write_text_aside

    many, large = (QUICK_MEMBERS, QUICK_USERS) if quick else (MEMBERS, USERS)
    n_members = many if members is None else members
    n_users = large if users is None else users
    held = HeldTo(as_of or LAST_KNOWN, vintage)
    held.observations(load_inputs())
    chosen("structure", structure, dict.fromkeys(FITTED))
    name = fit_name(structure, held)
    folder = checked_folder(out or Path("out/calibration") / name)
    with opened_fits(n_members, n_users, seed, folder / "runs", workers, cluster, quiet) as fits:
        found = fits.of(structure, held)
        central = fits.central(found, structure, held)
    write_posterior(folder / POSTERIOR, fits.posterior(found, structure, held, central))
    write_draws(folder / DRAWS, forecast_draws(found, structure, held.as_of))
    table = page.readings(found)
    sheets = page.sheets(found, table)
    write_text_aside(folder / READINGS, table.to_csv(index=False))
    page.page(found, table, sheets, name).write(folder / PAGE)
    if quiet:
        return
    print_sheets(make_console(), sheets)
    typer.echo(f"Written to {folder}: {POSTERIOR}, {DRAWS}, {READINGS}, {PAGE}")
