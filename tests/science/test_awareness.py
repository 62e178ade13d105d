"""Who hears of a platform, and what made him: hazards of days and of competing causes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from sim.counts import CAUSES
from sim.market import Market
from tests.verification import Verified, four_se
from tests.worlds import WELL_MIXED, alike, daily, limit_market, lived

Array = npt.NDArray[np.float64]

IDLE = {"mean_clips": 0.0}
EVERYBODY_WATCHES = {"surfaces": {"tube": {"phone": 1.0}}}


# O17


@pytest.mark.parametrize(
    ("hazard", "days", "known"), [(0.02, 30, 0.45119), (0.15, 10, None), (3.0, 1, None)]
)
@pytest.mark.parametrize("cause", ["interest", "owned"])
def test_constant_exposure_makes_aware_whom_its_hazard_says(
    cause: str, hazard: float, days: int, known: float | None, verified: Verified
) -> None:
    """O17: 1 - e^{-λt} after t days, whatever the cause; N = 100,000, four standard errors."""
    n = 100_000
    expected = -math.expm1(-hazard * days)
    assert known is None or expected == pytest.approx(known, abs=5e-6)
    terms = (
        {"interest_per_day": hazard} if cause == "interest" else {"reach_per_day": {"tube": hazard}}
    )
    market = lived(limit_market(n, {"a": terms}, days=days, **IDLE, **EVERYBODY_WATCHES))
    aware = 1.0 - daily(market, "unaware")[-1, 0] / n
    verified(
        "O17", f"aware by {cause}, λ = {hazard}, t = {days}", aware, expected, four_se(expected, n)
    )


def test_press_fades_by_its_half_life(verified: Verified) -> None:
    """O17 with a hazard that fades: H(t) = a·Σ_{s<t} e^{-s/τ}; a = .05, τ = 6, N = 100,000."""
    n, days = 100_000, 20
    terms = {"press_per_day": 0.05, "press_fade_days": 6.0}
    market = lived(limit_market(n, {"a": terms}, days=days, **IDLE))
    aware = 1.0 - daily(market, "unaware")[:, 0] / n
    expected = -np.expm1(-0.05 * np.cumsum(np.exp(-np.arange(days) / 6.0)))
    limits = [four_se(p, n) for p in expected]
    verified("O17", "aware by press, a = .05, τ = 6, 20 days", aware, expected, limits)


def test_the_attention_budget_is_the_most_that_any_exposure_can_do(verified: Verified) -> None:
    """O17: h is cut at the budget: 1 - e^{-.3} a day, however loud; N = 100,000."""
    n = 100_000
    terms = {"interest_per_day": 50.0, "reach_per_day": {"tube": 9.0}}
    market = limit_market(
        n, {"a": terms}, days=3, attention_budget=0.3, **IDLE, **EVERYBODY_WATCHES
    )
    aware = 1.0 - daily(lived(market), "unaware")[-1, 0] / n
    expected = -math.expm1(-0.9)
    verified("O17", "aware in 3 days at a budget of .3", aware, expected, four_se(expected, n))


# O18


def by_cause(market: Market, day: int) -> dict[str, int]:
    """Return the exposures of a day by cause: whoever notices installs, and nobody twice."""
    return {c: int(daily(market, f"installs_{c}")[day, 0]) for c in CAUSES if c != "none"}


def test_two_competing_causes_share_what_they_bring_by_their_hazards(verified: Verified) -> None:
    """O18: h = (.01, .03): P = 1 - e^{-.04} = .03921, shares .25 and .75; N = 400,000."""
    n = 400_000
    terms = {"interest_per_day": 0.01, "reach_per_day": {"tube": 0.03}}
    market = lived(limit_market(n, {"a": terms}, days=1, **IDLE, **EVERYBODY_WATCHES))
    found = by_cause(market, 0)
    total = sum(found.values())
    verified("O18", "noticed on a day", total / n, 0.03921, four_se(0.03921, n) + 5e-6)
    verified("O18", "share of interest", found["interest"] / total, 0.25, four_se(0.25, total))
    verified("O18", "share of owned reach", found["owned"] / total, 0.75, four_se(0.75, total))


def test_five_causes_at_once_each_have_their_share(verified: Verified) -> None:
    """O18 for press, opening, interest, paid and owned on day 0: multinomial, chi-square.

    The paid hazard is (B/CPI)/people unaware = 20,000/5 per 200,000 people of weight 1: .02.
    """
    n = 200_000
    terms = {
        "press_per_day": 0.04, "opening_pulse_per_day": 0.01, "interest_per_day": 0.05,
        "reach_per_day": {"tube": 0.03}, "marketing_usd_per_day": 20_000.0, "cpi_usd": 5.0,
    }  # fmt: skip
    hazards = {"press": 0.04, "opening": 0.01, "interest": 0.05, "paid": 0.02, "owned": 0.03}
    market = lived(limit_market(n, {"a": terms}, days=1, **IDLE, **EVERYBODY_WATCHES))
    found = by_cause(market, 0)
    total = sum(found.values())
    h = sum(hazards.values())
    expected = -math.expm1(-h)
    verified("O18", "noticed on a day, five causes", total / n, expected, four_se(expected, n))
    shares = [found[c] / total for c in hazards]
    wanted = [x / h for x in hazards.values()]
    limits = [four_se(p, total) for p in wanted]
    verified("O18", "shares of five causes", shares, wanted, limits)
    assert stats.chisquare([found[c] for c in hazards], total * np.array(wanted)).pvalue > 1e-4
    assert total == sum(found[c] for c in hazards), "a cause that is not there brought somebody"


#: Clips that everybody makes a day, and shares.
CLIPS = 3


def friends_who_share(market: Market, rows: npt.NDArray[np.int64]) -> Array:
    there = np.zeros(market.config.n_users)
    there[rows] = 1.0
    indptr, indices = market.graph.indptr, market.graph.indices
    owner = np.repeat(np.arange(there.size), np.diff(indptr))
    return np.bincount(owner, there[indices], minlength=there.size)


@pytest.mark.parametrize(
    "graph",
    [
        "erdos_renyi(degree=6)",
        "power_law_cluster(degree=10)",
        "blocks(degree=6, groups=2, mixing=0.1)",
    ],
)
@pytest.mark.parametrize("contagion", ["share", "count", "threshold"])
def test_friends_feed_and_interest_compete_person_by_person(
    contagion: str, graph: str, verified: Verified
) -> None:
    """O18 on a graph: cause c brings Σ_i (1 - e^{-h_i})·h_ci/h_i of those who had not heard.

    A fifth of 20,000 start by hand on day 0, and make three clips each, all shared with friends
    and, each with probability 1, with the feed. What friends add on day 1 is, by form of
    contagion, β·clips/degree, β·clips, or β where the sharing part of the friends reaches .3.
    Given the graph, people are independent: variance Σ p(1 - p).
    """
    n, beta, eta, c = 20_000, 0.08, 0.05, 0.03
    terms = {
        "p_share_friends": 1.0, "friend_strength": beta, "interest_per_day": c,
        "free_quota_per_day": CLIPS, "feed_strength": eta, **WELL_MIXED,
    }  # fmt: skip
    market = limit_market(
        n, {"a": terms}, graph, days=2, contagion=contagion, sharing_threshold=0.3, seed=4
    )
    rows = np.random.default_rng(9).permutation(n)[: n // 5]
    market.users.activate("a", rows)
    lived(market, 1)
    # All who are there after day 0, by hand or by interest, made three clips on it.
    there = np.flatnonzero(market.users.columns["day_activated"][0] == 0)
    sharing = friends_who_share(market, there)
    degree = np.maximum(np.diff(market.graph.indptr), 1)
    x = {
        "share": CLIPS * sharing / degree,
        "count": CLIPS * sharing,
        "threshold": (sharing / degree >= 0.3) & (sharing > 0),
    }[contagion]
    free = np.ones(n, bool)
    free[there] = False
    hazards = {
        "friend": beta * np.asarray(x, float)[free],
        "feed": np.full(free.sum(), eta * CLIPS * there.size / n),
        "interest": np.full(free.sum(), c),
    }
    h = np.asarray(sum(hazards.values()))
    noticed = -np.expm1(-h)
    found = by_cause(lived(market, 1), 1)
    for cause, part in hazards.items():
        p = noticed * part / h
        limit = 4.0 * math.sqrt(float((p * (1.0 - p)).sum()))
        claim = f"brought by {cause}, {contagion}, {graph.partition('(')[0]}"
        verified("O18", claim, found[cause], p.sum(), limit)


def test_a_platform_with_several_causes_is_as_loud_as_one_with_their_sum(
    verified: Verified,
) -> None:
    """O18: hazards add: (.01 + .03) and (.04) reach the same people, bit for bit, on every day."""
    terms: dict[str, Any] = {"interest_per_day": 0.25, "reach_per_day": {"tube": 0.5}}
    one, other = (
        lived(limit_market(3_000, alike(2, **t), days=8, **IDLE, **EVERYBODY_WATCHES))
        for t in (terms, {"interest_per_day": 0.75})
    )
    # Binary fractions, so that the two sums are the same number.
    verified.same(
        "O18",
        "unaware day by day, .25 + .5 and .75",
        daily(one, "unaware"),
        daily(other, "unaware"),
    )
