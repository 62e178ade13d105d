"""Who of those that come makes something, how much, and what the others watch: by the formula."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from agents.day import creating, rules
from agents.day.world import World
from agents.state import Flag
from sim.rng import TIMELESS, Stream, uniform
from tests.agents.mornings import NAMES, N, calm, column, morning, rows, u
from tests.worlds import ALL_AT_ONCE, daily, limit_market, lived

P = range(len(NAMES))
#: Even quantiles: the mean of a quantile function over them is that of its law within the largest
#: value over their number.
LUCK = (np.arange(4_000) + 0.5) / 4_000


@pytest.fixture
def w() -> World:
    """A calm morning on which it is known who creates."""
    world = calm(morning())
    world.terms["p_create"][:] = 0.4
    column(world, "day_activated")[:], column(world, "day_returned")[:] = world.day - 3, -1
    world.novelty[:], world.kinds["demand"][:], world.terms["value"][:] = 1.0, 1.0, 1.0
    world.person["rate"][:] = np.random.default_rng(5).gamma(2.0, 2.0, N)
    return world


def every() -> list[tuple[int, int]]:
    return [(row, p) for row in rows() for p in P]


def lot(w: World, row: int, p: int) -> float:
    """Return the lot that makes somebody a creator for good, from the generator itself."""
    key = int(w.terms[p].key)
    return float(uniform(w.seed, np.uint64(Stream.CREATE), TIMELESS, np.uint64(row), key))


# Whether


@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
def test_a_part_of_visits_creates_for_good_or_anew(w: World, kept: float) -> None:
    """(1 - ϱ)·c, and ϱ more for who is a creator: c of the people, by a lot drawn once."""
    w.terms["p_create"][:], w.terms["creator_persistence"][:] = (0.4, 0.7, 0.1), kept
    for day in (w.day, w.day + 5):
        today = w._replace(day=day)
        found = [bool(rules.creates(today, row, p)) for row, p in every()]
        expected = []
        for row, p in every():
            c = float(w.terms[p].p_create)
            chance = (1.0 - kept) * c + kept * (lot(w, row, p) < c)
            expected.append(u(today, Stream.CREATE, row, p) < chance)
        assert found == expected
        assert len(set(found)) == 2


def test_creators_of_one_platform_are_not_those_of_another(w: World) -> None:
    w.terms["p_create"][:], w.terms["creator_persistence"][:] = 0.5, 1.0
    a, b = (np.array([bool(rules.creates(w, row, p)) for row in rows()]) for p in (0, 1))
    assert abs((a == b).mean() - 0.5) < 4.0 * 0.5 / math.sqrt(N)


def test_the_day_of_the_first_activation_has_a_chance_of_its_own(w: World) -> None:
    """Whoever starts has come to try; who returns has been here before."""
    w.terms["p_create"][:], w.terms["p_create_first"][:] = 0.0, 0.6
    w.terms["creator_persistence"][:] = 1.0
    column(w, "day_activated")[:, ::2] = w.day
    column(w, "day_returned")[:, 1::2] = w.day
    found = [bool(rules.creates(w, row, p)) for row, p in every()]
    assert found == [row % 2 == 0 and u(w, Stream.CREATE, row, p) < 0.6 for row, p in every()]


def test_where_no_part_is_given_the_wish_alone_decides(w: World) -> None:
    """All come to create, the number wished for is Poisson's, and may be none."""
    w.terms["p_create"][:], w.terms["creator_persistence"][:] = math.nan, 1.0
    assert all(rules.creates(w, row, p) for row, p in every())
    wanted = [int(rules.wants_clips(w, row, p)) for row, p in every()]
    assert wanted == [
        stats.poisson(float(w.person[row].rate)).ppf(u(w, Stream.DEMAND, row, p))
        for row, p in every()
    ]
    assert 0 in wanted


# How much


def test_who_creates_wants_one_clip_at_the_least(w: World) -> None:
    """Demand is the quantile of a Poisson number of which none is left out, (F - F(0))/(1 - F(0)).

    A value above 1 makes it a larger one.
    """
    w.terms["value"][:] = (1.0, 1.7, 1.0)
    w.person["rate"][-20:] = 1e4
    w.person["rate"][-40:-20] = 1e-9
    found, expected = [], []
    for row, p in every():
        mean = min(float(w.person[row].rate) * float(w.terms[p].value), 600.0)
        none, luck = math.exp(-mean), u(w, Stream.DEMAND, row, p)
        found.append(int(rules.wants_clips(w, row, p)))
        expected.append(max(int(stats.poisson(mean).ppf(none + (1.0 - none) * luck)), 1))
    assert found == expected
    assert min(found) == 1
    assert len(set(found)) > 10


