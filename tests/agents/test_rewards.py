"""A reward for bringing a friend is paid for friends, and for nobody else."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.interventions import Event
from sim.market import Market
from tests.agents.test_histories import SURE, graph
from tests.worlds import EVERYBODY, WELL_MIXED, daily, date, limit_market, lived

#: USD for each; one agent is two people.
REWARD = 1.5


def starts_and_cents(market: Market, *causes: str) -> list[list[int]]:
    """Return a row a day: starts by each cause in agents, then the rewards in cents."""
    counted = [daily(market, f"activations_{cause}")[:, 0] for cause in causes]
    return np.column_stack([*counted, daily(market, "rewards_usd")[:, 0]]).tolist()


def test_a_friend_is_rewarded_and_a_view_on_the_feed_is_not() -> None:
    """Two friends and two strangers; clips go to friends and to the feed, which is read from day 2.

    Day 0: one starts by hand. Day 1: the friend starts by a clip. Day 2: the strangers start by
    clips on the feed, for which nobody can be thanked.
    """
    terms = {**SURE, **WELL_MIXED, "referral_reward_usd": REWARD}
    read = Event(id="feed", date=date(2), platform="a", set={"feed_strength": EVERYBODY})
    market = limit_market(4, {"a": terms}, graph([(0, 1)], 4), 4, [read], n_people=8.0)
    market.users.activate("a", [0])
    assert starts_and_cents(lived(market), "by_hand", "friend", "feed") == [
        [1, 0, 0, 0], [0, 1, 0, 300], [0, 0, 2, 0], [0, 0, 0, 0],
    ]  # fmt: skip


def test_a_friends_code_is_rewarded_and_a_public_one_is_not() -> None:
    """A star of three with one code each: a code to a friend a day later, one to the public a day.

    Everybody hears on day 0 by background interest. The hub starts by hand and has one code, which
    one leaf gets; the others wait for the company's code, one a day.
    """
    codes: dict[str, Any] = {
        "invites_required": True, "codes_per_user": 1, "p_code_used": 1.0, "code_delay_days": 1.0,
        "share_codes_to_friends": 1.0, "interest_per_day": EVERYBODY, "referral_reward_usd": REWARD,
    }  # fmt: skip
    public = Event(id="public", date=date(3), platform="a", set={"public_codes_per_day": 2.0})
    star = graph([(0, 1), (0, 2)], 3)
    market = limit_market(3, {"a": codes}, star, 5, [public], mean_clips=0.0, n_people=6.0)
    market.users.activate("a", [0])
    lived(market)
    invited = daily(market, "activations_invite")[:, 0]
    others = daily(market, "activations_interest")[:, 0]
    assert (invited.sum(), others.sum()) == (1, 1)
    assert daily(market, "rewards_usd")[:, 0].tolist() == (300 * invited).tolist()
