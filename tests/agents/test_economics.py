"""Closed forms of unit economics against published numbers, sums and scipy's distributions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from agents.platforms.economics import (
    Demand,
    NegativeBinomial,
    Poisson,
    break_even_net_price,
    contribution_per_active_day,
    expected_excess,
    expected_served,
    lifetime_value_geometric,
    lifetime_value_sbg,
    ltv_to_cac,
    p_hit,
    paid_share_needed,
    payback_period,
    survival_sbg,
)
from agents.platforms.unit_cost import learned, moore, wright, wright_total
from sim.errors import ConfigError, UnknownNameError

SKEWED = NegativeBinomial(mean=3, shape=0.3)
MEANS = st.floats(0.0, 50.0)
SHAPES = st.floats(0.05, 20.0)
DEMANDS = st.builds(Poisson, MEANS) | st.builds(NegativeBinomial, MEANS, SHAPES)
QUOTAS = st.integers(0, 60)


def frozen(demand: Demand) -> stats.rv_discrete:
    if isinstance(demand, Poisson):
        return stats.poisson(demand.mean)
    return stats.nbinom(demand.shape, demand.shape / (demand.shape + demand.mean))


# Cost per clip


def test_wright_tenfold_experience_cuts_1_30_to_62_cents() -> None:
    """O21: c0·(X/X0)^(-b), b = -log2(.8) = .32193: .61946 after 10x, .29518 after 100x; ±1e-4."""
    assert -math.log2(0.8) == pytest.approx(0.32193, abs=1e-5)
    costs = wright(1.30, 0.20, np.array([1e6, 1e7, 1e8]), 1e6)
    np.testing.assert_allclose(costs, [1.30, 0.61946, 0.29518], atol=1e-4)


@given(st.floats(0.0, 0.9), st.floats(1.0, 1e6))
def test_wright_each_doubling_takes_off_the_learning_rate(rate: float, growth: float) -> None:
    """The definition of the experience curve (Wright 1936)."""
    once, twice = wright(1.0, rate, np.array([growth, 2 * growth]), 1.0)
    assert twice / once == pytest.approx(1 - rate, rel=1e-9)


def test_wright_below_its_reference_is_dearer_by_the_same_law() -> None:
    """A tenth of the clips costs 10^b times as much; prior experience bounds the first clip."""
    costs = wright(1.30, 0.20, np.array([1e5, 1e6]), 1e6)
    np.testing.assert_allclose(costs, [1.30 * 10**0.3219281, 1.30], rtol=1e-7)
    assert wright(1.30, 0.20, 0.0, 1e6, 1e6) == pytest.approx(1.30 / 0.8, rel=1e-12)
    assert wright(1.30, 0.20, 1e6, 1e6, 7e6) == 1.30
    assert wright(1.30, 0.20, 9e6, 1e6, 7e6) == pytest.approx(1.30 * 0.8, rel=1e-12)


def test_wright_total_of_growing_tenfold_is_7_21845_per_reference_clip() -> None:
    """O21: c0·(10^(1-b) - 1)/(1-b) = 7.21845 per X0; ±1e-4."""
    for reference in (1.0, 1e6):
        assert wright_total(1.30, 0.20, 10 * reference, reference) / reference == pytest.approx(
            7.21845, abs=1e-4
        )


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.6])
def test_wright_total_equals_the_clip_by_clip_sum_as_the_reference_grows(rate: float) -> None:
    """A right-hand sum of a falling curve is short by about (c(X0) - c(X1))/2 < c0/2 in total.

    So per reference clip the gap is below c0/(2·X0), and ten times smaller at ten times X0. The
    rate .5 is the case where the integral is a logarithm.
    """
    gaps = []
    for reference in (100, 1_000, 10_000):
        clips = np.arange(reference + 1, 10 * reference + 1, dtype=float)
        total = wright_total(1.30, rate, 10.0 * reference, float(reference))
        gaps.append((total - np.sum(wright(1.30, rate, clips, float(reference)))) / reference)
        assert -1e-9 <= gaps[-1] <= 1.30 / (2 * reference)
    if rate:
        assert gaps[0] / gaps[1] == pytest.approx(10, rel=0.02)
        assert gaps[1] / gaps[2] == pytest.approx(10, rel=0.02)


@given(st.floats(0.0, 0.9), st.floats(1.0, 1e4), st.floats(1.0, 1e4))
def test_wright_total_of_two_stretches_is_the_total_of_both(
    rate: float, first: float, second: float
) -> None:
    """Beyond X1 the curve starts again from X1 at the cost reached there."""
    later = wright_total(float(wright(2.0, rate, first, 1.0)), rate, first * second, first)
    both = wright_total(2.0, rate, first, 1.0) + later
    assert both == pytest.approx(wright_total(2.0, rate, first * second, 1.0), rel=1e-9, abs=1e-9)


def test_moore_five_times_a_year_reaches_26_cents_on_day_365() -> None:
    """O21: 1.30·exp(-.00441·t), gamma = ln(5)/365; ±1e-4."""
    assert math.log(5) / 365 == pytest.approx(0.00441, abs=1e-5)
    costs = moore(1.30, 5.0, np.array([0.0, 30.0, 90.0, 180.0, 365.0]))
    np.testing.assert_allclose(costs, [1.30, 1.1389, 0.8742, 0.5878, 0.2600], atol=1e-4)


def test_unit_cost_follows_one_form_and_ignores_the_other() -> None:
    def cost(form: str, day: float, clips: float) -> float:
        return float(
            learned(
                form,
                day,
                clips,
                factor_per_year=5.0,
                learning_rate=0.2,
                clips_reference=1e6,
                clips_prior=0.0,
            )
        )

    assert cost("moore", 365.0, 1.0) == cost("moore", 365.0, 1e9) == moore(1.0, 5.0, 365.0)
    assert cost("wright", 1.0, 1e7) == cost("wright", 999.0, 1e7) == wright(1.0, 0.2, 1e7, 1e6)
    assert cost("none", 365.0, 1e9) == 1.0
    with pytest.raises(
        UnknownNameError, match=r"Did you mean 'moore'\? Allowed: moore, none, wright"
    ):
        cost("more", 1.0, 1.0)


# Demand against a quota


@pytest.mark.parametrize(
    ("demand", "quota", "served", "hit"),
    [
        (Poisson(4), 6, 3.80457, 0.21487),
        (NegativeBinomial(10, 0.5), 6, 3.55725, 0.45357),
        (NegativeBinomial(10, 0.5), 30, 8.50514, 0.08840),
        (SKEWED, 6, 1.82124, 0.17380),
    ],
)
def test_free_clips_and_quota_hits_have_their_known_values(
    demand: Demand, quota: int, served: float, hit: float
) -> None:
    """O19: E[min(D,Q)] = sum over j < Q of P(D > j); hit = P(D >= Q). Five decimals printed."""
    assert expected_served(demand, quota) == pytest.approx(served, abs=6e-6)
    assert p_hit(demand, quota) == pytest.approx(hit, abs=6e-6)


def test_excess_of_skewed_demand_over_six_is_1_17876() -> None:
    """O19: E[(D - Q)+] = mean - E[min(D, Q)]."""
    assert expected_excess(SKEWED, 6) == pytest.approx(1.17876, abs=6e-6)


@given(DEMANDS, QUOTAS)
def test_served_and_hits_are_the_tail_sums_of_scipy(demand: Demand, quota: int) -> None:
    law = frozen(demand)
    tail_sum = float(np.sum(law.sf(np.arange(quota))))
    assert expected_served(demand, quota) == pytest.approx(tail_sum, rel=1e-9, abs=1e-9)
    assert p_hit(demand, quota) == pytest.approx(float(law.sf(quota - 1)), rel=1e-9, abs=1e-12)


@given(DEMANDS, QUOTAS)
def test_demand_is_served_or_in_excess(demand: Demand, quota: int) -> None:
    served, excess = expected_served(demand, quota), expected_excess(demand, quota)
    assert served + excess == pytest.approx(demand.mean, abs=1e-12, rel=1e-12)
    assert 0 <= served <= quota + 1e-9


def test_a_rare_excess_keeps_its_digits() -> None:
    """mean - E[min] would be noise of 1e-16 here; the tail sum of scipy is the reference."""
    tail_sum = float(np.sum(stats.poisson(4).sf(np.arange(30, 120))))
    assert expected_excess(Poisson(4), 30) == pytest.approx(tail_sum, rel=1e-9)


def test_negative_binomial_with_a_large_shape_is_poisson() -> None:
    """Variance mean + mean²/shape: the laws differ by about mean²/shape = 2e-7."""
    nearly = NegativeBinomial(4, 1e8)
    assert expected_served(nearly, 6) == pytest.approx(expected_served(Poisson(4), 6), abs=1e-6)


# Contribution and break-even


@pytest.mark.parametrize(("cost", "margin"), [(1.30, -1.02), (0.26, 0.02)])
def test_a_40_cent_clip_loses_1_02_at_launch_cost_and_earns_2_cents_at_26(
    cost: float, margin: float
) -> None:
    """O24: .40 less 30% store fee is .28 net. No quota and all paid: price - cost per clip."""
    per_day = contribution_per_active_day(SKEWED, 0, 1.0, 0.40 * 0.70, cost)
    assert per_day / SKEWED.mean == pytest.approx(margin, abs=1e-9)


@pytest.mark.parametrize(("cost", "price"), [(1.30, 41.47), (0.26, 8.294)])
def test_break_even_net_price_carries_the_free_clips(cost: float, price: float) -> None:
    """O24: c(1 + E[min]/(.05·E[excess])), NB(3, k=.3), Q=6: 31.9 times the cost; ±1e-3 relative.

    Printed to four digits: 1.30 x 31.901 = 41.471.
    """
    assert break_even_net_price(SKEWED, 6, 0.05, cost) == pytest.approx(price, abs=2e-3)


@pytest.mark.parametrize(("cost", "share"), [(1.30, 4.643), (0.26, 0.92857)])
def test_paid_share_needed_is_impossible_at_launch_cost(cost: float, share: float) -> None:
    """O24: c/p_net; above 1 no share of paid clips covers compute."""
    assert paid_share_needed(cost, 0.28) == pytest.approx(share, abs=1e-3)


@given(
    st.builds(NegativeBinomial, st.floats(0.5, 50.0), SHAPES),
    st.integers(0, 20),
    st.floats(0.01, 1.0),
    st.floats(0.01, 10.0),
)
def test_contribution_at_the_break_even_price_is_zero(
    demand: Demand, quota: int, share: float, cost: float
) -> None:
    """The two formulas are each other's inverse; the scale is the day's compute bill."""
    price = break_even_net_price(demand, quota, share, cost)
    if price > 1e9:
        return  # next to nothing is sold: the price is a ratio of two rounding errors
    assert contribution_per_active_day(demand, quota, share, price, cost) == pytest.approx(
        0.0, abs=1e-9 * cost * (demand.mean + 1)
    )


def test_no_price_breaks_even_when_nobody_buys() -> None:
    assert break_even_net_price(SKEWED, 6, 0.0, 1.30) == math.inf
    assert break_even_net_price(SKEWED, 6, 0.0, 0.0) == 0.0


def test_without_free_clips_the_break_even_price_is_the_cost() -> None:
    assert break_even_net_price(SKEWED, 0, 0.05, 1.30) == 1.30


# Lifetime value


def test_geometric_lifetime_value_of_3_a_month_is_14_43() -> None:
    """O23: m(1+d)/(1+d-r), m=3, r=.8, d=.01: 14.42857; the first 12 months 13.54864; ±1e-4."""
    assert lifetime_value_geometric(3, 0.8, 0.01) == pytest.approx(14.42857, abs=1e-4)
    assert lifetime_value_geometric(3, 0.8, 0.01, 12) == pytest.approx(13.54864, abs=1e-4)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(0, 60))
def test_finite_geometric_value_is_the_sum_of_its_terms(
    retention: float, discount: float, horizon: int
) -> None:
    """Near q = 1 the closed form loses about eps/(1 - q) of precision, hence the wide margin."""
    total = sum((retention / (1 + discount)) ** t for t in range(horizon))
    value = lifetime_value_geometric(1.0, retention, discount, horizon)
    assert value == pytest.approx(total, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("alpha", "beta", "expected"), [(0.704, 1.182, 3.69515), (0.668, 3.806, 5.92260)]
)
def test_sbg_lifetime_reproduces_fader_and_hardie(
    alpha: float, beta: float, expected: float
) -> None:
    """O23: discounted expected lifetime at d=.10, 2F1(1, b; a+b; 1/1.1); ±1e-4."""
    assert lifetime_value_sbg(1.0, alpha, beta, 0.10) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("beta", [0.5, 1.182, 3.806, 40.0, 200.0, 3_000.0])
@pytest.mark.parametrize("alpha", [0.1, 0.7, 2.0, 20.0])
@pytest.mark.parametrize("discount", [0.001, 0.1])
def test_sbg_lifetime_is_the_sum_of_discounted_survival(
    alpha: float, beta: float, discount: float
) -> None:
    """40,000 terms at d=.001 leave a tail below exp(-40). scipy's 2F1 is NaN for some of these."""
    total = lifetime_value_sbg(1.0, alpha, beta, discount, 40_000)
    value = lifetime_value_sbg(1.0, alpha, beta, discount)
    assert value == pytest.approx(total, rel=1e-8)
    scipys = special.hyp2f1(1, beta, alpha + beta, 1 / (1 + discount))
    if np.isfinite(scipys):
        assert value == pytest.approx(scipys, rel=1e-8)


