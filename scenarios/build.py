"""From a scenario to a market: size, seed and graph are chosen here, nothing else."""

from __future__ import annotations

from typing import Any

from sim.execution import Execution
from sim.market import Market
from sim.scenario import Scenario


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
