"""Sharing, in the limit of a cascade, against EoN on the same graphs.

One clip for sure, shown to every friend, on one day only: friend j passes it on with probability
T = 1 - exp(-β), each edge by itself. The final sizes are those of bond percolation (Newman 2002).
"""

from __future__ import annotations

import math
from pathlib import Path

import EoN
import networkx as nx
import numpy as np
import numpy.typing as npt
import pytest

from sim.graph import Graph, build_graph, from_edges
from tests.science.limits import alike, limit_market, lived

FACEBOOK = Path(__file__).resolve().parents[3] / "shared" / "graphs" / "facebook_ego.txt.gz"
PLATFORMS = 16


def our_sizes(graph: Graph, transmissibility: float, runs: int) -> npt.NDArray[np.float64]:
    """Return (runs,) final sizes, the seed included, each from a random seed of its own."""
    platform = {
        "p_share_friends": 1.0,
        "friend_strength": -math.log1p(-transmissibility),
        "p_dropout": 1.0,
    }
    rng = np.random.default_rng(1)
    sizes: list[float] = []
    for seed in range(math.ceil(runs / PLATFORMS)):
        market = limit_market(
            graph.n_users, alike(PLATFORMS, **platform), graph, days=60,
            contagion="count", seed=seed,
        )  # fmt: skip
        for name in market.platforms:
            market.users.activate(name, [int(rng.integers(graph.n_users))])
        lived(market)
        assert market.record.past("daily_active")[-1].sum() == 0, "every cascade has ended"
        sizes += (market.users.columns["day_installed"] >= 0).sum(axis=1).tolist()
    return np.array(sizes[:runs])


def eon_sizes(graph: nx.Graph, transmissibility: float, runs: int) -> npt.NDArray[np.float64]:
    """Return (runs,) sizes of the percolated component of a random node, by EoN."""
    rng = np.random.default_rng(2)
    sizes = []
    for _ in range(runs):
        percolated = EoN.percolate_network(graph, transmissibility, rng=rng)
        node = int(rng.integers(graph.order()))
        sizes.append(len(nx.node_connected_component(percolated, node)))
    return np.array(sizes, float)


def agree(ours: npt.NDArray[np.float64], theirs: npt.NDArray[np.float64]) -> None:
    """Assert equal means within four standard errors of their difference."""
    error = math.hypot(ours.std() / math.sqrt(ours.size), theirs.std() / math.sqrt(theirs.size))
    assert ours.mean() == pytest.approx(theirs.mean(), abs=4.0 * error)


def test_cascades_on_a_random_graph_have_the_sizes_of_eon() -> None:
    """Erdős-Rényi, n = 2,000, ⟨k⟩ = 8, T = .25: 96 runs each."""
    graph = build_graph("erdos_renyi(degree=8)", 2_000, 5)
    agree(our_sizes(graph, 0.25, 96), eon_sizes(graph.to_networkx(), 0.25, 96))


def test_the_outbreak_of_theory_is_that_of_eon() -> None:
    """EoN.Attack_rate_discrete of a Poisson degree law, T = .25: .796812, as O5 says."""
    law = {k: math.exp(-8 + k * math.log(8) - math.lgamma(k + 1)) for k in range(60)}
    assert EoN.Attack_rate_discrete(law, 0.25) == pytest.approx(0.796812, abs=1e-4)


@pytest.mark.slow
@pytest.mark.skipif(not FACEBOOK.exists(), reason="the real graph lies beside the checkout only")
@pytest.mark.parametrize("transmissibility", [0.02, 0.05, 0.1])
def test_cascades_among_real_friends_have_the_sizes_of_eon(transmissibility: float) -> None:
    """ego-Facebook (McAuley and Leskovec 2012), 4,039 people: 208 runs each."""
    graph = from_edges(FACEBOOK)
    runs = 13 * PLATFORMS
    agree(
        our_sizes(graph, transmissibility, runs),
        eon_sizes(graph.to_networkx(), transmissibility, runs),
    )
