"""Cost of a clip, of a user, and the cash book, in the record of a market."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from scenarios import baseline
from sim.market import Market
from sim.platform_config import StrategyConfig
from sim.scenario import Scenario
from tests.science.books import books
from tests.verification import Verified
from tests.worlds import ALL_AT_ONCE, daily, limit_market, lived, small

#: 2 GPU-minutes at $39 an hour are $1.30 a clip.
LAUNCH_COST = {"gpu_minutes_per_clip": 2.0, "usd_per_gpu_hour": 39.0}
CHEAP = {"gpu_minutes_per_clip": 0.4, "usd_per_gpu_hour": 39.0}
IDLE = {"mean_clips": 0.0}


# Cost per clip


def test_moores_cost_of_a_clip_is_26_cents_after_a_year(verified: Verified) -> None:
    """O21: 1.30·e^(-γt), γ = ln 5 / 365: 1.1389, .8742, .5878, .2600 on day 30, 90, 180, 365."""
    platform = {**LAUNCH_COST, "learning": "moore", "moore_factor_per_year": 5.0}
    market = lived(limit_market(10, {"a": platform}, days=366, **IDLE))
    cost = daily(market, "unit_cost_usd")[:, 0]
    for day, expected in ((30, 1.1389), (90, 0.8742), (180, 0.5878), (365, 0.2600)):
        verified("O21", f"Moore, 5x a year: USD a clip on day {day}", cost[day], expected, 1e-4)
    t = np.arange(366)
    np.testing.assert_allclose(cost, 1.30 * 5.0 ** (-t / 365.0), rtol=1e-12)


def test_wrights_cost_of_a_clip_falls_by_a_fifth_at_each_doubling_of_all_clips(
    verified: Verified,
) -> None:
    """O21: 1.30·(X/X0)^(-b), b = .32193: .61946 at 10 X0, .29518 at 100 X0; total 7.21845·X0.

    50 users, each 100,000 people, make one clip a day; X0 is 100 days of that. The morning's cost
    holds all day, a left-hand sum: above the integral by about (c(X0) - c(10 X0))/2 per 100 of X0.
    """
    days, people = 1_001, 5e6
    reference = 100 * people
    platform = {
        **LAUNCH_COST, "learning": "wright", "wright_learning_rate": 0.2,
        "wright_reference_clips": reference, **ALL_AT_ONCE,
    }  # fmt: skip
    market = lived(limit_market(50, {"a": platform}, days=days, n_people=people))
    cost = daily(market, "unit_cost_usd")[:, 0]
    made = np.concatenate([[0.0], np.cumsum(market.results.array("clips")[:, 0])])
    assert made[1_000] == 10 * reference
    expected = 1.30 * ((made[:-1] + 1.0) / (reference + 1.0)) ** math.log2(0.8)
    np.testing.assert_allclose(cost, expected, rtol=1e-12)
    verified("O21", "Wright, 20 %: USD a clip at 10 X0", cost[1_000], 0.61946, 1e-4)
    total = market.results.array("compute_usd")[100:1_000, 0].sum() / reference
    excess = (1.30 - 0.61946) / 2 / 100
    verified("O21", "Wright: USD from X0 to 10 X0, per X0", total - excess, 7.21845, 1e-4)


def test_wrights_cost_is_30_cents_after_a_hundredfold_of_clips(verified: Verified) -> None:
    """O21: .29518 at 100 X0, X0 one day of clips, with the experience of one clip to begin with.

    That one clip of 1,000 moves .61946 and .29518 by .1 %·b at most; the rest is exact.
    """
    platform = {
        **LAUNCH_COST, "learning": "wright", "wright_learning_rate": 0.2,
        "wright_reference_clips": 1_000.0, **ALL_AT_ONCE,
    }  # fmt: skip
    market = lived(limit_market(1_000, {"a": platform}, days=101))
    cost = daily(market, "unit_cost_usd")[:, 0]
    b = math.log2(0.8)
    expected = [1.30 * 1_001.0**-b, 1.30, 0.61946 * (10.001 / 10.01) ** b,
                0.29518 * (100.001 / 100.1) ** b]  # fmt: skip
    verified("O21", "Wright: USD a clip at 0, 1, 10, 100 X0", cost[[0, 1, 10, 100]], expected, 1e-4)


# Cost of a user


def bought_and_earned(**market: Any) -> Market:
    """Return a market with paid and organic users, rewards, owned media and free clips."""
    platform = {
        **LAUNCH_COST, "marketing_usd_per_day": 2_000.0, "interest_per_day": 0.01,
        "p_share_feed": 0.3, "feed_strength": 0.02, "p_share_friends": 0.3, "friend_strength": 0.01,
        "referral_reward_usd": 0.75,
        "reach_per_day": {"tube": 0.004}, "owned_cpm_usd": 5.0, "impressions_per_notice": 100.0,
        "p_active": 0.4, "p_dropout": 0.02, "free_quota_per_day": 6,
    }  # fmt: skip
    return lived(
        limit_market(
            20_000, {"a": platform}, "small_world(degree=8, rewire=0.2)", days=45,
            mean_clips=3.0, rate_shape=0.3, n_people=40_000.0,
            surfaces={"tube": {"phone": 0.5}}, **market,
        )
    )  # fmt: skip


def test_the_three_costs_of_a_user_are_what_their_definitions_say(verified: Verified) -> None:
    """O22: paid = B/paid, blended = B/all, loaded = (B + rewards + first clips + owned)/all.

    Per day and, from sums, per month; and paid x share_paid = blended to 1e-9.
    """
    results = bought_and_earned().results
    everyone, paid = results.array("activations"), results.array("activations_paid")
    assert (paid > 0).all()
    assert (paid < everyone).all()
    spent = results.array("marketing_usd")
    assert results.array("activations_friend").sum() > 0
    assert results.array("activations_feed").sum() > 0
    rewards = 0.75 * results.array("activations_friend")
    first_clips = results.array("clips_onboarding") * results.array("unit_cost_usd")
    owned = results.array("exposures_owned") * 100 * 5.0 / 1000
    assert results.array("rewards_usd") == pytest.approx(rewards, abs=0.005)
    assert results.array("owned_media_usd") == pytest.approx(owned, abs=0.005)
    loaded = (spent + rewards + first_clips + owned) / everyone
    np.testing.assert_allclose(results.array("cac_paid_usd"), spent / paid, rtol=1e-9)
    np.testing.assert_allclose(results.array("cac_blended_usd"), spent / everyone, rtol=1e-9)
    np.testing.assert_allclose(results.array("cac_loaded_usd"), loaded, rtol=1e-4)
    months = results.table("month", ("cac_paid_usd", "cac_blended_usd"))
    counts = results.table("month", ("activations", "activations_paid"))
    for cost, number in ((results.daily, results.daily), (months, counts)):
        share_paid = number["activations_paid"] / number["activations"]
        blended = cost["cac_blended_usd"]
        claim = f"paid x share paid = blended, {len(blended)} rows"
        verified("O22", claim, cost["cac_paid_usd"] * share_paid, blended, 1e-9 * blended)


def test_clips_of_the_first_30_days_of_a_user_are_the_ones_that_count_as_his_cost() -> None:
    """O22: one cohort, one free clip a day: 30 days of them, and none from day 30 on."""
    market = lived(limit_market(100, {"a": {**LAUNCH_COST, **ALL_AT_ONCE}}, days=35))
    onboarding = daily(market, "clips_onboarding")[:, 0]
    assert (onboarding[:30] == 100).all()
    assert (onboarding[30:] == 0).all()
    assert market.results.array("cac_loaded_usd")[0, 0] == pytest.approx(1.30, abs=1e-9)


def test_a_million_of_marketing_costs_5_paid_1_blended_and_7_50_loaded(verified: Verified) -> None:
    """O22: 200,000 paid and 800,000 organic activations, 5M free clips of $1.30.

    One day of N = 200,000 agents of 50 people, of whom a tenth notice. The costs are as uncertain
    as the counts: 4 standard errors of 4,000 paid agents are 6 percent, of 20,000 in all 2.7; of
    the loaded cost only the marketing, 1 of 7.50, moves with the count.
    """
    n = 200_000
    hazard = -math.log(1.0 - 20_000 / n)
    platform = {
        **LAUNCH_COST, "marketing_usd_per_day": 1e6, "free_quota_per_day": 5,
        "cpi_usd": 5.0, "interest_per_day": 0.8 * hazard,
    }  # fmt: skip
    market = lived(limit_market(n, {"a": platform}, days=1, n_people=50.0 * n))
    results = market.results
    assert results.array("clips_free")[0, 0] == 5 * results.array("activations")[0, 0]
    costs = [results.array(f"cac_{kind}_usd")[0, 0] for kind in ("paid", "blended", "loaded")]
    for kind, cost, expected, tolerance in zip(
        ("paid", "blended", "loaded"), costs, (5.0, 1.0, 7.5), (0.32, 0.03, 0.03), strict=True
    ):
        verified("O22", f"{kind} cost of a start, USD", cost, expected, tolerance)


# Contribution


@pytest.mark.parametrize(("cost", "margin"), [(LAUNCH_COST, -1.02), (CHEAP, 0.02)])
def test_a_40_cent_clip_loses_1_02_at_launch_cost_and_earns_2_cents_at_26(
    cost: dict[str, float], margin: float, verified: Verified
) -> None:
    """O24: .40 less a fee of 30 % is .28 net; everything is paid for, so the margin is exact.

    Two lines rounded to cents once a day: an error below 1 cent a day over all clips.
    """
    platform = {
        **cost, **ALL_AT_ONCE, "free_quota_per_day": 0, "pack_usd": 0.40, "pack_clips": 1,
        "store_fee": 0.30,
    }  # fmt: skip
    market = limit_market(2_000, {"a": platform}, days=3, mean_clips=3.0,
                          median_willingness_usd=1e9)  # fmt: skip
    results = lived(market).results
    clips = results.array("clips_pack")
    assert results.array("clips") == pytest.approx(clips)
    per_clip = results.array("contribution_usd") / clips
    usd = 1.30 if cost is LAUNCH_COST else 0.26
    verified("O24", f"USD earned on a clip sold at $.40, cost ${usd}", per_clip, margin, 1e-4)


@pytest.mark.parametrize("cost", [1.30, 0.26])
def test_contribution_changes_its_sign_at_the_break_even_price(
    cost: float, verified: Verified
) -> None:
    """O24: p* net = c(1 + E[min(D,Q)]/(φ_b·E[(D-Q)+])), NB(3, k=.3), Q = 6, φ_b = .05: 31.9·c.

    Everybody buys with probability Λ((ω - log p)/1) = .05 at any price, as ω moves along. Revenue
    of a user-day has mean .05·1.179·31.9c = 1.88c and spread √(.05·E[X²])·31.9c; a price 25 %
    higher or lower is more than four of its standard errors at 400,000 user-days.
    """
    served, excess, phi = 1.82124, 1.17876, 0.05
    net = cost * (1.0 + served / (phi * excess))
    verified("O24", f"p* at a cost of ${cost}", net, 41.47 * cost / 1.30, 1e-3 * net)
    n = 400_000
    d = np.arange(600)
    beyond = stats.nbinom(0.3, 0.3 / 3.3).pmf(d) @ np.maximum(d - 6, 0) ** 2
    for factor in (0.75, 1.0, 1.25):
        price = factor * net / 0.7
        platform = {
            **ALL_AT_ONCE, "gpu_minutes_per_clip": 1.0, "usd_per_gpu_hour": 60 * cost,
            "free_quota_per_day": 6, "pack_usd": price, "pack_clips": 1, "store_fee": 0.30,
        }  # fmt: skip
        market = limit_market(
            n, {"a": platform}, days=1, mean_clips=3.0, rate_shape=0.3,
            median_willingness_usd=price * phi / (1 - phi),
        )  # fmt: skip
        per_day = lived(market).results.array("contribution_usd")[0, 0] / n
        margin = factor * net - cost
        expected = phi * excess * margin - cost * served
        error = math.sqrt(phi * beyond / n) * margin
        claim = f"USD a user-day at {factor} p*, cost ${cost}"
        verified("O24", claim, per_day, expected, 4 * error)
        if factor != 1.0:
            assert math.copysign(1.0, per_day) == math.copysign(1.0, factor - 1.0)


# Conservation

STRATEGIES = {
    "sora": (
        ("match_reach", {"rival": "google", "max_usd_per_day": 1e6}),
        ("burn_budget", {"max_burn_usd_per_day": 2e6, "max_quota": 30}),
        ("boost_invites", {"installs_per_day": 300_000.0, "referral_reward_usd": 1.5}),
    ),
    "google": (
        ("growth_target", {"installs_per_day": 200_000.0, "max_usd_per_day": 3e6}),
        ("next_surface", {"rival": "sora", "daily_active": 1e5, "surface": "youtube",
                          "reach_per_day": 0.002}),
        ("charge_when_loyal", {"loyal_people": 2e5, "pack_usd": 4.0, "free_quota_per_day": 2}),
    ),
}  # fmt: skip


def with_strategies(scenario: Scenario) -> Scenario:
    for name, chosen in STRATEGIES.items():
        strategies = tuple(StrategyConfig(name=n, parameters=values) for n, values in chosen)
        platform = scenario.platforms[name].changed("test", strategies=strategies)
        scenario = scenario.with_platform(name, platform)
    return scenario


def assert_conserved(verified: Verified, market: Market, what: str) -> None:
    """Assert, from the record alone, what must hold every day: integers and cents exactly."""
    for claim, found, expected in books(market):
        verified.same("O25", f"{claim}; {what}", found, expected)


@pytest.mark.parametrize("strategic", [False, True], ids=["baseline", "strategies"])
def test_a_year_conserves_people_codes_clips_and_cents(strategic: bool, verified: Verified) -> None:
    """O25 over 365 days: the market's own invariants each night, and again from the record."""
    scenario = baseline.scenario()
    until = scenario.market.start + dt.timedelta(days=364)
    if strategic:
        scenario = with_strategies(scenario)
    market = small(seed=4, scenario=scenario, until=str(until))
    market.run()
    assert market.record.n_days == 365
    assert daily(market, "activations").sum(axis=0).min() > 100
    if strategic:
        causes = {change.cause for change in market.calendar.log}
        assert {f"strategy {n}" for chosen in STRATEGIES.values() for n, _ in chosen} <= causes
    what = "365 days with strategies" if strategic else "365 days of the baseline"
    assert_conserved(verified, market, what)


