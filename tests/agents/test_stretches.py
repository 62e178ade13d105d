"""Days lived at once in compiled code have the bits of days lived one by one."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.day.invites import least
from agents.people.stretches import Stretches
from agents.platforms.evening import booked
from agents.platforms.rounding import cents
from agents.platforms.unit_cost import unit_cost, unit_costs
from sim.counts import Status
from sim.errors import ConfigError
from sim.execution import Execution
from sim.interventions import Event
from sim.market import Market
from sim.platform_config import PlatformConfig, StrategyConfig
from sim.scenario import Scenario
from tests.worlds import BUSY_PLATFORM, CROWD, bits, busy_scenario, date, small_scenario

PLAIN = Execution(threads=1, check=False)
#: Every mechanism on but those that need a look each morning or a day in two parts.
OPEN: dict[str, Any] = {
    **BUSY_PLATFORM, "capacity_gpu_hours_per_day": None, "marketing_usd_per_day": 0.0,
    "learning": "moore", "moore_factor_per_year": 5.0, "learning_share_minutes": 0.3,
}  # fmt: skip


class PartByPart(Market):
    """A market of somebody's own class, which is lived part by part."""


@pytest.fixture
def stretches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the lengths of all stretches that are lived while a test runs."""
    lengths: list[int] = []
    live = Stretches.live

    def note(self: Stretches, most: int) -> tuple[int, bool]:
        over, is_evening = live(self, most)
        lengths.append(over)
        return over, is_evening

    monkeypatch.setattr(Stretches, "live", note)
    return lengths


def both(scenario: Scenario) -> tuple[Market, Market]:
    """Return the market of a scenario, and one that is lived part by part."""
    market = Market(scenario, execution=PLAIN)
    return market, PartByPart(scenario, market.graph, PLAIN)


def busy(days: int = 40, events: tuple[Event, ...] = (), **terms: Any) -> Scenario:
    """Return a scenario in which stretches are long, unless other terms are given."""
    own = {**OPEN, **terms}
    platforms: Mapping[str, Any] = {
        "a": own, "b": {**own, **CROWD, "invites_required": False, "utility": 0.0},
    }  # fmt: skip
    return busy_scenario(1_500, "erdos_renyi(degree=6)", days, events, platforms)


CUT = Event(id="cut", date=date(17), platform="a", set={"free_quota_per_day": 1, "p_create": 0.3})
FULL = Event(
    id="full", date=date(12), platform="b", set={"capacity_gpu_hours_per_day": 0.5},
    undo_on=date(20),
)  # fmt: skip
STOP = Event(id="stop", date=date(25), platform="b", set={"running": False})


def rule(name: str, **parameters: Any) -> dict[str, Any]:
    """Return terms with a strategy."""
    return {"strategies": (StrategyConfig(name=name, parameters=parameters),)}


BURN = rule("burn_budget", max_burn_usd_per_day=10.0, max_quota=5)
BOOST = rule("boost_invites", installs_per_day=1e6, codes_per_user=7)
PLAN = rule("fixed_plan", values={"free_quota_per_day": 2})
CHARGE = rule("charge_when_loyal", loyal_people=200.0, pack_usd=0.5, free_quota_per_day=1)
CLOSE = rule("stop_rule", min_cash_usd=-3_000.0)
SCENARIOS = {
    "plain": (busy(), 39),
    "an event": (busy(events=(CUT,)), 20),
    "full for a while": (busy(events=(FULL, STOP)), 10),
    "one platform": (
        busy_scenario(900, "small_world(degree=4)", 30, (), {"one": OPEN}), 29,
    ),
    "nine platforms": (
        busy_scenario(400, "well_mixed", 25, (), {f"p{k}": OPEN for k in range(9)}), 24,
    ),
    "paid media": (busy(marketing_usd_per_day=40.0), 1),
    "learning by doing": (busy(learning="wright"), 1),
    "who watches the burn, from a week on": (busy(**BURN), 7),
    "the same, launched later": (busy(launch=date(9), **BURN), 16),
    "who boosts invites once, after a fortnight": (busy(**BOOST), 25),
    "who keeps to a plan, beside an event": (busy(events=(CUT,), launch=date(5), **PLAN), 23),
    "who charges once so many are there": (busy(**CHARGE), 20),
    "who closes without cash": (busy(fixed_usd_per_day=150.0, **CLOSE), 10),
    "launched on the way": (busy(launch=date(9)), 39),
    "no forces": (
        busy_scenario(900, "well_mixed", 30, (), {"a": {"interest_per_day": 0.03}}), 29,
    ),
    "the baseline": (small_scenario(2_000), 30),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_stretch_has_the_bits_of_its_days(name: str, stretches: list[int]) -> None:
    scenario, longest = SCENARIOS[name]
    market, other = both(scenario)
    market.run()
    assert max(stretches) >= longest
    lived = sum(stretches)
    other.run()
    assert sum(stretches) == lived
    assert bits(market) == bits(other)
    assert (market.day, market.steps) == (other.day, other.steps)
    for mine, theirs in zip(market.platforms.values(), other.platforms.values(), strict=True):
        own, others = mine.state(), theirs.state()
        assert own.pop("json") == others.pop("json")
        for part, array in own.items():
            np.testing.assert_array_equal(array, others[part], err_msg=part)
        assert mine.unit_cost == theirs.unit_cost
    assert market.users.world.day == other.users.world.day
    for part in ("row", "heard", "sent", "seen"):
        found, expected = (getattr(one.users.world.awake, part) for one in (market, other))
        np.testing.assert_array_equal(found, expected, err_msg=part)


def test_a_stretch_may_be_broken_anywhere(stretches: list[int]) -> None:
    """By a look, a step, a save, a branch, a status written by hand, a class of somebody's own."""
    market, other = both(busy(events=(CUT,)))

    def act(market: Market) -> Market:
        market.run(date(6))
        market.step()
        market = market.branch()
        market.users.set_status(1, 7, Status.ACTIVE)
        market.run(date(11), each_day=lambda _: None)
        row = market.users.promote([4, 9])[0].row
        market.run(date(15))
        market.users.demote([row, 9])
        market.users[5]["a"].credit = 3
        return market

    market, other = act(market), act(other)
    market.run()
    other.run()
    assert max(stretches) > 5
    assert bits(market) == bits(other)


