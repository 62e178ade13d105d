"""Closed forms of use and money against runs of the market, and frontiers against themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.platforms.economics import lifetime_value_sbg, survival_sbg
from scenarios import baseline
from scenarios.asking.closed_form import Use, fitted_dropout, retention, terms_on, use_on
from scenarios.asking.frontiers import needed_d30
from scenarios.inputs.sizing import build_market
from sim.execution import Execution
from sim.results import Results
from sim.scenario import Scenario

N, FROM, TO = 20_000, "2026-01-10", "2026-01-31"


@pytest.fixture(scope="module")
def world() -> tuple[Scenario, Results]:
    """A baseline in which clips beyond the quota are sold singly, and nothing is shared.

    Packs of ten leave clips over, which the closed form, in clips, does not know.
    """
    scenario = baseline.scenario().set("sora.pack_clips", 1).set("sora.free_quota_per_day", 6)
    packs = scenario.event("packs").changed("packs", set={"pack_usd": 0.4})
    scenario = scenario.with_event(packs).with_market(until=TO)
    market = build_market(scenario, N, 3, execution=Execution(threads=1, check=False))
    return scenario, market.run()


def over(results: Results, name: str) -> float:
    """Return what a metric of Sora's came to in the three weeks."""
    return float(results.total(name, FROM, TO)[results.platforms.index("sora")])


def expected(world: tuple[Scenario, Results], date: str = TO) -> Use:
    scenario, results = world
    return use_on(scenario, "sora", date, results["activations"]["sora"].to_numpy())


def test_daily_users_are_installs_times_survival(world: tuple[Scenario, Results]) -> None:
    """Exact in expectation; the day's users are a binomial of those who started: 4 sd."""
    results = world[1]
    for date in ("2025-11-15", "2025-12-15", TO):
        people = results.at(date, "daily_active", "sora")
        found = expected(world, date).daily_active
        agents = found / results.weight
        assert people / results.weight == pytest.approx(agents, abs=4 * math.sqrt(agents))


def test_clips_hits_and_sales_per_day_of_use_agree_with_the_run(
    world: tuple[Scenario, Results],
) -> None:
    """Three weeks of a run; days of one user hang together, so the effective sample is users.

    About 1,500 people use it in these weeks. Free clips per day have sd 1.7 between people, hits
    .16 and sales .03: 4·sd/√1500 is .18, .017 and .003; the clips sold are few.
    """
    results = world[1]
    use = expected(world, "2026-01-21")
    days = over(results, "active_days")

    def per_day(name: str) -> float:
        return over(results, name) / days

    assert use.served(6) == pytest.approx(per_day("clips_free"), abs=0.18)
    assert use.hit_rate(6) == pytest.approx(per_day("quota_hits"), abs=0.02)
    assert use.sold(6, 0.4) == pytest.approx(per_day("clips_pack"), abs=0.015)


def test_contribution_in_closed_form_agrees_with_the_run(world: tuple[Scenario, Results]) -> None:
    """Compute is clips times cost: the tolerance of clips (.18) at 71 cents, and of sales."""
    scenario, results = world
    cost = results.at("2026-01-21", "unit_cost_usd", "sora")
    left = over(results, "contribution_usd")
    days = over(results, "active_days")
    use = expected(world, "2026-01-21")
    assert use.contribution(6, 0.4, cost) == pytest.approx(left / days, abs=0.18 * cost)
    assert terms_on(scenario, "sora", TO).free_quota_per_day == 6


@pytest.mark.parametrize("quota", [0, 1, 6, 30])
@pytest.mark.parametrize("ads", [0.0, 0.05])
def test_break_even_cost_leaves_nothing(
    world: tuple[Scenario, Results], quota: int, ads: float
) -> None:
    use = expected(world)
    cost = use.break_even_cost(quota, 0.4, ads)
    assert use.contribution(quota, 0.4, cost, ads) == pytest.approx(0.0, abs=1e-9)


def test_more_free_clips_never_sell_more(world: tuple[Scenario, Results]) -> None:
    use = expected(world)
    sold = [use.sold(quota, 0.4) for quota in range(12)]
    assert sold == sorted(sold, reverse=True)
    bought = [use.paid_share(price) for price in (0.0, 0.05, 0.4, 4.0)]
    assert bought == sorted(bought, reverse=True)
    assert bought[0] == 1.0


def test_shares_of_the_mixture_sum_to_one(world: tuple[Scenario, Results]) -> None:
    assert sum(group.share for group in expected(world).groups) == pytest.approx(1.0)


def test_needed_retention_repays_exactly() -> None:
    """At the retention found, a year of use is worth what the user cost."""
    terms = baseline.scenario().platforms["sora"]
    margin, cost = 0.05, 1.2
    d30 = needed_d30(margin, cost, terms, 0.15)
    alphas = np.exp(np.linspace(-8, 3, 40_001))
    near = np.argmin(np.abs(survival_sbg_at(alphas, terms.dropout_beta, 30) * terms.p_active - d30))
    daily = 1.15 ** (1 / 365) - 1
    year = lifetime_value_sbg(margin, float(alphas[near]), terms.dropout_beta, daily, 365)
    assert margin + (year - margin) * terms.p_active == pytest.approx(cost, rel=2e-3)


def survival_sbg_at(alphas: np.ndarray, beta: float, day: int) -> np.ndarray:
    return np.array([survival_sbg(float(alpha), beta, day) for alpha in alphas])


def test_no_retention_repays_a_loss_or_a_price_beyond_reach() -> None:
    terms = baseline.scenario().platforms["sora"]
    assert math.isnan(needed_d30(-0.6, 3.6, terms, 0.15))
    assert math.isnan(needed_d30(0.001, 3.6, terms, 0.15))
    assert needed_d30(5.0, 3.6, terms, 0.15) == 0.0


def test_dropout_is_recovered_from_its_own_curve() -> None:
    days = (1, 7, 30)
    curve = survival_sbg(0.6, 0.3, np.array(days))
    assert fitted_dropout(days, curve) == pytest.approx((0.6, 0.3), rel=1e-3)


def test_published_panel_is_read_as_part_active() -> None:
    """10, 2 and 1 % (SOR045 to SOR047); the nearest curve lies within a third of each."""
    terms = baseline.scenario().platforms["sora"]
    alpha, beta = fitted_dropout((1, 7, 30), (0.10, 0.02, 0.01))
    fitted = terms.changed("panel", dropout_alpha=alpha, dropout_beta=beta, p_active=1.0)
    curve = retention(fitted, (1, 7, 30))
    assert np.all(np.abs(np.log(curve / np.array([0.10, 0.02, 0.01]))) < math.log(4 / 3))
