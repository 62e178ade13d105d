"""A cost holds on the day on which it was seen: dearer before, cheaper after, in time and money."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from agents.platforms.unit_cost import unit_cost
from scenarios import baseline
from scenarios.cheaper_clips import variants
from sim.errors import ConfigError
from sim.interventions import Event
from sim.market import Market
from sim.platform_config import PlatformConfig
from sim.results import Results
from sim.scenario import Scenario
from tests.worlds import (
    ALL_AT_ONCE,
    CHECKED,
    START,
    daily,
    date,
    limit_market,
    lived,
    small,
    small_scenario,
)

SEEN = dt.date(2025, 11, 10)
LAUNCH = dt.date(2025, 9, 30)
#: 40 GPU-minutes at $1.95 an hour, five times cheaper a year.
SORA: dict[str, Any] = {
    "gpu_minutes_per_clip": 40.0, "usd_per_gpu_hour": 1.95, "learning": "moore",
    "moore_factor_per_year": 5.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def history() -> Results:
    """Return the baseline, small, to a year after the cost was seen."""
    until = str(SEEN + dt.timedelta(days=365))
    return small(600, until=until, start="2025-09-25", report_from=None).run()


def cost_of(results: Results, day: dt.date, name: str = "unit_cost_usd") -> float:
    return float(results.at(day, name, "sora"))


def test_a_clip_costs_what_was_seen_on_the_day_it_was_seen(history: Results) -> None:
    """SOR072 to SOR074: exactly 40 minutes x $1.95 = $1.30 on 2025-11-10 (SOR080: 5 times a year).

    Before, so many days at a fifth a year: 1.30·5^(41/365) at launch; after a year, .26.
    """
    assert cost_of(history, SEEN) == 1.30
    assert cost_of(history, SEEN, "unit_gpu_minutes") == 40.0
    assert cost_of(history, SEEN, "gpu_hour_usd") == 1.95
    assert cost_of(history, LAUNCH) == pytest.approx(1.30 * 5 ** (41 / 365), rel=1e-12)
    assert cost_of(history, SEEN + dt.timedelta(365)) == pytest.approx(0.26, rel=1e-12)


def test_gpu_hours_times_their_price_are_compute_on_every_day(history: Results) -> None:
    """Compute is rounded to cents once a day, half a cent at most; the fall is in both factors.

    At a share of .8 (A80) a year takes 5^.8 of the minutes and 5^.2 of the price.
    """
    hours, price = history.array("gpu_hours"), history.array("gpu_hour_usd")
    compute = history.array("compute_usd")
    np.testing.assert_allclose(hours * price, compute, atol=0.005, rtol=1e-12)
    assert compute.sum() > 1e6
    minutes = history.array("unit_gpu_minutes")
    np.testing.assert_allclose(hours, history.array("clips") * minutes / 60.0, rtol=1e-12)
    later = SEEN + dt.timedelta(365)
    assert cost_of(history, later, "unit_gpu_minutes") == pytest.approx(40.0 / 5**0.8, rel=1e-12)
    assert cost_of(history, later, "gpu_hour_usd") == pytest.approx(1.95 / 5**0.2, rel=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_who_pays_for_the_fall_does_not_change_what_a_clip_costs(share: float) -> None:
    """All in minutes or all in the price: m0·L^s · p0·L^(1-s) / 60 = c0·L."""
    terms = PlatformConfig(label="a", launch=START, learning_share_minutes=share, **SORA)
    for days in (-41.0, 0.0, 365.0):
        cost, fallen = unit_cost(terms, days, 0.0), 5.0 ** (-days / 365.0)
        assert cost.usd == pytest.approx(1.30 * fallen, rel=1e-12)
        assert cost.gpu_minutes == pytest.approx(40.0 * fallen**share, rel=1e-12)
        assert cost.usd == cost.gpu_minutes * cost.usd_per_gpu_hour / 60.0
    assert (share != 1.0) or cost.usd_per_gpu_hour == 1.95


def test_by_experience_a_clip_is_dearer_until_as_many_are_made_as_when_it_was_seen() -> None:
    """100 people, one clip a day each; X0 = 300, B = 100: ((X + 100)/400)^(log2 .8)."""
    terms = {**SORA, **ALL_AT_ONCE, "learning": "wright", "wright_learning_rate": 0.2,
             "wright_reference_clips": 300.0, "wright_prior_clips": 100.0}  # fmt: skip
    market = lived(limit_market(100, {"a": terms}, days=8))
    made = 100.0 * np.arange(8)
    expected = 1.30 * ((made + 100.0) / 400.0) ** np.log2(0.8)
    np.testing.assert_allclose(daily(market, "unit_cost_usd")[:, 0], expected, rtol=1e-12)
    assert daily(market, "unit_cost_usd")[3, 0] == 1.30


def test_an_event_tells_of_a_cost_seen_anew() -> None:
    """$0.65 seen on day 20 (half the minutes): learning counts from there on, not from launch."""
    seen = Event(id="seen", date=date(20), platform="a",
                 set={"gpu_minutes_per_clip": 20.0, "cost_date": str(date(20))})  # fmt: skip
    market = lived(limit_market(5, {"a": SORA}, days=30, events=[seen]))
    cost, t = daily(market, "unit_cost_usd")[:, 0], np.arange(30)
    np.testing.assert_allclose(cost[:20], 1.30 * 5.0 ** (-t[:20] / 365.0), rtol=1e-12)
    np.testing.assert_allclose(cost[20:], 0.65 * 5.0 ** (-t[:10] / 365.0), rtol=1e-12)
    assert cost[20] == 0.65


def test_without_a_date_the_cost_is_that_of_launch() -> None:
    market = lived(limit_market(5, {"a": {**SORA, "launch": date(3)}}, days=8))
    assert daily(market, "unit_cost_usd")[3, 0] == 1.30


def test_a_cost_beyond_measure_is_refused_in_a_line() -> None:
    """Seen two thousand years later at five times a year: no number of 64 bits holds day 0."""
    market = limit_market(5, {"a": {**SORA, "cost_date": "4025-01-01"}}, days=3)
    with pytest.raises(ConfigError, match="cost over the cost observed = inf: must be finite"):
        market.step()


def test_the_former_name_of_the_date_leads_to_the_new_one() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'cost_date'"):
        PlatformConfig(label="a", launch=START, moore_start=START)


def test_both_platforms_learn_from_the_day_their_cost_was_seen() -> None:
    """A46 and A47 are read off SOR073 and SOR074, so they hold on that day too (A83)."""
    platforms = baseline.scenario().platforms
    assert {terms.cost_date for terms in platforms.values()} == {SEEN}


def test_paths_of_cost_part_where_it_was_seen() -> None:
    """Before that day a faster fall would mean dearer clips, which nobody could choose."""

    def costs(scenario: Scenario) -> Any:
        days = small_scenario(
            300, scenario=scenario, until="2025-11-20", start="2025-09-25", report_from=None
        )
        return Market(days, execution=CHECKED).run()["unit_cost_usd"]["sora"].to_numpy()

    arms = {"as it was": baseline.scenario(), **variants()}
    found = {name: costs(one) for name, one in arms.items()}
    day = (SEEN - LAUNCH).days + 5
    plain = found.pop("as it was")
    for name, cost in found.items():
        np.testing.assert_array_equal(cost[:day], plain[:day], err_msg=name)
        assert cost[-1] != plain[-1], name
    assert found["10 times a year"][-1] == pytest.approx(1.30 * 10 ** (-10 / 365), rel=1e-12)
    assert found["no fall"][-1] == 1.30
