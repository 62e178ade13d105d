"""The scan of all users, for those to whom anything can happen today.

Most users, on most days, only fail to notice. Their one draw is compared with an upper bound of
what the rule itself would compare it with, so that nobody is passed over whom a rule would move.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from agents.sight import uid_of
from agents.state import PENT_UP_BITS, Stir
from agents.world import Awake, World
from sim.compiled import AHEAD, kernel, prefetch, rule, scalar
from sim.rng import Stream, philox, word

_ENGAGED = np.int64(Stir.ENGAGED)
_LOST = np.int64(Stir.LOST)
_PENT_UP = np.int64(Stir.PENT_UP)
_NOTICE = np.uint64(Stream.NOTICE)
_LANES = np.uint64(3)
_TWO = np.uint64(2)
#: A word is 32 bits; a bar of 2**32 lets everybody pass.
WORDS = 2.0**32
#: A relative margin of 1e-9 and one word cover every rounding between a bar and the rule's own.
MARGIN, MARGIN_WORDS = 1.0 + 1e-9, 1.0
#: Rows looked at together: their words and marks stay in the first cache.
BLOCK = 4096


def bars(w: World) -> npt.NDArray[np.uint64]:
    """Return (P, C) words below which somebody may notice; never lower than the rule's bar."""
    # Plain arrays: each look at a field of a record array by its name takes microseconds.
    reach, terms, market = (np.asarray(record) for record in (w.reach, w.terms, w.market))
    # Whoever has not heard of a platform hears at least as much as who has.
    h = reach["hazard_unaware"] * np.where(
        reach["open"], 1.0, terms["rel_awareness_closed"][:, None]
    )
    p = -np.expm1(-np.minimum(h, market["attention_budget"]))
    bar = np.where(p > 0.0, np.ceil(p * MARGIN * WORDS) + MARGIN_WORDS, 0.0)
    return np.minimum(bar, WORDS).astype(np.uint64)


def find(
    w: World,
    low: int,
    high: int,
    bars: npt.NDArray[np.uint64],
    loud: npt.NDArray[np.bool_],
    least_degree: int,
) -> Awake:
    """Return those of some rows for whom anything can happen today (see `find_awake`)."""
    # Room for everybody; memory that is not written to is not taken.
    row, heard = np.empty(high - low, np.int32), np.empty(high - low, np.uint16)
    n = find_awake(w, low, high, bars, loud, least_degree, row, heard)
    return Awake.of(w.terms.size, row[:n], heard[:n])


@rule
def draw_words(w, p, low, words):  # type: ignore[no-untyped-def]
    """Fill the words with which the users from row ``low`` on may notice platform p today.

    One Philox block serves four neighboring uids; where rows stand in the order of their uids, as
    they do unless somebody relabeled them, each block is computed once.
    """
    n = words.size
    key = w.terms[p].key
    first = np.uint64(low)
    if w.uid.size > 0 or first & _LANES != np.uint64(0):
        for i in range(n):
            words[i] = word(w.seed, _NOTICE, w.day, uid_of(w, low + i), key)
        return
    group = first >> _TWO
    for i in range(n // 4):
        words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3] = philox(
            w.seed, group + np.uint64(i), w.day, _NOTICE, key
        )
    for i in range(n - n % 4, n):
        words[i] = word(w.seed, _NOTICE, w.day, uid_of(w, low + i), key)


@rule
def friend_bar(w, row, p):  # type: ignore[no-untyped-def]
    """Return by how much, at most, what friends shared raises the bar of a user, in words.

    1 - exp(-(a + b)) <= 1 - exp(-a) + b, and no multiplier of exposure is above 1.
    """
    shared = float(w.exposure[p, row])
    form = w.market[0].contagion
    if form == 0:
        shared /= max(float(w.indptr[row + 1] - w.indptr[row]), 1.0)
    elif form == 2:
        shared = min(shared, 1.0)
    return min(w.terms[p].friend_strength * shared * WORDS * MARGIN + MARGIN_WORDS, WORDS)


@kernel
def least_degree(indptr):  # type: ignore[no-untyped-def]
    """Return the fewest friends that anybody has who has any; 1 if nobody has."""
    least = np.int64(np.iinfo(np.int64).max)
    for row in range(indptr.size - 1):
        degree = indptr[row + 1] - indptr[row]
        least = min(least, degree) if degree > 0 else least
    return least if least < np.iinfo(np.int64).max else np.int64(1)


@scalar
def bar_per_share(w, p, least):  # type: ignore[no-untyped-def]
    """Return by how much, at most, one share raises the bar of anybody, in whole words."""
    strength = w.terms[p].friend_strength
    if w.market[0].contagion == 0:
        strength /= least
    return np.uint64(math.ceil(min(strength, 1.0) * WORDS * MARGIN + MARGIN_WORDS))


