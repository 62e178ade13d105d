"""The compiled loops over those for whom something can happen: live their day, close it.

Every loop takes a range of rows and writes only there, so that threads never meet: of what goes
from person to person, each thread takes the part whose receivers are its own.
"""

from __future__ import annotations

import numpy as np

from agents.day import ahead, rules
from agents.day.person import person_day
from agents.day.terms import THRESHOLD
from agents.day.world import SERVING
from agents.state import MOST_EXPOSURE, SEEN_BITS, SEEN_PACKED, Sight, Stir
from sim.compiled import AHEAD, kernel, prefetch, scalar

_PACKED = range(SEEN_PACKED)
_FRIENDS_PAY = np.uint8(sum(Sight.FRIEND_PAYS << (SEEN_BITS * q) for q in _PACKED))
_LEFT = np.uint8(sum(Sight.LEFT << (SEEN_BITS * q) for q in _PACKED))
_KEPT = np.uint8(_FRIENDS_PAY | _LEFT)
_PRESENT = np.uint8(sum(Sight.PRESENT << (SEEN_BITS * q) for q in _PACKED))
_PRESENT_TO_LEFT = np.uint8(Sight.LEFT // Sight.PRESENT)
_PAYING = np.uint8(sum(Sight.PAYING << (SEEN_BITS * q) for q in _PACKED))
_PAYING_TO_FRIENDS_PAY = np.uint8(Sight.FRIEND_PAYS // Sight.PAYING)
_SEEN_BYTE = np.uint64(2 ** (SEEN_BITS * SEEN_PACKED) - 1)
_SEEN_BYTE_BITS = np.uint64(SEEN_BITS * SEEN_PACKED)


@kernel
def live_day(w, low, high, tally, part):  # type: ignore[no-untyped-def]
    """Live the day, or a part of it, of some of the awake who are not stepped in Python."""
    who = np.empty(ahead.BLOCK, np.int64)
    uids = np.empty(ahead.BLOCK, np.uint64)
    words = np.empty(ahead.BLOCK, np.uint32)
    for first in range(low, high, ahead.BLOCK):
        last = min(first + ahead.BLOCK, high)
        ahead.draw_ahead(w, first, last, who, uids, words)
        for k in range(first, last):
            w.drawn.place[0] = k - first
            row = np.int64(w.awake.row[k])
            if part != SERVING:
                # Whoever is promoted or released after this is so from tomorrow.
                w.awake.in_python[k] = w.stir[row] & Stir.PROMOTED != 0
            if not w.awake.in_python[k]:
                person_day(w, tally, row, k, np.int64(w.awake.heard[k]), rules, part)


@kernel
def close_day(w, rows_yesterday, changed, low, high):  # type: ignore[no-untyped-def]
    """Let friends see today tomorrow, and push shares to those in rows low to high.

    Parameters
    ----------
    changed
        (P,) platforms on which anybody shared today or yesterday.

    Returns
    -------
    int
        A bit for each platform of which somebody was sent more than is counted (`spread`).
    """
    be_seen(w, rows_yesterday, low, high)
    full = 0
    for p in range(changed.size):
        if changed[p]:
            full |= int(spread(w, p, low, high)) << p
    return full


@scalar
def be_seen(w, rows_yesterday, low, high):  # type: ignore[no-untyped-def]
    """Let friends see tomorrow who was there today and who pays; writes rows low to high."""
    parts = w.sights.shape[0]
    first, last = np.searchsorted(rows_yesterday, low), np.searchsorted(rows_yesterday, high)
    for k in range(first, last):
        for part in range(parts):
            w.sights[part, rows_yesterday[k]] &= _KEPT
    first, last = np.searchsorted(w.awake.row, low), np.searchsorted(w.awake.row, high)
    for k in range(first, last):
        for part in range(parts):
            seen = seen_byte(w, k, part)
            # Who is there has not left, unless tonight.
            w.sights[part, w.awake.row[k]] &= ~np.uint8((seen & _PRESENT) * _PRESENT_TO_LEFT)
            w.sights[part, w.awake.row[k]] |= seen
    for part in range(parts):
        for k in range(w.awake.row.size):
            paying = seen_byte(w, k, part) & _PAYING
            if paying:
                tell_friends(w, part, w.awake.row[k], paying * _PAYING_TO_FRIENDS_PAY, low, high)


@scalar
def seen_byte(w, k, part):  # type: ignore[no-untyped-def]
    """Return what friends can see of one of the awake, on the platforms of one byte."""
    return np.uint8((w.awake.seen[k] >> (_SEEN_BYTE_BITS * np.uint64(part))) & _SEEN_BYTE)


@scalar
def tell_friends(w, part, row, bits, low, high):  # type: ignore[no-untyped-def]
    """Set bits for those friends of a user who stand from row low to high."""
    friends = w.indices[w.indptr[row] : w.indptr[row + 1]]
    for friend in friends[np.searchsorted(friends, low) : np.searchsorted(friends, high)]:
        w.sights[part, friend] |= bits


@scalar
def spread(w, p, low, high):  # type: ignore[no-untyped-def]
    """Push today's shares of a platform to friends, as their exposure of tomorrow.

    Counts clips, or in the threshold form friends who shared. Only friends from row ``low`` to
    ``high`` get theirs; sums stop at 65,535, which no order of addition can change. Return whether
    one did: it is too small then, and the run must end.
    """
    exposure = w.exposure[p]
    exposure[low:high] = 0
    if w.terms[p].friend_strength <= 0.0 and w.terms[p].pull_per_share <= 0.0:
        return False
    is_full = False
    most = 1 if w.market[0].contagion == THRESHOLD else MOST_EXPOSURE
    sharing = np.flatnonzero(w.awake.sent[p])
    last = sharing.size - 1
    for j in range(sharing.size):
        ahead = w.awake.row[sharing[min(j + AHEAD, last)]]
        prefetch(w.indptr, ahead)
        prefetch(w.indices, w.indptr[w.awake.row[sharing[min(j + AHEAD // 2, last)]]])
        sent = np.int64(min(w.awake.sent[p, sharing[j]], most))
        row = w.awake.row[sharing[j]]
        first, end = w.indptr[row], w.indptr[row + 1]
        if low > 0:
            first += np.searchsorted(w.indices[first:end], low)
        for edge in range(first, end):
            friend = w.indices[edge]
            if friend >= high:
                break
            total = np.int64(exposure[friend]) + sent
            if total > MOST_EXPOSURE:
                is_full = True
            exposure[friend] = min(total, MOST_EXPOSURE)
    return is_full
