"""Staying, visiting, and making clips against a quota."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import betaln

from sim.concentration import concentration
from tests.verification import Verified, four_se
from tests.worlds import ALL_AT_ONCE, daily, limit_market, lived

#: Nobody makes a clip: a test of staying and visiting needs none.
IDLE = {"mean_clips": 0.0}


def survival(alpha: float, beta: float, t: Any) -> Any:
    return np.exp(betaln(alpha, beta + t) - betaln(alpha, beta))


@pytest.mark.parametrize(
    ("alpha", "beta", "expected"),
    [
        (0.704, 1.182, {1: 0.62672, 7: 0.23905, 12: 0.17006}),
        (0.668, 3.806, {1: 0.85069, 7: 0.48894, 12: 0.37804}),
        (2.0, 30.0, {}),
    ],
)
def test_a_cohort_survives_as_the_shifted_beta_geometric_on_every_day(
    alpha: float, beta: float, expected: dict[int, float], verified: Verified
) -> None:
    """O11: S(t) = B(α, β + t)/B(α, β) (Fader and Hardie 2007), N = 100,000.

    Four standard errors of a share are at most .0063.
    """
    n = 100_000
    platform = {"p_dropout": None, "dropout_alpha": alpha, "dropout_beta": beta, **ALL_AT_ONCE}
    market = lived(limit_market(n, {"a": platform}, days=13, **IDLE))
    there = daily(market, "daily_active")[:, 0] / n
    assert there[0] == 1.0
    for t in range(1, 13):
        law = float(survival(alpha, beta, t))
        assert law == pytest.approx(expected.get(t, law), abs=1e-5)
        if t in (1, 7, 12):
            case = f"S({t}), α = {alpha:g}, β = {beta:g}"
            verified("O11", case, there[t], law, four_se(law, n))
    laws = survival(alpha, beta, np.arange(1, 13))
    limits = [four_se(p, n) for p in laws]
    verified("O11", f"S(1) to S(12), α = {alpha:g}, β = {beta:g}", there[1:], laws, limits)


def test_daily_users_are_the_installs_of_every_day_times_their_retention(
    verified: Verified,
) -> None:
    """O12: DAU_t = Σ_a installs_{t-a}·ret(a); ret(0) = 1, ret(a) = S(a)·a0, a0 = .45.

    Given the installs, users are independent: variance Σ installs·ret·(1 - ret).
    """
    platform = {
        "p_dropout": None, "dropout_alpha": 0.704, "dropout_beta": 1.182,
        "p_active": 0.45, "interest_per_day": 0.04,
    }  # fmt: skip
    market = lived(limit_market(100_000, {"a": platform}, days=40, **IDLE))
    installs = daily(market, "installs")[:, 0]
    retention = survival(0.704, 1.182, np.arange(40)) * np.where(np.arange(40) > 0, 0.45, 1.0)
    for t in (1, 5, 10, 20, 39):
        by_age = installs[t::-1]
        kept = retention[: t + 1]
        spread = math.sqrt((by_age * kept * (1.0 - kept)).sum())
        found, expected = daily(market, "daily_active")[t, 0], (by_age * kept).sum()
        verified("O12", f"daily users on day {t}", found, expected, 4 * spread)


def test_a_cohort_of_100_000_with_d30_of_8_percent_has_8_000_users_on_day_30(
    verified: Verified,
) -> None:
    """O12: retention as published is alive x active: .16 alive, a0 = .5; ±4·sqrt(7360)."""
    platform = {"p_dropout": 1.0 - 0.16 ** (1 / 30), "p_active": 0.5, **ALL_AT_ONCE}
    market = lived(limit_market(100_000, {"a": platform}, days=31, **IDLE))
    users = daily(market, "daily_active")[30, 0]
    verified("O12", "daily users of 100,000, D30 = .08", users, 8_000, 4 * math.sqrt(7_360))
    assert market.record.cohorts[30, 0, 0] == daily(market, "daily_active")[30, 0]
    assert daily(market, "active")[29, 0] == pytest.approx(
        16_000, abs=4 * math.sqrt(100_000 * 0.16 * 0.84)
    )


@pytest.mark.parametrize(
    ("mean", "shape", "quota", "served", "hit"),
    [
        (4.0, math.inf, 6, 3.80457, 0.21487),
        (10.0, 0.5, 6, 3.55725, 0.45357),
        (10.0, 0.5, 30, 8.50514, 0.08840),
        (3.0, 0.3, 6, 1.82124, 0.17380),
        (2.5, 2.0, 1, None, None),
    ],
)
def test_clips_in_quota_hits_and_refusals_are_moments_of_the_demand(
    mean: float,
    shape: float,
    quota: int,
    served: float | None,
    hit: float | None,
    verified: Verified,
) -> None:
    """O19: E[min(D,Q)] = Σ_{j<Q} P(D > j), hits P(D ≥ Q), refused E[(D-Q)+].

    D is Poisson or, with Gamma rates, negative binomial; one day of 200,000 users, independent.
    """
    n = 200_000
    platform = {"free_quota_per_day": quota, **ALL_AT_ONCE}
    market = lived(
        limit_market(n, {"a": platform}, days=1, mean_clips=mean, rate_shape=shape)
    )  # fmt: skip
    law = stats.poisson(mean) if math.isinf(shape) else stats.nbinom(shape, shape / (shape + mean))
    d = np.arange(600)
    p = law.pmf(d)
    for name, worth, known in (
        ("clips_free", np.minimum(d, quota), served),
        ("quota_hits", (d >= quota).astype(float), hit),
        ("clips_refused", np.maximum(d - quota, 0), None),
        ("creators", (d > 0).astype(float), None),
    ):
        expected = float(p @ worth)
        assert known is None or expected == pytest.approx(known, abs=1e-5)
        tolerance = 4 * math.sqrt((p @ worth**2 - expected**2) / n)
        case = f"{name} a user-day, mean {mean:g}, k {shape:g}, Q {quota}"
        verified("O19", case, daily(market, name)[0, 0] / n, expected, tolerance)
    hit_rate = market.results.array("hit_rate")[0, 0]
    assert hit_rate == daily(market, "quota_hits")[0, 0] / n


def test_excess_of_skewed_demand_over_six_clips_is_1_17876(verified: Verified) -> None:
    """O19: NB(3, k=.3), Q=6: E[(D-Q)+] = 3 - 1.82124; 10 days, users the unit of chance.

    Days of one user are correlated through the rate, so the error is that of 200,000 user means.
    """
    n, days = 200_000, 5
    market = limit_market(
        n, {"a": {"free_quota_per_day": 6, **ALL_AT_ONCE}}, days=days, mean_clips=3, rate_shape=0.3
    )
    lived(market)
    refused = daily(market, "clips_refused")[:, 0].sum() / n / days
    d = np.arange(600)
    p = stats.nbinom(0.3, 0.3 / 3.3).pmf(d)
    spread = math.sqrt(p @ np.maximum(d - 6, 0) ** 2)  # of one day: an upper bound
    limit = 4 * spread / math.sqrt(n)
    verified("O19", "E[(D-Q)+], NB(3, .3), Q = 6, five days", refused, 1.17876, limit)
    clips = daily(market, "clips_free")[:, 0].sum() / n / days
    limit = 4 * 2.4 / math.sqrt(n)
    verified("O19", "E[min(D,Q)], NB(3, .3), Q = 6, five days", clips, 1.82124, limit)


@pytest.mark.parametrize(
    ("shape", "known"), [(0.3, {0.10: 0.5434, 0.25: 0.8236}), (0.0945, {0.25: 0.980}), (5.0, {})]
)
def test_the_most_creative_hold_the_share_that_a_gamma_gives_them(
    shape: float, known: dict[float, float], verified: Verified
) -> None:
    """O20: the top share q of Gamma(k) rates is 1 - F_{k+1}(F_k^{-1}(1 - q)); ±.01 at N = 200,000.

    Clips on a single day add Poisson luck to it; over many days their concentration returns to it.
    """
    market = limit_market(200_000, {"a": {}}, days=1, mean_clips=3.0, rate_shape=shape)
    rates = market.users.where().creation_rate
    assert rates.mean() == pytest.approx(3.0, abs=4 * 3.0 / math.sqrt(shape * 200_000))
    for top in (0.01, 0.10, 0.25, 0.5):
        law = float(stats.gamma(shape + 1).sf(stats.gamma(shape).isf(top)))
        assert law == pytest.approx(known.get(top, law), abs=5e-4)
        case = f"top {top:.0%} of rates, k = {shape}"
        verified("O20", case, concentration(rates, top), law, 0.01)


def test_clips_made_over_many_days_concentrate_as_the_rates_do(verified: Verified) -> None:
    """O20: in T days D ~ Poisson(λT); its top share exceeds the rates' by less than Poisson noise.

    40 days of mean 3 make the Poisson part of the variance .3/120 of the Gamma's: inside ±.01.
    """
    market = limit_market(20_000, {"a": ALL_AT_ONCE | {"free_quota_per_day": 10_000}}, days=40,
                          mean_clips=3.0, rate_shape=0.3)  # fmt: skip
    lived(market)
    clips = market.users.where(platform="a").clips_total
    rates = market.users.where().creation_rate
    for top in (0.10, 0.25):
        found, expected = concentration(clips, top), concentration(rates, top)
        verified("O20", f"top {top:.0%} of clips of 40 days", found, expected, 0.01)
