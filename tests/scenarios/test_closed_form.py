"""Laws of the model in closed form: days of use, retention, drop-out fitted to published curves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.platforms.economics import lifetime_value_sbg, survival_sbg
from scenarios import baseline
from scenarios.asking.closed_form import days_of_use, fitted_dropout, retention, terms_on
from tests.worlds import ALL_AT_ONCE, daily, limit_market, lived


def test_days_of_use_are_the_value_of_a_user_who_leaves_a_dollar_each_day() -> None:
    """The day of activation, then a0 of the shifted beta-geometric (Fader and Hardie 2010)."""
    terms = baseline.scenario().platforms["sora"].changed("as often for good", visit_floor=1.0)
    daily = 1.15 ** (1 / 365) - 1
    year = lifetime_value_sbg(1.0, terms.dropout_alpha, terms.dropout_beta, daily, 365)
    assert days_of_use(terms, 0.15) == pytest.approx(1.0 + (year - 1.0) * terms.p_active)
    parts = [days_of_use(terms, 0.15, *ends) for ends in ((0, 30), (30, 365))]
    assert sum(parts) == pytest.approx(days_of_use(terms, 0.15))
    assert parts[0] > 1.0


def test_people_are_active_as_the_law_says_where_nothing_else_acts() -> None:
    """a0·v(n)·S(n), n days after all start on one day; 40,000 people, five standard errors."""
    n = 40_000
    sora = baseline.scenario().platforms["sora"]
    names = ("p_active", "dropout_alpha", "dropout_beta", "visit_floor", "visit_fade_days")
    own = {name: getattr(sora, name) for name in names}
    market = limit_market(n, {"sora": {**own, **ALL_AT_ONCE, "p_dropout": None}}, days=31)
    active = daily(lived(market), "daily_active")[:, 0] / n
    days = (1, 7, 30)
    expected = retention(sora, days)
    assert active[0] == 1.0
    assert (np.abs(active[list(days)] - expected) < 5.0 * np.sqrt(expected / n)).all()
    assert days_of_use(sora, 0.0, 0, 31) == pytest.approx(active[:31].sum(), rel=0.01)


def test_terms_follow_events_up_to_their_day() -> None:
    scenario = baseline.scenario()
    for day, quota in (("2025-11-27", 30), ("2025-11-28", 6)):
        assert terms_on(scenario, "sora", day).free_quota_per_day == quota


def test_dropout_is_recovered_from_its_own_curve() -> None:
    days = (1, 7, 30)
    curve = survival_sbg(0.6, 0.3, np.array(days))
    assert fitted_dropout(days, curve) == pytest.approx((0.6, 0.3), rel=1e-3)


def test_published_panel_is_read_as_part_active() -> None:
    """10, 2 and 1 % (SOR045 to SOR047); the nearest curve lies within a third of each."""
    terms = baseline.scenario().platforms["sora"]
    alpha, beta = fitted_dropout((1, 7, 30), (0.10, 0.02, 0.01))
    fitted = terms.changed(
        "panel", dropout_alpha=alpha, dropout_beta=beta, p_active=1.0, visit_floor=1.0
    )
    curve = retention(fitted, (1, 7, 30))
    assert np.all(np.abs(np.log(curve / np.array([0.10, 0.02, 0.01]))) < math.log(4 / 3))
