"""Unit economics in closed form: margin per day, lifetime value, break-even.

Pure functions in USD for the market and for an analyst. A period is whatever the margin, the
retention and the discount share (a day, a month); the first margin falls due at once.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np

from sim.checks import Floats, in_range
from sim.errors import ConfigError

DAYS_PER_YEAR = 365.0
QUARTER_DAYS = DAYS_PER_YEAR / 4.0
_ENDLESS = "the lifetime value must be finite. Give a discount above 0 or a horizon."


class Poisson(NamedTuple):
    """Clips wanted on an active day, alike for all users: `mean` a day."""

    mean: float


class NegativeBinomial(NamedTuple):
    """Clips wanted on an active day when users differ: Poisson with Gamma(`shape`) rates."""

    mean: float
    shape: float


Demand: TypeAlias = Poisson | NegativeBinomial


def p_hit(demand: Demand, quota: int) -> float:
    """Return the probability that a day's demand reaches the quota, P(D >= Q)."""
    _check_demand(demand, quota)
    return _p_at_least(demand, quota)


def expected_served(demand: Demand, quota: int) -> float:
    """Return the free clips per active day, E[min(D, Q)] (the sum of P(D > j) over j < Q)."""
    return max(demand.mean - expected_excess(demand, quota), 0.0)


def expected_excess(demand: Demand, quota: int) -> float:
    """Return the clips wanted beyond the quota per active day, E[(D - Q)+].

    E[D; D >= Q] is the mean times a tail of the size-biased law, which for Poisson is the same law
    and for the negative binomial has shape + 1: no sum, at any quota.
    """
    _check_demand(demand, quota)
    biased = demand
    if isinstance(demand, NegativeBinomial):
        biased = NegativeBinomial(demand.mean * (1 + 1 / demand.shape), demand.shape + 1)
    above = demand.mean * _p_at_least(biased, quota - 1)
    return max(above - quota * _p_at_least(demand, quota), 0.0)


def contribution_per_active_day(
    demand: Demand, quota: int, paid_share: float, net_price_usd: float, cost_usd: float
) -> float:
    """Return the USD that one active user-day leaves after compute.

    Of the clips beyond the quota the `paid_share` is bought at `net_price_usd` (after store fees);
    free clips only cost: share·E[(D-Q)+]·(price - cost) - cost·E[min(D,Q)].
    """
    share = in_range("paid_share", paid_share, 0, 1)
    price, cost = in_range("net_price_usd", net_price_usd, 0), in_range("cost_usd", cost_usd, 0)
    sold, free = share * expected_excess(demand, quota), expected_served(demand, quota)
    return float(sold * (price - cost) - cost * free)


def break_even_net_price(demand: Demand, quota: int, paid_share: float, cost_usd: float) -> float:
    """Return the net USD per paid clip at which a day's contribution is 0; inf if nothing sells.

    A paid clip carries its own cost and the free clips': c·(1 + E[min]/(share·E[excess])).
    """
    cost = float(in_range("cost_usd", cost_usd, 0))
    sold = float(in_range("paid_share", paid_share, 0, 1)) * expected_excess(demand, quota)
    free = cost * expected_served(demand, quota)
    return cost + (free / sold if sold else math.inf if free else 0.0)


def paid_share_needed(cost_usd: float, net_price_usd: float) -> float:
    """Return the share of all clips that must be paid for to cover compute; > 1: impossible."""
    price = in_range("net_price_usd", net_price_usd, 0, ends="(]")
    return float(in_range("cost_usd", cost_usd, 0) / price)


def lifetime_value_geometric(
    margin: float, retention: float, discount: float, horizon: int | None = None
) -> float:
    """Return the value of a user who stays each period with the same probability, USD.

    m·(1+d)/(1+d-r), with the margin of the first period due at once (Gupta and Lehmann 2003);
    `horizon` counts the periods, None all.
    """
    in_range("margin", margin)
    keep = float(in_range("retention", retention, 0, 1) / (1 + in_range("discount", discount, 0)))
    if horizon is not None:
        _check_whole("horizon", horizon)
        return margin * (horizon if keep == 1 else (1 - keep**horizon) / (1 - keep))
    if keep == 1:
        raise ConfigError(f"retention = 1, discount = 0: {_ENDLESS}")
    return margin / (1 - keep)


def survival_sbg(alpha: float, beta: float, t: Floats) -> Floats:
    """Return the share still there after `t` periods when drop-out is Beta(alpha, beta).

    B(alpha, beta + t)/B(alpha, beta): the leavers leave first (Fader and Hardie 2007).
    """
    from scipy.special import betaln

    in_range("alpha", alpha, 0, ends="(]")
    in_range("beta", beta, 0, ends="(]")
    return _plain(np.exp(betaln(alpha, beta + in_range("t", t, 0)) - betaln(alpha, beta)))


