"""A budget buys the installs that its cost per install says, whoever is there and has heard."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from agents.cells import Cells
from agents.platforms.ledger import budget_for, paid_reach
from agents.platforms.media import campaign, cpi_by_cell, mean_cpi
from scenarios import baseline
from scenarios.asking.closed_form import terms_on
from scenarios.inputs.sizing import sized
from sim.counts import Status
from sim.errors import ConfigError
from sim.interventions import Event
from sim.market import Market
from sim.market_config import MarketConfig, Region, Segment
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario
from tests.worlds import ALL_AT_ONCE, CERTAIN_PLATFORM, daily, date, limit_market, lived

TWO_SYSTEMS = {
    "here": Region(share=0.6, os={"ios": 0.5, "android": 0.5}),
    "there": Region(share=0.4, os={"ios": 0.25, "android": 0.75}),
}
CPI, ELASTICITY, REFERENCE = 3.6, 0.8, 100_000.0
BY_SYSTEM = {"cpi_by_system": {"ios": 3.6, "android": 1.2}}


def platform(**terms: Any) -> PlatformConfig:
    return PlatformConfig(label="a", launch=dt.date(2025, 1, 1), **terms)


def cells() -> Cells:
    day = dt.date(2025, 1, 1)
    segments = {"all": Segment(share=1.0)}
    return Cells(MarketConfig(start=day, until=day, regions=TWO_SYSTEMS, segments=segments))


def expected_installs(market: Market, name: str) -> float:
    """Return the people who install because of ads today, in expectation, by the textbook.

    Σ Λ(V - χ·rivals used)·(1 - e^-x)·h/x over people with access who have not heard, x their whole
    hazard; friends there are counted by a product with the matrix of friendships.
    """
    w, users = market.users.world, market.users
    p = list(market.platforms).index(name)
    terms, n = market.platforms[name].terms, users.n_users
    friends = sparse.csr_matrix((np.ones(w.indices.size), w.indices, w.indptr), (n, n))
    present = (users.columns["visible"] & 1).astype(float)
    there = friends @ present[p]
    reach, cell = w.reach[p], users.columns["cell"]
    odds = terms.utility + users.columns["taste"][p].astype(float) + reach.offer[cell]
    odds += terms.friend_utility * np.log1p(there) - reach.friction[cell]
    odds -= market.config.rival_penalty * (present.sum(axis=0) - present[p])
    paid = (reach.hazard_unaware - reach.hazard_aware)[cell]
    degree = np.maximum(np.diff(w.indptr), 1)
    total = (
        reach.hazard_unaware[cell] + terms.friend_strength * users.columns["exposure"][p] / degree
    )
    asked = (users.columns["status"][p] == Status.UNAWARE) & reach.open[cell] & (paid > 0.0)
    chance = 1.0 / (1.0 + np.exp(-odds[asked]))
    notices = -np.expm1(-np.minimum(total, market.config.attention_budget)[asked])
    return float((chance * notices * (paid / total)[asked]).sum()) * market.config.weight


@pytest.mark.parametrize("budget", [1e4, 1e5, 1e6])
@pytest.mark.parametrize("eta", [0.2, 1.5], ids=["friends little", "friends much"])
def test_a_budget_buys_what_its_cost_per_install_says(budget: float, eta: float) -> None:
    """B/n = CPI·(B/B0)^(1-ε) in expectation, over the people as they are on each morning.

    Whether friends are there (η), other news competes, and the easiest have heard already; to
    1 in 1,000, which is what gathering people by friends' news may cost.
    """
    terms = {
        "marketing_usd_per_day": budget, "cpi_usd": CPI, "friend_utility": eta,
        "ad_elasticity": ELASTICITY, "friend_strength": 0.15,
    }  # fmt: skip
    base = baseline.scenario()
    changed = base.with_platform("sora", base.platforms["sora"].changed("test", **terms))
    market = Market(sized(changed, 20_000, 1, until="2025-12-20"))
    per_install = CPI * (budget / REFERENCE) ** (1.0 - ELASTICITY)
    aware = []
    for day in ("2025-10-06", "2025-11-20", "2025-12-20"):
        lived(market, market.config.day(dt.date.fromisoformat(day)) - market.day)
        market.users.listen()
        assert market.platforms["sora"].paid_reach_missed == 0.0
        found = budget / expected_installs(market, "sora")
        assert found == pytest.approx(per_install, rel=1e-3), day
        aware.append(1.0 - (market.users.columns["status"][1] == Status.UNAWARE).mean())
    assert aware[-1] > 0.2


@pytest.mark.parametrize("terms", [{}, {"utility": -1.0, "taste_sd": 1.5}], ids=["sure", "picky"])
def test_the_people_bought_over_weeks_are_as_many_as_were_paid_for(terms: dict[str, float]) -> None:
    """A million people, 30 days, a third of them gone by the end: Poisson, four standard errors.

    Background interest competes with ads from the start; late installs are its own.
    """
    platform = {
        **terms, "marketing_usd_per_day": 15_000.0, "cpi_usd": 4.0, "interest_per_day": 0.01,
        "ad_elasticity": 1.0,
    }  # fmt: skip
    market = limit_market(100_000, {"a": platform}, days=30, mean_clips=0.0, n_people=1e6)
    lived(market)
    bought = daily(market, "installs_paid")[:, 0].sum()
    expected = 30 * 15_000.0 / 4.0 / 10.0
    assert abs(bought - expected) < 4.0 * np.sqrt(expected)
    assert daily(market, "unaware")[-1, 0] < 70_000
    assert not daily(market, "paid_reach_missed").any()


def test_money_is_spent_as_planned_and_what_it_cannot_buy_is_told() -> None:
    """Everybody hears on day 0: from day 1 on nobody is left, and the budget goes on unheard.

    $400 a day at $4 for 1,000 people are 100 people a day, at 2 people an agent.
    """
    spending = {**ALL_AT_ONCE, "marketing_usd_per_day": 400.0, "cpi_usd": 4.0, "ad_elasticity": 1.0}
    off = Event(id="off", date=date(3), platform="a", set={"running": False})
    market = limit_market(500, {"a": spending}, days=5, events=[off], n_people=1_000.0)
    lived(market)
    assert daily(market, "marketing_usd")[:, 0].tolist() == [40_000] * 3 + [0, 0]
    assert daily(market, "paid_reach_missed")[1:, 0].tolist() == [100.0, 100.0, 0.0, 0.0]
    assert daily(market, "installs_paid")[1:, 0].tolist() == [0, 0, 0, 0]


def test_ads_are_no_louder_than_attention_allows() -> None:
    """A budget of the whole pool each day: 1 - e^-A of it is bought, the rest is missed."""
    loud = {"marketing_usd_per_day": 4e5, "cpi_usd": 4.0, "ad_elasticity": 1.0}
    market = limit_market(100_000, {"a": loud}, days=1, attention_budget=1.0, mean_clips=0.0)
    lived(market)
    found = 1.0 - np.exp(-1.0)
    bought = daily(market, "installs_paid")[0, 0]
    assert abs(bought - 1e5 * found) < 4.0 * np.sqrt(1e5 * found * (1.0 - found))
    assert daily(market, "paid_reach_missed")[0, 0] == pytest.approx(1e5 * (1.0 - found), rel=1e-9)


def test_nobody_is_bought_who_finds_nothing_to_install() -> None:
    hopeless = {"utility": -1e4, "marketing_usd_per_day": 40.0, "cpi_usd": 4.0}
    market = lived(limit_market(50, {"a": {**CERTAIN_PLATFORM, **hopeless}}, days=1))
    missed = paid_reach(40.0, 4.0, 1.0, REFERENCE)
    assert daily(market, "paid_reach_missed")[0, 0] == pytest.approx(missed)
    assert daily(market, "exposures_paid")[0, 0] == 0


# Cost per install by system and region


def test_one_cost_for_all_goes_before_those_of_systems_and_regions_are_factors() -> None:
    who = cells()
    on_ios = who.os == who.systems.index("ios")
    there = who.region == who.regions.index("there")
    by_system = platform(**BY_SYSTEM, rel_cpi_by_region={"there": 0.5})
    expected = np.where(on_ios, 3.6, 1.2) * np.where(there, 0.5, 1.0)
    np.testing.assert_allclose(cpi_by_cell(by_system, who), expected)
    one = by_system.changed("test", cpi_usd=2.0, rel_cpi_by_region={})
    np.testing.assert_array_equal(cpi_by_cell(one, who), np.full(len(who), 2.0))


def test_each_head_gets_the_same_money_so_the_average_is_harmonic() -> None:
    """100 people at $3.60 and 300 at $1.20, $72 for all: 5 and 45 installs, $1.44 on average."""
    who = cells()
    on_ios = who.os == who.systems.index("ios")
    audience = np.where(on_ios, 100, 300) * (who.region == 0)
    terms = platform(**BY_SYSTEM, marketing_usd_per_day=72.0)
    cpi = cpi_by_cell(terms, who)
    assert mean_cpi(cpi, audience) == pytest.approx(1.44)
    plan = campaign(terms, cpi, audience, weight=1.0)
    by_cell = np.where(plan.audience >= 0, plan.installs[plan.audience], 0.0)
    np.testing.assert_allclose(by_cell, np.where(on_ios, 5.0, 45.0) * (who.region == 0))
    assert campaign(terms, cpi, audience, weight=5.0).installs.sum() == pytest.approx(10.0)


def test_a_head_on_android_brings_three_times_the_installs_of_one_on_ios() -> None:
    """$7,200 a day, half to each: 1,000 and 3,000 installs; Poisson, four standard errors."""
    terms = {**BY_SYSTEM, "marketing_usd_per_day": 7_200.0, "utility": -1.0, "taste_sd": 1.0}
    regions = {"here": Region(share=1.0, os={"ios": 0.5, "android": 0.5})}
    market = limit_market(100_000, {"a": terms}, days=1, mean_clips=0.0, regions=regions)
    lived(market)
    for system, expected in (("ios", 1_000), ("android", 3_000)):
        found = len(market.users.where(platform="a", status="active", os=system).rows)
        assert abs(found - expected) < 4.0 * np.sqrt(expected)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"cpi_by_system": {"ios": 0.0}}, "must be finite and > 0"),
        ({"rel_cpi_by_region": {"here": -1.0}}, "must be finite and > 0"),
        ({"cpi_by_system": {"phon": 1.0}}, "Did you mean 'phone'"),
        ({"rel_cpi_by_region": {"al": 1.0}}, "Did you mean 'all'"),
    ],
)
def test_a_cost_of_nobody_or_of_nothing_is_refused(terms: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        limit_market(10, {"a": terms})


@pytest.mark.parametrize("elasticity", [0.5, 1.0])
def test_the_budget_for_so_many_installs_is_the_one_that_brings_them(elasticity: float) -> None:
    budgets = np.array([0.0, 1e4, 1e5, 1e6])
    bought = paid_reach(budgets, CPI, elasticity, REFERENCE)
    np.testing.assert_allclose(budget_for(bought, CPI, elasticity, REFERENCE), budgets)


def cost_of_install(scenario: Scenario, platform: str, date: str) -> float:
    """Return USD per install at the reference budget, over all who have access on a date.

    By system and region, the same money for each head (facts BEN001 to BEN004, A85). Those who have
    heard already are not left out, which only a run can tell.
    """
    day, cells = dt.date.fromisoformat(date), Cells(scenario.market)
    is_open = np.zeros(len(cells), bool)
    for event in scenario.events:
        if event.platform == platform and event.open is not None and event.date <= day:
            is_open |= cells.mask(event.open.regions, event.open.os)
    people = cells.share * is_open if is_open.any() else cells.share
    return mean_cpi(cpi_by_cell(terms_on(scenario, platform, date), cells), people)


def test_scenarios_and_the_market_agree_on_what_an_install_costs() -> None:
    """On launch iOS alone, $3.60; in the end half of it and less, since Android is most people."""
    base = baseline.scenario()
    assert cost_of_install(base, "sora", "2025-09-30") == pytest.approx(3.6)
    market = Market(sized(base, 50_000, 1, until="2025-12-20"))
    lived(market)
    shares = np.bincount(market.users.columns["cell"], minlength=len(market.users.cells))
    sora = market.platforms["sora"]
    there = shares * (sora.opened_on >= 0)
    paid = mean_cpi(cpi_by_cell(sora.terms, market.users.cells), there)
    assert cost_of_install(base, "sora", "2025-12-20") == pytest.approx(paid, rel=0.01)
    assert 1.2 < paid < 1.8
