"""What must not matter does not matter, to the last bit; what must only help never hurts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenarios import baseline
from sim.errors import ConfigError
from sim.market import Market
from sim.metrics import RECORDED
from sim.scenario import Scenario
from tests.verification import Verified
from tests.worlds import (
    ALL_AT_ONCE,
    CROWD,
    FORCES,
    FORCES_OF_PEOPLE,
    UNCOUPLED,
    UNCOUPLED_PEOPLE,
    bits,
    daily,
    date,
    limit_market,
    limit_scenario,
    lived,
    small,
)

BUSY: dict[str, Any] = {
    "utility": 0.5, "interest_per_day": 0.05, "friend_utility": 0.3, "p_active": 0.5,
    "p_dropout": 0.03, "p_share_friends": 0.3, "p_share_feed": 0.2, "friend_strength": 0.3,
    "feed_strength": 0.1, "free_quota_per_day": 3, "pack_usd": 1.0, "taste_sd": 0.7,
}  # fmt: skip
PEOPLE: dict[str, Any] = {"mean_clips": 3.0, "rate_shape": 0.3, "rival_penalty": 0.6}
#: The same with all forces of the contest.
FORCEFUL = {**BUSY, **FORCES}
FORCEFUL_PEOPLE = {**PEOPLE, **FORCES_OF_PEOPLE}
FRIENDS = "small_world(degree=8, rewire=0.2)"
#: Metrics that a cost, and nothing else, may change.
MONEY_OUT = {"unit_cost_usd", "gpu_hour_usd", "compute_usd", "cash_usd"}


# Platforms


def test_the_order_in_which_platforms_are_written_does_not_matter(verified: Verified) -> None:
    """O28: a scenario is a set of platforms; exact."""
    blocks = {
        "o": FORCEFUL, "g": {**FORCEFUL, "utility": -0.5}, "k": {**FORCEFUL, "p_active": 0.9},
    }  # fmt: skip
    one = lived(limit_market(3_000, blocks, FRIENDS, **FORCEFUL_PEOPLE))
    other = lived(limit_market(3_000, dict(reversed(blocks.items())), FRIENDS, **FORCEFUL_PEOPLE))
    verified.same("O28", "bits, three platforms written backwards", bits(one), bits(other))


def test_neither_does_the_order_of_the_baseline(verified: Verified) -> None:
    """O28 on the baseline, events and all; exact."""
    plain = baseline.scenario()
    turned = replace(
        plain,
        platforms=dict(reversed(plain.platforms.items())),
        events=tuple(reversed(plain.events)),
    )
    one, other = small(scenario=plain), small(scenario=turned)
    one.run()
    other.run()
    verified.same("O28", "bits, the baseline written backwards", bits(one), bits(other))


def test_a_platform_lives_the_same_beside_any_other_as_long_as_they_are_no_rivals() -> None:
    """O28: luck goes with the platform's own name, not with its place; exact for rivalry 0.

    All forces but those that couple. Its neighbour stands before it, after it, or is not there.
    Only multi-homing tells.
    """
    people = {**FORCEFUL_PEOPLE, **UNCOUPLED_PEOPLE}
    mine = {**FORCEFUL, **UNCOUPLED}
    alone = lived(limit_market(3_000, {"m": mine}, FRIENDS, **people))
    for name in ("a", "z"):
        beside = {name: {**mine, "utility": 2.0}, "m": mine}
        market = lived(limit_market(3_000, beside, FRIENDS, **people))
        p = list(market.platforms).index("m")
        for metric in RECORDED:
            if metric.name != "multi_homers":
                np.testing.assert_array_equal(
                    daily(market, metric.name)[:, p], daily(alone, metric.name)[:, 0], metric.name
                )


def test_swapping_the_parameters_of_two_platforms_mirrors_the_market(verified: Verified) -> None:
    """O28: names carry luck and place, no meaning: (o, g) with (X, Y) against (Y, X).

    The luck differs, so the mirror is exact in law only: the difference of two independent means
    over 16 markets stays within 4 standard errors, although decisions are drawn o after g.
    """
    terms = {"x": {**FORCEFUL, "utility": 1.0}, "y": {**FORCEFUL, "p_active": 0.8}}
    people = FORCEFUL_PEOPLE
    found: dict[tuple[str, str], list[list[float]]] = {("x", "y"): [], ("y", "x"): []}
    for pair, runs in found.items():
        for seed in range(16):
            blocks = {"g": terms[pair[0]], "o": terms[pair[1]]}
            market = lived(limit_market(2_000, blocks, FRIENDS, days=25, seed=100 + seed, **people))
            columns = [list(market.platforms).index("go"[pair.index(x)]) for x in "xy"]
            runs.append(
                [
                    float(daily(market, name)[:, c].sum())
                    for name in ("installs", "daily_active", "clips_free", "packs")
                    for c in columns
                ]
            )
    straight, mirrored = (np.array(runs) for runs in found.values())
    error = np.sqrt((straight.var(axis=0, ddof=1) + mirrored.var(axis=0, ddof=1)) / 16)
    claim = "totals under swapped parameters, luck of their own, 16 runs"
    verified("O28", claim, mirrored.mean(axis=0), straight.mean(axis=0), 4 * error)


def test_two_platforms_alike_share_the_market_evenly(verified: Verified) -> None:
    """O28: same parameters, total rivalry: the first name in the alphabet has no advantage.

    Among those who choose on day 0 each platform has half, and so it stays; N = 50,000.
    """
    n = 50_000
    same = {"utility": 0.4, **ALL_AT_ONCE}
    market = lived(
        limit_market(n, {"a": same, "z": same}, days=1, rival_penalty=50.0, mean_clips=0.0)
    )
    installs = daily(market, "installs")[0]
    limit = 4 * np.sqrt(installs.sum())
    verified("O28", "installs of two alike, total rivalry", installs[0], installs[1], limit)


# Separability


def test_a_higher_cost_changes_cash_and_nothing_else(verified: Verified) -> None:
    """O34: raise the price of GPU time alone; adoption and use bit for bit, cash strictly lower."""
    plain, dear = small(), small(scenario=baseline.scenario().set("sora.usd_per_gpu_hour", 3.9))
    plain.run()
    dear.run()
    for metric in RECORDED:
        if metric.name not in MONEY_OUT:
            found, expected = daily(dear, metric.name), daily(plain, metric.name)
            np.testing.assert_array_equal(found, expected, err_msg=metric.name)
    found, expected = (m.users.columns["clips_total"] for m in (dear, plain))
    verified.same("O34", "clips user by user under a doubled cost", found, expected)
    sora = list(plain.platforms).index("sora")
    has_clips = np.cumsum(plain.results.array("clips")[:, sora]) > 0
    cash = daily(dear, "cash_usd")[:, sora] - daily(plain, "cash_usd")[:, sora]
    assert has_clips.any()
    verified.below("O34", "cash, dear less plain, largest, cents", cash[has_clips].max(), 0)
    assert (cash[~has_clips] == 0).all()
    others = [p for p in range(len(plain.platforms)) if p != sora]
    np.testing.assert_array_equal(
        daily(dear, "cash_usd")[:, others], daily(plain, "cash_usd")[:, others]
    )


def friendless(scenario: Scenario) -> Scenario:
    """Return a scenario in which friends mean nothing."""
    for name in scenario.platforms:
        for field in (
            "friend_strength", "friend_utility", "dropout_friends", "subscribe_friends",
            "share_codes_to_friends", "pull_per_share", "dropout_friends_left",
            "dropout_rival_friends",
        ):  # fmt: skip
            scenario = scenario.set(f"{name}.{field}", 0.0)
    return scenario


def test_without_influence_of_friends_the_graph_does_not_matter(verified: Verified) -> None:
    """O34: β = β_r = η = γ_n = ψ = ζ = a2 = φ = 0: the baseline on four graphs, bit for bit."""
    scenario = friendless(baseline.scenario())
    hashes = set()
    for graph in (
        "power_law_cluster(degree=20, triangles=0.7)", "erdos_renyi(degree=6)", "well_mixed",
        "small_world(degree=4, rewire=0)",
    ):  # fmt: skip
        market = small(scenario=scenario, graph=graph)
        market.run()
        hashes.add(bits(market))
    verified.same("O34", "bits of the friendless baseline on four graphs", len(hashes), 1)
    assert daily(market, "installs").sum() > 500


@pytest.mark.parametrize(
    "field",
    [
        "friend_strength",
        "friend_utility",
        "dropout_friends",
        "subscribe_friends",
        "pull_per_share",
        "dropout_friends_left",
        "dropout_rival_friends",
    ],
)
def test_with_any_one_of_them_it_does(field: str) -> None:
    """The other half of the claim above: each way of influence is felt, so zero is not idle."""
    terms = {
        **BUSY, "friend_strength": 0.0, "friend_utility": 0.0, "p_dropout": 0.1,
        "subscription_usd_per_month": 5.0, "subscribe_intercept": -2.0, field: 0.5,
    }  # fmt: skip
    graphs, platforms = (FRIENDS, "erdos_renyi(degree=6)"), {"a": terms, "b": terms}
    one, other = (lived(limit_market(2_000, platforms, g, **PEOPLE)) for g in graphs)
    assert bits(one) != bits(other)


@pytest.mark.parametrize(("high", "low"), [(6, 5), (30, 3), (3, 0)])
def test_a_lower_quota_gives_no_user_more_free_clips_on_any_day(
    high: int, low: int, verified: Verified
) -> None:
    """O34: with feedbacks off and the same luck, clips = min(D, Q), user by user, day by day.

    Sharing acts on nobody here (strengths 0), so the same people are there, too.
    """
    quiet = {**BUSY, "friend_strength": 0.0, "feed_strength": 0.0, "pack_usd": None}
    markets = [
        limit_market(3_000, {"a": {**quiet, "free_quota_per_day": q}}, FRIENDS, days=40, **PEOPLE)
        for q in (high, low)
    ]
    fewer = worse = 0
    for _ in range(40):
        generous, strict = (m.users.where(platform="a") for m in (lived(m, 1) for m in markets))
        given, now = generous.clips_today.astype(int), strict.clips_today.astype(int)
        worse += int((now != np.minimum(given, low)).sum())
        np.testing.assert_array_equal(generous.column("status"), strict.column("status"))
        fewer += int((now < given).sum())
    assert fewer > 0
    claim = f"user-days of 120,000 with clips other than min(D, {low})"
    verified.same("O34", claim, worse, 0)
    kept = {"clips_free", "clips_onboarding", "clips_refused", "quota_hits", "creators",
            "shares_friends", "shares_feed", "feed_views"}  # fmt: skip
    for metric in RECORDED:
        if metric.name not in kept:
            np.testing.assert_array_equal(
                *(daily(m, metric.name) for m in markets), err_msg=metric.name
            )


def test_a_seed_is_all_the_chance_there_is(verified: Verified) -> None:
    """O29 in a limit market: the same description twice gives the same bits, another seed not."""
    scenario = limit_scenario(1_000, {"a": FORCEFUL}, FRIENDS, days=15, **FORCEFUL_PEOPLE)
    runs = [lived(Market(s)) for s in (scenario, scenario, scenario.with_market(seed=2))]
    first, second, third = (bits(m) for m in runs)
    verified.same("O29", "bits of a second run", second, first)
    assert third != first
    assert runs[0].config.start == date(0)


def test_swapped_parameters_names_and_luck_mirror_the_market_bit_for_bit(
    verified: Verified,
) -> None:
    """O28 under rivalry: whoever is called what, decisions are drawn in the order of the keys.

    Three platforms consider each other on the same days (rival_penalty > 0) and share them out
    (s > 0). Each keeps its terms and its luck and takes the name, hence the place, of another;
    exact.
    """
    terms = {
        "one": {**FORCEFUL, "utility": 1.0},
        "two": {**FORCEFUL, **CROWD, "p_active": 0.8},
        "three": {**FORCEFUL, "friend_utility": 0.0},
    }
    names = {
        "a": ("one", "two", "three"),
        "b": ("three", "one", "two"),
        "c": ("two", "three", "one"),
    }
    runs = []
    for order in zip(*names.values(), strict=True):
        blocks = {n: {**terms[own], "luck": own} for n, own in zip(names, order, strict=True)}
        market = lived(limit_market(2_000, blocks, FRIENDS, **FORCEFUL_PEOPLE))
        runs.append((market, [order.index(own) for own in terms]))
    straight, places = runs[0]
    assert daily(straight, "multi_homers").sum() > 0
    names_of = [metric.name for metric in RECORDED]
    expected = np.concatenate([daily(straight, name)[:, places] for name in names_of])
    for mirrored, turned in runs[1:]:
        found = np.concatenate([daily(mirrored, name)[:, turned] for name in names_of])
        verified.same("O28", "all metrics, parameters, luck and names swapped", found, expected)


def test_two_platforms_with_one_luck_are_refused() -> None:
    """Names whose keys collide would decide alike; CRC-32 of these two words is the same."""
    with pytest.raises(ConfigError, match="share their luck"):
        limit_scenario(10, {"plumless": BUSY, "buckeroo": BUSY})
    with pytest.raises(ConfigError, match="share their luck"):
        limit_scenario(10, {"a": BUSY, "b": {**BUSY, "luck": "a"}})
    limit_scenario(10, {"plumless": BUSY, "buckeroo": {**BUSY, "luck": "other"}})
