"""Tiny worlds whose whole history can be written down, and was."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest

from agents.platforms.ledger import ENTRIES, Ledger
from sim.graph import Graph, from_networkx
from sim.interventions import Event, Opening
from sim.market import Market
from tests.worlds import ALL_AT_ONCE, EVERYBODY, daily, date, limit_market, lived

#: Whoever has a friend who shared yesterday starts today; everybody shares every day.
SURE: dict[str, Any] = {"p_share_friends": 1.0, "friend_strength": EVERYBODY}


def graph(edges: list[tuple[int, int]], n: int) -> Graph:
    g = nx.Graph()
    g.add_nodes_from(range(n))
    g.add_edges_from(edges)
    return from_networkx(g)


def path(n: int) -> Graph:
    return graph([(i, i + 1) for i in range(n - 1)], n)


def started(market: Market, platform: str = "a") -> list[int]:
    """Return the day on which each user started, -1 for never."""
    return market.users.where(platform=platform).column("day_activated").astype(int).tolist()


def spread(g: Graph, seeds: list[int], days: int = 6, **market: Any) -> list[int]:
    terms = {**SURE, **market.pop("terms", {})}
    m = limit_market(g.n_users, {"a": terms}, g, days=days, **market)
    m.users.activate("a", seeds)
    return started(lived(m))


# Waves


@pytest.mark.parametrize("contagion", ["share", "count"])
def test_news_walks_one_friend_a_day(contagion: str) -> None:
    """A path of six: who starts today shares today, and is heard of tomorrow."""
    assert spread(path(6), [0], contagion=contagion) == [0, 1, 2, 3, 4, 5]
    assert spread(path(6), [2], contagion=contagion) == [2, 1, 0, 1, 2, 3]
    assert spread(path(6), [0], days=3, contagion=contagion) == [0, 1, 2, -1, -1, -1]


def test_news_does_not_cross_between_people_who_know_nobody_in_common() -> None:
    g = graph([(0, 1), (1, 2), (3, 4)], 6)
    assert spread(g, [0]) == [0, 1, 2, -1, -1, -1]
    assert spread(g, [4]) == [-1, -1, -1, 1, 0, -1]


def test_a_star_hears_from_its_hub_in_one_day_and_from_a_leaf_in_two() -> None:
    star = graph([(0, i) for i in range(1, 6)], 6)
    assert spread(star, [0]) == [0, 1, 1, 1, 1, 1]
    assert spread(star, [3]) == [1, 2, 2, 0, 2, 2]


def test_who_leaves_the_same_evening_passes_it_on_once() -> None:
    """On a path the wave goes on; a seed that has left is not won back, and heard of no more."""
    m = limit_market(4, {"a": {**SURE, "p_dropout": 1.0}}, path(4), days=6)
    m.users.activate("a", [0])
    lived(m)
    assert daily(m, "daily_active")[:, 0].tolist() == [1, 1, 1, 1, 0, 0]
    assert daily(m, "lost")[:, 0].tolist() == [1, 2, 3, 4, 4, 4]


# What an install is due to


def test_an_install_is_due_to_the_exposure_that_led_to_it_not_to_the_first_one() -> None:
    """Two friends and a stranger hear of it from the press on day 0, when nobody wants it.

    From day 1 there is no press, and everybody wants it. On day 2 one of the friends starts by
    hand; on day 3 the other, because of a clip; on day 4, by background interest, the stranger.
    """
    events = [
        Event(id="wanted", date=date(1), platform="a", set={"utility": 50.0, "press_per_day": 0.0}),
        Event(id="asked", date=date(4), platform="a", set={"interest_per_day": EVERYBODY}),
    ]
    terms = {**SURE, "utility": -50.0, "press_per_day": EVERYBODY}
    market = limit_market(3, {"a": terms}, graph([(0, 1)], 3), 6, events)
    lived(market, 2).users.activate("a", [0])
    lived(market)
    assert daily(market, "newly_aware")[:, 0].tolist() == [3, 0, 0, 0, 0, 0]
    assert started(market) == [2, 3, 4]
    for event in ("installs", "activations"):
        causes = ("press", "by_hand", "friend", "interest")
        by_day = [daily(market, f"{event}_{cause}")[2:5, 0].tolist() for cause in causes]
        assert by_day == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert [user["a"].cause for user in market.users[0:3]] == ["by_hand", "friend", "interest"]


# Thresholds (Granovetter 1978)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (0.2, [0, 0, 1, 2, 3, 4]),
        (0.34, [0, 0, 1, 2, -1, -1]),
        (0.5, [0, 0, 1, 2, -1, -1]),
        (0.67, [0, 0, -1, -1, -1, -1]),
        (0.0, [0, 0, 1, 2, 3, 4]),
    ],
)
def test_a_cascade_stops_where_too_few_friends_share(threshold: float, expected: list[int]) -> None:
    """Written out by hand, the threshold included.

    0 and 1 are seeds. Of the friends of 2 (0, 1, 3) two thirds share, on day 1; of those of 3
    (2, 4) one half; of those of 4 (3, 5, 6, 7) a quarter; 5 has 4 alone.
    """
    g = graph([(0, 2), (1, 2), (2, 3), (3, 4), (4, 5), (4, 6), (4, 7), (6, 7)], 8)
    found = spread(g, [0, 1], contagion="threshold", sharing_threshold=threshold)
    assert found[:6] == expected


def test_in_the_threshold_form_a_friend_counts_once_however_much_he_shares() -> None:
    """One friend of four shares five clips: a quarter of the friends, not more than all of them."""
    star = graph([(0, i) for i in range(1, 5)], 5)
    terms = {"free_quota_per_day": 5}
    kind: dict[str, Any] = {"contagion": "threshold", "terms": terms}
    assert spread(star, [1], sharing_threshold=0.3, **kind) == [-1, 0, -1, -1, -1]
    assert spread(star, [1], sharing_threshold=0.25, **kind)[0] == 1


def test_in_the_count_form_every_clip_counts() -> None:
    """Two friends share three clips each: six units of .1, so 1 - e^-.6 of those with both."""
    n = 4_000
    g = graph([(i, j) for i in (0, 1) for j in range(2, n)], n)
    terms = {"p_share_friends": 1.0, "friend_strength": 0.1, "free_quota_per_day": 3}
    m = limit_market(n, {"a": terms}, g, days=2, contagion="count")
    m.users.activate("a", [0, 1])
    lived(m, 1)
    assert m.users.columns["exposure"][0].tolist() == [0, 0] + [6] * (n - 2)
    lived(m, 1)
    share = (daily(m, "active")[1, 0] - 2) / (n - 2)
    assert share == pytest.approx(1 - np.exp(-0.6), abs=4 * np.sqrt(0.25 / n))


# Small and empty worlds


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_users_and_one_day_are_a_market(n: int) -> None:
    market = lived(limit_market(n, {"a": ALL_AT_ONCE}, days=1))
    for name in ("installs", "activations", "daily_active", "clips_free", "creators", "active"):
        assert daily(market, name).tolist() == [[n]], name
    assert market.results.table("month", ("installs",)).shape[0] == 1


def test_a_quota_of_none_gives_no_clip_and_spreads_nothing() -> None:
    """Everybody at the quota every day, all demand refused, nothing to share."""
    g = path(5)
    terms = {**SURE, "free_quota_per_day": 0, "p_share_feed": 1.0, "feed_strength": EVERYBODY}
    market = limit_market(5, {"a": terms}, g, days=5)
    market.users.activate("a", [2])
    lived(market)
    assert started(market) == [-1, -1, 0, -1, -1]
    assert daily(market, "quota_hits")[:, 0].tolist() == [1] * 5
    assert not daily(market, "clips_free").any()
    assert not daily(market, "shares_friends").any()
    assert (daily(market, "clips_refused") > 20).all()  # demand has mean 50


def test_one_clip_each_is_counted_once_in_every_book() -> None:
    """Three users on two platforms for four days: a from day 0, b opens on day 2."""
    events = [Event(id="open b", date=date(2), platform="b",
                    open=Opening(regions=("all",), os=("phone",)))]  # fmt: skip
    opening = Event(id="open a", date=date(0), platform="a",
                    open=Opening(regions=("all",), os=("phone",)))  # fmt: skip
    platforms = {"a": {**ALL_AT_ONCE, "gpu_minutes_per_clip": 60.0, "usd_per_gpu_hour": 1.5},
                 "b": {**ALL_AT_ONCE, "free_quota_per_day": 2}}  # fmt: skip
    market = lived(limit_market(3, platforms, days=4, opened=False, events=[opening, *events]))
    history = {
        "installs": [[3, 0], [0, 0], [0, 3], [0, 0]],
        "unaware": [[0, 0]] * 4,
        "aware": [[0, 3], [0, 3], [0, 0], [0, 0]],
        "active": [[3, 0], [3, 0], [3, 3], [3, 3]],
        "clips_free": [[3, 0], [3, 0], [3, 6], [3, 6]],
        # There today, and on the other yesterday.
        "multi_homers": [[0, 0], [0, 0], [0, 3], [3, 3]],
        "compute_usd": [[450, 0]] * 4,
        "cash_usd": [[-450, 0], [-900, 0], [-1350, 0], [-1800, 0]],
    }
    for name, expected in history.items():
        np.testing.assert_array_equal(daily(market, name), expected, err_msg=name)


def test_a_code_takes_its_days_and_starts_one_person_each() -> None:
    """A path of five; 0 starts on day 0 with two codes that pass after two days to friends.

    The code is ripe on the evening of day 1, the friend starts on day 2; of two codes one finds
    nobody who waits, as 0 has one friend. 1 starts on day 2, and 2 so on day 4.
    """
    terms = {
        **ALL_AT_ONCE, "invites_required": True, "codes_per_user": 2, "code_delay_days": 2.0,
        "share_codes_to_friends": 1.0,
    }  # fmt: skip
    market = limit_market(5, {"a": terms}, path(5), days=7, mean_clips=0.0)
    market.users.activate("a", [0])
    lived(market)
    assert started(market) == [0, 2, 4, 6, -1]
    assert daily(market, "waiting")[:, 0].tolist() == [4, 4, 3, 3, 2, 2, 1]
    assert daily(market, "codes_issued")[:, 0].tolist() == [2, 0, 2, 0, 2, 0, 2]
    assert daily(market, "codes_left")[:, 0].tolist() == [2, 2, 3, 3, 4, 4, 5]


def test_a_plan_is_billed_every_thirty_days() -> None:
    """Subscribed on day 0, no churn (α → 0): billed on days 0, 30 and 60."""
    terms = {
        **ALL_AT_ONCE, "subscription_usd_per_month": 10.0, "subscribe_intercept": 60.0,
        "paid_churn_alpha": 1e-6, "paid_churn_beta": 1e6, "store_fee": 0.3,
    }  # fmt: skip
    market = lived(limit_market(2, {"a": terms}, days=65, mean_clips=0.0))
    assert np.flatnonzero(daily(market, "plans_billed")[:, 0]).tolist() == [0, 30, 60]
    assert daily(market, "subscriptions_usd")[[0, 30, 60], 0].tolist() == [2_000] * 3
    assert daily(market, "cash_usd")[-1, 0] == 3 * 1_400


def test_each_line_of_the_book_moves_cash_by_its_sign() -> None:
    """Receipts add, costs take away, and what own surfaces could have earned does neither."""
    signs = {
        "packs": 1, "subscriptions": 1, "other_revenue": 1, "funding": 1, "store_fees": -1,
        "compute": -1, "marketing": -1, "rewards": -1, "fixed": -1, "owned_media": 0,
    }  # fmt: skip
    assert set(signs) == {str(entry) for entry in ENTRIES}
    for entry, sign in signs.items():
        ledger = Ledger(1_000)
        ledger.post(0, entry, 7)
        assert ledger.close_day(0)["cash"] == 1_000 + 7 * sign, entry
