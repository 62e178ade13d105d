"""The market gives known answers where theory has them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import betaln

from sim.graph import build_graph
from tests.science.limits import (
    ALL_AT_ONCE,
    WELL_MIXED,
    adopters,
    alike,
    daily,
    four_se,
    limit_market,
    lived,
)


def bass(p: float, q: float, days: int) -> list[float]:
    """Iterate F ← F + (1 - exp(-(p + qF)))(1 - F)."""
    path, share = [], 0.0
    for _ in range(days):
        share += (1.0 - math.exp(-(p + q * share))) * (1.0 - share)
        path.append(share)
    return path


def test_well_mixed_adoption_follows_the_daily_bass_recursion() -> None:
    """O1: p = .002, q = .1, N = 100,000, 8 runs; the textbook curve would be off by .028."""
    platform = {**WELL_MIXED, "interest_per_day": 0.002, "feed_strength": 0.1}
    shares = adopters(lived(limit_market(100_000, alike(8, **platform), days=60)))
    expected = bass(0.002, 0.1, 60)
    assert expected[29] == pytest.approx(0.25746, abs=1e-5)
    for day, tolerance in ((10, 0.0008), (30, 0.004), (60, 0.002)):
        assert shares[day - 1].mean() == pytest.approx(expected[day - 1], abs=tolerance)


def test_adoption_on_a_ring_follows_its_exact_recursion() -> None:
    """O3: S ← S·e^-p·(a + (1 - a)·e^(-q/2))², a ← a·e^-p; p = .02, q = .1, N = 200,000."""
    ring = "small_world(degree=2, rewire=0)"
    platform = {"p_share_friends": 1.0, "interest_per_day": 0.02, "friend_strength": 0.1}
    shares = adopters(lived(limit_market(200_000, {"a": platform}, ring, days=30)))[:, 0]
    for day, expected in ((10, 0.24627), (20, 0.51742), (30, 0.72994)):
        assert shares[day - 1] == pytest.approx(expected, abs=0.004)


def test_bass_with_leaving_settles_where_joining_and_leaving_balance() -> None:
    """O10: Fδ = (1 - F)(1 - e^-(p + qF)), δ = 1 - e^-.05; the continuous model gives .51857.

    F is the share who are there during a day, so those who left that night count.
    """
    platform = {
        **WELL_MIXED,
        "interest_per_day": 0.002,
        "feed_strength": 0.1,
        "p_dropout": 1.0 - math.exp(-0.05),
        "rel_exposure_lost": 1.0,
    }
    market = lived(limit_market(100_000, alike(4, **platform), days=220))
    there = daily(market, "daily_active")[160:] / 100_000
    assert there.mean() == pytest.approx(0.51770, abs=0.003)


@pytest.mark.parametrize(
    ("alpha", "beta", "expected"),
    [
        (0.704, 1.182, (0.62672, 0.23905, 0.17006)),
        (0.668, 3.806, (0.85069, 0.48894, 0.37804)),
    ],
)
def test_a_cohort_survives_as_the_shifted_beta_geometric(
    alpha: float, beta: float, expected: tuple[float, ...]
) -> None:
    """O11: S(t) = B(α, β + t) / B(α, β) (Fader and Hardie 2007); N = 100,000."""
    platform = {"p_dropout": None, "dropout_alpha": alpha, "dropout_beta": beta, **ALL_AT_ONCE}
    market = lived(limit_market(100_000, {"a": platform}, days=13))
    there = daily(market, "daily_active")[:, 0] / 100_000
    for t, value in zip((1, 7, 12), expected, strict=True):
        assert math.exp(betaln(alpha, beta + t) - betaln(alpha, beta)) == pytest.approx(
            value, abs=1e-5
        )
        assert there[t] == pytest.approx(value, abs=0.006)


def test_daily_users_are_the_cohort_times_the_chance_of_a_visit() -> None:
    """O12: daily users = alive x a0; here all alive, a0 = .08, N = 100,000."""
    platform = {"p_active": 0.08, **ALL_AT_ONCE}
    market = lived(limit_market(100_000, {"a": platform}, days=31))
    assert daily(market, "daily_active")[0, 0] == 100_000
    assert daily(market, "daily_active")[30, 0] == pytest.approx(8_000, abs=4 * math.sqrt(7_360))


def test_constant_exposure_reaches_one_minus_exp() -> None:
    """O17: 1 - e^(-λt), λ = .02, t = 30, N = 100,000."""
    market = lived(limit_market(100_000, {"a": {"interest_per_day": 0.02}}, days=30))
    expected = 1.0 - math.exp(-0.6)
    assert adopters(market)[29, 0] == pytest.approx(expected, abs=four_se(expected, 100_000))


def test_causes_compete_in_proportion_to_their_hazards() -> None:
    """O18: h = (.01, .03): P = .03921 on a day, shares .25 and .75 of those who notice."""
    platform = {"interest_per_day": 0.01, "press_per_day": 0.03, "press_fade_days": 1e12}
    market = lived(limit_market(400_000, {"a": platform}, days=1))
    noticed = daily(market, "newly_aware")[0, 0]
    assert noticed / 400_000 == pytest.approx(0.03921, abs=four_se(0.03921, 400_000))
    by_interest = daily(market, "installs_interest")[0, 0] / noticed
    assert by_interest == pytest.approx(0.25, abs=four_se(0.25, noticed))
    assert (
        daily(market, "installs_interest")[0, 0] + daily(market, "installs_press")[0, 0] == noticed
    )


@pytest.mark.parametrize(
    ("mean", "shape", "quota", "served", "hit"),
    [
        (4.0, math.inf, 6, 3.80457, 0.21487),
        (10.0, 0.5, 6, 3.55725, 0.45357),
        (10.0, 0.5, 30, 8.50514, 0.08840),
        (3.0, 0.3, 6, 1.82124, 0.17380),
    ],
)
def test_the_quota_serves_what_theory_says(
    mean: float, shape: float, quota: int, served: float, hit: float
) -> None:
    """O19: E[min(D, Q)] = Σ P(D > j), j < Q; P(D ≥ Q); D Poisson, or Gamma-Poisson."""
    n = 200_000
    market = limit_market(
        n, {"a": {"free_quota_per_day": quota, **ALL_AT_ONCE}}, days=1,
        mean_clips=mean, rate_shape=shape,
    )  # fmt: skip
    lived(market)
    demand = (
        stats.poisson(mean) if math.isinf(shape) else stats.nbinom(shape, shape / (shape + mean))
    )
    k = np.arange(quota)
    assert demand.sf(k).sum() == pytest.approx(served, abs=1e-5)
    variance = ((2 * k + 1) * demand.sf(k)).sum() - served**2
    clips = daily(market, "clips_free")[0, 0] / n
    assert clips == pytest.approx(served, abs=4 * math.sqrt(variance / n))
    hits = daily(market, "quota_hits")[0, 0] / n
    assert hits == pytest.approx(hit, abs=four_se(hit, n))


def test_without_rivalry_platforms_are_chosen_independently() -> None:
    """O14: U = (1, .5), χ = 0: both .45505, first only .27600, none .10154, log odds ratio 0."""
    n = 200_000
    platforms = {"o": {"utility": 1.0, **ALL_AT_ONCE}, "g": {"utility": 0.5, **ALL_AT_ONCE}}
    market = lived(limit_market(n, platforms, days=1))
    active = market.users.columns["status"] == 3
    g, o = active
    for found, expected in (((o & g).mean(), 0.45505), ((o & ~g).mean(), 0.27600),
                            ((~o & ~g).mean(), 0.10154)):  # fmt: skip
        assert found == pytest.approx(expected, abs=four_se(expected, n))


def test_with_total_rivalry_choice_is_the_multinomial_logit() -> None:
    """O13: V = (1, .5, 0 for neither): .50648, .30720, .18632."""
    n = 200_000
    platforms = {"o": {"utility": 1.0, **ALL_AT_ONCE}, "g": {"utility": 0.5, **ALL_AT_ONCE}}
    market = lived(limit_market(n, platforms, days=1, rival_penalty=500.0))
    g, o = market.users.columns["status"] == 3
    assert not (o & g).any()
    for found, expected in ((o.mean(), 0.50648), (g.mean(), 0.30720),
                            ((~o & ~g).mean(), 0.18632)):  # fmt: skip
        assert found == pytest.approx(expected, abs=four_se(expected, n))


def test_normal_tastes_make_the_mixed_logit() -> None:
    """O13: E Λ(μ + σz), (μ, σ) = (-2, 1.5): .19005."""
    n = 200_000
    platform = {"utility": -2.0, "taste_sd": 1.5, **ALL_AT_ONCE}
    market = lived(limit_market(n, {"a": platform}, days=1))
    assert adopters(market)[0, 0] == pytest.approx(0.19005, abs=four_se(0.19005, n))


def test_a_cascade_reaches_the_giant_component() -> None:
    """O5: Erdős-Rényi ⟨k⟩ = 8, T = .25: size .796812 given an outbreak (u = G1(1 + (u - 1)T)).

    Sixteen seeds in sixteen independent runs on one graph of 20,000; outbreaks are above 10 %.
    """
    n = 20_000
    platform = {
        "p_share_friends": 1.0,
        "friend_strength": -math.log(0.75),
        "p_dropout": 1.0,
        "interest_per_day": 0.0,
    }
    graph = build_graph("erdos_renyi(degree=8)", n, 3)
    market = limit_market(n, alike(16, **platform), graph, days=60, contagion="count")
    seeds = np.random.default_rng(8).choice(n, 16, replace=False)
    for name, row in zip(market.platforms, seeds, strict=True):
        market.users.activate(name, [int(row)])
    lived(market)
    sizes = (market.users.columns["day_installed"] >= 0).mean(axis=1)
    outbreaks = sizes[sizes > 0.1]
    assert len(outbreaks) >= 8  # each seed starts one with probability .797
    assert outbreaks.mean() == pytest.approx(0.796812, abs=0.01)