def test_a_limit_market_with_everything_on_conserves_to_the_cent(verified: Verified) -> None:
    """O25 where each mechanism is busy: invites, giving up, leaving, returning, packs, plans."""
    platform = {
        **LAUNCH_COST, "utility": 1.0, "invites_required": True, "codes_per_user": 3,
        "p_code_used": 0.7, "code_delay_days": 3.0, "code_delay_form": "memoryless",
        "share_codes_to_friends": 0.5, "public_codes_per_day": 40.0, "p_give_up": 0.05,
        "interest_per_day": 0.05, "rel_exposure_lost": 0.5, "return_per_day": 0.01,
        "p_active": 0.5, "p_dropout": 0.05, "free_quota_per_day": 3, "pack_usd": 4.0,
        "pack_clips": 7, "subscription_usd_per_month": 9.99, "subscribe_intercept": -3.0,
        "subscriber_quota_per_day": 9, "store_fee": 0.3, "p_share_friends": 0.3,
        "p_share_feed": 0.2, "friend_strength": 0.3, "feed_strength": 0.1,
        "marketing_usd_per_day": 123.45, "referral_reward_usd": 0.333, "fixed_usd_per_day": 17.77,
        "opening_cash_usd": 1_234.56, "other_revenue_usd_per_active_day": 0.0123,
    }  # fmt: skip
    market = lived(
        limit_market(
            3_000, {"a": platform, "b": {**platform, "invites_required": False}},
            "small_world(degree=8, rewire=0.2)", days=90, mean_clips=3.0, rate_shape=0.3,
            median_willingness_usd=0.5, willingness_sd=1.0, rival_penalty=0.5,
        )
    )  # fmt: skip
    for name in ("gave_up", "returns", "packs", "new_subscribers", "cancellations", "codes_used"):
        assert daily(market, name).sum() > 0, name
    assert_conserved(verified, market, "all mechanisms on")


