"""Who brought whom: offspring by cohort and way, against branching processes and written histories.

The k-factor of a cohort is the number of people whom its members brought, over its size. Each of
these has one parent: whoever gave the code, sent the clip, or was there without whom he would not
have come.
"""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest

from agents.day.invites import Pool, _draw_codes
from sim.counts import VIRAL_WAYS
from sim.graph import Graph, build_graph, from_networkx
from sim.interventions import Event, Opening
from sim.market import Market
from tests.agents.mornings import N, morning
from tests.science.test_cascades import cascades
from tests.science.test_invites import spread_by_codes
from tests.verification import Verified
from tests.worlds import EVERYBODY, WELL_MIXED, busy_market, daily, date, limit_market, lived

SURE: dict[str, Any] = {"p_share_friends": 1.0, "friend_strength": EVERYBODY}
#: Nobody wants it alone, everybody with one friend there: -50 + 200·log 2.
COMPANY: dict[str, Any] = {
    "utility": -50.0, "friend_utility": 200.0, "interest_per_day": EVERYBODY, "p_dropout": 1.0,
}  # fmt: skip


def path(n: int) -> Graph:
    return from_networkx(nx.path_graph(n))


def brought(market: Market) -> list[int]:
    """Return how many were brought by those who started on each day."""
    return daily(market, "offspring_of_cohort")[:, 0].tolist()


def ways(market: Market) -> dict[str, int]:
    """Return how many were brought in each way, if any."""
    found = {way: int(daily(market, f"offspring_{way}").sum()) for way in VIRAL_WAYS}
    return {way: n for way, n in found.items() if n}


# Branching processes


@pytest.mark.parametrize("k", [0.5, 2.0])
def test_each_generation_of_a_cascade_is_the_offspring_of_the_one_before(
    k: float, verified: Verified
) -> None:
    """O8: generations are a day apart, so a cohort's offspring are tomorrow's starts, exactly.

    The seeds' mean offspring is K: 16 x 100 seeds, Poisson, 4·sqrt(K/1,600), and 1 % since
    among 40,000 people some have two parents. K = 2 is above 1, where a share of starts cannot be.
    """
    market = cascades(build_graph("erdos_renyi(degree=4)", 40_000, 83), k / 4.0, 830, n_seeds=100)
    started, offspring = daily(market, "activations"), daily(market, "offspring_of_cohort")
    verified.same("O8", f"offspring = next starts, K = {k}", offspring[:-1], started[1:])
    found = market.results.k_factor.frame.to_numpy()[0].mean()
    limit = 4.0 * math.sqrt(k / 1_600) + 0.01 * k
    verified("O8", f"k-factor of the seeds, K = {k}", found, k, limit)
    total = market.results.total("share_viral")
    np.testing.assert_allclose(total, offspring.sum(axis=0) / started.sum(axis=0))
    assert (total < 1.0).all()


@pytest.mark.parametrize(("codes", "p_used", "delay"), [(2, 0.4, 1), (3, 0.5, 4)])
def test_codes_passed_only_in_public_have_the_offspring_of_the_law(
    codes: int, p_used: float, delay: int, verified: Verified
) -> None:
    """O9: everybody waits, codes go public alone: k = m·p, .8 and 1.5, never 0.

    Generations are τ days apart, exactly. 8 runs of 400 seeds and all their offspring but the last
    generation: error sqrt(m·p(1 - p)/members), four of them.
    """
    market = spread_by_codes(
        30_000, 400, 3 + 4 * delay, 8, codes_per_user=codes, p_code_used=p_used,
        code_delay_days=float(delay),
    )  # fmt: skip
    started, offspring = daily(market, "activations"), daily(market, "offspring_of_cohort")
    claim = f"offspring = starts {delay} days later, K = {codes * p_used:g}"
    verified.same("O9", claim, offspring[:-delay], np.where(
        np.arange(len(started) - delay)[:, None] > 0, started[delay:], 0
    ))  # fmt: skip
    members = started[1 : 1 + 3 * delay].sum()
    found = offspring[1 : 1 + 3 * delay].sum() / members
    limit = 4.0 * math.sqrt(codes * p_used * (1 - p_used) / members)
    verified("O9", f"k-factor, {codes} public codes at {p_used}", found, codes * p_used, limit)
    assert set(ways(market)) == {"public_code"}


def test_the_outside_feed_brings_one_generation_after_the_other() -> None:
    """Well mixed: each shares one clip on his only day, so that tomorrow's starts are his."""
    terms = {**WELL_MIXED, "feed_strength": 1.5, "p_dropout": 1.0}
    market = limit_market(20_000, {"a": terms}, days=12)
    market.users.activate("a", range(0, 20_000, 100))
    lived(market)
    started = daily(market, "activations")[:, 0].tolist()
    assert started[1] > 250
    assert brought(market) == [*started[1:], 0]
    assert set(ways(market)) == {"feed"}


