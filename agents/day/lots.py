"""Lots: who comes first where there is not enough for all, by key and never by place."""

from __future__ import annotations

import math

import numpy as np

from agents.day.sight import uid_of
from sim.compiled import kernel, rule
from sim.rng import uniform_of, word

_HALF = np.uint64(32)
#: Odd multiplier that spreads uids over the key space, to draw one word for each pair of people.
_SPREAD = 0x9E3779B1


@rule
def pair_word(w, stream, p, friend, row):  # type: ignore[no-untyped-def]
    """Return the word of a pair (friend, user) today: who they are decides, never their places."""
    key = (int(w.terms[p].key) + np.int64(uid_of(w, row)) * _SPREAD) & 0xFFFFFFFF
    return word(w.seed, stream, w.day, uid_of(w, friend), key)


@rule
def race_time(w, stream, p, friend, row, weight):  # type: ignore[no-untyped-def]
    """Return when a friend comes in, of all friends of a user who race for him.

    Exponential with the rate ``weight`` (above 0), so that each is first with a chance in
    proportion to his own, in whatever order they are looked at.
    """
    return -math.log(uniform_of(pair_word(w, stream, p, friend, row))) / weight


@kernel
def draw_lots(w, stream, p, rows, lots):  # type: ignore[no-untyped-def]
    """Fill the lots of some people on platform p; the uid in their lower half makes each another.

    Parameters
    ----------
    stream
        uint64 stream of the decision.
    rows
        (n,) int32 rows of these people.
    lots
        (n,) uint64, written: whoever has the least comes first.
    """
    key = w.terms[p].key
    for k in range(rows.size):
        uid = uid_of(w, rows[k])
        lots[k] = (word(w.seed, stream, w.day, uid, key) << _HALF) | uid
