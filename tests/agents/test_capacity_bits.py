"""A day in two parts is the same day: for all, a few or none in Python, in any order of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents import User
from sim.errors import DataError
from sim.execution import Execution
from sim.market import Market
from tests.worlds import (
    BUSY_PLATFORM,
    CHECKED,
    CROWD,
    TWO_THREADS,
    UNCOUPLED,
    UNCOUPLED_PEOPLE,
    bits,
    busy_scenario,
    daily,
    limit_market,
    lived,
    recorded,
)

#: Metrics that say how capacity is used, and so differ between a large one and none.
OF_CAPACITY = {"utilization", "wanted_over_capacity"}


def busy(
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    n: int = 600,
    people: Mapping[str, Any] | None = None,
    **run: Any,
) -> Market:
    """Return a market with every mechanism on and two platforms, of which some terms differ."""
    platforms = {
        "a": {**BUSY_PLATFORM, **WEIGHED, **a},
        "b": {**BUSY_PLATFORM, **CROWD, "invites_required": False, "utility": 0.0, **b},
    }
    scenario = busy_scenario(n, "erdos_renyi(degree=6)", 25, (), platforms, **(people or {}))
    return Market(scenario, **{"execution": CHECKED, **run})


#: What people get and pay is weighed too.
WEIGHED: dict[str, Any] = {
    "needs_reason": True, "feed_worth": 0.5, "offer_utility": 1.0, "leave_no_reason_per_day": 0.1,
    "pack_leftover_worth": 0.3, "plan_other_usd": 8.0, "high_plan_usd_per_month": 30.0,
    "high_plan_quota_per_day": 20,
}  # fmt: skip
NONE: dict[str, Any] = {"capacity_gpu_hours_per_day": None}
ONE_LIMITED: tuple[dict[str, Any], dict[str, Any]] = ({"capacity_gpu_hours_per_day": 2.0}, NONE)


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
    free, limited = (
        lived(busy({**UNCOUPLED, **a}, {**UNCOUPLED, **b}, people=UNCOUPLED_PEOPLE))
        for a, b in ((NONE, NONE), ONE_LIMITED)
    )
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

    terms = {"gpu_minutes_per_clip": 60.0, "free_quota_per_day": 4,
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

        def creates(self, platform: str) -> bool:
            return self._note("creates", platform, super().creates(platform))

        def watches(self, platform: str) -> int:
            return self._note("watches", platform, super().watches(platform))

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
        "visits", "creates", "watches", "wants_clips", "leaves", "subscribes",
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