def lifetime_value_sbg(
    margin: float, alpha: float, beta: float, discount: float, horizon: int | None = None
) -> float:
    """Return the value of a user from a Beta(alpha, beta) mix of drop-outs, USD.

    margin·2F1(1, beta; alpha + beta; 1/(1+d)) (Fader and Hardie 2010); with a `horizon`, its
    first terms. At the same first-period retention it exceeds the geometric value.
    """
    in_range("margin", margin)
    factor = 1 / (1 + float(in_range("discount", discount, 0)))
    if horizon is not None:
        _check_whole("horizon", horizon)
        t = np.arange(float(horizon))
        return float(margin * np.sum(survival_sbg(alpha, beta, t) * factor**t))
    survival_sbg(alpha, beta, 0)  # the same bounds hold
    if factor < 1:
        return margin * _hypergeometric_1(beta, alpha + beta, factor)
    if alpha > 1:
        return margin * (alpha + beta - 1) / (alpha - 1)
    raise ConfigError(f"alpha = {alpha}, discount = 0: {_ENDLESS}")


class Payback(NamedTuple):
    """Periods until the cost is earned back, exact and rounded up; inf when it never is."""

    fractional: float
    whole: float


def payback_period(cost: float, margin: float, retention: float, discount: float = 0.0) -> Payback:
    """Return when a geometric user has earned back `cost`, both in USD: m·(1-q^n)/(1-q) = cost.

    q = retention/(1 + discount). Solved for real n; the whole number is the period that pays.
    """
    in_range("margin", margin)
    keep = float(in_range("retention", retention, 0, 1) / (1 + in_range("discount", discount, 0)))
    if in_range("cost", cost, 0) == 0:
        return Payback(0.0, 0.0)
    left = 1 - cost * (1 - keep) / margin if margin > 0 else -1.0
    if keep == 1 and margin > 0:
        periods = cost / margin
    elif cost <= margin and keep == 0:
        periods = 1.0  # all there is comes at once
    elif left < 1e-12:  # 0 but for rounding: the cost is all that will ever come
        return Payback(math.inf, math.inf)
    else:
        periods = math.log(left) / math.log(keep)
    # The logarithms may overshoot a whole number by rounding; that is not one more period.
    return Payback(periods, float(max(math.ceil(periods - 1e-9), 1)))


def ltv_to_cac(lifetime_value: float, acquisition_cost: float) -> float:
    """Return lifetime value per USD of acquisition cost; NaN where that is 0 or unknown (NaN)."""
    if math.isnan(acquisition_cost) or acquisition_cost == 0:
        return math.nan
    in_range("acquisition_cost", acquisition_cost, 0)
    return float(in_range("lifetime_value", lifetime_value)) / acquisition_cost


def _plain(value: Floats) -> Floats:
    return value if np.ndim(value) else float(value)


def _p_at_least(demand: Demand, n: int) -> float:
    from scipy.special import betainc, pdtrc

    if n <= 0:
        return 1.0
    if isinstance(demand, Poisson):
        return float(pdtrc(n - 1, demand.mean))
    return float(betainc(n, demand.shape, demand.mean / (demand.mean + demand.shape)))


def _hypergeometric_1(b: float, c: float, z: float) -> float:
    # 2F1(1, b; c; z), z < 1, by Gauss's continued fraction from its deep end: scipy's hyp2f1
    # gives NaN for b in the hundreds. Error below 1e-10 for discounts from 1e-9 up.
    value = 1.0
    for n in range(20 + int(20 / math.sqrt(max(1 - z, 1e-9))), 0, -1):
        value = 1 - z * (b + n) * (c + n - 1) / ((c + 2 * n - 1) * (c + 2 * n) * value)
        value = 1 - z * n * (c - b + n - 1) / ((c + 2 * n - 2) * (c + 2 * n - 1) * value)
    return 1 / (1 - z * b / (c * value))


def _check_demand(demand: Demand, quota: int) -> None:
    in_range("mean", demand.mean, 0)
    if isinstance(demand, NegativeBinomial):
        in_range("shape", demand.shape, 0, ends="(]")
    _check_whole("quota", quota)


def _check_whole(name: str, value: int) -> None:
    if value < 0 or not float(value).is_integer():
        raise ConfigError(f"{name} = {value}: must be a whole number ≥ 0. Give a plain count.")
