"""The state of all people in a saved market, and whether people can be in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.day.world import Awake
from agents.people.derived import seen_bits
from agents.people.measures import Books
from agents.state import PENT_UP_BITS, SEEN_BITS, SEEN_PACKED, Flag, Sight, Stir
from agents.tally import Tally
from sim.columns import Columns
from sim.counts import Cause, Status
from sim.errors import DataError

_COLUMN, _BOOKS, _BY_HAND = "columns.", "books.", "by_hand."
_SEEN = sum((Sight.PRESENT | Sight.PAYING) << (SEEN_BITS * q) for q in range(SEEN_PACKED))


def state(columns: Columns, books: Books, by_hand: Tally, awake: Awake) -> dict[str, Any]:
    """Return all that a restart needs, by name.

    Parameters
    ----------
    by_hand
        What was done by hand since the last day, to be counted with the next.
    awake
        Those to whom something could happen on the last day.
    """
    return {
        **{f"{_COLUMN}{name}": array for name, array in columns.state().items()},
        "rows": awake.row,
        "sent": awake.sent,
        **{f"{_BOOKS}{name}": getattr(books, name) for name in Books.NAMES},
        **{f"{_BY_HAND}{name}": array for name, array in by_hand._asdict().items()},
        "json": {"written": sorted(columns.written)},
    }


def restore(given: Mapping[str, Any], columns: Columns, books: Books, by_hand: Tally) -> Awake:
    """Write a saved state into columns and books of new people; return who was awake last.

    Raises
    ------
    DataError
        If it is the state of other people. What it says of them is looked at by `check_people`.
    """
    columns.written = {str(name) for name in given["json"]["written"]}
    as_drawn = [name for name, one in columns.declared.items() if one.trait]
    drawn = {name: columns[name].copy() for name in ["cell", *as_drawn]}
    saved = {n.removeprefix(_COLUMN): a for n, a in given.items() if n.startswith(_COLUMN)}
    columns.restore(saved)
    for name, array in drawn.items():
        if name not in columns.written and not np.array_equal(columns[name], array):
            raise DataError(f"{name} of people is not what this seed draws.")
    for name in Books.NAMES:
        _fill(getattr(books, name), given, f"{_BOOKS}{name}", low=0)
    for name, array in by_hand._asdict().items():
        _fill(array, given, f"{_BY_HAND}{name}")
    rows, sent = _rows(given["rows"], columns.n_users), given["sent"]
    if sent.shape != (columns.n_platforms, rows.size) or sent.dtype != np.uint16:
        raise DataError(f"sent is {sent.dtype} {sent.shape}: must be clips of {rows.size} people.")
    return Awake.of(columns.n_platforms, rows, np.zeros(rows.size))._replace(sent=sent.copy())


_DAYS = ("day_installed", "day_activated", "day_returned", "day_subscribed")


def _fill(
    array: npt.NDArray[np.int64], given: Mapping[str, Any], name: str, low: Any = None
) -> None:
    saved = given[name]
    if saved.shape != array.shape or saved.dtype != array.dtype:
        raise DataError(
            f"{name} is {saved.dtype} {saved.shape}: must be {array.dtype} {array.shape}."
        )
    if low is not None and np.any(saved < low):
        raise DataError(f"{name} = {saved.min()}: must be >= {low}.")
    array[...] = saved


def check_people(columns: Columns, awake: npt.NDArray[np.int32], day: int) -> None:
    """Raise DataError unless all that columns say of people can be true of them.

    Compiled code takes what stands there for a place in an array, without looking.

    Parameters
    ----------
    awake
        (k,) those to whom something could happen on the last day.
    day
        The day that is to be lived next.
    """
    columns.check(dict.fromkeys(_DAYS, day) | dict.fromkeys(("day_active", "parent"), day - 1))
    status, marks = columns["status"], columns["marks"]
    wrong = {
        "aware without a cause, or the other way round": (status != Status.UNAWARE)
        != (columns["cause"] != Cause.NONE),
        "active without a day of activation": (status == Status.ACTIVE)
        & (columns["day_activated"] < 0),
        "back before he first came": (columns["day_returned"] >= 0)
        & ((columns["day_returned"] < columns["day_activated"]) | (columns["day_activated"] < 0)),
        "brought by somebody who started no sooner": (columns["day_activated"] >= 0)
        & (columns["parent"] >= columns["day_activated"]),
        "waiting without an install": (status == Status.WAITING) & (columns["day_installed"] < 0),
        "in the high plan without being subscribed": (marks & Flag.HIGH_PLAN > 0)
        & (marks & Flag.SUBSCRIBED == 0),
        "subscribed without a day of it": (marks & Flag.SUBSCRIBED > 0)
        & (columns["day_subscribed"] < 0),
        "seen to have left where he never came": (seen_bits(columns, Sight.LEFT) > 0)
        & (columns["day_activated"] < 0),
    }
    stir, expected = columns.inside("stir") & ~np.uint8(Stir.PROMOTED), _stir(columns)
    # Codes that friends took this morning may still be marked as on offer; not the other way.
    stale = np.uint8(Stir.CODES)
    wrong["stirring otherwise than his status says"] = ((stir | stale) != (expected | stale)) | (
        expected & ~stir > 0
    )
    for what, where in wrong.items():
        if where.any():
            row = int(np.argwhere(where)[0][-1])
            raise DataError(f"user {row} is {what}.")
    seen = np.flatnonzero((columns.inside("sights") & np.uint8(_SEEN)).any(axis=0))
    if np.isin(seen, awake, invert=True).any():
        raise DataError("somebody was seen last night who did nothing all day.")


def _stir(columns: Columns) -> npt.NDArray[np.uint8]:
    """Return, for all people at once, what `agents.day.moves.refresh` says of one."""
    stir = np.zeros(columns.n_users, np.uint8)
    for p in range(columns.n_platforms):
        status = columns["status"][p]
        pent_up = (status == Status.AWARE) & (columns["marks"][p] & Flag.PENT_UP > 0)
        stir[(status == Status.ACTIVE) | (status == Status.WAITING)] |= np.uint8(Stir.ENGAGED)
        stir[status == Status.LOST] |= np.uint8(Stir.LOST)
        stir[pent_up] |= np.uint8(Stir.PENT_UP << (p % PENT_UP_BITS))
        stir[columns["codes_ready"][p] > 0] |= np.uint8(Stir.CODES)
    return stir


def _rows(rows: Any, n_users: int) -> npt.NDArray[np.int32]:
    """Return a copy of saved rows, if they ascend."""
    if (
        rows.ndim != 1
        or rows.dtype != np.int32
        or np.any((rows < 0) | (rows >= n_users))
        or np.any(rows[1:] <= rows[:-1])
    ):
        raise DataError(f"rows of users must lie from 0 to {n_users - 1}, in ascending order.")
    return np.array(rows)
