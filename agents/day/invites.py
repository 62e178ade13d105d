"""Invite codes: who gets one this morning, along real friendships and from the public pool.

Everything is decided on yesterday's state: a waiting user asks one friend who has codes on offer, a
friend serves as many as he has codes for, whoever is left draws lots for the public pool. Choices
are made by keyed priorities of people, never by their place in an array.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.day.lots import draw_lots
from agents.day.sight import uid_of
from agents.day.world import World
from agents.state import Flag, Stir
from sim.compiled import AHEAD, kernel, prefetch, rule
from sim.contracts import CodePool
from sim.counts import Status
from sim.execution import PAYS_FRIENDS, Execution
from sim.rng import Stream, word

#: Odd multiplier that spreads uids over the key space, to draw one word for each pair of people.
_SPREAD = 0x9E3779B1


@rule
def pair_word(w, p, friend, row):  # type: ignore[no-untyped-def]
    """Return the word of a pair (friend asked, user who asks) today."""
    key = (int(w.terms[p].key) + np.int64(uid_of(w, row)) * _SPREAD) & 0xFFFFFFFF
    return word(w.seed, Stream.CODE_REQUEST, w.day, uid_of(w, friend), key)


@kernel
def _ask_friends(w, p, waiting, first, last, asked, priority):  # type: ignore[no-untyped-def]
    """Fill, for some waiting users, the friend asked (-1 if none has a code) and their priority."""
    for k in range(first, last):
        ahead = min(k + AHEAD, last - 1)
        prefetch(w.indptr, np.int64(waiting[ahead]))
        prefetch(w.indices, w.indptr[waiting[min(k + AHEAD // 2, last - 1)]])
        row = waiting[k]
        asked[k] = -1
        best = np.uint64(0)
        for edge in range(w.indptr[row], w.indptr[row + 1]):
            friend = w.indices[edge]
            if w.stir[friend] & Stir.CODES and w.member[friend, p].codes_ready > 0:
                drawn = pair_word(w, p, friend, row)
                if asked[k] < 0 or drawn < best:
                    asked[k] = friend
                    best = drawn
        if asked[k] >= 0:
            priority[k] = word(w.seed, Stream.CODE_PRIORITY, w.day, uid_of(w, row), w.terms[p].key)


@kernel
def find_waiting(w, p, rows, waiting):  # type: ignore[no-untyped-def]
    """List those of some rows who wait for platform p; return how many."""
    n = 0
    for k in range(rows.size):
        prefetch(w.member, np.int64(rows[min(k + AHEAD, rows.size - 1)]))
        waiting[n] = rows[k]
        n += w.member[rows[k], p].status == Status.WAITING
    return n


def _uids(w: World, rows: npt.NDArray[np.int32]) -> npt.NDArray[Any]:
    """Return the keys of some people's luck."""
    return w.uid[rows] if w.uid.size else rows


@dataclass
class Pool:
    """Public invite codes of one platform.

    Parameters
    ----------
    codes
        Codes that anybody may take.
    entitlement
        Agents' worth of codes the company has handed out so far, fractions included.
    issued
        Codes the company has put into the pool, whole ones.
    """

    codes: int = 0
    entitlement: float = 0.0
    issued: int = 0

    def issue(self, codes_per_day: float) -> int:
        """Add the company's own codes of one day; fractions wait for the next. Return how many."""
        self.entitlement += codes_per_day
        new = int(self.entitlement + 1e-9) - self.issued
        self.issued += new
        self.codes += new
        return new


def hand_out(
    w: World, p: int, rows: npt.NDArray[np.int32], pool: CodePool, execution: Execution
) -> int:
    """Give codes to waiting users for today; return how many came from the pool.

    Parameters
    ----------
    rows
        Rows among whom are all that wait for platform p.
    """
    waiting = np.empty_like(rows)
    waiting = waiting[: find_waiting(w, p, rows, waiting)]
    if waiting.size == 0:
        return 0
    flags, codes_ready = w.member["marks"][:, p], w.member["codes_ready"][:, p]
    asked = np.empty(waiting.size, np.int32)
    priority = np.empty(waiting.size, np.uint64)
    execution.spread(
        waiting.size,
        lambda worker, first, last: _ask_friends(w, p, waiting, first, last, asked, priority),
        execution.edges(waiting.size, PAYS_FRIENDS),
    )
    asking = np.flatnonzero(asked >= 0)
    order = asking[np.lexsort((_uids(w, waiting[asking]), priority[asking], asked[asking]))]
    friend = asked[order]
    rank = np.arange(order.size) - np.searchsorted(friend, friend, side="left")
    served = order[rank < codes_ready[friend]]
    flags[waiting[served]] |= int(Flag.CODE | Flag.FRIEND_CODE)
    np.subtract.at(codes_ready, asked[served], 1)

    left = np.delete(waiting, served)
    n = min(pool.codes, left.size)
    if n > 0:
        lots = np.empty(left.size, np.uint64)
        draw_lots(w, np.uint64(Stream.POOL_PRIORITY), p, left, lots)
        flags[left[np.argpartition(lots, n - 1)[:n]]] |= int(Flag.CODE)
        pool.codes -= n
    return n
