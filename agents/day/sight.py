"""What a rule goes by: the luck of a person's decision, and what is seen of friends."""

from __future__ import annotations

import numpy as np

from agents.day.world import DRAWN_AHEAD
from agents.state import SEEN_BITS, SEEN_PACKED, Sight
from sim.compiled import either_way, rule
from sim.rng import uniform, uniform_of


@rule
def uid_of(w, row):  # type: ignore[no-untyped-def]
    """Return the key of a person's luck: the row, unless rows were permuted."""
    return np.uint64(w.uid[row]) if w.uid.size > 0 else np.uint64(row)


@rule
def luck(w, stream, row, p):  # type: ignore[no-untyped-def]
    """Return the user's uniform for one decision about one platform today."""
    for slot in range(len(DRAWN_AHEAD)):
        if stream == DRAWN_AHEAD[slot]:
            place = w.drawn.place[0]
            if (w.drawn.have[p, place] >> slot) & 1:
                return uniform_of(w.drawn.words[slot, p, place])
    return uniform(w.seed, stream, w.day, uid_of(w, row), w.terms[p].key)


@either_way
def seen_at(bit, p):  # type: ignore[no-untyped-def]
    """Return where what can be seen on platform p stands: (row of `World.sights`, bits)."""
    return p // SEEN_PACKED, bit << (SEEN_BITS * (p % SEEN_PACKED))


@either_way
def is_seen(w, row, p, bit):  # type: ignore[no-untyped-def]
    """Was the user there, or paying, yesterday."""
    part, bits = seen_at(bit, p)
    return (w.sights[part, row] & bits) != 0


@either_way
def is_elsewhere(w, row, p):  # type: ignore[no-untyped-def]
    """Was the user on another platform yesterday."""
    n = 0
    for q in range(w.terms.size):
        n += q != p and is_seen(w, row, q, Sight.PRESENT)
    return n > 0


@rule
def n_friends_seen(w, row, p, bit, needed):  # type: ignore[no-untyped-def]
    """Count the friends who yesterday were seen to be there (or to pay). Cost O(degree).

    Stops early, with too low a count, once fewer than ``needed`` are certain.
    """
    part, bits = seen_at(bit, p)
    n = 0
    first, end = w.indptr[row], w.indptr[row + 1]
    for edge in range(first, end):
        if n + (end - edge) < needed:
            break
        if w.sights[part, w.indices[edge]] & bits:
            n += 1
    return n
