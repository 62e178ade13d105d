"""What the rules of a day can see: one immutable bundle of arrays, made anew each morning.

`World` is read by the compiled loop and by single users in Python alike: a plain named tuple of
arrays, which compiled code takes as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.rng import Stream

#: Streams drawn ahead: for all who are active on a platform, and for those who use it today.
DRAWN_FOR_ACTIVE = (Stream.VISIT, Stream.LEAVE)
DRAWN_FOR_USE = (
    Stream.DEMAND, Stream.SHARE_FRIENDS, Stream.SHARE_FEED, Stream.SUBSCRIBE, Stream.CREATE,
    Stream.WATCH,
)  # fmt: skip
#: Both, as numbers for compiled code; a place in it is a *slot*.
DRAWN_AHEAD = tuple(int(stream) for stream in DRAWN_FOR_ACTIVE + DRAWN_FOR_USE)
#: Parts of a day: all of it at once, or orders first, served once all are known.
WHOLE, ORDERING, SERVING = 0, 1, 2
#: A bit for each of `sim.scenario.MAX_PLATFORMS`.
EVERY_PLATFORM = 0xFFFF


class World(NamedTuple):
    """State of yesterday, terms of today. P platforms, n users, C cells, k awake users.

    What the scan over all users reads stands in columns of its own; what only an awake user needs
    stands together in records, so that it costs one line of memory and not one per column.
    """

    day: int
    seed: np.uint64
    uid: npt.NDArray[np.uint32]  # (n,), or empty where row i has uid i
    cell: npt.NDArray[np.uint16]  # (n,)
    stir: npt.NDArray[np.uint8]  # (n,)
    person: Any  # (n,) records, see agents/state.py
    sights: npt.NDArray[np.uint8]  # (ceil(P / 2), n) what friends can see
    exposure: npt.NDArray[np.uint16]  # (P, n)
    views_total: npt.NDArray[np.uint32]  # (P, n)
    parent: npt.NDArray[np.int16]  # (P, n)
    day_subscribed: npt.NDArray[np.int16]  # (P, n)
    member: Any  # (n, P) records, see agents/state.py
    indptr: npt.NDArray[np.int64]  # friends
    indices: npt.NDArray[np.int32]
    terms: Any  # (P,) records, see agents/day/terms.py
    reach: Any  # (P, C) records, see REACH
    hazard_by_cause: npt.NDArray[np.float64]  # (causes, P, C)
    novelty: npt.NDArray[np.float64]  # (P, days) by age
    visiting: npt.NDArray[np.float64]  # (P, days) the same of visits
    kinds: Any  # (C,) records, see KINDS
    market: Any  # (1,) record
    awake: Awake
    rows_yesterday: npt.NDArray[np.int32]  # (j,) those awake yesterday, ascending
    sent_yesterday: npt.NDArray[np.uint16]  # (P, j) clips that they sent to friends
    fed: npt.NDArray[np.int64]  # (P, days) clips on the feed yesterday, of all cohorts so far
    drawn: Drawn

    def bare(self) -> World:
        """Return the same memory without `numpy.recarray`, of which numba asks its type each time.

        Handing the world to compiled code then takes a quarter of the time. Python reads fields of
        whole arrays by attribute, and keeps the other.
        """
        records = {name: getattr(self, name).view(np.ndarray) for name in _RECORDS}
        return self._replace(**records)


class Today(NamedTuple):
    """What of a `World` differs from one day to the next in another way than being written over."""

    day: int
    awake: Awake
    rows_yesterday: npt.NDArray[np.int32]
    sent_yesterday: npt.NDArray[np.uint16]
    drawn: Drawn


#: Parts of the world that are arrays of records.
_RECORDS = ("person", "member", "terms", "reach", "kinds", "market")


def _blank_notes(shape: tuple[int, int]) -> tuple[npt.NDArray[Any], ...]:
    """Return what nobody has noted yet: wishes, packs, and clips granted."""
    return (
        np.zeros(shape, np.int32),
        np.zeros(shape, np.uint16),
        np.zeros(shape, np.uint16),
    )


_NO_NOTES = _blank_notes((0, 0))


class Awake(NamedTuple):
    """Those for whom anything can happen today, in ascending rows, and what they leave behind.

    The one thing a day allocates; its size is that of the awake, not of the population.
    """

    row: npt.NDArray[np.int32]  # (k,)
    heard: npt.NDArray[np.uint16]  # (k,) bit mask of platforms to turn to, perhaps
    sent: npt.NDArray[np.uint16]  # (P, k) clips sent to friends today
    seen: npt.NDArray[np.uint64]  # (k,) what friends can see tomorrow, SEEN_BITS a platform
    in_python: npt.NDArray[np.bool_]  # (k,) stepped by an agent of his own, since this morning
    # Of a day in two parts, else empty: what each notes in the first part for the second.
    wish: npt.NDArray[np.int32]  # (P, k) clips wanted today
    packs: npt.NDArray[np.uint16]  # (P, k) packs that he would buy for them
    granted: npt.NDArray[np.uint16]  # (P, k) clips ordered, cut down to what is served

    @classmethod
    def of(
        cls, n_platforms: int, row: Any = (), heard: Any = (), in_two_parts: bool = False
    ) -> Awake:
        """Return the awake at the start of a day."""
        row = np.asarray(row, np.int32)
        shape = n_platforms, row.size
        return cls(
            row,
            np.asarray(heard, np.uint16),
            np.zeros(shape, np.uint16),
            np.zeros(row.size, np.uint64),
            np.zeros(row.size, bool),
            *(_blank_notes(shape) if in_two_parts else _NO_NOTES),
        )

    @classmethod
    def joined(cls, parts: Sequence[Awake]) -> Awake:
        """Return the awake of all workers together; their rows follow each other."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True)))

    def including(self, rows: Sequence[int]) -> Awake:
        """Return the awake with some rows added, who may turn to every platform."""
        everybody = np.union1d(self.row, np.array(rows, np.int32))
        in_two_parts = self.wish.shape[0] > 0
        more = self.of(self.sent.shape[0], everybody, np.zeros(everybody.size), in_two_parts)
        place = np.searchsorted(everybody, self.row)
        arrays: Any = zip(more[1:], self[1:], strict=True)
        for mine, theirs in arrays:
            if mine.size > 0:
                mine[..., place] = theirs
        added = np.searchsorted(everybody, rows)
        more.heard[added], more.in_python[added] = EVERY_PLATFORM, True
        return more