def test_undiscounted_sbg_lifetime_is_its_mean() -> None:
    """Sum of B(a, b+t)/B(a, b) = (a+b-1)/(a-1) for a > 1, the limit of small discounts."""
    assert lifetime_value_sbg(1.0, 3.0, 50.0, 0.0) == 26.0
    assert lifetime_value_sbg(1.0, 3.0, 50.0, 1e-8) == pytest.approx(26.0, rel=1e-4)


def test_sbg_survival_is_the_beta_geometric_tail() -> None:
    """scipy: the number of periods survived is beta negative binomial with n = 1."""
    t = np.arange(1, 30)
    np.testing.assert_allclose(
        survival_sbg(0.7, 1.2, t), stats.betanbinom(1, 0.7, 1.2).sf(t - 1), rtol=1e-9
    )
    assert survival_sbg(0.7, 1.2, 0.0) == 1.0


@given(st.floats(0.2, 20.0), st.floats(0.2, 20.0), st.floats(0.01, 0.5))
def test_users_who_differ_are_worth_more_than_their_average(
    alpha: float, beta: float, discount: float
) -> None:
    """Value is convex in the drop-out probability, so by Jensen the mix beats its mean."""
    alike = lifetime_value_geometric(1.0, beta / (alpha + beta), discount)
    assert lifetime_value_sbg(1.0, alpha, beta, discount) >= alike * (1 - 1e-9)


