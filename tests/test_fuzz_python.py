"""Whatever a public function is handed, it answers with a result or with one clear line.

Functions and their parameters are found by looking at the packages, so that a new one is tried
too; what each parameter usually takes is listed once, by its name.
"""

from __future__ import annotations

import datetime as dt
import inspect
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import agents
import scenarios
import sim
from scenarios import baseline
from sim import experiments, graph
from sim.errors import ClipmarketError
from sim.execution import Execution
from sim.experiments import Serial, Store, compare, ensemble, sweep
from sim.market import Market
from tests.worlds import tiny

#: Odd values tried for each parameter; `make science` tries them all.
TRIES = int(os.environ.get("CLIPMARKET_EXAMPLES", "4"))
MOST_LETTERS = 600
QUIET = Execution(threads=1, check=False)


class Nothing:
    """Somebody's object."""


def odd_values() -> list[Any]:
    """Return what people, tables and slips leave in the place of an argument."""
    return [
        None, float("nan"), float("inf"), -1, 0, True, "", "abc", "a\nb\0", "\ud800", 10**30, 2**64,
        -(10**6), -0.0, 1.5, np.int64(2), np.float32("nan"), np.array(3), np.array([1.5, np.nan]),
        np.array([["a"]], object), np.zeros((2, 2, 2)), pd.Series([1, 2]), pd.Series(["a"]),
        pd.DataFrame({"a": [1]}), pd.Timestamp("2025-10-01"), pd.NaT, pd.NA, dt.date(1, 1, 1),
        dt.datetime(2025, 10, 1, 3), dt.timedelta(1), Path("x"), {}, {"a": 1}, {1: 2}, [], [[1]],
        ["a"], [None], {1}, (one for one in [1]), b"abc", Nothing, Nothing(), "9999-12-31",
        "2025-02-30", "sora", tiny(),
    ]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Be in a folder in which whatever is written does no harm."""
    before, folder = Path.cwd(), tmp_path_factory.mktemp("fuzz")
    os.chdir(folder)
    yield folder
    os.chdir(before)
    plt.close("all")


@pytest.fixture(scope="module")
def world(elsewhere: Path) -> dict[str, Any]:
    """One of everything, as small as can be."""
    scenario = tiny(60, until="2025-10-02")
    market = Market(scenario, execution=QUIET)
    market.run("2025-10-01")
    other = scenario.set("sora.p_active", 0.2)
    sweep(scenario, {"sora.p_active": [0.2, 0.4]}, store="finished", executor=Serial())
    return {
        "scenario": scenario, "market": market, "results": market.results,
        "ensemble": ensemble(scenario, 2, executor=Serial()),
        "comparison": compare(scenario, other, 2, executor=Serial()), "store": Store("finished"),
    }  # fmt: skip


def usual(world: dict[str, Any]) -> dict[str, Any]:
    """Return what parameters take that have no default, and what keeps a call short."""
    scenario = world["scenario"]
    return {
        # Names.
        "platform": "sora", "name": "installs", "metric": "installs", "metrics": ["installs"],
        "event_id": "packs", "regions": ("us",), "os": ("ios",), "id": "x", "by": "month",
        "key": "0" * 32, "path": "market.npz",
        "folder": "written", "store": "another", "text": "small_world(degree=4)",
        "spec": "small_world(degree=4)",
        # Numbers and dates.
        "rows": [1, 2], "row": 1, "replicates": 1, "n_users": 60, "seed": 1, "n": 4, "clips": 1,
        "q": [0.5], "value": 0.3, "until": "2025-10-01", "date": "2025-10-01",
        # Tables and arrays.
        "vary": {"sora.p_active": [0.2]}, "points": ({"sora.p_active": 0.2},),
        "frame": pd.DataFrame({"sora.p_active": [0.2]}), "set": {"pack_usd": 1.0},
        "edges": np.array([[0, 1], [1, 2]]), "permutation": np.arange(60),
        "indptr": np.array([0, 1, 2]), "indices": np.array([1, 0], np.int32),
        "data": scenario.as_dict(), "platforms": scenario.platforms, "market": scenario.market,
        # Objects of ours.
        "scenario": scenario, "a": scenario, "b": scenario, "executor": Serial(),
        "graph": world["market"].graph, "given": world["market"].graph,
    }  # fmt: skip


#: Not called here, each with the reason.
LEFT_OUT = {
    "LocalProcesses": "starts processes; its arguments are tried in tests of executors",
    "Serial": "runs whatever it is given",
    "family": "decorates", "strategy": "decorates",
    "ExperimentError": "an error", "BrokenFamilyError": "an error",
    "ClipmarketError": "an error", "ConfigError": "an error", "DataError": "an error",
    "UnknownNameError": "an error",
    "FAMILIES": "a table", "STRATEGIES": "a table",
    "Users": "made by a market", "User": "made by a market", "Platform": "made by a market",
    "Situation": "made by a market", "Results": "made by a market", "Progress": "made by a sweep",
    "Swept": "made by a sweep", "Ensemble": "made by ensemble", "Comparison": "made by compare",
    "Sensitivity": "made by sensitivity", "Effect": "a tuple of numbers",
    "Interval": "a tuple of numbers", "Csr": "a tuple of arrays",
    "GraphSpec": "made by parse_graph",
    "sensitivity": "tried in tests of sensitivity: a call takes seconds",
    "sensitivity_of_function": "calls somebody's function",
    "check_family": "tries somebody's function", "need_room": "is told how much by families",
    "Users.live": "a part of the day", "Users.live_days": "a part of the day",
    "Users.woke": "a part of the day", "Market.count_days": "a part of the day",
    "Users.restore": "tried by forged saves",
    "Users.set_status": "takes places, not names: what `Membership.status` is made of",
    "Store.add": "takes what a worker sends", "Store.add_failure": "takes what a worker sends",
    "Store.path": "makes a path of a name", "Market.run.progress": "somebody's function",
    "sweep.watch": "somebody's function", "Market.run.each_day": "somebody's function",
    "Results.of": "made by a market",
}  # fmt: skip


def public(world: dict[str, Any]) -> Iterator[tuple[str, Callable[[], Callable[..., Any]]]]:
    """Yield the name of every public function or method, and how to get hold of it."""
    for package in (sim, agents, experiments, graph):
        for name in package.__all__:
            if name not in LEFT_OUT:
                yield name, lambda package=package, name=name: getattr(package, name)
    for function in (scenarios.load, scenarios.scenario_of, baseline.build):
        yield f"{function.__module__}.{function.__name__}", lambda function=function: function
    market: Market = world["market"]
    objects: list[tuple[Callable[[], Any], bool]] = [
        (market.branch, True),
        (lambda: market.branch().users, True),
        (lambda: market.branch().users[3], True),
        (lambda: market.users.where(platform="sora"), False),
        (lambda: world["results"], False),
        (lambda: world["results"].installs, False),
        (lambda: world["ensemble"], False),
        (lambda: world["comparison"], False),
        (lambda: world["store"], False),
        (lambda: market.graph, False),
        (lambda: world["scenario"], False),
    ]
    for make, _ in objects:
        cls = type(make())
        for name, member in sorted(vars(cls).items()):
            whole = f"{cls.__name__}.{name}"
            if name.startswith("_") or whole in LEFT_OUT or isinstance(member, property):
                continue
            if callable(getattr(cls, name, None)) and not hasattr(member, "func"):
                yield whole, lambda make=make, name=name: getattr(make(), name)


def calls(
    world: dict[str, Any], name: str, get: Callable[[], Callable[..., Any]], rng: Any
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield calls of a function with one argument odd, and how to describe each."""
    given = usual(world)
    parameters = [
        one
        for one in inspect.signature(get()).parameters.values()
        if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]
    needed = {
        one.name: given[one.name]
        for one in parameters
        if one.default is one.empty or one.name in ("executor", "replicates", "n_users", "until")
    }
    for one in parameters:
        if f"{name}.{one.name}" in LEFT_OUT or one.name == "executor":
            continue
        odd = odd_values()
        for place in rng.permutation(len(odd))[:TRIES]:
            value = odd[int(place)]
            arguments = {**needed, one.name: value}
            first = [
                arguments.pop(part.name)
                for part in parameters
                if part.kind is part.POSITIONAL_ONLY and part.name in arguments
            ]
            yield (
                f"{name}({one.name}={' '.join(repr(value).split()):.80})",
                lambda first=first, rest=arguments: get()(*first, **rest),
            )


def test_an_odd_argument_is_taken_or_refused_in_one_line(
    world: dict[str, Any], elsewhere: Path
) -> None:
    rng = np.random.default_rng(1)
    wrong, tried = [], 0
    outside = set(elsewhere.parent.iterdir())
    for name, get in public(world):
        for what, call in calls(world, name, get, rng):
            tried += 1
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    call()
            except ClipmarketError as error:
                text = str(error)
                if len(text.splitlines()) != 1 or len(text) > MOST_LETTERS:
                    wrong.append(f"{what}: {text[:200]!r}")
            except Exception as error:  # what people would see as a traceback
                wrong.append(f"{what}: {type(error).__name__}: {str(error)[:200]!r}")
        plt.close("all")
    assert tried > 200
    assert wrong == []
    assert set(elsewhere.parent.iterdir()) == outside


def test_every_parameter_without_a_default_has_a_usual_value(world: dict[str, Any]) -> None:
    """Or it would never be called with an odd value beside it."""
    known = usual(world)
    for name, get in public(world):
        for one in inspect.signature(get()).parameters.values():
            if one.default is one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
                assert one.name in known, f"{name}({one.name})"
