"""Who leaves, by the plain formula: with all that pushes at once, and however little is looked at.

Nobody looks at his friends unless it hangs on them, so a wrong bound would show in few people only.
Here everybody stands a hair from his own chance, on either side.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from agents.day import offer, rules, staying
from agents.day.world import World
from agents.state import Flag
from sim.rng import Stream
from tests.agents.mornings import (
    NAMES,
    N,
    calm,
    column,
    derived,
    friends,
    morning,
    nobody,
    rows,
    see,
    u,
)  # fmt: skip

P = range(len(NAMES))
Seen = npt.NDArray[np.bool_]
#: By how much the hazard of who stands beside his luck is moved: a thousand times more than a
#: drop-out in single precision is wrong by.
HAIR = 1e-4


@pytest.fixture
def w() -> World:
    return calm(morning())


def push_of(w: World, row: int, p: int, present: Seen, gone: Seen) -> float:
    """Return what moves the log hazard of leaving, as docs/ODD.md adds it up."""
    terms, mine = w.terms[p], friends(w, row)
    hits = int(column(w, "hits")[p, row]).bit_count()
    push = terms.dropout_quota_hits * hits / 7.0 - terms.dropout_feed * terms.feed_views
    if column(w, "marks")[p, row] & Flag.VISITS:
        push -= terms.dropout_views * terms.fresh
    if mine.size == 0:
        return float(push)
    there = present[p][mine].sum()
    push -= terms.dropout_friends * there / mine.size
    if gone[p][mine].any():
        push += terms.dropout_friends_left * gone[p][mine].sum() / (present | gone)[p][mine].sum()
    rivals = [present[q][mine].sum() for q in P if q != p and present[q, row]]
    push += terms.dropout_rival_friends * math.log((1 + max([there, *rivals])) / (1 + there))
    return float(push)


def on_either_side(w: World, present: Seen, gone: Seen) -> list[tuple[int, int, float]]:
    """Yield (row, p, chance): of his own, with which somebody would leave with his luck exactly."""
    found = []
    for row in rows():
        for p in P:
            terms = w.terms[p]
            idle = terms.leave_no_reason_per_day if terms.needs_reason else 0.0
            rest = (1.0 - u(w, Stream.LEAVE, row, p)) * math.exp(
                idle * (1.0 - offer.reason(w, row, p))
            )
            if rest < 1.0:
                push = push_of(w, row, p, present, gone)
                found.append((row, p, -math.expm1(math.log(rest) * math.exp(-push))))
    return found


def leaves_a_hair_away(w: World, present: Seen, gone: Seen) -> int:
    """Assert that all leave whose chance is a hair above their luck, and none below; count them."""
    asked = 0
    for row, p, chance in on_either_side(w, present, gone):
        for side in (1.0 + HAIR, 1.0 - HAIR):
            own = -math.expm1(math.log1p(-min(chance, 0.999)) * side)
            if 1e-4 < own < 0.99:
                column(w, "dropout")[p, row] = own
                assert bool(rules.leaves(w, row, p)) == (side > 1.0), (row, p, side)
                asked += 1
    return asked


@pytest.mark.parametrize("needs_reason", [False, True])
@pytest.mark.parametrize("present_share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("gone_share", [0.0, 0.3, 1.0])
def test_whatever_pushes_leaving_is_the_plain_formula(
    w: World, present_share: float, gone_share: float, needs_reason: bool
) -> None:
    """1 - (1 - p)^{e^push}·e^{-ι(1 - reason)}, with random weights of all that pushes.

    Nobody or everybody there, nobody or everybody gone: there the push is what its bounds say, and
    a bound that lay nearer would be seen.
    """
    rng = np.random.default_rng(round(100 * present_share + 10 * gone_share + needs_reason))
    present, gone = rng.random((3, N)) < present_share, rng.random((3, N)) < gone_share
    present[:, :40] = [[True], [False], [False]]  # people on one app, of whom few hear of rivals
    w = see(w, present, nobody(), gone)
    w.terms["needs_reason"][:], w.terms["leave_no_reason_per_day"][:] = needs_reason, 0.02
    w.terms["fresh"][:], w.terms["feed_views"][:] = (0.9, 0.2, 0.6), 0.4
    column(w, "credit")[:] = 0
    asked = 0
    for _ in range(3):
        for field in ("dropout_quota_hits", "dropout_feed", "dropout_friends", "dropout_views",
                      "dropout_friends_left", "dropout_rival_friends"):  # fmt: skip
            w.terms[field][:] = rng.choice([0.0, 0.4, 1.0, 2.5], 3)
        column(w, "hits")[:] = rng.choice([0, 1, 0b101_0101, 0b111_1111], (3, N))
        column(w, "marks")[:] = rng.choice([0, Flag.VISITS], (3, N))
        w = derived(w._replace(day=w.day + 1))
        asked += leaves_a_hair_away(w, present, gone)
    assert asked > 1_000


def test_most_people_stay_without_a_look_at_anybody(w: World) -> None:
    """The first bound lets stay whom no push could make leave, and nobody whom one could.

    1 - (1 - c)^k <= k·c holds with equality where c is small: there the bound is as near as it may.
    """
    w.terms["dropout_friends_left"][:], w.terms["dropout_quota_hits"][:] = 1.0, 2.0
    w = derived(w)
    near = 0
    for hits, factor in ((0, math.exp(1.0)), (1, math.exp(3.0))):
        column(w, "hits")[:] = hits
        for row in rows():
            luck = u(w, Stream.LEAVE, row, 0)
            column(w, "dropout")[0, row] = luck / factor * (1.0 + 1e-6)
            assert not staying.stays_anyway(w, row, 0, luck)
            column(w, "dropout")[0, row] = luck / factor * (1.0 - 1e-6)
            near += bool(staying.stays_anyway(w, row, 0, luck))
    assert near > 1.9 * N


def test_a_rival_with_more_friends_draws_by_the_power_of_the_ratio(w: World) -> None:
    """1 - (1 - p)^{((1 + n_q)/(1 + n_p))^ζ}; no push where fewer friends are there, or on no rival.

    Of two rivals that with more friends counts.
    """
    rng, zeta = np.random.default_rng(3), 1.3
    present = rng.random((3, N)) < np.array([[0.3], [0.6], [0.9]])
    w = see(w, present, nobody())
    w.terms["dropout_rival_friends"][:] = zeta
    w, own = derived(w), 0.2
    column(w, "dropout")[:] = own
    found, expected, kinds = [], [], set()
    for row in rows():
        n = present[:, friends(w, row)].sum(axis=1)
        for p in P:
            rivals = [n[q] for q in P if q != p and present[q, row]]
            ratio = max([1.0, *((1.0 + m) / (1.0 + n[p]) for m in rivals)])
            kinds.add(ratio)
            chance = 1.0 - (1.0 - np.float32(own)) ** (ratio**zeta)
            found.append(bool(rules.leaves(w, row, p)))
            expected.append(bool(u(w, Stream.LEAVE, row, p) < chance))
    assert found == expected
    assert len(kinds) > 8


def test_two_rivals_draw_alike_whatever_their_names(w: World) -> None:
    """What pushes on a pushes on b, and the other way round, if people trade places: to the bit."""
    present = np.random.default_rng(4).random((3, N)) < 0.5
    gone = np.random.default_rng(5).random((3, N)) < 0.3
    for field, value in (("dropout_rival_friends", 0.8), ("dropout_friends_left", 0.5),
                         ("dropout_friends", 0.3)):  # fmt: skip
        w.terms[field][:] = value
    here, there = see(w, present, nobody(), gone), [1, 0, 2]
    mirror = see(w, present[there], nobody(), gone[there])
    social = np.flatnonzero(np.diff(w.indptr)).tolist()
    pushes = [staying.friends_push(here, row, p) for row in social for p in (0, 1)]
    mirrored = [staying.friends_push(mirror, row, p) for row in social for p in (1, 0)]
    assert pushes == mirrored
    assert len(set(pushes)) > 20


def test_friends_who_left_push_by_their_part_of_those_who_came(w: World) -> None:
    """1 - (1 - p)^{e^{ψ·left/came}}; who left last night came, and is counted once."""
    rng, psi, own = np.random.default_rng(6), 1.7, 0.15
    present, gone = rng.random((3, N)) < 0.5, rng.random((3, N)) < 0.4
    assert (present & gone).any()
    w = see(w, present, nobody(), gone)
    w.terms["dropout_friends_left"][:] = psi
    w = derived(w)
    column(w, "dropout")[:] = own
    found, expected, parts = [], [], set()
    for row in rows():
        for p in P:
            mine = friends(w, row)
            came, left = (present | gone)[p][mine].sum(), gone[p][mine].sum()
            parts.add(left / max(came, 1))
            chance = 1.0 - (1.0 - np.float32(own)) ** math.exp(psi * left / max(came, 1))
            found.append(bool(rules.leaves(w, row, p)))
            expected.append(bool(u(w, Stream.LEAVE, row, p) < chance))
    assert found == expected
    assert {0.0, 0.5, 1.0} <= parts


@pytest.mark.parametrize("fresh", [0.0, 0.4, 1.0])
def test_a_day_with_much_to_watch_keeps_who_came(w: World, fresh: float) -> None:
    """1 - (1 - p)^{e^{-γ_v·fresh}} for who came today; who stayed away watched nothing."""
    gamma, own = 1.2, 0.3
    w.terms["dropout_views"][:], w.terms["fresh"][:] = gamma, fresh
    column(w, "dropout")[:] = own
    column(w, "marks")[:] = np.where(np.arange(N) % 2, Flag.VISITS, 0)
    w.market[0].clip_substitution = 0.0
    found = [bool(rules.leaves(w, row, p)) for row in rows() for p in P]
    expected = [
        bool(u(w, Stream.LEAVE, row, p)
             < 1.0 - (1.0 - np.float32(own)) ** math.exp(-gamma * fresh * (row % 2)))
        for row in rows() for p in P
    ]  # fmt: skip
    assert found == expected


@pytest.mark.parametrize("push", [0.0, -0.7, 0.7])
def test_a_probability_is_bent_by_its_hazard(push: float) -> None:
    """1 - (1 - p)^{e^push}: certain stays certain, nothing stays nothing, and 0 bends nothing."""
    for chance in (0.0, 1e-9, 0.2, 0.999):
        bent = staying.bent(chance, push)
        assert bent == pytest.approx(1.0 - (1.0 - chance) ** math.exp(push), rel=1e-6, abs=1e-15)
        assert (bent == chance) == (push == 0.0 or chance == 0.0)
    assert staying.bent(1.0, push) == 1.0
