"""What is said before many runs begin: how many, about how long, and how much memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sim.scenario import Scenario

#: User-days of work that one core does in a second, writing included; measured (``make bench``).
_WORK_PER_SECOND = 1.2e8
#: Seconds from which on, and runs from which on, it is worth a line.
_WORTH_SECONDS, _WORTH_RUNS = 60.0, 10_000


def foretell(
    scenario: Scenario, n_points: int, n_runs: int, workers: int | None, cluster: bool, quiet: bool
) -> None:
    """Say what is about to be done, before its points are laid out; refuse what has no room.

    Parameters
    ----------
    workers
        Local processes; None for one on each core.
    cluster
        Whether the runs are done elsewhere.

    Raises
    ------
    ConfigError
        If there is no memory for it.
    """
    from scenarios.inputs.sizing import check_work
    from sim.execution import available_cores
    from sim.experiments.work.sources import Source

    at_once = workers or available_cores()
    bytes_ = check_work(scenario, n_points, n_runs, 0 if cluster else at_once)
    seconds = Source(scenario).work * n_runs / _WORK_PER_SECOND / min(at_once, available_cores())
    if quiet or (seconds < _WORTH_SECONDS and n_runs < _WORTH_RUNS):
        return
    where = (
        "on the cluster" if cluster else f"about {spelled(seconds)}, as far as none is there yet"
    )
    typer.echo(f"{n_runs:,} runs: {where}; {bytes_ / 1e9:,.1f} GB of memory.", err=True)


def spelled(seconds: float) -> str:
    """Return a time as people say it.

    Examples
    --------
    >>> spelled(90.0), spelled(7_200.0), spelled(3e6)
    ('2 minutes', '2 hours', '35 days')
    """
    for unit, size in (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:,.0f} {unit}"
    return "a minute" if seconds >= 30.0 else f"{seconds:,.0f} seconds"


def n_points_of(
    scenario: Scenario, factors: Mapping[Any, Any], latin: int | None, sobol: int | None
) -> int:
    """Return how many points a design will have, without making them."""
    from sim.experiments.design import n_combinations

    return next((n for n in (latin, sobol) if n is not None), 0) or n_combinations(
        scenario, factors
    )
