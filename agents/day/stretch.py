"""Days in which nobody outside has a say, lived one after the other in one call.

The order of the day is that of `sim.market.Market.step`, its parts are those that a market calls
one by one: the long kernels where their machine code stands, the short ones by name.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba.core import types

from agents.day.dawn import dawn
from agents.day.invites import CODES_ROUNDING, ask_friends, give
from agents.day.loop import close_day, live_day
from agents.day.scan import find_awake
from agents.day.world import WHOLE, Awake, Drawn, Today
from agents.people.diary import N_WHOLE, enter, post, write_down
from agents.platforms.evening import MEASURED, book, close_books
from agents.tally import Tally
from sim.compiled import by_address, kernel, scalar
from sim.counts import Count

#: How a stretch ends: with its last day, before the evening of a day, or in what a day came to.
WHOLE_DAYS, BEFORE_EVENING, TOO_MANY_SHARES = range(3)

_ask_friends = by_address(ask_friends, types.int64)
_give = by_address(give, types.int64)
_find_awake = by_address(find_awake, types.int64)
_live_day = by_address(live_day, types.none)
_close_day = by_address(close_day, types.int64)


class Room(NamedTuple):
    """Where people of a day are counted, and what stays the same over the days."""

    tally: Tally
    drawn: Drawn  # luck drawn ahead
    loud: npt.NDArray[np.bool_]  # (P,) platforms from which anybody shared last night; written
    least_degree: int  # fewest friends that anybody has who has any
    weight: float  # people per agent


@kernel
def live_days(at, w, n_days, outlook, diary, company, posted, today, room, packs_left):  # type: ignore[no-untyped-def]
    """Live some days; return how many are over, how it ended, and who was awake.

    Parameters
    ----------
    at
        (5,) addresses of `ask_friends`, `give`, `find_awake`, `live_day` and `close_day`.
    w
        The world on the first morning.
    outlook
        What is known ahead of these days.
    diary
        Where they are entered and written down.
    company
        (P,) records of the platforms, written.
    posted
        (P, days) public codes by cohort of the user, written.
    today
        (P, entries) cents booked on the first day already.
    packs_left
        Packs that may be sold until everybody's must be looked at.

    Returns
    -------
    tuple
        Days over; how it ended; rows awake on the last day and on the day before; what they sent;
        what is seen of them; who of them was told of what; bits of the platforms of which
        somebody was sent more than is counted; cents (D, P, entries and cash); packs left.
    """
    tally, drawn, loud, least, weight = room
    terms, reach, by_cause, visiting, fed = w.terms, w.reach, w.hazard_by_cause, w.visiting, w.fed
    n, n_users, n_entries = terms.size, np.int64(w.stir.size), today.shape[1]
    nobody, first = np.int64(0), w.day
    money = np.zeros((n_days, n, n_entries + 1), np.int64)
    for p in range(n):
        for entry in range(n_entries):
            money[0, p, entry] = today[p, entry]
    row, told = np.empty(N_WHOLE, np.int64), np.empty(len(MEASURED) + 1)
    fresh, odds = np.empty(n), np.empty(outlook.part.shape[1])
    codes = np.empty(1 + posted.shape[1], np.int64)
    changed = np.zeros(n, np.bool_)
    awake = w.awake
    notes = (awake.wish, awake.packs, awake.granted)
    rows_before, sent_before = w.rows_yesterday, w.sent_yesterday
    over, end, full = 0, WHOLE_DAYS, 0
    for k in range(n_days):
        if k > 0:
            rows_before, sent_before = awake.row, awake.sent
            add_up(diary.fed, fed)
            dawn(terms, reach, by_cause, visiting, outlook, k, company, tally.counts, fresh, odds)
            clear(tally)
        day = Today(first + k, awake, rows_before, sent_before, drawn)
        for p in range(n):
            if terms[p].invites_required and terms[p].running:
                issue_codes(terms[p], reach[p], company[p], tally.counts[p], weight)
                waiting = np.empty(rows_before.size, np.int32)
                asked = np.empty(rows_before.size, np.int32)
                priority = np.empty(rows_before.size, np.uint64)
                m = _ask_friends(
                    at[0], w, day,
                    (p, rows_before, nobody, rows_before.size, waiting, asked, priority),
                )  # fmt: skip
                if m > 0:
                    codes[0] = company[p].codes
                    for cohort in range(posted.shape[1]):
                        codes[1 + cohort] = posted[p, cohort]
                    _give(at[1], w, day, (p, waiting[:m], asked[:m], priority[:m], codes))
                    company[p].codes = codes[0]
                    for cohort in range(posted.shape[1]):
                        posted[p, cohort] = codes[1 + cohort]
        rows, heard = np.empty(n_users, np.int32), np.empty(n_users, np.uint16)
        found = _find_awake(at[2], w, day, (nobody, n_users, loud, least, rows, heard))
        awake = Awake(
            rows[:found], heard[:found], np.zeros((n, found), np.uint16),
            np.zeros(found, np.uint64), np.zeros(found, np.bool_), notes[0], notes[1], notes[2],
        )  # fmt: skip
        day = Today(first + k, awake, rows_before, sent_before, drawn)
        _live_day(at[3], w, day, (nobody, found, tally, np.int64(WHOLE)))
        enter(diary, tally, terms)
        post(tally, posted)
        most_packs = 0
        for p in range(n):
            most_packs = max(most_packs, tally.counts[p, Count.PACKS])
            if not book(
                terms[p], tally.counts[p], weight, outlook.unit[k, p], outlook.is_up[k, p],
                company[p].cash, money[k, p],
            ):  # fmt: skip
                end = BEFORE_EVENING
        packs_left -= most_packs
        if packs_left <= 0 or end != WHOLE_DAYS:
            end = BEFORE_EVENING
            break
        for p in range(n):
            close_books(
                terms[p], tally.counts[p], weight, n_users, outlook.unit[k, p],
                company[p : p + 1], money[k, p, n_entries], told,
            )  # fmt: skip
            write_down(diary, tally, p, first + k, money[k, p], row, told)
            shared = tally.counts[p, Count.SHARES_FRIENDS] > 0
            changed[p], loud[p] = shared or loud[p], shared
        full = _close_day(at[4], w, day, (rows_before, changed, nobody, n_users))
        if full != 0:
            end = TOO_MANY_SHARES
            break
        over += 1
    return over, end, awake, rows_before, sent_before, full, money, packs_left


@scalar
def issue_codes(terms, reach, company, counts, weight):  # type: ignore[no-untyped-def]
    """Add a company's own codes of the day, as `agents.day.invites.Pool.issue` does."""
    for cell in range(reach.size):
        if reach[cell].open:
            company.entitlement += terms.public_codes_per_day / weight
            new = np.int64(company.entitlement + CODES_ROUNDING) - company.codes_issued
            company.codes_issued += new
            company.codes += new
            counts[Count.CODES_ISSUED] += new
            break


@scalar
def clear(tally):  # type: ignore[no-untyped-def]
    """Count from the start."""
    for p in range(tally.counts.shape[0]):
        for column in range(tally.counts.shape[1]):
            tally.counts[p, column] = 0
        for cell in range(tally.unaware_by_cell.shape[1]):
            tally.unaware_by_cell[p, cell] = 0
        for segment in range(tally.by_segment.shape[1]):
            for what in range(tally.by_segment.shape[2]):
                tally.by_segment[p, segment, what] = 0
        for kind in range(tally.by_day.shape[0]):
            for day in range(tally.by_day.shape[2]):
                tally.by_day[kind, p, day] = 0


@scalar
def add_up(fed, so_far):  # type: ignore[no-untyped-def]
    """Write (P, days) the clips on the feed of all cohorts so far."""
    for p in range(fed.shape[0]):
        total = 0
        for day in range(fed.shape[1]):
            total += fed[p, day]
            so_far[p, day] = total
