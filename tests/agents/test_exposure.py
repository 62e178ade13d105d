"""What a platform says to people on a day, cause by cause and cell by cell, as its formula says."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.cells import Cells
from agents.platforms.exposure import (
    Reach,
    chart_hazard,
    feed_hazard,
    interest_hazard,
    presence,
)
from agents.state import CELL_CAUSES
from sim.counts import Cause
from sim.interventions import Opening
from sim.market_config import MarketConfig, Region, Segment
from sim.platform_config import PlatformConfig
from tests.worlds import small

CELLS = Cells(
    MarketConfig(
        start=dt.date(2025, 1, 1), until=dt.date(2025, 3, 1), n_users=100, n_people=100.0,
        graph="well_mixed",
        regions={"here": Region(share=0.6, os={"ios": 0.5, "android": 0.5}),
                 "there": Region(share=0.4, os={"ios": 0.2, "android": 0.8})},
        segments={"all": Segment(share=1.0)},
        surfaces={"search": {"ios": 0.5, "android": 0.6}, "tube": {"ios": 0.5, "android": 0.9}},
    )
)  # fmt: skip
N = len(CELLS)
TERMS: dict[str, Any] = {
    "press_per_day": 0.04, "press_fade_days": 7.0, "interest_per_day": 0.003,
    "interest_fade_days": 90.0, "opening_pulse_per_day": 0.02, "opening_fade_days": 3.0,
    "feed_strength": 0.1, "feed_saturation_views": 0.5, "marketing_usd_per_day": 2_000.0,
    "reach_per_day": {"tube": 0.01, "search": 0.002}, "friction": 1.5, "chart_per_day": 0.05,
    "chart_half_installs": 300.0,
}  # fmt: skip
#: Launched on day 5; today is day 12. Access: closed, since day 0, today, from tomorrow, since 9.
OPENED = np.resize([-1, 0, 12, 13, 9], N)
NEWS = np.linspace(0.5, 1.5, N)


def reach(terms: dict[str, Any] | None = None, **changed: Any) -> Reach:
    config = PlatformConfig(label="a", launch=dt.date(2025, 1, 6), **{**TERMS, **(terms or {})})
    today = Reach(
        day=12, launch_day=5, opened_on=OPENED, terms=config,
        presence=presence(config, CELLS, OPENED, 12), feed_views=0.3, rel_awareness=NEWS,
        users_of_surface=np.ones(2), chart=200.0,
    )  # fmt: skip
    return replace(today, **changed)


def cause(found: np.ndarray, name: Cause) -> np.ndarray:
    return found[CELL_CAUSES.index(name)]


def test_access_is_open_from_the_day_it_opens() -> None:
    np.testing.assert_array_equal(
        reach().presence.open, np.resize([False, True, True, False, True], N)
    )


def test_each_cause_has_the_hazard_of_its_formula() -> None:
    """Seven days after launch, in the notation of docs/ODD.md; access counts where it must."""
    is_open = (OPENED >= 0) & (OPENED <= 12)
    since = np.where(is_open, 12 - OPENED, 0)
    tube, search = CELLS.uses(1), CELLS.uses(0)
    expected = {
        Cause.PRESS: 0.04 * math.exp(-7 / 7.0) * NEWS,
        Cause.INTEREST: 0.003 * math.exp(-7 / 90.0) * NEWS,
        Cause.OPENING: is_open * 0.02 * np.exp(-since / 3.0) * NEWS,
        Cause.FEED: np.full(N, 0.1 * 0.3 / (1.0 + 0.3 / 0.5)),
        Cause.OWNED: is_open * (0.01 * tube + 0.002 * search),
        Cause.CHART: is_open * 0.05 * 200.0 / (200.0 + 300.0) * NEWS,
    }
    found = reach().hazards()
    for name, hazards in expected.items():
        np.testing.assert_allclose(cause(found, name), hazards, rtol=1e-13, err_msg=name.name)
        assert len(np.unique(hazards)) > 1 or name is Cause.FEED
    # Ads are as loud as their campaign needs: tests/agents/test_paid_media.py.
    assert not cause(found, Cause.PAID).any()
    assert len(expected) == len(CELL_CAUSES) - 1


def test_nothing_is_heard_before_launch_and_everything_on_the_day() -> None:
    assert not reach(day=4).hazards().any()
    first = cause(reach(day=5).hazards(), Cause.PRESS)
    np.testing.assert_allclose(first, 0.04 * NEWS, rtol=1e-13)


def test_a_service_that_is_down_is_not_heard_of() -> None:
    assert not reach({"running": False}).hazards().any()


def test_owned_reach_needs_a_surface_that_is_switched_on() -> None:
    only = reach({"reach_per_day": {"tube": 0.01}}).hazards()
    assert (cause(only, Cause.OWNED) > 0).sum() == (reach().presence.open & CELLS.uses(1)).sum()
    assert not cause(reach({"reach_per_day": {}}).hazards(), Cause.OWNED).any()
    assert not cause(reach({"reach_per_day": {"tube": 0.0}}).hazards(), Cause.OWNED).any()


def test_a_surface_carries_a_platform_only_where_it_does() -> None:
    """By region, and by as many people as use the surface that day."""
    here = {"reach_regions": {"tube": ["here"]}}
    some = cause(reach(here, users_of_surface=np.array([0.5, 0.25])).hazards(), Cause.OWNED)
    in_here = CELLS.mask(("here",), ("ios", "android"))
    tube, search = CELLS.uses(1) & in_here, CELLS.uses(0)
    expected = reach().presence.open * (0.01 * 0.25 * tube + 0.002 * 0.5 * search)
    np.testing.assert_allclose(some, expected, rtol=1e-13)


def test_installing_is_no_effort_on_a_surface_that_one_has() -> None:
    np.testing.assert_array_equal(
        reach({"reach_per_day": {"tube": 0.01, "search": 0.0}}).presence.friction,
        np.where(CELLS.uses(1), 0.0, 1.5),
    )
    either = CELLS.uses(0) | CELLS.uses(1)
    np.testing.assert_array_equal(reach().presence.friction, np.where(either, 0.0, 1.5))
    np.testing.assert_array_equal(reach({"reach_per_day": {}}).presence.friction, np.full(N, 1.5))


def test_the_feed_saturates_and_is_linear_without_an_end() -> None:
    terms = reach().terms
    for views in (0.0, 0.5, 2.0):
        assert feed_hazard(terms, views) == pytest.approx(0.1 * views / (1 + views / 0.5))
    endless = terms.changed("test", feed_saturation_views=math.inf)
    assert feed_hazard(endless, 7.0) == pytest.approx(0.7)


def test_a_name_that_is_known_is_never_quite_forgotten() -> None:
    """max(c·e^{-n/τ_c}, c0): from the day on which both meet it is c0, here day 90·log 3."""
    terms = reach({"interest_floor_per_day": 0.001}).terms
    for age in (0, 50, 98, 99, 500):
        fading = 0.003 * math.exp(-age / 90.0)
        assert interest_hazard(terms, age) == pytest.approx(max(fading, 0.001), rel=1e-15)
        assert (fading > 0.001) == (age < 98.9)
    assert interest_hazard(reach({"interest_floor_per_day": 0.01}).terms, 0) == 0.01
    found = reach({"interest_floor_per_day": 0.0029}).hazards()
    np.testing.assert_allclose(cause(found, Cause.INTEREST), 0.0029 * NEWS, rtol=1e-15)


def test_the_chart_saturates_and_shows_nothing_of_nothing() -> None:
    """κ·C/(C + C0): half of κ at C0, below κ at any C; off where κ is 0."""
    terms = reach().terms
    assert chart_hazard(terms, 0.0) == 0.0
    assert chart_hazard(terms, 300.0) == 0.025
    for installs in (1.0, 30.0, 1e4, 1e12):
        expected = 0.05 / (1.0 + 300.0 / installs)
        assert chart_hazard(terms, installs) == pytest.approx(expected, rel=1e-14)
        assert chart_hazard(terms, installs) < 0.05
    assert not cause(reach({"chart_per_day": 0.0}).hazards(), Cause.CHART).any()
    assert not cause(reach(chart=0.0).hazards(), Cause.CHART).any()


def test_a_day_of_news_makes_everything_louder_but_what_people_share() -> None:
    """The calendar multiplies press, interest, openings, own surfaces and the chart."""
    plain, loud = reach().hazards(), reach(rel_exposure=1.7).hazards()
    for name in (Cause.PRESS, Cause.INTEREST, Cause.OPENING, Cause.OWNED, Cause.CHART):
        assert cause(plain, name).any()
        np.testing.assert_allclose(cause(loud, name), 1.7 * cause(plain, name), rtol=1e-14)
    np.testing.assert_array_equal(cause(loud, Cause.FEED), cause(plain, Cause.FEED))
    silent = reach(rel_exposure=0.0).hazards()
    assert silent.sum() == cause(silent, Cause.FEED).sum() > 0.0


def test_presence_follows_terms_and_access_at_once() -> None:
    """What is kept from day to day is worked out anew when either changes."""
    market = small(300)
    platform = market.platforms["sora"]
    unaware = market.users.books.unaware_by_cell[0]
    regions = tuple(market.config.regions)

    def found() -> list[np.ndarray]:
        kept = platform.reach(unaware).presence
        anew = presence(platform.terms, platform.cells, platform.opened_on, market.day)
        for mine, fresh in zip(kept, anew, strict=True):
            np.testing.assert_array_equal(mine, fresh)
        return list(kept)

    before = found()
    assert not before[0].any()
    platform.open_access("test", Opening(regions=regions, os=("ios",)))
    opened = found()
    assert opened[0].any()
    platform.change("test", {"friction": platform.terms.friction + 1.0})
    assert (found()[2] == opened[2] + 1.0).any()
