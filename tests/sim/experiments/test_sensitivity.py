"""Sensitivity: SALib's own values through our path, known indices, and chance as a factor."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import morris as morris_analyze
from SALib.analyze import sobol as sobol_analyze
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample
from SALib.test_functions import Ishigami

from sim.errors import ConfigError, UnknownNameError
from sim.experiments import (
    ExperimentError,
    LocalProcesses,
    Serial,
    sensitivity,
    sensitivity_of_function,
)  # fmt: skip
from sim.experiments.indices import Method, analyzed, shares
from sim.experiments.sensitivities import Sensitivity
from tests.worlds import tiny

BOUNDS = {name: (-math.pi, math.pi) for name in ("x1", "x2", "x3")}
PROBLEM = {"num_vars": 3, "names": list(BOUNDS), "bounds": [list(b) for b in BOUNDS.values()]}


def ishigami(point: Mapping[str, float]) -> float:
    """Ishigami and Homma (1990), a = 7, b = 0.1."""
    x1, x2, x3 = point["x1"], point["x2"], point["x3"]
    return math.sin(x1) + 7 * math.sin(x2) ** 2 + 0.1 * x3**4 * math.sin(x1)


def test_sobol_through_our_path_equals_salib(local: LocalProcesses) -> None:
    """The same samples, evaluated by SALib's own function; the mapping rounds differently."""
    samples = sobol_sample.sample(PROBLEM, 512, calc_second_order=False, seed=1)
    expected = sobol_analyze.analyze(
        PROBLEM, Ishigami.evaluate(samples), calc_second_order=False, seed=1
    )
    with ThreadPoolExecutor(2) as threads:
        for executor in (None, threads, local):
            found = sensitivity_of_function(ishigami, BOUNDS, 512, executor=executor).indices
            for name in ("S1", "ST", "S1_conf", "ST_conf"):
                np.testing.assert_allclose(found.loc[list(BOUNDS), name], expected[name], rtol=1e-9)


def test_morris_through_our_path_equals_salib(local: LocalProcesses) -> None:
    samples = morris_sample.sample(PROBLEM, 60, num_levels=4, seed=1)
    expected = morris_analyze.analyze(
        PROBLEM, samples, Ishigami.evaluate(samples), num_levels=4, seed=1
    )
    for executor in (Serial(), local):
        found = sensitivity_of_function(ishigami, BOUNDS, 60, method="morris", executor=executor)
        for name in ("mu", "mu_star", "mu_star_conf", "sigma"):
            np.testing.assert_allclose(
                found.indices.loc[list(BOUNDS), name], np.asarray(expected[name], float), rtol=1e-9
            )


def test_indices_of_ishigami_are_those_of_theory() -> None:
    """V = a²/8 + bπ⁴/5 + b²π⁸/18 + 1/2; V1 = (1 + bπ⁴/5)²/2, V2 = a²/8, V13 = b²π⁸·8/225.

    Standard error of a Sobol' estimate at N = 4,096 is near 1/sqrt(N) = .016; quasi-random points
    do far better.
    """
    a, b = 7.0, 0.1
    v1, v2, v13 = (1 + b * math.pi**4 / 5) ** 2 / 2, a**2 / 8, b**2 * math.pi**8 * 8 / 225
    v = v1 + v2 + v13
    found = sensitivity_of_function(ishigami, BOUNDS, 4096).indices
    np.testing.assert_allclose(found["S1"][list(BOUNDS)], [v1 / v, v2 / v, 0], atol=0.016)
    np.testing.assert_allclose(
        found["ST"][list(BOUNDS)], [(v1 + v13) / v, v2 / v, v13 / v], atol=0.016
    )


RANGES = {"sora.utility": "-3..3", "google.usd_per_gpu_hour": (1.0, 3.0)}


def test_what_does_nothing_has_no_effect_and_what_matters_comes_first(tmp_path: Path) -> None:
    """Google's GPU price cannot move Sora's installs, bit for bit; utility and chance do."""
    found = sensitivity(
        tiny(until="2025-10-04"), RANGES, 4, metric="installs", platform="sora", seeds=3,
        store=tmp_path, executor=Serial(),
    )  # fmt: skip
    assert list(found.indices.index[:1]) == ["sora.utility"]
    assert found.indices.loc["google.usd_per_gpu_hour", "mu_star"] == 0
    assert found.indices.loc["market.seed", "mu_star"] > 0
    assert len(found.outcomes) == 4 * (3 + 1)
    figure = found.plot()
    assert figure.axes[0].get_xlabel().endswith("people over the range")
    assert figure.get_supxlabel().startswith("Source: clipmarket, scenario ")


def test_chance_can_be_left_out_and_runs_are_kept(tmp_path: Path) -> None:
    def run() -> tuple[list[str], int]:
        found = sensitivity(
            tiny(until="2025-10-08"), RANGES, 2, metric="installs", platform="sora",
            method="sobol", seeds=1, store=tmp_path, executor=Serial(),
        )  # fmt: skip
        assert found.swept is not None
        return sorted(found.indices.index), found.swept.progress.found

    assert run() == (sorted(RANGES), 0)
    assert run()[1] == 2 * (2 + 2)


