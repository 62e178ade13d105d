"""``clipmarket sweep``: every point under every seed, into a store."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from scenarios.command import values
from scenarios.command.chosen import (
    NO_POSTERIOR,
    checked_folder,
    chosen_posterior,
    chosen_scenario,
    source_of,
)
from scenarios.command.executor import executor_of
from scenarios.command.options import (
    Cluster,
    FromPosterior,
    GraphText,
    Log,
    Name,
    Out,
    People,
    Quiet,
    Replicates,
    RetryFailed,
    Seed,
    Set,
    Timeout,
    Until,
    Users,
    Vary,
    Workers,
)

#: Exit code of a sweep that came to its end with runs that failed.
_SOME_FAILED = 1


def sweep(
    name: Name,
    vary: Vary = None,
    replicates: Replicates = 1,
    latin: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=values.whole, help="N points of a Latin hypercube, not a grid."
        ),
    ] = None,
    sobol: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=values.whole, help="N points of a Sobol' sequence, not a grid."
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv", parser=values.file, help="Points as rows, paths as columns."
        ),
    ] = None,
    users: Users[int | None] = None,
    people: People = None,
    seed: Seed[int | None] = None,
    until: Until[dt.date | None] = None,
    graph: GraphText = None,
    set_: Set = None,
    out: Out[Path | None] = None,
    timeout: Timeout = None,
    retry_failed: RetryFailed = False,
    posterior: FromPosterior = NO_POSTERIOR,
    no_branch: Annotated[
        bool, typer.Option("--no-branch", help="Simulate every run from its start.")
    ] = False,
    workers: Workers = None,
    cluster: Cluster = None,
    log: Log = None,
    quiet: Quiet = False,
) -> None:
    """Run every point under every seed; given again, it goes on where it stopped.

    With a posterior, each seed is a market drawn from it, the same at every point.
    """
    from scenarios.command.foretold import foretell, n_points_of
    from scenarios.command.interrupts import stoppable
    from scenarios.command.points import design_of, factors_of
    from scenarios.command.sweep_console import Telling
    from scenarios.fitting.drawn import joint
    from sim.experiments.ensembles import check_replicates
    from sim.experiments.sweeps import OUT
    from sim.experiments.sweeps import sweep as run_sweep

    scenario = chosen_scenario(name, users, people, seed, until, graph, set_)
    if table is None:
        factors = factors_of(scenario, vary or [])
        n = n_points_of(scenario, factors, latin, sobol)
        foretell(scenario, n, n * replicates, workers, cluster is not None, quiet)
    design = design_of(scenario, vary or [], latin, sobol, table)
    drawn = chosen_posterior(posterior)
    source = source_of(name, scenario)
    if drawn is not None:
        source = joint(source, drawn, check_replicates(replicates))
    folder = checked_folder(out or OUT / scenario.name)
    with executor_of(workers, cluster) as executor, stoppable(Telling(log, quiet)) as told:
        swept = run_sweep(
            source, design, replicates, store=folder, executor=executor,
            timeout=timeout, retry_failed=retry_failed, branch=not no_branch, watch=told.watch,
        )  # fmt: skip
    told.end(swept)
    told.check_log()
    if swept.progress.failed:
        raise typer.Exit(_SOME_FAILED)