@pytest.mark.parametrize(("value", "left"), [(0.6, 1.0), (1.0, 0.3), (0.5, 0.4), (2.0, 0.5)])
def test_what_is_worth_less_takes_clips_away_one_by_one(
    w: World, value: float, left: float
) -> None:
    """Each of at least one clip stays with v·left, so that the mean is v·left·E[D | D >= 1].

    And the law is that of a thinned number: nothing with E[(1 - v·left)^D].
    """
    w.terms["value"][:] = value
    for rate in (0.2, 2.0, 9.0):
        w.person["rate"][:] = rate
        full, part = rate * max(value, 1.0), min(value, 1.0) * left
        drawn = np.array([creating.one_or_more(w, 0, 0, left, luck) for luck in LUCK])
        law = stats.poisson(full).pmf(np.arange(1, 80)) / -math.expm1(-full)
        mean = part * (np.arange(1, 80) * law).sum()
        assert drawn.mean() == pytest.approx(mean, abs=drawn.max() / LUCK.size)
        thinned = np.zeros(80)
        for k, weight in enumerate(law, start=1):
            thinned[: k + 1] += weight * stats.binom(k, part).pmf(np.arange(k + 1))
        found = np.bincount(drawn, minlength=80)[:80] / LUCK.size
        np.testing.assert_allclose(found, thinned, atol=1.0 / LUCK.size)


def test_nothing_wished_for_and_nothing_worth_is_nothing_made(w: World) -> None:
    for luck in (1e-9, 0.5, 1.0 - 1e-9):
        w.person["rate"][:], w.terms["value"][:] = 0.0, 1.0
        assert creating.one_or_more(w, 0, 0, 1.0, luck) == 0
        w.person["rate"][:], w.terms["value"][:] = 5.0, 0.0
        assert creating.one_or_more(w, 0, 0, 1.0, luck) == 0
        w.terms["value"][:] = 1.0
        assert creating.one_or_more(w, 0, 0, 0.0, luck) == 0
        assert creating.one_or_more(w, 0, 0, 1.0, luck) >= 1


def test_more_worth_never_means_fewer_clips_at_the_same_luck(w: World) -> None:
    before = [0] * len(every())
    for value in (0.0, 0.1, 0.5, 0.9, 1.0, 1.1, 2.0, 5.0):
        w.terms["value"][:] = value
        now = [int(rules.wants_clips(w, row, p)) for row, p in every()]
        assert all(few <= many for few, many in zip(before, now, strict=True))
        assert (min(now) >= 1) == (value >= 1.0)
        before = now


# In a market


def test_only_who_creates_meets_the_quota_and_makes_clips() -> None:
    """One clip wanted at least, one given: hits, creators and visits that create are one number.

    With nothing given they still meet the limit, and who only came to watch does not.
    """
    n = 800
    terms = {**ALL_AT_ONCE, "p_create": 0.3, "p_create_first": 0.8, "p_active": 0.7}
    given = lived(limit_market(n, {"a": {**terms, "free_quota_per_day": 1}}, days=8))
    none = lived(limit_market(n, {"a": {**terms, "free_quota_per_day": 0}}, days=8))
    hits = daily(given, "quota_hits")[:, 0]
    np.testing.assert_array_equal(hits, daily(given, "creators")[:, 0])
    np.testing.assert_array_equal(hits, daily(given, "clips_free")[:, 0])
    np.testing.assert_array_equal(hits, daily(none, "quota_hits")[:, 0])
    assert daily(none, "creators").sum() == 0
    came = daily(given, "daily_active")[:, 0]
    assert came[0] == n
    assert (hits < came).all()


def test_a_plan_is_worth_the_days_on_which_something_is_made() -> None:
    """30·a0·c days of clips: with c a half, and twice the days, it is worth the same."""
    shares = []
    for p_create, p_active in ((0.5, 1.0), (None, 0.5)):
        terms: dict[str, Any] = {
            **ALL_AT_ONCE, "subscription_usd_per_month": 10.0, "plan_other_usd": 2.0,
            "subscriber_quota_per_day": 9, "subscribe_intercept": 20.0, "p_create": p_create,
            "p_active": p_active,
        }  # fmt: skip
        market = limit_market(600, {"a": terms}, days=1, median_willingness_usd=0.05)
        shares.append(daily(lived(market), "new_subscribers")[0, 0])
    assert 0 < shares[0] == shares[1] < 600


def test_views_are_counted_for_each_and_in_all() -> None:
    """The column of each person sums to what the record counted; who makes no clip is a viewer."""
    terms = {"interest_per_day": 0.3, "p_create": 0.4, "views_per_visit": 7.3, "p_active": 0.8}
    market = limit_market(500, {"a": terms, "b": {**terms, "views_per_visit": 0.0}}, days=12)
    views = np.zeros((2, 500), np.int64)
    for _ in range(12):
        before = market.users.columns["views_total"].astype(int)
        lived(market, 1)
        now = market.users.columns["views_total"].astype(int)
        here = market.users.columns["day_active"] == market.day - 1
        assert not (now - before)[~here].any()
        views += now - before
    np.testing.assert_array_equal(views.sum(axis=1), daily(market, "views").sum(axis=0))
    assert daily(market, "views").sum(axis=0)[0] > 1_000
    assert daily(market, "views").sum(axis=0)[1] == 0
    viewers = market.results.array("viewers")
    np.testing.assert_array_equal(
        viewers, daily(market, "daily_active") - daily(market, "creators")
    )
    assert 0 < viewers[-1, 0] < daily(market, "daily_active")[-1, 0]


def test_nobody_stays_marked_over_night() -> None:
    """Who comes and who creates is known for a day, and forgotten before anybody looks again."""
    terms = {**ALL_AT_ONCE, "p_create": 0.5}
    market = lived(limit_market(50, {"a": terms, "b": terms}, days=3))
    marks = market.users.columns["marks"]
    assert not (marks & (Flag.VISITS | Flag.CREATES)).any()
