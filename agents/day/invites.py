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

from agents.day.lots import draw_lots, pair_word
from agents.day.sight import luck, uid_of
from agents.day.world import World
from agents.state import NOBODY, Flag, Stir
from sim.compiled import AHEAD, kernel, prefetch
from sim.contracts import CodePool
from sim.counts import Status
from sim.execution import PAYS_FRIENDS, Execution
from sim.rng import Stream, word


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
                drawn = pair_word(w, Stream.CODE_REQUEST, p, friend, row)
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


@kernel
def _draw_codes(w, p, takers, codes, parents):  # type: ignore[no-untyped-def]
    """Draw, for those who take a public code, whose it is, one code as likely as another.

    Parameters
    ----------
    takers
        In the order of their lots.
    codes
        Left of the company (0), and of the users of each cohort (1 + day); written to.
    parents
        Filled with the cohorts of the users whose codes they are.
    """
    left = codes.sum()
    for k in range(takers.size):
        lot = np.int64(luck(w, Stream.POOL_CODE, takers[k], p) * left)
        giver = 0
        while lot >= codes[giver]:
            lot -= codes[giver]
            giver += 1
        codes[giver] -= 1
        left -= 1
        parents[k] = giver - 1 if giver > 0 else NOBODY


def _uids(w: World, rows: npt.NDArray[np.int32]) -> npt.NDArray[Any]:
    """Return the keys of some people's luck."""
    return w.uid[rows] if w.uid.size else rows


@dataclass
class Pool:
    """Public invite codes of one platform.

    Parameters
    ----------
    posted
        (days,) codes that users made public and nobody took yet, by the cohort of the user.
    company
        The company's own that nobody took yet.
    entitlement
        Agents' worth of codes the company has handed out so far, fractions included.
    issued
        Codes the company has put into the pool, whole ones.
    """

    posted: npt.NDArray[np.int64]
    company: int = 0
    entitlement: float = 0.0
    issued: int = 0

    @property
    def codes(self) -> int:
        """Codes that anybody may take."""
        return self.company + int(self.posted.sum())

    def post(self, by_cohort: npt.NDArray[np.int64]) -> None:
        """Add codes that users make public, (days,) by the cohort of the user."""
        self.posted += by_cohort

    def by_giver(self) -> npt.NDArray[np.int64]:
        """Return (1 + days,) codes of the company, then of users by cohort."""
        return np.concatenate([[self.company], self.posted])

    def leave(self, by_giver: npt.NDArray[np.int64]) -> None:
        """Keep only these codes, given as `by_giver` returns them."""
        self.company, self.posted[:] = int(by_giver[0]), by_giver[1:]

    def issue(self, codes_per_day: float) -> int:
        """Add the company's own codes of one day; fractions wait for the next. Return how many."""
        self.entitlement += codes_per_day
        new = int(self.entitlement + 1e-9) - self.issued
        self.issued += new
        self.company += new
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
    parent = w.parent[p]
    parent[waiting[served]] = w.member["day_activated"][asked[served], p]
    np.subtract.at(codes_ready, asked[served], 1)

    left = np.delete(waiting, served)
    n = min(pool.codes, left.size)
    if n > 0:
        lots = np.empty(left.size, np.uint64)
        draw_lots(w, np.uint64(Stream.POOL_PRIORITY), p, left, lots)
        chosen = np.argpartition(lots, n - 1)[:n]
        takers = left[chosen[np.argsort(lots[chosen])]]
        flags[takers] |= int(Flag.CODE)
        codes, parents = pool.by_giver(), np.empty(n, np.int16)
        _draw_codes(w, p, takers, codes, parents)
        parent[takers] = parents
        pool.leave(codes)
    return n
