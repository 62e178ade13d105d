"""``clipmarket forces``: what each force of the contest does, and the friend graph, on one page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.command.asked import opened_lab, size_of
from scenarios.command.chosen import checked_folder
from scenarios.command.executor import executor_of
from scenarios.command.options import KeptIn, OutFile, Quiet, Replicates, Seed, Users, Workers

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab, Size
    from scenarios.command.tables import Sheet

#: Size of the runs on other graphs, at the most: there are hundreds.
_GRAPH_USERS, _GRAPH_REPLICATES = 20_000, 4


def forces(
    out: OutFile = Path("docs/FORCES.md"),
    users: Users[int] = 100_000,
    replicates: Replicates = 5,
    seed: Seed[int] = 1,
    no_graph: Annotated[
        bool, typer.Option("--no-graph", help="Leave out what the friend graph does to answers.")
    ] = False,
    lab: KeptIn = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Say what each force of the contest does, alone and taken away, and what the graph does."""
    from scenarios import baseline
    from scenarios.command.console import print_sheets
    from scenarios.command.force_page import page
    from scenarios.command.screen import make_console
    from scenarios.inputs.sizing import check_size, sized
    from sim.files import write_text_aside

    size = _even(users, replicates, seed)
    smaller = _even(min(users, _GRAPH_USERS), min(replicates, _GRAPH_REPLICATES), seed)
    check_size(sized(baseline.scenario(), users, seed))
    checked_folder(out.parent)
    with (
        executor_of(workers, None) as executor,
        opened_lab(size, lab, quiet, executor=executor) as opened,
    ):
        sheets = _sheets(opened, None if no_graph else smaller)
    text = page(sheets, _about(size, no_graph))
    write_text_aside(out, text)
    if quiet:
        return
    print_sheets(make_console(), sheets)
    typer.echo(f"Written to {out}")


def _even(users: int, replicates: int, seed: int) -> Size:
    """Return a size in which runs that are only measured have as many users as all others."""
    return replace(size_of(users, replicates, seed, assumptions=0), assumption_users=users)


def _sheets(opened: Lab, smaller: Size | None) -> list[Sheet]:
    """Return all tables of the page.

    Parameters
    ----------
    smaller
        Size of the runs on other graphs; None leaves them out.
    """
    from scenarios import baseline
    from scenarios.asking.contest import contest
    from scenarios.asking.lab import Lab
    from scenarios.asking.twins import twins
    from scenarios.command import force_page as tables

    scenario = baseline.scenario()
    found = contest(opened, scenario)
    sheets = [
        tables.overview(found), tables.what_they_are(found, scenario), tables.each_alone(found),
        tables.each_taken_away(found), tables.by_cause(found),
    ]  # fmt: skip
    if smaller is not None:
        lab = Lab(smaller, opened.executor, opened.tell, opened.store)
        sheets.append(
            tables.on_twins(twins(lab), scenario.market.graph, smaller.n_users, smaller.replicates)
        )
    return sheets


def _about(size: Size, no_graph: bool) -> str:
    """Say by which command, of what size, and with which version of the model a page is made."""
    from sim.versions import model_version

    n, left_out = size.replicates, " --no-graph" if no_graph else ""
    many = f"{n} replicates (seeds {size.seed} to {size.seed + n - 1})"
    return (
        f"Written by `python -m scenarios forces --users {size.n_users} --replicates {n} --seed "
        f"{size.seed}{left_out}` (`make forces`): the baseline with each of its forces alone, and "
        f"with each taken away, {many if n > 1 else f'1 replicate (seed {size.seed})'} of "
        f"{size.n_users:,} users, no assumption moved. Version of the model: "
        f"{model_version()[:12]}. All numbers are of the model: what a force does in it rests on "
        "values that are assumed."
    )
