"""Priors stay in their ranges, the smoother is exact where it can be, runs are kept, files told."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from scenarios.command.app import main
from scenarios.fitting import members as members_module
from scenarios.fitting.calibration import (
    TAUGHT,
    Fit,
    HeldTo,
    fit,
    places_of,
)
from scenarios.fitting.central import central_point
from scenarios.fitting.measured import (
    as_published,
    log_readings,
    measured,
    read_months,
    read_series,
    read_targets,
    split,
)
from scenarios.fitting.members import BLOCK, SEEDS, FitSetting, Members
from scenarios.fitting.observation import observations
from scenarios.fitting.posterior import Posterior, read_posterior, write_posterior
from scenarios.fitting.predicted import forecast_draws
from scenarios.fitting.priors import Prior, drawn_scores, inputs_with, priors, values_of
from scenarios.fitting.rivals import MARKET, RIVALS, structured
from scenarios.fitting.smoother import STEPS, Aim, moved
from scenarios.forecasting.forecast_files import read_forecast
from scenarios.inputs.assumptions import Assumption, load_inputs
from scenarios.inputs.targets import targets
from sim.errors import ClipmarketError, ConfigError, DataError, UnknownNameError
from sim.experiments import Serial
from sim.experiments.work.driving import ExperimentError

INPUTS = load_inputs()
PRIORS = priors(INPUTS)
LAST = dt.date(2025, 12, 31)


# Priors


def test_every_range_of_an_assumption_has_a_prior_and_no_other() -> None:
    for one in INPUTS.assumptions.values():
        assert (one.prior is None) == (one.low is None or one.low == one.high), one.id


@pytest.mark.parametrize("one", PRIORS, ids=lambda one: one.id)
def test_values_stay_in_their_range_whatever_the_score(one: Prior) -> None:
    scores = np.array([-50.0, -4.0, -1.0, 0.0, 1.0, 4.0, 50.0])
    found = one.values(scores)
    assert (np.diff(found) >= 0.0).all()
    near = 1e-6 * (one.high - one.low)
    assert found[[0, -1]] == pytest.approx([one.low, one.high], rel=0, abs=near)
    assert ((found >= one.low) & (found <= one.high)).all()


@pytest.mark.parametrize("shape", ["uniform", "loguniform", "normal", "lognormal"])
def test_a_prior_has_its_shape(shape: Any) -> None:
    """Against scipy's distributions; scores and quantiles undo each other."""
    one = Prior("A", shape, 0.5, 8.0, is_whole=False, is_fitted=True)
    u = np.linspace(0.01, 0.99, 25)
    expected = {
        "uniform": stats.uniform(0.5, 7.5).ppf(u),
        "loguniform": stats.loguniform(0.5, 8.0).ppf(u),
        "normal": stats.truncnorm(-2, 2, loc=4.25, scale=7.5 / 4).ppf(u),
        "lognormal": np.exp(stats.truncnorm(-2, 2, loc=np.log(2), scale=np.log(16) / 4).ppf(u)),
    }[shape]
    found = one.values(stats.norm.ppf(u))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(one.quantile(found), u, rtol=1e-9)


def test_whole_numbers_stay_whole_and_inputs_take_them() -> None:
    whole = [one for one in PRIORS if one.is_whole]
    assert whole
    values = values_of(drawn_scores(50, len(whole), 1), whole)
    assert np.array_equal(values, np.rint(values))
    given = inputs_with(INPUTS, {whole[0].id: 3.0, "A5": 2.5})
    assert isinstance(given.value(whole[0].id), int)
    assert given.value("A5") == 2.5
    assert INPUTS.value("A5") != 2.5


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"prior": "flat"}, "prior"),
        ({"low": None}, "must have low below high"),
        ({"low": 0.0, "prior": "loguniform"}, "above 0"),
        ({"low": 10.0}, "must have low below high"),
    ],
)
def test_a_prior_that_cannot_be_is_refused(changed: dict[str, Any], said: str) -> None:
    one = {"id": "A0", "sets": "market.mean_clips", "value": 1.0, "low": 1.0, "high": 10.0,
           "prior": "uniform", "unit": "clips", "reason": "to try"}  # fmt: skip
    Assumption.parse(one, "A0")
    with pytest.raises(ConfigError, match=said):
        Assumption.parse({**one, **changed}, "A0")


