"""Graph statistics against networkx, and SALib on a function whose indices are known."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from SALib.analyze import sobol as analyze
from SALib.sample import sobol as sample

from sim.graph import Graph, build_graph
from tests.docking.graphs import needs_the_real_graph, real_graph
from tests.verification import Verified

SPECS = (
    "erdos_renyi(degree=6)", "small_world(degree=6, rewire=0.1)",
    "power_law_cluster(degree=8, triangles=0.7)", "blocks(degree=6, groups=4, mixing=0.1)",
    "configuration(law=regular, degree=4)",
)  # fmt: skip


def same_statistics(verified: Verified, name: str, graph: Graph) -> None:
    """Our rows against networkx on the same edge list, read independently of `to_networkx`."""
    theirs = nx.Graph()
    theirs.add_nodes_from(range(graph.n_users))
    for row in range(graph.n_users):
        theirs.add_edges_from((row, int(friend)) for friend in graph.neighbors(row))
    degrees = [d for _, d in sorted(theirs.degree)]
    verified.same("networkx", f"degree of every user, {name}", graph.degrees, degrees)
    verified.same("networkx", f"edges, {name}", graph.n_edges, theirs.number_of_edges())
    clustering = nx.average_clustering(theirs)
    verified("networkx", f"clustering, {name}", graph.average_clustering(), clustering, 1e-12)
    assert nx.utils.graphs_equal(graph.to_networkx(), theirs)


@pytest.mark.parametrize("spec", SPECS)
def test_statistics_are_those_of_networkx(spec: str, verified: Verified) -> None:
    same_statistics(verified, spec.partition("(")[0], build_graph(spec, 600, 3))


@needs_the_real_graph
def test_statistics_of_real_friends_are_those_of_networkx(verified: Verified) -> None:
    """ego-Facebook: 4,039 people, 88,234 friendships, clustering .6055 (SNAP)."""
    graph = real_graph()
    same_statistics(verified, "Facebook", graph)
    verified.same("SNAP", "people and friendships", (graph.n_users, graph.n_edges), (4_039, 88_234))
    verified("SNAP", "clustering", graph.average_clustering(), 0.6055, 5e-5)


def ishigami(x: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    """Return sin x1 + a·sin² x2 + b·x3⁴·sin x1."""
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_salib_finds_the_known_indices_of_the_ishigami_function(verified: Verified) -> None:
    """Ishigami and Homma (1990), a = 7, b = .1, in closed form; before it is trusted on a market.

    V = a²/8 + bπ⁴/5 + b²π⁸/18 + 1/2; V1 = (1 + bπ⁴/5)²/2, V2 = a²/8, V13 = 8b²π⁸/225. With 4,096
    base points the bootstrap half-width of each index is below .05.
    """
    a, b = 7.0, 0.1
    v1 = 0.5 * (1 + b * math.pi**4 / 5) ** 2
    v2, v13 = a**2 / 8, 8 * b**2 * math.pi**8 / 225
    v = v1 + v2 + v13
    names = ["x1", "x2", "x3"]
    problem = {"num_vars": 3, "names": names, "bounds": [[-math.pi, math.pi]] * 3}
    points = sample.sample(problem, 4_096, calc_second_order=False, seed=1)
    found = analyze.analyze(problem, ishigami(points), calc_second_order=False, seed=1)
    first, total = (v1 / v, v2 / v, 0.0), ((v1 + v13) / v, v2 / v, v13 / v)
    assert first == pytest.approx((0.3139, 0.4424, 0.0), abs=5e-5)
    for kind, name, expected in (("S1", "first order", first), ("ST", "total", total)):
        for x, one, wanted in zip(names, found[kind], expected, strict=True):
            verified("SALib", f"{name} index of {x}, Ishigami", one, wanted, 0.02)
