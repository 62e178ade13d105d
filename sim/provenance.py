"""What ties results to code, data, graph and seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sim.versions import code_version, environment

if TYPE_CHECKING:
    from sim.graph import Graph
    from sim.market import Market

_GRAPH_HASHES: WeakKeyDictionary[Graph, str] = WeakKeyDictionary()


def _graph_hash(graph: Graph) -> str:
    """Hash a graph once, however many runs share it."""
    if graph not in _GRAPH_HASHES:
        _GRAPH_HASHES[graph] = graph.fingerprint()
    return _GRAPH_HASHES[graph]


def manifest(market: Market) -> dict[str, Any]:
    """Return everything needed to get the same bits again."""
    config = market.config
    scenario = market.scenario_config
    return {
        "scenario": scenario.name,
        "scenario_sha256": scenario.fingerprint,
        "seed": config.seed,
        "days": market.record.n_days,
        "start": str(config.start),
        "until": str(config.date(max(market.record.n_days - 1, 0))),
        "users": config.n_users,
        "people": config.n_people,
        "people_per_user": config.weight,
        "graph": market.graph.name,
        "graph_sha256": _graph_hash(market.graph),
        "promoted": len(getattr(market.users, "promoted", ())),
        "code": code_version(),
        "environment": environment(),
        "parameters": scenario.as_dict(),
    }
