"""Changes of status made by a person at the keyboard, booked like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.day.moves import activate, install, move
from agents.day.world import Count
from agents.state import Cause, Flag, Status

if TYPE_CHECKING:
    from agents.people.users import Users


def set_status(users: Users, p: int, row: int, status: Status) -> None:
    """Move a user to a status as if it had happened this morning.

    Forward steps are taken one by one (hear of it, install, start), so that installs, activations
    and codes are counted with the first step of the market that follows.
    """
    w = users.world._replace(day=users.market.day)
    tally = users.by_hand
    was = Status(int(w.member[row, p].status))
    if was == status:
        return
    if status == Status.UNAWARE:
        _clear(users, p, row)
        move(w, tally, row, p, int(status))
        tally.unaware_by_cell[p, int(w.cell[row])] += 1
        return
    if was == Status.UNAWARE:
        w.member[row, p].cause = int(Cause.BY_HAND)
        tally.counts[p, Count.NEWLY_AWARE] += 1
        move(w, tally, row, p, int(Status.AWARE))
    if status in (Status.AWARE, Status.LOST):
        _leave_for(users, p, row, status)
        return
    if int(w.member[row, p].status) in (Status.AWARE, Status.LOST):
        install(w, tally, row, p)
    if status == Status.ACTIVE and int(w.member[row, p].status) == Status.WAITING:
        activate(w, tally, row, p)


def _leave_for(users: Users, p: int, row: int, status: Status) -> None:
    """Step back: stop waiting, or drop out."""
    w, tally = users.world, users.by_hand
    was = int(w.member[row, p].status)
    if was == status:
        return
    if was == Status.WAITING and status == Status.AWARE:
        tally.counts[p, Count.GAVE_UP] += 1
    if was == Status.ACTIVE:
        if status == Status.LOST:
            tally.counts[p, Count.DROPOUTS] += 1
        _cancel(users, p, row)
    move(w, tally, row, p, int(status))


def _cancel(users: Users, p: int, row: int) -> None:
    flags = int(users.world.member[row, p].marks)
    if flags & Flag.SUBSCRIBED:
        users.by_hand.counts[p, Count.CANCELED] += 1
        users.world.member[row, p].marks = flags & ~int(Flag.SUBSCRIBED)


def _clear(users: Users, p: int, row: int) -> None:
    """Forget the past of a user on a platform, apart from clips and packs, which were made."""
    _cancel(users, p, row)
    columns = users.columns
    columns["cause"][p, row] = 0
    columns["marks"][p, row] = int(columns["marks"][p, row]) & int(Flag.HAS_PAID)
