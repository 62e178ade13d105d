"""The same seed gives the same bits, however a market is run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from agents import User
from scenarios import baseline
from sim.interventions import Event
from sim.market import Market
from sim.metrics import metric_of
from sim.platform_config import PlatformConfig
from tests.worlds import TWO_THREADS, UNTIL, bits, recorded, small

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def plain() -> Market:
    """Return the baseline, in which everybody meets the forces of the contest."""
    market = small()
    market.run()
    past = market.record.past
    assert (past("creators").sum(axis=0) < past("daily_active").sum(axis=0)).all()
    for name in ("views", "exposures_chart", "returns", "multi_homers"):
        assert past(name).any(), name
    return market


def test_a_second_run_gives_the_same_bits(plain: Market) -> None:
    again = small()
    again.run()
    assert bits(again) == bits(plain)


def test_another_seed_gives_other_bits(plain: Market) -> None:
    other = small(seed=2)
    other.run()
    assert bits(other) != bits(plain)


def test_two_threads_give_the_bits_of_one(plain: Market) -> None:
    threaded = small(execution=TWO_THREADS)
    threaded.run()
    assert bits(threaded) == bits(plain)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_promoted_users_live_the_same_lives(plain: Market, share: float) -> None:
    """Plain Users promoted to Python take the rules' decisions, so nothing may change."""
    market = small()
    rows = range(0, int(3_000 * share)) if share < 1.0 else "all"
    market.users.promote(rows, User)
    market.run()
    assert len(market.users.promoted) == 3_000 * share
    assert bits(market) == bits(plain)


def test_overriding_with_the_rule_itself_changes_nothing(plain: Market) -> None:
    class Obedient(User):
        def notices(self, platform: str) -> str | None:
            return super().notices(platform)

        def adopts(self, platform: str, considered: frozenset[str], chosen: frozenset[str]) -> bool:
            return super().adopts(platform, considered, chosen)

        def comes_back(self, platform: str) -> bool:
            return super().comes_back(platform)

        def visits(self, platform: str) -> bool:
            return super().visits(platform)

        def creates(self, platform: str) -> bool:
            return super().creates(platform)

        def watches(self, platform: str) -> int:
            return super().watches(platform)

        def wants_clips(self, platform: str) -> int:
            return super().wants_clips(platform)

        def shares_friends(self, platform: str, clips: int) -> int:
            return super().shares_friends(platform, clips)

        def shares_feed(self, platform: str, clips: int) -> int:
            return super().shares_feed(platform, clips)

        def leaves(self, platform: str) -> bool:
            return super().leaves(platform)

    market = small()
    market.users.promote(range(0, 3_000, 10), Obedient)
    market.run()
    assert bits(market) == bits(plain)


@pytest.mark.parametrize("date", ["2025-05-20", "2025-10-12", "2025-11-04"])
def test_a_restart_from_a_saved_market_goes_on_with_the_same_bits(
    plain: Market, tmp_path: Path, date: str
) -> None:
    market = small()
    market.run(date)
    loaded = Market.load(market.save(tmp_path / "market.npz"), TWO_THREADS)
    assert loaded.day == market.day
    loaded.run()
    assert bits(loaded) == bits(plain)


def test_a_branch_without_a_change_goes_the_same_way_and_leaves_the_trunk_alone(
    plain: Market,
) -> None:
    trunk = small()
    trunk.run("2025-10-20")
    twig = trunk.branch()
    twig.run()
    assert bits(twig) == bits(plain)
    trunk.run()
    assert bits(trunk) == bits(plain)


def test_another_process_gives_the_same_bits(plain: Market) -> None:
    code = "from tests.worlds import bits, small; m = small(); m.run(); print(bits(m))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert run.stdout.strip() == bits(plain)


def test_users_in_another_order_live_the_same_lives(plain: Market) -> None:
    """Luck goes with the uid: permuted rows, the same market (integers exactly)."""
    order = np.random.default_rng(5).permutation(3_000)
    market = Market(
        plain.scenario_config,
        plain.graph.relabel(order),
        TWO_THREADS,
        uid=order.astype(np.uint32),
    )
    market.run()
    for name, array in plain.record.daily.items():
        np.testing.assert_array_equal(market.record.daily[name], array, err_msg=name)
    np.testing.assert_array_equal(
        market.users.columns["clips_total"], plain.users.columns["clips_total"][:, order]
    )


def test_an_event_that_changes_nothing_changes_nothing(plain: Market) -> None:
    idle = Event(id="idle", date="2025-10-10", platform="sora", set={"free_quota_per_day": 30})
    market = small(scenario=baseline.scenario().with_event(idle))
    market.run()
    assert bits(market) == bits(plain)


def test_an_event_changes_nothing_before_its_date(plain: Market) -> None:
    cut = Event(id="cut", date="2025-10-20", platform="sora", set={"free_quota_per_day": 0})
    market = small(scenario=baseline.scenario().with_event(cut))
    market.run()
    day = market.config.day(cut.date)
    changed = recorded(market, "sora")["clips_free"]
    for name, array in plain.record.daily.items():
        if not metric_of(name).of_cohort:  # cohorts of before go on
            found = market.record.daily[name]
            np.testing.assert_array_equal(found[:day], array[:day], err_msg=name)
    assert changed[day:].sum() == 0


def test_a_branch_at_the_policy_date_equals_a_run_from_the_start() -> None:
    cut = Event(id="cut", date="2025-10-20", platform="sora", set={"free_quota_per_day": 3})
    changed = baseline.scenario().with_event(cut)
    straight = small(scenario=changed)
    straight.run()
    trunk = small()
    trunk.run("2025-10-19")
    twig = trunk.branch(straight.scenario_config)
    twig.run()
    assert bits(twig) == bits(straight)


@pytest.mark.parametrize("name", ["aardvark", "zebra"])
def test_a_platform_that_nobody_can_reach_changes_nothing_for_the_others(
    plain: Market, name: str
) -> None:
    """Wherever its name stands in the alphabet."""
    hidden = PlatformConfig(label="Hidden", launch="2025-05-20", utility=5.0)
    market = small(scenario=baseline.scenario().with_platform(name, hidden))
    market.run()
    assert market.record.daily["installs"][:, list(market.platforms).index(name)].sum() == 0
    for platform in ("google", "sora"):
        mine, theirs = recorded(market, platform), recorded(plain, platform)
        for metric in theirs:
            np.testing.assert_array_equal(mine[metric], theirs[metric], err_msg=metric)


def test_the_horizon_changes_nothing_before_its_end(plain: Market) -> None:
    longer = Market(plain.scenario_config.with_market(until="2025-12-31"), plain.graph, TWO_THREADS)
    longer.run(UNTIL)
    np.testing.assert_array_equal(longer.record.past("clips_free"), plain.record.past("clips_free"))
