"""Installing one, several or none; and paying because friends pay."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm

from agents.state import Flag
from sim.market import Market
from tests.verification import Verified, four_se
from tests.worlds import ALL_AT_ONCE, daily, limit_market, lived

IDLE = {"mean_clips": 0.0}


def installed(market: Market, platform: str) -> npt.NDArray[np.bool_]:
    return market.users.where(platform=platform).column("day_installed") >= 0


def one_day(n: int, utilities: dict[str, float], **market: Any) -> Market:
    """Return a market after one day on which everybody considers everything."""
    platforms = {name: {"utility": v, **ALL_AT_ONCE} for name, v in utilities.items()}
    return lived(limit_market(n, platforms, days=1, **IDLE, **market))


def gentzkow(utilities: dict[str, float], chi: float) -> dict[frozenset[str], float]:
    """Return the probability of every set B: exp(ΣV - χ·pairs), normalized (Gentzkow 2007)."""
    names = list(utilities)
    weight = {}
    for mask in range(1 << len(names)):
        chosen = frozenset(n for k, n in enumerate(names) if mask >> k & 1)
        pairs = len(chosen) * (len(chosen) - 1) / 2
        weight[chosen] = math.exp(sum(utilities[n] for n in chosen) - chi * pairs)
    total = sum(weight.values())
    return {chosen: w / total for chosen, w in weight.items()}


@pytest.mark.parametrize("chi", [50.0, 1e6])
def test_with_total_rivalry_the_shares_are_those_of_the_multinomial_logit(
    chi: float, verified: Verified
) -> None:
    """O13: V = (1, .5, 0 for neither): .50648, .30720, .18632; N = 100,000, both seen on a day."""
    n = 100_000
    market = one_day(n, {"first": 1.0, "second": 0.5}, rival_penalty=chi)
    first, second = installed(market, "first"), installed(market, "second")
    assert not (first & second).any()
    found = (first.mean(), second.mean(), (~first & ~second).mean())
    for who, share, expected in zip(
        ("first", "second", "none"), found, (0.50648, 0.30720, 0.18632), strict=True
    ):
        claim = f"share of {who}, V = (1, .5, 0), χ = {chi:g}"
        verified("O13", claim, share, expected, four_se(expected, n))


@pytest.mark.parametrize("chi", [0.0, 0.8, 3.0, 50.0])
def test_three_platforms_are_chosen_in_sets_as_the_bundle_logit_says(
    chi: float, verified: Verified
) -> None:
    """O13, O14 in general: all eight sets of three platforms; the draw is made one by one."""
    n = 100_000
    utilities = {"a": 0.3, "b": -0.4, "c": 0.9}
    market = one_day(n, utilities, rival_penalty=chi)
    has = {name: installed(market, name) for name in utilities}
    law = gentzkow(utilities, chi)
    found = [
        np.logical_and.reduce([has[x] == (x in chosen) for x in utilities]).mean() for chosen in law
    ]
    limits = [four_se(p, n) + 1e-12 for p in law.values()]
    claim = f"shares of the sets of three platforms, χ = {chi:g}"
    verified("O14" if chi == 0.0 else "O13", claim, found, list(law.values()), limits)


@pytest.mark.parametrize(
    ("mu", "sigma", "known"), [(-2.0, 1.5, 0.19005), (0.0, 2.0, 0.5), (1.0, 0.7, None)]
)
def test_normal_tastes_make_the_mixed_logit(
    mu: float, sigma: float, known: float | None, verified: Verified
) -> None:
    """O13: E Λ(μ + σz), by 64 Gauss-Hermite nodes; N = 100,000."""
    n = 100_000
    z, w = np.polynomial.hermite_e.hermegauss(64)
    expected = float(w @ (1.0 / (1.0 + np.exp(-(mu + sigma * z)))) / w.sum())
    assert known is None or expected == pytest.approx(known, abs=1e-5)
    platform = {"utility": mu, "taste_sd": sigma, **ALL_AT_ONCE}
    market = lived(limit_market(n, {"a": platform}, days=1, **IDLE))
    claim = f"E Λ({mu:g} + {sigma:g}·z)"
    verified("O13", claim, installed(market, "a").mean(), expected, four_se(expected, n))


def log_odds_ratio(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return the log odds ratio of two choices, and its standard error (Woolf 1955)."""
    cells = np.array([(a & b).sum(), (a & ~b).sum(), (~a & b).sum(), (~a & ~b).sum()], float)
    return float(np.log(cells) @ [1, -1, -1, 1]), float(math.sqrt((1.0 / cells).sum()))


