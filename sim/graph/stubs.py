"""Compiled configuration models: draw degrees, shuffle the edge ends, pair them.

An edge end is called a stub. Degrees are drawn per row and stubs are shuffled per bucket, each
with draws of its own, so rows and buckets can be worked on in any order.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import kernel, scalar
from sim.graph.kernels import BUCKET, DEGREE, PLACE, SWITCH, draw_pair
from sim.rng import poisson

POISSON, LOGNORMAL, POWER_LAW, GEOMETRIC = 0, 1, 2, 3

_LOW = 0xFFFF_FFFF


@kernel
def draw_degrees(seed, n, law, location, shape, least, cap):  # type: ignore[no-untyped-def]
    """Draw the degree of every row, (n_users,) int64, at most `cap`.

    Poisson: location is the mean. Lognormal: location and shape are mu and sigma, and smaller
    values are `least`. Power law: location is the least value, shape the exponent. Geometric: from
    `least` on, each further friend with probability `location`. The continuous laws are rounded up
    or down at random, which keeps their mean.
    """
    degrees = np.zeros(n, np.int64)
    for i in range(n):
        u, w = draw_pair(seed, DEGREE, 0, i)
        if law == POISSON:
            degrees[i] = min(poisson(u, location), cap)
            continue
        if law == GEOMETRIC:
            further = math.log(u) / math.log(location) if location > 0.0 else 0.0
            degrees[i] = np.int64(min(least + math.floor(further), float(cap)))
            continue
        if law == LOGNORMAL:
            z = math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * w)
            x = max(math.exp(location + shape * z), least)
            w, _ = draw_pair(seed, DEGREE, 1, i)
        else:
            tail = (cap / location) ** (1.0 - shape)
            x = location * (1.0 - u * (1.0 - tail)) ** (1.0 / (1.0 - shape))
        degrees[i] = np.int64(min(x, float(cap)) + w)
    return degrees


@kernel
def stubs_of(degrees):  # type: ignore[no-untyped-def]
    """List every row as often as its degree, less one stub if the sum is odd."""
    n = degrees.shape[0]
    total = degrees.sum()
    stubs = np.full(total - total % 2, -1, np.int32)
    place = 0
    for i in range(n):
        for _ in range(degrees[i]):
            if place < stubs.shape[0]:
                stubs[place] = i
                place += 1
    return stubs


@kernel
def shuffled(seed, values):  # type: ignore[no-untyped-def]
    """Return the values in uniformly random order.

    Each value falls into a random bucket, and each bucket is shuffled by itself (Rao 1961,
    Sandelius 1962): the same law as one long shuffle, but it stays in the cache.
    """
    n = values.shape[0]
    n_buckets = min(max(1, n >> 15), 1 << 15)
    bucket = np.zeros(n, np.uint16)
    start = np.zeros(n_buckets + 1, np.int64)
    for i in range(n):
        u, _ = draw_pair(seed, BUCKET, i & _LOW, i >> 32)
        b = np.int64(u * n_buckets)
        bucket[i] = b
        start[b + 1] += 1
    for chosen in range(n_buckets):
        start[chosen + 1] += start[chosen]
    result = np.full(n, -1, np.int32)
    cursor = start[:n_buckets].copy()
    for i in range(n):
        result[cursor[bucket[i]]] = values[i]
        cursor[bucket[i]] += 1
    for chosen in range(n_buckets):
        first = start[chosen]
        for k in range(start[chosen + 1] - first - 1, 0, -1):
            place = first + k
            u, _ = draw_pair(seed, PLACE, place & _LOW, place >> 32)
            other = first + np.int64(u * (k + 1))
            result[place], result[other] = result[other], result[place]
    return result


@scalar
def _meets(mate, owner, start, row, other):  # type: ignore[no-untyped-def]
    meets = False
    for s in range(start[row], start[row + 1]):
        meets |= owner[mate[s]] == other
    return meets


@scalar
def _switch(mate, owner, start, s, r):  # type: ignore[no-untyped-def]
    """Turn the edges (s, mate of s), (r, mate of r) into (s, r) and (their mates), if simple."""
    ms, mr = mate[s], mate[r]
    a, b, c, d = owner[s], owner[ms], owner[r], owner[mr]
    if r in (s, ms) or a == c or b == d or (a == d and b == c):
        return False
    if _meets(mate, owner, start, a, c) or _meets(mate, owner, start, b, d):
        return False
    mate[s], mate[r] = r, s
    mate[ms], mate[mr] = mr, ms
    return True


@scalar
def _edges_of(mate, owner):  # type: ignore[no-untyped-def]
    edges = np.full((mate.shape[0] // 2, 2), -1, np.int32)
    kept = 0
    for s in range(mate.shape[0]):
        if s < mate[s]:
            edges[kept, 0] = owner[s]
            edges[kept, 1] = owner[mate[s]]
            kept += 1
    return edges


@kernel
def mend_pairing(seed, owner, start, order):  # type: ignore[no-untyped-def]
    """Pair shuffled stubs, then switch each loop or repeated edge with a random edge.

    Stub s belongs to row owner[s], and those of a row follow each other from start[row]. A switch
    that would make a new loop or repeated edge is drawn again. With everybody of one degree and
    n > 4 * degree at most 2 * degree * (degree + 1) of the n * degree stubs are forbidden, so one
    always succeeds; only about degree**2 / 4 edges are touched, however many users there are.
    Degrees that leave hardly any choice may have none: after 100 draws per stub the result is
    empty.
    """
    n_stubs = order.shape[0]
    mate = np.zeros(n_stubs, np.int64)
    for k in range(0, n_stubs, 2):
        mate[order[k]] = order[k + 1]
        mate[order[k + 1]] = order[k]
    left = 100 * n_stubs
    for s in range(n_stubs):
        row = owner[s]
        other = owner[mate[s]]
        bad = other == row
        for t in range(start[row], s):
            bad |= owner[mate[t]] == other
        attempt = 0
        while bad:
            if left == 0:
                return np.full((0, 2), -1, np.int32)
            u, _ = draw_pair(seed, SWITCH, attempt, s)
            bad = not _switch(mate, owner, start, s, np.int64(u * n_stubs))
            attempt += 1
            left -= 1
    return _edges_of(mate, owner)


@kernel
def circulant(n, degree):  # type: ignore[no-untyped-def]
    """Return the mates of a regular ring."""
    mate = np.zeros(n * degree, np.int64)
    half = degree // 2
    for i in range(n):
        for j in range(half):
            s, r = i * degree + j, ((i + j + 1) % n) * degree + j + half
            mate[s], mate[r] = r, s
        if degree % 2 == 1:
            mate[i * degree + 2 * half] = ((i + n // 2) % n) * degree + 2 * half
    return mate


@kernel
def mixed(seed, mate, owner, start):  # type: ignore[no-untyped-def]
    """Switch random pairs of edges of a simple graph, 20 times per edge: for dense graphs."""
    for k in range(10 * mate.shape[0]):
        u, w = draw_pair(seed, SWITCH, k, 0)
        s, r = np.int64(u * mate.shape[0]), np.int64(w * mate.shape[0])
        _switch(mate, owner, start, s, r)
    return _edges_of(mate, owner)
