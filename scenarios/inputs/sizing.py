"""From a scenario to a market: size, seed and graph are chosen here, nothing else."""

from __future__ import annotations

from typing import Any

from agents.state import COLUMNS
from sim.columns import Columns
from sim.errors import ConfigError
from sim.execution import Execution
from sim.graph import parse_graph
from sim.market import Market
from sim.memory import memory
from sim.scenario import Scenario

#: Bytes of a friend graph: by user, and by friend.
_BYTES_OF_ROW, _BYTES_OF_FRIEND = 8, 4
#: What a graph takes while it is built, in its own size; measured, the most of all families
#: (``make bench``).
_WHILE_BUILT = 2.7
#: Bytes of the program itself, libraries and machine code.
_BYTES_OF_PROGRAM = 3.0e8
#: Bytes of the record for each pair of days and platform (cohorts, and the copy in the results).
_BYTES_OF_DAYS = 8
#: Bytes of a point of a sweep, and of a run in its plan; measured.
BYTES_OF_POINT, BYTES_OF_RUN = 700, 400
#: More than ten times as many people as there are; amounts of money stay within 64 bits.
MOST_PEOPLE = 1e11


def sized(
    scenario: Scenario,
    n_users: int | None = None,
    seed: int | None = None,
    n_people: float | None = None,
    graph: str | None = None,
    until: Any = None,
) -> Scenario:
    """Return the scenario with another size, seed, pool, graph or end; None keeps what it has."""
    given = {
        "n_users": n_users, "seed": seed, "n_people": n_people, "graph": graph, "until": until,
    }  # fmt: skip
    chosen = {name: value for name, value in given.items() if value is not None}
    return scenario.with_market(**chosen) if chosen else scenario


def build_market(
    scenario: Scenario,
    n_users: int | None = None,
    seed: int | None = None,
    n_people: float | None = None,
    graph: str | None = None,
    execution: Execution | None = None,
) -> Market:
    """Return a market, ready to run."""
    return Market(sized(scenario, n_users, seed, n_people, graph), execution=execution)


def memory_needed(scenario: Scenario) -> tuple[float, float]:
    """Estimate the bytes that a run takes at its peak: (in all, for the record of days).

    Either the graph is being built, or it stands beside the columns of the users.
    """
    config, n_platforms = scenario.market, len(scenario.platforms)
    degree = float(getattr(parse_graph(config.graph).parameters, "degree", 0.0))
    graph = config.n_users * (_BYTES_OF_ROW + _BYTES_OF_FRIEND * degree)
    columns = float(config.n_users) * Columns(COLUMNS, 1, n_platforms).nbytes
    days = float(config.n_days) ** 2 * n_platforms * _BYTES_OF_DAYS
    return _BYTES_OF_PROGRAM + max(_WHILE_BUILT * graph, graph + columns) + days, days


def check_work(scenario: Scenario, n_points: int, n_runs: int, workers: int) -> float:
    """Return the bytes that many runs need at once; refuse what this machine could not hold.

    Parameters
    ----------
    n_points, n_runs
        What is asked for.
    workers
        Runs that are done at once on this machine.

    Raises
    ------
    ConfigError
        If the list of runs, or the runs that are done at once, need more memory than there is.
    """
    listed = BYTES_OF_POINT * n_points + BYTES_OF_RUN * n_runs
    at_once = memory_needed(scenario)[0] * min(workers, n_runs)
    there = memory()
    if listed > there:
        raise ConfigError(
            f"{n_points:,} points, {n_runs:,} runs: their list alone needs about "
            f"{listed / 1e9:,.1f} GB of memory; there are {there / 1e9:,.1f} GB. Give fewer."
        )
    if listed + at_once > there:
        raise ConfigError(
            f"{min(workers, n_runs)} runs at once need about {(listed + at_once) / 1e9:,.1f} GB of "
            f"memory; there are {there / 1e9:,.1f} GB. Give fewer workers, or users."
        )
    return listed + at_once


def check_size(scenario: Scenario) -> float:
    """Return the bytes that a run needs; refuse what no run on this machine could hold.

    Raises
    ------
    ConfigError
        If users, friends or days need more memory than there is, or there are too many people.
    """
    config = scenario.market
    if config.n_people > MOST_PEOPLE:
        raise ConfigError(
            f"n_people = {config.n_people:g}: must be at most {MOST_PEOPLE:g}. Give fewer."
        )
    (need, days), there = memory_needed(scenario), memory()
    if need > there:
        what = "fewer days (market.until)" if days > 0.5 * need else "fewer n_users"
        raise ConfigError(
            f"{config.n_users:,} users for {config.n_days:,} days ({config.start} to "
            f"{config.until}) need about {need / 1e9:,.1f} GB of memory; there are "
            f"{there / 1e9:,.1f} GB. Give {what}."
        )
    return need
