"""``clipmarket run``: one run of a scenario, shown and written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.command import values
from scenarios.command.chosen import checked_folder, chosen_scenario, folder_of
from scenarios.command.options import (
    GraphText,
    Name,
    Out,
    People,
    Quiet,
    Seed,
    Set,
    Structure,
    Until,
    Users,
)
from scenarios.structures import MARKET, simulated
from sim.errors import DataError

if TYPE_CHECKING:
    from sim.execution import Execution
    from sim.scenario import Scenario

#: What a run writes.
FILES = ("daily.parquet", "monthly.csv", "manifest.json", "chart.png", "page.html")
#: Bytes of memory from which a run says beforehand how much it needs.
_WORTH_SAYING = 1e9


def run(
    name: Name,
    users: Users[int | None] = None,
    people: People = None,
    seed: Seed[int | None] = None,
    until: Until[dt.date | None] = None,
    graph: GraphText = None,
    set_: Set = None,
    structure: Structure = "market",
    out: Out[Path | None] = None,
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", parser=values.whole, help="Threads, else every core there is."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Check conservation every day.")] = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario; print it by month and beside the facts; write data, chart and page."""
    from scenarios import baseline
    from scenarios.inputs.sizing import memory_needed
    from sim.execution import Execution
    from sim.minding import told, unminded

    execution = Execution(threads, check=True) if check else Execution(threads)
    scenario = chosen_scenario(name, users, people, seed, until, graph, set_)
    plain = chosen_scenario(name, users, people, seed, until, graph, None) if set_ else scenario
    folder = checked_folder(out or folder_of(scenario, plain, structure))
    need = memory_needed(scenario)[0]
    if not quiet and structure == MARKET and need >= _WORTH_SAYING:
        print(f"Needs about {need / 1e9:.2g} GB of memory.", flush=True)
    if not quiet:
        for line in told(unminded(baseline.scenario(), scenario)):
            typer.echo(line, err=True)
    simulate(scenario, execution, folder, quiet, structure)


def simulate(
    scenario: Scenario,
    execution: Execution,
    folder: Path,
    quiet: bool,
    structure: str = MARKET,
) -> None:
    """Run what has been checked, show it, write it."""
    from scenarios.command.console import progress_bar, show
    from scenarios.command.interrupts import uninterrupted
    from scenarios.command.run_page import run_page
    from scenarios.command.screen import make_console
    from scenarios.inputs.fact_points import fact_points
    from scenarios.inputs.targets import compare_to_facts

    with progress_bar(quiet, scenario.market.n_users) as progress:
        results = simulated(scenario, structure, execution, progress)
    comparison = compare_to_facts(results)
    problem = None
    with uninterrupted():
        try:
            results.save(folder, fact_points(scenario))
            run_page(results, comparison).write(folder / "page.html")
        except DataError as error:
            problem = error  # a disk may have become full: what the run came to is shown first
    if not quiet:
        console = make_console()
        show(console, results, comparison)
        if problem is None:
            names = ", ".join(name for name in FILES if (folder / name).is_file())
            console.print(f"Written to {folder}: {names}", markup=False, highlight=False,
                          soft_wrap=True)  # fmt: skip
    if problem is not None:
        raise problem
