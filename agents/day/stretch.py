"""Days in which nobody outside has a say, lived one after the other in one call.

The order of the day is that of `sim.market.Market.step`, its parts are those that a market calls
one by one: the long kernels where their machine code stands, the short ones by name.
"""

from __future__ import annotations

import numpy as np
from numba.core import types

from agents.day import invites
from agents.day.dawn import dawn
from agents.day.loop import close_day, live_day
from agents.day.scan import find_awake
from agents.day.world import WHOLE, Awake, World
from agents.people.diary import N_WHOLE, enter, post, write_down
from agents.platforms.evening import MEASURED, book, close_books
from sim.compiled import by_address, kernel, scalar
from sim.counts import Count

#: How a stretch ends: with its last day, before the evening of a day, or in what a day came to.
WHOLE_DAYS, BEFORE_EVENING, TOO_MANY_SHARES = range(3)
#: A company's share of codes is rounded down, but for the rounding of its sum.
_ROUNDING = 1e-9

_find_awake = by_address(find_awake, types.int64)
_live_day = by_address(live_day, types.none)
_close_day = by_address(close_day, types.int64)


@kernel
def live_days(at, w, n_days, outlook, diary, company, posted, today, tally, drawn, loud, least, packs_left, weight):  # type: ignore[no-untyped-def]  # noqa: E501
    """Live some days; return how many are over, how it ended, and who was awake.

    Parameters
    ----------
    at
        (3,) addresses of `find_awake`, `live_day` and `close_day`.
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
    tally, drawn
        Where the people of a day are counted; room for luck drawn ahead.
    loud
        (P,) platforms from which anybody shared last night, written.
    least
        Fewest friends that anybody has who has any.
    packs_left
        Packs that may be sold until everybody's must be looked at.
    weight
        People per agent.

    Returns
    -------
    tuple
        Days over; how it ended; rows awake on the last day and on the day before; what they sent;
        what is seen of them; who of them was told of what; bits of the platforms of which
        somebody was sent more than is counted; cents (D, P, entries and cash); packs left.
    """
    n, n_users = w.terms.size, w.stir.size
    money = np.zeros((n_days, n, today.shape[1] + 1), np.int64)
    money[0, :, :-1] = today
    row, told = np.empty(N_WHOLE, np.int64), np.empty(len(MEASURED) + 1)
    changed = np.zeros(n, np.bool_)
    awake = w.awake
    rows_before, sent_before = w.rows_yesterday, w.sent_yesterday
    over, end, full = 0, WHOLE_DAYS, 0
    for k in range(n_days):
        day = w.day + k
        if k > 0:
            rows_before, sent_before = awake.row, awake.sent
            add_up(diary.fed, w.fed)
            dawn(w, outlook, k, company, tally.counts)
            clear(tally)
        yesterdays = World(
            day, w.seed, w.uid, w.cell, w.stir, w.person, w.sights, w.exposure, w.views_total,
            w.parent, w.day_subscribed, w.member, w.indptr, w.indices, w.terms, w.reach,
            w.hazard_by_cause, w.novelty, w.visiting, w.kinds, w.market, awake, rows_before,
            sent_before, w.fed, drawn,
        )  # fmt: skip
        for p in range(n):
            if w.terms[p].invites_required and w.terms[p].running:
                hand_out_codes(yesterdays, p, rows_before, company, posted, tally, weight)
        rows, heard = np.empty(n_users, np.int32), np.empty(n_users, np.uint16)
        found = _find_awake(
            at[0], (yesterdays, np.int64(0), np.int64(n_users), loud, least, rows, heard)
        )
        awake = Awake(
            rows[:found], heard[:found], np.zeros((n, found), np.uint16),
            np.zeros(found, np.uint64), np.zeros(found, np.bool_), w.awake.wish, w.awake.packs,
            w.awake.granted,
        )  # fmt: skip
        todays = World(
            day, w.seed, w.uid, w.cell, w.stir, w.person, w.sights, w.exposure, w.views_total,
            w.parent, w.day_subscribed, w.member, w.indptr, w.indices, w.terms, w.reach,
            w.hazard_by_cause, w.novelty, w.visiting, w.kinds, w.market, awake, rows_before,
            sent_before, w.fed, drawn,
        )  # fmt: skip
        _live_day(at[1], (todays, np.int64(0), np.int64(found), tally, np.int64(WHOLE)))
        enter(diary, tally, w.terms)
        post(tally, posted)
        packs_left -= tally.counts[:, Count.PACKS].max()
        for p in range(n):
            if packs_left <= 0 or not book(
                w.terms[p], tally.counts[p], weight, outlook.unit[k, p], outlook.is_up[k, p],
                company[p].cash, money[k, p],
            ):  # fmt: skip
                end = BEFORE_EVENING
        if end != WHOLE_DAYS:
            break
        for p in range(n):
            cash = money[k, p, today.shape[1]]
            close_books(
                w.terms[p], tally.counts[p], weight, n_users, outlook.unit[k, p],
                company[p : p + 1], cash, told,
            )  # fmt: skip
            write_down(diary, tally, p, day, money[k, p], row, told)
            shared = tally.counts[p, Count.SHARES_FRIENDS] > 0
            changed[p], loud[p] = shared or loud[p], shared
        full = _close_day(
            at[2], (todays, rows_before, changed, np.int64(0), np.int64(n_users))
        )
        if full != 0:
            end = TOO_MANY_SHARES
            break
        over += 1
    return over, end, awake, rows_before, sent_before, full, money, packs_left


@scalar
def hand_out_codes(w, p, rows, company, posted, tally, weight):  # type: ignore[no-untyped-def]
    """Give invite codes, as `agents.people.users.Users.hand_out_codes` does."""
    me = company[p]
    for cell in range(w.kinds.size):
        if w.reach[p, cell].open:
            me.entitlement += w.terms[p].public_codes_per_day / weight
            new = np.int64(me.entitlement + _ROUNDING) - me.codes_issued
            me.codes_issued += new
            me.codes += new
            tally.counts[p, Count.CODES_ISSUED] += new
            break
    waiting = np.empty_like(rows)
    waiting = waiting[: invites.find_waiting(w, p, rows, waiting)]
    if waiting.size == 0:
        return
    asked, priority = np.empty(waiting.size, np.int32), np.empty(waiting.size, np.uint64)
    invites.ask_friends(w, p, waiting, 0, waiting.size, asked, priority)
    codes = np.empty(1 + posted.shape[1], np.int64)
    codes[0], codes[1:] = me.codes, posted[p]
    if invites.give(w, p, waiting, asked, priority, codes) > 0:
        me.codes, posted[p] = codes[0], codes[1:]


@scalar
def clear(tally):  # type: ignore[no-untyped-def]
    """Count from the start."""
    tally.counts[:] = 0
    tally.by_segment[:] = 0
    tally.by_day[:] = 0
    tally.unaware_by_cell[:] = 0


@scalar
def add_up(fed, so_far):  # type: ignore[no-untyped-def]
    """Write (P, days) the clips on the feed of all cohorts so far."""
    for p in range(fed.shape[0]):
        total = 0
        for day in range(fed.shape[1]):
            total += fed[p, day]
            so_far[p, day] = total
