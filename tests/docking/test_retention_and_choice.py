"""Retention and choice against scipy and statsmodels, which nobody here wrote."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from scipy import stats

from sim.interventions import Event
from tests.verification import Verified, four_se
from tests.worlds import ALL_AT_ONCE, EVERYBODY, daily, date, limit_market, lived

IDLE = {"mean_clips": 0.0}


@pytest.mark.parametrize(
    ("alpha", "beta"), [(0.704, 1.182), (0.668, 3.806), (0.3, 0.9), (1.5, 20.0), (40.0, 400.0)]
)
def test_a_cohort_survives_like_scipys_beta_negative_binomial(
    alpha: float, beta: float, verified: Verified
) -> None:
    """Failures before the first drop-out are betanbinom(1, α, β): S(t) = sf(t - 1); N = 100,000.

    Four standard errors of a share; and the daily drop-outs of the cohort pass a chi-square test
    against its mass function at one in ten thousand.
    """
    n, days = 100_000, 45
    law = stats.betanbinom(1, alpha, beta)
    platform = {"p_dropout": None, "dropout_alpha": alpha, "dropout_beta": beta, **ALL_AT_ONCE}
    market = lived(limit_market(n, {"a": platform}, days=days, **IDLE))
    there = daily(market, "daily_active")[:, 0] / n
    for t in (1, 2, 7, 30, 44):
        expected = float(law.sf(t - 1))
        case = f"betanbinom, S({t}), α = {alpha:g}, β = {beta:g}"
        verified("scipy", case, there[t], expected, four_se(expected, n))
    dropouts = np.append(daily(market, "dropouts")[:, 0], daily(market, "active")[-1, 0])
    expected = n * np.append(law.pmf(np.arange(days)), law.sf(days - 1))
    p = stats.chisquare(dropouts, expected * (n / expected.sum())).pvalue
    verified.above("scipy", f"p of 46 cells, α = {alpha:g}, β = {beta:g}", p, 1e-4)


def test_renewals_of_a_plan_fail_like_scipys_beta_negative_binomial(verified: Verified) -> None:
    """The k-th renewal fails with α/(α + β + k - 1), the hazard of betanbinom(1, α, β).

    Everybody subscribes on day 0; billed again every 30 days; six renewals of 50,000.
    """
    n, alpha, beta = 50_000, 0.668, 3.806
    platform = {
        "subscription_usd_per_month": 9.99, "subscribe_intercept": 60.0, "p_active": 0.0,
        "paid_churn_alpha": alpha, "paid_churn_beta": beta, **ALL_AT_ONCE,
    }  # fmt: skip
    market = lived(limit_market(n, {"a": platform}, days=181, **IDLE))
    held = daily(market, "subscribers")[:, 0]
    for k in range(7):
        expected = float(stats.betanbinom(1, alpha, beta).sf(k - 1))
        limit = four_se(expected, n) + 1e-12
        verified("scipy", f"plans held after renewal {k}", held[30 * k] / n, expected, limit)
    renewals = np.flatnonzero(daily(market, "cancellations")[:, 0])
    assert (renewals % 30 == 0).all()


def friends_on(rows: npt.NDArray[np.int64], indptr: npt.NDArray[np.int64],
               indices: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:  # fmt: skip
    n = indptr.size - 1
    there = np.zeros(n, int)
    there[rows] = 1
    return np.bincount(
        np.repeat(np.arange(n), np.diff(indptr)), there[indices], minlength=n
    ).astype(int)


def test_multinomial_logit_gives_back_the_utilities_that_were_put_in(verified: Verified) -> None:
    """statsmodels MNLogit on choices made by the market under total rivalry.

    V_p = δ_p + η_p·log(1 + friends on p): each coefficient within 4 of its standard errors, and
    those of the other platform's friends within 4 of 0. Of 60,000 three tenths start on one of the
    two by hand on day 0; the others consider both on day 1, and see the friends of day 0.
    """
    n = 60_000
    delta, eta = {"g": -0.6, "o": 0.4}, {"g": 0.9, "o": 0.5}
    platforms = {
        name: {"utility": delta[name], "friend_utility": eta[name], "interest_per_day": 0.0}
        for name in delta
    }
    campaign = [
        Event(id=f"heard {p}", date=date(1), platform=p, set={"interest_per_day": EVERYBODY})
        for p in platforms
    ]
    market = limit_market(
        n, platforms, "erdos_renyi(degree=10)", days=2, events=campaign, rival_penalty=60.0, **IDLE
    )
    order = np.random.default_rng(4).permutation(n)
    seeds = {"g": order[:6_000], "o": order[6_000:18_000]}
    for name, rows in seeds.items():
        market.users.activate(name, rows.tolist())
    lived(market)
    free = np.ones(n, bool)
    free[order[:18_000]] = False
    x = [
        np.log1p(friends_on(seeds[name], market.graph.indptr, market.graph.indices))
        for name in ("g", "o")
    ]
    has = [market.users.where(platform=p).column("day_installed") >= 0 for p in ("g", "o")]
    assert not (has[0] & has[1]).any()
    choice = np.where(has[0], 1, np.where(has[1], 2, 0))  # 0: neither
    fit = sm.MNLogit(choice[free], sm.add_constant(np.column_stack(x)[free])).fit(disp=0)
    truth = np.array([[delta["g"], delta["o"]], [eta["g"], 0.0], [0.0, eta["o"]]])
    found, error = np.asarray(fit.params), np.asarray(fit.bse)
    for row, name in enumerate(("constant", "friends on g", "friends on o")):
        for column, choice_of in enumerate("go"):
            at = row, column
            claim = f"MNLogit, {name}, choice of {choice_of}"
            verified("statsmodels", claim, found[at], truth[at], 4 * error[at])
    assert np.asarray(fit.bse).max() < 0.05


def test_binary_logit_gives_back_the_utility_of_a_platform_alone(verified: Verified) -> None:
    """statsmodels Logit: δ = -.7 and η = .6 return within 4 standard errors; N = 50,000."""
    n = 50_000
    campaign = Event(id="heard", date=date(1), platform="a", set={"interest_per_day": EVERYBODY})
    market = limit_market(
        n, {"a": {"utility": -0.7, "friend_utility": 0.6}}, "erdos_renyi(degree=10)", days=2,
        events=[campaign], **IDLE,
    )  # fmt: skip
    seeds = np.random.default_rng(5).permutation(n)[:8_000]
    market.users.activate("a", seeds.tolist())
    lived(market)
    free = np.ones(n, bool)
    free[seeds] = False
    x = np.log1p(friends_on(seeds, market.graph.indptr, market.graph.indices))[free]
    y = (market.users.where(platform="a").column("day_installed") >= 0)[free]
    fit = sm.Logit(y, sm.add_constant(x)).fit(disp=0)
    verified("statsmodels", "Logit, constant", fit.params[0], -0.7, 4 * fit.bse[0])
    verified("statsmodels", "Logit, friends", fit.params[1], 0.6, 4 * fit.bse[1])
    assert math.isfinite(fit.llf)
