"""How questions are asked from the command line: how large, and what is said on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from scenarios.asking.lab import Size


def size_of(users: int, replicates: int, seed: int, assumptions: int) -> Size:
    """Return how large the experiments are.

    Raises
    ------
    ConfigError
        If there are no replicates, or too many.
    """
    from scenarios.asking.lab import Size
    from sim.experiments.ensembles import check_replicates

    check_replicates(replicates)
    return Size(users, replicates, assumption_replicates=assumptions, seed=seed)


def teller(quiet: bool) -> Callable[[str], None]:
    """Return what says, on the screen of errors, what is being done."""
    return lambda text: None if quiet else typer.echo(text, err=True)
