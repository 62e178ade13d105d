"""The catalogue of friend graphs: one parameter model and one builder per family.

A new family is a parameter model and a builder decorated with `family`; the tests go over the whole
catalogue by themselves.
"""

from __future__ import annotations

import math

import numpy as np

from sim.config import Config, par
from sim.errors import ConfigError
from sim.graph.catalogue import FAMILIES, Family, family, need_room
from sim.graph.configuration import Configuration, configuration
from sim.graph.csr import Csr, csr_from_edges, mirror
from sim.graph.edge_files import read_edges
from sim.graph.kernels import grow_triads, rewired_ring, skip_rows

__all__ = [
    "FAMILIES",
    "Blocks",
    "Configuration",
    "EdgeFile",
    "ErdosRenyi",
    "Family",
    "NoParameters",
    "PowerLawCluster",
    "SmallWorld",
    "blocks",
    "complete",
    "configuration",
    "edges",
    "erdos_renyi",
    "power_law_cluster",
    "small_world",
    "well_mixed",
]

#: A complete graph of more users than this is refused: its rows alone would take 1.6 GB.
MAX_COMPLETE_USERS = 20_000


class SmallWorld(Config):
    """Ring with shortcuts: degree (friends per user, even) and rewire (share of moved edges)."""

    degree: int = par(20, "friends/user", "Friends of everybody, even.", low=2, high=1000, step=2)
    rewire: float = par(0.1, "share", "Edges moved to somebody far away.", low=0, high=1)


