"""What a run costs, from start-up to ten million users (``make bench``)."""

from __future__ import annotations

from typing import Any

import pytest

from sim.graph import FAMILIES
from tests.benchmarks.workloads import in_process

FULL_SIZES = {"W1": 1e5, "W2": 1e6, "W3": 1e7}
#: Families of the catalogue that can be built for a million users from their name alone.
FAMILY_NAMES = sorted(set(FAMILIES) - {"complete", "edges", "well_mixed"})


def timed(benchmark: Any, group: str, workload: str, **options: Any) -> dict[str, Any]:
    """Run a workload once in a process of its own and keep what it reports."""
    found: dict[str, Any] = benchmark.pedantic(
        in_process, args=(workload,), kwargs=options, rounds=1, iterations=1
    )
    benchmark.group = group
    benchmark.extra_info.update(found, **{f"option_{k}": v for k, v in options.items()})
    return found


@pytest.mark.parametrize("name", FULL_SIZES)
def test_full_baseline(benchmark: Any, name: str) -> None:
    users = FULL_SIZES[name]
    rounds = 1 if users > 1e6 else 3
    timed(benchmark, "baseline", "market", users=users, rounds=rounds, files=users <= 1e6)


@pytest.mark.parametrize("users", [1e5, 1e6, 1e7])
def test_full_baseline_on_one_thread(benchmark: Any, users: float) -> None:
    timed(benchmark, "one thread", "market", users=users, rounds=2 if users < 1e7 else 1, threads=1)


@pytest.mark.parametrize("daily", [True, False], ids=["everybody thinks daily", "only on occasion"])
def test_plain_mesa(benchmark: Any, daily: bool) -> None:
    until = "2025-06-08" if daily else "2026-04-30"
    options = {"daily": True} if daily else {}
    timed(benchmark, "plain Mesa", "plain_mesa", users=2e4, until=until, **options)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_graph_families(benchmark: Any, family: str) -> None:
    timed(benchmark, "graphs", "graph", users=1e6, graph=family)


@pytest.mark.parametrize("users", [2e3, 2e4, 1e5])
def test_small_run(benchmark: Any, users: float) -> None:
    timed(benchmark, "small run", "small_run", users=users, rounds=5)


@pytest.mark.parametrize(("users", "runs"), [(2e3, 200), (2e4, 100), (2e5, 10)])
def test_throughput(benchmark: Any, users: float, runs: int) -> None:
    timed(benchmark, "throughput", "throughput", users=users, runs=runs)


@pytest.mark.parametrize("what", ["import", "list", "run"])
def test_start_up(benchmark: Any, what: str) -> None:
    timed(benchmark, "start-up", "start", what=what)


@pytest.mark.parametrize("platforms", [2, 4, 8, 16])
def test_scaling_with_platforms(benchmark: Any, platforms: int) -> None:
    timed(benchmark, "platforms", "market", users=2e5, platforms=platforms, rounds=1)


@pytest.mark.parametrize("degree", [10, 20, 40])
def test_scaling_with_degree(benchmark: Any, degree: int) -> None:
    graph = f"power_law_cluster(degree={degree})"
    timed(benchmark, "degree", "market", users=2e5, graph=graph, rounds=1)


@pytest.mark.parametrize("until", ["2025-08-10", "2025-12-31", "2026-04-30"])
def test_scaling_with_days(benchmark: Any, until: str) -> None:
    timed(benchmark, "days", "market", users=2e5, until=until, rounds=1)


def test_limits_of_the_machine(benchmark: Any) -> None:
    timed(benchmark, "machine", "memory_speed")
