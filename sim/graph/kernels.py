"""Compiled generators of friend graphs: each draw is keyed, none depends on a thread.

A generator returns either *lower rows* (for every row its sorted neighbors with a smaller number,
as CSR) or an edge list (n_edges, 2); `sim.graph.csr` makes the graph. Draws are 52 bits fine: a
graph of ten million users has more edge ends than 32 bits can weigh evenly.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel, prefetch, scalar
from sim.rng import Stream, philox

_GRAPH = int(Stream.GRAPH)

# The phase of a draw inside Stream.GRAPH. Numbers are for ever: a new phase takes a new number.
SKIP = 1
REWIRE = 2
REWIRE_TARGET = 3
GROW = 4
GROW_AGAIN = 5
DEGREE = 6
BUCKET = 7
PLACE = 8
SWITCH = 9
SAMPLE = 10

#: Rows whose luck is drawn before their turn, so that memory has time to answer.
_AHEAD = 24
_12 = np.uint64(12)
_32 = np.uint64(32)
_TWO_TO_MINUS_52 = 2.0**-52


@scalar
def draw_pair(seed, phase, index, row):  # type: ignore[no-untyped-def]
    """Return two uniforms inside (0, 1) in steps of 2**-52; index and row are below 2**32."""
    x0, x1, x2, x3 = philox(seed, index, phase, _GRAPH, row)
    first = float(((x0 << _32) | x1) >> _12)
    second = float(((x2 << _32) | x3) >> _12)
    return (first + 0.5) * _TWO_TO_MINUS_52, (second + 0.5) * _TWO_TO_MINUS_52


@kernel
def skip_rows(seed, n, groups, p_in, p_out, capacity):  # type: ignore[no-untyped-def]
    """Join every pair with its own probability; return lower rows. Cost O(n + m).

    Instead of asking each pair, jump to the next joined one: the gap is geometric, and has no
    memory, so every row starts afresh with draws of its own (rows can be built in any order).
    """
    ptr = np.zeros(n + 1, np.int64)
    lower = np.full(capacity, -1, np.int32)
    kept = 0
    log_out = math.log1p(-p_out)
    log_in = math.log1p(-p_in)
    for v in range(n):
        group = ((v + 1) * groups - 1) // n
        border = (group * n) // groups
        index = 0
        for part in range(2):
            w = 0 if part == 0 else border
            end = border if part == 0 else v
            p = p_out if part == 0 else p_in
            log_miss = log_out if part == 0 else log_in
            while w < end and p > 0.0:
                u, _ = draw_pair(seed, SKIP, index, v)
                index += 1
                gap = math.log(u) / log_miss
                if gap >= end - w:
                    break
                w += np.int64(gap)
                if kept == lower.shape[0]:
                    wider = np.full(2 * kept + 64, -1, np.int32)
                    for e in range(kept):
                        wider[e] = lower[e]
                    lower = wider
                lower[kept] = w
                kept += 1
                w += 1
        ptr[v + 1] = kept
    return ptr, lower[:kept]


@scalar
def _listed(table, row, half, target):  # type: ignore[no-untyped-def]
    listed = False
    for j in range(half):
        listed |= table[row * half + j, 1] == target
    return listed


@kernel
def rewired_ring(seed, n, half, rewire):  # type: ignore[no-untyped-def]
    """Return the edges (n * half, 2) of a ring whose edges moved with probability `rewire`."""
    edges = np.full((n * half, 2), -1, np.int32)
    for i in range(n):
        for j in range(half):
            edges[i * half + j, 0] = i
            edges[i * half + j, 1] = (i + j + 1) % n
    for i in range(n):
        for j in range(half):
            u, pick = draw_pair(seed, REWIRE, j, i)
            if u >= rewire:
                continue
            # A row that knows nearly everybody keeps its edge after 64 vain tries.
            for attempt in range(64):
                w = np.int64(pick * n)
                if w != i and not _listed(edges, i, half, w) and not _listed(edges, w, half, i):
                    edges[i * half + j, 1] = w
                    break
                pick, _ = draw_pair(seed, REWIRE_TARGET, j * 64 + attempt, i)
    return edges


@scalar
def _first_edge(v, m):  # type: ignore[no-untyped-def]
    """Return where row v starts: row v lists min(v, m) lower neighbors."""
    if v <= m:
        return v * (v - 1) // 2
    return m * (m + 1) // 2 + (v - m - 1) * m


@scalar
def _owner(e, m):  # type: ignore[no-untyped-def]
    """Return the row that lists edge e, the inverse of `_first_edge`."""
    core = m * (m + 1) // 2
    if e >= core:
        return m + 1 + (e - core) // m
    v = np.int64((1.0 + math.sqrt(1.0 + 8.0 * e)) * 0.5)
    while v * (v - 1) // 2 > e:
        v -= 1
    while v * (v + 1) // 2 <= e:
        v += 1
    return v


@scalar
def _befriend(block, pool, used, row, friend):  # type: ignore[no-untyped-def]
    """Add a later friend to a row's block, moving a full block to twice the room."""
    count = np.int64(block[row, 1])
    if count == 0 or (count >= 8 and count & (count - 1) == 0):
        room = max(8, 2 * count)
        start = 8 * np.int64(block[row, 0])
        for i in range(count):
            pool[used + i] = pool[start + i]
        block[row, 0] = used // 8
        used += room
    pool[8 * np.int64(block[row, 0]) + count] = friend
    block[row, 1] = count + 1
    return used


