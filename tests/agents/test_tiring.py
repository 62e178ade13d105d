"""How often people come, by the days since they started or returned, user by user."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from agents.day import rules
from agents.day.terms import (
    fading_table,
    felt_of_feeds,
    most_leaving,
    terms_record,
    visiting,
    visiting_table,
)
from agents.day.world import World
from sim.platform_config import PlatformConfig
from sim.rng import Stream
from tests.agents.mornings import NAMES, N, calm, column, morning, rows, u
from tests.worlds import START, date

P = range(len(NAMES))
AGES = np.arange(40)


@pytest.fixture
def w() -> World:
    return calm(morning())


def platform(**terms: Any) -> PlatformConfig:
    return PlatformConfig(label="a", launch=START, **terms)


def left(config: PlatformConfig, day: int) -> Any:
    """Return the part of visits that is left on a day, by age."""
    return visiting(config, fading_table([config], AGES.size - 1)[0], date(day))


def test_age_is_counted_from_the_latest_start(w: World) -> None:
    """a0·v(n), n days after the activation, or after the return that came later."""
    rng = np.random.default_rng(2)
    activated = rng.integers(0, w.day + 1, (3, N))
    returned = np.where(rng.random((3, N)) < 0.5, -1, rng.integers(0, w.day + 1, (3, N)))
    column(w, "day_activated")[:], column(w, "day_returned")[:] = activated, returned
    w.terms["visit_rate"][:] = (0.9, 0.5, 1.0)
    w.visiting[:] = 0.2 + 0.8 * np.exp(-np.arange(w.visiting.shape[1]) / 3.0)
    found, expected, rates = [], [], set()
    for row in rows():
        for p in P:
            age = w.day - max(activated[p, row], returned[p, row])
            rate = (0.9, 0.5, 1.0)[p] * (0.2 + 0.8 * math.exp(-age / 3.0))
            assert rules.visit_rate(w, row, p) == pytest.approx(rate, rel=1e-14)
            rates.add(rate)
            found += [bool(rules.visits(w, row, p)), bool(rules.may_visit(w, row, p))]
            expected += [age == 0 or u(w, Stream.VISIT, row, p) < rate] * 2
    assert found == expected
    assert len(rates) > 25
    column(w, "day_activated")[:] = w.day + 1
    assert rules.visit_rate(w, 3, 1) == 0.5, "nobody is younger than a day of his own"


def test_visits_tire_to_their_floor() -> None:
    """v + (1 - v)·e^{-n/τ}; all of it on the first day, and for ever where the floor is 1."""
    found = left(platform(visit_floor=0.3, visit_fade_days=5.0), 9)
    np.testing.assert_allclose(found, 0.3 + 0.7 * np.exp(-AGES / 5.0), rtol=1e-15)
    assert found[0] == 1.0
    assert (left(platform(visit_floor=1.0, visit_fade_days=5.0), 9) == 1.0).all()


@pytest.mark.parametrize("f", [0.0, 0.4, 1.0])
def test_a_new_feature_makes_everybody_at_most_as_young_as_it_is(f: float) -> None:
    """max(e^{-n/τ}, f·e^{-(t - T)/τ}) from the day T on; before it, and with f = 0, nothing."""
    terms: dict[str, Any] = {"visit_floor": 0.2, "visit_fade_days": 6.0}
    plain = platform(**terms)
    fresh = platform(**terms, freshened_on=date(10), freshening=f)
    np.testing.assert_array_equal(left(fresh, 9), left(plain, 9))
    for day in (10, 11, 17):
        fading = np.maximum(np.exp(-AGES / 6.0), f * math.exp(-(day - 10) / 6.0))
        np.testing.assert_allclose(left(fresh, day), 0.2 + 0.8 * fading, rtol=1e-15)
        young = day - 10 + 1
        np.testing.assert_allclose(left(fresh, day)[:young], left(plain, day)[:young], rtol=1e-15)
        assert (left(fresh, day) > left(plain, day)).any() == (f > 0.0)
    if f == 1.0:
        assert (left(fresh, 10) == 1.0).all()
    table = visiting_table([plain, fresh], fading_table([plain, fresh], 39), date(12))
    np.testing.assert_array_equal(table, [left(plain, 12), left(fresh, 12)])


@pytest.mark.parametrize(("rel", "rates"), [(1.0, [0.4, 0.9]), (0.5, [0.2, 0.45]),
                                            (2.0, [0.8, 1.0]), (0.0, [0.0, 0.0])])  # fmt: skip
def test_a_day_of_visits_multiplies_them_up_to_certainty(rel: float, rates: list[float]) -> None:
    """And a feed is fresh by yesterday's clips, worth what it is worth when fresh."""
    terms = [platform(p_active=0.4, feed_worth=0.5), platform(p_active=0.9, feed_worth=0.25)]
    record = terms_record([7, 5], terms)
    felt_of_feeds(record, [3.0, 0.0], [0.8, 1.0], rel)
    assert record["visit_rate"].tolist() == pytest.approx(rates, rel=1e-15)
    assert record["feed_views"].tolist() == [3.0, 0.0]
    assert record["fresh"].tolist() == [0.8, 1.0]
    assert record["feed_reason"].tolist() == [0.4, 0.25]


def test_the_most_that_can_push_is_what_all_pushes_make_together() -> None:
    """e^ψ, with a limit met e^{ψ + γ_q}; 1 - e^{-ι} on top, where reasons are asked for.

    Friends who are there keep, so that none of them is the most that can be.
    """
    config = platform(dropout_friends=0.7, dropout_friends_left=0.4, dropout_quota_hits=1.1,
                      dropout_views=2.0, dropout_feed=3.0, leave_no_reason_per_day=0.3)  # fmt: skip
    assert most_leaving(config) == pytest.approx((math.exp(0.4), math.exp(1.5), 0.0))
    asking = config.changed("test", needs_reason=True)
    assert most_leaving(asking)[2] == pytest.approx(-math.expm1(-0.3))
    assert most_leaving(platform()) == (1.0, 1.0, 0.0)
    record = terms_record([3], [asking])[0]
    found = record.leave_most, record.leave_most_met, record.leave_idle
    assert found == pytest.approx(most_leaving(asking))


def test_a_part_that_is_not_given_is_all_of_them() -> None:
    """Where visits are not told from creating, every day of use is a day of creating."""
    record = terms_record([3, 4], [platform(), platform(p_create=0.3)])
    assert record["part_creating"].tolist() == [1.0, 0.3]
    assert math.isnan(record["p_create"][0])
