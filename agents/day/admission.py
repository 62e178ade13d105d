"""Who is served on a day on which more clips are ordered than the capacity can make."""

from __future__ import annotations

import numpy as np

from agents.day.lots import draw_lots
from agents.day.world import World
from sim.rng import Stream


def admit(w: World) -> None:
    """Cut the orders noted beside the awake down to what today's capacity serves.

    Orders are served whole, person by person, in the order of lots drawn by key; the one whose
    order no longer fits gets the rest, whoever comes after him nothing.
    """
    for p in range(w.terms.size):
        most, granted = int(w.terms[p].most_clips), w.awake.granted[p]
        if most < 0 or int(granted.sum(dtype=np.int64)) <= most:
            continue
        places = np.flatnonzero(granted)
        lots = np.empty(places.size, np.uint64)
        draw_lots(w, np.uint64(Stream.SERVICE), p, w.awake.row[places], lots)
        in_order = places[np.argsort(lots)]
        ordered = granted[in_order].astype(np.int64)
        before = np.cumsum(ordered) - ordered
        granted[in_order] = np.clip(most - before, 0, ordered)
