"""Where the real friend graph lies, and limit cascades on any graph."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from sim.graph import Graph, from_edges
from tests.worlds import alike, limit_market, lived

#: A folder that holds the graphs; else ``shared/graphs`` beside the checkout is looked at.
VARIABLE = "CLIPMARKET_GRAPHS"
PLATFORMS = 16


def real_graph_file() -> Path:
    """Return where ego-Facebook (McAuley and Leskovec 2012) is looked for."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "graphs"
    return Path(os.environ.get(VARIABLE, beside)) / "facebook_ego.txt.gz"


needs_the_real_graph = pytest.mark.skipif(
    not real_graph_file().exists(),
    reason=f"the real graph is not shipped; set {VARIABLE} to its folder",
)


def real_graph() -> Graph:
    """Return the friendships of 4,039 people on Facebook."""
    return from_edges(real_graph_file())


def our_sizes(graph: Graph, transmissibility: float, runs: int) -> npt.NDArray[np.float64]:
    """Return (runs,) final sizes of cascades, the seed included, each from a random seed.

    One clip for sure, shown to every friend, on one day only: friend j passes it on with
    probability T = 1 - exp(-β), each edge by itself. Sixteen platforms are sixteen runs.
    """
    platform = {
        "p_share_friends": 1.0,
        "friend_strength": -math.log1p(-transmissibility),
        "p_dropout": 1.0,
    }
    rng = np.random.default_rng(1)
    sizes: list[float] = []
    for seed in range(math.ceil(runs / PLATFORMS)):
        market = limit_market(
            graph.n_users, alike(PLATFORMS, **platform), graph, days=80,
            contagion="count", seed=seed,
        )  # fmt: skip
        for name in market.platforms:
            market.users.activate(name, [int(rng.integers(graph.n_users))])
        while market.day == 0 or market.record.past("daily_active")[-1].any():
            lived(market, 1)
        sizes += (market.users.columns["day_installed"] >= 0).sum(axis=1).tolist()
    return np.array(sizes[:runs])
