"""Options of commands that fit: how large, on which folder of runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from scenarios.command import values
from scenarios.command.chosen import checked_folder
from scenarios.command.executor import executor_of
from scenarios.command.interrupts import resumable

if TYPE_CHECKING:
    from scenarios.fitting.fits import Fits
    from scenarios.fitting.members import Tell

#: Members of an ensemble and users of a market, where many structures are fitted.
MEMBERS, USERS = 100, 5_000
#: Of the market itself, whose posterior ships with the model: more of both than of its rivals.
OWN_MEMBERS, OWN_USERS = 400, 10_000
MOST_MEMBERS = 100_000
#: Seconds between lines of progress where there is no terminal.
_EVERY_SECONDS = 30.0
#: Where the runs of all fits are kept.
RUNS = Path("out/fits")

#: The value alone, or None beside it where an option left out hangs on others.
T = TypeVar("T")

FitMembers = Annotated[
    T,
    typer.Option(
        "--members", metavar="N", parser=values.whole, help="Markets of each ensemble of a fit."
    ),
]
OwnMembers = Annotated[
    int,
    typer.Option(
        "--own-members", metavar="N", parser=values.whole,
        help="Markets of each ensemble of the model itself.",
    ),
]  # fmt: skip
OwnUsers = Annotated[
    int,
    typer.Option("--own-users", metavar="N", parser=values.whole, help="Users of each of these."),
]
OfVintage = Annotated[
    str,
    typer.Option(
        "--vintage", metavar="NAME",
        help="Version of the record where numbers contradict each other: first, panel, "
        "first+panel, ...; else the default of each matter.",
    ),
]  # fmt: skip
FitRuns = Annotated[
    Path,
    typer.Option(
        "--runs", metavar="DIR", parser=values.folder,
        help="Folder in which runs of fits are kept, so that what was run is not run again.",
    ),
]  # fmt: skip


def check_fits(members: int, users: int, seed: int) -> None:
    """Refuse a fit that cannot be, before another one is done.

    Raises
    ------
    ConfigError
        If members are too few or too many, or a market would not fit into memory.
    """
    from scenarios import baseline
    from scenarios.fitting.fits import LAST_USERS
    from scenarios.inputs.sizing import check_size, sized
    from sim.checks import in_range

    in_range("members", members, 20, MOST_MEMBERS)
    check_size(sized(baseline.scenario(), users, seed))
    check_size(sized(baseline.scenario(), users * LAST_USERS, seed))


@contextlib.contextmanager
def opened_fits(
    members: int,
    users: int,
    seed: int,
    runs: Path,
    workers: int | None,
    cluster: str | None,
    quiet: bool,
) -> Iterator[Fits]:
    """Yield where fits are done; say how to go on if they are interrupted.

    Raises
    ------
    ConfigError, DataError
        If the size cannot be, or the folder cannot be used.
    """
    from scenarios.fitting.fits import Fits
    from sim.experiments.work.executors import opened

    check_fits(members, users, seed)
    folder = checked_folder(runs, "--runs")
    with (
        resumable(lambda: f"; what was run is kept in {folder}"),
        executor_of(workers, cluster) as given,
        opened(given) as executor,
        progress(quiet) as tell,
    ):
        yield Fits(executor, folder, members, users, seed, tell)


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
