"""``clipmarket calibrate``: fit all assumptions together to what was published."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer

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

if TYPE_CHECKING:
    from scenarios.fitting.calibration import Fit
    from scenarios.fitting.members import FitSetting, MembersOf, Tell
    from scenarios.fitting.observation import Observations

#: Last day of which anything published may enter a fit.
LAST_KNOWN = dt.date(2025, 12, 31)
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
    vintage: Vintage = "",
    structure: RivalStructure = "market",
    members: Members = None,
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
    from scenarios.fitting.predicted import forecast_draws
    from scenarios.forecasting.forecast_files import write_draws
    from sim.experiments.work.executors import opened
    from sim.files import write_text_aside

    many, large = (QUICK_MEMBERS, QUICK_USERS) if quick else (MEMBERS, USERS)
    day, n_members = asked_day(as_of), asked_members(many if members is None else members)
    setting, held = asked_fit(structure, vintage, day, large if users is None else users, seed)
    name = fit_name(structure, vintage, day)
    folder = checked_folder(out or Path("out/calibration") / name)
    with (
        resumable(lambda: f"; what was run is kept in {folder}"),
        executor_of(workers, cluster) as given,
        opened(given) as executor,
        progress(quiet) as tell,
    ):
        found = _fitted(setting, held, n_members, executor, folder, tell)
    _write(folder / POSTERIOR, found, setting, day, vintage)
    write_draws(folder / DRAWS, forecast_draws(found, structure, day))
    table = page.readings(found)
    sheets = page.sheets(found, table)
    write_text_aside(folder / READINGS, table.to_csv(index=False))
    page.page(found, table, sheets, name).write(folder / PAGE)
    if quiet:
        return
    print_sheets(make_console(), sheets)
    typer.echo(f"Written to {folder}: {POSTERIOR}, {DRAWS}, {READINGS}, {PAGE}")


def _fitted(
    setting: FitSetting,
    held: Observations,
    n_members: int,
    executor: Executor,
    folder: Path,
    tell: Tell,
) -> Fit:
    """Return the fit; runs are kept below the folder."""
    from scenarios.fitting.calibration import fit

    short, long = (runs_of(setting, executor, folder)(setting.seed, is_last, tell)
                   for is_last in (False, True))  # fmt: skip
    return fit(short, long, held, n_members, setting.seed)


def asked_day(as_of: dt.date | None) -> dt.date:
    """Return the last day of which anything may enter a fit.

    Raises
    ------
    ConfigError
        If it lies after the last day of facts.
    """
    from sim.errors import ConfigError

    day = as_of or LAST_KNOWN
    if day > LAST_KNOWN:
        raise ConfigError(f"--as-of {day}: must be {LAST_KNOWN} or before, the last day of facts.")
    return day


def asked_members(members: int) -> int:
    """Return how many members an ensemble has; ConfigError if it cannot be one."""
    from sim.checks import in_range

    return int(in_range("members", members, 20, MOST_MEMBERS))


def asked_fit(
    structure: str, vintage: str, day: dt.date, n_users: int, seed: int
) -> tuple[FitSetting, Observations]:
    """Return what the runs of a fit have in common, and what it is held to.

    Raises
    ------
    ConfigError, UnknownNameError
        If there is no such structure or vintage, nothing was known, or the size cannot be.
    """
    from scenarios import baseline
    from scenarios.fitting.calibration import HeldTo
    from scenarios.fitting.members import FitSetting
    from scenarios.fitting.rivals import structured
    from scenarios.inputs.assumptions import load_inputs
    from scenarios.inputs.sizing import check_size, sized

    inputs = load_inputs()
    held = HeldTo(day, vintage).observations(inputs)
    check_size(sized(structured(baseline.scenario(inputs), structure), n_users, seed))
    return FitSetting(structure, n_users, seed, LAST_KNOWN), held


def fit_name(structure: str, vintage: str, day: dt.date) -> str:
    """Return what a fit is called."""
    return "-".join(part for part in (structure, vintage, str(day)) if part)


def runs_of(setting: FitSetting, executor: Executor, folder: Path) -> MembersOf:
    """Return what makes the runs of ensembles, kept below a folder."""
    from scenarios.fitting.members import Members as Ensemble
    from scenarios.fitting.priors import priors
    from scenarios.inputs.assumptions import load_inputs

    inputs = load_inputs()
    horizon = dt.date.fromisoformat(str(inputs.market["until"]))

    def made(seed: int, is_last: bool, tell: Tell) -> Ensemble:
        own = replace(setting, seed=seed, until=horizon if is_last else setting.until)
        return Ensemble(inputs, priors(inputs), own, executor, folder / "runs", tell)

    return made


def _write(path: Path, found: Fit, setting: FitSetting, as_of: dt.date, vintage: str) -> None:
    """Write the draws of a fit, each of the same weight."""
    from scenarios.fitting.posterior import Posterior, write_posterior
    from scenarios.inputs.assumptions import load_inputs
    from scenarios.inputs.target_file import TARGETS_FILE
    from sim.versions import model_version

    n = len(found.scores)
    about = {
        "structure": setting.structure,
        "vintage": vintage,
        "as_of": str(as_of),
        "n_users": setting.n_users,
        "seed": setting.seed,
        "facts": load_inputs().facts.sha256,
        "targets": hashlib.sha256(TARGETS_FILE.read_bytes()).hexdigest(),
        "model": model_version(),
    }
    names = tuple(one.id for one in found.priors)
    write_posterior(path, Posterior(names, found.values, np.full(n, 1.0 / n), about))


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
