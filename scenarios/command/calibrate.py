"""``clipmarket calibrate``: fit all assumptions together to what was published."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.command import values
from scenarios.command.chosen import checked_folder
from scenarios.command.executor import executor_of
from scenarios.command.interrupts import resumable
from scenarios.command.options import AsOf, Cluster, Out, Quiet, Seed, Users, Workers

if TYPE_CHECKING:
    from scenarios.fitting.members import Tell

#: Members of an ensemble and users of a market: of a whole fit, and of a quick one.
MEMBERS, USERS = 500, 20_000
QUICK_MEMBERS, QUICK_USERS = 100, 5_000
MOST_MEMBERS = 100_000
#: Seconds between lines of progress where there is no terminal.
_EVERY_SECONDS = 30.0
POSTERIOR, DRAWS, READINGS = "posterior.parquet", "draws.parquet", "readings.csv"
PAGE = "page.html"


def calibrate(
    as_of: AsOf[dt.date | None] = None,
    vintage: Annotated[
        str,
        typer.Option(
            "--vintage",
            metavar="NAME",
            help="Version of the record where numbers contradict each other: first, panel, "
            "first+panel, ...; else the default of each matter.",
        ),
    ] = "",
    structure: Annotated[
        str,
        typer.Option(
            "--structure",
            metavar="NAME",
            help="market, no_network, no_forces, no_ and the name of a force, or twin.",
        ),
    ] = "market",
    members: Annotated[
        int | None,
        typer.Option(
            "--members",
            metavar="N",
            parser=values.whole,
            help="Markets of an ensemble, else 500; there are five ensembles.",
        ),
    ] = None,
    users: Users[int | None] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="100 members of 5,000 users, to try it out.")
    ] = False,
    seed: Seed[int] = 1,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out[Path | None] = None,
    quiet: Quiet = False,
) -> None:
    """Fit all assumptions together to what was published; goes on where it was stopped."""
    from scenarios import baseline
    from scenarios.command import calibrate_page as page
    from scenarios.command.console import print_sheets
    from scenarios.command.screen import make_console
    from scenarios.fitting.calibration import LAST_KNOWN, HeldTo
    from scenarios.fitting.fits import Fits
    from scenarios.fitting.posterior import write_posterior
    from scenarios.fitting.predicted import forecast_draws
    from scenarios.fitting.rivals import FITTED
    from scenarios.forecasting.forecast_files import write_draws
    from scenarios.inputs.assumptions import load_inputs
    from scenarios.inputs.sizing import check_size, sized
    from sim.checks import chosen, in_range
    from sim.experiments.work.executors import opened
    from sim.files import write_text_aside

    many, large = (QUICK_MEMBERS, QUICK_USERS) if quick else (MEMBERS, USERS)
    n_members = int(in_range("members", many if members is None else members, 20, MOST_MEMBERS))
    n_users = large if users is None else users
    held = HeldTo(as_of or LAST_KNOWN, vintage)
    held.observations(load_inputs())
    check_size(sized(baseline.scenario(), n_users, seed))
    chosen("structure", structure, dict.fromkeys(FITTED))
    name = "-".join(part for part in (structure, vintage, str(held.as_of)) if part)
    folder = checked_folder(out or Path("out/calibration") / name)
    with (
        resumable(lambda: f"; what was run is kept in {folder}"),
        executor_of(workers, cluster) as given,
        opened(given) as executor,
        progress(quiet) as tell,
    ):
        fits = Fits(executor, folder / "runs", n_members, n_users, seed, tell)
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


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[Tell]:
    """Yield what is told of progress: a bar on a terminal, else a line now and then."""
    from rich.console import Console

    from scenarios.command.console import counting

    console = Console(stderr=True)
    if quiet:
        yield lambda what, done, total: None
        return
    if not console.is_terminal:
        yield _lines()
        return
    with counting(console, "markets") as bar:
        task = bar.add_task("preparing", total=None)
        yield lambda what, done, total: bar.update(
            task, description=what, completed=done, total=total
        )


def _lines() -> Tell:
    """Return what writes a line at most every half minute, with the time that an ensemble needs."""
    begun: dict[str, float] = {}
    last = -_EVERY_SECONDS

    def tell(what: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        first = begun.setdefault(what, now)
        if done < total and now - last < _EVERY_SECONDS:
            return
        last = now
        left = f", {(now - first) / done * (total - done):.0f} s left" if 0 < done < total else ""
        typer.echo(f"{what}: {done} of {total} markets{left}", err=True)

    return tell