# Paid media


def paid_market(budget: float, elasticity: float = 1.0, **terms: Any) -> Market:
    """Return 20 days of 400,000 agents of 100 people, reached by paid media alone."""
    platform = {
        "marketing_usd_per_day": budget, "cpi_usd": 4.0, "ad_elasticity": elasticity,
        "ad_reference_usd_per_day": 100_000.0, **terms,
    }  # fmt: skip
    n = 400_000
    return lived(limit_market(n, {"a": platform}, days=20, n_people=10.0 * n, **IDLE))


@pytest.mark.parametrize("terms", [{}, {"utility": -0.5, "taste_sd": 1.5}], ids=["sure", "picky"])
def test_100_000_dollars_a_day_at_4_each_bring_25_000_people_a_day(
    terms: dict[str, float], verified: Verified
) -> None:
    """O33: n = B/CPI = 25,000/w agents a day, ε = 1, Poisson; whatever part of people install.

    Also when those who like it best have gone: a third of the pool has heard in the end.
    """
    market = paid_market(100_000.0, **terms)
    per_day = 25_000 / market.config.weight
    installs = daily(market, "installs_paid")[:, 0]
    expected = 20 * per_day
    who = "everybody installs" if not terms else "tastes differ"
    limit = 4 * math.sqrt(expected)
    verified("O33", f"paid installs of 20 days, {who}", installs.sum(), expected, limit)
    limit = 4 * math.sqrt(per_day)
    verified("O33", f"paid installs of a day, $100,000 at $4, {who}", installs[0], per_day, limit)
    assert (daily(market, "marketing_usd") == 10_000_000).all()
    assert daily(market, "installs").sum() == installs.sum()
    results = market.results
    np.testing.assert_allclose(
        results.array("cac_paid_usd"), 100_000 / (installs[:, None] * 10), rtol=1e-9
    )


