"""What a user is worth: closed forms, and the flows of a market's own cohort."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import betaln, hyp2f1

from agents.platforms.economics import (
    lifetime_value_geometric,
    lifetime_value_sbg,
    ltv_to_cac,
    payback_period,
)
from tests.verification import Verified
from tests.worlds import ALL_AT_ONCE, daily, limit_market, lived

Array = npt.NDArray[np.float64]

IDLE = {"mean_clips": 0.0}
MARGIN, KEEP, DISCOUNT = 3.0, 0.8, 0.01


def sbg(alpha: float, beta: float, t: npt.ArrayLike) -> Array:
    """Return S(t) = B(α, β + t)/B(α, β)."""
    return np.exp(betaln(alpha, beta + np.asarray(t, float)) - betaln(alpha, beta))


def spread_of_worth(survival: Array, discount: float) -> float:
    """Return the standard deviation of Σ_{t<L} v^t, L the periods a user lives, P(L > t) given."""
    v = 1.0 / (1.0 + discount)
    life = np.arange(1, survival.size + 1)
    chance = np.append(-np.diff(survival), survival[-1])
    worth = np.cumsum(v ** (life - 1.0))
    return math.sqrt(chance @ worth**2 - (chance @ worth) ** 2)


def test_the_closed_forms_are_those_of_the_oracle(verified: Verified) -> None:
    """O23: m(1+d)/(1+d-r); 2F1(1, β; α+β; 1/(1+d)) (Fader and Hardie 2010), here by scipy."""
    verified("O23", "value, m = 3, r = .8, d = .01",
             lifetime_value_geometric(MARGIN, KEEP, DISCOUNT), 14.42857, 1e-4)  # fmt: skip
    verified("O23", "value of 12 months",
             lifetime_value_geometric(MARGIN, KEEP, DISCOUNT, 12), 13.54864, 1e-4)  # fmt: skip
    payback = payback_period(10.0, MARGIN, KEEP)
    verified("O23", "months to pay back 10", payback.fractional, 4.923, 5e-4)
    verified("O23", "months to pay back 10, whole", payback.whole, 5, 0)
    for alpha, beta, known in ((0.704, 1.182, 3.69515), (0.668, 3.806, 5.92260)):
        value = lifetime_value_sbg(1.0, alpha, beta, 0.10)
        verified("O23", f"discounted lifetime, α = {alpha}, β = {beta}", value, known, 1e-4)
        by_scipy = float(hyp2f1(1.0, beta, alpha + beta, 1.0 / 1.1))
        verified("O23", f"the same by scipy's 2F1, α = {alpha}", value, by_scipy, 1e-9)


def test_a_cohort_of_the_market_earns_its_lifetime_value(verified: Verified) -> None:
    """O23: one cohort, $3 an active day, r = .8, d = .01: the flows add up to the closed form.

    A period is a day. N = 100,000; the worth of one user has the spread of its own geometric life,
    and the cash book gives the same sum as the record of daily users.
    """
    n, days = 100_000, 60
    terms = {"p_dropout": 1.0 - KEEP, "other_revenue_usd_per_active_day": MARGIN, **ALL_AT_ONCE}
    results = lived(limit_market(n, {"a": terms}, days=days, **IDLE)).results
    earned = results.array("other_revenue_usd")[:, 0] / n
    v = (1.0 + DISCOUNT) ** -np.arange(days)
    spread = MARGIN * spread_of_worth(KEEP ** np.arange(500.0), DISCOUNT)
    limit = 4.0 * spread / math.sqrt(n) + 14.43 * (KEEP / 1.01) ** days
    verified("O23", "flows of a cohort, discounted", earned @ v, 14.42857, limit)
    verified("O23", "flows of 12 periods", earned[:12] @ v[:12], 13.54864, limit)
    paid_back = int(np.argmax(np.cumsum(earned) >= 10.0)) + 1
    verified("O23", "period in which the flows pay back 10", paid_back, 5, 0)
    assert ltv_to_cac(float(earned @ v), 10.0) == pytest.approx(1.443, abs=limit / 10 + 5e-4)


@pytest.mark.parametrize(
    ("alpha", "beta", "known"), [(0.704, 1.182, 3.69515), (0.668, 3.806, 5.92260)]
)
def test_a_cohort_of_unlike_users_earns_its_discounted_lifetime(
    alpha: float, beta: float, known: float, verified: Verified
) -> None:
    """O23: sBG drop-out, d = .10 a day; what is beyond 100 days is worth less than 7e-4 of it."""
    n, days = 100_000, 100
    terms = {
        "p_dropout": None, "dropout_alpha": alpha, "dropout_beta": beta,
        "other_revenue_usd_per_active_day": 1.0, **ALL_AT_ONCE,
    }  # fmt: skip
    results = lived(limit_market(n, {"a": terms}, days=days, **IDLE)).results
    earned = results.array("other_revenue_usd")[:, 0] / n
    found = earned @ 1.1 ** -np.arange(days)
    limit = 4.0 * spread_of_worth(sbg(alpha, beta, np.arange(2_000)), 0.10) / math.sqrt(n) + 7e-4
    verified("O23", f"flows of a cohort, α = {alpha}, β = {beta}", found, known, limit)


def test_a_plan_earns_the_lifetime_value_of_its_renewals(verified: Verified) -> None:
    """O23 by month: everybody takes a plan of $9.99, renewals fail as sBG; 13 bills, d = .02."""
    n, bills = 50_000, 13
    alpha, beta = 0.668, 3.806
    terms = {
        "subscription_usd_per_month": 9.99, "subscribe_intercept": 60.0, "p_active": 0.0,
        "paid_churn_alpha": alpha, "paid_churn_beta": beta, **ALL_AT_ONCE,
    }  # fmt: skip
    market = lived(limit_market(n, {"a": terms}, days=30 * (bills - 1) + 1, **IDLE))
    billed = market.results.array("subscriptions_usd")[:, 0] / n
    assert (np.flatnonzero(billed) % 30 == 0).all()
    found = billed[::30] @ 1.02 ** -np.arange(bills)
    expected = lifetime_value_sbg(9.99, alpha, beta, 0.02, bills)
    spread = spread_of_worth(sbg(alpha, beta, np.arange(bills)), 0.02)
    verified("O23", "13 bills of a plan", found, expected, 4.0 * 9.99 * spread / math.sqrt(n))
    verified("O23", "users billed, first day", daily(market, "plans_billed")[0, 0], n, 0)
