"""Friends as company: enough of them persuade, those elsewhere draw, those gone push and pull.

Histories of a few people, written out, on graphs drawn by hand; and closed forms.
"""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest

from agents import User
from agents.day import choice, staying
from agents.day.sight import n_friends_seen
from agents.day.world import World
from agents.state import Sight
from sim.counts import VIRAL_WAYS
from sim.graph import Graph, from_networkx
from sim.market import Market
from tests.agents.mornings import morning
from tests.verification import Verified, four_se
from tests.worlds import ALL_AT_ONCE, CROWD, EVERYBODY, daily, date, limit_market, lived

#: Nobody wants it alone, and everybody once enough friends are there.
SHY: dict[str, Any] = {
    **CROWD, "utility": -50.0, "friend_utility": 200.0, "interest_per_day": EVERYBODY,
}  # fmt: skip


def graph(edges: list[tuple[int, int]], n: int) -> Graph:
    g = nx.Graph()
    g.add_nodes_from(range(n))
    g.add_edges_from(edges)
    return from_networkx(g)


def ladder(n: int) -> Graph:
    """Each is a friend of the two before him and of the two behind."""
    return graph([(i, i + k) for i in range(n) for k in (1, 2) if i + k < n], n)


def star(n: int) -> Graph:
    return graph([(0, i) for i in range(1, n + 1)], n + 1)


def started(market: Market) -> list[int]:
    return market.users.columns["day_activated"][0].tolist()


# Enough friends


@pytest.mark.parametrize(("needed", "days"), [(1, [0, 0, 1, 1, 2, 2]), (2, [0, 0, 1, 2, 3, 4]),
                                              (3, [0, 0, -1, -1, -1, -1])])  # fmt: skip
def test_company_spreads_as_far_as_so_many_friends_reach(needed: int, days: list[int]) -> None:
    """A ladder of six, the first two there: in pairs, one by one, or not at all (Granovetter)."""
    market = limit_market(6, {"a": {**SHY, "friend_utility_threshold": needed}}, ladder(6), days=6)
    market.users.activate("a", [0, 1])
    assert started(lived(market)) == days


def test_two_friends_do_what_one_does_not() -> None:
    """The same people with half of the friendships: on a path nobody ever has two friends there."""
    path = graph([(i, i + 1) for i in range(5)], 6)
    market = limit_market(6, {"a": SHY}, path, days=6)
    market.users.activate("a", [0, 1])
    assert started(lived(market)) == [0, 0, -1, -1, -1, -1]
    market = limit_market(6, {"a": SHY}, path, days=6)
    market.users.activate("a", [0, 2])
    assert started(lived(market)) == [0, 1, 0, -1, -1, -1]


def test_company_is_a_log_or_a_step() -> None:
    """η·log(1 + n), or η from so many on; the step is right of n - 1 and no more for more."""
    w: World = morning()
    w.terms["friend_utility"][:] = (0.7, 0.7, -0.7)
    w.terms["friend_utility_threshold"][:] = 3
    for n in range(9):
        assert choice.company(w, 0, n) == pytest.approx(0.7 * math.log(1 + n), rel=1e-15)
        assert choice.company(w, 2, n) == (-0.7 if n >= 3 else 0.0)


def test_enough_friends_are_the_parents_of_whom_they_persuade() -> None:
    """By presence, each of those there as likely; one too few persuade nobody, and bring nobody.

    Rows 2 to 5 have the seeds for friends; row 6 has one of them, and wants it by himself on day 3.
    """
    edges = [(seed, row) for row in range(2, 6) for seed in (0, 1)] + [(0, 6)]
    market = limit_market(7, {"a": {**SHY, "p_dropout": 1.0}}, graph(edges, 7), days=5)
    market.users.activate("a", [0, 1])
    lived(market, 3)
    market.users.activate("a", [6])
    lived(market)
    assert started(market) == [0, 0, 1, 1, 1, 1, 3]
    assert daily(market, "offspring_of_cohort")[:, 0].tolist() == [4, 0, 0, 0, 0]
    brought = {way: int(daily(market, f"offspring_{way}").sum()) for way in VIRAL_WAYS}
    assert brought == {**dict.fromkeys(VIRAL_WAYS, 0), "presence": 4}


# Friends elsewhere, and friends who left


def test_who_has_more_friends_on_the_other_app_goes_there_alone() -> None:
    """0 uses both; 1, 2 and 3 are on b, 4 on a: (1 + 3)/(1 + 1) = 2, to a power that is certain.

    Seen on day 1 for the first time. Nobody else is on two apps, so nobody else is drawn.
    """
    terms = {"p_dropout": 1e-6, "dropout_rival_friends": 60.0}
    market = limit_market(5, {"a": terms, "b": terms}, star(4), days=4)
    market.users.activate("a", [0, 4])
    market.users.activate("b", [0, 1, 2, 3])
    lived(market)
    assert daily(market, "dropouts").tolist() == [[0, 0], [1, 0], [0, 0], [0, 0]]
    assert daily(market, "active")[-1].tolist() == [1, 4]
    assert market.users[0]["a"].status == "lost"


class Scheduled(User):
    """Leaves and comes back on days that are given by row."""

    leaving: dict[int, tuple[int, ...]] = {1: (1,), 2: (2,)}  # noqa: RUF012
    coming: dict[int, tuple[int, ...]] = {1: (4,)}  # noqa: RUF012

    def leaves(self, platform: str) -> bool:
        return self.model.day in self.leaving.get(self.row, ())

    def comes_back(self, platform: str) -> bool:
        return self.model.day in self.coming.get(self.row, ())


