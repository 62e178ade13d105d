"""Invite codes: how fast they spread a platform, and whom they keep out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.interventions import Event, Opening
from sim.market import Market
from sim.market_config import Region
from tests.verification import Verified
from tests.worlds import ALL_AT_ONCE, alike, daily, date, limit_market, lived

IDLE = {"mean_clips": 0.0}


def spread_by_codes(
    n: int, seeds: int, days: int, runs: int, seed: int = 1, **terms: Any
) -> Market:
    """Return a market in which everybody waits from day 0, and ``seeds`` codes are given on day 1.

    Codes go public, so that none meets somebody who is there already. As many independent runs as
    platforms.
    """
    platform = {
        "invites_required": True, "share_codes_to_friends": 0.0,
        "public_codes_per_day": float(seeds), **ALL_AT_ONCE, **terms,
    }  # fmt: skip
    platforms = alike(runs, **platform)
    stop = [
        Event(id=f"stop {name}", date=date(1), platform=name, set={"public_codes_per_day": 0.0})
        for name in platforms
    ]
    return lived(limit_market(n, platforms, days=days, events=stop, seed=seed, **IDLE))


def spread_of_total(k: float, variance: float, seeds: int, cycles: int) -> float:
    """Return the standard deviation of the total progeny of a branching process up to a cycle.

    Offspring luck of a member of generation j counts 1 + K + ... for the cycles that follow.
    """
    after = [(k ** (cycles - j) - 1) / (k - 1) for j in range(cycles)]
    return math.sqrt(sum(seeds * k**j * variance * after[j] ** 2 for j in range(cycles)))


@pytest.mark.parametrize(("codes", "p_used", "known"), [(2, 0.4, 45.71), (3, 0.5, 1709.95)])
def test_ten_cycles_of_invites_sum_to_a_geometric_series(
    codes: int, p_used: float, known: float, verified: Verified
) -> None:
    """O9: U0(1 + K + ... + K^10), U0 = 10, K = codes x p (Skok 2009): 45.71 at .8, 1709.95 at 1.5.

    128 runs with 10 seeds each, as 8 markets' worth: 16 platforms with 80 seeds. A code passes
    after one day, so that a cycle is a day. Error: the branching process's own, over 128.
    """
    k, variance = codes * p_used, codes * p_used * (1 - p_used)
    expected = 10 * (k**11 - 1) / (k - 1)
    assert expected == pytest.approx(known, abs=0.01)
    market = spread_by_codes(
        18_000, 80, 12, 16, codes_per_user=codes, p_code_used=p_used, code_delay_days=1.0
    )
    activations = daily(market, "activations")
    assert (activations[0] == 0).all()
    assert (activations[1] == 80).all()
    assert daily(market, "waiting")[-1].min() > 0  # nobody was missing to take a code
    per_run = activations.sum(axis=0) / 8
    error = spread_of_total(k, variance, 10, 10) / math.sqrt(128)
    verified("O9", f"total of ten cycles, K = {k:g}", per_run.mean(), expected, 4 * error)


@pytest.mark.parametrize(
    ("codes", "p_used", "delay"),
    [(3, 0.5, 4), pytest.param(4, 0.5, 7, marks=pytest.mark.slow), (5, 0.4, 3)],
)
def test_a_fixed_delay_grows_invites_by_ln_k_over_tau(
    codes: int, p_used: float, delay: int, verified: Verified
) -> None:
    """O9: K·e^(-rτ) = 1, r = ln(K)/τ (K = 1.5, τ = 4 days: .10137); ±.005.

    Generations are τ days apart, and nobody starts in between. 200 seeds in 8 runs; the growth is
    measured from the first to the fifth generation, 4τ days. Each step adds σ²/(K²Z) to
    the variance of its logarithm, which makes a standard error of .0011 at most.
    """
    k = codes * p_used
    rate = math.log(k) / delay
    if (codes, delay) == (3, 4):
        assert rate == pytest.approx(0.10137, abs=1e-5)
    days = 2 + 5 * delay
    market = spread_by_codes(
        24_000, 200, days, 8, codes_per_user=codes, p_code_used=p_used,
        code_delay_days=float(delay),
    )  # fmt: skip
    per_day = daily(market, "activations").sum(axis=1)
    born = np.arange(days) % delay == 1 % delay
    assert (per_day[1:][~born[1:]] == 0).all()
    generations = per_day[1::delay]
    found = math.log(generations[5] / generations[1]) / (4 * delay)
    verified("O9", f"growth a day, K = {k:g}, delay {delay} days", found, rate, 0.005)
    assert daily(market, "waiting")[-1].min() > 0


@pytest.mark.parametrize(
    ("codes", "p_used", "delay"),
    [(3, 0.5, 4.0), pytest.param(2, 0.9, 10.0, marks=pytest.mark.slow)],
)
def test_a_memoryless_delay_grows_invites_by_its_exact_daily_law(
    codes: int, p_used: float, delay: float, verified: Verified
) -> None:
    """O9: codes in hand pass with 1/τ a day: growth by λ = 1 - 1/τ + K/τ, r = ln(1 + (K - 1)/τ).

    The law K/(1 + rτ) = 1 gives r = (K - 1)/τ, .125 for K = 1.5 and τ = 4: in whole days that is
    the growth from day to day, λ - 1, whose logarithm is ln(1.125) = .11778. Activations are c·λ^t
    from the second day on: the ratio of two spans of 14 days gives r. Error from the scatter of 8
    runs.
    """
    rate = math.log(1.0 + (codes * p_used - 1.0) / delay)
    market = spread_by_codes(
        30_000, 300, 30, 8, codes_per_user=codes, p_code_used=p_used, code_delay_days=delay,
        code_delay_form="memoryless",
    )  # fmt: skip
    activations = daily(market, "activations")
    early, late = activations[2:16].sum(axis=0), activations[16:30].sum(axis=0)
    found = math.log(late.sum() / early.sum()) / 14
    case = f"K = {codes * p_used:g}, memoryless delay of {delay:g} days"
    verified("O9", f"log growth a day, {case}", found, rate, 0.005)
    each_day = (codes * p_used - 1.0) / delay
    verified("O9", f"growth from day to day, {case}", math.expm1(found), each_day, 0.005)
    runs = np.log(late / early) / 14
    limit = 4 * runs.std(ddof=1) / math.sqrt(8) + 1e-4
    verified("O9", f"growth a day, {case}, 8 runs", runs.mean(), rate, limit)
    assert daily(market, "waiting")[-1].min() > 0


def test_each_code_that_is_used_passes_once_and_the_rest_never(verified: Verified) -> None:
    """O9: of m codes of one generation Binomial(m, p) are used; K < 1 dies out with all accounted.

    K = .5: seeds 400, total 1/(1 - K) = 2 per seed, variance σ²/(1 - K)³ with σ² = m·p(1 - p).
    """
    market = spread_by_codes(
        10_000, 400, 50, 8, codes_per_user=5, p_code_used=0.1, code_delay_days=2.0
    )
    activations = daily(market, "activations")
    assert activations[-10:].sum() == 0
    total = activations.sum(axis=0)
    error = math.sqrt(5 * 0.1 * 0.9 / 0.5**3 / (400 * 8))
    verified("O9", "total per seed, K = .5", total.mean() / 400, 2.0, 4 * error)
    # Every activation took one code; each user got five; what is left was never passed on.
    verified.same("O9", "codes used = starts", daily(market, "codes_used").sum(axis=0), total)
    issued = daily(market, "codes_issued").sum(axis=0)
    verified.same("O9", "codes issued = seeds + 5 for each start", issued, 400 + 5 * total)
    np.testing.assert_array_equal(daily(market, "codes_left")[-1], 400 + 5 * total - total)


# Gates

LOUD = {
    "interest_per_day": 0.3, "press_per_day": 1.0, "marketing_usd_per_day": 1e6,
    "feed_strength": 1.0, "friend_strength": 1.0, "p_share_friends": 0.5, "p_share_feed": 0.5,
    "opening_pulse_per_day": 3.0,
}  # fmt: skip
WORLD = {
    "regions": {
        "here": Region(share=0.6, os={"ios": 0.5, "android": 0.5}),
        "there": Region(share=0.4, os={"ios": 0.2, "android": 0.8}),
    },
}  # fmt: skip
FRIENDS = "small_world(degree=8, rewire=0.1)"


def opening(regions: tuple[str, ...], systems: tuple[str, ...], day: int = 0) -> Event:
    return Event(id=f"open {regions} {systems}", date=date(day), platform="a",
                 open=Opening(regions=regions, os=systems))  # fmt: skip


def installed(market: Market) -> set[tuple[str, str]]:
    frame = market.users.where(platform="a").frame()
    chosen = frame[frame["day_installed"] >= 0]
    return set(zip(chosen["region"], chosen["os"], strict=True))


def test_without_access_nobody_installs_however_loud_it_is(verified: Verified) -> None:
    """O31: no region and no system open: 0 installs; people hear of it all the same."""
    market = lived(limit_market(3_000, {"a": LOUD}, FRIENDS, days=20, opened=False, **WORLD))
    verified.same("O31", "installs without access, 20 days", daily(market, "installs"), 0)
    verified.same("O31", "starts without access, 20 days", daily(market, "activations"), 0)
    assert daily(market, "unaware")[-1, 0] < 30


@pytest.mark.parametrize(
    ("regions", "systems"),
    [(("here",), ("ios",)), (("here", "there"), ("ios",)), (("there",), ("ios", "android"))],
)
def test_only_people_of_open_regions_and_systems_install(
    regions: tuple[str, ...], systems: tuple[str, ...], verified: Verified
) -> None:
    """O31: with Android off all activations are iOS; exact."""
    market = limit_market(
        3_000, {"a": LOUD}, FRIENDS, days=20, opened=False, events=[opening(regions, systems)],
        **WORLD,
    )  # fmt: skip
    lived(market)
    assert installed(market) == {(r, s) for r in regions for s in systems}
    eligible = sum(len(market.users.where(region=r, os=s)) for r in regions for s in systems)
    # Utility 50: whoever may, does.
    claim = f"installs = eligible people, {'+'.join(regions)} on {'+'.join(systems)}"
    verified.same("O31", claim, daily(market, "installs").sum(), eligible)


def test_android_starts_on_the_day_it_opens_and_not_before(verified: Verified) -> None:
    """O31: before the opening only iOS installs, after it the others, who remember, exactly then.

    Everybody hears of it on day 0 and acts on the opening at once (p_recall = 1).
    """
    events = [opening(("here", "there"), ("ios",)), opening(("here", "there"), ("android",), 7)]
    market = limit_market(3_000, {"a": ALL_AT_ONCE}, days=10, opened=False, events=events, **WORLD)
    lived(market)
    ios, android = (len(market.users.where(os=s)) for s in ("ios", "android"))
    expected = [ios, 0, 0, 0, 0, 0, 0, android, 0, 0]
    claim = "installs day by day, Android opens on day 7"
    verified.same("O31", claim, daily(market, "installs")[:, 0], expected)


@pytest.mark.parametrize("to_friends", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("form", ["fixed", "memoryless"])
def test_activations_never_exceed_seeds_and_codes_issued(
    to_friends: float, form: str, verified: Verified
) -> None:
    """O31: every activation takes a seed or a code that was issued before; exact, every day."""
    platform = {
        **ALL_AT_ONCE, "invites_required": True, "codes_per_user": 2, "code_delay_days": 2.0,
        "code_delay_form": form, "share_codes_to_friends": to_friends,
        "public_codes_per_day": 1.5, "p_dropout": 0.05,
    }  # fmt: skip
    market = limit_market(4_000, {"a": platform}, FRIENDS, days=25, **IDLE)
    market.users.activate("a", range(0, 200, 10))
    lived(market)
    activations = np.cumsum(daily(market, "activations")[:, 0])
    issued = np.cumsum(daily(market, "codes_issued")[:, 0])
    assert activations[-1] > 300
    assert (activations[1:] <= 20 + issued[:-1] + 2).all()  # at most two public codes a day
    used = np.cumsum(daily(market, "codes_used")[:, 0])
    verified.same("O31", "starts = seeds + codes used, every day", activations, 20 + used)
    by_friends = daily(market, "activations_invite")[:, 0].sum()
    assert (by_friends > 0) == (to_friends > 0)


def test_codes_for_friends_reach_nobody_who_has_no_friend_inside() -> None:
    """O31 on a graph: with no public codes, whoever starts has a friend who started before."""
    platform = {
        **ALL_AT_ONCE, "invites_required": True, "codes_per_user": 3, "share_codes_to_friends": 1.0,
    }  # fmt: skip
    n = 4_000
    market = limit_market(n, {"a": platform}, FRIENDS, days=20, **IDLE)
    market.users.activate("a", [7, 1_700])
    lived(market)
    since = market.users.where(platform="a").column("day_activated").astype(int)
    started = np.flatnonzero(since >= 0)
    assert len(started) > 500
    indptr, indices = market.graph.indptr, market.graph.indices
    for row in set(started) - {7, 1_700}:
        friends = since[indices[indptr[row] : indptr[row + 1]]]
        assert ((friends >= 0) & (friends < since[row])).any()
