"""Invite codes: who gets one this morning, along real friendships and from the public pool.

Everything is decided on yesterday's state: a waiting user asks one friend who has codes on offer, a
friend serves as many as he has codes for, whoever is left draws lots for the public pool. Choices
are made by keyed priorities of people, never by their place in an array.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from agents.day.lots import draw_lots, pair_word
from agents.day.sight import luck, uid_of
from agents.day.world import World
from agents.state import NOBODY, Flag, Stir
from sim.compiled import AHEAD, kernel, prefetch, scalar
from sim.contracts import CodePool
from sim.counts import Status
from sim.execution import PAYS_FRIENDS, Execution
from sim.rng import Stream, word

#: Codes are issued in whole numbers, but for the rounding of their sum.
CODES_ROUNDING = 1e-9
#: In place of a friend who was asked: he gave a code.
SERVED = -2


@kernel
def ask_friends(w, p, rows, first, last, waiting, asked, priority):  # type: ignore[no-untyped-def]
    """List those of some rows who wait for platform p, and whom each asks; return how many.

    Parameters
    ----------
    first, last
        Places among the rows, the last not included.
    waiting, asked, priority
        Written from the start: rows of who waits; the friend whom each asks, -1 if none has a code;
        and who of those who ask the same comes first.
    """
    n = 0
    for k in range(first, last):
        prefetch(w.member, np.int64(rows[min(k + AHEAD, last - 1)]))
        waiting[n] = rows[k]
        n += w.member[rows[k], p].status == Status.WAITING
    for k in range(n):
        prefetch(w.indptr, np.int64(waiting[min(k + AHEAD, n - 1)]))
        prefetch(w.indices, w.indptr[waiting[min(k + AHEAD // 2, n - 1)]])
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
        new = int(self.entitlement + CODES_ROUNDING) - self.issued
        self.issued += new
        self.company += new
        return new


@kernel
def give(w, p, waiting, asked, priority, codes):  # type: ignore[no-untyped-def]
    """Give codes to waiting users: each friend to those who asked him, and then the public pool.

    Parameters
    ----------
    waiting, asked, priority
        (n,) rows of who waits, ascending; the friend whom each asked, -1 for none; and who of
        those who asked the same comes first.
    codes
        (1 + days,) of the pool, as `_draw_codes` takes them; written to.

    Returns
    -------
    int
        How many came from the pool.
    """
    left = np.empty(waiting.size, np.int32)
    n_left = serve_friends(w, p, waiting, asked, priority, left)
    n = 0
    for giver in range(codes.size):
        n += codes[giver]
    n = min(n, n_left)
    if n == 0:
        return n
    lots = np.empty(n_left, np.uint64)
    draw_lots(w, np.uint64(Stream.POOL_PRIORITY), p, left[:n_left], lots)
    takers, parents = np.empty(n, np.int32), np.empty(n, np.int16)
    places = least(lots, lots, n)
    for k in range(n):
        takers[k] = left[places[k]]
    _draw_codes(w, p, takers, codes, parents)
    for k in range(n):
        w.member[takers[k], p].marks |= np.uint8(Flag.CODE)
        w.parent[p, takers[k]] = parents[k]
    return n


@scalar
def serve_friends(w, p, waiting, asked, priority, left):  # type: ignore[no-untyped-def]
    """Let friends serve as many as they have codes for; list whom nobody served, return how many.

    Parameters
    ----------
    left
        (n,) room for their rows.
    """
    asking = np.empty(waiting.size, np.int64)
    keys, uids = np.empty(waiting.size, np.uint64), np.empty(waiting.size, np.uint64)
    n = 0
    for k in range(waiting.size):
        if asked[k] >= 0:
            asking[n] = k
            # A word of luck is 32 bits: friend and priority in one number.
            keys[n] = (np.uint64(asked[k]) << np.uint64(32)) | priority[k]
            uids[n] = uid_of(w, waiting[k])
            n += 1
    for place in least(keys[:n], uids[:n], n):
        k = asking[place]
        giver = w.member[asked[k], p]
        if giver.codes_ready > 0:
            giver.codes_ready -= 1
            w.member[waiting[k], p].marks |= np.uint8(Flag.CODE | Flag.FRIEND_CODE)
            w.parent[p, waiting[k]] = giver.day_activated
            asked[k] = SERVED
    n = 0
    for k in range(waiting.size):
        left[n] = waiting[k]
        n += asked[k] != SERVED
    return n


@scalar
def least(keys, ties, n):  # type: ignore[no-untyped-def]
    """Return (n,) the places of the least keys, in ascending order; ties go by a second number.

    The largest of them stands on top of a heap, so that the many others are passed over at once.
    """
    places = np.empty(n, np.int64)
    for i in range(keys.size):
        if i < n:
            places[i] = i
            if i == n - 1:
                for top in range(n // 2 - 1, -1, -1):
                    _sink(keys, ties, places, top, n)
        elif n > 0 and _comes_before(keys, ties, i, places[0]):
            places[0] = i
            _sink(keys, ties, places, 0, n)
    for end in range(n - 1, 0, -1):
        places[0], places[end] = places[end], places[0]
        _sink(keys, ties, places, 0, end)
    return places


@scalar
def _comes_before(keys, ties, i, j):  # type: ignore[no-untyped-def]
    return keys[i] < keys[j] or (keys[i] == keys[j] and ties[i] < ties[j])


@scalar
def _sink(keys, ties, places, top, end):  # type: ignore[no-untyped-def]
    """Let what stands at the top of a part of the heap sink to where it belongs."""
    while 2 * top + 1 < end:
        child = 2 * top + 1
        if child + 1 < end and _comes_before(keys, ties, places[child], places[child + 1]):
            child += 1
        if not _comes_before(keys, ties, places[top], places[child]):
            return
        places[top], places[child] = places[child], places[top]
        top = child


def hand_out(
    w: World, p: int, rows: npt.NDArray[np.int32], pool: CodePool, execution: Execution
) -> int:
    """Give codes to waiting users for today; return how many came from the pool.

    Parameters
    ----------
    rows
        Rows among whom are all that wait for platform p.
    """
    edges = execution.edges(rows.size, PAYS_FRIENDS)
    parts = [
        (np.empty(b - a, np.int32), np.empty(b - a, np.int32), np.empty(b - a, np.uint64))
        for a, b in pairwise(edges)
    ]
    found = execution.spread(
        rows.size,
        lambda worker, first, last: ask_friends(w, p, rows, first, last, *parts[worker]),
        edges,
    )
    if not any(found):
        return 0
    waiting, asked, priority = (
        np.concatenate([array[:n] for array, n in zip(arrays, found, strict=True)])
        for arrays in zip(*parts, strict=True)
    )
    codes = pool.by_giver()
    n = int(give(w, p, waiting, asked, priority, codes))
    if n > 0:
        pool.leave(codes)
    return n
