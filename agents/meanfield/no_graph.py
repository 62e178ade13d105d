"""What a twin has in place of users and their graph: so many friends of everybody, at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.errors import NoSuchNameError
from sim.graph import build_graph, parse_graph
from sim.market_config import MarketConfig


class NoUsers:
    """Where whoever looks for single users is told that there are none."""

    def __getattr__(self, name: str) -> Any:
        """Say that people are masses here."""
        raise NoSuchNameError(
            f"a twin has no users, and no users.{name}: its people are masses. Ask a market of the "
            "scenario, Market(scenario)."
        )


class NoGraph:
    """What stands in place of a friend graph: so many friends of everybody, met at random."""

    name = "none (mean field)"

    def __init__(self, n_points: int) -> None:
        self.indptr = np.arange(n_points + 1)
        self.indices = np.zeros(0, np.int32)

    def fingerprint(self) -> str:
        """Return what tells one graph from another; there is one of this kind."""
        return "none"


def mean_degree(market: MarketConfig) -> float:
    """Return the friends of each: the degree that the scenario's graph is asked for.

    A family without such a number is built and counted, which costs what it costs a market.
    """
    parameters = parse_graph(market.graph).parameters
    degree = getattr(parameters, "degree", None)
    if degree is not None:
        return float(degree)
    graph = build_graph(market.graph, market.n_users, market.seed)
    return graph.indices.size / market.n_users
