"""Graphs that runs of one worker share: built once, kept within a bound of bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from cachetools import LRUCache, cached

from sim.graph import FAMILIES, Graph, build_graph, parse_graph
from sim.market_config import MarketConfig

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
