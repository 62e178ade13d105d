"""Sharing, in the limit of a cascade, against EoN, Mesa's own epidemic and epydemic.

On the same graph the final sizes are those of bond percolation (Newman 2002), whoever computes
them and in whatever order people are stepped.
"""

from __future__ import annotations

import inspect
import math
import warnings

import EoN
import networkx as nx
import numpy as np
import numpy.typing as npt
import pytest
from mesa.examples.basic.virus_on_network import model as mesa_virus
from mesa.examples.basic.virus_on_network.agents import State

from sim.graph import Graph, build_graph
from tests.docking.graphs import PLATFORMS, needs_the_real_graph, our_sizes, real_graph
from tests.verification import Verified

Array = npt.NDArray[np.float64]

GRAPHS = {
    "Erdős-Rényi": ("erdos_renyi(degree=8)", 0.25),
    "two blocks": ("blocks(degree=8, groups=2, mixing=0.02)", 0.2),
    "small world": ("small_world(degree=6, rewire=0.1)", 0.35),
    "heavy tail": ("power_law_cluster(degree=8, triangles=0.5)", 0.15),
    "4-regular": ("configuration(law=regular, degree=4)", 0.5),
}


def eon_sizes(graph: nx.Graph, transmissibility: float, runs: int) -> Array:
    """Return (runs,) sizes of the percolated component of a random node, by EoN."""
    rng = np.random.default_rng(2)
    sizes = []
    for _ in range(runs):
        percolated = EoN.percolate_network(graph, transmissibility, rng=rng)
        node = int(rng.integers(graph.order()))
        sizes.append(len(nx.node_connected_component(percolated, node)))
    return np.array(sizes, float)


def agree(verified: Verified, software: str, claim: str, ours: Array, theirs: Array) -> None:
    """Equal means within four standard errors of their difference."""
    error = math.hypot(ours.std() / math.sqrt(ours.size), theirs.std() / math.sqrt(theirs.size))
    verified(software, claim, ours.mean(), theirs.mean(), 4.0 * error)


@pytest.mark.parametrize("kind", GRAPHS)
def test_cascades_on_a_random_graph_have_the_sizes_of_eon(kind: str, verified: Verified) -> None:
    """1,000 users, above the threshold: 96 runs of each."""
    spec, chance = GRAPHS[kind]
    graph = build_graph(spec, 1_000, 5)
    ours, theirs = our_sizes(graph, chance, 96), eon_sizes(graph.to_networkx(), chance, 96)
    agree(verified, "EoN", f"mean cascade, {kind}, T = {chance}", ours, theirs)


def test_cascades_on_a_star_have_the_sizes_of_eon_and_of_arithmetic(verified: Verified) -> None:
    """A hub with k = 30 leaves: E = (1/(k+1))(1 + kT) + (k/(k+1))(1 + T(1 + (k-1)T)); 320 runs."""
    star = nx.star_graph(30)
    graph = Graph(
        np.concatenate([[0], 30 + np.arange(31)]).astype(np.int64),
        np.concatenate([np.arange(1, 31), np.zeros(30)]).astype(np.int32),
        "star",
    )
    chance, k = 0.4, 30
    ours, theirs = our_sizes(graph, chance, 320), eon_sizes(star, chance, 320)
    agree(verified, "EoN", "mean cascade, star of 31, T = .4", ours, theirs)
    expected = (1 + k * chance) / (k + 1) + k * (1 + chance * (1 + (k - 1) * chance)) / (k + 1)
    limit = 4.0 * ours.std() / math.sqrt(320)
    verified("arithmetic", "mean cascade, star of 31, T = .4", ours.mean(), expected, limit)


def test_the_outbreak_of_theory_is_that_of_eon(verified: Verified) -> None:
    """EoN.Attack_rate_discrete of a Poisson degree law, T = .25: .796812, as O5 says."""
    law = {k: math.exp(-8 + k * math.log(8) - math.lgamma(k + 1)) for k in range(60)}
    rate = EoN.Attack_rate_discrete(law, 0.25)
    verified("EoN", "Attack_rate_discrete, Poisson 8, T = .25", rate, 0.796812, 1e-4)