# Payback


def test_a_cost_of_10_is_paid_back_in_month_5() -> None:
    """O23: 3·(1 - .8^n)/.2 = 10 at n = 4.923; five months pay 10.08, four pay 8.86."""
    payback = payback_period(10, 3, 0.8)
    assert payback.fractional == pytest.approx(4.923, abs=1e-3)
    assert payback.whole == 5
    assert lifetime_value_geometric(3, 0.8, 0, 4) < 10 <= lifetime_value_geometric(3, 0.8, 0, 5)


@given(st.floats(0.05, 0.95), st.integers(1, 15))
def test_earning_exactly_n_periods_pays_back_in_period_n(retention: float, n: int) -> None:
    """The share still to be earned, r^n, must stand clear of rounding for n to be told at all."""
    if retention**n < 1e-5:
        return
    cost = lifetime_value_geometric(2.0, retention, 0.0, n)
    assert payback_period(cost, 2.0, retention).whole == n


def test_payback_at_its_limits() -> None:
    assert payback_period(0, 3, 0.8) == (0, 0)
    assert payback_period(10, 4, 1.0) == (2.5, 3)
    assert payback_period(2, 3, 0.0) == (1, 1)
    for never in ((15, 3, 0.8), (4, 3, 0.0), (1, 0, 0.8), (1, -1, 1.0)):
        assert payback_period(*never) == (math.inf, math.inf)


