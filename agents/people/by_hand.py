"""Changes of status made by a person at the keyboard, booked like any other."""

from __future__ import annotations

from agents.day.moves import activate, install, move, refresh
from agents.day.sight import seen_at
from agents.day.world import World
from agents.state import NOBODY, Flag, Sight
from agents.tally import Tally
from sim.counts import Cause, Count, Status


def set_status(w: World, tally: Tally, p: int, row: int, status: Status) -> None:
    """Move a user to a status as if it had happened this morning.

    Forward steps are taken one by one (hear of it, install, start), so that installs, activations
    and codes are counted with the first step of the market that follows.

    Parameters
    ----------
    w
        The world of today, which writes into the columns of people.
    tally
        Where it is counted until the next day is.
    """
    _step(w, tally, p, row, status)
    refresh(w, row)


def _step(w: World, tally: Tally, p: int, row: int, status: Status) -> None:
    was = Status(int(w.member[row, p].status))
    if was == status:
        return
    if status == Status.WAITING and int(w.member[row, p].day_activated) >= 0:
        # Who has an account waits for none: his past is forgotten first.
        _step(w, tally, p, row, Status.UNAWARE)
        was = Status.UNAWARE
    if status == Status.UNAWARE:
        _clear(w, tally, p, row)
        move(w, tally, row, p, int(status))
        tally.unaware_by_cell[p, int(w.cell[row])] += 1
        return
    if was == Status.UNAWARE:
        _by_hand(w, p, row)
        tally.counts[p, Count.NEWLY_AWARE] += 1
        move(w, tally, row, p, int(Status.AWARE))
    if status in (Status.AWARE, Status.LOST):
        _leave_for(w, tally, p, row, status)
        return
    if int(w.member[row, p].status) in (Status.AWARE, Status.LOST):
        if was == Status.AWARE:
            _by_hand(w, p, row)
        install(w, tally, row, p)
    if status == Status.ACTIVE and int(w.member[row, p].status) == Status.WAITING:
        activate(w, tally, row, p)


def _by_hand(w: World, p: int, row: int) -> None:
    """Note that nobody else is behind it, unless somebody brought him long ago."""
    me = w.member[row, p]
    me.cause = int(Cause.BY_HAND)
    if int(me.day_activated) < 0:
        w.parent[p, row] = NOBODY


def _leave_for(w: World, tally: Tally, p: int, row: int, status: Status) -> None:
    """Step back: stop waiting, or drop out."""
    was = int(w.member[row, p].status)
    if was == status:
        return
    if was == Status.WAITING and status == Status.AWARE:
        tally.counts[p, Count.GAVE_UP] += 1
    if was == Status.ACTIVE:
        if status == Status.LOST:
            tally.counts[p, Count.DROPOUTS] += 1
            part, bits = seen_at(Sight.LEFT, p)
            w.sights[part, row] |= bits
        _cancel(w, tally, p, row)
    move(w, tally, row, p, int(status))


def _cancel(w: World, tally: Tally, p: int, row: int) -> None:
    flags = int(w.member[row, p].marks)
    if flags & Flag.SUBSCRIBED:
        tally.counts[p, Count.CANCELLATIONS] += 1
        w.member[row, p].marks = flags & ~(Flag.SUBSCRIBED | Flag.HIGH_PLAN)


def _clear(w: World, tally: Tally, p: int, row: int) -> None:
    """Forget the past of a user on a platform, apart from clips and packs, which were made.

    Should he start again, he is new, and of another cohort.
    """
    _cancel(w, tally, p, row)
    me = w.member[row, p]
    me.cause = int(Cause.NONE)
    me.day_activated = me.day_returned = -1
    w.parent[p, row] = NOBODY
    me.marks = int(me.marks) & Flag.HAS_PAID
    part, bits = seen_at(Sight.LEFT, p)
    w.sights[part, row] &= 0xFF ^ bits