@kernel
def find_awake(w, first, last, bars, loud, least, rows, heard):  # type: ignore[no-untyped-def]
    """List the users for whom anything can happen today; return how many.

    Most users, on most days, only fail to notice: their one draw is compared with a bar of their
    cell, an upper bound of what the rule itself will compare it with. Whoever passes is looked at
    by the rules; whoever does not, the rules would have left alone.

    Parameters
    ----------
    first, last
        Rows of this worker, the last not included.
    bars
        (P, C) words below which a user of the cell may notice without friends.
    loud
        (P,) platforms from which anybody shared yesterday.
    least
        Fewest friends that anybody has who has any.
    rows, heard
        (last - first,) int32 rows and uint16 bit masks of the platforms to which a user may turn
        today; written from the start.
    """
    n = 0
    n_platforms = w.terms.size
    words = np.zeros((n_platforms, BLOCK), np.uint32)
    masks = np.zeros(BLOCK, np.uint16)
    flags = np.zeros(BLOCK, np.uint8)
    flagged = np.zeros(BLOCK + 1, np.uint16)
    listed = np.zeros(BLOCK + 1, np.uint16)
    top = np.zeros(n_platforms, np.uint64)
    any_stirring = np.uint8(0)
    stirring = stirring_bits(w)
    for bits in stirring:
        any_stirring |= bits
    for p in range(n_platforms):
        if w.terms[p].running:
            top[p] = bars[p].max()
    for start in range(first, last, BLOCK):
        size = min(BLOCK, last - start)
        masks[:] = 0
        for p in range(n_platforms):
            if not w.terms[p].running:
                continue
            bit = np.uint16(1 << p)
            listens = loud[p] and w.terms[p].friend_strength > 0.0
            if top[p] > 0 or listens:
                draw_words(w, p, start, words[p, :size])
            if listens:
                shared = w.exposure[p, start : start + size]
                mark_heard(words[p, :size], top[p], bar_per_share(w, p, least), shared, bit, masks)
            elif top[p] > 0:
                mark_words(words[p, :size], top[p], bit, masks)
        mark_flags(masks, w.stir[start : start + size], any_stirring, flags)
        # A branch that nobody can predict costs more than a number written in vain.
        n_flagged = 0
        for i in range(size):
            flagged[n_flagged] = i
            n_flagged += int(flags[i])
        for p in range(n_platforms):
            bit = np.uint16(1 << p)
            n_listed = 0
            for j in range(n_flagged):
                listed[n_listed] = flagged[j]
                n_listed += (masks[flagged[j]] & bit) != 0
            for j in range(n_listed):
                prefetch(w.indptr, start + np.int64(listed[min(j + AHEAD, n_listed - 1)]))
                place = np.int64(listed[j])
                bar = float(bars[p, w.cell[start + place]])
                if w.exposure[p, start + place] > 0:
                    bar += friend_bar(w, start + place, p)
                masks[place] &= ~(np.uint16(float(words[p, place]) >= bar) << p)
        for j in range(n_flagged):
            row = start + np.int64(flagged[j])
            stir = w.stir[row] & stirring[w.cell[row]]
            rows[n] = row
            heard[n] = masks[flagged[j]]
            if stir & ~_ENGAGED:
                heard[n] |= stirred_mask(w, row, stir)
            n += (heard[n] != 0) | (stir != 0)
    return n


@scalar
def mark_heard(words, top, per_share, shared, bit, masks):  # type: ignore[no-untyped-def]
    """Mark those whose word lies below the highest bar that so many shares can make."""
    for i in range(words.size):
        bar = top + per_share * np.uint64(shared[i])
        masks[i] |= bit if np.uint64(words[i]) < bar else np.uint16(0)


@scalar
def mark_words(words, top, bit, masks):  # type: ignore[no-untyped-def]
    """Mark those whose word lies below the highest bar of all."""
    for i in range(words.size):
        masks[i] |= bit if np.uint64(words[i]) < top else np.uint16(0)


@scalar
def mark_flags(masks, stir, bits, flags):  # type: ignore[no-untyped-def]
    """Flag whoever was marked or may stir by himself; rows beyond the end stay unflagged."""
    flags[:] = 0
    for i in range(stir.size):
        flags[i] = (masks[i] != 0) | ((stir[i] & bits) != 0)


@scalar
def stirring_bits(w):  # type: ignore[no-untyped-def]
    """Return (C,) the bits of `Stir` that make people of a cell act today without any news."""
    stirring = np.full(w.kinds.size, np.uint8(_ENGAGED))
    for p in range(w.terms.size):
        if not w.terms[p].running:
            continue
        for cell in range(stirring.size):
            if w.terms[p].return_per_day > 0.0:
                stirring[cell] |= np.uint8(_LOST)
            if w.reach[p, cell].open:
                stirring[cell] |= np.uint8(_PENT_UP << (p % PENT_UP_BITS))
    return stirring


@rule
def stirred_mask(w, row, stir):  # type: ignore[no-untyped-def]
    """Return the bit mask of platforms that a user may turn to without any news."""
    mask = 0
    for p in range(w.terms.size):
        terms = w.terms[p]
        may_return = stir & _LOST and terms.return_per_day > 0.0
        may_remember = stir & (_PENT_UP << (p % PENT_UP_BITS)) and w.reach[p, w.cell[row]].open
        if terms.running and (may_return or may_remember):
            mask |= 1 << p
    return mask