@family(SmallWorld)
def small_world(n_users: int, parameters: SmallWorld, seed: np.uint64) -> Csr:
    """Join every user to the nearest on a ring, then move each edge with probability `rewire`.

    The far end of a moved edge is uniform over users not yet joined, so the mean degree is exact.
    With rewire = 0 it is the plain ring.

    References
    ----------
    Watts and Strogatz (1998), "Collective dynamics of small-world networks", Nature 393.
    """
    need_room("small_world", parameters.degree, n_users)
    edges = rewired_ring(seed, n_users, parameters.degree // 2, parameters.rewire)
    return csr_from_edges(n_users, edges)


class PowerLawCluster(Config):
    """Growing graph: degree (mean friends, even) and triangles (probability of a triad step)."""

    degree: int = par(20, "friends/user", "Mean number, even.", low=2, high=1000, step=2)
    triangles: float = par(0.7, "share", "Steps that befriend a friend's friend.", low=0, high=1)


@family(PowerLawCluster)
def power_law_cluster(n_users: int, parameters: PowerLawCluster, seed: np.uint64) -> Csr:
    """Let users arrive one by one, befriending the popular and the friends of their friends.

    Degrees have a power-law tail of exponent 3; nobody has fewer than degree / 2 friends. Growth
    starts from a complete core of degree / 2 + 1 users (Holme and Kim start from users without
    edges), so small numbers of users work, with a smaller mean degree: exactly
    ``degree - m (m + 1) / n_users`` with m = degree / 2, once n_users > m.

    Average clustering at degree 20, for n = 10,000 and 100,000 users: triangles 0.4 gives .077 and
    .069, 0.6 gives .115 and .107, 0.7 (the default) gives .139 and .132 (.130 at a million), 0.8
    gives .171 and .164, 1.0 gives .311 and .309. Rows are ordered by age, so hubs come first.

    References
    ----------
    Holme and Kim (2002), "Growing scale-free networks with tunable clustering", Phys. Rev. E 65.
    """
    m = parameters.degree // 2
    core = min(n_users, m + 1)
    n_edges = core * (core - 1) // 2 + (n_users - core) * m
    # numpy zeroes lazily and asks for huge pages: `pool` is sized for the worst case, 4 entries per
    # edge and 8 per row, of which about half is ever touched.
    ptr = np.zeros(n_users + 1, np.int64)
    lower = np.full(n_edges, -1, np.int32)
    pool = np.zeros(4 * n_edges + 8 * n_users, np.int32)
    grow_triads(seed, m, parameters.triangles, ptr, lower, pool)
    del pool
    return mirror(ptr, lower)


class Blocks(Config):
    """Equal groups: mean degree, number of groups, mixing (share of friends in other groups)."""

    degree: float = par(20.0, "friends/user", "Mean number of friends.", low=0, high=10_000)
    groups: int = par(10, "count", "Groups of equal size.", low=1)
    mixing: float = par(0.1, "share", "Friends in other groups.", low=0, high=1)


@family(Blocks)
def blocks(n_users: int, parameters: Blocks, seed: np.uint64) -> Csr:
    """Split users into equal groups and join pairs within a group more often than across.

    Groups are runs of neighboring rows whose sizes differ by at most one: row i belongs to group
    ``((i + 1) * groups - 1) // n_users``. `mixing` is the expected share of friends elsewhere.

    References
    ----------
    Holland, Laskey and Leinhardt (1983), "Stochastic blockmodels", Social Networks 5; Condon and
    Karp (2001), planted partition, Random Structures and Algorithms 18.
    """
    need_room("blocks", parameters.degree, n_users)
    groups = parameters.groups
    if groups > n_users:
        raise ConfigError(
            f"blocks: groups = {groups} with {n_users:,} users: must be <= {n_users}. "
            "Use fewer groups or more users."
        )
    size, larger = divmod(n_users, groups)
    squares = larger * (size + 1) ** 2 + (groups - larger) * size**2
    pairs = {"inside": squares - n_users, "outside": n_users**2 - squares}
    wanted = {
        "inside": n_users * parameters.degree * (1.0 - parameters.mixing),
        "outside": n_users * parameters.degree * parameters.mixing,
    }
    for place, friends in wanted.items():
        if friends > pairs[place] * (1 + 1e-12):
            raise ConfigError(
                f"blocks: degree = {parameters.degree:g}, groups = {groups}, mixing = "
                f"{parameters.mixing:g} want {friends / n_users:.3g} friends {place} the group, "
                f"but a user meets only {pairs[place] / n_users:.3g} there. "
                "Change groups or mixing, or lower degree."
            )
    p_in, p_out = (min(1.0, wanted[k] / max(1, pairs[k])) for k in ("inside", "outside"))
    return _independent_pairs(n_users, parameters.degree, groups, p_in, p_out, seed)


def _independent_pairs(
    n_users: int, degree: float, groups: int, p_in: float, p_out: float, seed: np.uint64
) -> Csr:
    expected = n_users * degree / 2
    capacity = int(expected + 6 * math.sqrt(expected)) + 16
    return mirror(*skip_rows(seed, n_users, groups, p_in, p_out, capacity))


class ErdosRenyi(Config):
    """Independent pairs: degree (mean friends per user)."""

    degree: float = par(20.0, "friends/user", "Mean number of friends.", low=0, high=10_000)


@family(ErdosRenyi)
def erdos_renyi(n_users: int, parameters: ErdosRenyi, seed: np.uint64) -> Csr:
    """Join every pair with the same probability, degree / (n_users - 1).

    References
    ----------
    Gilbert (1959), "Random graphs", Annals of Mathematical Statistics 30; Batagelj and Brandes
    (2005), "Efficient generation of large random networks", Phys. Rev. E 71 (the jumps).
    """
    need_room("erdos_renyi", parameters.degree, n_users)
    p = parameters.degree / max(1, n_users - 1)
    return _independent_pairs(n_users, parameters.degree, 1, p, 0.0, seed)


class NoParameters(Config):
    """A family without parameters."""


@family(NoParameters)
def complete(n_users: int, parameters: NoParameters, seed: np.uint64) -> Csr:
    """Make everybody a friend of everybody; for small markets and closed forms.

    Raises
    ------
    ConfigError
        Beyond 20,000 users: memory grows with the square of their number.
    """
    if n_users > MAX_COMPLETE_USERS:
        raise ConfigError(
            f"complete with {n_users:,} users would take {4e-9 * n_users**2:,.0f} GB: at most "
            f"{MAX_COMPLETE_USERS:,} users. Use well_mixed, or erdos_renyi(degree=...)."
        )
    row = np.arange(n_users, dtype=np.int32)
    indices = np.broadcast_to(row, (n_users, n_users))[~np.eye(n_users, dtype=bool)]
    indptr = np.arange(n_users + 1, dtype=np.int64) * (n_users - 1)
    return indptr, indices


@family(NoParameters)
def well_mixed(n_users: int, parameters: NoParameters, seed: np.uint64) -> Csr:
    """Make no friendship at all: what spreads, spreads over the outside feed."""
    return np.zeros(n_users + 1, np.int64), np.zeros(0, np.int32)


class EdgeFile(Config):
    """A file of edges: path."""

    path: str = par(..., "file", "Text file of edges, two ids a line.")


@family(EdgeFile)
def edges(n_users: int, parameters: EdgeFile, seed: np.uint64) -> Csr:
    """Read a real graph from a file of edges; the number of users must be its number of nodes."""
    csr = csr_from_edges(*read_edges(parameters.path))
    n_nodes = csr[0].shape[0] - 1
    if n_nodes != n_users:
        raise ConfigError(
            f"edges({parameters.path}) has {n_nodes:,} nodes, but the market has {n_users:,} "
            f"users: the numbers must be equal. Set n_users to {n_nodes}."
        )
    return csr