def test_who_looks_on_sees_every_day() -> None:
    seen: list[tuple[int, int]] = []
    market = Market(busy(), execution=PLAIN)
    market.run(progress=lambda done, total: seen.append((done, market.day)))
    assert seen == [(day, day) for day in range(1, 41)]


#: Everybody comes on the first days, and earns so much.
CROWDED: dict[str, Any] = {
    "interest_per_day": 3.0, "invites_required": False, "utility": 3.0, "p_active": 0.9,
}  # fmt: skip


def test_money_beyond_all_bounds_is_told_as_on_any_day() -> None:
    """And the day on which it is, is the day that breaks off."""
    found = []
    for market in both(busy(other_revenue_usd_per_active_day=1e14, **CROWDED)):
        with pytest.raises(ConfigError, match="must fit 64 bits") as error:
            market.run()
        with pytest.raises(ConfigError, match="broke off") as after:
            market.run()
        found.append((str(error.value), str(after.value), market.day, market.steps))
    assert found[0] == found[1]


def test_large_sums_are_booked_by_whoever_can(stretches: list[int]) -> None:
    """Beyond 2**53 USD a day compiled code books nothing; the days are lived all the same."""
    market, other = both(busy(other_revenue_usd_per_active_day=1.5e13, days=4, **CROWDED))
    market.run()
    other.run()
    assert stretches.count(0) > 1
    assert bits(market) == bits(other)


def test_too_many_shares_are_told_as_on_any_day() -> None:
    found = []
    scenario = busy(p_share_friends=1.0, free_quota_per_day=600, p_active=1.0)
    crowded = scenario.with_market(graph="erdos_renyi(degree=900)", mean_clips=400.0)
    for market in both(crowded):
        with pytest.raises(ConfigError, match="more than can be counted") as error:
            market.run()
        found.append((str(error.value), market.day))
    assert found[0] == found[1]


@settings(deadline=None)  # the first compiles
@given(st.floats(0.0, 2.0**53, exclude_max=True))
def test_compiled_code_rounds_to_the_same_cents(usd: float) -> None:
    assert booked(usd) == cents(usd)


@settings(deadline=None)
@given(st.integers(0, 2**40), st.sampled_from([1, 3, 5, 7]))
def test_half_cents_go_to_the_even_one_in_compiled_code(whole: int, eighths: int) -> None:
    usd = whole + eighths / 8.0
    assert booked(usd) == cents(usd)


@pytest.mark.parametrize("usd", [-0.01, 2.0**53, float("inf"), float("nan")])
def test_what_cannot_be_booked_is_left_to_python(usd: float) -> None:
    assert booked(usd) < 0


@pytest.mark.parametrize("learning", ["none", "moore"])
@pytest.mark.parametrize("share", [0.0, 0.37, 1.0])
def test_costs_of_many_days_are_those_of_each(learning: str, share: float) -> None:
    terms = PlatformConfig(
        label="A", launch=dt.date(2025, 1, 1), gpu_minutes_per_clip=1.7, usd_per_gpu_hour=2.9,
        learning=learning, moore_factor_per_year=4.3, learning_share_minutes=share,
    )  # fmt: skip
    days = np.arange(-200.0, 800.0)
    one_by_one = [unit_cost(terms, day, 5.0) for day in days.tolist()]
    np.testing.assert_array_equal(unit_costs(terms, days), one_by_one)


@pytest.mark.parametrize(("n", "wanted"), [(0, 0), (1, 1), (7, 7), (500, 1), (500, 40), (64, 64)])
def test_the_least_are_those_of_a_sorted_list(n: int, wanted: int) -> None:
    """Equal keys go by the second number."""
    rng = random.Random(n)
    keys = [rng.randrange(20) << 40 for _ in range(n)]
    ties = rng.sample(range(1_000), n)
    found = least(np.array(keys, np.uint64), np.array(ties, np.uint64), wanted)
    assert found.tolist() == sorted(range(n), key=lambda i: (keys[i], ties[i]))[:wanted]
