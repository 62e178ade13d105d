"""``clipmarket report``: a scenario's question, answered on a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import scenarios
from scenarios.command.asked import opened_lab, size_of
from scenarios.command.chosen import SHIPPED_POSTERIOR, checked_folder, chosen_posterior
from scenarios.command.options import (
    Assumptions,
    Draws,
    FromPosterior,
    KeptIn,
    Out,
    Quiet,
    Replicates,
    Seed,
    Users,
)


def report(
    name: Annotated[
        str, typer.Argument(metavar="NAME|FILE.py|all", help="A scenario with a question, or all.")
    ],
    out: Out[Path] = Path("out/report"),
    users: Users[int] = 20_000,
    replicates: Replicates = 20,
    seed: Seed[int] = 1,
    assumptions: Assumptions = 1,
    posterior: FromPosterior = SHIPPED_POSTERIOR,
    draws: Draws = 100,
    lab: KeptIn = None,
    quiet: Quiet = False,
) -> None:
    """Answer a scenario's question on one self-contained page, with bands."""
    from scenarios.asking.question import read
    from scenarios.asking.question_page import page_of
    from scenarios.inputs.sizing import check_size, sized
    from sim.experiments.work.sources import source

    size = size_of(users, replicates, seed, assumptions, draws)
    drawn = chosen_posterior(posterior)
    asked = [read(scenarios.load(one)) for one in scenarios.questions(name)]
    for question in asked:
        for arm in question.arms().values():
            check_size(sized(arm, size.n_users, size.seed))
    folder = checked_folder(out)
    setup = source(scenarios.load(name)).setup if name.endswith(".py") else None
    with opened_lab(size, lab, quiet, setup, posterior=drawn) as opened:
        opened.expect(asked)
        for question in asked:
            found = opened.ask(question)
            path = page_of(found, opened).write(folder / f"{question.name}.html")
            if not quiet:
                typer.echo(f"{found.headline}\nWritten to {path}")
