"""Who is whose friend: an undirected graph in compressed sparse rows, and how to get one."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.checks import as_whole, short, whole_from
from sim.config import MAX_USERS
from sim.errors import ConfigError, DataError, NoSuchPlaceError
from sim.given import must_be, path_of
from sim.graph.csr import (
    FAULTS,
    IntArray,
    RowArray,
    check,
    csr_from_edges,
    permuted,
    row_triangles,
    sampled_clustering,
)
from sim.graph.edge_files import read_edges
from sim.graph.families import FAMILIES
from sim.graph.spec import GraphSpec, parse_graph

if TYPE_CHECKING:
    import networkx as nx


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """Friendships of all users; the arrays are read-only.

    Attributes
    ----------
    indptr
        (n_users + 1,) int64: the friends of row i are ``indices[indptr[i]:indptr[i + 1]]``.
    indices
        (2 * n_edges,) int32 rows, ascending within a row; each friendship stands in both rows.
    name
        The spec or origin, for people.

    Raises
    ------
    DataError
        If the arrays have another shape or dtype. `validate` checks what they say.
    """

    indptr: IntArray
    indices: RowArray
    name: str = "graph"
    #: True once `validate` has found nothing; what our own families build needs no second look.
    is_valid: bool = dataclasses.field(default=False, init=False)

    def __post_init__(self) -> None:
        for field, dtype in (("indptr", np.int64), ("indices", np.int32)):
            array = getattr(self, field)
            if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype != dtype:
                given = f"{getattr(array, 'dtype', type(array).__name__)}"
                raise DataError(
                    f"graph {self.name}: {field} is {given}: must be a one-dimensional "
                    f"{np.dtype(dtype).name} array. Convert it with numpy.asarray."
                )
            # Read-only views: kernels are compiled once, for read-only arrays.
            kept = np.ascontiguousarray(array)
            if isinstance(kept.base, np.ndarray) and kept.base.flags.writeable:
                kept = kept.copy()
            kept.flags.writeable = False  # or whoever made it could break it once it is checked
            view = kept.view()
            object.__setattr__(self, field, view)
        if self.indptr.size < 2:
            raise DataError(f"graph {self.name} has no users: at least 1 is needed. Add a node.")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle through the constructor, so that copies are read-only too."""
        return Graph, (self.indptr, self.indices, self.name)

    def __repr__(self) -> str:
        """Return the size of the graph in words."""
        return (
            f"<Graph {self.name} · {self.n_users:,} users · {self.n_edges:,} friendships · "
            f"{self.mean_degree:.1f} friends each · {self.nbytes / 1e6:,.1f} MB>"
        )

    @property
    def n_users(self) -> int:
        """Number of rows."""
        return self.indptr.size - 1

    @property
    def n_edges(self) -> int:
        """Number of friendships."""
        return self.indices.size // 2

    @property
    def mean_degree(self) -> float:
        """Friends per user."""
        return self.indices.size / self.n_users

    @property
    def degrees(self) -> IntArray:
        """Friends of every user: (n_users,) int64."""
        return np.diff(self.indptr)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, in bytes."""
        return self.indptr.nbytes + self.indices.nbytes

    def neighbors(self, row: int) -> RowArray:
        """Return the friends of a row: a read-only (degree,) int32 view, ascending.

        Raises
        ------
        NoSuchPlaceError
            If there is no such row.
        """
        place = as_whole(row)
        if place is None or not 0 <= place < self.n_users:
            raise NoSuchPlaceError(f"row {short(row)}: must be in 0 .. {self.n_users - 1}.")
        return self.indices[self.indptr[place] : self.indptr[place + 1]]

    def validate(self) -> None:
        """Check every promise of the arrays: sorted, no loops, no repeats, both directions.

        Raises
        ------
        DataError
            Naming the first row that breaks one.
        """
        code, row = check(self.indptr, self.indices)
        if code:
            raise DataError(f"graph {self.name}, row {row}: {FAULTS[code]}. Build it anew.")
        object.__setattr__(self, "is_valid", True)

    def relabel(self, permutation: npt.ArrayLike) -> Graph:
        """Return the same graph with new row i = old row permutation[i].

        Parameters
        ----------
        permutation
            (n_users,) every row once.

        Raises
        ------
        ConfigError
            If it is no permutation.
        """
        order = np.asarray(permutation)
        if order.shape == (self.n_users,) and order.dtype.kind in "iu":
            indptr, indices = permuted(self.indptr, self.indices, order.astype(np.int64))
            if indptr.size:
                return Graph(indptr, indices, self.name)
        raise ConfigError(
            f"permutation of shape {order.shape}, dtype {order.dtype}: must hold each of 0 .. "
            f"{self.n_users - 1} once. Use, say, rng.permutation({self.n_users})."
        )

    def average_clustering(self, sample: int | None = None, seed: int = 0) -> float:
        """Return the mean over users of the share of pairs of their friends who are friends.

        Users with fewer than two friends count as 0.

        Parameters
        ----------
        sample
            Number of users to draw, with replacement; None takes all, and is exact.
        seed
            Chance of the sample.

        References
        ----------
        Watts and Strogatz (1998), Nature 393.
        """
        if sample is not None:
            n = whole_from("sample", sample, 1, MAX_USERS)
            key = np.uint64(_checked_seed(seed))
            return float(sampled_clustering(self.indptr, self.indices, n, key))
        degrees = self.degrees
        pairs = np.maximum(degrees * (degrees - 1) / 2, 1)
        return float(np.mean(row_triangles(self.indptr, self.indices) / pairs))

    def fingerprint(self) -> str:
        """Return the SHA-256 of the arrays, in hex: equal graphs, equal fingerprints."""
        digest = hashlib.sha256(self.indptr.astype("<i8", copy=False).data)
        digest.update(self.indices.astype("<i4", copy=False).data)
        return digest.hexdigest()

    def to_networkx(self) -> nx.Graph[int]:
        """Return a networkx graph with nodes 0 .. n_users - 1; about 200 bytes an edge."""
        import networkx as nx

        graph: nx.Graph[int] = nx.empty_graph(self.n_users)
        source = np.repeat(np.arange(self.n_users), self.degrees)
        once = source < self.indices
        graph.add_edges_from(zip(source[once].tolist(), self.indices[once].tolist(), strict=True))
        return graph


def _checked_seed(seed: int) -> int:
    number = as_whole(seed)
    if number is None or not 0 <= number < 2**64:
        raise ConfigError(f"seed = {short(seed)}: must be in 0 .. 2**64 - 1. Give another seed.")
    return number


def build_graph(spec: GraphSpec | str, n_users: int, seed: int) -> Graph:
    """Build a graph of the catalogue.

    The same spec, number of users and seed give the same graph, on any number of threads.

    Parameters
    ----------
    spec
        A `GraphSpec`, or its text, such as ``"power_law_cluster(degree=20)"``.
    n_users
        Number of rows, from 1.
    seed
        From 0 to 2**64 - 1; without effect for a file.

    Raises
    ------
    UnknownNameError
        If there is no such family.
    ConfigError
        If a parameter cannot be used, or not with so many users.
    DataError
        If a file of edges cannot be used.
    """
    if isinstance(spec, str):
        spec = parse_graph(spec)
    must_be(spec, GraphSpec, "spec", "'small_world(degree=10)'")
    number = as_whole(n_users)
    if number is None or not 1 <= number <= MAX_USERS:
        raise ConfigError(
            f"users = {short(n_users)}: must be in 1 .. {MAX_USERS:,}. Give another number of "
            "users."
        )
    n_users = number
    key = np.uint64(_checked_seed(seed))
    try:
        rows = FAMILIES[spec.family].build(n_users, spec.parameters, key)
    except MemoryError as error:
        raise ConfigError(
            f"{spec} with {n_users:,} users does not fit into memory. Use fewer users or friends."
        ) from error
    if spec.is_ours:
        graph = Graph(*rows, str(spec))
        object.__setattr__(graph, "is_valid", True)
        return graph
    # Compiled code trusts the rows, and nobody has tried those of a user's own family.
    if not isinstance(rows, tuple) or len(rows) != 2:
        raise DataError(
            f"graph family {spec.family} returns {type(rows).__name__}: must be (indptr, indices). "
            "Make them with csr_from_edges."
        )
    graph = Graph(*rows, str(spec))
    graph.validate()
    return graph


def from_networkx(graph: nx.Graph[Any], name: str = "networkx") -> Graph:
    """Take over a networkx graph; row i is the i-th node of ``graph.nodes``.

    Loops are dropped; directions and repeated edges are forgotten.

    Raises
    ------
    DataError
        If the graph has no nodes, or is none of networkx.
    """
    if not all(callable(getattr(graph, what, None)) for what in ("nodes", "edges")):
        raise DataError(
            f"graph is {type(graph).__name__}: must be a networkx graph. Read a file with "
            "from_edges(path), or build one of the catalogue with build_graph."
        )
    place = {node: row for row, node in enumerate(graph.nodes)}
    ends = [place[node] for edge in graph.edges() for node in edge]
    edges = np.array(ends, dtype=np.int32).reshape(-1, 2)
    return Graph(*csr_from_edges(len(place), edges), name)


def from_edges(path: str | Path) -> Graph:
    """Read a friend graph from a text file of edges, plain or gzipped (``.gz``).

    One edge a line: two ids >= 0 separated by a blank, a comma or a tab; ``#`` begins a comment.
    Ids in ascending order become rows 0, 1, ...; loops are dropped, repeated edges count once.

    Raises
    ------
    DataError
        In one line, if the file is missing, broken (with the line number) or holds no edge.
    """
    file = path if isinstance(path, str | Path) else path_of(path)
    return Graph(*csr_from_edges(*read_edges(file)), f"edges({path})")
