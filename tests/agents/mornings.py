"""A morning of a small, busy market, for tests that ask single rules row by row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.day.terms import LOG_COMPANY, most_leaving
from agents.day.world import World
from agents.state import OF_THE_DAY, SEEN_BITS, SEEN_PACKED, Sight
from sim.rng import Stream, uniform
from tests.worlds import BUSY_PLATFORM, CROWD, busy_market, lived

N = 240
NAMES = ("a", "b", "c")
SURFACES = {"tube": {"phone": 0.5}}


def morning() -> World:
    """Return what the rules see on day 12 of a market with every mechanism on.

    A copy of its own: arrays may be written to.
    """
    return _fresh(_morning())


def _fresh(world: World) -> World:
    return World(*(part.copy() if isinstance(part, np.ndarray) else part for part in world))


@cache
def _morning() -> World:
    platforms = {
        "a": BUSY_PLATFORM,
        "b": {**BUSY_PLATFORM, "invites_required": False, "friction": 0.4,
              "reach_per_day": {"tube": 0.1}, "press_per_day": 0.2, "opening_pulse_per_day": 0.3},
        "c": {**BUSY_PLATFORM, **CROWD, "invites_required": False, "rel_awareness_closed": 0.5,
              "p_dropout": 0.3, "dropout_alpha": 1.0},
    }  # fmt: skip
    graph = "erdos_renyi(degree=3)"
    m = lived(busy_market(N, graph, platforms=platforms, seed=8, surfaces=SURFACES), 12)
    m.users.listen()
    return m.users.world


#: Terms by which friends, rivals, limits and views bear on people, where they do not.
_FORCES: dict[str, float] = {
    "friend_utility_form": LOG_COMPANY, "pull_per_share": 0.0, "dropout_quota_hits": 0.0,
    "dropout_feed": 0.0, "dropout_friends": 0.0, "dropout_friends_left": 0.0,
    "dropout_rival_friends": 0.0, "dropout_views": 0.0, "p_create": math.nan,
    "views_per_visit": 0.0,
}  # fmt: skip


def calm(w: World) -> World:
    """Return the morning without the forces of the contest, for a rule asked by itself."""
    for field, value in _FORCES.items():
        w.terms[field][:] = value
    w.market[0].visit_substitution = w.market[0].clip_substitution = 0.0
    w.visiting[:] = 1.0
    column(w, "marks")[:] &= 0xFF - OF_THE_DAY
    return derived(w)


def derived(w: World) -> World:
    """Return the morning, what follows from its terms worked out anew."""
    for terms in w.terms:
        terms.leave_most, terms.leave_most_met, terms.leave_idle = most_leaving(terms)
        terms.visit_rate = terms.p_active
    return w


def column(w: World, name: str) -> npt.NDArray[Any]:
    """Return (P, n) of what is known of users on platforms, to be read and written."""
    array = getattr(w, name) if name in ("parent", "day_subscribed") else w.member[name]
    found: npt.NDArray[Any] = array if array.shape == (len(NAMES), N) else array.T
    assert found.shape == (len(NAMES), N)
    return found


def see(
    w: World,
    present: npt.NDArray[np.bool_],
    paying: npt.NDArray[np.bool_],
    gone: npt.NDArray[np.bool_] | None = None,
) -> World:
    """Return the morning on which this was to be seen: (platforms, N) each, any number of them."""
    sights = np.zeros((-(-len(present) // SEEN_PACKED), N), np.uint8)
    gone = np.zeros_like(present) if gone is None else gone
    for q, (there, pays, left) in enumerate(zip(present, paying, gone, strict=True)):
        bits = Sight.PRESENT * there + Sight.PAYING * pays + Sight.LEFT * left
        # As if everybody had a friend who paid once: the rules then look for themselves.
        bits = bits | Sight.FRIEND_PAYS
        sights[q // SEEN_PACKED] |= (bits << (SEEN_BITS * (q % SEEN_PACKED))).astype(np.uint8)
    return w._replace(sights=sights)


def nobody() -> npt.NDArray[np.bool_]:
    """Return that nobody is seen on any platform."""
    return np.zeros((len(NAMES), N), bool)


def u(w: World, stream: Stream, row: int, p: int) -> float:
    """Return the luck of a decision, from the generator itself."""
    key = int(w.terms[p].key)
    return float(uniform(w.seed, np.uint64(stream), w.day, np.uint64(row), key))


def expit(x: float) -> float:
    """Return the logistic function, as the textbook writes it."""
    return 1.0 / (1.0 + math.exp(-x))


def friends(w: World, row: int) -> npt.NDArray[np.int32]:
    """Return a user's friends."""
    return w.indices[w.indptr[row] : w.indptr[row + 1]]


def rows() -> Iterable[int]:
    """Return all rows."""
    return range(N)


def on_the_border(
    luck: Callable[[int], float], parameter: Callable[[float], float],
    chance: Callable[[float], float],
) -> Iterable[tuple[int, float]]:  # fmt: skip
    """Yield (row, parameter) for which a chance equals the row's luck to the last bit.

    A uniform u stands for the interval from u - 2^-33 to u + 2^-33, and P(u < p) = p on the grid
    only if u = p says no; so that is what a rule must say.
    """
    found = 0
    for row in rows():
        x = parameter(luck(row))
        if chance(x) == luck(row):
            found += 1
            yield row, x
    assert found >= 20, "too few rows lie on the border to tell anything"
