"""One adoption rule in several systems, on the same graph: who does how many user-steps a second.

Each step, whoever has not adopted does so with probability 1 - exp(-(p + q·share of friends who
have)), p = .002, q = .1, all on the state of the step before (Mesa's own scheduler excepted), for
30 steps on a small world of degree 10. Every function takes (graph, steps, seed) and returns the
share of adopters at the end and the seconds that the steps took, without building.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

P, Q = 0.002, 0.1
STEPS = 30
Peer = Callable[[Any, int, int], tuple[float, float]]


def limit_market(graph: Any, steps: int, seed: int, threads: int | None = None) -> Any:
    """Return the market as a bare adoption rule, through its public parameters.

    Whoever notices installs, stays, makes one clip a day and shares it with all friends.
    """
    from sim.execution import Execution
    from sim.market import Market
    from tests.worlds import limit_scenario

    terms = {"interest_per_day": P, "friend_strength": Q, "p_share_friends": 1.0}
    scenario = limit_scenario(graph.n_users, {"one": terms}, days=steps, seed=seed, mean_clips=25.0)
    return Market(scenario, graph, Execution(threads=threads, check=False))


def market(graph: Any, steps: int, seed: int, threads: int | None = None) -> tuple[float, float]:
    """Run the whole market: codes, clips, shares, money, record."""
    made = limit_market(graph, steps, seed, threads)
    started = time.perf_counter()
    made.run()
    seconds = time.perf_counter() - started
    return float((made.users.columns["day_installed"] >= 0).mean()), seconds


def kernels(graph: Any, steps: int, seed: int, threads: int | None = None) -> tuple[float, float]:
    """Run the market's own scan, rule and push, and nothing else of its day.

    An adopter is pushed to friends once and stays in their exposure: the same adopters as in the
    whole market, to the last one, since the luck is the same.
    """
    from agents.day import rules, scan
    from agents.day.world import Awake
    from sim.compiled import AHEAD, kernel, prefetch
    from sim.counts import Status

    made = limit_market(graph, steps, seed, threads)
    users, run = made.users, made.execution
    active, unaware = int(Status.ACTIVE), int(Status.UNAWARE)
    heard_of, least = np.ones(1, bool), scan.least_degree(graph.indptr)

    @kernel
    def adopt(w: Any, low: int, high: int) -> None:
        for k in range(low, high):
            ahead = np.int64(w.awake.row[min(k + AHEAD, high - 1)])
            prefetch(w.member, ahead)
            prefetch(w.indptr, ahead)
            row = w.awake.row[k]
            new = w.member[row, 0].status == unaware and rules.notices(w, row, 0) > 0
            if new:
                w.member[row, 0].status = active
            w.awake.sent[0, k] = new

    @kernel
    def push(w: Any, low: int, high: int) -> None:
        for k in range(w.awake.row.size):
            prefetch(w.indices, w.indptr[w.awake.row[min(k + AHEAD, w.awake.row.size - 1)]])
            if w.awake.sent[0, k]:
                row = w.awake.row[k]
                for edge in range(w.indptr[row], w.indptr[row + 1]):
                    friend = w.indices[edge]
                    if low <= friend < high:
                        w.exposure[0, friend] += 1

    def step() -> None:
        made.calendar.apply(made.day, made.platforms, made)
        users.listen()
        before = users.world

        def think(worker: int, low: int, high: int) -> Awake:
            awake = scan.find(before, low, high, heard_of, least)
            adopt(before._replace(awake=awake), 0, awake.row.size)
            return awake

        w = before._replace(awake=Awake.joined(run.spread(graph.n_users, think)))
        run.spread(graph.n_users, lambda _, low, high: push(w, low, high))
        made.stand_at(made.day + 1)

    step()  # compiles; the luck of day 0 is lived once more below
    made = limit_market(graph, steps, seed, threads)
    users = made.users
    started = time.perf_counter()
    for _ in range(steps):
        step()
    seconds = time.perf_counter() - started
    return float((users.columns["status"][0] == active).mean()), seconds


def _edges(graph: Any) -> tuple[Any, Any]:
    source = np.repeat(np.arange(graph.n_users, dtype=np.int32), graph.degrees)
    return source, graph.indices


def numpy_columns(graph: Any, steps: int, seed: int) -> tuple[float, float]:
    """Keep columns in NumPy and count adopting friends with an edge list and bincount."""
    rng = np.random.default_rng(seed)
    source, target = _edges(graph)
    degree = np.maximum(graph.degrees, 1)
    adopted = np.zeros(graph.n_users, bool)
    started = time.perf_counter()
    for _ in range(steps):
        friends = np.bincount(source, adopted[target], graph.n_users)
        chance = -np.expm1(-(P + Q * friends / degree))
        adopted |= rng.random(graph.n_users, dtype=np.float32) < chance
    return float(adopted.mean()), time.perf_counter() - started


def compiled_pull(graph: Any, steps: int, seed: int) -> tuple[float, float]:
    """Loop over all agents in parallel compiled code that looks at every friend (LASER's style)."""
    import numba

    @numba.njit(parallel=True)
    def step(adopted, new, indptr, indices):  # type: ignore[no-untyped-def]
        for i in numba.prange(adopted.size):
            if not adopted[i]:
                n = 0
                for e in range(indptr[i], indptr[i + 1]):
                    n += adopted[indices[e]]
                h = P + Q * n / max(indptr[i + 1] - indptr[i], 1)
                new[i] = np.random.random() < -np.expm1(-h)  # noqa: NPY002 (all that numba has)

    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
    adopted, new = np.zeros((2, graph.n_users), np.bool_)
    step(adopted.copy(), new.copy(), graph.indptr, graph.indices)
    started = time.perf_counter()
    for _ in range(steps):
        step(adopted, new, graph.indptr, graph.indices)
        adopted |= new
    return float(adopted.mean()), time.perf_counter() - started


def starsim_module(graph: Any, steps: int, seed: int) -> tuple[float, float]:
    """Write the rule as a module of Starsim, on an edge list, with its own random numbers."""
    import starsim as ss

    source, target = _edges(graph)
    degree = np.maximum(graph.degrees, 1)

    class Adoption(ss.Module):
        def __init__(self) -> None:
            super().__init__()
            self.define_states(ss.BoolState("adopted"))
            self.draw = ss.random()

        def step(self) -> None:
            adopted = self.adopted.raw[: graph.n_users]
            friends = np.bincount(source, adopted[target], graph.n_users)
            chance = -np.expm1(-(P + Q * friends / degree))
            luck = self.draw.rvs(ss.uids(np.arange(graph.n_users)))
            self.adopted.raw[: graph.n_users] = adopted | (luck < chance)

    sim = ss.Sim(
        n_agents=graph.n_users, modules=Adoption(), start=0, stop=steps - 1, dt=1,
        rand_seed=seed, verbose=0,
    )  # fmt: skip
    sim.init()
    started = time.perf_counter()
    sim.run()
    seconds = time.perf_counter() - started
    (module,) = (one for one in sim.modules if isinstance(one, Adoption))
    return float(np.mean(module.adopted.raw[: graph.n_users])), seconds


def plain_mesa(graph: Any, steps: int, seed: int, network: bool = False) -> tuple[float, float]:
    """Step Mesa agents that hold a list of friends, or stand on Mesa's network of cells."""
    import mesa
    from mesa.discrete_space import CellAgent, Network

    model = mesa.Model(rng=seed)
    rng = np.random.default_rng(seed)

    class Listed(mesa.Agent):  # type: ignore[misc]
        def __init__(self, model: mesa.Model) -> None:
            super().__init__(model)
            self.adopted = self.new = False
            self.friends: list[Any] = []

        def others(self) -> list[Any]:
            return self.friends

        def think(self) -> None:
            if not self.adopted:
                friends = self.others()
                n = sum(friend.adopted for friend in friends)
                self.new = rng.random() < -np.expm1(-(P + Q * n / max(len(friends), 1)))

        def act(self) -> None:
            self.adopted |= self.new

    class OnNetwork(CellAgent):  # type: ignore[misc]
        def __init__(self, model: mesa.Model) -> None:
            super().__init__(model)
            self.adopted = self.new = False

        def others(self) -> list[Any]:
            return list(self.cell.neighborhood.agents)

        think, act = Listed.think, Listed.act

    agents = list((OnNetwork if network else Listed).create_agents(model, graph.n_users))
    if network:
        cells = {node: (node, 0.0) for node in range(graph.n_users)}
        # Mesa 3.5 would work out where to draw each node: minutes, for nothing.
        layout = {"layout": cells} if "layout" in inspect.signature(Network).parameters else {}
        space = Network(graph.to_networkx(), capacity=1, random=model.random, **layout)
        for agent, cell in zip(agents, space.all_cells, strict=True):
            agent.cell = cell
    else:
        for row, agent in enumerate(agents):
            agent.friends = [agents[friend] for friend in graph.neighbors(row)]
    started = time.perf_counter()
    for _ in range(steps):
        model.agents.do("think")
        model.agents.do("act")
    seconds = time.perf_counter() - started
    return float(np.mean([agent.adopted for agent in agents])), seconds


#: Name to function, and the most users it is given.
PEERS: dict[str, tuple[Peer, float]] = {
    "clipmarket, its kernels alone": (kernels, 1e7),
    "clipmarket, its kernels alone, 2 threads": (partial(kernels, threads=2), 1e7),
    "clipmarket, its kernels alone, 1 thread": (partial(kernels, threads=1), 1e7),
    "clipmarket, the whole market": (market, 1e7),
    "clipmarket, the whole market, 2 threads": (partial(market, threads=2), 1e7),
    "clipmarket, the whole market, 1 thread": (partial(market, threads=1), 1e7),
    "compiled loop over all friends (LASER style), 2 threads": (compiled_pull, 1e7),
    "NumPy columns": (numpy_columns, 1e6),
    "Starsim module": (starsim_module, 1e6),
    "Mesa agents with lists of friends": (plain_mesa, 1e5),
    "Mesa agents on a network of cells": (partial(plain_mesa, network=True), 1e5),
}