def test_points_that_come_to_the_same_run_count_each(tmp_path: Path) -> None:
    """Morris revisits a level of a list of two; the run is done once, its outcome used twice."""
    vary = {"sora.free_quota_per_day": [1, 2], "sora.pack_clips": [5, 10]}
    found = sensitivity(tiny(until="2025-10-02"), vary, 6, metric="clips", platform="sora",
                        seeds=1, store=tmp_path, executor=Serial())  # fmt: skip
    assert found.swept is not None
    assert len(found.outcomes) == 6 * 3
    assert found.swept.progress.total == 4


def test_what_cannot_be_used_is_refused_in_one_line(tmp_path: Path) -> None:
    def run(**options: object) -> None:
        given = {"vary": RANGES, "size": 4, "metric": "clips", "platform": "sora", **options}
        sensitivity(tiny(), **given, store=tmp_path / "s", executor=Serial())  # type: ignore[arg-type]

    with pytest.raises(ConfigError, match="at least 2 are"):
        run(vary={"sora.utility": "0..1"}, seeds=1)
    with pytest.raises(ConfigError, match="power of two for Sobol', such as 8"):
        run(method="sobol", size=5)
    with pytest.raises(ConfigError, match="size = 1"):
        run(size=1)
    with pytest.raises(UnknownNameError, match="Allowed: morris, sobol"):
        run(method="fast")
    with pytest.raises(UnknownNameError, match="Did you mean 'sora'"):
        run(platform="sra")
    with pytest.raises(UnknownNameError, match="'clips'"):
        run(metric="clip")
    assert not (tmp_path / "s").exists()


def test_an_outcome_that_never_varies_has_no_indices() -> None:
    with pytest.raises(ExperimentError, match="the outcome is 1 at all 10 points"):
        sensitivity_of_function(_one, {"a": (0, 1), "b": (0, 1), "c": (0, 1)}, 2)


def _one(_point: Mapping[str, float]) -> float:
    return 1.0


def test_indices_need_all_runs(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="8 of 8 runs have no result"):
        sensitivity(tiny(), RANGES, 2, metric="clips", platform="sora", method="sobol", seeds=1,
                    store=tmp_path, executor=Serial(), timeout=1e-6)  # fmt: skip


def nan_beyond(point: Mapping[str, float]) -> float:
    return math.nan if point["x1"] > 1.0 else point["x2"]


def infinite_beyond(point: Mapping[str, float]) -> float:
    return -math.inf if point["x1"] > 1.0 else point["x2"]


def huge(point: Mapping[str, float]) -> float:
    return 1e300 * point["x1"]


def words(point: Mapping[str, float]) -> float:
    return "many"  # type: ignore[return-value]


@pytest.mark.parametrize("method", ["sobol", "morris"])
@pytest.mark.parametrize(
    ("function", "expected"),
    [(nan_beyond, "the outcome is nan at"), (infinite_beyond, "the outcome is -inf at"),
     (huge, "cannot be squared"), (words, "could not convert")],
)  # fmt: skip
def test_an_outcome_that_is_no_number_makes_no_index(
    function: Callable[[Mapping[str, float]], float], expected: str, method: Method
) -> None:
    """One such outcome would make every index 0 or NaN, and look like an answer."""
    with pytest.raises(ExperimentError, match=expected) as caught:
        sensitivity_of_function(function, BOUNDS, 8, method=method)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "ends",
    [(0.0, math.nan), (0.0, math.inf), (1.0, 1.0), (1.0, 0.0), (0.0,), 3.0, ("a", "b"), None],
)
def test_a_range_of_an_argument_has_two_ends_in_order(ends: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        sensitivity_of_function(ishigami, {**BOUNDS, "x1": ends}, 8)
    assert str(caught.value).startswith("x1 = ")


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_a_size_beyond_all_bounds_is_refused_before_points_are_made(method: Method) -> None:
    with pytest.raises(ConfigError, match="at most 10,000,000"):
        sensitivity_of_function(ishigami, BOUNDS, 2**100, method=method)


def test_outcomes_are_as_many_as_points() -> None:
    samples = shares(list(BOUNDS), "morris", 4)
    with pytest.raises(ConfigError, match="one number for each of 16 points"):
        analyzed(list(BOUNDS), "morris", samples, np.ones(15))


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_intervals_that_are_wider_than_effects_are_named(method: str) -> None:
    column = "mu_star" if method == "morris" else "ST"
    frame = pd.DataFrame(
        {column: [3.0, 2.0, 0.0], f"{column}_conf": [1.0, 2.5, 0.5]}, index=["a", "b", "c"]
    )
    found = Sensitivity(method, frame, np.zeros((1, 3)), np.zeros(1))
    assert found.unsure == ["b"]
