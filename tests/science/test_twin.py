"""The mean-field twin against closed forms, and against a market of people who have no friends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from agents.meanfield.twin import Twin
from agents.platforms.economics import survival_sbg
from scenarios import baseline
from scenarios.inputs.sizing import sized
from sim.execution import Execution
from sim.market import Market
from sim.results import Results
from tests.science.test_diffusion import BASS, EXPECTED, P, Q, bass
from tests.worlds import ALL_AT_ONCE, alike, limit_scenario

CHECKED = Execution(check=True)
N_USERS = 100_000
UNTIL = "2025-12-31"


def run(platforms: dict[str, dict[str, Any]], days: int, **market: Any) -> Results:
    """Return what the twin of a limit case gives; an agent is a person."""
    scenario = limit_scenario(1_000, platforms, days=days, **market)
    return Twin(scenario, execution=CHECKED).run()


def test_the_crowd_is_the_discrete_bass_recursion() -> None:
    """O1 without chance: F ← F + (1 - e^{-(p+qF)})(1 - F), to the last digits (Bass 1969).

    Every user makes a clip unless he wishes for none, e^{-50}, which is no matter.
    """
    found = run(alike(1, **BASS), 60).array("active")[:, 0] / 1_000
    np.testing.assert_allclose(found, bass(P, Q, 60)[1:], rtol=1e-9)
    np.testing.assert_allclose(found[[9, 29, 59]], EXPECTED, atol=5e-6)


def test_a_cohort_survives_as_the_shifted_beta_geometric() -> None:
    """O11: S(t) = B(α, β + t)/B(α, β) (Fader and Hardie 2007), by quadrature of 256 points."""
    alpha, beta = 0.6, 1.5
    terms = {**ALL_AT_ONCE, "p_dropout": None, "dropout_alpha": alpha, "dropout_beta": beta}
    found = run(alike(1, **terms), 60).array("active")[:, 0] / 1_000
    expected = survival_sbg(alpha, beta, np.arange(1, 61))
    np.testing.assert_allclose(found, expected, rtol=0.005)


def test_a_cohort_of_one_kind_is_geometric() -> None:
    """S(t) = (1 - c)^t, exactly; those who come are a0 of those who are there."""
    found = run(alike(1, **ALL_AT_ONCE, p_dropout=0.1, p_active=0.4), 40)
    left = 1_000 * 0.9 ** np.arange(1, 41)
    # The probability is kept in single precision.
    np.testing.assert_allclose(found.array("active")[:, 0], left, rtol=1e-6)
    came = found.array("daily_active")[1:, 0]
    np.testing.assert_allclose(came, 0.4 * left[:-1], rtol=1e-6)


def test_visits_tire_with_age() -> None:
    """v(n) = v∞ + (1 - v∞)·e^{-n/τ}, in groups of age: within 4 % of one cohort's, day by day."""
    terms = {"p_active": 0.5, "visit_floor": 0.7, "visit_fade_days": 20.0}
    found = run(alike(1, **ALL_AT_ONCE, **terms), 60).array("daily_active")[1:, 0]
    expected = 500 * (0.7 + 0.3 * np.exp(-np.arange(1, 60) / 20.0))
    np.testing.assert_allclose(found, expected, rtol=0.04)


@pytest.mark.parametrize("chi", [0.0, 1.5])
def test_choice_is_logit_and_rivals_in_use_count(chi: float) -> None:
    """O13, O14: Λ(δ), and Λ(δ - χ) of people on a rival; on day one nobody is on one."""
    hazard, delta = 0.3, -0.4
    terms = {"interest_per_day": hazard, "utility": delta, "p_code_used": 1.0}
    found = run(alike(2, **terms), 2, rival_penalty=chi).array("installs")
    part = -math.expm1(-hazard) / (1.0 + math.exp(-delta))
    np.testing.assert_allclose(found[0], 1_000 * part, rtol=1e-9)
    on_rival = -math.expm1(-hazard) / (1.0 + math.exp(chi - delta))
    second = 1_000 * (1.0 - part) * ((1.0 - part) * part + part * on_rival)
    np.testing.assert_allclose(found[1], second, rtol=1e-9)


def test_clips_in_quota_and_refused_are_moments_of_demand() -> None:
    """O19: E[min(D, Q)] and E[(D - Q)+] of a Poisson number, on every day of use."""
    from agents.platforms.economics import Poisson, expected_excess, expected_served

    found = run(alike(1, **ALL_AT_ONCE, free_quota_per_day=3), 5, mean_clips=4.0)
    law = Poisson(4.0)
    np.testing.assert_allclose(found.array("clips")[:, 0], 1_000 * expected_served(law, 3),
                               rtol=1e-6)  # fmt: skip
    refused = found.array("clips_refused")[:, 0]
    np.testing.assert_allclose(refused, 1_000 * expected_excess(law, 3), rtol=1e-6)


def test_invites_let_in_as_many_as_there_are_codes() -> None:
    """O31: nobody starts without a code; the company's own let in so many a day, no more."""
    terms = {**ALL_AT_ONCE, "invites_required": True, "public_codes_per_day": 20.0}
    found = run(alike(1, **terms), 20)
    started = found.array("activations")[:, 0]
    assert started[0] == 0.0
    np.testing.assert_allclose(started[1:], [40.0, *[20.0] * 18], rtol=1e-9)
    assert found.array("waiting")[-1, 0] == pytest.approx(1_000 - started.sum())


@pytest.fixture(scope="module")
def pair() -> tuple[Results, Results]:
    """Return the twin of the baseline without friends, and a market of it."""
    scenario = sized(baseline.scenario(), N_USERS, 1, graph="well_mixed", until=UNTIL)
    return Twin(scenario).run(), Market(scenario).run()


#: Of a month: what quadrature leaves (2 % of installs, 5 % of use, 10 % of clips and packs), and
#: four standard deviations of a market of 100,000: 3,000 install, 500 use it a day, 150 packs sold.
TOLERANCE = {"installs": 0.10, "daily_active": 0.14, "clips": 0.16, "in_app_spend_usd": 0.45}


@pytest.mark.parametrize("metric", TOLERANCE)
@pytest.mark.parametrize("platform", ["google", "sora"])
def test_it_agrees_with_a_market_of_people_without_friends(
    pair: tuple[Results, Results], platform: str, metric: str
) -> None:
    """Month by month, where there is enough to compare: half of the largest month at least."""
    twin, market = (one.table("month", (metric,))[metric].loc[platform] for one in pair)
    months = market.index[market >= 0.5 * market.max()]
    assert len(months) >= 1
    np.testing.assert_allclose(twin[months], market[months], rtol=TOLERANCE[metric])
