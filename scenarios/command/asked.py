"""How questions are asked from the command line: how large, and what is said on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scenarios.command.interrupts import resumable
from sim.errors import DataError

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab, Size
    from scenarios.fitting.posterior import Posterior

#: Where the runs of questions are kept if no folder is named, and the name for nowhere.
LAB, NOWHERE = Path("out/lab"), Path("none")


def size_of(
    users: int, replicates: int, seed: int, assumptions: int, draws: int | None = None
) -> Size:
    """Return how large the experiments are.

    Raises
    ------
    ConfigError
        If there are no replicates, or too many.
    """
    from scenarios.asking.lab import DRAWS, Size
    from sim.checks import in_range
    from sim.experiments.ensembles import MOST_REPLICATES, check_replicates

    check_replicates(replicates)
    draws = DRAWS if draws is None else draws
    in_range("draws", draws, 2, MOST_REPLICATES)
    return Size(users, replicates, assumption_replicates=assumptions, seed=seed, draws=draws)


def teller(quiet: bool) -> Callable[[str], None]:
    """Return what says, on the screen of errors, what is being done."""
    return lambda text: None if quiet else typer.echo(text, err=True)


@contextlib.contextmanager
def opened_lab(
    size: Size,
    folder: Path | None,
    quiet: bool,
    setup: str | None = None,
    executor: Executor | None = None,
    posterior: Posterior | None = None,
) -> Iterator[Lab]:
    """Yield a lab that keeps its runs, and say how to go on if it is interrupted.

    Parameters
    ----------
    folder
        As given on the command line; where none was given, runs are kept if they can be.
    setup
        As of `Lab`.
    executor
        Where runs are done; local processes if not given.
    posterior
        As of `Lab`.

    Raises
    ------
    DataError
        If a folder was given and cannot be used.
    """
    from scenarios.asking.lab import lab

    tell = teller(quiet)
    with contextlib.ExitStack() as stack:
        kept = None if folder == NOWHERE else folder or LAB
        try:
            opened = stack.enter_context(lab(size, executor, tell, kept, setup, posterior))
        except DataError as problem:
            if kept is None or folder is not None:
                raise
            tell(f"{problem} This time, nothing is kept.")
            opened = stack.enter_context(lab(size, executor, tell, None, setup, posterior))
        with resumable() if opened.store is not None else contextlib.nullcontext():
            yield opened
