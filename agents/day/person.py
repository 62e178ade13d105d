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
from agents.day.sight import is_elsewhere, is_seen
from agents.day.use import is_limited, order, pay_plan, use
from agents.day.world import ORDERING, SERVING
from agents.state import OF_THE_DAY, SEEN_BITS, Flag, Sight
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
def come(w, row, p, decide):  # type: ignore[no-untyped-def]
    """Come to a platform or not, and make something there or not: marked until the night."""
    if decide.visits(w, row, p):
        me = w.member[row, p]
        me.marks = int(me.marks) | Flag.VISITS
        if decide.creates(w, row, p):
            me.marks = int(me.marks) | Flag.CREATES


@either_way
def live(w, tally, row, k, p, decide, part):  # type: ignore[no-untyped-def]
    """Live one day on a platform: use it if it is visited, and pay."""
    me = w.member[row, p]
    if is_elsewhere(w, row, p):
        tally.counts[p, Count.MULTI_HOMERS] += 1
    at_quota = False
    was_active = int(me.marks) & Flag.VISITS != 0
    if was_active:
        at_quota = use(w, tally, row, k, p, decide, part == SERVING and is_limited(w, p))
    me.hits = ((int(me.hits) << 1) & 0x7F) | (1 if at_quota else 0)
    pay_plan(w, tally, row, p, was_active, decide)
    if int(me.codes) > 0 and w.terms[p].invites_required:
        to_friends, to_public, idle = rules.passes_codes(w, row, p)
        me.codes = int(me.codes) - to_friends - to_public - idle
        me.codes_ready = int(me.codes_ready) + to_friends
        tally.counts[p, Count.CODES_PUBLIC] += to_public
        tally.by_day[POSTED, p, int(me.day_activated)] += to_public
        tally.counts[p, Count.CODES_IDLE] += idle


@either_way
def sleep(w, tally, row, p, decide):  # type: ignore[no-untyped-def]
    """End the day on a platform, perhaps for good; return what friends will see of it."""
    me = w.member[row, p]
    seen = 0
    seen |= Sight.PRESENT
    if decide.leaves(w, row, p):
        tally.counts[p, Count.DROPOUTS] += 1
        move(w, tally, row, p, Status.LOST)
        seen |= Sight.LEFT
        flags = int(me.marks)
        if flags & Flag.SUBSCRIBED:
            tally.counts[p, Count.CANCELLATIONS] += 1
            me.marks = flags & ~(Flag.SUBSCRIBED | Flag.HIGH_PLAN)
    return seen


@either_way
def person_day(w, tally, row, k, heard, decide, part):  # type: ignore[no-untyped-def]
    """Live one day: look around, choose, and on each platform wait or live.

    Who comes where is known before anything is done there, and all is done before anybody leaves:
    one day is shared out among all platforms, in no order of theirs.

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
    if part != SERVING:
        if heard != 0:
            considered = look_around(w, tally, row, heard, decide)
            if considered != 0:
                choose(w, tally, row, considered, decide)
        for p in range(w.terms.size):
            if w.terms[p].running and int(w.member[row, p].status) == Status.WAITING:
                wait(w, tally, row, p, decide)
    there = 0
    for p in range(w.terms.size):
        if w.terms[p].running and int(w.member[row, p].status) == Status.ACTIVE:
            there |= 1 << p
            if part != SERVING:
                come(w, row, p, decide)
    for p in range(w.terms.size):
        if (there >> p) & 1:
            if part != ORDERING:
                live(w, tally, row, k, p, decide, part)
            elif is_limited(w, p) and int(w.member[row, p].marks) & Flag.VISITS:
                order(w, row, k, p, decide)
    if part != ORDERING:
        seen = 0
        for p in range(w.terms.size):
            if (there >> p) & 1:
                seen |= sleep(w, tally, row, p, decide) << (SEEN_BITS * p)
        for p in range(w.terms.size):
            me = w.member[row, p]
            flags = int(me.marks)
            if flags & Flag.SUBSCRIBED:
                seen |= Sight.PAYING << (SEEN_BITS * p)
            if flags & OF_THE_DAY:
                me.marks = flags & ~OF_THE_DAY
        w.awake.seen[k] = seen
    refresh(w, row)