@pytest.mark.parametrize("elasticity", [0.6, 1.0])
def test_the_next_install_costs_the_average_over_the_elasticity(
    elasticity: float, verified: Verified
) -> None:
    """O33: dB/dn = CPI/ε at the reference budget, by a budget 20 % higher against 20 % lower.

    Both share their luck, so that the difference has the Poisson error of itself alone. Expected
    from n(B) = (B/CPI)(B/B0)^(ε-1).
    """
    more, less = paid_market(120_000.0, elasticity), paid_market(80_000.0, elasticity)
    gained = daily(more, "installs").sum() - daily(less, "installs").sum()
    expected = 0.0
    for market, budget, sign in ((more, 1.2e5, 1), (less, 0.8e5, -1)):
        per_day = budget / 4.0 * (budget / 1e5) ** (elasticity - 1) / market.config.weight
        expected += sign * 20 * per_day
    error = 4 * math.sqrt(expected)
    claim = f"installs gained from $80,000 to $120,000 a day, ε = {elasticity}"
    verified("O33", claim, gained, expected, error)
    marginal = 20 * 40_000 / (gained * more.config.weight)
    limit = error / (expected - error) * 4.0 / elasticity
    verified("O33", f"marginal CPI, USD, ε = {elasticity}", marginal, 4.0 / elasticity, limit)
