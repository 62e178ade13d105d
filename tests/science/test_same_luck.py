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
from tests.science.limits import date, limit_scenario, lived
from tests.verification import Verified
from tests.worlds import bits

N, DAYS, CUT = 2_000, 40, 17
EVERYTHING: dict[str, Any] = {
    "utility": 1.0, "taste_sd": 0.7, "friend_utility": 0.4, "invites_required": True,
    "codes_per_user": 3, "p_code_used": 0.7, "code_delay_days": 2.0,
    "code_delay_form": "memoryless", "share_codes_to_friends": 0.5, "public_codes_per_day": 20.0,
    "p_give_up": 0.05, "interest_per_day": 0.05, "rel_exposure_lost": 0.5, "return_per_day": 0.02,
    "p_active": 0.5, "p_dropout": None, "dropout_alpha": 0.7, "dropout_beta": 4.0,
    "dropout_friends": 0.5, "free_quota_per_day": 3, "pack_usd": 2.0, "pack_clips": 7,
    "subscription_usd_per_month": 9.99, "subscribe_intercept": -3.0, "subscribe_friends": 0.3,
    "subscriber_quota_per_day": 9, "p_share_friends": 0.3, "p_share_feed": 0.2,
    "friend_strength": 0.3, "feed_strength": 0.1, "gpu_minutes_per_clip": 2.0,
    "usd_per_gpu_hour": 39.0, "learning": "wright", "wright_learning_rate": 0.2,
    "wright_reference_clips": 100.0, "capacity_gpu_hours_per_day": 3.0,
    "degraded_sensitivity": 0.5, "marketing_usd_per_day": 50.0,
}  # fmt: skip
PLATFORMS = {"a": EVERYTHING, "b": {**EVERYTHING, "invites_required": False, "utility": 0.0}}
PEOPLE: dict[str, Any] = {
    "mean_clips": 3.0, "rate_shape": 0.3, "rival_penalty": 0.6, "taste_correlation": 0.3,
    "median_willingness_usd": 0.4, "willingness_sd": 1.0, "attention_budget": 5.0,
}  # fmt: skip
GRAPHS = (
    "power_law_cluster(degree=8, triangles=0.5)", "small_world(degree=6, rewire=0.1)", "well_mixed",
)  # fmt: skip


def world(graph: str, events: tuple[Event, ...] = ()) -> Market:
    scenario = limit_scenario(N, PLATFORMS, graph, DAYS, events, **PEOPLE)
    return Market(scenario, execution=Execution(check=True))


def records(market: Market, until: int | None = None) -> np.ndarray[Any, Any]:
    """Return every metric of every day side by side."""
    return np.concatenate([market.record.past(m.name)[:until].ravel() for m in RECORDED])


@pytest.mark.parametrize("graph", GRAPHS)
def test_people_in_another_order_live_the_same_lives(graph: str, verified: Verified) -> None:
    """O27: permute the rows, keep the uids: all metrics and all columns, exactly."""
    plain = lived(world(graph))
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
        for p in PLATFORMS
        for day in range(0, DAYS, 7)
    )  # fmt: skip
    plain, same = (bits(lived(world(GRAPHS[0], events))) for events in ((), idle))
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
    plain, other = lived(world(GRAPHS[0])), lived(world(GRAPHS[0], (event,)))
    name = next(iter(change))
    before = f"metrics of days 0 to {CUT - 1}, {name} changed on day {CUT}"
    verified.same("O29", before, records(other, CUT), records(plain, CUT))
    assert (records(other) != records(plain)).any()
    assert event.date - date(0) == dt.timedelta(days=CUT)
