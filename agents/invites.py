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

from agents.rules import uid_of
from agents.state import Flag, Stir
from agents.world import World
from sim.compiled import AHEAD, kernel, prefetch, rule
from sim.execution import PAYS_FRIENDS, Execution
from sim.rng import Stream, word

_REQUEST = np.uint64(Stream.CODE_REQUEST)
_PRIORITY = np.uint64(Stream.CODE_PRIORITY)
_POOL = np.uint64(Stream.POOL_PRIORITY)
_CODES = np.uint8(Stir.CODES)
#: Odd multiplier that spreads uids over the key space, to draw one word for each pair of people.
_SPREAD = 0x9E3779B1


@rule
def pair_word(w, p, friend, row):  # type: ignore[no-untyped-def]
    """Return the word of a pair (friend asked, user who asks) today."""
    key = (int(w.terms[p].key) + np.int64(uid_of(w, row)) * _SPREAD) & 0xFFFFFFFF
    return word(w.seed, _REQUEST, w.day, uid_of(w, friend), key)


@kernel
def _ask_friends(w, p, waiting, first, last, asked, priority):  # type: ignore[no-untyped-def]
    """Fill, for some waiting users, the friend asked (-1 if none has a code) and his priority."""
    for k in range(first, last):
        ahead = min(k + AHEAD, last - 1)
        prefetch(w.indptr, np.int64(waiting[ahead]))
        prefetch(w.indices, w.indptr[waiting[min(k + AHEAD // 2, last - 1)]])
        row = waiting[k]
        asked[k] = -1
        best = np.uint64(0)
        for edge in range(w.indptr[row], w.indptr[row + 1]):
            friend = w.indices[edge]
            if w.stir[friend] & _CODES and w.member[friend, p].codes_ready > 0:
                drawn = pair_word(w, p, friend, row)
                if asked[k] < 0 or drawn < best:
                    asked[k] = friend
                    best = drawn
        priority[k] = word(w.seed, _PRIORITY, w.day, uid_of(w, row), w.terms[p].key)


@kernel
def _lots(w, p, waiting, priority):  # type: ignore[no-untyped-def]
    for k in range(waiting.size):
        priority[k] = word(w.seed, _POOL, w.day, uid_of(w, waiting[k]), w.terms[p].key)


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
    w: World, p: int, waiting: npt.NDArray[np.int32], pool: Pool, execution: Execution
) -> int:
    """Give codes to waiting users for today; return how many came from the pool.

    Parameters
    ----------
    waiting
        (k,) rows that wait for platform p.
    """
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
    order = np.lexsort((_uids(w, waiting), priority, asked))
    asked, waiting = asked[order], waiting[order]
    rank = np.arange(waiting.size) - np.searchsorted(asked, asked, side="left")
    on_offer = np.where(asked >= 0, codes_ready[asked], 0)
    served = rank < on_offer
    flags[waiting[served]] |= int(Flag.CODE | Flag.FRIEND_CODE)
    np.subtract.at(codes_ready, asked[served], 1)

    left = waiting[~served]
    n = min(pool.codes, left.size)
    if n > 0:
        lots = np.empty(left.size, np.uint64)
        _lots(w, p, left, lots)
        lucky = left[np.lexsort((_uids(w, left), lots))[:n]]
        flags[lucky] |= int(Flag.CODE)
        pool.codes -= n
    return n
