"""Capacity binds: GPU time never passes it, who is turned away is drawn by lot, nothing swings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from agents import User
from agents.platforms.congestion import NO_LIMIT, congestion, gpu_load, most_clips
from agents.platforms.unit_cost import UnitCost
from scenarios import baseline
from sim.errors import DataError
from sim.execution import Execution
from sim.interventions import Event
from sim.market import Market
from sim.rng import Stream, word
from tests.worlds import (
    ALL_AT_ONCE,
    BUSY_PLATFORM,
    CHECKED,
    TWO_THREADS,
    bits,
    busy_scenario,
    daily,
    date,
    limit_market,
    lived,
    recorded,
    small,
)

#: One GPU-hour a clip: capacity in GPU-hours is capacity in clips.
AN_HOUR: dict[str, Any] = {"gpu_minutes_per_clip": 60.0, "usd_per_gpu_hour": 2.0, **ALL_AT_ONCE}
#: Metrics that say how capacity is used, and so differ between a large one and none.
OF_CAPACITY = {"utilization", "wanted_over_capacity"}


def busy(a: Mapping[str, Any], b: Mapping[str, Any], n: int = 600, **run: Any) -> Market:
    """Return a market with every mechanism on and two platforms, of which some terms differ."""
    platforms = {
        "a": {**BUSY_PLATFORM, **WEIGHED, **a},
        "b": {**BUSY_PLATFORM, "invites_required": False, "utility": 0.0, **b},
    }
    scenario = busy_scenario(n, "erdos_renyi(degree=6)", 25, (), platforms, rival_penalty=0.0)
    return Market(scenario, **{"execution": CHECKED, **run})


#: What people get and pay is weighed too.
WEIGHED: dict[str, Any] = {
    "needs_reason": True, "feed_worth": 0.5, "offer_utility": 1.0, "leave_no_reason_per_day": 0.1,
    "pack_leftover_worth": 0.3, "plan_other_usd": 8.0, "high_plan_usd_per_month": 30.0,
    "high_plan_quota_per_day": 20,
}  # fmt: skip
NONE: dict[str, Any] = {"capacity_gpu_hours_per_day": None}
ONE_LIMITED: tuple[dict[str, Any], dict[str, Any]] = ({"capacity_gpu_hours_per_day": 2.0}, NONE)


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
    assert (daily(market, "quota_hits") == 6).all()
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


# What does not change


def same_people(one: Market, other: Market) -> None:
    for name, array in one.record.daily.items():
        if name not in OF_CAPACITY:
            np.testing.assert_array_equal(array, other.record.daily[name], err_msg=name)
    for name in one.users.columns:
        np.testing.assert_array_equal(
            one.users.columns[name], other.users.columns[name], err_msg=name
        )


def test_a_capacity_that_serves_all_gives_the_bits_of_none() -> None:
    """Though the day is then lived in two parts: nobody reads what others did today."""
    large = {"capacity_gpu_hours_per_day": 1e6}
    none = lived(busy(NONE, NONE))
    same_people(lived(busy(large, large)), none)
    same_people(lived(busy(large, NONE)), none)
    assert daily(none, "clips_pack").sum() > 0
    assert daily(none, "wanted_over_capacity").sum() == 0


def test_a_limit_of_one_platform_is_not_felt_on_the_other() -> None:
    """They share the people, who decide about each by itself where no rivalry couples them."""
    free, limited = lived(busy(NONE, NONE)), lived(busy(*ONE_LIMITED))
    assert daily(limited, "clips_unserved")[:, 0].sum() > 100
    assert daily(limited, "clips_unserved")[:, 1].sum() == 0
    for name, array in recorded(free, "b").items():
        np.testing.assert_array_equal(recorded(limited, "b")[name], array, err_msg=name)


@pytest.fixture(scope="module")
def plain() -> Market:
    """Return a market of 2,400 people, as many as two threads share, with one crowded platform."""
    market = lived(busy(*ONE_LIMITED, n=2_400))
    assert daily(market, "clips_unserved")[:, 0].sum() > 1_000
    assert daily(market, "utilization")[:, 0].max() <= 1.0
    return market


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_promoted_users_are_served_as_everybody(plain: Market, share: float) -> None:
    market = busy(*ONE_LIMITED, n=2_400)
    market.users.promote(range(int(2_400 * share)), User)
    assert bits(lived(market)) == bits(plain)


def test_two_threads_serve_the_same_people(plain: Market) -> None:
    assert bits(lived(busy(*ONE_LIMITED, n=2_400, execution=TWO_THREADS))) == bits(plain)


def test_the_order_of_people_does_not_say_who_is_served(plain: Market) -> None:
    order = np.random.default_rng(5).permutation(2_400)
    market = lived(
        Market(plain.scenario_config, plain.graph.relabel(order), Execution(threads=2, check=True),
               uid=order.astype(np.uint32))
    )  # fmt: skip
    for name, array in plain.record.daily.items():
        np.testing.assert_array_equal(market.record.daily[name], array, err_msg=name)
    np.testing.assert_array_equal(
        market.users.columns["clips_total"], plain.users.columns["clips_total"][:, order]
    )


def test_what_is_felt_outlasts_a_file_and_a_branch(plain: Market, tmp_path: Path) -> None:
    market = lived(busy(*ONE_LIMITED, n=2_400), 12)
    assert market.platform("a").congestion > 1.5
    loaded = Market.load(market.save(tmp_path / "market.npz"), TWO_THREADS)
    assert bits(lived(loaded)) == bits(lived(market.branch())) == bits(plain)


def test_a_saved_service_cannot_be_less_crowded_than_not_at_all() -> None:
    platform: Any = busy(*ONE_LIMITED).platform("a")
    state = platform.state()
    state["json"]["congestion"] = 0.5
    with pytest.raises(DataError, match=r"congestion = 0\.5: must be finite and >= 1"):
        platform.restore(state)


def test_whoever_is_asked_on_a_day_when_nobody_else_stirs_orders_too() -> None:
    """Nothing makes anybody notice; one has his own way, hears, starts, and orders the same day."""

    class Curious(User):
        def notices(self, platform: str) -> str | None:
            return "press"

    terms = {**AN_HOUR, "interest_per_day": 0.0, "free_quota_per_day": 4,
             "capacity_gpu_hours_per_day": 3.0}  # fmt: skip
    market = limit_market(5, {"a": terms}, days=2)
    market.users.promote([2], Curious)
    lived(market)
    assert daily(market, "clips_free")[:, 0].tolist() == [3, 3]
    assert daily(market, "clips_unserved")[:, 0].tolist() == [1, 1]


def test_gpu_time_beyond_capacity_is_found_at_night() -> None:
    market = busy(*ONE_LIMITED, execution=Execution(threads=1, check=False))
    lived(market, 5)
    market.record.daily["utilization"][4, 0] = 1.5
    with pytest.raises(AssertionError, match=r"a: 1\.5 of its GPU time was used"):
        market.check()


def test_every_decision_is_asked_once_a_day() -> None:
    """In two parts too: what was answered for the order is not asked again."""
    asked = Counter[tuple[Any, ...]]()

    class Counting(User):
        def visits(self, platform: str) -> bool:
            return self._note("visits", platform, super().visits(platform))

        def wants_clips(self, platform: str) -> int:
            return self._note("wants_clips", platform, super().wants_clips(platform))

        def leaves(self, platform: str) -> bool:
            return self._note("leaves", platform, super().leaves(platform))

        def subscribes(self, platform: str) -> bool:
            return self._note("subscribes", platform, super().subscribes(platform))

        def _note(self, name: str, platform: str, answer: Any) -> Any:
            asked[(self.model.day, self.row, platform, name)] += 1
            return answer

    market = busy(*ONE_LIMITED)
    market.users.promote(range(0, 600, 3), Counting)
    lived(market)
    assert bits(market) == bits(lived(busy(*ONE_LIMITED)))
    assert max(asked.values()) == 1
    assert {name for _, _, platform, name in asked if platform == "a"} == {
        "visits", "wants_clips", "leaves", "subscribes",
    }  # fmt: skip


def test_whoever_is_released_after_ordering_still_lives_the_day_once() -> None:
    """Turns are given in the morning: between order and service nobody changes hands."""

    class Leaving(User):
        def wants_clips(self, platform: str) -> int:
            self.users.demote([self.row])
            self.users.promote([(self.row + 1) % 600], Leaving)
            return super().wants_clips(platform)

    market = busy(*ONE_LIMITED)
    market.users.promote(range(0, 600, 50), Leaving)
    assert bits(lived(market)) == bits(lived(busy(*ONE_LIMITED)))