# Written out


def test_friends_who_are_there_bring_whom_nothing_else_would() -> None:
    """A path of five that everybody has heard of: by last touch it is interest, and k is 2, 1.

    Whoever would install in any case was persuaded by nobody, however many friends are there.
    """
    market = limit_market(5, {"a": COMPANY}, path(5), days=5)
    market.users.activate("a", [2])
    lived(market)
    assert daily(market, "activations")[:, 0].tolist() == [1, 2, 2, 0, 0]
    assert daily(market, "activations_interest").sum() == 4
    assert brought(market) == [2, 2, 0, 0, 0]
    assert ways(market) == {"presence": 4}
    assert market.results.k_factor["a"].tolist()[:3] == [2.0, 1.0, 0.0]
    assert market.results.total("share_viral").tolist() == [0.8]
    wanted = limit_market(5, {"a": {**COMPANY, "utility": 50.0}}, path(5), days=3)
    wanted.users.activate("a", [2])
    assert sum(brought(lived(wanted))) == 0


@pytest.mark.parametrize("chi", [0.0, 3.0])
def test_the_counterfactual_is_the_same_luck_without_friends(chi: float) -> None:
    """Two worlds of one luck: with friends there on day 1, and with η = 0 from that day on.

    Those who start in both were persuaded by nobody; those who start in the first alone, all were.
    The platform comes first in the order of choice, so that its rival waits for it.
    """
    n = 3_000
    ring = build_graph("small_world(degree=6, rewire=0.1)", n, 5)
    terms = {"utility": -1.0, "friend_utility": 1.2, "interest_per_day": EVERYBODY,
             "p_dropout": 0.0}  # fmt: skip
    alone = Event(id="alone", date=date(1), platform="b", set={"friend_utility": 0.0})

    def day_one(events: list[Event]) -> Market:
        platforms = {"a": {**terms, "friend_utility": 0.0}, "b": terms}
        return lived(limit_market(n, platforms, ring, 2, events, rival_penalty=chi), 2)

    friends, nobody = day_one([]), day_one([alone])
    columns, others = friends.users.columns, nobody.users.columns
    started = columns["day_activated"][1] == 1
    anyway = others["day_activated"][1] == 1
    assert 100 < anyway.sum() < started.sum() - 100
    assert (started | ~anyway).all()
    np.testing.assert_array_equal(columns["parent"][1] >= 0, started & ~anyway)


def test_who_waited_was_brought_by_whoever_told_him_then() -> None:
    """0 starts by hand on day 0, 1 hears of it on day 1 and waits until invites are dropped.

    2 is told by 1 the day after. By then others may share as much as they like.
    """
    drop = Event(id="drop", date=date(4), platform="a", set={"invites_required": False})
    terms = {**SURE, "invites_required": True, "codes_per_user": 0}
    market = limit_market(3, {"a": terms}, path(3), 7, [drop])
    market.users.activate("a", [0])
    lived(market)
    assert daily(market, "activations")[:, 0].tolist() == [1, 0, 0, 0, 1, 1, 0]
    assert brought(market) == [1, 0, 0, 0, 1, 0, 0]
    assert ways(market) == {"clip": 2}
    assert market.users[2]["a"].brought_by_cohort == date(4)


def test_who_heard_before_access_was_brought_by_whoever_told_him_then() -> None:
    """1 uses another system than 0, which opens on day 3; 0 has left by then."""
    later = Event(id="later", date=date(3), platform="a", set={"rel_awareness_closed": 1.0},
                  open=Opening(regions=("all",), os=("phone",)))  # fmt: skip
    market = limit_market(2, {"a": {**SURE, "p_dropout": 1.0}}, path(2), 6, [later], opened=False)
    market.users.activate("a", [0])
    lived(market)
    assert daily(market, "activations")[:, 0].tolist() == [1, 0, 0, 1, 0, 0]
    assert (brought(market), ways(market)) == ([1, 0, 0, 0, 0, 0], {"clip": 1})


def test_a_code_comes_before_what_was_heard() -> None:
    """A path of five that all have heard of, with codes from friend to friend every two days."""
    terms = {
        "interest_per_day": EVERYBODY, "invites_required": True, "codes_per_user": 2,
        "code_delay_days": 2.0, "share_codes_to_friends": 1.0,
    }  # fmt: skip
    market = limit_market(5, {"a": terms}, path(5), days=7, mean_clips=0.0)
    market.users.activate("a", [0])
    lived(market)
    assert brought(market) == [1, 0, 1, 0, 1, 0, 0]
    assert ways(market) == {"code": 3}


