"""``clipmarket report``: a scenario's question, answered on a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import scenarios
from scenarios.command.asked import size_of, teller
from scenarios.command.chosen import checked_folder
from scenarios.command.options import Assumptions, Out, Quiet, Replicates, Seed, Users


def report(
    name: Annotated[
        str, typer.Argument(metavar="NAME|FILE.py|all", help="A scenario with a question, or all.")
    ],
    out: Out[Path] = Path("out/report"),
    users: Users[int] = 20_000,
    replicates: Replicates = 20,
    seed: Seed[int] = 1,
    assumptions: Assumptions = 1,
    quiet: Quiet = False,
) -> None:
    """Answer a scenario's question on one self-contained page, with bands."""
    from scenarios.asking.lab import lab
    from scenarios.asking.question import read
    from scenarios.asking.question_page import page_of
    from scenarios.inputs.sizing import check_size, sized

    size = size_of(users, replicates, seed, assumptions)
    asked = [read(scenarios.load(one)) for one in scenarios.questions(name)]
    for question in asked:
        for arm in question.arms().values():
            check_size(sized(arm, size.n_users, size.seed))
    folder = checked_folder(out)
    with lab(size, tell=teller(quiet)) as opened:
        opened.expect(asked)
        for question in asked:
            found = opened.ask(question)
            path = page_of(found, opened).write(folder / f"{question.name}.html")
            if not quiet:
                typer.echo(f"{found.headline}\nWritten to {path}")
