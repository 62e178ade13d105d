"""One day shared out: visits and clips of several platforms, user by user, by their formula."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from agents.day import attention, creating, rules
from agents.day.world import World
from agents.state import Flag
from sim.counts import Status
from sim.rng import Stream
from tests.agents.mornings import NAMES, N, calm, column, morning, on_the_border, rows, u

P = range(len(NAMES))
UTILITY = (0.3, -0.4, 1.0)


@pytest.fixture
def w() -> World:
    """A calm morning of people who have some platforms, came to some, and like each a bit."""
    world, rng = calm(morning()), np.random.default_rng(1)
    column(world, "status")[:] = np.where(rng.random((3, N)) < 0.6, Status.ACTIVE, Status.LOST)
    column(world, "marks")[:] = np.where(rng.random((3, N)) < 0.6, Flag.VISITS, 0)
    column(world, "taste")[:] = rng.normal(0.0, 1.0, (3, N))
    column(world, "day_activated")[:], column(world, "day_returned")[:] = world.day - 3, -1
    world.terms["utility"][:] = UTILITY
    return world


def share(w: World, row: int, p: int, rivals: Iterable[int]) -> float:
    """Return φ = e^{δ_p + θ_p} over the same of p and its rivals."""
    liking = np.array(UTILITY) + column(w, "taste")[:, row].astype(float)
    weight = np.exp(liking - liking.max())
    return float(weight[p] / weight[sorted({p, *rivals})].sum())


def has(w: World, row: int) -> list[int]:
    return [q for q in P if column(w, "status")[q, row] == Status.ACTIVE]


def came(w: World, row: int) -> list[int]:
    return [q for q in P if column(w, "marks")[q, row] & Flag.VISITS]


@pytest.mark.parametrize("s", [0.0, 0.4, 1.0])
def test_a_visit_has_the_chance_that_other_apps_leave_of_it(w: World, s: float) -> None:
    """a0·(1 - s(1 - φ)), φ among the platforms that the user has and that run."""
    w.market[0].visit_substitution = s
    w.terms["visit_rate"][:] = (0.9, 0.6, 1.0)
    w.terms["running"][1] = False
    found, expected, between = [], [], 0
    for row in rows():
        for p in P:
            phi = share(w, row, p, set(has(w, row)) - {1})
            chance = float(w.terms[p].visit_rate) * (1.0 - s * (1.0 - phi))
            between += chance < u(w, Stream.VISIT, row, p) < w.terms[p].visit_rate
            found.append(bool(rules.visits(w, row, p)))
            expected.append(u(w, Stream.VISIT, row, p) < chance)
    assert found == expected
    assert (between > 30) == (s > 0.0), "nobody for whom another app makes a difference"


def test_all_visits_of_a_fixed_number_are_those_of_one_platform(w: World) -> None:
    """s = 1: what the platforms of a user leave each other sums to 1."""
    w.market[0].visit_substitution = w.market[0].clip_substitution = 1.0
    several = 0
    for row in rows():
        for mine, left in ((has(w, row), attention.left_of_visits),
                           (came(w, row), attention.left_of_clips)):  # fmt: skip
            several += len(mine) > 1
            if mine:
                assert sum(left(w, row, p) for p in mine) == pytest.approx(1.0, rel=1e-14)
    assert several > N / 2


def test_without_substitution_nobody_is_asked_what_else_he_uses(w: World) -> None:
    """To the bit: 1."""
    assert {attention.left_of_visits(w, row, p) for row in rows() for p in P} == {1.0}
    assert {attention.left_of_clips(w, row, p) for row in rows() for p in P} == {1.0}


@pytest.mark.parametrize("s", [0.5, 1.0])
def test_clips_wanted_are_taken_away_by_platforms_of_the_same_day(w: World, s: float) -> None:
    """Poisson(λ·(1 - s(1 - φ))), φ among the platforms to which the user came today.

    Whoever has an app, and did not come, is not held up by it.
    """
    w.market[0].clip_substitution = s
    w.person["rate"][:] = np.random.default_rng(5).gamma(2.0, 4.0, N)
    w.novelty[:], w.kinds["demand"][:] = 1.0, 1.0
    w.terms["value"][:] = (1.0, 0.5, 2.0)
    total, wished = [], []
    for row in rows():
        today = came(w, row)
        for p in today:
            phi = share(w, row, p, today)
            full = float(w.person[row].rate) * float(w.terms[p].value)
            mean = full * (1.0 - s * (1.0 - phi))
            expected = stats.poisson(mean).ppf(u(w, Stream.DEMAND, row, p))
            assert rules.wants_clips(w, row, p) == expected
            total.append(full * attention.left_of_clips(w, row, p))
            wished.append(phi * full)
    if s == 1.0:
        # A fixed number: clips of the platform that is liked most, in its part of the day.
        assert sum(total) == pytest.approx(sum(wished), rel=1e-12)


def test_who_came_to_one_platform_has_his_whole_day_for_it(w: World) -> None:
    w.market[0].clip_substitution = w.market[0].visit_substitution = 1.0
    alone = [(row, came(w, row)[0]) for row in rows() if len(came(w, row)) == 1]
    assert len(alone) > 20
    assert {attention.left_of_clips(w, row, p) for row, p in alone} == {1.0}
    alone = [(row, has(w, row)[0]) for row in rows() if len(has(w, row)) == 1]
    assert {attention.left_of_visits(w, row, p) for row, p in alone} == {1.0}


def test_luck_on_the_border_does_not_come(w: World) -> None:
    """Two platforms liked alike, s = 1/2: three quarters are left, exactly."""
    w.market[0].visit_substitution = 0.5
    column(w, "status")[:] = Status.ACTIVE
    column(w, "taste")[:], w.terms["utility"][:] = 0.0, 0.0
    w.terms["running"][2] = False
    for row, rate in on_the_border(
        lambda row: u(w, Stream.VISIT, row, 0), lambda x: x / 0.75, lambda x: x * 0.75
    ):
        w.terms["visit_rate"][0] = rate
        assert not rules.visits(w, row, 0)
        assert rules.may_visit(w, row, 0)


def test_a_platform_that_is_liked_beyond_measure_takes_all_or_nothing(w: World) -> None:
    """Differences of e^{±800} neither overflow nor leave anything over."""
    w.market[0].visit_substitution = 1.0
    column(w, "status")[:] = Status.ACTIVE
    column(w, "taste")[:], w.terms["utility"][:] = 0.0, (800.0, 0.0, -800.0)
    left = [attention.left_of_visits(w, 5, p) for p in P]
    assert left == pytest.approx([1.0, 0.0, 0.0], abs=1e-300)


def turned(w: World, order: npt.NDArray[np.int64]) -> World:
    """Return the morning with platforms standing in other places, luck and terms with them."""
    terms = w.terms[order].copy()
    terms["turn"] = np.argsort(terms["key"])
    return w._replace(terms=terms, member=w.member[:, order].copy().view(np.recarray))


def test_the_part_of_a_day_is_the_same_to_the_bit_wherever_a_platform_stands(w: World) -> None:
    """Three terms have as many sums as orders; the order is that of keys, which names carry."""
    column(w, "status")[:] = Status.ACTIVE
    w.market[0].visit_substitution = 1.0
    liking = np.array(UTILITY)[:, None] + column(w, "taste").astype(float)
    differ = 0
    for order in ([2, 0, 1], [1, 0, 2]):
        other = turned(w, np.array(order))
        for row in rows():
            for place, p in enumerate(order):
                mine = attention.left_of_visits(w, row, p)
                assert attention.left_of_visits(other, row, place) == mine
                first, second = (math.exp(liking[q, row] - liking[p, row]) for q in P if q != p)
                differ += (1.0 + first) + second != (1.0 + second) + first
    assert differ > 100, "no sum here hangs on its order"


@pytest.mark.parametrize("s", [0.0, 0.3, 1.0])
def test_views_are_shared_out_as_clips_are(w: World, s: float) -> None:
    """Views = room·fresh·(1 - s(1 - φ)), rounded up as often as the rest says, by luck."""
    w.market[0].clip_substitution = s
    w.terms["views_per_visit"][:], w.terms["fresh"][:] = (12.5, 3.0, 0.7), (1.0, 0.37, 0.5)
    found, expected = [], []
    for row in rows():
        for p in came(w, row):
            phi = share(w, row, p, came(w, row))
            mean = (12.5, 3.0, 0.7)[p] * (1.0, 0.37, 0.5)[p] * (1.0 - s * (1.0 - phi))
            found.append(int(creating.watches(w, row, p)))
            expected.append(math.floor(mean) + (u(w, Stream.WATCH, row, p) >= 1.0 - mean % 1.0))
    assert found == expected
    assert len(set(expected)) > 3
