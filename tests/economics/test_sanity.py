"""What any economist would ask first, of every scenario that is shipped.

Runs share people and luck, so that differences are those of the policy; where a comparison could go
either way by chance, the room it is given stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

import scenarios
from scenarios import baseline
from scenarios.inputs.forces import FORCES, with_forces
from scenarios.inputs.sizing import sized
from sim.execution import Execution
from sim.market import Market
from sim.results import Results
from sim.scenario import Scenario

NAMES = tuple(scenarios.CATALOGUE)
N, UNTIL = 10_000, "2025-12-31"
#: Part by which two runs may differ though nothing is behind it: a few people of the sample.
CHANCE = 0.01


@cache
def scenario(name: str) -> Scenario:
    return scenarios.load(name).scenario()


def lived(one: Scenario, n: int = N, until: str = UNTIL) -> Results:
    return Market(sized(one, n, 1, until=until), execution=Execution(threads=1, check=n <= N)).run()


@cache
def as_it_is(name: str) -> Results:
    return lived(scenario(name))


@cache
def sora_alone() -> Results:
    return lived(baseline.scenario().without_platform("google"))


def total(results: Results, metric: str, platform: str = "sora", since: str | None = None) -> float:
    return float(results.total(metric, since)[results.platforms.index(platform)])


def offering(one: Scenario, **values: object) -> Scenario:
    """Return the scenario with something else offered from the launch on, by no event undone."""
    terms = one.platforms["sora"].changed("offer", **values)
    kept = [
        event.changed("offer", set={k: v for k, v in event.set.items() if k not in values})
        for event in one.events
        if event.platform == "sora"
    ]
    return one.with_platform("sora", terms).with_event(*kept)


@pytest.mark.parametrize("name", NAMES)
def test_no_offer_no_use(name: str) -> None:
    """Nothing free and nothing on sale: nobody comes, however loud the news."""
    nothing = offering(
        scenario(name), free_quota_per_day=0, pack_usd=None, subscription_usd_per_month=None,
        high_plan_usd_per_month=None, strategies=(),
    )  # fmt: skip
    results = lived(nothing)
    for metric in ("installs", "activations", "daily_active", "clips", "in_app_spend_usd"):
        assert total(results, metric) == 0.0, metric


@pytest.mark.parametrize("name", NAMES)
def test_nothing_reaches_people_nobody_comes(name: str) -> None:
    """No news, no interest for good, no surface, no ads; nobody is there whose clips would tell.

    Feeds, friends and the store's chart stay as they are: they carry on what others began.
    """
    silent = offering(
        scenario(name), press_per_day=0.0, interest_per_day=0.0, interest_floor_per_day=0.0,
        opening_pulse_per_day=0.0, reach_per_day={}, marketing_usd_per_day=0.0, strategies=(),
    )  # fmt: skip
    assert total(lived(silent), "installs") == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_offering_less_never_brings_more_use(name: str) -> None:
    """Fewer free clips a day: never more users, clips or installs, and each step counts."""
    one = scenario(name)
    results = [
        lived(offering(one, free_quota_per_day=quota, strategies=())) for quota in (30, 6, 2, 0)
    ]
    for metric in ("installs", "daily_active", "clips"):
        found = [total(r, metric) for r in results]
        for more, less in pairwise(found):
            assert less <= more * (1.0 + CHANCE), (metric, found)
    assert total(results[-1], "clips") < 0.5 * total(results[0], "clips")


@pytest.mark.parametrize("name", NAMES)
def test_a_dearer_pack_never_sells_more(name: str) -> None:
    one = scenario(name)
    results = [lived(offering(one, pack_usd=usd, strategies=())) for usd in (1.0, 4.0, 40.0, 4e3)]
    sold = [total(r, "packs") for r in results]
    assert all(dear <= cheap for cheap, dear in pairwise(sold)), sold
    spent = [total(r, "packs_usd") for r in results]
    assert sold[-1] == 0.0
    assert spent[-1] < max(spent), "revenue does not grow for ever"


def test_revenue_has_a_best_price_inside() -> None:
    """Neither the cheapest nor the dearest of a ladder that doubles."""
    base = baseline.scenario().without_platform("google")
    ladder = [0.5 * 2.0**k for k in range(8)]
    spent = [total(lived(offering(base, pack_usd=usd), 40_000), "packs_usd") for usd in ladder]
    best = int(np.argmax(spent))
    assert 0 < best < len(ladder) - 1
    assert spent[best] > 2.0 * max(spent[0] * 0.5, spent[-1])


def test_a_paywall_moves_people_to_pay_and_away() -> None:
    """Without free clips more is spent for each day of use, and there are fewer of them."""
    base = baseline.scenario().without_platform("google")
    free, wall = (lived(offering(base, pack_usd=4.0, free_quota_per_day=q)) for q in (6, 0))
    days = [total(r, "active_days") for r in (free, wall)]
    assert 0.0 < days[1] < 0.5 * days[0]
    spent = [total(r, "packs_usd") / d for r, d in zip((free, wall), days, strict=True)]
    assert spent[1] > spent[0]


@pytest.mark.parametrize("hours", [1_000.0, 100_000.0])
def test_capacity_binds(hours: float) -> None:
    base = baseline.scenario().without_platform("google")
    limited, free = lived(base.set("sora.capacity_gpu_hours_per_day", hours)), sora_alone()
    assert limited["gpu_hours"]["sora"].max() <= hours * (1.0 + 1e-9)
    assert total(limited, "clips") < total(free, "clips")
    for metric in ("installs", "daily_active"):
        assert total(limited, metric) <= total(free, metric) * (1.0 + CHANCE)
    assert limited["utilization"]["sora"].max() <= 1.0


@pytest.mark.parametrize("usd", [10e3, 1e6])
def test_spending_is_what_the_budget_says(usd: float) -> None:
    results = lived(baseline.scenario().set("sora.marketing_usd_per_day", usd))
    spent = results["marketing_usd"]["sora"]
    assert (spent.loc["2025-09-30":] == usd).all()
    assert (spent.loc[:"2025-09-29"] == 0.0).all()
    assert total(results, "activations_paid") > 0.0


def test_twice_the_people_are_twice_the_counts() -> None:
    """The same shares of a larger pool, to the bit, if what is given in people doubles too."""
    base = baseline.scenario()
    twice = base.with_market(n_people=2.0 * base.market.n_people)
    for name in ("public_codes_per_day", "chart_half_installs"):
        twice = twice.set(f"sora.{name}", 2.0 * getattr(base.platforms["sora"], name))
    one, two = as_it_is("baseline"), lived(twice)
    for metric in ("installs", "activations", "daily_active", "clips", "packs_usd"):
        for platform in one.platforms:
            found, expected = total(two, metric, platform), 2.0 * total(one, metric, platform)
            assert found == pytest.approx(expected, rel=1e-9), metric


def test_cash_is_what_came_in_less_what_went_out() -> None:
    results = as_it_is("baseline")
    opening = scenario("baseline").platforms["sora"].opening_cash_usd
    end = float(results["cash_usd"]["sora"].iloc[-1])
    assert end == pytest.approx(opening - total(results, "burn_usd"), abs=1.0)
    costs = sum(
        total(results, f"{one}_usd") for one in ("compute", "marketing", "rewards", "fixed")
    )
    assert total(results, "burn_usd") == pytest.approx(costs - total(results, "revenue_usd"), abs=1)


def test_the_loaded_cost_counts_each_clip_once() -> None:
    """It rises with the cost of a clip, one for one, and never holds more than all compute."""
    base = baseline.scenario().without_platform("google")
    usual, dear = sora_alone(), lived(base.set("sora.gpu_minutes_per_clip", 80.0))
    assert total(dear, "cac_loaded_usd") == pytest.approx(2.0 * total(usual, "cac_loaded_usd"))
    spent = total(usual, "cac_loaded_usd") * total(usual, "activations")
    assert spent <= total(usual, "compute_usd")


def prices() -> Iterator[tuple[str, float]]:
    yield from (("google.subscription_usd_per_month", usd) for usd in (0.5, 2.0))


@pytest.mark.parametrize(("path", "times"), list(prices()))
def test_a_plan_at_another_price_moves_subscribers_the_other_way(path: str, times: float) -> None:
    base = baseline.scenario().without_platform("sora")
    usual = float(base.platforms["google"].subscription_usd_per_month or 0.0)
    here, there = (
        lived(base.set(path, usd), 60_000)["subscribers"]["google"].iloc[-1]
        for usd in (usual, usual * times)
    )
    assert (there - here) * (1.0 - times) > 0.0


@pytest.mark.parametrize(("platform", "rival"), [("sora", "google"), ("google", "sora")])
def test_a_rival_never_brings_users(platform: str, rival: str) -> None:
    """Both are apps for one wish: with him there are no more users, days of use or clips."""
    alone = lived(baseline.scenario().without_platform(rival), 40_000)
    beside = lived(baseline.scenario(), 40_000)
    for metric in ("installs", "daily_active", "clips"):
        found = [total(results, metric, platform) for results in (alone, beside)]
        assert found[1] <= found[0] * (1.0 + CHANCE), (metric, found)


@pytest.mark.parametrize(
    ("force", "metric", "values"),
    [("rivalry", "installs", (0.0, 2.0, 20.0)), ("attention", "clips", (0.0, 0.5, 1.0)),
     ("switching", "dropouts", (0.0, 3.0, 20.0)), ("limits", "dropouts", (0.0, 3.0, 9.0))],
)  # fmt: skip
def test_the_stronger_a_force_the_more_it_takes(
    force: str, metric: str, values: tuple[float, ...]
) -> None:
    """Alone, and among people of whom many use both: fewer of what it takes, or more who leave."""
    base = with_forces(baseline.scenario(), [force])
    for platform in base.platforms:
        for name, value in (("utility", 1.0), ("interest_per_day", 0.02), ("dropout_alpha", 0.1)):
            base = base.set(f"{platform}.{name}", value)
    found = []
    for value in values:
        one = base.with_market(**dict.fromkeys(FORCES[force].market, value))
        for platform in one.platforms:
            for field in FORCES[force].platform:
                one = one.set(f"{platform}.{field}", value)
        found.append(sum(total(lived(one), metric, platform) for platform in one.platforms))
    signed = found if metric == "dropouts" else [-number for number in found]
    assert signed == sorted(signed), found
    assert abs(found[-1] - found[0]) > CHANCE * abs(found[0]), found