def virus_sizes(
    monkeypatch: pytest.MonkeyPatch, graph: nx.Graph, chance: float, runs: int
) -> Array:
    """Return final sizes of Mesa's virus_on_network, on a graph of ours.

    Check, recovery and resistance 1: whoever is infected tries each neighbor once and is immune
    after that. The model makes its own graph; here it is handed this one.
    """
    monkeypatch.setattr(mesa_virus.nx, "erdos_renyi_graph", lambda n, p: graph)
    sizes = []
    # Mesa 3.5 takes the seed under another name.
    known = inspect.signature(mesa_virus.VirusOnNetwork).parameters
    name = "rng" if "rng" in known else "seed"
    for seed in range(runs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Mesa about its own seed argument
            model = mesa_virus.VirusOnNetwork(
                num_nodes=graph.order(), initial_outbreak_size=1, virus_spread_chance=chance,
                virus_check_frequency=1.0, recovery_chance=1.0, gain_resistance_chance=1.0,
                **{name: seed},
            )  # fmt: skip
        while mesa_virus.number_infected(model):
            model.agents.shuffle_do("step")
        sizes.append(sum(agent.state is State.RESISTANT for agent in model.agents))
    return np.array(sizes, float)


def test_cascades_have_the_sizes_of_mesas_virus_on_the_same_network(
    monkeypatch: pytest.MonkeyPatch, verified: Verified
) -> None:
    """Erdős-Rényi, 300 users, ⟨k⟩ = 6, T = .3: 128 of ours, 64 of Mesa's, stepped in any order."""
    graph = build_graph("erdos_renyi(degree=6)", 300, 9)
    theirs = virus_sizes(monkeypatch, graph.to_networkx(), 0.3, 64)
    ours = our_sizes(graph, 0.3, 128)
    agree(verified, "Mesa", "mean cascade, virus_on_network, T = .3", ours, theirs)


def epydemic_giants(graph: nx.Graph, chances: list[float], runs: int) -> Array:
    """Return (runs, chances) sizes of the largest component, by epydemic's Newman-Ziff."""
    import epydemic  # three seconds, for two tests

    state = np.random.get_state()  # noqa: NPY002 - epydemic shuffles with numpy's global generator
    np.random.seed(3)  # noqa: NPY002
    try:
        sizes = []
        for _ in range(runs):
            # The last sample point must be 1: beyond the last one it looks for another.
            experiment = epydemic.BondPercolation(graph.copy(), [*chances, 1.0])
            results = experiment.set({}).run(fatal=True)
            sizes.append(results[experiment.RESULTS][experiment.GCC][: len(chances)])
    finally:
        np.random.set_state(state)  # noqa: NPY002
    return np.array(sizes, float)


def test_outbreaks_have_the_size_of_epydemics_giant_component(verified: Verified) -> None:
    """Newman and Ziff (2000) on the same graph: a cascade above a tenth of it is the giant one.

    Far above the threshold other components are small, so outbreaks and giants are the same.
    """
    graph = build_graph("erdos_renyi(degree=8)", 1_000, 5)
    chances = [0.25, 0.4]
    giants = epydemic_giants(graph.to_networkx(), chances, 40)
    for chance, theirs in zip(chances, giants.T, strict=True):
        ours = our_sizes(graph, chance, 6 * PLATFORMS)
        outbreaks = ours[ours > 100]
        agree(verified, "epydemic", f"outbreak, Erdős-Rényi, T = {chance}", outbreaks, theirs)


@pytest.mark.slow
@needs_the_real_graph
@pytest.mark.parametrize("transmissibility", [0.02, 0.05, 0.1])
def test_cascades_among_real_friends_have_the_sizes_of_eon(
    transmissibility: float, verified: Verified
) -> None:
    """ego-Facebook, 4,039 people: 208 runs each."""
    graph = real_graph()
    runs = 13 * PLATFORMS
    ours = our_sizes(graph, transmissibility, runs)
    theirs = eon_sizes(graph.to_networkx(), transmissibility, runs)
    assert ours.size == theirs.size == runs >= 200
    claim = f"mean cascade of {runs}, Facebook, T = {transmissibility}"
    agree(verified, "EoN", claim, ours, theirs)


@pytest.mark.slow
@needs_the_real_graph
def test_cascades_among_real_friends_have_the_size_of_epydemics_giant(verified: Verified) -> None:
    """ego-Facebook at T = .1: outbreaks are the giant component of the percolated graph."""
    graph = real_graph()
    giants = epydemic_giants(graph.to_networkx(), [0.1], 10)[:, 0]
    ours = our_sizes(graph, 0.1, 3 * PLATFORMS)
    outbreaks = ours[ours > 404]
    agree(verified, "epydemic", "outbreak, Facebook, T = .1", outbreaks, giants)
