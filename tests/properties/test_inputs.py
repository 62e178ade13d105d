"""Round trips of descriptions, graphs of the catalogue, and laws that hold on any graph."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.errors import ConfigError
from sim.graph import Graph, build_graph, from_networkx
from sim.market import Market
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario
from tests.properties.strategies import FIXED, GRAPHS, run, scenarios, terms
from tests.worlds import ALL_AT_ONCE, EVERYBODY, WELL_MIXED, bits, limit_market, lived


@FIXED
@given(scenarios())
def test_a_scenario_survives_its_own_text(scenario: Scenario) -> None:
    """To JSON and back: equal, of the same fingerprint, and the same market bit for bit."""
    again = Scenario.from_dict(json.loads(json.dumps(scenario.as_dict())))
    assert again == scenario
    assert again.fingerprint == scenario.fingerprint
    assert bits(run(again, 5)) == bits(run(scenario, 5))


@FIXED
@given(terms(), terms())
def test_terms_survive_their_own_text_and_differ_if_one_number_does(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = (PlatformConfig(label="a", launch="2025-01-01", **t) for t in (one, other))
    text = json.loads(json.dumps(first.model_dump(mode="json")))
    assert PlatformConfig.parse(text, "test") == first
    differ = {f for f in PlatformConfig.model_fields if getattr(first, f) != getattr(second, f)}
    assert (first == second) == (not differ)
    changed = first.changed("test", **{f: getattr(second, f) for f in differ})
    assert changed == second


def valid(graph: Graph) -> None:
    """Assert the promises of the rows without asking the graph itself."""
    indptr, indices = np.asarray(graph.indptr), np.asarray(graph.indices)
    n = indptr.size - 1
    assert indptr[0] == 0
    assert indptr[-1] == indices.size
    assert (np.diff(indptr) >= 0).all()
    assert ((indices >= 0) & (indices < n)).all()
    owner = np.repeat(np.arange(n), np.diff(indptr))
    edges = owner * n + indices
    assert (np.diff(edges) > 0).all(), "rows sorted, no friend twice"
    assert (owner != indices).all(), "nobody is his own friend"
    np.testing.assert_array_equal(np.sort(indices.astype(np.int64) * n + owner), edges)


@pytest.mark.parametrize("spec", GRAPHS)
@FIXED
@given(st.integers(1, 120), st.integers(0, 2**64 - 1))
def test_every_graph_of_the_catalogue_has_valid_rows(spec: str, n: int, seed: int) -> None:
    """Whatever the number of users and the seed; the same seed gives the same rows."""
    try:
        graph = build_graph(spec, n, seed)
    except ConfigError:
        assume(False)
    valid(graph)
    again = build_graph(spec, n, seed)
    np.testing.assert_array_equal(graph.indices, again.indices)


def test_the_graphs_tried_are_the_whole_catalogue() -> None:
    from sim.graph.catalogue import FAMILIES

    assert {spec.partition("(")[0] for spec in GRAPHS} | {"edges"} >= set(FAMILIES)


@st.composite
def friendships(draw: Any) -> tuple[nx.Graph, list[int]]:
    """Draw any graph of up to 14 people, connected or not, and who starts."""
    n = draw(st.integers(1, 14))
    pairs = [(i, j) for i in range(n) for j in range(i)]
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    if pairs:
        graph.add_edges_from(draw(st.lists(st.sampled_from(pairs), max_size=30)))
    return graph, draw(st.lists(st.integers(0, n - 1), unique=True, max_size=4))


def day_started(market: Market) -> list[int]:
    return market.users.where(platform="a").column("day_activated").astype(int).tolist()


@FIXED
@given(friendships(), st.sampled_from([0.0, 0.2, 0.25, 1 / 3, 0.5, 0.75, 1.0]))
def test_threshold_cascades_follow_their_recursion_on_any_graph(
    world: tuple[nx.Graph, list[int]], threshold: float
) -> None:
    """Granovetter (1978): whoever has at least the part φ of his friends sharing, follows."""
    graph, seeds = world
    terms = {"p_share_friends": 1.0, "friend_strength": EVERYBODY}
    market = limit_market(
        graph.order(), {"a": terms}, from_networkx(graph), days=16, contagion="threshold",
        sharing_threshold=threshold,
    )  # fmt: skip
    market.users.activate("a", seeds)
    lived(market)
    expected = {seed: 0 for seed in seeds}
    for day in range(1, 16):
        sharing = set(expected)
        for person in set(graph) - sharing:
            friends = set(graph[person])
            shared = len(friends & sharing)
            if shared and shared / len(friends) >= threshold:
                expected[person] = day
    assert day_started(market) == [expected.get(person, -1) for person in graph]


@FIXED
@given(friendships(), st.sampled_from(["share", "count"]))
def test_sure_news_arrives_on_the_day_of_its_distance_on_any_graph(
    world: tuple[nx.Graph, list[int]], contagion: str
) -> None:
    """Breadth first search by networkx: a friend a day, and nothing across a gap."""
    graph, seeds = world
    terms = {"p_share_friends": 1.0, "friend_strength": EVERYBODY * 14}
    market = limit_market(
        graph.order(), {"a": terms}, from_networkx(graph), days=16, contagion=contagion
    )
    market.users.activate("a", seeds)
    lived(market)
    far = nx.multi_source_dijkstra_path_length(graph, set(seeds)) if seeds else {}
    assert day_started(market) == [far.get(person, -1) for person in graph]


@FIXED
@given(st.integers(1, 60), st.sampled_from([1.0, 7.0, 100.0]), st.integers(1, 5))
def test_twice_the_agents_at_half_the_weight_are_the_same_people(
    n: int, weight: float, quota: int
) -> None:
    """Where nothing is left to chance, people and cents are equal, not only in the mean."""
    terms = {**ALL_AT_ONCE, **WELL_MIXED, "free_quota_per_day": quota, "gpu_minutes_per_clip": 60.0,
             "usd_per_gpu_hour": 1.25, "other_revenue_usd_per_active_day": 0.5,
             "marketing_usd_per_day": 10.0}  # fmt: skip
    few, many = (
        lived(limit_market(k * n, {"a": terms}, days=3, n_people=weight * n)).results
        for k in (1, 2)
    )
    for name in ("installs", "daily_active", "clips", "compute_usd", "cash_usd", "feed_views"):
        np.testing.assert_allclose(few.array(name), many.array(name), rtol=1e-12, err_msg=name)
