"""Pairs of runs under the same luck differ only where the policy makes them differ."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.errors import ConfigError, UnknownNameError
from sim.experiments import Comparison, LocalProcesses, Precision, Serial, compare, ensemble
from sim.experiments.paired import effect
from sim.platform_config import PlatformConfig
from tests.worlds import tiny

N = 6
CUT = "2025-10-08"


@pytest.fixture(scope="module")
def quota_cut() -> Comparison:
    a = tiny(2_000)
    event = sim.Event(id="cut", date=CUT, platform="sora", set={"free_quota_per_day": 1})
    return compare(a, a.with_event(event).renamed("quota_cut"), N, executor=Serial())


def test_the_arms_share_all_luck_before_the_policy(quota_cut: Comparison) -> None:
    difference = quota_cut.difference("clips")
    day = quota_cut.a.scenario.market.day(sim.Event(id="x", date=CUT, platform="sora").date)
    assert difference.shape == (N, 26, 2)
    assert (difference[:, :day] == 0).all()
    assert (difference[:, day:, 1].sum(axis=1) < 0).all()


def test_a_policy_that_changes_nothing_has_no_effect_at_all() -> None:
    same = compare(tiny(), tiny(seed=9).renamed("again"), 3, executor=Serial())
    assert (same.difference("clips") == 0).all()
    found = same.effect("clips", "sora")
    assert (found.mean, found.p_positive, found.n_differ) == (0, 0, 0)
    assert (found.low, found.high) == (-np.inf, np.inf)
    assert found.variance_ratio == np.inf


def test_the_effect_is_that_of_the_two_ensembles(quota_cut: Comparison) -> None:
    found = quota_cut.effect("clips", "sora", since=CUT, date="2025-10-20")
    a = ensemble(quota_cut.a.scenario, N, executor=Serial())
    b = ensemble(quota_cut.b.scenario, N, executor=Serial())
    totals = [e.total("clips", "sora", since=CUT, date="2025-10-20") for e in (a, b)]
    assert found.mean == pytest.approx((totals[1] - totals[0]).mean())
    assert found.low < found.mean < found.high < 0
    assert (found.p_positive, found.n) == (0.0, N)
    unpaired = totals[0].var() + totals[1].var()
    assert found.variance_ratio == pytest.approx(unpaired / (totals[1] - totals[0]).var())


def test_pairs_are_worth_more_than_runs_of_their_own() -> None:
    """y = x + 1 + noise: unpaired variance 2 + .01, paired .01, so the ratio is near 201."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=20_000)
    found = effect(x, x + 1 + 0.1 * rng.normal(size=x.size))
    assert found.mean == pytest.approx(1.0, abs=4 * 0.1 / np.sqrt(x.size))
    assert found.variance_ratio == pytest.approx(201, rel=0.06)
    assert found.p_positive == 1.0


def test_the_share_of_positive_differences_leaves_ties_out() -> None:
    assert effect(np.zeros(4), np.array([0.0, 1.0, -1.0, 2.0])).p_positive == 0.5


def test_quantiles_of_the_difference_have_a_row_a_date(quota_cut: Comparison) -> None:
    frame = quota_cut.quantile("clips", [0.05, 0.5, 0.95], platform="sora")
    assert frame.shape == (26, 3)
    assert frame.loc[CUT:, 0.5].sum() < 0
    with pytest.raises(UnknownNameError, match="'sora'"):
        quota_cut.quantile("clips", platform="sra")


def test_processes_give_the_bits_of_a_serial_comparison(
    quota_cut: Comparison, local: LocalProcesses
) -> None:
    other = compare(quota_cut.a.scenario, quota_cut.b.scenario, N, executor=local)
    for name in ("installs", "clips", "cash_usd", "cac_loaded_usd"):
        np.testing.assert_array_equal(other.difference(name), quota_cut.difference(name))


def test_pairs_are_added_until_the_interval_of_the_difference_is_narrow() -> None:
    wanted = Precision(metric="clips", platform="sora", relative=0.5, most=120)
    a = tiny(1_000, until="2025-10-10")
    b = a.set("sora.free_quota_per_day", 1)
    found = compare(a, b, 2, precision=wanted, executor=Serial())
    assert 2 < found.n < 120
    mean, low, high = found.effect("clips", "sora")[:3]
    assert max(high - mean, mean - low) <= 0.5 * abs(mean)


def test_an_entrant_is_compared_on_the_platforms_both_arms_have() -> None:
    entrant = PlatformConfig(label="Entrant", launch="2025-09-25", utility=2.0)
    found = compare(tiny(), tiny().with_platform("aaa", entrant), 2, executor=Serial())
    assert found.platforms == ("google", "sora")
    assert found.difference("installs").shape == (2, 26, 2)
    hidden = found.difference("installs")[:, :, 1]
    np.testing.assert_array_equal(
        hidden, found.b.array("installs")[:, :, 2] - found.a.array("installs")[:, :, 1]
    )


def test_arms_of_other_days_are_refused() -> None:
    with pytest.raises(ConfigError, match="until is 2025-10-20 in baseline"):
        compare(tiny(), tiny(until="2025-10-10"), 2)
    assert compare(tiny(), tiny(until="2025-10-10"), 1, until="2025-10-01").n == 1
