"""The search: the known best price of logistic demand, the same trials however they are valued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from scipy.special import lambertw

from scenarios import baseline
from sim.errors import ConfigError
from sim.experiments.design import factor
from sim.experiments.search import BATCH, Lever, Valued, search

BASE = baseline.scenario()
PRICE, PLAN = "event:packs.set.pack_usd", "sora.subscription_usd_per_month"
LEVERS = [Lever(*factor(BASE, PRICE, "1..40")), Lever(*factor(BASE, PLAN, "1..40"))]
#: Middle and spread of what people would pay, and what one costs, by path.
DEMAND = {PRICE: (9.0, 2.0, 3.0), PLAN: (21.0, 3.0, 6.0)}


def profit(point: Mapping[str, Any]) -> float:
    """(p - c) / (1 + exp((p - a) / b)), of both things sold."""
    total = 0.0
    for path, (a, b, c) in DEMAND.items():
        p = float(point.get(path, 30.0))
        total += (p - c) / (1.0 + np.exp((p - a) / b))
    return total


def best_price(a: float, b: float, c: float) -> float:
    """c + b (1 + W(exp((a - c) / b - 1))): where the slope of profit is 0 (W: Lambert's)."""
    return float(c + b * (1.0 + lambertw(np.exp((a - c) / b - 1.0)).real))


def valued(points: Sequence[Mapping[str, Any]]) -> list[Valued | None]:
    return [Valued((profit(point),)) for point in points]


def tried(n: int, seed: int = 1, value: Any = valued, **change: Any) -> list[Any]:
    return list(search(LEVERS, [True], value, n, seed, **{"now": {}, **change}))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_finds_the_monopoly_prices_and_beats_a_grid_of_the_same_cost(seed: int) -> None:
    exact = {path: best_price(*law) for path, law in DEMAND.items()}
    top = profit(exact)
    found = max(tried(64, seed), key=lambda one: one.found.values[0])
    levels = [lever.factor.levels(8) for lever in LEVERS]
    grid = max(profit({PRICE: x, PLAN: y}) for x in levels[0] for y in levels[1])
    assert profit(found.point) > grid
    assert profit(found.point) > 0.98 * top
    for path, price in exact.items():
        assert found.point[path] == pytest.approx(price, rel=0.15)


def test_the_closed_form_is_where_profit_is_flat() -> None:
    for path, law in DEMAND.items():
        price = best_price(*law)
        up, down = (profit({path: price * f}) for f in (1.001, 0.999))
        assert max(up, down) < profit({path: price})


def test_trials_hang_on_the_seed_alone() -> None:
    """However many are asked for later, and whatever was valued before."""
    few, many = tried(12), tried(12 + BATCH)
    assert [one.point for one in few] == [one.point for one in many[:12]]
    assert [one.point for one in tried(12, seed=2)] != [one.point for one in few]
    assert few[0].point == {}
    assert [one.number for one in many] == list(range(12 + BATCH))


def test_conditions_are_kept_and_what_cannot_be_is_passed_over() -> None:
    def value(points: Sequence[Mapping[str, Any]]) -> list[Valued | None]:
        return [
            None if point.get(PRICE, 0.0) > 30.0
            else Valued((profit(point),), (point.get(PRICE, 0.0) - 6.0,))
            for point in points
        ]  # fmt: skip

    found = [one for one in tried(64, value=value) if one.found is not None]
    assert len(found) < 64
    best = max(
        (one for one in found if one.found.lacks[0] <= 0.0), key=lambda one: one.found.values[0]
    )
    late = [one for one in found[-20:] if one.found.lacks[0] <= 0.0]
    assert len(late) >= 5, "the search turns to what keeps the condition"
    law = DEMAND[PLAN]
    top = profit({PRICE: 6.0, PLAN: best_price(*law)})
    assert best.found.values[0] > 0.9 * top


def test_lists_dates_and_whole_numbers_stay_what_they_are() -> None:
    levers = [
        Lever(*factor(BASE, "event:quota_cut.date", "2025-10-15..2026-01-15")),
        Lever(*factor(BASE, "event:quota_cut.set.free_quota_per_day", "1..30")),
        Lever(*factor(BASE, "market.graph", ["well_mixed", "power_law_cluster"])),
        Lever(*factor(BASE, "sora.p_share_feed", "0.1..0.3:3")),
    ]
    seen = list(search(levers, [True], lambda points: [Valued((1.0,)) for _ in points], 30, 1, {}))
    for one in seen[1:]:
        day, quota, graph, share = one.point.values()
        assert "2025-10-15" <= day <= "2026-01-15"
        assert isinstance(quota, int)
        assert 1 <= quota <= 30
        assert graph in ("well_mixed", "power_law_cluster")
        assert share in (0.1, 0.2, 0.3)
    assert len({str(one.point) for one in seen}) > 20


def test_two_goals_spread_along_the_frontier() -> None:
    """x and 40 - x: every point is on it."""

    def both(points: Sequence[Mapping[str, Any]]) -> list[Valued | None]:
        return [Valued((p.get(PRICE, 1.0), 40.0 - p.get(PRICE, 1.0))) for p in points]

    found = list(search(LEVERS[:1], [True, True], both, 30, 1, {}))
    prices = [one.point[PRICE] for one in found[1:]]
    assert min(prices) < 8.0
    assert max(prices) > 32.0


@pytest.mark.parametrize("n", [0, 1, 10**9])
def test_a_search_of_nothing_is_refused(n: int) -> None:
    with pytest.raises(ConfigError, match="trials"):
        tried(n)
