"""The contest in the mean: apps that share a day, visits that tire, charts, and calendars.

Each force alone, in a market in which all else is certain, against its closed form.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from agents.day.terms import visiting
from agents.state import CELL_CAUSES
from sim.counts import Cause
from sim.interventions import Event
from sim.market import Market
from sim.platform_config import PlatformConfig
from tests.verification import Verified, four_se
from tests.worlds import ALL_AT_ONCE, START, daily, date, limit_market, lived

Days = npt.NDArray[np.float64]
#: Two apps of different worth that everybody installs on the first day: φ = Λ(±1).
LIKED = {"a": {**ALL_AT_ONCE, "utility": 51.0}, "b": {**ALL_AT_ONCE, "utility": 50.0}}
PHI = np.array([1.0, math.exp(-1.0)]) / (1.0 + math.exp(-1.0))


# One day, two apps


@pytest.mark.parametrize("s", [0.0, 0.5, 1.0])
def test_two_apps_share_out_the_visits_of_one_day(s: float, verified: Verified) -> None:
    """O35: a0·(1 - s(1 - φ)) of the users of both come; s = 1: in sum as many as to one alone.

    9 days of 10,000 people: draws are independent, by person, day and platform.
    """
    n, days, a0 = 10_000, 9, 0.6
    platforms = {name: {**terms, "p_active": a0} for name, terms in LIKED.items()}
    people = {"mean_clips": 0.0, "visit_substitution": s}
    market = lived(limit_market(n, platforms, days=days + 1, **people))
    assert daily(market, "active").min() == n
    came = daily(market, "daily_active")[1:].mean(axis=0) / n
    chance = a0 * (1.0 - s * (1.0 - PHI))
    limits = [four_se(p, n * days) for p in chance]
    verified("O35", f"part of users who come to either app, s = {s:g}", came, chance, limits)
    if s == 1.0:
        limit = 4.0 * math.sqrt(float((chance * (1.0 - chance)).sum()) / (n * days))
        verified("O35", "visits to both, s = 1, for one user", came.sum(), a0, limit)


@pytest.mark.parametrize("s", [0.4, 1.0])
def test_two_apps_share_out_the_clips_of_one_day(s: float, verified: Verified) -> None:
    """O35: λ·(1 - s(1 - φ)) clips of who came to both; s = 1: in sum λ. Poisson, λ = 50."""
    n = 10_000
    platforms = {name: {**terms, "free_quota_per_day": 10_000} for name, terms in LIKED.items()}
    market = lived(limit_market(n, platforms, days=3, clip_substitution=s))
    made = daily(market, "clips_free").mean(axis=0) / n
    mean = 50.0 * (1.0 - s * (1.0 - PHI))
    # Rates are all but one number: they differ by a thousandth, which adds .05² to the variance.
    limits = 4.0 * np.sqrt(mean / (3 * n) + 0.05**2 / n)
    verified("O35", f"clips a user-day on either app, s = {s:g}", made, mean, limits)
    if s == 1.0:
        limit = 4.0 * math.sqrt(50.0 / (3 * n) + 0.05**2 / n)
        verified("O35", "clips of a day on both, s = 1", made.sum(), 50.0, limit)


def test_views_share_out_what_a_day_has_room_for(verified: Verified) -> None:
    """O37: room·fresh·(1 - s(1 - φ)) views, rounded by luck and without bias; none on day 0.

    Everybody makes a clip, so the feed is fresh from day 1 on. One uniform a user-day.
    """
    n, room, s = 10_000, 7.3, 0.8
    platforms = {name: {**terms, "views_per_visit": room} for name, terms in LIKED.items()}
    market = lived(limit_market(n, platforms, days=5, clip_substitution=s))
    assert daily(market, "views")[0].tolist() == [0, 0]
    mean = room * (1.0 - s * (1.0 - PHI))
    rest = mean % 1.0
    limits = 4.0 * np.sqrt(rest * (1.0 - rest) / (4 * n))
    found = daily(market, "views")[1:].mean(axis=0) / n
    verified("O37", "views a user-day on either app", found, mean, limits)


# Who creates


@pytest.mark.parametrize("kept", [0.0, 0.6, 1.0])
def test_a_part_of_visits_creates_however_much_it_is_the_same_people(
    kept: float, verified: Verified
) -> None:
    """O37: c of visits at every ϱ; a person's own part is (1 - ϱ)c, or ϱ more for c of the people.

    20 days of 5,000 people, the first left out. The mean over a person's days varies by
    ϱ²c(1 - c) and the luck of days; two kinds of people differ by ϱ. Of a variance σ² the error
    is at most that of a normal law, σ²·sqrt(2/n): two kinds have thinner tails.
    """
    n, days, c = 5_000, 20, 0.3
    terms = {**ALL_AT_ONCE, "p_create": c, "p_create_first": 1.0, "creator_persistence": kept}
    market = lived(limit_market(n, {"a": terms}, days=days + 1), 1)
    assert daily(market, "creators")[0, 0] == n, "the first day has a chance of its own"
    created = np.zeros(n)
    for _ in range(days):
        lived(market, 1)
        created += market.users.columns["clips_today"][0] > 0
    parts = created / days
    low, high = (1.0 - kept) * c, (1.0 - kept) * c + kept
    luck = c * high * (1.0 - high) + (1.0 - c) * low * (1.0 - low)
    limit = 4.0 * math.sqrt((kept**2 * c * (1.0 - c) + luck / days) / n)
    verified("O37", f"part of visits that create, ϱ = {kept:g}", parts.mean(), c, limit)
    # Far enough apart, people fall into two kinds; half way between them lies the border.
    if kept == 1.0:
        assert set(parts.tolist()) == {0.0, 1.0}
    if kept > 0.0:
        creators = parts > (low + high) / 2.0
        verified("O37", f"creators among people, ϱ = {kept:g}", creators.mean(), c, four_se(c, n))
    expected = kept**2 * c * (1.0 - c) + luck / days
    limit = 4.0 * math.sqrt(2.0 / n) * expected
    verified("O37", f"variance of parts, ϱ = {kept:g}", parts.var(), expected, limit)


# Tiring


def test_visits_of_a_cohort_tire_to_their_floor(verified: Verified) -> None:
    """O38: a0·(v + (1 - v)e^{-n/τ}) of a cohort, n days after its start; N = 30,000."""
    n, a0, v, tau = 30_000, 0.8, 0.25, 4.0
    terms = {**ALL_AT_ONCE, "p_active": a0, "visit_floor": v, "visit_fade_days": tau}
    market = lived(limit_market(n, {"a": terms}, days=25, mean_clips=0.0))
    came = daily(market, "daily_active")[:, 0] / n
    assert came[0] == 1.0
    ages = np.arange(1, 25)
    chance = a0 * (v + (1.0 - v) * np.exp(-ages / tau))
    limits = [four_se(p, n) for p in chance]
    verified("O38", "part of a cohort that comes, by age", came[1:], chance, limits)


def test_who_returns_comes_as_often_as_who_starts(verified: Verified) -> None:
    """O38: age is counted from the latest return; 6,000 leave and return by hand on day 10."""
    n, a0, v, tau = 6_000, 0.9, 0.2, 3.0
    terms = {**ALL_AT_ONCE, "p_active": a0, "visit_floor": v, "visit_fade_days": tau}
    market = lived(limit_market(2 * n, {"a": terms}, days=18, mean_clips=0.0), 10)
    for row in range(n):
        market.users.set_status(0, row, 4)
        market.users.set_status(0, row, 3)
    lived(market, 1)
    came: list[list[float]] = []
    for _ in range(7):
        lived(market, 1)
        today = market.users.columns["day_active"][0] == market.day - 1
        came.append([today[:n].mean(), today[n:].mean()])
    ages = np.arange(1, 8)[:, None] + np.array([0, 10])
    chance = a0 * (v + (1.0 - v) * np.exp(-ages / tau))
    limits = [four_se(p, n) for p in chance.ravel()]
    verified("O38", "those who returned, and the others", np.ravel(came), chance.ravel(), limits)


def test_a_new_feature_freshens_all_who_were_there(verified: Verified) -> None:
    """O38: on its day fading is f again, and wears off; who starts after it is as fresh anyway.

    max(e^{-n/τ}, f·e^{-(t - T)/τ}), announced by an event on the day T = 12; N = 30,000.
    """
    n, a0, v, tau, f, day = 30_000, 0.8, 0.1, 5.0, 0.7, 12
    news = Event(
        id="news", date=date(day), platform="a", set={"freshened_on": date(day), "freshening": f}
    )
    terms = {**ALL_AT_ONCE, "p_active": a0, "visit_floor": v, "visit_fade_days": tau}
    market = lived(limit_market(n, {"a": terms}, days=22, events=[news], mean_clips=0.0))
    t = np.arange(1, 22)
    fading = np.exp(-t / tau)
    fading = np.where(t >= day, np.maximum(fading, f * np.exp((day - t) / tau)), fading)
    chance = a0 * (v + (1.0 - v) * fading)
    came = daily(market, "daily_active")[1:, 0] / n
    assert came[day - 1] > came[day - 2]
    limits = [four_se(p, n) for p in chance]
    verified("O38", "part that comes around a new feature", came, chance, limits)
    config = PlatformConfig(
        label="a", launch=START, visit_floor=v, visit_fade_days=tau, freshened_on=date(day),
        freshening=f,
    )  # fmt: skip
    young = visiting(config, np.exp(-np.arange(4) / tau), date(day + 3))
    np.testing.assert_allclose(young, v + (1.0 - v) * np.exp(-np.arange(4) / tau), rtol=1e-15)


# The chart


def charts(market: Market) -> float:
    platform: Any = market.platforms["a"]
    return float(platform.chart)


def test_the_chart_averages_installs_day_by_day(tmp_path: Path, verified: Verified) -> None:
    """O39: C' = C + (installs·w - C)/τ, told in people; hazard κ·C/(C + C0) of last night's C.

    A written-out history of installs by hand; a restart and a branch go on with the same C.
    """
    installs, tau, kappa, half = [4, 0, 2, 0, 0, 7, 0], 2.5, 1e-9, 60.0
    terms = {"chart_per_day": kappa, "chart_half_installs": half, "chart_memory_days": tau}
    market = limit_market(20, {"a": terms}, days=8, n_people=200.0)
    chart, found, expected, first = 0.0, [], [], 0
    for today in installs:
        market.users.activate("a", range(first, first + today))
        first += today
        lived(market, 1)
        heard = market.users.world.hazard_by_cause[CELL_CAUSES.index(Cause.CHART), 0]
        np.testing.assert_allclose(heard, kappa * chart / (chart + half), rtol=1e-14)
        chart += (today * 10.0 - chart) / tau
        found.append(charts(market))
        expected.append(chart)
    verified("O39", "chart by its recursion", found, expected, 1e-12)
    loaded, twig = Market.load(market.save(tmp_path / "m.npz")), market.branch()
    assert charts(loaded) == charts(twig) == charts(market) > 0.0
    for one in (loaded, twig):
        lived(one)
        assert charts(one) == pytest.approx(chart * (1.0 - 1.0 / tau), rel=1e-14)


def test_a_chart_full_of_installs_is_a_constant_hazard(verified: Verified) -> None:
    """O39: with C far above C0 the hazard is κ, and who has not heard is e^{-κ} a day.

    It needs installs to begin with, and it is due to the chart what it brings.
    """
    n, kappa = 40_000, 0.2
    terms = {"chart_per_day": kappa, "chart_half_installs": 1e-6, "chart_memory_days": 1.0}
    market = limit_market(n, {"a": terms}, days=9)
    lived(market, 2)
    assert daily(market, "newly_aware").sum() == 0, "a chart without installs shows nothing"
    market.users.activate("a", range(100))
    lived(market)
    unaware = daily(market, "unaware")[:, 0]
    before, after = unaware[2:-1], unaware[3:]
    verified("O39", "part that has still not heard", after / before, math.exp(-kappa),
             [four_se(math.exp(-kappa), m) for m in before])  # fmt: skip
    installs, by_chart = (daily(market, name)[:, 0] for name in ("installs", "installs_chart"))
    by_hand = np.where(np.arange(9) == 2, 100, 0)
    np.testing.assert_array_equal(by_chart, installs - by_hand)


# Calendars


def test_visits_follow_the_week(verified: Verified) -> None:
    """O40: a0·m on a weekday with multiplier m, at most 1; 4 weeks of 10,000 people."""
    n, a0 = 10_000, 0.5
    week = (0.8, 0.9, 1.0, 1.0, 1.2, 2.5, 0.0)
    terms = {**ALL_AT_ONCE, "p_active": a0}
    people = {"mean_clips": 0.0, "visits_by_weekday": week}
    market = lived(limit_market(n, {"a": terms}, days=29, **people))
    came = daily(market, "daily_active")[1:, 0] / n
    weekday = np.array([date(day).weekday() for day in range(1, 29)])
    chance = np.minimum(a0 * np.array(week), 1.0)
    found = [came[weekday == k].mean() for k in range(7)]
    limits = [four_se(p, 4 * n) for p in chance]
    verified("O40", "part that comes, by weekday", found, chance, limits)


def test_news_follows_the_calendar(verified: Verified) -> None:
    """O40: of those who have not heard, 1 - e^{-h·m} hear on a day with multiplier m.

    Given how many have not heard, draws are independent: four standard errors of each day.
    """
    h, week = 0.05, (0.5, 1.0, 1.0, 1.0, 1.5, 3.0, 0.0)
    people = {"exposure_by_weekday": week,
              "exposure_by_date": {"2025-01-08": 1.0, "2025-01-10": 4.0}}  # fmt: skip
    market = lived(limit_market(60_000, {"a": {"interest_per_day": h}}, days=14, **people))
    new = daily(market, "newly_aware")[:, 0]
    unaware = np.concatenate([[60_000], daily(market, "unaware")[:-1, 0]])
    m = np.array([week[date(day).weekday()] for day in range(14)])
    m[8:10] *= [2.5, 4.0]
    chance = -np.expm1(-h * m)
    limits = [four_se(p, k) for p, k in zip(chance, unaware, strict=True)]
    verified("O40", "part that hears of it, by day", new / unaware, chance, limits)
