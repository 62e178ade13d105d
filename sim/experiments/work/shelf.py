"""Graphs that runs of one worker share: built once, kept within a bound of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from sim.graph import Graph, build_graph, parse_graph
from sim.market_config import MarketConfig

#: Bytes of graphs a worker keeps; 20,000 users take 2 MB, a million 90 MB. The last one is kept
#: whatever its size.
KEPT_BYTES = 256_000_000


class GraphShelf:
    """The graphs used last.

    Parameters
    ----------
    kept_bytes
        Bound of memory; the graph unused longest goes first.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self.kept_bytes = kept_bytes
        self._graphs: OrderedDict[tuple[object, ...], Graph] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, market: MarketConfig) -> Graph:
        """Return the graph of a market, built if it is not there."""
        key = _key(market)
        with self._lock:
            if key in self._graphs:
                self._graphs.move_to_end(key)
                return self._graphs[key]
        graph = build_graph(market.graph, market.n_users, market.seed)
        with self._lock:
            graph = self._graphs.setdefault(key, graph)
            self._graphs.move_to_end(key)
            while len(self._graphs) > 1 and self.nbytes > self.kept_bytes:
                self._graphs.popitem(last=False)
        return graph

    @property
    def nbytes(self) -> int:
        """Bytes on the shelf."""
        return sum(graph.nbytes for graph in self._graphs.values())

    def __len__(self) -> int:
        return len(self._graphs)


def graph_file(spec: str) -> Path | None:
    """Return the file a graph is read from, or None if it is drawn."""
    parsed = parse_graph(spec)
    return Path(parsed.parameters.model_dump()["path"]) if parsed.family == "edges" else None


def _key(market: MarketConfig) -> tuple[object, ...]:
    """Return what the graph hangs on; a file that was changed is another graph."""
    file = graph_file(market.graph)
    if file is None or not file.is_file():
        return market.graph, market.n_users, market.seed
    there = file.stat()
    return market.graph, there.st_mtime_ns, there.st_size


_SHELF = GraphShelf()


def shared_graph(market: MarketConfig) -> Graph:
    """Return the graph of a market from the shelf of this process."""
    return _SHELF.get(market)
