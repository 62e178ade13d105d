"""Simple graphs in which every user has exactly the number of friends that was given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.errors import ConfigError
from sim.graph.csr import Csr, csr_from_edges
from sim.graph.stubs import mend_pairing, mixed, shuffled

Degrees = npt.NDArray[np.int64]
#: Ends of edges are counted by 32-bit numbers.
MAX_STUBS = 2**31 - 1


def graph_of_degrees(n_users: int, degrees: Degrees, seed: np.uint64) -> Csr:
    """Pair the edge ends at random and switch each loop or repeated edge away.

    Entry i belongs to row i. Where degrees leave hardly any choice, so that switches find none, the
    graph of Havel and Hakimi is mixed by random switches instead.

    Raises
    ------
    ConfigError
        If no simple graph has these degrees.

    References
    ----------
    McKay and Wormald (1990), Journal of Algorithms 11 (the switches); Hakimi (1962), SIAM Journal
    of Applied Mathematics 10.
    """
    check_degrees(n_users, degrees)
    start = starts_of(degrees)
    owner = np.repeat(np.arange(n_users, dtype=np.int32), degrees)
    order = shuffled(seed, np.arange(owner.size, dtype=np.int32))
    edges = mend_pairing(seed, owner, start, order)
    if owner.size and not len(edges):
        edges = mixed(seed, joined_greedily(degrees), owner, start)
    return csr_from_edges(n_users, edges)


def starts_of(degrees: Degrees) -> Degrees:
    """Return (n_users + 1,): where the edge ends of each row begin."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(degrees)])


def check_degrees(n_users: int, degrees: Degrees) -> None:
    """Refuse degrees that no simple graph of so many users has."""
    what = f"configuration: degrees has {len(degrees):,} entries"
    if len(degrees) != n_users:
        raise ConfigError(
            f"{what} for {n_users:,} users: must have one for each user. Give {n_users:,} entries, "
            f"or set n_users = {len(degrees)}."
        )
    most = int(degrees.argmax())
    if degrees[most] >= n_users:
        raise ConfigError(
            f"configuration: degrees[{most}] = {degrees[most]:,} with {n_users:,} users: must be "
            f"<= {n_users - 1:,}, as nobody has more friends than there are others. Lower it, or "
            "use more users."
        )
    total = int(degrees.sum())
    if total % 2 or total > MAX_STUBS:
        allowed = "even, as every friendship has two ends" if total % 2 else f"<= {MAX_STUBS:,}"
        change = "Add or take one friend" if total % 2 else "Give fewer"
        raise ConfigError(f"configuration: degrees sum to {total:,}: must be {allowed}. {change}.")
    unmet = _first_unmet(degrees)
    if unmet:
        wanted, there = (f"{ends:,}" for ends in unmet[1:])
        raise ConfigError(
            f"configuration: the {unmet[0]:,} highest of degrees sum to {wanted}: must be <= "
            f"{there}, which is what they and all others have room for. Lower them, or raise the "
            "others."
        )


def _first_unmet(degrees: Degrees) -> tuple[int, int, int] | None:
    """Return the first broken condition of Erdos and Gallai (1960): users, their ends, room."""
    falling = np.sort(degrees)[::-1]
    n = len(falling)
    k = np.arange(1, n + 1)
    # Of the others, those with more than k friends lend k ends each, the rest all they have.
    above = np.maximum(np.searchsorted(-falling, -k, side="left"), k)
    rest = np.concatenate([np.cumsum(falling[::-1])[::-1], [0]])
    room = k * (k - 1) + (above - k) * k + rest[above]
    broken = np.flatnonzero(np.cumsum(falling) > room)
    if not broken.size:
        return None
    first = int(broken[0])
    return first + 1, int(falling[: first + 1].sum()), int(room[first])


def joined_greedily(degrees: Degrees) -> Degrees:
    """Return the mate of every edge end in the graph of Havel and Hakimi; cost O(n^2 log n).

    Whoever has most ends left is joined to those who have most of the others.
    """
    left = degrees.copy()
    place = starts_of(degrees)[:-1]
    mate = np.full(int(degrees.sum()), -1, np.int64)
    while left.any():
        order = np.argsort(-left, kind="stable")
        row, others = order[0], order[1 : left[order[0]] + 1]
        mine = place[row] + np.arange(len(others))
        mate[mine], mate[place[others]] = place[others], mine
        place[others] += 1
        left[others] -= 1
        left[row] = 0
    return mate
