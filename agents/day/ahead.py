"""Luck drawn ahead: what the active will ask for today, for many users at once.

A draw costs a fraction among others, by vector instructions, of what it costs by itself. Nothing is
decided here: `agents.day.sight.luck` finds the word that it would have drawn.
"""

from __future__ import annotations

import math

import numpy as np

from agents.day import rules
from agents.day.sight import uid_of
from agents.day.world import DRAWN_AHEAD, DRAWN_FOR_ACTIVE
from sim.compiled import prefetch, rule
from sim.counts import Status
from sim.rng import Stream, word

_FOR_ACTIVE = len(DRAWN_FOR_ACTIVE)
_FOR_PLANS = DRAWN_AHEAD.index(Stream.SUBSCRIBE)
_TO_CREATE = DRAWN_AHEAD.index(Stream.CREATE)
_TO_WATCH = DRAWN_AHEAD.index(Stream.WATCH)
#: Awake users looked at together: their records stay in the caches next to the processor.
BLOCK = 512
#: Words are drawn by so many, the last few in vain: a rest that fills no vector costs more.
LANES = 32


@rule
def draw(w, slot, p, n, who, uids, words):  # type: ignore[no-untyped-def]
    """Draw one stream for n users of a block, standing at the places ``who``."""
    stream = np.uint64(DRAWN_AHEAD[slot])
    key = w.terms[p].key
    for i in range((n + LANES - 1) // LANES * LANES):
        words[i] = word(w.seed, stream, w.day, uids[i], key)
    for i in range(n):
        w.drawn.words[slot, p, who[i]] = words[i]
        w.drawn.have[p, who[i]] |= np.uint8(1 << slot)


@rule
def draw_ahead(w, first, last, who, uids, words):  # type: ignore[no-untyped-def]
    """Draw, for the awake from place ``first`` to ``last``, what an active day will ask for.

    Parameters
    ----------
    who, uids, words
        (BLOCK,) room for places in the block, keys of luck, and words; BLOCK is so many `LANES`.
    """
    w.drawn.have[:, : last - first] = 0
    fetch(w, first, last)
    for p in range(w.terms.size):
        if not w.terms[p].running:
            continue
        n = 0
        for k in range(first, last):
            row = np.int64(w.awake.row[k])
            who[n] = k - first
            uids[n] = uid_of(w, row)
            n += w.member[row, p].status == Status.ACTIVE
        for slot in range(_FOR_ACTIVE):
            draw(w, slot, p, n, who, uids, words)
        n_today = 0
        for i in range(n):
            w.drawn.place[0] = who[i]
            row = np.int64(w.awake.row[first + who[i]])
            # Reasons are looked into in their turn; some words are drawn in vain.
            if rules.may_visit(w, row, p):
                who[n_today] = who[i]
                uids[n_today] = uids[i]
                n_today += 1
        for slot in range(_FOR_ACTIVE, len(DRAWN_AHEAD)):
            if is_asked(w, slot, p):
                draw(w, slot, p, n_today, who, uids, words)
    for k in range(first, last):
        if w.awake.heard[k] != 0:
            # Whoever considers something may look at friends.
            prefetch(w.indices, w.indptr[w.awake.row[k]])


@rule
def is_asked(w, slot, p):  # type: ignore[no-untyped-def]
    """Say whether a decision of a day of use is asked of anybody on a platform."""
    terms = w.terms[p]
    if slot == _FOR_PLANS:
        return terms.plan_on_sale or terms.high_plan_on_sale
    if slot == _TO_CREATE:
        return not math.isnan(terms.p_create)
    return slot != _TO_WATCH or terms.views_per_visit > 0.0


@rule
def fetch(w, first, last):  # type: ignore[no-untyped-def]
    """Fetch what a block of the awake will need: they lie far apart in memory."""
    for k in range(first, last):
        row = np.int64(w.awake.row[k])
        prefetch(w.member, row)
        prefetch(w.stir, row)
        prefetch(w.cell, row)
        prefetch(w.person, row)
        prefetch(w.sights[0], row)
        if w.awake.heard[k] != 0:
            prefetch(w.indptr, row)
            for p in range(w.terms.size):
                prefetch(w.exposure[p], row)
