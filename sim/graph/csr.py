"""Friend graphs as compressed sparse rows: assembly, checks and counts, compiled.

A graph is two arrays: the friends of row i are ``indices[indptr[i]:indptr[i + 1]]``. Everything
here is a counting sort: scattering rows in ascending order leaves every target row sorted, so no
comparison sort is needed and the cost is linear in the number of edges.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.checks import whole_from
from sim.compiled import kernel
from sim.config import MAX_USERS
from sim.errors import DataError
from sim.execution import Execution
from sim.graph.kernels import SAMPLE, draw_pair

IntArray = npt.NDArray[np.int64]
RowArray = npt.NDArray[np.int32]
#: indptr (n_users + 1,) int64 and indices (2 * n_edges,) int32.
Csr = tuple[IntArray, RowArray]

#: What `check` found, by its code; 0 is a valid graph.
FAULTS = {
    1: "indptr must start at 0, never fall and end at the number of indices",
    2: "a neighbor lies outside 0 .. n_users - 1",
    3: "a user is their own friend",
    4: "the neighbors of a row are not sorted, or one stands twice",
    5: "a friendship is missing in one direction",
}


@kernel
def upper_rows(n, edges):  # type: ignore[no-untyped-def]
    """Bucket edges (n_edges, 2) by their lower end; loops are dropped, rows stay unsorted."""
    ptr = np.zeros(n + 1, np.int64)
    for e in range(edges.shape[0]):
        a, b = edges[e, 0], edges[e, 1]
        if a != b:
            ptr[min(a, b) + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    upper = np.full(ptr[n], -1, np.int32)
    cursor = ptr[:n].copy()
    for e in range(edges.shape[0]):
        a, b = edges[e, 0], edges[e, 1]
        if a != b:
            low = min(a, b)
            upper[cursor[low]] = max(a, b)
            cursor[low] += 1
    return ptr, upper


@kernel
def lower_rows(ptr, upper):  # type: ignore[no-untyped-def]
    """Turn rows of higher ends into sorted rows of lower ends, each edge once."""
    n = ptr.shape[0] - 1
    start = np.zeros(n + 1, np.int64)
    for e in range(upper.shape[0]):
        start[upper[e] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    lower = np.full(start[n], -1, np.int32)
    cursor = start[:n].copy()
    for low in range(n):
        for e in range(ptr[low], ptr[low + 1]):
            high = upper[e]
            # Rows come in ascending order, so a repeated edge can only be the row's last entry.
            if cursor[high] == start[high] or lower[cursor[high] - 1] != low:
                lower[cursor[high]] = low
                cursor[high] += 1
    lower_ptr = np.zeros(n + 1, np.int64)
    kept = 0
    for v in range(n):
        for e in range(start[v], cursor[v]):
            lower[kept] = lower[e]
            kept += 1
        lower_ptr[v + 1] = kept
    return lower_ptr, lower[:kept]


@kernel
def _count_ends(lower_ptr, lower, indptr):  # type: ignore[no-untyped-def]
    """Fill indptr, zeros before: where the rows of the whole graph begin."""
    n = lower_ptr.shape[0] - 1
    for v in range(n):
        indptr[v + 1] += lower_ptr[v + 1] - lower_ptr[v]
        for e in range(lower_ptr[v], lower_ptr[v + 1]):
            indptr[lower[e] + 1] += 1
    for v in range(n):
        indptr[v + 1] += indptr[v]


@kernel
def _fill_rows(lower_ptr, lower, indptr, indices, first, last):  # type: ignore[no-untyped-def]
    """Write the rows from first to last: lower neighbors as they stand, then the higher ones."""
    n = lower_ptr.shape[0] - 1
    cursor = np.zeros(last - first, np.int64)
    for v in range(first, last):
        for e in range(lower_ptr[v], lower_ptr[v + 1]):
            indices[indptr[v] + e - lower_ptr[v]] = lower[e]
        cursor[v - first] = indptr[v] + lower_ptr[v + 1] - lower_ptr[v]
    for v in range(first, n):
        for e in range(lower_ptr[v], lower_ptr[v + 1]):
            w = lower[e]
            if w >= last:
                break
            if w >= first:
                indices[cursor[w - first]] = v
                cursor[w - first] += 1


def mirror(lower_ptr: IntArray, lower: RowArray) -> Csr:
    """Write both directions of every edge, given sorted rows of lower neighbors.

    The arrays are numpy's own, which asks for large pages of memory: friends are looked up at
    random. Each thread writes the rows of its own part, so their number changes nothing.
    """
    n = lower_ptr.shape[0] - 1
    indptr = np.zeros(n + 1, np.int64)
    _count_ends(lower_ptr, lower, indptr)
    indices = np.zeros(indptr[n], np.int32)

    def fill(worker: int, first: int, last: int) -> None:
        _fill_rows(lower_ptr, lower, indptr, indices, first, last)

    run = Execution()
    run.spread(n, fill, run.edges_by(indptr))
    return indptr, indices


def csr_from_edges(n_users: int, edges: npt.ArrayLike) -> Csr:
    """Make the simple undirected graph of an edge list.

    Loops are dropped and repeated edges (in either direction) count once.

    Parameters
    ----------
    n_users
        Number of rows; every entry of `edges` lies in 0 .. n_users - 1.
    edges
        (n_edges, 2) pairs of rows, in any order.

    Raises
    ------
    DataError
        If they are no such pairs: compiled code takes each for a place in an array.
    """
    n_users = whole_from("n_users", n_users, 0, MAX_USERS)
    pairs = np.asarray(edges)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise DataError(
            f"edges of {pairs.dtype} {pairs.shape}: must be (n_edges, 2) whole numbers. Put the "
            "two ends of each friendship side by side."
        )
    if pairs.size and not 0 <= pairs.min() <= pairs.max() < n_users:
        raise DataError(
            f"edges name rows {pairs.min()} to {pairs.max()}: must lie in 0 .. {n_users - 1}. "
            "Number users from 0."
        )
    # Two calls, so that the first bucket array is freed before the mirror is written.
    half = lower_rows(*upper_rows(int(n_users), np.ascontiguousarray(pairs, np.int32)))
    return mirror(*half)


@kernel
def check(indptr, indices):  # type: ignore[no-untyped-def]
    """Return (code of `FAULTS` or 0, row) of the first broken promise. Cost O(n + m)."""
    n = indptr.shape[0] - 1
    if indptr[0] != 0 or indptr[n] != indices.shape[0]:
        return 1, 0
    for v in range(n):
        if indptr[v + 1] < indptr[v]:
            return 1, v
    for v in range(n):
        for e in range(indptr[v], indptr[v + 1]):
            w = indices[e]
            if w < 0 or w >= n:
                return 2, v
            if w == v:
                return 3, v
            if e > indptr[v] and indices[e - 1] >= w:
                return 4, v
    # Rows are sorted, so the mirrors of row 0, 1, ... must appear in exactly that order.
    cursor = indptr[:n].copy()
    for v in range(n):
        for e in range(indptr[v], indptr[v + 1]):
            w = indices[e]
            if cursor[w] >= indptr[w + 1] or indices[cursor[w]] != v:
                return 5, v
            cursor[w] += 1
    return 0, 0


@kernel
def permuted(indptr, indices, permutation):  # type: ignore[no-untyped-def]
    """Return the graph whose row i is the old row permutation[i], or empty arrays if it is none."""
    n = indptr.shape[0] - 1
    place = np.full(n, -1, np.int64)
    for i in range(n):
        old = permutation[i]
        if old < 0 or old >= n or place[old] >= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        place[old] = i
    new_ptr = np.zeros(n + 1, np.int64)
    for i in range(n):
        new_ptr[i + 1] = new_ptr[i] + indptr[permutation[i] + 1] - indptr[permutation[i]]
    new_indices = np.full(indices.shape[0], -1, np.int32)
    cursor = new_ptr[:n].copy()
    for i in range(n):
        for e in range(indptr[permutation[i]], indptr[permutation[i] + 1]):
            w = place[indices[e]]
            new_indices[cursor[w]] = i
            cursor[w] += 1
    return new_ptr, new_indices


@kernel
def row_triangles(indptr, indices):  # type: ignore[no-untyped-def]
    """Count the triangles of every row, (n_users,) int64.

    Friendships point to the end with more friends, so that even a hub points to few (at most
    sqrt(2 m)): the cost is O(m ** 1.5) at worst (Latapy 2008, Theoretical Computer Science 407).
    """
    n = indptr.shape[0] - 1
    ptr = np.zeros(n + 1, np.int64)
    out = np.full(indices.shape[0] // 2, -1, np.int32)
    kept = 0
    for v in range(n):
        degree = indptr[v + 1] - indptr[v]
        for e in range(indptr[v], indptr[v + 1]):
            w = indices[e]
            other = indptr[w + 1] - indptr[w]
            if other > degree or (other == degree and w > v):
                out[kept] = w
                kept += 1
        ptr[v + 1] = kept
    triangles = np.zeros(n, np.int64)
    mark = np.full(n, -1, np.int32)
    for v in range(n):
        for e in range(ptr[v], ptr[v + 1]):
            mark[out[e]] = v
        for e in range(ptr[v], ptr[v + 1]):
            w = out[e]
            for f in range(ptr[w], ptr[w + 1]):
                if mark[out[f]] == v:
                    triangles[v] += 1
                    triangles[w] += 1
                    triangles[out[f]] += 1
    return triangles


@kernel
def sampled_clustering(indptr, indices, sample, seed):  # type: ignore[no-untyped-def]
    """Average local clustering of `sample` rows drawn at random, with replacement."""
    n = indptr.shape[0] - 1
    # Marked with the draw, not with the row: a row can be drawn twice.
    mark = np.full(n, -1, np.int64)
    total = 0.0
    for i in range(sample):
        u, _ = draw_pair(seed, SAMPLE, i, 0)
        v = np.int64(u * n)
        degree = indptr[v + 1] - indptr[v]
        if degree < 2:
            continue
        for e in range(indptr[v], indptr[v + 1]):
            mark[indices[e]] = i
        links = 0
        for e in range(indptr[v], indptr[v + 1]):
            w = indices[e]
            for f in range(indptr[w], indptr[w + 1]):
                if mark[indices[f]] == i:
                    links += 1
        total += links / (degree * (degree - 1.0))
    return total / sample