def test_a_discount_delays_payback() -> None:
    assert payback_period(10, 3, 0.8, 0.01).fractional > payback_period(10, 3, 0.8).fractional


def test_ltv_to_cac_is_unknown_where_the_cost_is() -> None:
    assert ltv_to_cac(15.0, 5.0) == 3.0
    assert math.isnan(ltv_to_cac(15.0, 0.0))
    assert math.isnan(ltv_to_cac(15.0, math.nan))


# Bad inputs


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: moore(1.0, 0.0, 1.0), "factor_per_year = 0: must be > 0"),
        (lambda: moore(-1.0, 5.0, 1.0), "cost_usd = -1: must be ≥ 0"),
        (lambda: moore(1.0, 5.0, np.array([1.0, math.inf])), "days = inf: must be finite"),
        (lambda: moore(1.0, 1e15, -1e5), "cost over the cost observed = inf: must be finite"),
        (lambda: wright(1.0, 1.0, 1.0, 1.0), "learning_rate = 1: must be ≥ 0 and < 1"),
        (lambda: wright(1.0, 0.2, math.nan, 1.0), "clips = nan"),
        (lambda: wright(1.0, 0.2, 1.0, 0.0), "clips_reference = 0: must be > 0"),
        (lambda: wright(1.0, 0.2, 0.0, 1.0), r"clips \+ clips_prior = 0: must be > 0"),
        (lambda: wright(1.0, 0.2, 1.0, 1.0, -1.0), "clips_prior = -1: must be ≥ 0"),
        (lambda: wright_total(1.0, 0.2, 1.0, 2.0), "clips = 1: must be ≥ 2"),
        (lambda: p_hit(Poisson(-1), 6), "mean = -1: must be ≥ 0"),
        (lambda: p_hit(NegativeBinomial(1, 0), 6), "shape = 0: must be > 0"),
        (lambda: expected_served(SKEWED, -1), "quota = -1: must be a whole number"),
        (lambda: expected_excess(SKEWED, 2.5), "quota = 2.5: must be a whole number"),
        (lambda: break_even_net_price(SKEWED, 6, 1.5, 1.0), "paid_share = 1.5: .* ≤ 1"),
        (lambda: contribution_per_active_day(SKEWED, 6, 0.1, -1, 1), "net_price_usd = -1"),
        (lambda: paid_share_needed(1.0, 0.0), "net_price_usd = 0: must be > 0"),
        (lambda: lifetime_value_geometric(1, 1.1, 0.1), "retention = 1.1: must be ≥ 0 and ≤ 1"),
        (lambda: lifetime_value_geometric(1, 0.5, -0.1), "discount = -0.1: must be ≥ 0"),
        (lambda: lifetime_value_geometric(1, 0.5, 0.1, -1), "horizon = -1: must be a whole"),
        (lambda: lifetime_value_geometric(1, 1, 0), "Give a discount above 0 or a horizon"),
        (lambda: lifetime_value_sbg(1, 0.7, 1.2, 0), "Give a discount above 0 or a horizon"),
        (lambda: lifetime_value_sbg(1, 0, 1, 0.1), "alpha = 0: must be > 0"),
        (lambda: survival_sbg(1, -1, 1), "beta = -1: must be > 0"),
        (lambda: survival_sbg(1, 1, -1), "t = -1: must be ≥ 0"),
        (lambda: payback_period(-1, 3, 0.8), "cost = -1: must be ≥ 0"),
        (lambda: payback_period(1, math.inf, 0.8), "margin = inf: must be finite"),
        (lambda: ltv_to_cac(1, -1), "acquisition_cost = -1: must be ≥ 0"),
    ],
)
def test_a_bad_argument_is_named_with_what_is_allowed(
    call: Callable[[], object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
