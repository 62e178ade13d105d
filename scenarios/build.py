"""From a scenario to a market: size, seed and graph are chosen here, nothing else."""

from __future__ import annotations

import os
from typing import Any

from sim.errors import ConfigError
from sim.execution import Execution
from sim.graph import parse_graph
from sim.market import Market
from sim.scenario import Scenario

#: Bytes that a user needs at the least: alone, on each platform, and for each friend.
_BYTES_ALONE, _BYTES_ON_PLATFORM, _BYTES_OF_FRIEND = 60, 35, 4
#: Bytes of the record for each pair of days and platform (cohorts, and the copy in the results).
_BYTES_OF_DAYS = 8
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


def memory() -> float:
    """Return the bytes of memory of this machine; infinite where it does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return float("inf")


def check_size(scenario: Scenario) -> None:
    """Refuse what no run on this machine could hold, before it takes all the memory.

    Raises
    ------
    ConfigError
        If users, friends or days need more memory than there is, or there are too many people.
    """
    config, n_platforms = scenario.market, len(scenario.platforms)
    if config.n_people > MOST_PEOPLE:
        raise ConfigError(
            f"n_people = {config.n_people:g}: must be at most {MOST_PEOPLE:g}. Give fewer --people."
        )
    degree = float(getattr(parse_graph(config.graph).parameters, "degree", 0.0))
    users = _BYTES_ALONE + _BYTES_ON_PLATFORM * n_platforms + _BYTES_OF_FRIEND * degree
    days = float(config.n_days) ** 2 * n_platforms * _BYTES_OF_DAYS
    need, there = config.n_users * users + days, memory()
    if need > there:
        what = "fewer days (--until)" if days > 0.5 * need else "fewer --users"
        raise ConfigError(
            f"{config.n_users:,} users for {config.n_days:,} days ({config.start} to "
            f"{config.until}) need {need / 1e9:,.0f} GB of memory or more; this machine has "
            f"{there / 1e9:,.0f} GB. Give {what}."
        )
