"""The scan of all users, for those to whom anything can happen today.

Most users, on most days, only fail to notice. Their one draw is compared with an upper bound of
what the rule itself would compare it with, so that nobody is passed over whom a rule would move.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.day.sight import uid_of
from agents.day.terms import SHARE, THRESHOLD
from agents.day.world import Awake, World
from agents.state import PENT_UP_BITS, Stir
from sim.compiled import AHEAD, kernel, prefetch, rule, scalar
from sim.rng import Stream, philox, word

_LANES = np.uint64(3)
_TWO = np.uint64(2)
#: A word is 32 bits; a bar of 2**32 lets everybody pass.
WORDS = 2.0**32
#: A relative margin of 1e-9 and one word cover every rounding between a bar and the rule's own.
MARGIN, MARGIN_WORDS = 1.0 + 1e-9, 1.0
#: The first look at everybody is in single precision, twice as many at a time; its own margin.
MARGIN_SINGLE = 1.0 + 1e-6
#: Rows looked at together: their words and marks stay in the first cache.
BLOCK = 4096
#: Flags are few if no more than one in so many is set.
FEW = 64


def find(
    w: World,
    low: int,
    high: int,
    loud: npt.NDArray[np.bool_],
    least_degree: int,
    in_two_parts: bool = False,
) -> Awake:
    """Return those of some rows for whom anything can happen today (see `find_awake`)."""
    # Room for everybody; memory that is not written to is not taken.
    row, heard = np.empty(high - low, np.int32), np.empty(high - low, np.uint16)
    n = find_awake(w, low, high, loud, least_degree, row, heard)
    return Awake.of(w.terms.size, row[:n], heard[:n], in_two_parts)


@scalar
def cell_bars(w):  # type: ignore[no-untyped-def]
    """Return (P, C) words below which somebody may notice; never lower than the rule's bar."""
    bars = np.zeros((w.terms.size, w.kinds.size))
    for p in range(w.terms.size):
        if not w.terms[p].running:
            continue
        for cell in range(w.kinds.size):
            # Whoever has not heard of a platform hears at least as much as who has.
            h = w.reach[p, cell].hazard_unaware
            if not w.reach[p, cell].open:
                h *= w.terms[p].rel_awareness_closed
            if h > 0.0:
                # 1 - exp(-h) <= h - h²/2 + h³/6, which takes a fraction of the time.
                p_notices = h * (1.0 - h * (0.5 - h / 6.0)) if h < 1.0 else 1.0
                bars[p, cell] = min(p_notices * WORDS * MARGIN + MARGIN_WORDS, WORDS)
    return bars


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
            words[i] = word(w.seed, Stream.NOTICE, w.day, uid_of(w, low + i), key)
        return
    group = first >> _TWO
    for i in range(n // 4):
        words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3] = philox(
            w.seed, group + np.uint64(i), w.day, Stream.NOTICE, key
        )
    for i in range(n - n % 4, n):
        words[i] = word(w.seed, Stream.NOTICE, w.day, uid_of(w, low + i), key)


@rule
def friend_bar(w, row, p):  # type: ignore[no-untyped-def]
    """Return by how much, at most, what friends shared raises the bar of a user, in words.

    1 - exp(-(a + b)) <= 1 - exp(-a) + b, and no multiplier of exposure is above 1.
    """
    shared = float(w.exposure[p, row])
    form = w.market[0].contagion
    if form == SHARE:
        shared /= max(float(w.indptr[row + 1] - w.indptr[row]), 1.0)
    elif form == THRESHOLD:
        shared = min(shared, 1.0)
    strength = w.terms[p].friend_strength
    if w.stir[row] & Stir.LOST:
        strength += w.terms[p].pull_per_share
    return min(strength * shared * WORDS * MARGIN + MARGIN_WORDS, WORDS)


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
    """Return by how much, at most, one share raises the bar of anybody, in words."""
    strength = w.terms[p].friend_strength + w.terms[p].pull_per_share
    if w.market[0].contagion == SHARE:
        strength /= least
    return min(strength, 1.0) * WORDS * MARGIN + MARGIN_WORDS


