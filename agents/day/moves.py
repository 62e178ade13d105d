"""How a user comes to stand elsewhere with a platform, and what is counted of it.

Compiled for all rows, run as Python for one (`sim.compiled.either_way`), as the day itself.
"""

from __future__ import annotations

from agents.state import PENT_UP_BITS, Flag, Stir
from agents.tally import ACTIVATIONS_BY, INSTALLS_BY, MOVES, OFFSPRING, OFFSPRING_BY
from sim.compiled import either_way
from sim.counts import Cause, Count, Status, Way

_N_STATUS = len(Status)


@either_way
def move(w, tally, row, p, to):  # type: ignore[no-untyped-def]
    """Change the status and count the move; the only place where a status changes by rule."""
    came_from = int(w.member[row, p].status)
    w.member[row, p].status = to
    tally.counts[p, MOVES + came_from * _N_STATUS + to] += 1
    if came_from == Status.UNAWARE:
        tally.unaware_by_cell[p, int(w.cell[row])] -= 1


@either_way
def refresh(w, row):  # type: ignore[no-untyped-def]
    """Let the byte that the scan reads say again what statuses and marks say."""
    stir = int(w.stir[row]) & Stir.PROMOTED
    for p in range(w.terms.size):
        me = w.member[row, p]
        status = int(me.status)
        if status in (Status.ACTIVE, Status.WAITING):
            stir |= Stir.ENGAGED
        elif status == Status.LOST:
            stir |= Stir.LOST
        elif status == Status.AWARE and int(me.marks) & Flag.PENT_UP:
            stir |= Stir.PENT_UP << (p % PENT_UP_BITS)
        if int(me.codes_ready) > 0:
            stir |= Stir.CODES
    w.stir[row] = stir


@either_way
def way_of(flags, cause):  # type: ignore[no-untyped-def]
    """Return the way in which other users brought somebody who has a parent among them."""
    if flags & Flag.FRIEND_CODE:
        return Way.CODE
    if flags & Flag.CODE:
        return Way.PUBLIC_CODE
    if cause == Cause.FRIEND:
        return Way.CLIP
    return Way.FEED if cause == Cause.FEED else Way.PRESENCE


@either_way
def activate(w, tally, row, p):  # type: ignore[no-untyped-def]
    """Start using the platform, for the first time; in the invite phase new codes come with it."""
    me = w.member[row, p]
    flags = int(me.marks)
    move(w, tally, row, p, Status.ACTIVE)
    me.day_activated = w.day
    tally.counts[p, Count.ACTIVATIONS] += 1
    if flags & Flag.FRIEND_CODE:
        tally.counts[p, ACTIVATIONS_BY + Cause.INVITE] += 1
    else:
        tally.counts[p, ACTIVATIONS_BY + int(me.cause)] += 1
    parent = int(w.parent[p, row])
    if parent >= 0:
        tally.counts[p, OFFSPRING_BY + way_of(flags, int(me.cause))] += 1
        tally.by_day[OFFSPRING, p, parent] += 1
    if flags & Flag.CODE:
        used = Count.CODES_USED_FRIEND if flags & Flag.FRIEND_CODE else Count.CODES_USED_PUBLIC
        tally.counts[p, used] += 1
        me.marks = flags & ~(Flag.CODE | Flag.FRIEND_CODE)
    n_codes = int(w.terms[p].codes_per_user)
    # Codes in hand may be put on offer beside others: a byte holds those of one activation.
    has_codes = int(me.codes) > 0 or int(me.codes_ready) > 0
    if w.terms[p].invites_required and n_codes > 0 and not has_codes:
        me.codes = n_codes
        tally.counts[p, Count.CODES_ISSUED] += n_codes


@either_way
def install(w, tally, row, p):  # type: ignore[no-untyped-def]
    """Install: start at once where no invite is needed, else wait for one.

    Somebody who has been there keeps the account: he returns without an invite, and is nobody new.
    """
    me = w.member[row, p]
    if int(me.day_activated) >= 0:
        tally.counts[p, Count.RETURNS] += 1
        move(w, tally, row, p, Status.ACTIVE)
        me.day_returned = w.day
        return
    if int(me.day_installed) < 0:
        me.day_installed = w.day
        tally.counts[p, Count.INSTALLS] += 1
        tally.counts[p, INSTALLS_BY + int(me.cause)] += 1
    else:
        tally.counts[p, Count.REINSTALLS] += 1
    if w.terms[p].invites_required:
        tally.counts[p, Count.GATED] += 1
        move(w, tally, row, p, Status.WAITING)
    else:
        activate(w, tally, row, p)
