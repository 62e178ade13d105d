"""How a user comes to stand elsewhere with a platform, and what is counted of it.

Compiled for all rows, run as Python for one (`sim.compiled.either_way`), as the day itself.
"""

from __future__ import annotations

from agents.day.world import ACTIVATIONS_BY, INSTALLS_BY, MOVES, Count
from agents.state import (
    ACTIVE,
    AWARE,
    LOST,
    PENT_UP_BITS,
    UNAWARE,
    WAITING,
    Cause,
    Flag,
    Status,
    Stir,
)
from sim.compiled import either_way

_INVITE = int(Cause.INVITE)
_PENT_UP = int(Flag.PENT_UP)
_CODE = int(Flag.CODE)
_FRIEND_CODE = int(Flag.FRIEND_CODE)
_ENGAGED = int(Stir.ENGAGED)
_PROMOTED = int(Stir.PROMOTED)
_LOST_SOMEWHERE = int(Stir.LOST)
_CODES_SOMEWHERE = int(Stir.CODES)
_PENT_UP_SOMEWHERE = int(Stir.PENT_UP)
_INSTALLS_BY = INSTALLS_BY
_ACTIVATIONS_BY = ACTIVATIONS_BY
_MOVES = MOVES
_N_STATUS = len(Status)

_INSTALLS = int(Count.INSTALLS)
_REINSTALLS = int(Count.REINSTALLS)
_GATED = int(Count.GATED)
_ACTIVATIONS = int(Count.ACTIVATIONS)
_RETURNS = int(Count.RETURNS)
_CODES_ISSUED = int(Count.CODES_ISSUED)
_CODES_USED_FRIEND = int(Count.CODES_USED_FRIEND)
_CODES_USED_PUBLIC = int(Count.CODES_USED_PUBLIC)


@either_way
def move(w, tally, row, p, to):  # type: ignore[no-untyped-def]
    """Change the status and count the move; the only place where a status changes by rule."""
    came_from = int(w.member[row, p].status)
    w.member[row, p].status = to
    tally.counts[p, _MOVES + came_from * _N_STATUS + to] += 1
    if came_from == UNAWARE:
        tally.unaware_by_cell[p, int(w.cell[row])] -= 1


@either_way
def refresh(w, row):  # type: ignore[no-untyped-def]
    """Let the byte that the scan reads say again what statuses and marks say."""
    stir = int(w.stir[row]) & _PROMOTED
    for p in range(w.terms.size):
        me = w.member[row, p]
        status = int(me.status)
        if status in (ACTIVE, WAITING):
            stir |= _ENGAGED
        elif status == LOST:
            stir |= _LOST_SOMEWHERE
        elif status == AWARE and int(me.marks) & _PENT_UP:
            stir |= _PENT_UP_SOMEWHERE << (p % PENT_UP_BITS)
        if int(me.codes_ready) > 0:
            stir |= _CODES_SOMEWHERE
    w.stir[row] = stir


@either_way
def activate(w, tally, row, p):  # type: ignore[no-untyped-def]
    """Start using the platform today; in the invite phase new codes come with it."""
    me = w.member[row, p]
    flags = int(me.marks)
    cause = _INVITE if flags & _FRIEND_CODE else int(me.cause)
    move(w, tally, row, p, ACTIVE)
    me.day_activated = w.day
    tally.counts[p, _ACTIVATIONS] += 1
    tally.counts[p, _ACTIVATIONS_BY + cause] += 1
    if flags & _CODE:
        used = _CODES_USED_FRIEND if flags & _FRIEND_CODE else _CODES_USED_PUBLIC
        tally.counts[p, used] += 1
        me.marks = flags & ~(_CODE | _FRIEND_CODE)
    n_codes = int(w.terms[p].codes_per_user)
    if w.terms[p].invites_required and n_codes > 0 and int(me.codes) == 0:
        me.codes = n_codes
        tally.counts[p, _CODES_ISSUED] += n_codes


@either_way
def install(w, tally, row, p):  # type: ignore[no-untyped-def]
    """Install: start at once where no invite is needed, else wait for one.

    Somebody who left keeps the account and returns without an invite.
    """
    me = w.member[row, p]
    if int(me.status) == LOST:
        tally.counts[p, _RETURNS] += 1
        move(w, tally, row, p, ACTIVE)
        me.day_activated = w.day
        return
    if int(me.day_installed) < 0:
        me.day_installed = w.day
        tally.counts[p, _INSTALLS] += 1
        tally.counts[p, _INSTALLS_BY + int(me.cause)] += 1
    else:
        tally.counts[p, _REINSTALLS] += 1
    if w.terms[p].invites_required:
        tally.counts[p, _GATED] += 1
        move(w, tally, row, p, WAITING)
    else:
        activate(w, tally, row, p)