@scalar
def _random_end(lower, m, n_edges, pick):  # type: ignore[no-untyped-def]
    """Return a user in proportion to degree: one end of one of the first n_edges edges."""
    r = np.int64(pick * (2 * n_edges))
    return np.int64(lower[r >> 1]) if r & 1 else np.int64(_owner(r >> 1, m))


@scalar
def _random_friend(lower, m, block, pool, row, pick):  # type: ignore[no-untyped-def]
    """Return a random friend, earlier or later, of a row."""
    earlier = min(row, m)
    r = np.int64(pick * (earlier + block[row, 1]))
    if r < earlier:
        return np.int64(lower[_first_edge(row, m) + r])
    return np.int64(pool[8 * np.int64(block[row, 0]) + r - earlier])


@scalar
def _look_ahead(seed, m, triangles, v, done, triad, picks, ptr, lower, block, pool):  # type: ignore[no-untyped-def]
    """Draw the luck of row v + _AHEAD, and fetch what the rows before it will want.

    What a row wants is known once its luck is drawn: an edge, then the block of the user at its
    end, then the later friends in it. Each is asked for some rows ahead, one step at a time.
    Nothing is decided here; edges that do not exist yet are passed over.
    """
    n = ptr.shape[0] - 1
    row = v + _AHEAD
    if row < n:
        for k in range(m):
            kind, picks[row % _AHEAD, k] = draw_pair(seed, GROW, k, row)
            triad[row % _AHEAD, k] = k > 0 and kind < triangles
            if not triad[row % _AHEAD, k]:
                prefetch(lower, np.int64(picks[row % _AHEAD, k] * (2 * ptr[row])) >> 1)
    for stage in range(2):
        row = v + (_AHEAD * (2 - stage)) // 3
        if row >= n:
            continue
        for k in range(m):
            if triad[row % _AHEAD, k]:
                continue
            edge = np.int64(picks[row % _AHEAD, k] * (2 * ptr[row])) >> 1
            if edge >= done:
                continue
            end = _random_end(lower, m, ptr[row], picks[row % _AHEAD, k])
            if stage == 0:
                prefetch(block, end)
            else:
                prefetch(pool, 8 * np.int64(block[end, 0]))
                prefetch(pool, 8 * np.int64(block[end, 0]) + block[end, 1])


@kernel
def grow_triads(seed, m, triangles, ptr, lower, pool):  # type: ignore[no-untyped-def]
    """Grow a graph one user at a time (Holme and Kim), filling lower rows.

    Everybody after the complete core of m + 1 users makes m friends. A step either picks an edge
    end at random (hence a user in proportion to degree) or, with probability `triangles`, a random
    friend of the last user so picked. A user met before is drawn again: the choice is uniform over
    the others, and one always exists, as every degree is at least m.
    """
    n = ptr.shape[0] - 1
    for v in range(n + 1):
        ptr[v] = _first_edge(v, m)
    # Later friends of each row: a block of `pool`, known by its start (in eights) and count.
    block = np.zeros((n, 2), np.int32)
    used = np.int64(0)
    # The luck of the rows to come, in a ring.
    triad = np.zeros((_AHEAD, m), np.bool_)
    picks = np.zeros((_AHEAD, m))
    guess = np.zeros(m, np.int64)
    for v in range(m + 1 - _AHEAD, m + 1):
        _look_ahead(seed, m, triangles, v, np.int64(0), triad, picks, ptr, lower, block, pool)
    for v in range(n):
        size = ptr[v + 1] - ptr[v]
        row = lower[ptr[v] : ptr[v + 1]]
        if v <= m:
            for k in range(size):
                row[k] = k
        else:
            luck = v % _AHEAD
            # Memory is slow and waits overlap: fetch what each step wants if no draw is repeated.
            for k in range(size):
                if not triad[luck, k]:
                    guess[k] = _random_end(lower, m, ptr[v], picks[luck, k])
            anchor = np.int64(0)
            for k in range(size):
                if triad[luck, k]:
                    guess[k] = _random_friend(lower, m, block, pool, anchor, picks[luck, k])
                    prefetch(block, guess[k])
                else:
                    anchor = guess[k]
            again = 0
            moved = False
            for k in range(size):
                target = guess[k]
                if triad[luck, k] and moved:
                    target = _random_friend(lower, m, block, pool, anchor, picks[luck, k])
                while True:
                    met = False
                    for j in range(k):
                        met |= row[j] == target
                    if not met:
                        break
                    pick, _ = draw_pair(seed, GROW_AGAIN, again, v)
                    again += 1
                    if triad[luck, k]:
                        target = _random_friend(lower, m, block, pool, anchor, pick)
                    else:
                        target = _random_end(lower, m, ptr[v], pick)
                row[k] = target
                if not triad[luck, k]:
                    anchor = target
                    moved = target != guess[k]
            for k in range(1, size):
                target = row[k]
                j = k
                while j > 0 and row[j - 1] > target:
                    row[j] = row[j - 1]
                    j -= 1
                row[j] = target
            _look_ahead(seed, m, triangles, v, ptr[v], triad, picks, ptr, lower, block, pool)
        for k in range(size):
            used = _befriend(block, pool, used, row[k], v)
