"""Who is whose friend: the graph in compressed sparse rows, and every way to get one."""

from sim.graph.families import FAMILIES
from sim.graph.graph import Graph, build_graph, from_edges, from_networkx
from sim.graph.spec import GraphSpec, parse_graph

__all__ = [
    "FAMILIES",
    "Graph",
    "GraphSpec",
    "build_graph",
    "from_edges",
    "from_networkx",
    "parse_graph",
]