def test_without_rivalry_both_are_installed_as_often_as_independence_says(
    verified: Verified,
) -> None:
    """O14: U = (1, .5), χ = 0: both .45505, first only .27600, none .10154, log odds ratio 0."""
    n = 100_000
    market = one_day(n, {"first": 1.0, "second": 0.5})
    first, second = installed(market, "first"), installed(market, "second")
    found = ((first & second).mean(), (first & ~second).mean(), (~first & ~second).mean())
    for who, share, expected in zip(
        ("both", "first only", "none"), found, (0.45505, 0.27600, 0.10154), strict=True
    ):
        verified("O14", f"share of {who}, χ = 0", share, expected, four_se(expected, n))
    ratio, error = log_odds_ratio(first, second)
    verified("O14", "log odds ratio, χ = 0", ratio, 0.0, 4 * error)


def test_the_log_odds_ratio_of_two_platforms_is_minus_the_rivalry(verified: Verified) -> None:
    """O14: P(both)P(none)/(P(first)P(second)) = e^-χ in the bundle logit, at any utility."""
    market = one_day(100_000, {"first": 1.0, "second": 0.5}, rival_penalty=0.7)
    ratio, error = log_odds_ratio(installed(market, "first"), installed(market, "second"))
    verified("O14", "log odds ratio, χ = .7", ratio, -0.7, 4 * error)


@pytest.mark.parametrize("rho", [0.0, 0.6, 1.0])
def test_tastes_of_two_platforms_have_the_correlation_they_were_given(
    rho: float, verified: Verified
) -> None:
    """O14 with ρ_θ: corr(θ_p, θ_q) = ρ; its standard error is (1 - ρ²)/√N."""
    n = 100_000
    terms = {"taste_sd": 1.5}
    market = limit_market(n, {"a": terms, "b": terms}, days=1, taste_correlation=rho)
    tastes = [market.users.where(platform=x).column("taste") for x in "ab"]
    for taste in tastes:
        verified("O14", "σ of taste", taste.std(), 1.5, 4 * 1.5 / math.sqrt(2 * n))
    found = np.corrcoef(*tastes)[0, 1]
    limit = 4 * (1 - rho**2) / math.sqrt(n) + 1e-6
    verified("O14", f"correlation of tastes, ρ = {rho:g}", found, rho, limit)


def test_the_logit_of_subscribing_gives_back_an_odds_ratio_of_1_60_per_paying_friend(
    verified: Verified,
) -> None:
    """O32: a2 = .47, e^.47 = 1.60; statsmodels Logit on what happened on day 1; ±.05.

    200,000 users with 8 friends each, 12 % of whom took the plan on day 0, when nobody's friends
    paid. The regression does not know what the model looked at: yesterday's payers among friends.
    """
    n = 200_000
    platform = {
        "subscription_usd_per_month": 10.0, "subscribe_intercept": -2.0,
        "subscribe_friends": 0.47, **ALL_AT_ONCE,
    }  # fmt: skip
    market = limit_market(n, {"a": platform}, "erdos_renyi(degree=8)", days=2, **IDLE)
    lived(market, 1)
    paid = (market.users.where(platform="a").column("marks") & Flag.SUBSCRIBED) > 0
    expected = 1.0 / (1.0 + math.exp(2.0))
    assert paid.mean() == pytest.approx(expected, abs=four_se(expected, n))
    owner = np.repeat(np.arange(n), np.diff(market.graph.indptr))
    friends_who_pay = np.bincount(owner, paid[market.graph.indices], minlength=n)
    lived(market, 1)
    pays = (market.users.where(platform="a").column("marks") & Flag.SUBSCRIBED) > 0
    assert daily(market, "new_subscribers")[1, 0] == pays.sum() - paid.sum()
    free = ~paid
    fit = sm.Logit(pays[free], sm.add_constant(friends_who_pay[free])).fit(disp=0)
    verified("O32", "odds ratio per paying friend", math.exp(fit.params[1]), 1.60, 0.05)
    verified("O32", "a2, its logarithm", fit.params[1], 0.47, 4 * fit.bse[1])
    verified("O32", "a0, the intercept", fit.params[0], -2.0, 4 * fit.bse[0])
