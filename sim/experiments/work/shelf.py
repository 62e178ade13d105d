"""What runs of one worker share: graphs, built once and kept within a bound of bytes; scenarios."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

from cachetools import LRUCache, cached

from sim.graph import FAMILIES, Graph, build_graph, parse_graph
from sim.market_config import MarketConfig
from sim.scenario import Scenario

#: Bytes of graphs a worker keeps; 20,000 users take 2 MB, a million 90 MB. The last one is kept
#: whatever its size.
KEPT_BYTES = 256_000_000


def shelf(kept_bytes: int = KEPT_BYTES) -> Callable[[MarketConfig], Graph]:
    """Return a function that gives the graph of a market, built if it is not on the shelf.

    Parameters
    ----------
    kept_bytes
        Bound of memory; the graph unused longest goes first.
    """

    def room(graph: Graph) -> int:
        # One beyond the bound takes all the room there is, instead of none: it is kept alone.
        return min(graph.nbytes, kept_bytes)

    @cached(LRUCache(kept_bytes, room), key=_key, lock=threading.Lock())
    def graph_of(market: MarketConfig) -> Graph:
        return build_graph(market.graph, market.n_users, market.seed)

    return graph_of


def graph_file(spec: str) -> Path | None:
    """Return the file a graph is read from, or None if it is drawn."""
    parsed = parse_graph(spec)
    return Path(parsed.parameters.model_dump()["path"]) if parsed.family == "edges" else None


def _key(market: MarketConfig) -> tuple[object, ...]:
    """Return what the graph hangs on.

    A file that was changed is another graph, and so is a family of one's own that was defined anew.
    """
    file = graph_file(market.graph)
    if file is not None and file.is_file():
        there = file.stat()
        return market.graph, there.st_mtime_ns, there.st_size
    build = FAMILIES[parse_graph(market.graph).family].build
    return market.graph, build, market.n_users, market.seed


#: The graph of a market, from the shelf of this process.
shared_graph = shelf()

#: Scenarios, apart from their seeds, that a worker remembers.
_KEPT_SCENARIOS = 64


def shared_scenario(given: Mapping[str, Any]) -> Scenario:
    """Return `Scenario.from_dict`; one that differs in its seed alone is not read again."""
    market = given.get("market")
    seed = market.get("seed") if isinstance(market, Mapping) else None
    if not isinstance(market, Mapping) or type(seed) is not int or not 0 <= seed < 2**64:
        return Scenario.from_dict(given)
    first = _scenario(json.dumps({**given, "market": {**market, "seed": 0}}))
    found = copy(first)
    object.__setattr__(found, "market", first.market.model_copy(update={"seed": seed}))
    return found


@lru_cache(maxsize=_KEPT_SCENARIOS)
def _scenario(text: str) -> Scenario:
    scenario = Scenario.from_dict(json.loads(text))
    scenario.market.rel_exposure(0)  # its calendar is worked out once, for all who copy it
    scenario.market.users_of_surfaces(0)
    return scenario
