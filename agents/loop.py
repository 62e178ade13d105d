"""The compiled loops over all users: find who can change today, live their day, close it."""

from __future__ import annotations

import numpy as np

from agents import rules
from agents.day import person_day
from agents.rules import _PAYING, _PRESENT
from agents.state import Flag, Status
from sim.compiled import kernel, rule
from sim.rng import Stream, philox, word

_UNAWARE = int(Status.UNAWARE)
_AWARE = int(Status.AWARE)
_LOST = int(Status.LOST)
_FLAG_PRESENT = int(Flag.PRESENT)
_FLAG_SUBSCRIBED = int(Flag.SUBSCRIBED)
_FLAG_PENT_UP = int(Flag.PENT_UP)
_NOTICE = np.uint64(Stream.NOTICE)
_LANES = np.uint64(3)
_TWO = np.uint64(2)
#: Rows looked at together: their words and marks stay in the first cache.
_BLOCK = 4096


@rule
def draw_words(w, p, low, words):  # type: ignore[no-untyped-def]
    """Fill the words with which the users from row ``low`` on may notice platform p today.

    One Philox block serves four neighboring uids; where rows stand in the order of their uids, as
    they do unless somebody relabeled them, each block is computed once.
    """
    n = words.size
    first = np.uint64(w.uid[low])
    in_order = first & _LANES == np.uint64(0)
    for i in range(n):
        in_order &= np.uint64(w.uid[low + i]) == first + np.uint64(i)
    key = w.terms[p].key
    if not in_order:
        for i in range(n):
            words[i] = word(w.seed, _NOTICE, w.day, w.uid[low + i], key)
        return
    group = first >> _TWO
    for i in range(n // 4):
        words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3] = philox(
            w.seed, group + np.uint64(i), w.day, _NOTICE, key
        )
    for i in range(n - n % 4, n):
        words[i] = word(w.seed, _NOTICE, w.day, w.uid[low + i], key)


@kernel
def find_awake(w, low, high, bar_unaware, bar_aware, awake):  # type: ignore[no-untyped-def]
    """List the users for whom anything can happen today; return how many.

    Most users, on most days, only fail to notice: their one draw is compared with a bar of their
    cell, an upper bound of what the rule itself will compare it with. Whoever passes is looked at
    by the rules; whoever does not, the rules would have left alone.

    Parameters
    ----------
    low, high
        Rows of this worker.
    bar_unaware, bar_aware
        (P, C) words below which a user of the cell may notice without friends.
    awake
        (n,) int32, written from ``low`` on.
    """
    n = 0
    words = np.zeros(_BLOCK, np.uint32)
    mark = np.zeros(_BLOCK, np.bool_)
    for start in range(low, high, _BLOCK):
        size = min(_BLOCK, high - start)
        mark[:size] = False
        for p in range(w.terms.size):
            if w.terms[p].running:
                draws = bar_unaware[p].max() > 0
                if draws:
                    draw_words(w, p, start, words[:size])
                mark_awake(w, p, start, words, draws, bar_unaware[p], bar_aware[p], mark[:size])
        for i in range(size):
            if mark[i]:
                awake[low + n] = start + i
                n += 1
    return n


@rule
def mark_awake(w, p, start, words, draws, bar_unaware, bar_aware, mark):  # type: ignore[no-untyped-def]
    """Mark the users of one block for whom one platform can matter today."""
    terms = w.terms[p]
    listens = terms.friend_strength > 0.0
    returns = terms.return_per_day > 0.0
    lost_listen = terms.rel_exposure_lost > 0.0
    for i in range(mark.size):
        row = start + i
        status = w.status[p, row]
        bar = bar_unaware[w.cell[row]]
        if status != _UNAWARE:
            if status == _LOST:
                if returns:
                    mark[i] = True
                if not lost_listen:
                    continue
            elif status != _AWARE or (
                w.member[p, row].marks & _FLAG_PENT_UP and w.reach[p, w.cell[row]].open
            ):
                mark[i] = True
                continue
            bar = bar_aware[w.cell[row]]
        if (listens and w.exposure[p, row] > 0) or (draws and np.uint64(words[i]) < bar):
            mark[i] = True


@kernel
def live_day(w, rows, tally):  # type: ignore[no-untyped-def]
    """Live the day of the users listed, except those who stand as agents of their own."""
    for k in range(rows.size):
        row = int(rows[k])
        if not w.promoted[row]:
            person_day(w, tally, row, rules)


@kernel
def forget_yesterday(w, rows):  # type: ignore[no-untyped-def]
    """Clear what held for the last day only."""
    for k in range(rows.size):
        row = rows[k]
        for p in range(w.terms.size):
            w.member[p, row].clips_today = 0
            w.member[p, row].shares = 0


@kernel
def be_seen(w, rows_yesterday, rows_today):  # type: ignore[no-untyped-def]
    """Let friends see tomorrow who was there today and who pays."""
    for k in range(rows_yesterday.size):
        for p in range(w.terms.size):
            w.visible[p, rows_yesterday[k]] = 0
    for k in range(rows_today.size):
        row = rows_today[k]
        for p in range(w.terms.size):
            flags = w.member[p, row].marks
            seen = 0
            if flags & _FLAG_PRESENT:
                seen |= int(_PRESENT)
                w.member[p, row].marks = flags & ~_FLAG_PRESENT & 0xFF
            if flags & _FLAG_SUBSCRIBED:
                seen |= int(_PAYING)
            w.visible[p, row] = seen
