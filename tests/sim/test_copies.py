"""What describes a run can be copied and pickled; what is a part of one says how to go about it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agents import User
from scenarios import baseline
from sim.errors import ConfigError
from sim.market import Market
from tests.worlds import bits, small

WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda one: pickle.loads(pickle.dumps(one)),
}
PARTS: dict[str, Callable[[Market], Any]] = {
    "market": lambda market: market,
    "users": lambda market: market.users,
    "a user": lambda market: market.users[3],
    "a user with a class of his own": lambda market: market.users.promoted[5],
    "a platform": lambda market: market.platform("sora"),
    "columns": lambda market: market.users.columns,
    "books": lambda market: market.users.books,
    "record": lambda market: market.record,
}


@pytest.fixture(scope="module")
def market() -> Market:
    lived = small(300)
    lived.run("2025-10-20")
    lived.users.promote([5], User)
    return lived


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_market_is_not_copied_and_says_what_to_do(
    market: Market, part: str, way: str
) -> None:
    before = bits(market)
    with pytest.raises(ConfigError, match=r"branch\(\).*save\(path\).*load\(path\)") as refused:
        WAYS[way](PARTS[part](market))
    assert len(str(refused.value).splitlines()) == 1
    assert bits(market) == before


@pytest.mark.parametrize("way", ["deepcopy", "pickle"])
@pytest.mark.parametrize("what", [lambda market: [market], lambda market: market.agents])
def test_nor_is_a_market_inside_of_something_else(
    market: Market, what: Callable[[Market], Any], way: str
) -> None:
    with pytest.raises(ConfigError, match="branch"):
        WAYS[way](what(market))


@pytest.mark.parametrize("way", WAYS)
def test_a_scenario_is_copied_as_it_is(way: str) -> None:
    scenario = baseline.scenario()
    again = WAYS[way](scenario)
    assert again == scenario
    assert again.fingerprint == scenario.fingerprint
    assert again.set("sora.p_active", 0.5).platforms["sora"].p_active == 0.5


@pytest.mark.parametrize("way", WAYS)
def test_results_are_copied_as_they_are(market: Market, way: str) -> None:
    results = market.results
    again = WAYS[way](results)
    assert again.daily.equals(results.daily)
    assert again.cohorts().equals(results.cohorts())
    assert again.changes().equals(results.changes())
    assert again.manifest == results.manifest


@pytest.mark.parametrize("way", WAYS)
def test_a_graph_is_copied_read_only(market: Market, way: str) -> None:
    again = WAYS[way](market.graph)
    assert again.fingerprint() == market.graph.fingerprint()
    with pytest.raises(ValueError, match="read-only"):
        again.indices[0] = 1


def test_a_branch_is_the_copy_that_lives() -> None:
    trunk = small(300)
    trunk.run("2025-10-20")
    twig = trunk.branch()
    trunk.run()
    assert not np.array_equal(twig.users.columns["status"], trunk.users.columns["status"])
    twig.run()
    assert bits(twig) == bits(trunk)
