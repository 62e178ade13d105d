"""Ensembles: consecutive seeds, results that hang on nothing else, enough replicates."""

from __future__ import annotations

import types
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
import pytest

import sim
from scenarios import baseline
from sim.errors import ConfigError, UnknownNameError
from sim.execution import Execution
from sim.experiments import Ensemble, ExperimentError, LocalProcesses, Precision, Serial, ensemble
from sim.experiments.precision import interval
from sim.market import Market
from tests.worlds import TINY_START, TINY_UNTIL, tiny

N = 5


@pytest.fixture(scope="module")
def serial() -> Ensemble:
    return ensemble(tiny(), N, executor=Serial())


def test_replicate_r_is_the_run_of_seed_plus_r(serial: Ensemble) -> None:
    """The reference is the market itself, built and run by hand on its own graph."""
    for r in range(N):
        market = Market(tiny(seed=1 + r), execution=Execution(threads=1))
        results = market.run()
        np.testing.assert_array_equal(serial.array("clips")[r], results.array("clips"))
        assert serial.results[r].manifest["seed"] == 1 + r
        assert serial.results[r].manifest["graph_sha256"] == results.manifest["graph_sha256"]


def test_processes_and_threads_give_the_bits_of_a_serial_run(
    serial: Ensemble, local: LocalProcesses
) -> None:
    with ThreadPoolExecutor(3) as threads:
        for executor in (local, threads):
            other = ensemble(tiny(), N, executor=executor)
            assert [r.manifest["seed"] for r in other.results] == [1, 2, 3, 4, 5]
            for mine, theirs in zip(serial.results, other.results, strict=True):
                for name, array in mine.arrays.items():
                    np.testing.assert_array_equal(array, theirs.arrays[name], err_msg=name)


def test_arrays_and_quantiles_have_the_shapes_that_are_promised(serial: Ensemble) -> None:
    days = 26
    assert serial.array("installs").shape == (N, days, 2)
    frame = serial.quantile("installs", [0.05, 0.5, 0.95], platform="sora")
    assert list(frame.columns) == [0.05, 0.5, 0.95]
    assert (str(frame.index[0].date()), str(frame.index[-1].date())) == (TINY_START, TINY_UNTIL)
    sora = serial.array("installs")[:, :, 1]
    np.testing.assert_array_equal(frame[0.5], np.median(sora, axis=0))
    assert (frame[0.05] <= frame[0.95]).all()


def test_a_total_follows_the_rule_of_its_metric(serial: Ensemble) -> None:
    """Flows are summed, stocks read on the last day, means averaged, ratios formed of sums."""
    span = {"since": "2025-10-01", "date": "2025-10-10"}
    days = slice(6, 16)
    sora = {
        name: serial.array(name)[:, days, 1]
        for name in ("installs", "active", "daily_active", "quota_hits")
    }
    np.testing.assert_allclose(serial.total("installs", "sora", **span), sora["installs"].sum(1))
    np.testing.assert_array_equal(serial.total("active", "sora", **span), sora["active"][:, -1])
    np.testing.assert_allclose(
        serial.total("daily_active", "sora", **span), sora["daily_active"].mean(1)
    )
    np.testing.assert_allclose(
        serial.total("hit_rate", "sora", **span),
        sora["quota_hits"].sum(1) / sora["daily_active"].sum(1),
    )


def test_a_total_without_dates_is_that_of_the_whole_run(serial: Ensemble) -> None:
    np.testing.assert_allclose(
        serial.total("installs", "sora"), serial.array("installs")[:, :, 1].sum(axis=1)
    )
    with pytest.raises(ConfigError, match="must lie from 2025-09-25 to 2025-10-20"):
        serial.total("installs", "sora", since="2025-01-01")
    with pytest.raises(ConfigError, match="first day, then the last"):
        serial.total("installs", "sora", since="2025-10-10", date="2025-10-01")
    with pytest.raises(UnknownNameError, match="Did you mean 'sora'"):
        serial.total("installs", "sra")


def test_a_shorter_horizon_changes_nothing_before_its_end(serial: Ensemble) -> None:
    short = ensemble(tiny(), 2, until="2025-10-05", executor=Serial())
    np.testing.assert_array_equal(short.array("clips"), serial.array("clips")[:2, :11])


def test_a_module_with_a_scenario_is_taken_as_it_is() -> None:
    e = sim.ensemble(baseline, 1, until="2025-05-22")
    assert e.scenario.name == "baseline"
    own = types.SimpleNamespace(scenario=tiny)
    np.testing.assert_array_equal(
        ensemble(own, 1).total("installs", "sora"), ensemble(tiny(), 1).total("installs", "sora")
    )


def test_cohorts_are_kept_only_if_asked_for(serial: Ensemble) -> None:
    with pytest.raises(ConfigError, match="keep_cohorts=True"):
        serial.results[0].cohorts()
    kept = ensemble(tiny(), 1, keep_cohorts=True)
    assert len(kept.results[0].cohorts()) > 0


def test_replicates_are_added_until_the_interval_is_narrow_enough(serial: Ensemble) -> None:
    wanted = Precision(metric="installs", platform="sora", relative=0.1, most=60)
    found = ensemble(tiny(), 2, precision=wanted, executor=Serial())
    reached = found.interval("installs", "sora")
    assert reached.half <= 0.1 * reached.mean
    assert 10 < found.n < 60
    # Those that were added come after those that would have been there anyway.
    np.testing.assert_array_equal(found.array("clips")[:N], serial.array("clips"))
    # With one step less the interval is too wide: no more was run than the rule asks for.
    assert wanted.needed(found.total("installs", "sora")) == found.n


def test_the_most_replicates_are_a_bound() -> None:
    wanted = Precision(metric="installs", platform="sora", absolute=1.0, most=11)
    assert ensemble(tiny(), 2, precision=wanted, executor=Serial()).n == 11


def test_the_interval_of_symmetric_values_is_students() -> None:
    """Mean 3, sd 1.5811, t(4) at 97.5 % = 2.7764 (any table): half-width 1.9632."""
    mean, low, high = interval([1, 2, 3, 4, 5])
    assert mean == 3.0
    assert high - mean == pytest.approx(1.9632, abs=1e-4)
    assert mean - low == pytest.approx(high - mean)
    assert interval([7.0]).high == np.inf


def test_what_cannot_be_used_is_refused_in_one_line() -> None:
    for replicates in (0, -1, 2.5, True, "many"):
        with pytest.raises(ConfigError, match="replicates = "):
            ensemble(tiny(), replicates)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="must be a Scenario"):
        ensemble("baseline", 2)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="exactly one"):
        Precision(metric="installs", platform="sora", relative=0.1, absolute=3)
    with pytest.raises(UnknownNameError, match="'installs'"):
        Precision(metric="instals", platform="sora", relative=0.1)
    with pytest.raises(ConfigError, match="seed"):
        ensemble(tiny(seed=2**64 - 2), 3)


def test_a_run_that_fails_is_named(local: Executor) -> None:
    nowhere = tiny(graph="edges(nowhere.txt)")
    for executor in (Serial(), local):
        with pytest.raises(ExperimentError, match=r"baseline, seed [12]: .*nowhere.txt"):
            ensemble(nowhere, 2, executor=executor)
