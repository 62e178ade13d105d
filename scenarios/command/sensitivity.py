"""``clipmarket sensitivity``: which parameters move an outcome."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from scenarios.command import values
from scenarios.command.chosen import checked_folder, chosen_scenario, source_of
from scenarios.command.executor import executor_of
from scenarios.command.options import (
    Cluster,
    GraphText,
    Log,
    Name,
    Out,
    People,
    Quiet,
    RetryFailed,
    Seed,
    Set,
    Timeout,
    Until,
    Users,
    Vary,
    Workers,
)


def sensitivity(
    name: Name,
    vary: Vary = None,
    method: Annotated[
        # A Literal of sim would load it to show the help; the parser refuses all but its words.
        Any,
        typer.Option(
            metavar="morris|sobol", parser=values.method,
            help="Screening, or shares of the variance.",
        ),
    ] = "morris",
    size: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=values.whole,
            help="Morris: trajectories of one run more than there are factors. Sobol': a power of "
            "two, times two runs more than there are factors.",
        ),
    ] = 10,
    metric: Annotated[
        str, typer.Option(metavar="NAME", help="Outcome, over the run.")
    ] = "installs",
    platform: Annotated[str, typer.Option(metavar="NAME", help="Whose outcome.")] = "sora",
    seeds: Annotated[
        int,
        typer.Option(
            metavar="N", parser=values.whole,
            help="Seeds that chance is drawn from; 1 leaves it out.",
        ),
    ] = 10,
    users: Users[int | None] = None,
    people: People = None,
    seed: Seed[int | None] = None,
    until: Until[dt.date | None] = None,
    graph: GraphText = None,
    set_: Set = None,
    out: Out[Path | None] = None,
    timeout: Timeout = None,
    retry_failed: RetryFailed = False,
    workers: Workers = None,
    cluster: Cluster = None,
    log: Log = None,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Say which parameters move an outcome; without --vary, every assumption that has a range."""
    from scenarios.command.foretold import foretell
    from scenarios.command.interrupts import stoppable
    from scenarios.command.points import factors_of
    from scenarios.command.sweep_console import Telling
    from scenarios.inputs.aliases import with_range
    from sim.experiments import sensitivity as run_sensitivity
    from sim.experiments.ensembles import place
    from sim.experiments.sweeps import OUT
    from sim.metrics import metric_of

    scenario = chosen_scenario(name, users, people, seed, until, graph, set_)
    factors = factors_of(scenario, vary or [values.varied(one) for one in with_range()])
    folder = checked_folder(out or OUT / f"{scenario.name}_{method}")
    metric_of(metric)
    place(platform, list(scenario.platforms))
    n_runs = size * (len(factors) + (seeds > 1) + (1 if method == "morris" else 2))
    foretell(scenario, n_runs, n_runs, workers, cluster is not None, quiet)
    with executor_of(workers, cluster) as executor, stoppable(Telling(log, quiet)) as told:
        found = run_sensitivity(
            source_of(name, scenario), factors, size, metric=metric, platform=platform,
            method=method, seeds=seeds, store=folder, executor=executor, timeout=timeout,
            retry_failed=retry_failed, watch=told.watch,
        )  # fmt: skip
    told.end_sensitivity(found)
    told.check_log()