@kernel
def find_awake(w, first, last, loud, least, rows, heard):  # type: ignore[no-untyped-def]
    """List the users for whom anything can happen today; return how many.

    Most users, on most days, only fail to notice: their one draw is compared with a bar of their
    cell, an upper bound of what the rule itself will compare it with. Whoever passes is looked at
    by the rules; whoever does not, the rules would have left alone.

    Parameters
    ----------
    first, last
        Rows of this worker, the last not included.
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
    bars = cell_bars(w)
    top = np.array([bars[p].max() for p in range(n_platforms)])
    any_stirring = np.uint8(0)
    stirring = stirring_bits(w)
    for bits in stirring:
        any_stirring |= bits
    n_flagged = BLOCK
    for start in range(first, last, BLOCK):
        size = min(BLOCK, last - start)
        masks[:] = 0
        for p in range(n_platforms):
            if not w.terms[p].running:
                continue
            bit = np.uint16(1 << p)
            hears_friends = w.terms[p].friend_strength > 0.0 or w.terms[p].pull_per_share > 0.0
            listens = loud[p] and hears_friends
            if top[p] > 0.0 or listens:
                draw_words(w, p, start, words[p, :size])
            if listens:
                shared = w.exposure[p, start : start + size]
                mark_heard(words[p, :size], top[p], bar_per_share(w, p, least), shared, bit, masks)
            elif top[p] > 0.0:
                mark_words(words[p, :size], top[p], bit, masks)
        mark_flags(masks, w.stir[start : start + size], any_stirring, flags)
        few = n_flagged * FEW <= BLOCK  # as among the last rows, so among the next
        n_flagged = list_flagged(flags, flagged, few)
        for p in range(n_platforms):
            bit = np.uint16(1 << p)
            n_listed = 0
            for j in range(n_flagged):
                listed[n_listed] = flagged[j]
                n_listed += (masks[flagged[j]] & bit) != 0
            for j in range(n_listed):
                prefetch(w.indptr, start + np.int64(listed[min(j + AHEAD, n_listed - 1)]))
                place = np.int64(listed[j])
                bar = bars[p, w.cell[start + place]]
                if w.exposure[p, start + place] > 0:
                    bar += friend_bar(w, start + place, p)
                masks[place] &= ~(np.uint16(float(words[p, place]) >= bar) << p)
        for j in range(n_flagged):
            row = start + np.int64(flagged[j])
            stir = int(w.stir[row] & stirring[w.cell[row]])
            rows[n] = row
            heard[n] = masks[flagged[j]]
            if stir & ~Stir.ENGAGED:
                heard[n] |= stirred_mask(w, row, stir)
            n += (heard[n] != 0) | (stir != 0)
    return n


@scalar
def mark_heard(words, top, per_share, shared, bit, masks):  # type: ignore[no-untyped-def]
    """Mark those whose word lies below the highest bar that so many shares can make."""
    top, per_share = np.float32(top * MARGIN_SINGLE), np.float32(per_share * MARGIN_SINGLE)
    for i in range(words.size):
        bar = top + per_share * np.float32(shared[i])
        masks[i] |= bit if np.float32(words[i]) < bar else np.uint16(0)


@scalar
def mark_words(words, top, bit, masks):  # type: ignore[no-untyped-def]
    """Mark those whose word lies below the highest bar of all."""
    top = np.float32(top * MARGIN_SINGLE)
    for i in range(words.size):
        masks[i] |= bit if np.float32(words[i]) < top else np.uint16(0)


@scalar
def mark_flags(masks, stir, bits, flags):  # type: ignore[no-untyped-def]
    """Flag whoever was marked or may stir by himself; rows beyond the end stay unflagged."""
    flags[:] = 0
    for i in range(stir.size):
        flags[i] = (masks[i] != 0) | ((stir[i] & bits) != 0)


@scalar
def list_flagged(flags, places, few):  # type: ignore[no-untyped-def]
    """List the places of all flags that are set; return how many.

    A number written in vain costs less than a branch that nobody can predict; where flags are few,
    eight without any are passed over together.
    """
    n = 0
    if not few:
        for i in range(flags.size):
            places[n] = i
            n += int(flags[i])
        return n
    eights = flags.view(np.uint64)
    for k in range(eights.size):
        if eights[k] == 0:
            continue
        for i in range(8 * k, 8 * k + 8):
            places[n] = i
            n += int(flags[i])
    return n


@scalar
def stirring_bits(w):  # type: ignore[no-untyped-def]
    """Return (C,) the bits of `Stir` that make people of a cell act today without any news."""
    stirring = np.full(w.kinds.size, np.uint8(Stir.ENGAGED))
    for p in range(w.terms.size):
        if not w.terms[p].running:
            continue
        for cell in range(stirring.size):
            if w.terms[p].return_per_day > 0.0:
                stirring[cell] |= np.uint8(Stir.LOST)
            if w.reach[p, cell].open:
                stirring[cell] |= np.uint8(Stir.PENT_UP << (p % PENT_UP_BITS))
    return stirring


@rule
def stirred_mask(w, row, stir):  # type: ignore[no-untyped-def]
    """Return the bit mask of platforms that a user may turn to without any news."""
    mask = 0
    for p in range(w.terms.size):
        terms = w.terms[p]
        may_return = stir & Stir.LOST and terms.return_per_day > 0.0
        may_remember = stir & (Stir.PENT_UP << (p % PENT_UP_BITS)) and w.reach[p, w.cell[row]].open
        if terms.running and (may_return or may_remember):
            mask |= 1 << p
    return mask
