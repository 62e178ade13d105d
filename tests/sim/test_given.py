"""What is handed to a market: taken over, or refused in a line before anything trusts it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from mesa.datacollection import DataCollector

from agents import User
from scenarios import baseline
from sim.checks import as_whole, plain
from sim.errors import ClipmarketError, ConfigError, DataError
from sim.execution import Execution
from sim.experiments.design import factor, grid, latin, sobol
from sim.graph import Graph, as_graph, build_graph, from_networkx
from sim.interventions import Event
from sim.market import Market
from sim.scenario import Scenario
from tests.worlds import bits, small

N = 200


def scenario(**market: Any) -> Scenario:
    return baseline.scenario().with_market(n_users=N, graph="small_world(degree=4)", **market)


def test_a_graph_of_networkx_is_taken_over() -> None:
    friends = nx.watts_strogatz_graph(N, 4, 0.1, seed=1)
    market = Market(scenario(), graph=friends)
    assert market.graph.n_edges == friends.number_of_edges()
    other = Market(scenario(), graph=from_networkx(friends))
    for one in (market, other):
        one.run("2025-10-20")
    assert bits(market) == bits(other)


NO_GRAPH = {
    "empty": (nx.Graph(), "no users"),
    "text": ("small_world(degree=6)", r"with_market\(graph="),
    "array": (np.eye(3), "from_networkx"),
    "a path": (baseline, "must be a Graph"),
    "too small": (nx.path_graph(5), "must agree"),
}


@pytest.mark.parametrize("given", NO_GRAPH)
def test_what_is_no_graph_of_these_users_is_refused_in_a_line(given: str) -> None:
    graph, told = NO_GRAPH[given]
    with pytest.raises(ClipmarketError, match=told) as refused:
        Market(scenario(), graph=graph)
    assert len(str(refused.value).splitlines()) == 1


def test_from_networkx_takes_nothing_else() -> None:
    for given in (np.eye(3), "friends.gml", [(0, 1)], None):
        with pytest.raises(DataError, match="must be a networkx graph"):
            from_networkx(given)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", ["beyond the end", "one way", "indptr"])
def test_arrays_of_a_graph_are_looked_at_before_compiled_code_trusts_them(fault: str) -> None:
    good = build_graph("small_world(degree=4)", N, 1)
    indptr, indices = good.indptr.copy(), good.indices.copy()
    if fault == "beyond the end":
        indices[-1] = 10**9
    elif fault == "one way":
        indices[0] = indices[0] + 1 if indices[0] + 1 < indices[1] else indices[0] - 1
    else:
        indptr[3] = 10**12
    with pytest.raises(DataError, match="graph"):
        Market(scenario(), graph=Graph(indptr, indices))


def test_arrays_of_a_graph_cannot_be_changed_once_they_were_looked_at() -> None:
    good = build_graph("small_world(degree=4)", N, 1)
    indptr, indices = good.indptr.copy(), np.concatenate([good.indices, [7]]).astype(np.int32)
    graph = as_graph(Graph(indptr, indices[:-1]))
    assert graph.is_valid
    indices[0] = 10**9  # a view was given, so the graph has a copy
    assert graph.indices[0] < N
    with pytest.raises(ValueError, match="read-only"):
        indptr[0] = 1


UIDS = {
    "too few": np.arange(N - 1),
    "too many": np.arange(N + 1),
    "twice": np.zeros(N, np.uint32),
    "negative": np.arange(N) - 1,
    "too large": np.arange(N) + 2**32,
    "fractions": np.arange(N) + 0.5,
    "in a square": np.arange(N).reshape(2, -1),
}


@pytest.mark.parametrize("case", UIDS)
def test_keys_of_luck_are_one_whole_number_each(case: str) -> None:
    with pytest.raises(ConfigError, match=r"uid.*each once"):
        Market(scenario(), uid=UIDS[case])


def test_keys_of_luck_are_copied() -> None:
    order = np.random.default_rng(1).permutation(N)
    market, other = (Market(scenario(), uid=list(order)) for _ in range(2))
    given = order.astype(np.uint32)
    third = Market(scenario(), uid=given)
    given[:] = 0
    for one in (market, other, third):
        one.run("2025-10-20")
    assert bits(market) == bits(other) == bits(third)


@pytest.mark.parametrize("name", ["graph", "uid", "day", "scenario_config", "config"])
def test_what_a_market_is_built_on_cannot_be_put_in_another_place(name: str) -> None:
    market = small(N)
    with pytest.raises(AttributeError, match=name):
        setattr(market, name, getattr(market, name))


def test_what_is_no_scenario_or_execution_is_refused_in_a_line() -> None:
    with pytest.raises(ConfigError, match=r"scenario = .*baseline\.scenario\(\)"):
        Market(baseline)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="execution = 2"):
        Market(scenario(), execution=2)  # type: ignore[arg-type]


def test_a_subclass_may_keep_a_data_collector_of_mesa() -> None:
    class Mine(Market):
        def __init__(self, scenario: Scenario) -> None:
            super().__init__(scenario)
            self.datacollector = DataCollector(
                model_reporters={"day": "day", "agents": lambda market: len(market.agents)},
                agenttype_reporters={User: {"row": "row"}},
            )

        def step(self) -> None:
            super().step()
            self.datacollector.collect(self)

    market = Mine(scenario())
    market.users.promote([3])
    for _ in range(3):
        market.step()
    found = market.datacollector.get_model_vars_dataframe()
    assert found["day"].tolist() == [1, 2, 3]
    assert found["agents"].tolist() == [4, 4, 4]
    assert len(market.results.daily) == 6
    with pytest.raises(ConfigError, match=r"Mine\(scenario, graph, execution, uid\)"):
        market.branch()


def test_numbers_of_numpy_and_dates_of_pandas_are_numbers_and_dates() -> None:
    given = scenario(
        until=pd.Timestamp("2025-06-10"), n_people=np.float32(6e7), seed=np.int64(3)
    ).set("sora.free_quota_per_day", np.int64(5))
    usual = scenario(until="2025-06-10", n_people=6e7, seed=3).set("sora.free_quota_per_day", 5)
    assert given == usual
    market = Market(given, execution=Execution(threads=np.int64(1)))  # type: ignore[arg-type]
    market.users.promote(pd.Series([1, 2]))
    market.users.activate("sora", np.array([4, 5], np.uint8))
    for day in (pd.Timestamp("2025-05-30"), np.datetime64("2025-06-01"), dt.date(2025, 6, 3)):
        market.run(day)  # type: ignore[arg-type]
        assert market.results.at(day, "clips", "sora") >= 0.0  # type: ignore[arg-type]
    assert market.users[np.uint8(7)].row == 7


def test_tables_of_an_event_may_hold_numbers_of_numpy() -> None:
    given = Event(
        id="x", date=pd.Timestamp("2025-06-01"), platform="sora",
        set={"free_quota_per_day": np.int64(3), "cost_date": pd.Timestamp("2025-06-01")},
        multiply={"p_active": np.float32(0.5)},
    )  # fmt: skip
    usual = Event(
        id="x", date="2025-06-01", platform="sora",
        set={"free_quota_per_day": 3, "cost_date": "2025-06-01"}, multiply={"p_active": 0.5},
    )  # fmt: skip
    assert scenario().with_event(given).fingerprint == scenario().with_event(usual).fingerprint


def test_what_is_no_path_or_scenario_is_refused_in_a_line() -> None:
    market = small(N)
    calls: list[tuple[Any, str]] = [
        (lambda: Market.load(5), "path = 5"),  # type: ignore[arg-type]
        (lambda: market.save(None), "path = None"),  # type: ignore[arg-type]
        (lambda: market.branch("x"), "scenario = 'x'"),  # type: ignore[arg-type]
    ]
    for call, told in calls:
        with pytest.raises(ConfigError, match=told):
            call()


def test_columns_of_pandas_are_lists_of_values() -> None:
    base = scenario()
    for given in (pd.Series([0.2, 0.3]), pd.Index([0.2, 0.3]), np.array([0.2, 0.3])):
        found, levels = factor(base, "sora.p_active", given)
        assert (found.values, levels) == ((0.2, 0.3), None)
    dates = grid(base, {"event:packs.date": pd.date_range("2025-10-01", periods=2)})
    assert [str(one["event:packs.date"]) for one in dates.points] == ["2025-10-01", "2025-10-02"]
    ranges = {"sora.p_active": (np.float64(0.1), np.float32(0.2))}
    assert len(latin(base, ranges, np.int64(4))) == len(sobol(base, ranges, np.int64(4))) == 4


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.int8(3), 3), (np.bool_(True), True), (np.float32(0.5), 0.5), (np.str_("x"), "x"),
        (pd.Timestamp("2025-10-01"), dt.date(2025, 10, 1)), ("x", "x"), (None, None),
        (np.datetime64("2025-10-01", "ns"), dt.date(2025, 10, 1)),
        (dt.datetime(2025, 10, 1, 12), dt.datetime(2025, 10, 1, 12)),
    ],
)  # fmt: skip
def test_a_plain_value_is_one_of_python(given: Any, expected: Any) -> None:
    assert plain(given) == expected
    assert type(plain(given)) is type(expected)


def test_no_date_is_no_date() -> None:
    for given in (pd.NaT, np.datetime64("NaT"), float("nan")):
        with pytest.raises(ConfigError, match="until"):
            small(N).run(given)  # type: ignore[arg-type]


def test_a_whole_number_is_one_of_any_library_and_no_switch() -> None:
    assert [as_whole(one) for one in (3, np.int8(3), np.uint64(3))] == [3, 3, 3]
    for given in (True, np.bool_(True), 3.0, np.float64(3.0), "3", None, np.array([1, 2])):
        assert as_whole(given) is None
