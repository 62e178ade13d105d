"""What is given and sold, and at which price, decides who comes, who pays and who stays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from agents.day import offer, rules
from agents.day.world import World
from agents.state import Flag
from sim.interventions import Event
from sim.market import Market
from sim.rng import Stream
from tests.agents.mornings import NAMES, N, calm, column, derived, expit, morning, rows, u
from tests.worlds import ALL_AT_ONCE, EVERYBODY, daily, date, limit_market, lived

#: People of one mind: five clips wanted a day, 30 cents for each.
ALIKE: dict[str, Any] = {"mean_clips": 5.0, "median_willingness_usd": 0.3}


@pytest.fixture
def w() -> World:
    """A morning on which offers are weighed."""
    world = calm(morning())
    world.terms["needs_reason"][:] = True
    world.terms["value"][:], world.terms["p_served"][:] = world.terms["rel_demand"], 1.0
    for name, value in {"pack_usd": 4.0, "plan_other_usd": math.nan}.items():
        world.terms[name][:] = value
    for name in ("pack_on_sale", "plan_on_sale", "high_plan_on_sale"):
        world.terms[name][:] = False
    column(world, "credit")[:] = 0
    column(world, "marks")[:] = 0
    column(world, "day_activated")[:] = 0
    world.reach["free_quota"][:] = 3
    world.reach["plan_at_hand"][:] = False
    return world


def wish(w: World, row: int, p: int) -> float:
    nov = w.novelty[p, w.day]
    return float(w.person[row].rate) * nov * float(w.terms[p].value) * w.kinds[w.cell[row]].demand


def test_the_reason_is_the_part_of_the_wish_that_is_served(w: World) -> None:
    """Free clips; of the rest the purse; of the rest a plan; of the rest the feed."""
    w.terms["feed_reason"][:] = 0.25
    w.person["rate"][:] = np.random.default_rng(3).gamma(0.7, 8.0, N)
    for row in rows():
        part = min(1.0, 3.0 / wish(w, row, 0))
        assert offer.reason(w, row, 0) == pytest.approx(part + (1 - part) * 0.25)
    w.terms["pack_on_sale"][:] = True
    w.terms["log_pack_usd"][:] = math.log(4.0)
    w.terms["pack_clips"][:], w.terms["pack_leftover_worth"][:] = 10, 0.5
    noise = float(w.market[0].price_noise)
    for row in rows():
        mean = wish(w, row, 0)
        part = min(1.0, 3.0 / mean)
        wanted = min(max(mean, 1.0), 10.0)
        worth = math.log(wanted + 0.5 * (10.0 - wanted)) + float(w.person[row].willingness)
        part += (1 - part) * (part < 1) * expit((worth - math.log(4.0)) / noise)
        assert offer.reason(w, row, 0) == pytest.approx(part + (1 - part) * 0.25, rel=1e-9)


def test_nothing_offered_and_nothing_shown_is_no_reason(w: World) -> None:
    w.reach["free_quota"][:] = 0
    w.terms["feed_reason"][:] = 0.0
    assert all(offer.reason(w, row, p) == 0.0 for row in rows() for p in range(len(NAMES)))
    column(w, "credit")[0, 7] = 1
    assert offer.reason(w, 7, 0) == 1.0, "a clip of a pack in hand is reason enough"


def test_a_visit_needs_its_reason(w: World) -> None:
    """P = a0·reason."""
    w.terms["feed_reason"][:], w.terms["visit_rate"][:] = 0.25, 0.6
    w.person["rate"][:] = np.random.default_rng(3).gamma(0.7, 20.0, N)
    column(w, "day_activated")[:] = w.day - 3
    for row in rows():
        chance = 0.6 * offer.reason(w, row, 0)
        assert bool(rules.visits(w, row, 0)) == (u(w, Stream.VISIT, row, 0) < chance)
    column(w, "day_activated")[:] = w.day
    assert all(rules.visits(w, row, 0) for row in rows()), "the day of activation is a day of use"


def test_who_finds_no_reason_leaves_by_its_hazard(w: World) -> None:
    """1 - (1 - own)·exp(-ι(1 - reason))."""
    w.terms["feed_reason"][:], w.terms["leave_no_reason_per_day"][:] = 0.25, 0.7
    w = derived(w)
    column(w, "dropout")[:] = 0.05
    w.person["rate"][:] = np.random.default_rng(3).gamma(0.7, 20.0, N)
    left = [bool(rules.leaves(w, row, 0)) for row in rows()]
    for row in rows():
        chance = 1 - (1 - np.float32(0.05)) * math.exp(-0.7 * (1 - offer.reason(w, row, 0)))
        assert left[row] == (u(w, Stream.LEAVE, row, 0) < chance)
    assert 0 < sum(left) < N


@pytest.mark.parametrize("held", [0, 1])
def test_the_tier_decides_the_quota(w: World, held: int) -> None:
    w.terms["subscriber_quota_per_day"][:], w.terms["high_plan_quota_per_day"][:] = 9, 40
    w.reach["plan_at_hand"][:] = bool(held)
    for flags, quota in (
        (0, 9 if held else 3),
        (Flag.SUBSCRIBED, 9),
        (Flag.SUBSCRIBED | Flag.HIGH_PLAN, 40),
    ):
        column(w, "marks")[:] = flags
        assert offer.quota_of(w, 5, 0) == quota
    w.reach["free_quota"][:] = 60
    assert offer.quota_of(w, 5, 0) == 60, "no plan takes free clips away"


def test_of_two_plans_the_one_with_more_to_gain_is_taken(w: World) -> None:
    """Worth·e^ε - price; worth = other + e^ω·30·a0·c·clips added."""
    for name, value in {
        "plan_other_usd": 10.0, "high_plan_other_usd": 12.0, "subscriber_quota_per_day": 6,
        "high_plan_quota_per_day": 50, "subscription_usd_per_month": 15.0,
        "high_plan_usd_per_month": 40.0, "plan_on_sale": True, "high_plan_on_sale": True,
        "p_active": 0.5, "part_creating": 0.7,
    }.items():  # fmt: skip
        w.terms[name][:] = value
    w.person["rate"][:] = np.random.default_rng(4).gamma(1.0, 20.0, N)
    w.person["willingness"][:] = np.random.default_rng(5).normal(-2.0, 1.0, N)
    noise, found = float(w.market[0].price_noise), []
    for row in rows():
        mean, luck = wish(w, row, 0), u(w, Stream.PLAN_PRICE, row, 0)
        factor = math.exp(-noise * math.log(luck / (1 - luck)))
        gains = [0.0]
        for quota, other, price in ((6, 10.0, 15.0), (50, 12.0, 40.0)):
            more = min(mean, quota) - min(mean, 3)
            each = math.exp(float(w.person[row].willingness)) * 15.0 * 0.7
            gains.append((other + each * more) * factor - price if more > 0 else -1.0)
        found.append(int(offer.tier_taken(w, row, 0)))
        assert found[-1] == int(np.argmax(gains))
    assert set(found) == {offer.NO_PLAN, offer.PLAN, offer.HIGH_PLAN}


def market(days: int = 12, events: Any = (), n: int = 4_000, **terms: Any) -> Market:
    """Return a lived market of people alike, of whom all hear on day 0."""
    platform = {**ALL_AT_ONCE, "needs_reason": True, "offer_utility": 1.0, **terms}
    return lived(limit_market(n, {"a": platform}, days=days, events=events, **ALIKE))


def test_no_offer_nobody_comes_and_a_feed_alone_keeps_viewers() -> None:
    """What was begun with clips goes on with a feed only as long as somebody makes some."""
    nothing = market(free_quota_per_day=0, leave_no_reason_per_day=0.5)
    assert daily(nothing, "installs").sum() == daily(nothing, "daily_active").sum() == 0
    stop = Event(id="stop", date=date(3), platform="a", set={"free_quota_per_day": 0})
    gone = market(60, [stop], leave_no_reason_per_day=0.5)
    assert daily(gone, "daily_active")[2, 0] > 0
    assert daily(gone, "daily_active")[-1, 0] == daily(gone, "active")[-1, 0] == 0
    # One in five has a plan, makes clips, and so shows the others something.
    shown = lived(limit_market(
        4_000, {"a": {"interest_per_day": EVERYBODY, "needs_reason": True, "feed_worth": 0.4,
                      "plan_surface": "tube", "subscriber_quota_per_day": 50}},
        events=[stop], days=20, surfaces={"tube": {"phone": 0.2}}, **ALIKE,
    ))  # fmt: skip
    users, plan = daily(shown, "daily_active")[10:, 0], daily(shown, "clips_subscriber")[10:, 0]
    assert (plan > 0).all()
    assert users.mean() / 4_000 == pytest.approx(0.2 + 0.8 * 0.4, abs=0.01)


def test_revenue_of_packs_has_a_best_price() -> None:
    """n·p·E[Λ(...)], people alike in wish, by price; and no chance of more buyers when dearer."""
    spent, bought = [], []
    for price in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0):
        terms = {"free_quota_per_day": 0, "pack_usd": price, "pack_leftover_worth": 0.5}
        one = market(2, pack_clips=10, offer_utility=0.0, **terms)
        spent.append(daily(one, "packs_usd").sum())
        bought.append(daily(one, "pack_buyers").sum())
    assert sorted(bought, reverse=True) == bought
    assert 0 < int(np.argmax(spent)) < len(spent) - 1


@pytest.mark.parametrize("price", [1.0, 2.0, 4.0])
def test_packs_sell_by_their_closed_form(price: float) -> None:
    """First day, nothing free, all of one mind: P(a pack for d clips), d Poisson."""
    n, noise = 40_000, 1.0
    one = lived(limit_market(
        n, {"a": {**ALL_AT_ONCE, "free_quota_per_day": 0, "pack_usd": price, "pack_clips": 10,
                  "pack_leftover_worth": 0.5}},
        days=1, price_noise=noise, **ALIKE,
    ))  # fmt: skip
    d = np.arange(1, 40)
    worth = np.minimum(d, 10) + 0.5 * (10 - np.minimum(d, 10))
    margin = math.log(0.3) + np.log(worth) - math.log(price)
    expected = n * (stats.poisson(5.0).pmf(d) / (1 + np.exp(-margin / noise))).sum()
    assert daily(one, "pack_buyers").sum() == pytest.approx(expected, abs=4 * math.sqrt(n) / 2)


@pytest.mark.parametrize("pack", [None, 4.0])
@pytest.mark.parametrize("plan", [None, 19.99])
@pytest.mark.parametrize("willingness", [-3.0, -1.5, 0.5])
def test_more_free_clips_never_make_an_offer_less_of_a_reason(
    w: World, pack: float | None, plan: float | None, willingness: float
) -> None:
    """Beside a few free clips a plan adds less; that must not count against them."""
    terms = w.terms[0]
    terms["pack_on_sale"], terms["log_pack_usd"] = pack is not None, math.log(pack or 1.0)
    terms["plan_on_sale"], terms["plan_other_usd"] = plan is not None, 19.0
    terms["subscription_usd_per_month"], terms["subscriber_quota_per_day"] = plan or 0.0, 5
    for mean in (0.5, 4.0, 9.5, 40.0):
        parts = [offer.part_in_quota(mean, float(quota)) for quota in range(60)]
        found = [offer.served(w, 0, willingness, mean, 0, part) for part in parts]
        assert np.all(np.diff(found) >= 0.0)
        assert found[-1] == 1.0
