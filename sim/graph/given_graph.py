"""A graph that somebody hands to a market: ours, or one of networkx."""

from __future__ import annotations

from typing import Any

from sim.checks import short
from sim.errors import ConfigError
from sim.graph.graph import Graph, from_networkx


def as_graph(given: Any) -> Graph:
    """Return a graph that compiled code may trust; networkx's is taken over (`from_networkx`).

    Raises
    ------
    ConfigError
        If it is no graph.
    DataError
        If it breaks a promise that a graph makes (`Graph.validate`).
    """
    if isinstance(given, str):
        raise ConfigError(
            f"graph = {short(given)}: must be a Graph. A graph of the catalogue is named by the "
            "scenario: scenario.with_market(graph=...)."
        )
    if isinstance(given, Graph):
        graph = given
    elif callable(getattr(given, "nodes", None)):
        graph = from_networkx(given)
    else:
        raise ConfigError(
            f"graph = {short(given)}: must be a Graph or a networkx graph. Use from_edges(path), "
            "from_networkx(graph), or Graph(indptr, indices)."
        )
    if not graph.is_valid:
        graph.validate()
    return graph
