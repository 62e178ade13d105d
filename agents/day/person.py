"""The order of one user's day. Written once: compiled for all rows, run as Python for one.

Decisions come in as functions. The compiled loop hands in the rules; a promoted `User` hands in his
own methods, which call the same rules unless a subclass says otherwise. Everything here moves
states and counts whole numbers, so both ways give the same bits.

Each function writes only the user's own row, and reads of others only what was true yesterday.
"""

from __future__ import annotations

from agents.day import rules
from agents.day.moves import activate, install, move, refresh
from agents.day.parents import find_parent, remember_who_told
from agents.day.sight import is_seen
from agents.day.use import is_limited, order, pay_plan, use
from agents.day.world import NO_VISIT, ORDERING, SERVING
from agents.state import SEEN_BITS, Flag, Sight
from agents.tally import EXPOSURES_BY, POSTED
from sim.compiled import either_way
from sim.counts import Count, Status


@either_way
def look_around(w, tally, row, heard, decide):  # type: ignore[no-untyped-def]
    """Be exposed: return the bit mask of platforms considered today.

    An exposure is a consideration if access is open. Those whom it reached before that remember,
    and consider on a day after it opened. Nobody considers by mere waiting. Whoever considers again
    does so because of what he saw today, not of what he first heard.

    Parameters
    ----------
    heard
        Bit mask of the platforms to which the user may turn today; to others he certainly does not.
    """
    considered = 0
    for p in range(w.terms.size):
        me = w.member[row, p]
        status = int(me.status)
        if (
            not (heard >> p) & 1
            or status in (Status.ACTIVE, Status.WAITING)
            or not w.terms[p].running
        ):
            continue
        if status == Status.LOST:
            if is_seen(w, row, p, Sight.PRESENT):
                continue  # left only last night
            if decide.comes_back(w, row, p):
                install(w, tally, row, p)
                continue
        is_open = bool(w.reach[p, int(w.cell[row])].open)
        cause = decide.notices(w, row, p)
        if cause > 0:
            tally.counts[p, EXPOSURES_BY + cause] += 1
            if status == Status.UNAWARE:
                me.cause = cause
                tally.counts[p, Count.NEWLY_AWARE] += 1
                move(w, tally, row, p, Status.AWARE)
                if not is_open:
                    me.marks = int(me.marks) | Flag.PENT_UP
                    remember_who_told(w, row, p, cause)
            if is_open:
                considered |= 1 << p
                if status == Status.AWARE:
                    me.cause = cause  # an install is due to the exposure that led to it
                    me.marks = int(me.marks) & ~Flag.PENT_UP
        elif is_open and status == Status.AWARE and int(me.marks) & Flag.PENT_UP:
            considered |= int(decide.remembers(w, row, p)) << p
    return considered


@either_way
def choose(w, tally, row, considered, decide):  # type: ignore[no-untyped-def]
    """Install some, all or none of the platforms considered today."""
    chosen = 0
    for k in range(w.terms.size):
        p = int(w.terms[k].turn)
        if (considered >> p) & 1:
            me = w.member[row, p]
            recalls = (int(me.marks) & Flag.PENT_UP) > 0
            me.marks = int(me.marks) & ~Flag.PENT_UP
            if decide.adopts(w, row, p, considered, chosen):
                if int(me.day_activated) < 0:
                    find_parent(w, row, p, considered, chosen, recalls)
                chosen |= 1 << p
    for p in range(w.terms.size):
        if (chosen >> p) & 1:
            install(w, tally, row, p)


@either_way
def wait(w, tally, row, p, decide):  # type: ignore[no-untyped-def]
    """Wait for an invite: start with a code, or because none is needed any more, or give up."""
    me = w.member[row, p]
    if int(me.marks) & Flag.CODE:
        activate(w, tally, row, p)
    elif not w.terms[p].invites_required:
        if decide.remembers(w, row, p):
            activate(w, tally, row, p)
    elif int(me.day_installed) < w.day and decide.gives_up(w, row, p):
        tally.counts[p, Count.GAVE_UP] += 1
        move(w, tally, row, p, Status.AWARE)


@either_way
def live(w, tally, row, k, p, decide, part):  # type: ignore[no-untyped-def]
    """Live one day on a platform: visit or not, pay, perhaps drop out at its end."""
    me = w.member[row, p]
    for q in range(w.terms.size):
        if q != p and is_seen(w, row, q, Sight.PRESENT):
            tally.counts[p, Count.MULTI_HOMERS] += 1
            break
    at_quota = False
    has_ordered = part == SERVING and is_limited(w, p)
    if has_ordered:
        was_active = int(w.awake.wish[p, k]) != NO_VISIT
    else:
        was_active = bool(decide.visits(w, row, p))
    if was_active:
        at_quota = use(w, tally, row, k, p, decide, has_ordered)
    me.hits = ((int(me.hits) << 1) & 0x7F) | (1 if at_quota else 0)
    pay_plan(w, tally, row, p, was_active, decide)
    if int(me.codes) > 0 and w.terms[p].invites_required:
        to_friends, to_public, idle = rules.passes_codes(w, row, p)
        me.codes = int(me.codes) - to_friends - to_public - idle
        me.codes_ready = int(me.codes_ready) + to_friends
        tally.counts[p, Count.CODES_PUBLIC] += to_public
        tally.by_day[POSTED, p, int(me.day_activated)] += to_public
        tally.counts[p, Count.CODES_IDLE] += idle
    if decide.leaves(w, row, p):
        tally.counts[p, Count.DROPOUTS] += 1
        move(w, tally, row, p, Status.LOST)
        flags = int(me.marks)
        if flags & Flag.SUBSCRIBED:
            tally.counts[p, Count.CANCELLATIONS] += 1
            me.marks = flags & ~(Flag.SUBSCRIBED | Flag.HIGH_PLAN)


@either_way
def person_day(w, tally, row, k, heard, decide, part):  # type: ignore[no-untyped-def]
    """Live one day: look around, choose, and on each platform wait or live.

    Where capacity is limited the day has two parts. Up to his orders each lives the first; once all
    orders are known, he lives the rest with what is served. Nothing between is read by anybody, so
    a capacity that serves all changes nothing.

    Parameters
    ----------
    k
        Place of the user among the awake, where his day is noted for others.
    part
        WHOLE, ORDERING or SERVING (`agents.day.world`).
    """
    if heard != 0 and part != SERVING:
        considered = look_around(w, tally, row, heard, decide)
        if considered != 0:
            choose(w, tally, row, considered, decide)
    seen = 0
    for p in range(w.terms.size):
        me = w.member[row, p]
        if w.terms[p].running:
            status = int(me.status)
            if status == Status.WAITING and part != SERVING:
                wait(w, tally, row, p, decide)
                status = int(me.status)
            if status == Status.ACTIVE and part != ORDERING:
                live(w, tally, row, k, p, decide, part)
                seen |= Sight.PRESENT << (SEEN_BITS * p)
            elif status == Status.ACTIVE and is_limited(w, p):
                order(w, row, k, p, decide)
        if int(me.marks) & Flag.SUBSCRIBED:
            seen |= Sight.PAYING << (SEEN_BITS * p)
    w.awake.seen[k] = seen
    refresh(w, row)