# The smoother


def linear(n_parameters: int, n_targets: int) -> tuple[Any, Aim]:
    rng = np.random.default_rng(3)
    effect = rng.standard_normal((n_parameters, n_targets))
    errors = 0.3 * np.eye(n_targets) + 0.05
    return effect, Aim(rng.standard_normal(n_targets), errors, np.zeros(n_targets))


def test_where_readings_are_linear_the_smoother_gives_the_exact_posterior() -> None:
    """Gaussian prior and errors: mean K·y and covariance I - K·Gᵀ, of the linear model.

    20,000 members: means are exact to 4·sd/√n = .03, variances to 4·√(2/n) = 4 %.
    """
    effect, observed = linear(4, 6)
    gain = effect @ np.linalg.inv(effect.T @ effect + observed.covariance)
    mean, covariance = gain @ observed.middle, np.eye(4) - gain @ effect.T
    scores = drawn_scores(20_000, 4, 1)
    rng = np.random.default_rng(2)
    for _ in range(STEPS):
        scores = moved(scores, scores @ effect, observed, float(STEPS), rng)
    np.testing.assert_allclose(scores.mean(axis=0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(scores.T), covariance, atol=0.03)


def test_what_nothing_hangs_on_keeps_its_prior() -> None:
    """Forty parameters without effect beside four: their spread falls by a few percent at most."""
    effect, observed = linear(4, 6)
    scores = drawn_scores(500, 44, 1)
    rng = np.random.default_rng(2)
    for _ in range(STEPS):
        scores = moved(scores, scores[:, :4] @ effect, observed, float(STEPS), rng)
    assert 0.9 < scores[:, 4:].std(axis=0).mean() < 1.05
    assert scores[:, :4].std(axis=0).mean() < 0.6


def test_intervals_of_few_members_hold_the_truth_as_often_as_they_say() -> None:
    """Forty parameters, ten numbers that hang on all of them, 100 members, truths of the prior.

    In 100 truths 80 % intervals hold 4,000 scores at 80 % to about 2 %, since ten numbers move
    them together; moved by regressions that they are part of, members hold 70 %.
    """
    rng = np.random.default_rng(5)
    effect = rng.standard_normal((40, 10)) / np.sqrt(40)
    errors = 0.04 * np.eye(10)
    held = []
    for _ in range(100):
        truth = rng.standard_normal(40)
        numbers = truth @ effect + 0.2 * rng.standard_normal(10)
        scores, observed = rng.standard_normal((100, 40)), Aim(numbers, errors, np.zeros(10))
        for _ in range(STEPS):
            scores = moved(scores, scores @ effect, observed, float(STEPS), rng)
        low, high = np.quantile(scores, [0.1, 0.9], axis=0)
        held.append(((low <= truth) & (truth <= high)).mean())
    assert np.mean(held) == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize(("sign", "side"), [(1.0, 1), (-1.0, -1)])
def test_a_bound_pulls_from_one_side_alone(sign: float, side: int) -> None:
    observed = Aim(np.zeros(1), np.full((1, 1), 1e-8), np.array([sign]))
    scores = drawn_scores(2_000, 1, 1)
    found = moved(scores, scores.copy(), observed, 1.0, np.random.default_rng(1))
    beyond = scores[:, 0] * side > 0.001
    np.testing.assert_array_equal(found[beyond], scores[beyond])
    np.testing.assert_allclose(found[~beyond], 0.0, atol=0.01)


def test_a_range_counts_as_its_middle_with_its_width() -> None:
    some = [one for one in targets(vintage="") if one.high > one.low]
    given = observations(some)
    found = Aim.of(given)
    np.testing.assert_allclose(found.middle, [np.log(o.low * o.high) / 2 for o in some])
    own = np.diag(found.covariance - given.covariance)
    np.testing.assert_allclose(own, [np.log(o.high / o.low) ** 2 / 12 for o in some])


# What is kept of a run


def test_a_run_is_read_for_every_target_and_month() -> None:
    """Of a run to November: its months are there, later ones are not, and clips are of a day."""
    from scenarios import baseline

    results = baseline.build(n_users=500, seed=1).run(until="2025-11-30")
    readings, series = split(measured(results)[None, :])
    for k, one in enumerate(read_targets()):
        if one.reached(results):
            assert readings[0, k] == pytest.approx(
                one.simulated(results) * one.pool_share, nan_ok=True
            )
        else:
            assert np.isnan(readings[0, k])
    place = [str(month.first) for month in read_months()].index("2025-11-01")
    assert np.isnan(series[0, :, place + 1 :]).all()
    table = results.table("month").loc["sora"].loc["2025-11"]
    named = dict(zip(read_series(), series[0, :, place], strict=True))
    assert named["sora", "installs"] == pytest.approx(table["installs"])
    assert named["sora", "daily_active"] == pytest.approx(table["daily_active"])
    assert named["sora", "clips"] == pytest.approx(table["clips"] / 30)
    assert named["sora", "compute_usd"] == pytest.approx(table["compute_usd"] / 30)


def test_worldwide_counts_are_scaled_from_the_pool() -> None:
    n = len(read_targets())
    found = as_published(np.ones((2, n)), np.array([0.5, 0.1]))
    for k, one in enumerate(read_targets()):
        assert found[:, k].tolist() == ([2.0, 10.0] if one.is_worldwide else [1.0, 1.0])


def test_a_reading_of_nothing_is_far_off_and_still_a_number() -> None:
    found = log_readings(np.array([[0.0, np.nan, -1.0, np.e]]), np.full(4, 2.0))
    assert found.tolist() == [[-4.0, -4.0, -4.0, 1.0]]


# Structures


def test_every_structure_can_be_built_and_differs() -> None:
    from scenarios import baseline

    base = baseline.scenario()
    made = {name: structured(base, name).fingerprint for name in RIVALS}
    assert made[MARKET] == base.fingerprint
    assert len(set(made.values())) == len(made)
    with pytest.raises(ClipmarketError, match="no_network"):
        structured(base, "no_netwrk")


# A whole fit, tiny


@pytest.fixture
def tiny(tmp_path: Path) -> Any:
    """A fit of markets of 200 people who stand for the pool, on what was known by November."""

    def made(**change: Any) -> Members:
        setting = FitSetting(MARKET, 200, 1, dt.date(2025, 11, 5))
        members = Members(INPUTS, PRIORS, setting, Serial(), tmp_path, lambda *_: None)
        return members if not change else replace_members(members, **change)

    return made


def replace_members(members: Members, **change: Any) -> Members:
    return Members(INPUTS, PRIORS, replace(members.setting, **change), Serial(),
                   members._folder, lambda *_: None)  # fmt: skip


def test_a_fit_moves_markets_toward_what_was_published_and_does_nothing_twice(
    tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldTo(dt.date(2025, 11, 5)).observations(INPUTS)
    found = fit(tiny(), tiny(), held, 24, seed=1)
    places = places_of(held)
    middle = Aim.of(held).middle
    before, after = (
        np.abs(log_readings(readings[:, places], middle) - middle).mean()
        for readings in (found.prior_readings, found.readings)
    )
    assert after < 0.8 * before
    unfitted = [k for k, one in enumerate(PRIORS) if not one.is_fitted]
    assert unfitted
    np.testing.assert_array_equal(found.scores[:, unfitted], found.prior_scores[:, unfitted])
    point = central_point(tiny(), found)
    ranges = {one.id: one for one in PRIORS}
    assert set(point) == {
        one.id for one, spread in zip(PRIORS, found.spreads, strict=True) if spread < TAUGHT
    }
    assert all(ranges[name].has(value) for name, value in point.items())

    def never(*_: Any) -> Any:
        raise AssertionError("was run already")

    monkeypatch.setattr(members_module, "drive", never)
    again = fit(tiny(), tiny(), held, 24, seed=1)
    np.testing.assert_array_equal(again.readings, found.readings)
    np.testing.assert_array_equal(again.values, found.values)


def test_a_broken_file_of_runs_is_one_line(tiny: Any, tmp_path: Path) -> None:
    scores = drawn_scores(2, len(PRIORS), 1)
    tiny().rows(scores, "prior")
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r"prior-000\.npz.*Delete it"):
        tiny().rows(scores, "prior")


def test_members_share_seeds_in_turn_and_blocks_are_told_apart(tiny: Any) -> None:
    scores = drawn_scores(BLOCK + 1, len(PRIORS), 1)
    members = tiny()
    seeds = [members.scenario(scores[k], k).market.seed for k in (0, 1, SEEDS, SEEDS + 1)]
    assert seeds == [1, 2, 1, 2]
    blocks = (scores[:BLOCK], scores[BLOCK:])
    keys = {members._key(block, k) for k, block in enumerate(blocks)}
    other = replace_members(members, n_users=300)
    keys |= {other._key(block, k) for k, block in enumerate(blocks)}
    assert len(keys) == 4


def test_a_fit_of_runs_that_fail_ends_in_one_line(
    tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(results: Any) -> Any:
        raise DataError("nothing can be read here")

    monkeypatch.setattr(members_module, "measured", broken)
    with pytest.raises(ExperimentError, match="3 of 3 runs: nothing can be read here"):
        tiny().rows(drawn_scores(3, len(PRIORS), 1), "prior")


def test_nothing_known_by_a_day_is_nothing_to_fit_to() -> None:
    with pytest.raises(ConfigError, match="later day"):
        HeldTo(dt.date(2025, 5, 1)).observations(INPUTS)


def test_every_number_a_fit_is_held_to_was_known_by_the_last_day_of_the_record() -> None:
    """Blind date: nothing that could be read only after 2025-12-31 is a target."""
    for vintage in ("", "first", "panel", "first+panel"):
        for one in HeldTo(LAST, vintage).observations(INPUTS).targets:
            assert one.known_on <= LAST
            for fact in one.facts:
                assert INPUTS.facts[fact].last_day <= LAST


# The file


def posterior(n: int = 5) -> Posterior:
    values = values_of(drawn_scores(n, len(PRIORS), 1), PRIORS)
    about = {"vintage": "", "as_of": "2025-12-31", "n_users": 1, "seed": 1,
             "facts": "f", "targets": "t", "model": "m"}  # fmt: skip
    weights = np.arange(1.0, n + 1.0)
    structures = ("market",) * (n - 1) + ("no_network",)
    names = tuple(o.id for o in PRIORS)
    return Posterior(names, values, weights / weights.sum(), structures, {"A5": 4.5}, about)


def test_a_posterior_is_read_as_it_was_written(tmp_path: Path) -> None:
    one = posterior()
    write_posterior(tmp_path / "p.parquet", one)
    found = read_posterior(tmp_path / "p.parquet", INPUTS)
    assert found.names == one.names
    np.testing.assert_array_equal(found.values, one.values)
    np.testing.assert_allclose(found.weights, one.weights)
    assert dict(found.about) == {"format": 2, **one.about}
    assert found.structures == one.structures
    assert found.central == one.central
    given = found.inputs(INPUTS, 3)
    assert given.value("A5") == one.values[3, one.names.index("A5")]
    with pytest.raises(ConfigError, match="draw"):
        found.inputs(INPUTS, 5)


def test_draws_come_in_proportion_to_their_weights() -> None:
    one = posterior(4)  # weights .1, .2, .3, .4
    assert np.bincount(one.drawn(100, 1), minlength=4) == pytest.approx([10, 20, 30, 40], abs=1)
    assert one.of("no_network").weights.tolist() == [1.0]
    with pytest.raises(UnknownNameError, match="no_limits"):
        one.of("no_limits")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.replace_schema_metadata({}), "does not say what it was fitted to"),
        (lambda t: t.drop_columns(["weight"]), "weight"),
        (lambda t: t.append_column("A999", t["A5"]), "A999"),
        (lambda t: t.slice(0, 0), "a row or more"),
        (lambda t: put(t, "A5", [99.0] * 5), "A5 = 99: must lie in its range"),
        (lambda t: put(t, "A5", [float("nan")] * 5), "A5 = nan"),
        (lambda t: put(t, "weight", [0.0] * 5), "weight must be above 0"),
        (lambda t: put(t, "A5", ["many"] * 5), "A5 must hold numbers"),
        (lambda t: put(t, "structure", ["no_end"] * 5), "no_end"),
        (lambda t: with_central(t, {"A5": 99.0}), "central point"),
        (lambda t: with_central(t, [4.5]), "central point"),
    ],
)
def test_a_posterior_that_is_none_is_refused_in_one_line(
    tmp_path: Path, change: Any, said: str
) -> None:
    path = tmp_path / "p.parquet"
    write_posterior(path, posterior())
    pq.write_table(change(pq.read_table(path)), path)
    with pytest.raises(DataError, match=said) as refused:
        read_posterior(path, INPUTS)
    assert "\n" not in str(refused.value)


