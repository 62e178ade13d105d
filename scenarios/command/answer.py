"""``clipmarket answers``: every question of the model, answered in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.command import values
from scenarios.command.asked import opened_lab, size_of
from scenarios.command.chosen import SHIPPED_POSTERIOR, checked_folder, chosen_posterior
from scenarios.command.options import (
    Assumptions,
    Draws,
    FromPosterior,
    KeptIn,
    OutFile,
    Quiet,
    Replicates,
    Seed,
    Users,
)


def answers(
    out: OutFile = Path("docs/ANSWERS.md"),
    pages: Annotated[
        Path | None,
        typer.Option(metavar="DIR", parser=values.folder, help="Folder for the pages, if wanted."),
    ] = None,
    users: Users[int] = 20_000,
    replicates: Replicates = 10,
    seed: Seed[int] = 1,
    assumptions: Assumptions = 1,
    posterior: FromPosterior = SHIPPED_POSTERIOR,
    draws: Draws = 100,
    lab: KeptIn = None,
    quiet: Quiet = False,
) -> None:
    """Answer the fifteen questions of the model, each with its band, in one file."""
    from scenarios.asking.answers import write_answers

    size = size_of(users, replicates, seed, assumptions, draws)
    drawn = chosen_posterior(posterior)
    checked_folder(out.parent)
    if pages is not None:
        checked_folder(pages, "--pages")
    with opened_lab(size, lab, quiet, posterior=drawn) as opened:
        path = write_answers(opened, out, pages)
    if not quiet:
        typer.echo(f"Written to {path}")
