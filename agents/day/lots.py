"""Lots: who comes first where there is not enough for all, by key and never by place."""

from __future__ import annotations

import numpy as np

from agents.day.sight import uid_of
from sim.compiled import kernel
from sim.rng import word

_HALF = np.uint64(32)


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