def put(table: pa.Table, name: str, column: list[Any]) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(column))


def with_central(table: pa.Table, central: Any) -> pa.Table:
    (key, text) = next(iter(table.schema.metadata.items()))
    about = {**json.loads(text), "central": central}
    return table.replace_schema_metadata({key: json.dumps(about)})


def test_files_that_are_no_posterior_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_posterior(tmp_path / "p.parquet", INPUTS)
    (tmp_path / "p.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(DataError, match="no readable Parquet"):
        read_posterior(tmp_path / "p.parquet", INPUTS)
    with pytest.raises(DataError, match="no readable Parquet"):
        read_posterior(small_folder(tmp_path), INPUTS)


def small_folder(path: Path) -> Path:
    (path / "folder").mkdir()
    (path / "folder" / "note.txt").write_text("a note")
    return path / "folder"


# What fitted markets say of months to come


def test_forecasts_are_fitted_markets_with_errors_of_counting(tiny: Any) -> None:
    """Of one market: the median is its own number, and the spread that of the published error."""
    held = HeldTo(dt.date(2025, 11, 5)).observations(INPUTS)
    shape = (1, len(read_series()), len(read_months()))
    series = np.full(shape, 1_000.0)
    scores = np.zeros((1, len(PRIORS)))
    nothing = np.ones((1, len(read_targets())))
    found = Fit(PRIORS, held, scores, scores, nothing, nothing, series)
    draws = forecast_draws(found, "market", dt.date(2025, 11, 15))
    assert sorted(draws["date_start"].unique())[0] == dt.date(2025, 11, 1)
    for (platform, metric), part in draws.groupby(["platform", "metric"]):
        logs = np.log(part["value"].to_numpy() / 1_000.0)
        if (platform, metric) == ("google", "clips"):
            # The pool's share of one market against that of the baseline.
            share = found.values[0, [one.id for one in PRIORS].index("A45")]
            logs = logs - np.log(INPUTS.value("A45") / share)
        assert abs(np.median(logs)) < 0.06, (platform, metric)
        assert 0.12 < logs.std() < 0.7, (platform, metric)
    installs = draws[(draws["metric"] == "installs") & (draws["platform"] == "sora")]
    wide = np.log(installs.pivot(index="draw", columns="date_start", values="value"))
    # Appfigures: .15 in all and .05 of the definition, .10 of it shared by all months.
    assert wide.std().mean() == pytest.approx(np.hypot(0.15, 0.05), rel=0.08)
    assert wide.corr().to_numpy()[0, 1] == pytest.approx(0.01 / (0.0225 + 0.0025), abs=0.12)


def test_the_command_fits_writes_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty markets of 60 people each: nothing is learned, everything is there, twice the same."""
    words = ["calibrate", "--members", "20", "--users", "60", "--as-of", "2025-11-05",
             "--workers", "1", "--out", str(tmp_path / "fit")]  # fmt: skip
    main(words)
    said = capsys.readouterr()
    assert "What was published, and the fit" in said.out
    assert "posterior: 20 of 20 markets" in said.err
    files = ("posterior.parquet", "draws.parquet", "readings.csv", "page.html")
    first = {name: (tmp_path / "fit" / name).read_bytes() for name in files}
    assert len(read_posterior(tmp_path / "fit" / "posterior.parquet", INPUTS)) == 20
    assert read_forecast(tmp_path / "fit" / "draws.parquet").has_draws
    assert "<svg" not in first["page.html"].decode()  # inline as data, without script
    main([*words, "--quiet"])
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    assert {name: (tmp_path / "fit" / name).read_bytes() for name in files} == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--as-of", "2026-01-01"], "2025-12-31"),
        (["--as-of", "2025-05-01"], "later day"),
        (["--vintage", "frist"], "first"),
        (["--structure", "no_chrat"], "no_chart"),
        (["--members", "5"], "members"),
        (["--users", "0"], "users"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["calibrate", *words])
    assert stop.value.code == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error
