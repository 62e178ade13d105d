"""A family of graphs in a user's own file is as good as one of the catalogue."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from sim.config import Config, par
from sim.errors import ConfigError, DataError
from sim.experiments import LocalProcesses, ensemble
from sim.experiments.work.shelf import shared_graph
from sim.experiments.work.sources import Source, source
from sim.graph import (
    FAMILIES,
    BrokenFamilyError,
    Csr,
    build_graph,
    check_family,
    csr_from_edges,
    family,
)
from tests.worlds import tiny

OWN = "tests.sim.experiments.own_graph"
EDGES = np.array([[0, 1], [1, 2]], np.int32)


@pytest.fixture(autouse=True)
def own_graph() -> Iterator[ModuleType]:
    """The user's file, loaded for one test; other tests find the catalogue as it was."""
    before = dict(FAMILIES)
    yield importlib.import_module(OWN)
    del sys.modules[OWN]
    FAMILIES.clear()
    FAMILIES.update(before)


@pytest.mark.parametrize("name", sorted(set(FAMILIES) - {"edges"}))
def test_every_family_keeps_its_contract(name: str) -> None:
    check_family(name)


def test_so_does_a_family_of_ones_own() -> None:
    check_family("line(degree=4)")


def test_a_file_of_edges_keeps_the_contract(tmp_path: object) -> None:
    path = f"{tmp_path}/friends.txt"
    np.savetxt(path, EDGES, fmt="%d")
    check_family(f"edges({path})", sizes=(2, 3))


def test_workers_load_the_file_of_a_family(own_graph: ModuleType) -> None:
    """They start afresh and know no family but those of the machine."""
    with LocalProcesses(1) as executor:
        (far,) = ensemble(own_graph, 1, executor=executor).results
    (near,) = ensemble(own_graph, 1).results
    assert far.manifest["graph_sha256"] == near.manifest["graph_sha256"]
    assert far.daily.equals(near.daily)


def test_a_family_defined_anew_is_another_graph() -> None:
    market = tiny(graph="newest").market
    built = []
    for edges in (EDGES, EDGES[:1]):

        @family(Nothing)
        def newest(n: int, parameters: Nothing, seed: np.uint64, edges: Any = edges) -> Csr:
            return csr_from_edges(n, edges)

        built.append(shared_graph(market).n_edges)
    assert built == [2, 1]


def test_the_code_of_a_family_is_part_of_what_its_runs_are(own_graph: ModuleType) -> None:
    """A module found by its name counts as soon as the graph of its scenario is its own."""
    own = source(own_graph)
    assert own.code
    ours = own.scenario.with_market(graph="well_mixed")
    assert Source(ours, OWN).code == ""


class Nothing(Config):
    """No parameters."""


class Degree(Config):
    """A mean degree."""

    degree: float = par(4.0, "friends/user", "Mean.")


class Undeclared(Config):
    """A parameter without unit."""

    degree: float = 0.0


def test_broken_promises_are_named() -> None:
    luck = np.random.default_rng()

    @family(Nothing)
    def fickle(n_users: int, parameters: Nothing, seed: np.uint64) -> Csr:
        return csr_from_edges(n_users, luck.integers(0, n_users, (n_users, 2), np.int32))

    @family(Degree)
    def lonely(n_users: int, parameters: Degree, seed: np.uint64) -> Csr:
        return csr_from_edges(n_users, EDGES[:0])

    @family(Undeclared)
    def undeclared(n_users: int, parameters: Undeclared, seed: np.uint64) -> Csr:
        return csr_from_edges(n_users, EDGES[:0])

    @family(Nothing)
    def short(n_users: int, parameters: Nothing, seed: np.uint64) -> Csr:
        return csr_from_edges(n_users + 1, EDGES[:0])

    @family(Nothing)
    def talkative(n_users: int, parameters: Nothing, seed: np.uint64) -> Csr:
        if n_users < 40:
            raise ConfigError("not\nso few")
        return csr_from_edges(n_users, EDGES[:0])

    for name, promise in {
        "fickle": "two graphs of one seed differ",
        "lonely": "degree = 4, but 0 friends each",
        "undeclared": "parameter degree has no unit",
        "short": "rows for",
        "talkative": "in several lines",
    }.items():
        with pytest.raises(BrokenFamilyError, match=promise):
            check_family(name)


def test_rows_that_are_no_graph_never_reach_compiled_code() -> None:
    @family(Nothing)
    def one_way(n_users: int, parameters: Nothing, seed: np.uint64) -> Csr:
        return np.array([0, 1, 1, 1], np.int64), np.array([2], np.int32)

    @family(Nothing)
    def listed(n_users: int, parameters: Nothing, seed: np.uint64) -> Csr:
        return EDGES.tolist()  # type: ignore[no-any-return]

    @family(Nothing)
    def none(n_users: int, parameters: Nothing, seed: np.uint64) -> Csr:
        return None  # type: ignore[return-value]

    for name, told in {"one_way": "one direction", "listed": "indptr", "none": "NoneType"}.items():
        with pytest.raises(DataError, match=told):
            build_graph(name, 3, seed=1)


def test_no_other_family_takes_a_name_of_the_catalogue() -> None:
    with pytest.raises(ConfigError, match="small_world: the name is taken"):

        @family(Nothing)
        def small_world(n_users: int, parameters: Nothing, seed: np.uint64) -> Csr:
            return csr_from_edges(n_users, EDGES)
