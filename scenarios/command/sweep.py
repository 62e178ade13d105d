"""``clipmarket sweep``, ``sensitivity`` and ``results``: many runs, and what they came to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.command.options import number, whole
from scenarios.command.sweep_options import (
    design_of,
    executor_of,
    factors_of,
    folder_of,
    source_of,
    telling,
)

#: Exit code of a sweep that came to its end with runs that failed.
_SOME_FAILED = 1

Name = Annotated[
    str, typer.Argument(metavar="NAME|FILE.py", help="Name of a scenario, or path of its file.")
]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary", metavar="PATH=VALUES",
        help="What is varied: quota=3,6,30, sora.p_active=0.2..0.5:4, A16 (its own range), "
        "event:packs.date=..., sora.pack_usd@2026-02-01=2,4; may be repeated.",
    ),
]  # fmt: skip
Replicates = Annotated[
    str, typer.Option(metavar="N", help="Seeds for each point: seed, seed + 1, ...")
]
Users = Annotated[str | None, typer.Option(metavar="N", help="Users: 100000, 1e6, 100k.")]
People = Annotated[str | None, typer.Option(metavar="N", help="People they stand for, as 60M.")]
Seed = Annotated[str | None, typer.Option(metavar="N", help="First seed.")]
Until = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day of the runs.")]
GraphText = Annotated[str | None, typer.Option(metavar="GRAPH", help="Friend graph.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change one value in all runs."),
]
Out = Annotated[
    str | None, typer.Option(metavar="DIR", help="Store of the runs, else out/sweeps/NAME.")
]
Timeout = Annotated[
    str | None, typer.Option(metavar="SECONDS", help="Give a run up after so long.")
]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Run again what failed before.")]
Workers = Annotated[
    str | None, typer.Option(metavar="N", help="Local processes, else one for each core.")
]
Cluster = Annotated[
    str | None, typer.Option(metavar="tcp://HOST:PORT", help="Run on this Dask cluster.")
]
Log = Annotated[
    str | None, typer.Option(metavar="FILE", help="Append what happens, as JSON lines.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar, no tables.")]


def sweep(
    name: Name,
    vary: Vary = None,
    replicates: Replicates = "1",
    latin: Annotated[
        str | None, typer.Option(metavar="N", help="N points of a Latin hypercube, not a grid.")
    ] = None,
    sobol: Annotated[
        str | None, typer.Option(metavar="N", help="N points of a Sobol' sequence, not a grid.")
    ] = None,
    table: Annotated[
        str | None, typer.Option(metavar="FILE.csv", help="Points as rows, paths as columns.")
    ] = None,
    users: Users = None,
    people: People = None,
    seed: Seed = None,
    until: Until = None,
    graph: GraphText = None,
    set_: Set = None,
    out: Out = None,
    timeout: Timeout = None,
    retry_failed: RetryFailed = False,
    no_branch: Annotated[
        bool, typer.Option("--no-branch", help="Simulate every run from its start.")
    ] = False,
    workers: Workers = None,
    cluster: Cluster = None,
    log: Log = None,
    quiet: Quiet = False,
) -> None:
    """Run every point under every seed; given again, it goes on where it stopped."""
    from sim.experiments.sweeps import OUT
    from sim.experiments.sweeps import sweep as run_sweep

    source = source_of(name, users, people, seed, until, graph, set_)
    design = design_of(source.scenario, vary or [], latin, sobol, table)
    folder = folder_of(out, OUT / source.scenario.name)
    seconds = None if timeout is None else number(timeout, "--timeout")
    with executor_of(workers, cluster) as executor, telling(log, quiet) as told:
        swept = run_sweep(
            source, design, whole(replicates, "--replicates") or 0,
            store=folder, executor=executor, timeout=seconds, retry_failed=retry_failed,
            branch=not no_branch, watch=told.watch,
        )  # fmt: skip
    told.end(swept)
    if swept.progress.failed:
        raise typer.Exit(_SOME_FAILED)


def sensitivity(
    name: Name,
    vary: Vary = None,
    method: Annotated[
        str, typer.Option(metavar="morris|sobol", help="Screening, or shares of the variance.")
    ] = "morris",
    size: Annotated[
        str,
        typer.Option(
            metavar="N",
            help="Morris: trajectories of one run more than there are factors. Sobol': a power of "
            "two, times two runs more than there are factors.",
        ),
    ] = "10",
    metric: Annotated[
        str, typer.Option(metavar="NAME", help="Outcome, over the run.")
    ] = "installs",
    platform: Annotated[str, typer.Option(metavar="NAME", help="Whose outcome.")] = "sora",
    seeds: Annotated[
        str, typer.Option(metavar="N", help="Seeds that chance is drawn from; 1 leaves it out.")
    ] = "10",
    users: Users = None,
    people: People = None,
    seed: Seed = None,
    until: Until = None,
    graph: GraphText = None,
    set_: Set = None,
    out: Out = None,
    timeout: Timeout = None,
    retry_failed: RetryFailed = False,
    workers: Workers = None,
    cluster: Cluster = None,
    log: Log = None,
    quiet: Quiet = False,
) -> None:
    """Say which parameters move an outcome; without --vary, every assumption that has a range."""
    from scenarios.inputs.aliases import with_range
    from sim.experiments import sensitivity as run_sensitivity
    from sim.experiments.sweeps import OUT

    source = source_of(name, users, people, seed, until, graph, set_)
    factors = factors_of(source.scenario, vary or with_range())
    folder = folder_of(out, OUT / f"{source.scenario.name}_{method}")
    with executor_of(workers, cluster) as executor, telling(log, quiet) as told:
        found = run_sensitivity(
            source, factors, whole(size, "--size") or 0, metric=metric, platform=platform,
            method=method, seeds=whole(seeds, "--seeds") or 0, store=folder, executor=executor,
            timeout=None if timeout is None else number(timeout, "--timeout"),
            retry_failed=retry_failed, watch=told.watch,
        )  # type: ignore[arg-type]  # fmt: skip
    told.end_sensitivity(found)


def results(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Store of a sweep.")],
    metric: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Metric to show; may be repeated.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this platform.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read every file whole, checksums and all.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the index again from the files.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Print what the runs of a store came to, and draw it."""
    from scenarios.command.results import show_store

    show_store(Path(folder), metric or [], platform, check, rebuild, quiet)