def seen_by_the_hub(market: Market, psi: float) -> tuple[int, int, float]:
    """Return (friends there, friends who left, their part of those who came), this morning."""
    market.users.listen()
    w = market.users.world
    there, left = (int(n_friends_seen(w, 0, 0, bit, 0.0)) for bit in (Sight.PRESENT, Sight.LEFT))
    return there, left, round(float(staying.friends_push(w, 0, 0)) / psi, 12)


def test_who_left_is_seen_to_have_left_until_he_comes_back() -> None:
    """A hub of three friends: 1 leaves on the evening of day 1, 2 of day 2, 1 is back on day 4.

    Seen on the morning after, when who left last night was still there yesterday; then by hand:
    somebody set to have left is seen at once, and no more once he is forgotten, or starts anew.
    """
    psi = 0.8
    market = limit_market(4, {"a": {"dropout_friends_left": psi}}, star(3), days=12)
    market.users.activate("a", range(4))
    market.users.promote(range(4), Scheduled)
    history = []
    for _ in range(6):
        history.append(seen_by_the_hub(market, psi))
        lived(market, 1)
    third = round(1 / 3, 12)
    assert history == [(0, 0, 0.0), (3, 0, 0.0), (3, 1, third), (2, 2, round(2 / 3, 12)),
                       (1, 2, round(2 / 3, 12)), (2, 1, third)]  # fmt: skip
    by_hand = market.users[3]["a"]
    by_hand.status = "lost"
    assert seen_by_the_hub(market, psi) == (2, 2, round(2 / 3, 12))
    lived(market, 1)
    assert seen_by_the_hub(market, psi) == (1, 2, round(2 / 3, 12))
    by_hand.status = "active"
    lived(market, 1)
    assert seen_by_the_hub(market, psi) == (2, 1, third)
    market.users[2]["a"].status = "unaware"
    assert seen_by_the_hub(market, psi) == (2, 0, 0.0)


def test_who_was_there_before_a_restart_is_seen_to_have_left_after_it(tmp_path: Any) -> None:
    market = limit_market(4, {"a": {"p_dropout": 1.0}, "b": {}, "c": {"p_dropout": 1.0}}, star(3))
    market.users.activate("a", [1])
    market.users.activate("c", [2])
    lived(market, 3)
    sights = market.users.columns.arrays["sights"].copy()
    assert sights[:, 1:3].tolist() == [[Sight.LEFT, 0], [0, Sight.LEFT]]
    loaded, twig = Market.load(market.save(tmp_path / "m.npz")), market.branch()
    for one in (loaded, twig):
        np.testing.assert_array_equal(one.users.columns.arrays["sights"], sights)


# Pulled back


@pytest.mark.parametrize("pull", [0.0, EVERYBODY])
def test_who_left_comes_back_by_a_friends_clip_and_by_nothing_else(pull: float) -> None:
    """A pair: 1 leaves on his first evening, is sent a clip each day, and is back on day 2.

    On day 1 he has left only last night. He hears of nothing else: `rel_exposure_lost` is 0.
    """
    terms = {"p_share_friends": 1.0, "pull_per_share": pull, "interest_per_day": EVERYBODY}
    market = limit_market(2, {"a": terms}, graph([(0, 1)], 2), days=6)
    market.users.columns["dropout"] = np.array([[0.0, 1.0]])
    lived(market)
    back = [0, 0, 1, 0, 1, 0] if pull else [0] * 6
    assert daily(market, "returns")[:, 0].tolist() == back
    assert daily(market, "exposures_friend")[:, 0].tolist() == back
    assert daily(market, "exposures_interest")[:, 0].tolist() == [2, 0, 0, 0, 0, 0]
    assert daily(market, "activations")[:, 0].tolist() == [2] + [0] * 5
    assert market.users[1]["a"].returned_on == (date(4) if pull else None)


@pytest.mark.parametrize("form", ["share", "count"])
def test_the_pull_of_friends_is_a_hazard(form: str, verified: Verified) -> None:
    """β_r·X: of 8,000 with two friends of whom one sent a clip, 1 - e^{-β_r/2}, or 1 - e^{-β_r}.

    One draw each, independent: four standard errors.
    """
    n, beta = 8_000, 0.6
    edges = [(3 * i, 3 * i + 1) for i in range(n)] + [(3 * i + 1, 3 * i + 2) for i in range(n)]
    terms = {**ALL_AT_ONCE, "p_share_friends": 1.0, "pull_per_share": beta}
    market = limit_market(3 * n, {"a": terms}, graph(edges, 3 * n), 3, contagion=form)
    kind = np.arange(3 * n) % 3
    # The first of three stays and sends, the second leaves, the third is gone before he could.
    market.users.columns["dropout"] = (kind > 0).astype(float)[None, :]
    lived(market)
    chance = -math.expm1(-beta / 2.0 if form == "share" else -beta)
    returned = market.users.columns["day_returned"][0] == 2
    assert not returned[kind != 1].any()
    claim = f"who left and was pulled back, X by {form}"
    verified("O36", claim, returned[kind == 1].mean(), chance, four_se(chance, n))
    assert daily(market, "exposures_friend")[2, 0] == returned.sum()
    assert daily(market, "returns")[2, 0] == returned.sum()
