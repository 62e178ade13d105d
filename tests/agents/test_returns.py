"""Who comes back is nobody new: cohorts, retention and the clock of free clips keep the first day.

A hundred people start on day 0, leave each evening, and are back on the day after next: they are
there on every even day. All of it can be written down.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.day.use import ONBOARDING_DAYS
from sim.market import Market
from tests.worlds import ALL_AT_ONCE, daily, date, limit_market, lived

N = 100
DAYS = 70
EVEN = np.arange(DAYS) % 2 == 0
COMING_AND_GOING: dict[str, Any] = {**ALL_AT_ONCE, "p_dropout": 1.0, "return_per_day": 100.0}


def coming_and_going(**terms: Any) -> Market:
    return limit_market(N, {"a": {**COMING_AND_GOING, **terms}}, days=DAYS)


def test_who_returns_stays_in_the_cohort_of_the_first_day() -> None:
    """One cohort of a hundred, on every even day; activations once, returns 34 times."""
    market = lived(coming_and_going())
    assert daily(market, "activations")[:, 0].tolist() == [N] + [0] * (DAYS - 1)
    returns = np.where(EVEN, N, 0)
    returns[0] = 0
    np.testing.assert_array_equal(daily(market, "returns")[:, 0], returns)
    cohorts = market.results.cohort_counts[:, 0]
    np.testing.assert_array_equal(cohorts[:, 0], np.where(EVEN, N, 0))
    assert not cohorts[:, 1:].any()
    assert daily(market, "activations_interest").sum() == N


def test_retention_is_what_coming_every_second_day_gives() -> None:
    """The hundred are there on days 2 and 30 and not on days 1 and 7."""
    table = lived(coming_and_going()).results.cohorts((1, 2, 7, 30))
    assert table["activated"].tolist() == [N]
    assert table[["D1", "D2", "D7", "D30"]].to_numpy().tolist() == [[0.0, 1.0, 0.0, 1.0]]


def test_free_clips_count_as_onboarding_for_thirty_days_of_the_first_start() -> None:
    """One clip each on fifteen even days before day 30; later ones are as free, and no onboarding.

    Novelty wears off from the first day as well: 50 clips wanted then, e^(-2/.32) of it on day 2.
    """
    market = lived(coming_and_going())
    days = np.arange(DAYS)
    np.testing.assert_array_equal(daily(market, "clips_free")[:, 0], np.where(EVEN, N, 0))
    expected = np.where(EVEN & (days < ONBOARDING_DAYS), N, 0)
    np.testing.assert_array_equal(daily(market, "clips_onboarding")[:, 0], expected)
    assert daily(market, "clips_onboarding").sum() == 15 * N
    fading = lived(
        coming_and_going(novelty_floor=0.0, novelty_fade_days=0.32, free_quota_per_day=9)
    )
    made = daily(fading, "clips_free")[:, 0]
    assert 0 < made[2] < N < made[0]
    assert not made[20:].any()


def test_the_day_of_return_is_active_like_the_first() -> None:
    """With a0 = 0 nobody opens it by habit; who starts or comes back does. Both dates are kept."""
    market = lived(coming_and_going(p_active=0.0), 21)
    np.testing.assert_array_equal(daily(market, "daily_active")[:, 0], np.where(EVEN[:21], N, 0))
    one = market.users[7]["a"]
    assert (one.activated_on, one.returned_on) == (date(0), date(20))
    lived(market, 1)
    assert (one.activated_on, one.returned_on) == (date(0), date(20))
    assert "back since" not in repr(market.users[7])  # he has left
    one.status = "active"
    assert repr(market.users[7]).count("since 2025-01-01, back since 2025-01-23") == 1


def test_a_hand_that_forgets_makes_somebody_new() -> None:
    """Set to unaware, a user has no past, and starts in a cohort of his own."""
    market = lived(limit_market(N, {"a": ALL_AT_ONCE}, days=6), 2)
    market.users[3]["a"].status = "unaware"
    assert market.users[3]["a"].activated_on is None
    lived(market)
    assert daily(market, "activations")[:, 0].tolist() == [N, 0, 1, 0, 0, 0]
    assert market.results.cohort_counts[-1, 0].tolist() == [N - 1, 0, 1, 0, 0, 0]


def test_who_was_put_out_by_hand_before_he_ever_came_is_new_when_he_comes() -> None:
    market = limit_market(4, {"a": {"return_per_day": 100.0}}, days=4)
    market.users[0]["a"].status = "lost"
    lived(market)
    assert daily(market, "activations")[:, 0].tolist() == [1, 0, 0, 0]
    assert daily(market, "returns").sum() == 0


def test_two_platforms_of_a_user_fill_one_line_of_memory() -> None:
    """32 bytes a platform: a day costs one line of memory for each of the awake."""
    member = limit_market(4, {"a": {}, "b": {}}, days=1).users.columns.arrays["member"]
    assert member.dtype.itemsize == 32
    assert member.ctypes.data % 64 == 0
