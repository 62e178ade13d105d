"""Who is whose friend: the graph in compressed sparse rows, and every way to get one."""

from sim.graph.catalogue import family, need_room
from sim.graph.csr import Csr, csr_from_edges
from sim.graph.families import FAMILIES
from sim.graph.family_check import BrokenFamilyError, check_family
from sim.graph.given_graph import as_graph
from sim.graph.graph import Graph, build_graph, from_edges, from_networkx
from sim.graph.spec import GraphSpec, parse_graph

__all__ = [
    "FAMILIES",
    "BrokenFamilyError",
    "Csr",
    "Graph",
    "GraphSpec",
    "as_graph",
    "build_graph",
    "check_family",
    "csr_from_edges",
    "family",
    "from_edges",
    "from_networkx",
    "need_room",
    "parse_graph",
]