class Drawn(NamedTuple):
    """Luck drawn ahead, for a block of users at once; every worker has its own.

    Rules ask for luck one decision at a time. What most active users will ask for is drawn before
    by vector instructions, and found here by `agents.day.sight.luck`; the rest it draws itself.
    """

    words: npt.NDArray[np.uint32]  # (streams, P, block)
    have: npt.NDArray[np.uint8]  # (P, block) bits of the streams whose words are there
    place: npt.NDArray[np.int64]  # (1,) place in the block of the user whose turn it is

    @classmethod
    def nothing(cls, n_platforms: int, block: int = 1) -> Drawn:
        """Return room for a block, in which nothing has been drawn."""
        return cls(
            np.zeros((len(DRAWN_AHEAD), n_platforms, block), np.uint32),
            np.zeros((n_platforms, block), np.uint8),
            np.zeros(1, np.int64),
        )


#: What a platform means to the people of one cell today.
REACH = np.dtype(
    [
        ("hazard_unaware", np.float64),
        ("hazard_aware", np.float64),  # without paid media
        ("friction", np.float64),
        ("offer", np.float64),  # what the offer adds to the log odds of installing
        ("free_quota", np.int64),
        ("plan_at_hand", np.bool_),  # they hold the plan already, for other reasons
        ("open", np.bool_),
    ],
    align=True,
)
#: What the people of a cell have in common on all platforms.
KINDS = np.dtype([("demand", np.float64), ("segment", np.int64)], align=True)