def test_a_code_of_the_company_is_nobodys_offspring() -> None:
    terms = {**SURE, "interest_per_day": EVERYBODY, "invites_required": True, "codes_per_user": 0,
             "public_codes_per_day": 2.0}  # fmt: skip
    market = lived(limit_market(12, {"a": terms}, path(12), days=5))
    assert daily(market, "activations")[:, 0].tolist() == [0, 4, 2, 2, 2]
    assert (sum(brought(market)), ways(market)) == (0, {})


def test_who_returns_is_nobodys_offspring_again() -> None:
    """Everybody leaves each evening and is back two days later; five of six have one parent."""
    terms = {**SURE, "p_dropout": 1.0, "return_per_day": EVERYBODY}
    market = limit_market(6, {"a": terms}, path(6), days=20)
    market.users.activate("a", [0])
    lived(market)
    assert daily(market, "returns").sum() > 30
    assert brought(market) == [1, 1, 1, 1, 1] + [0] * 15


# Lots


def test_a_friend_is_the_parent_in_proportion_to_what_he_sent(verified: Verified) -> None:
    """Two friends of 4,000, of two cohorts, send some clips each on day 1; on day 2 all start."""
    n = 4_002
    g = from_networkx(nx.complete_bipartite_graph(2, n - 2))
    loud = Event(id="loud", date=date(2), platform="a", set={"friend_strength": EVERYBODY})
    terms = {**SURE, "friend_strength": 1e-9, "free_quota_per_day": 90}
    market = limit_market(n, {"a": terms}, g, 3, [loud], mean_clips=6.0, rate_shape=1.0)
    market.users.activate("a", [0])
    lived(market, 1).users.activate("a", [1])
    lived(market, 1)
    first, second = market.users.columns["shares"][0, :2].astype(int)
    assert 0 < first != second > 0
    lived(market)
    part = first / (first + second)
    limit = 4.0 * math.sqrt(part * (1.0 - part) / (n - 2))
    found = np.array(brought(market)[:2]) / (n - 2)
    assert sum(found) == 1.0
    verified("O8", "offspring of a friend, by what he sent", found[0], part, limit)


def test_each_code_of_the_pool_is_as_likely_as_another(verified: Verified) -> None:
    """One code drawn of 3 of the company, 2 and 5 of two cohorts, for each of 240 people."""
    w = morning()
    found = []
    for row in range(N):
        codes, parents = np.array([3, 0, 2, 0, 5]), np.empty(1, np.int16)
        _draw_codes(w, 0, np.array([row], np.int32), codes, parents)
        assert codes.sum() == 9
        found.append(int(parents[0]))
    assert set(found) == {-1, 1, 3}
    for parent, part in ((-1, 0.3), (1, 0.2), (3, 0.5)):
        limit = 4.0 * math.sqrt(part * (1.0 - part) / N)
        verified("O9", f"public code of {parent}", found.count(parent) / N, part, limit)


def test_all_codes_of_the_pool_drawn_are_all_codes_there_were() -> None:
    pool = Pool(np.array([0, 4, 0, 7]), company=5)
    codes, parents = pool.by_giver(), np.empty(16, np.int16)
    _draw_codes(morning(), 0, np.arange(16, dtype=np.int32), codes, parents)
    assert not codes.any()
    assert np.bincount(parents + 1, minlength=5).tolist() == [5, 0, 4, 0, 7]
    pool.leave(codes)
    assert pool.codes == 0


def test_offspring_are_conserved_where_everything_happens() -> None:
    """Each has one parent who started before him; by cohort and by way they sum to the same."""
    market = lived(busy_market(3_000, "small_world(degree=8, rewire=0.1)"))
    columns = market.users.columns
    total = sum(daily(market, f"offspring_{way}").sum(axis=0) for way in VIRAL_WAYS)
    np.testing.assert_array_equal(daily(market, "offspring_of_cohort").sum(axis=0), total)
    for p in range(2):
        has = (columns["parent"][p] >= 0) & (columns["day_activated"][p] >= 0)
        assert has.sum() == total[p]
        assert (columns["parent"][p][has] < columns["day_activated"][p][has]).all()
    assert set(ways(market)) == set(VIRAL_WAYS)


def test_weekly_cohorts_show_whom_they_brought() -> None:
    """A path of twenty, one friend a day: each brings the next, the last one nobody."""
    market = limit_market(20, {"a": SURE}, path(20), days=21)
    market.users.activate("a", [0])
    table = lived(market).results.cohorts()
    assert table["activated"].tolist() == [7, 7, 6]
    assert table["k"].tolist() == [1.0, 1.0, pytest.approx(5 / 6)]


def test_the_reproduction_number_of_a_day_is_that_of_a_life_of_such_days() -> None:
    """Each sends a code a day later, for ever the same: what a day says is what a life brings."""
    market = spread_by_codes(
        6_000, 100, 10, 2, codes_per_user=2, p_code_used=1.0, code_delay_days=2.0
    )
    number = daily(market, "reproduction_number")[:, 0]
    assert number.tolist() == [0.0, 0.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0]
