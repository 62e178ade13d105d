"""The compiled loops over all users: find who can change today, live their day, close it."""

from __future__ import annotations

import numpy as np

from agents import rules
from agents.day import person_day
from agents.rules import _PAYING, _PRESENT
from agents.state import Flag, Status
from sim.compiled import kernel
from sim.rng import Stream, philox

_UNAWARE = int(Status.UNAWARE)
_AWARE = int(Status.AWARE)
_LOST = int(Status.LOST)
_FLAG_PRESENT = int(Flag.PRESENT)
_FLAG_SUBSCRIBED = int(Flag.SUBSCRIBED)
_FLAG_PENT_UP = int(Flag.PENT_UP)
_NOTICE = np.uint64(Stream.NOTICE)


@kernel
def find_awake(w, lo, hi, bar_unaware, bar_aware, awake):  # type: ignore[no-untyped-def]
    """List the users for whom anything can happen today; return how many.

    Most users, on most days, only fail to notice: their one draw is compared with a bar of their
    cell, an upper bound of what the rule itself will compare it with. Whoever passes is looked at
    by the rules; whoever does not, the rules would have left alone.

    Parameters
    ----------
    lo, hi
        Rows of this worker.
    bar_unaware, bar_aware
        (P, C) words below which a user of the cell may notice without friends.
    awake
        (n,) int32, written from ``lo`` on.
    """
    n = 0
    n_platforms = w.terms.size
    blocks = np.zeros((n_platforms, 4), np.uint64)
    group = np.full(n_platforms, -1, np.int64)
    for row in range(lo, hi):
        cell = w.cell[row]
        for p in range(n_platforms):
            terms = w.terms[p]
            if not terms.running:
                continue
            status = w.status[p, row]
            bar = bar_unaware[p, cell]
            if status != _UNAWARE:
                bar = bar_aware[p, cell]
                if status == _LOST:
                    if terms.return_per_day > 0.0:
                        awake[lo + n] = row
                        n += 1
                        break
                    if terms.rel_exposure_lost == 0.0:
                        continue
                elif status != _AWARE or (
                    w.member[p, row].marks & _FLAG_PENT_UP and w.reach[p, cell].open
                ):
                    awake[lo + n] = row
                    n += 1
                    break
            if w.exposure[p, row] > 0 and terms.friend_strength > 0.0:
                awake[lo + n] = row
                n += 1
                break
            if bar == 0:
                continue
            uid = np.int64(w.uid[row])
            if group[p] != uid >> 2:
                group[p] = uid >> 2
                b0, b1, b2, b3 = philox(w.seed, uid >> 2, w.day, _NOTICE, w.terms[p].key)
                blocks[p, 0] = b0
                blocks[p, 1] = b1
                blocks[p, 2] = b2
                blocks[p, 3] = b3
            if blocks[p, uid & 3] < bar:
                awake[lo + n] = row
                n += 1
                break
    return n


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
