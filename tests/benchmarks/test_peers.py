"""The bare adoption rule, here and elsewhere, in one run (``make bench``)."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from sim.graph import build_graph
from tests.benchmarks.peers import PEERS, STEPS, limit_market

SIZES = (10_000, 100_000, 1_000_000)
GRAPH = "small_world(degree=10, rewire=0.1)"


@pytest.mark.parametrize("n_users", SIZES)
@pytest.mark.parametrize("name", PEERS)
def test_bare_adoption(benchmark: Any, name: str, n_users: int) -> None:
    function, most = PEERS[name]
    if n_users > most:
        pytest.skip(f"would take minutes with {n_users:,} users")
    if name.startswith("Starsim") and importlib.util.find_spec("starsim") is None:
        pytest.skip("Starsim is not installed: pip install starsim")
    graph = build_graph(GRAPH, n_users, 1)
    runs = []
    benchmark.pedantic(lambda: runs.append(function(graph, STEPS, 1)), rounds=2, iterations=1)
    share, seconds = min(runs, key=lambda run: run[1])
    benchmark.group = "peers"
    benchmark.extra_info.update(
        run_seconds=seconds, user_steps=n_users * STEPS, share=share, name=name, n_users=n_users
    )
    assert 0.15 < share < 0.25


def test_the_kernels_alone_adopt_exactly_whom_the_market_adopts() -> None:
    """Same luck, same hazard: the comparison above is of the same work, to the last adopter."""
    graph = build_graph(GRAPH, 5_000, 1)
    shares = {PEERS[name][0](graph, STEPS, 1)[0] for name in PEERS if name.startswith("clipmarket")}
    market = limit_market(graph, STEPS, 1, threads=1)
    market.run()
    installed = market.users.columns["day_installed"][0] >= 0
    assert shares == {float(np.mean(installed))}
