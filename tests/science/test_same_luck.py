"""Order of people, and worlds that share their luck: exact, in a market with everything on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from sim.execution import Execution
from sim.graph import build_graph
from sim.interventions import Event
from sim.market import Market
from sim.metrics import RECORDED
from tests.verification import Verified
from tests.worlds import BUSY_PLATFORMS, bits, busy_market, date, lived

N, DAYS, CUT = 2_000, 40, 17
GRAPHS = (
    "power_law_cluster(degree=8, triangles=0.5)", "small_world(degree=6, rewire=0.1)", "well_mixed",
)  # fmt: skip


def records(market: Market, until: int | None = None) -> np.ndarray[Any, Any]:
    """Return every metric of every day side by side.

    Up to a day, without what is told of a cohort later: whom it brings belongs to days to come.
    """
    told = [m.name for m in RECORDED if until is None or m.name != "offspring_of_cohort"]
    return np.concatenate([market.record.past(name)[:until].ravel() for name in told])


@pytest.mark.parametrize("graph", GRAPHS)
def test_people_in_another_order_live_the_same_lives(graph: str, verified: Verified) -> None:
    """O27: permute the rows, keep the uids: all metrics and all columns, exactly."""
    plain = lived(busy_market(N, graph, DAYS))
    friends = build_graph(graph, N, plain.config.seed)
    order = np.random.default_rng(3).permutation(N)
    turned = Market(
        plain.scenario_config, friends.relabel(order), Execution(threads=2, check=True),
        uid=order.astype(np.uint32),
    )  # fmt: skip
    lived(turned)
    kind = graph.partition("(")[0]
    verified.same("O27", f"all metrics, rows permuted, {kind}", records(turned), records(plain))
    wrong = size = 0
    for name in plain.users.columns:
        if name == "uid":
            continue
        mine, theirs = plain.users.columns[name], turned.users.columns[name]
        wrong += int((mine[..., order] != theirs).sum())
        size += mine.size
    verified.same("O27", f"{size:,} cells of people, rows permuted, {kind}", wrong, 0)


def test_an_event_without_effect_leaves_every_bit(verified: Verified) -> None:
    """O29: set what holds anyway, on one day or on all of them: bit for bit the same run."""
    idle = tuple(
        Event(id=f"idle {p} {day}", date=date(day), platform=p,
              set={"free_quota_per_day": 3, "interest_per_day": 0.05})
        for p in BUSY_PLATFORMS
        for day in range(0, DAYS, 7)
    )  # fmt: skip
    plain, same = (bits(lived(busy_market(N, GRAPHS[0], DAYS, events))) for events in ((), idle))
    verified.same("O29", "bits of a run with 12 events that change nothing", same, plain)


@pytest.mark.parametrize(
    "change",
    [{"free_quota_per_day": 0}, {"invites_required": False}, {"interest_per_day": 1.0},
     {"p_active": 0.1}, {"friend_strength": 0.0}, {"pack_usd": 0.1}, {"running": False}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_worlds_are_one_until_the_day_a_policy_parts_them(
    change: dict[str, Any], verified: Verified
) -> None:
    """O29: a change on day T is not felt on any day t < T, and is from T on."""
    event = Event(id="cut", date=date(CUT), platform="a", set=change)
    plain = lived(busy_market(N, GRAPHS[0], DAYS))
    other = lived(busy_market(N, GRAPHS[0], DAYS, (event,)))
    name = next(iter(change))
    before = f"metrics of days 0 to {CUT - 1}, {name} changed on day {CUT}"
    verified.same("O29", before, records(other, CUT), records(plain, CUT))
    assert (records(other) != records(plain)).any()
    assert event.date - date(0) == dt.timedelta(days=CUT)
