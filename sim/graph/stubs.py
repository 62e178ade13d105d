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

POISSON, LOGNORMAL, POWER_LAW = 0, 1, 2

_LOW = 0xFFFF_FFFF


@kernel
def draw_degrees(seed, n, law, location, shape, cap):  # type: ignore[no-untyped-def]
    """Draw the degree of every row, (n_users,) int64, at most `cap`.

    Poisson: location is the mean. Lognormal: location and shape are mu and sigma. Power law:
    location is the least value, shape the exponent. The continuous laws are rounded up or down at
    random, which keeps their mean.
    """
    degrees = np.zeros(n, np.int64)
    for i in range(n):
        u, w = draw_pair(seed, DEGREE, 0, i)
        if law == POISSON:
            degrees[i] = min(poisson(u, location), cap)
            continue
        if law == LOGNORMAL:
            z = math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * w)
            x = math.exp(location + shape * z)
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
def _meets(mate, degree, row, other):  # type: ignore[no-untyped-def]
    meets = False
    for s in range(row * degree, (row + 1) * degree):
        meets |= mate[s] // degree == other
    return meets


@scalar
def _switch(mate, degree, s, r):  # type: ignore[no-untyped-def]
    """Turn the edges (s, mate of s), (r, mate of r) into (s, r) and (their mates), if simple."""
    ms, mr = mate[s], mate[r]
    a, b, c, d = s // degree, ms // degree, r // degree, mr // degree
    if r in (s, ms) or a == c or b == d or (a == d and b == c):
        return False
    if _meets(mate, degree, a, c) or _meets(mate, degree, b, d):
        return False
    mate[s], mate[r] = r, s
    mate[ms], mate[mr] = mr, ms
    return True


@scalar
def _edges_of(mate, degree):  # type: ignore[no-untyped-def]
    edges = np.full((mate.shape[0] // 2, 2), -1, np.int32)
    kept = 0
    for s in range(mate.shape[0]):
        if s < mate[s]:
            edges[kept, 0] = s // degree
            edges[kept, 1] = mate[s] // degree
            kept += 1
    return edges


@kernel
def mend_pairing(seed, degree, order):  # type: ignore[no-untyped-def]
    """Pair shuffled stubs, then switch each loop or repeated edge with a random edge.

    Stub s belongs to row s // degree. A switch that would make a new loop or repeated edge is
    drawn again; with n > 4 * degree at most 2 * degree * (degree + 1) of the n * degree stubs are
    forbidden, so one always succeeds. Only about degree**2 / 4 edges are touched, however many
    users there are.
    """
    n_stubs = order.shape[0]
    mate = np.zeros(n_stubs, np.int64)
    for k in range(0, n_stubs, 2):
        mate[order[k]] = order[k + 1]
        mate[order[k + 1]] = order[k]
    for s in range(n_stubs):
        row = s // degree
        other = mate[s] // degree
        bad = other == row
        for t in range(row * degree, s):
            bad |= mate[t] // degree == other
        attempt = 0
        while bad:
            u, _ = draw_pair(seed, SWITCH, attempt, s)
            bad = not _switch(mate, degree, s, np.int64(u * n_stubs))
            attempt += 1
    return _edges_of(mate, degree)


@kernel
def mix_circulant(seed, n, degree):  # type: ignore[no-untyped-def]
    """Switch random pairs of edges of a regular ring, 20 times per edge: for dense graphs."""
    mate = np.zeros(n * degree, np.int64)
    half = degree // 2
    for i in range(n):
        for j in range(half):
            s, r = i * degree + j, ((i + j + 1) % n) * degree + j + half
            mate[s], mate[r] = r, s
        if degree % 2 == 1:
            mate[i * degree + 2 * half] = ((i + n // 2) % n) * degree + 2 * half
    for k in range(10 * mate.shape[0]):
        u, w = draw_pair(seed, SWITCH, k, 0)
        _switch(mate, degree, np.int64(u * mate.shape[0]), np.int64(w * mate.shape[0]))
    return _edges_of(mate, degree)
