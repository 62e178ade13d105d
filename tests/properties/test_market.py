"""What holds for any market whatever its numbers: terms, people, graphs and events are drawn."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import User
from sim.execution import Execution
from sim.interventions import Event
from sim.market import Market
from sim.metrics import RECORDED
from sim.scenario import Scenario
from tests.properties.strategies import DAYS, FIXED, graph_of, run, scenarios
from tests.science.books import books
from tests.worlds import bits, date

#: What a unit cost may change.
MONEY_OUT = {"unit_cost_usd", "gpu_hour_usd", "compute_usd", "cash_usd"}


def same(one: Market, other: Market, but: set[str] | None = None, days: int = DAYS) -> None:
    """Assert that two records agree, metric by metric."""
    for metric in RECORDED:
        if metric.name not in (but or set()):
            np.testing.assert_array_equal(
                one.record.past(metric.name)[:days],
                other.record.past(metric.name)[:days],
                err_msg=metric.name,
            )


def plain(scenario: Scenario, field: str, value: Any) -> Scenario:
    """Return a scenario in which one field of all platforms has a value."""
    for name in scenario.platforms:
        scenario = scenario.set(f"{name}.{field}", value)
    return scenario


@FIXED
@given(scenarios())
def test_people_codes_clips_and_cents_are_conserved(scenario: Scenario) -> None:
    """Every night, from the columns (the market's own invariants) and from the record alone."""
    for claim, found, expected in books(run(scenario)):
        assert np.array_equal(found, np.broadcast_to(expected, np.shape(found))), claim


@FIXED
@given(scenarios())
def test_counts_stay_within_their_bounds(scenario: Scenario) -> None:
    """Nobody is counted twice a day, no clip is made beyond the quota unpaid, no share without."""
    market = run(scenario)
    get = {name: array[:DAYS] for name, array in market.record.daily.items()}
    n = market.config.n_users
    for name, array in get.items():
        if name != "cash_usd":
            assert (array >= 0).all(), name
    for part, whole in (
        ("installs", n), ("active", n), ("creators", "daily_active"),
        ("quota_hits", "daily_active"),
        ("subscribers", "active"), ("pack_buyers", "daily_active"), ("gated", n),
        ("clips_onboarding", "clips_free"), ("new_payers", n),
    ):  # fmt: skip
        most = whole if isinstance(whole, int) else get[whole]
        assert (get[part] <= most).all(), part
    clips = get["clips_free"] + get["clips_subscriber"] + get["clips_pack"]
    assert (get["shares_friends"] <= clips).all()
    assert (get["shares_feed"] <= clips).all()
    quota = np.array([
        max([p.free_quota_per_day, *p.surface_quota_per_day.values()])
        for p in scenario.platforms.values()
    ])  # fmt: skip
    assert (get["clips_free"] <= quota * get["daily_active"]).all()
    assert (np.cumsum(get["installs"], axis=0) <= n).all(), "nobody installs first twice"
    assert (get["unaware"][1:] <= get["unaware"][:-1]).all(), "nobody forgets"


@FIXED
@given(scenarios(), st.integers(1, 3))
def test_threads_and_promotion_change_no_bit(scenario: Scenario, step: int) -> None:
    """Rows dealt out to threads, or stepped as Mesa agents in Python: the same market."""
    alone = run(scenario)
    promoted = Market(scenario, execution=Execution(threads=2, check=True))
    promoted.users.promote(range(0, scenario.market.n_users, step), User)
    for _ in range(DAYS):
        promoted.step()
    assert bits(promoted) == bits(alone)


@FIXED
@given(scenarios(), st.randoms(use_true_random=False))
def test_relabeling_people_changes_labels_and_nothing_else(scenario: Scenario, random: Any) -> None:
    """Permute the rows of the graph and keep the uids: metrics equal, columns permuted."""
    order = np.array(random.sample(range(scenario.market.n_users), scenario.market.n_users))
    one = run(scenario)
    other = run(scenario, graph=graph_of(scenario).relabel(order), uid=order.astype(np.uint32))
    same(one, other)
    for name in one.users.columns:
        np.testing.assert_array_equal(
            one.users.columns[name][..., order], other.users.columns[name], err_msg=name
        )


@FIXED
@given(scenarios(n_platforms=(2, 3)), st.data())
def test_names_of_platforms_carry_their_luck_and_no_more(scenario: Scenario, data: Any) -> None:
    """Deal the names out anew, luck going along with the terms: the columns trade places."""
    names = list(scenario.platforms)
    turned = data.draw(st.permutations(names))
    terms = dict(zip(turned, scenario.platforms.values(), strict=True))
    blocks = {
        new: terms[new].changed("test", luck=old, label=old)
        for new, old in zip(turned, names, strict=True)
    }
    renamed = dict(zip(names, turned, strict=True))
    events = tuple(
        event.changed("test", platform=renamed[event.platform]) for event in scenario.events
    )
    other = run(Scenario(name="mirror", market=scenario.market, platforms=blocks, events=events))
    one = run(scenario)
    at = [list(other.platforms).index(renamed[name]) for name in one.platforms]
    for metric in RECORDED:
        np.testing.assert_array_equal(
            other.record.past(metric.name)[:, at], one.record.past(metric.name), metric.name
        )


@FIXED
@given(scenarios(), st.integers(0, DAYS), st.integers(1, 2))
def test_a_saved_market_goes_on_with_the_same_bits(
    scenario: Scenario, day: int, threads: int
) -> None:
    whole, part = run(scenario), run(scenario, day)
    with tempfile.TemporaryDirectory() as folder:
        path = part.save(Path(folder) / "market.npz")
        loaded = Market.load(path, Execution(threads=threads, check=True))
        twig = part.branch()
    for other in (loaded, twig):
        for _ in range(DAYS - day):
            other.step()
        assert bits(other) == bits(whole)


@FIXED
@given(scenarios(), st.integers(0, DAYS - 1), st.data())
def test_worlds_are_one_until_a_policy_parts_them(scenario: Scenario, day: int, data: Any) -> None:
    """An event of day T is felt on no day before; one that sets what holds anyway, on none."""
    name = data.draw(st.sampled_from(sorted(scenario.platforms)))
    field, value = data.draw(
        st.sampled_from(
            [("free_quota_per_day", 0), ("utility", 9.0), ("interest_per_day", 3.0),
             ("invites_required", True), ("running", False), ("p_active", 0.0),
             ("usd_per_gpu_hour", 99.0), ("friend_strength", 5.0), ("p_create", 0.0),
             ("visit_floor", 0.0), ("chart_per_day", 3.0), ("pull_per_share", 5.0),
             ("dropout_friends_left", 5.0), ("dropout_rival_friends", 5.0),
             ("views_per_visit", 9.0), ("freshened_on", date(2))]
        )
    )  # fmt: skip
    one = run(scenario)
    policy = Event(id="policy", date=date(day), platform=name, set={field: value})
    same(one, run(scenario.with_event(policy)), days=day)
    held = getattr(scenario.platforms[name], field)
    idle = Event(id="idle", date=date(day), platform=name, set={field: held})
    assert bits(run(scenario.with_event(idle))) == bits(one)


@FIXED
@given(scenarios(), st.sampled_from([1.5, 10.0]))
def test_a_higher_cost_of_a_clip_changes_cash_and_nothing_else(
    scenario: Scenario, factor: float
) -> None:
    """Nobody but the cash book knows what a GPU costs."""
    dear = scenario
    for name, terms in scenario.platforms.items():
        dear = dear.set(f"{name}.usd_per_gpu_hour", terms.usd_per_gpu_hour * factor)
    one, other = run(scenario), run(dear)
    same(one, other, MONEY_OUT)
    assert (other.record.past("cash_usd") <= one.record.past("cash_usd")).all()


def quiet(scenario: Scenario) -> Scenario:
    """Switch off all that acts from one day or person on another."""
    for field in ("friend_strength", "feed_strength", "dropout_quota_hits", "dropout_feed",
                  "dropout_friends", "friend_utility", "subscribe_hits", "subscribe_friends",
                  "degraded_sensitivity", "share_codes_to_friends", "pull_per_share",
                  "dropout_friends_left", "dropout_rival_friends", "dropout_views",
                  "chart_per_day"):  # fmt: skip
        scenario = plain(scenario, field, 0.0)
    # Who comes to one platform more often has less of the day for another, or less use for it.
    scenario = scenario.with_market(
        visit_substitution=0.0, clip_substitution=0.0, rival_penalty=0.0
    )
    # Ads are as loud as installs need, so that who installs more easily quiets them for others.
    scenario = plain(scenario, "marketing_usd_per_day", 0.0)
    return plain(scenario, "pack_usd", None)


@FIXED
@given(scenarios(), st.integers(0, 8), st.integers(0, 8))
def test_more_quota_never_gives_a_user_fewer_clips_on_any_day(
    scenario: Scenario, one: int, other: int
) -> None:
    """With feedbacks off; min(D, Q) rises with Q at the same luck."""
    low, high = (
        Market(plain(quiet(scenario), "free_quota_per_day", q), execution=Execution(threads=1))
        for q in sorted((one, other))
    )
    for _ in range(DAYS):
        low.step()
        high.step()
        few, many = (m.users.columns["clips_today"].astype(int) for m in (low, high))
        assert (few <= many).all()


def flow(*names: str) -> Callable[[Market], Any]:
    return lambda market: sum(market.record.past(name) for name in names)


#: Field, a low and a high value, and what must not fall.
RISING: dict[str, tuple[float, float, Callable[[Market], Any]]] = {
    "interest_per_day": (0.1, 0.6, lambda m: -m.record.past("unaware")),
    "utility": (-0.5, 0.5, lambda m: np.cumsum(m.record.past("installs"), axis=0)),
    "p_share_friends": (0.2, 0.7, flow("shares_friends")),
    "rel_demand": (0.5, 1.5, flow("clips_free", "clips_subscriber", "clips_refused")),
    "p_active": (0.3, 0.8, flow("daily_active")),
}


@pytest.mark.parametrize("field", RISING)
@FIXED
@given(scenarios(n_platforms=(1, 1)))
def test_more_of_a_cause_never_makes_less_of_its_effect(field: str, scenario: Scenario) -> None:
    """Day by day at the same luck, with feedbacks off.

    Access is free of invites and capacity: a queue makes one person's gain another's loss. People
    who come back start anew, later for whoever came first; and whoever wishes for more has less of
    it served, and so less of a reason to come.
    """
    low, high, effect = RISING[field]
    base = quiet(scenario)
    for name, value in (
        ("invites_required", False), ("rel_exposure_lost", 0.0), ("return_per_day", 0.0),
        ("marketing_usd_per_day", 0.0), ("capacity_gpu_hours_per_day", None),
        ("needs_reason", False),
    ):  # fmt: skip
        base = plain(base, name, value)
    few, many = (effect(run(plain(base, field, value))) for value in (low, high))
    assert (few <= many).all()
