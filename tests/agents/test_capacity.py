"""Capacity binds: GPU time never passes it, who is turned away is drawn by lot, nothing swings."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from agents.day import offer
from agents.platforms.congestion import NO_LIMIT, congestion, gpu_load, most_clips
from agents.platforms.unit_cost import UnitCost
from scenarios import baseline
from sim.interventions import Event
from sim.market import Market
from sim.rng import Stream, word
from tests.agents.mornings import morning, rows
from tests.worlds import (
    ALL_AT_ONCE,
    daily,
    date,
    limit_market,
    lived,
    small,
)

#: One GPU-hour a clip: capacity in GPU-hours is capacity in clips.
AN_HOUR: dict[str, Any] = {"gpu_minutes_per_clip": 60.0, "usd_per_gpu_hour": 2.0, **ALL_AT_ONCE}


# What is served


def test_as_many_clips_are_served_as_gpu_time_makes() -> None:
    """Ten GPU-hours are 15 clips of 40 minutes; of agents who stand for 4 people each, 3."""
    cost = UnitCost(40.0, 1.95)
    assert most_clips(10.0, cost, 1.0) == 15
    assert most_clips(10.0, cost, 4.0) == 3
    assert most_clips(0.5, cost, 1.0) == 0
    assert most_clips(None, cost, 1.0) == most_clips(10.0, UnitCost(0.0, 1.95), 1.0) == NO_LIMIT
    load = gpu_load(cost, 15.0, 30.0, 10.0)
    assert load == {"gpu_hours": 10.0, "utilization": 1.0, "wanted_over_capacity": 3.0}
    assert gpu_load(cost, 15.0, 0.0, None)["utilization"] == 0.0


@pytest.mark.parametrize("minutes", [0.1, 0.3, 0.7, 13.0 / 7.0])
def test_rounding_never_carries_gpu_time_over_the_capacity(minutes: float) -> None:
    """Capacities that are whole numbers of clips but for rounding, where a quotient may err."""
    cost = UnitCost(minutes, 1.0)
    for clips in range(1, 2_000):
        exact = clips * 0.9 * minutes / 60.0
        assert most_clips(exact, cost, 0.9) == clips
        assert most_clips(math.nextafter(exact, 0.0), cost, 0.9) == clips - 1


def lots(market: Market, day: int) -> npt.NDArray[np.int64]:
    """Return users in the order in which they are served, from the generator itself."""
    w = market.users.world
    key = int(w.terms[0].key)
    drawn = [int(word(w.seed, np.uint64(Stream.SERVICE), day, np.uint64(row), key))
             for row in range(market.config.n_users)]  # fmt: skip
    return np.argsort(drawn)


def test_orders_are_served_whole_in_the_order_of_lots_and_one_gets_the_rest() -> None:
    """Ten people want more than their quota of 4 (P(Poisson(50) < 4) is 4e-18): 40 clips ordered.

    A capacity of 26 serves six of them whole, one half, three not; another three tomorrow.
    """
    terms = {**AN_HOUR, "free_quota_per_day": 4, "capacity_gpu_hours_per_day": 26.0}
    market = limit_market(10, {"a": terms}, days=12)
    away = Counter[int]()
    for day in range(12):
        market.step()
        made = market.users.columns["clips_today"][0]
        np.testing.assert_array_equal(made[lots(market, day)], [4, 4, 4, 4, 4, 4, 2, 0, 0, 0])
        away.update(np.flatnonzero(made == 0).tolist())
    assert (daily(market, "clips_free") == 26).all()
    assert (daily(market, "clips_unserved") == 14).all()
    assert (daily(market, "creators") == 7).all()
    assert (daily(market, "quota_hits") == 10).all(), "who wants the quota has met his limit"
    assert (daily(market, "daily_active") == 10).all()
    assert (daily(market, "gpu_hours") == 26.0).all()
    assert (daily(market, "wanted_over_capacity") == 40.0 / 26.0).all()
    assert len(away) > 7, "lots are drawn anew each day"


def test_who_is_turned_away_buys_no_pack_and_pays_for_no_clip() -> None:
    """Six people, nothing free, packs of ten; each wants about 50 clips, far more than 20.

    Twenty clips fit: the first in line gets a part of his order, and pays for two packs, no more.
    """
    terms = {**AN_HOUR, "free_quota_per_day": 0, "pack_usd": 1.0, "pack_clips": 10,
             "capacity_gpu_hours_per_day": 20.0}  # fmt: skip
    market = limit_market(6, {"a": terms}, days=3, median_willingness_usd=1e6)
    for day in range(3):
        market.step()
        first = lots(market, day)[0]
        np.testing.assert_array_equal(np.flatnonzero(market.users.columns["clips_today"][0]), first)
    assert (daily(market, "packs")[:, 0] == 2).all()
    assert (daily(market, "packs_usd")[:, 0] == 200).all()
    assert (daily(market, "clips_pack")[:, 0] == 20).all()
    assert (daily(market, "pack_buyers")[:, 0] == 1).all()
    assert (daily(market, "clips_refused")[:, 0] == 0).all()
    assert (daily(market, "clips_unserved")[:, 0] > 100).all()


def test_of_a_part_of_an_order_the_quota_comes_first_and_half_a_pack_is_credit() -> None:
    """One person, quota 3, packs of 10, room for 7: three free, four of one pack, six left.

    Tomorrow three free, four of the credit, two left; then three, two of it and two of a pack.
    """
    terms = {**AN_HOUR, "free_quota_per_day": 3, "pack_usd": 1.0, "pack_clips": 10,
             "capacity_gpu_hours_per_day": 7.0}  # fmt: skip
    market = limit_market(1, {"a": terms}, days=3, median_willingness_usd=1e6)
    credit = []
    for _ in range(3):
        market.step()
        credit.append(market.users[0]["a"].credit)
    assert credit == [6, 2, 8]
    assert daily(market, "clips_free")[:, 0].tolist() == [3, 3, 3]
    assert daily(market, "clips_pack")[:, 0].tolist() == [4, 4, 4]
    assert daily(market, "packs")[:, 0].tolist() == [1, 0, 1]


def test_without_gpu_time_nobody_makes_a_clip_and_all_may_still_come() -> None:
    terms = {**AN_HOUR, "free_quota_per_day": 4, "capacity_gpu_hours_per_day": 0.5}
    market = lived(limit_market(10, {"a": terms}, days=3))
    assert daily(market, "clips_free").sum() == daily(market, "gpu_hours").sum() == 0
    assert (daily(market, "clips_unserved") == 40).all()
    assert (daily(market, "daily_active") == 10).all()


@pytest.mark.parametrize("sensitivity", [0.0, 3.0])
def test_gpu_hours_of_the_baseline_never_pass_what_there_is(sensitivity: float) -> None:
    """A thousand times too little GPU time, and demand that does or does not mind.

    2,000 agents stand for 60 M people: 60,000 GPU-hours are 3 clips of agents a day at 40 minutes.
    """
    plain = small(2_000).run()
    limits = {"capacity_gpu_hours_per_day": 60_000.0, "degraded_sensitivity": sensitivity}
    scenario = baseline.scenario()
    for name, value in limits.items():
        scenario = scenario.set(f"sora.{name}", value)
    limited = small(2_000, scenario=scenario).run()
    p = list(plain.platforms).index("sora")
    hours = limited.array("gpu_hours")[:, p]
    assert hours.max() <= 60_000.0
    assert (limited.array("utilization") <= 1.0).all()
    assert limited.array("wanted_over_capacity")[:, p].max() > 5.0
    assert limited.array("clips")[:, p].sum() < 0.5 * plain.array("clips")[:, p].sum()


# What is felt


@pytest.mark.parametrize("s", [0.0, 0.3, 1.0, 3.0, 50.0])
@pytest.mark.parametrize("over", [1.5, 1944.0])
def test_congestion_meets_its_fixed_point_in_one_day_and_stays(s: float, over: float) -> None:
    """W = W0·c^-s against K: c* = (W0/K)^(1/(1+s)), where what is wanted over K is c* itself."""
    fixed = over ** (1.0 / (1.0 + s))
    for start in (1.0, 2.0, 5_000.0):
        felt = congestion(start, over * start**-s, s)
        assert felt == pytest.approx(fixed, rel=1e-12)
        assert over * felt**-s == pytest.approx(felt, rel=1e-9)
        assert congestion(felt, over * felt**-s, s) == pytest.approx(fixed, rel=1e-12)


@pytest.mark.parametrize("answer", [0.0, 0.2, 0.7])
def test_where_demand_answers_less_congestion_nears_its_place_from_one_side(answer: float) -> None:
    """W = W0·c^(-s·e), e < 1, as where a quota binds: log c nears log(W0/K)/(1+s·e), never past."""
    s, over, felt, path = 3.0, 20.0, 1.0, []
    for _ in range(200):
        felt = congestion(felt, over * felt ** (-s * answer), s)
        path.append(felt)
    fixed = over ** (1.0 / (1.0 + s * answer))
    assert path[-1] == pytest.approx(fixed, rel=1e-9)
    assert np.all(np.diff(path) >= -1e-12)


def test_where_there_is_room_nothing_is_felt() -> None:
    assert (
        congestion(1.0, 0.7, 2.0) == congestion(8.0, 0.0, 2.0) == congestion(1.0, 0.0, 0.0) == 1.0
    )
    assert congestion(4.0, 0.01, 0.0) == 1.0


def test_a_crowded_service_settles_on_its_second_day() -> None:
    """20,000 people wish for 2·c^-s clips a day, s = 1.5, room for a tenth: c* = 10^(1/2.5).

    What is wanted is Poisson with mean 40,000·c*^-1.5 = 10,048, sd 1 %; 4·sd, twice, is 8 % of c*.
    An oscillation would alternate between c = 10 and none.
    """
    people, s = 20_000, 1.5
    terms = {**AN_HOUR, "free_quota_per_day": 500, "degraded_sensitivity": s,
             "capacity_gpu_hours_per_day": 0.1 * 2.0 * people}  # fmt: skip
    market = lived(limit_market(people, {"a": terms}, days=12, mean_clips=2.0))
    felt, wanted = daily(market, "congestion")[:, 0], daily(market, "wanted_over_capacity")[:, 0]
    fixed = 10.0 ** (1.0 / (1.0 + s))
    assert felt[0] == 1.0
    assert wanted[0] == pytest.approx(10.0, rel=4 / math.sqrt(40_000))
    np.testing.assert_allclose(felt[1:], fixed, rtol=0.04)
    np.testing.assert_allclose(wanted[1:], fixed, rtol=0.08)
    assert (daily(market, "utilization")[1:, 0] > 0.999).all()


def test_a_service_that_is_let_grow_is_crowded_no_more() -> None:
    more = Event(id="more", date=date(5), platform="a", set={"capacity_gpu_hours_per_day": 1e6})
    terms = {**AN_HOUR, "free_quota_per_day": 4, "capacity_gpu_hours_per_day": 10.0,
             "degraded_sensitivity": 1.0}  # fmt: skip
    market = lived(limit_market(10, {"a": terms}, days=8, events=[more]))
    felt = daily(market, "congestion")[:, 0]
    assert felt[1] == pytest.approx(2.0)
    assert (felt[6:] == 1.0).all()
    assert (daily(market, "clips_unserved")[5:, 0] == 0).all()


# What crowding makes of an offer

WEIGHED: dict[str, Any] = {**AN_HOUR, "needs_reason": True, "free_quota_per_day": 500}


def test_who_is_turned_away_has_less_reason_to_come() -> None:
    """20,000 people, two clips a day, room for a tenth; they do not wish for less (s = 0).

    All come on the first day, later 1/c of them: W = W0/c, so c* = √10, and as many clips as fit
    are made. Visits are Binomial(20,000, 1/√10), sd 66 of 6,325; the sd of c adds 1 %: 4·sd, 8 %.
    """
    people = 20_000
    terms = {**WEIGHED, "capacity_gpu_hours_per_day": 0.1 * 2.0 * people}
    market = lived(limit_market(people, {"a": terms}, days=12, mean_clips=2.0))
    came = daily(market, "daily_active")[:, 0]
    assert came[0] == people
    np.testing.assert_allclose(came[1:], people / math.sqrt(10.0), rtol=0.08)
    np.testing.assert_allclose(daily(market, "congestion")[1:, 0], math.sqrt(10.0), rtol=0.04)
    assert (daily(market, "utilization")[1:, 0] > 0.9).all()


def test_a_feed_keeps_those_who_are_turned_away_as_viewers() -> None:
    """reason = 1/c + (1 - 1/c)·φ·min(1, yesterday's clips for each of yesterday's users), φ = 1.

    Visits are Binomial(5,000, .6 to .75), sd below 35: 4·sd is 5 % of 3,000.
    """
    terms = {**WEIGHED, "feed_worth": 1.0, "capacity_gpu_hours_per_day": 2_000.0}
    market = lived(limit_market(5_000, {"a": terms}, days=5, mean_clips=2.0))
    came = daily(market, "daily_active")[:, 0]
    assert came[0] == 5_000
    shown = np.minimum(daily(market, "clips_free")[:-1, 0] / came[:-1], 1.0)
    served = 1.0 / daily(market, "congestion")[1:, 0]
    expected = 5_000 * (served + (1.0 - served) * shown)
    np.testing.assert_allclose(came[1:], expected, rtol=0.05)
    assert (expected > 1.15 * 5_000 * served).all(), "the feed brings more than clips do"


def test_a_crowded_service_gives_every_reason_only_in_part() -> None:
    """Free clips, packs in hand and what a plan adds count by the chance of being served."""
    w = morning()
    w.terms["needs_reason"][:], w.terms["feed_reason"][:] = True, 0.25
    w.reach["plan_at_hand"][:] = False
    w.terms["p_served"][:] = 1.0
    room = [offer.reason(w, row, 0) for row in rows()]
    w.terms["p_served"][:] = 0.4
    w.terms["value"][:] *= 0.1  # who wishes for less because it is crowded has no more reason
    crowded = [offer.reason(w, row, 0) for row in rows()]
    part = (np.array(room) - 0.25) / 0.75
    # Plans, worth less, make the part smaller still where they count.
    assert (np.array(crowded) <= 0.4 * part + (1.0 - 0.4 * part) * 0.25 + 1e-12).all()
    assert np.mean(np.isclose(crowded, 0.4 * part + (1.0 - 0.4 * part) * 0.25)) > 0.5
    w.terms["plan_other_usd"][:] = 0.0
    w.terms["p_served"][:] = 1.0
    worth = offer.plan_worth_usd(w, 0, -1.0, 9.0, 3, False)
    w.terms["p_served"][:] = 0.4
    assert offer.plan_worth_usd(w, 0, -1.0, 9.0, 3, False) == pytest.approx(0.4 * worth)
    assert worth > 0.0


def test_less_capacity_never_brings_more_people_or_more_clips() -> None:
    """The baseline at four capacities, people's luck in common: installs, use and clips fall."""
    totals = []
    for hours in (None, 600_000.0, 200_000.0, 60_000.0):
        scenario = baseline.scenario().set("sora.capacity_gpu_hours_per_day", hours)
        results = small(2_000, scenario=scenario, until="2025-12-31").run()
        p = list(results.platforms).index("sora")
        totals.append([results.array(n)[:, p].sum() for n in ("installs", "daily_active", "clips")])
    assert (np.diff(totals, axis=0) < 0.0).all()
