"""Truths are published as vendors publish; ranks of good fits are uniform, broken ones are told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.command.app import main
from scenarios.fitting.calibration import HeldTo
from scenarios.fitting.coverage import CENTRAL, pooled
from scenarios.fitting.fits import Fits
from scenarios.fitting.measured import read_months, read_series, read_targets
from scenarios.fitting.members import Tell
from scenarios.fitting.priors import priors
from scenarios.fitting.ranks import HELD, chance_of, holds, ranks_of, together
from scenarios.fitting.recovery import draw_truths, published
from scenarios.fitting.smoother import STEPS, Aim, moved
from scenarios.inputs.assumptions import load_inputs
from sim.experiments.work.driving import ExperimentError
from sim.formulas import Array

PRIORS = priors(load_inputs())
HELD_TO = HeldTo(dt.date(2025, 12, 31)).observations(load_inputs())


# What is published of a truth


def test_what_is_published_errs_as_vendors_do_and_keeps_its_kind() -> None:
    """4,000 draws: standard deviations are known to 4/√8,000 = 4.5 %, correlations to .06.

    A range of width w around a number that lies anywhere in it has a middle that errs by w²/12
    more: so is it read by the smoother, and ranks can be uniform.
    """
    rng = np.random.default_rng(1)
    reading = np.full(len(HELD_TO.targets), 1_000.0)
    drawn = [published(reading, HELD_TO, rng) for _ in range(4_000)]
    width = HELD_TO.high - HELD_TO.low
    np.testing.assert_allclose([one.high - one.low for one in drawn[:9]], [width] * 9, atol=1e-9)
    middles = np.array([Aim.of(one).middle for one in drawn]) - np.log(1_000.0)
    expected = Aim.of(HELD_TO).covariance
    sd = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(middles.mean(axis=0) / sd, 0.0, atol=0.065)
    np.testing.assert_allclose(middles.std(axis=0), sd, rtol=0.045)
    np.testing.assert_allclose(np.corrcoef(middles.T), expected / np.outer(sd, sd), atol=0.065)


def test_a_bound_stays_a_bound_at_the_number_drawn() -> None:
    n = len(HELD_TO.targets)
    endless = np.full(n, np.inf)
    reading = np.full(n, 50.0)
    lower = published(reading, replace(HELD_TO, high=endless), np.random.default_rng(1))
    upper = published(reading, replace(HELD_TO, low=-endless), np.random.default_rng(1))
    assert np.isposinf(lower.high).all()
    assert np.isneginf(upper.low).all()
    np.testing.assert_array_equal(lower.low, upper.high)
    assert np.abs(lower.low - np.log(50.0) - HELD_TO.offset).max() < 4.0


# Ranks and intervals


def test_ranks_count_draws_below_and_half_of_those_equal() -> None:
    draws = np.array([[1.0, 1.0, 0.0], [2.0, 1.0, 0.0], [3.0, 2.0, 1.0]])
    assert ranks_of(np.array([2.5, 1.0, 9.0]), draws).tolist() == [2.0, 1.0, 3.0]
    assert np.isnan(ranks_of(np.array([np.nan, 1.0, 9.0]), draws)).tolist() == [True, False, False]


def test_intervals_are_central_and_hold_what_they_say() -> None:
    draws = np.arange(1001.0)[:, None] * np.ones(4)
    assert holds(np.array([500.0, 240.0, 90.0, 5.0]), draws).tolist() == [
        [True, True, True], [False, True, True], [False, False, True], [False, False, False],
    ]  # fmt: skip


def test_uniform_ranks_are_called_odd_as_seldom_as_is_said() -> None:
    """2,000 sets of 20 uniform ranks: 5 % are below .05, to 4·√(.05·.95/2,000) = .02."""
    ranks = np.random.default_rng(2).integers(0, 101, (20, 2_000)).astype(float)
    chances = chance_of(ranks, 100)
    for level in (0.05, 0.5):
        assert (chances <= level).mean() == pytest.approx(level, abs=0.045 * np.sqrt(level))


@pytest.mark.parametrize(
    "bent",
    [
        lambda u: 0.5 + 0.25 * (2.0 * u - 1.0),  # too wide: ranks in the middle
        lambda u: np.where(u < 0.5, u**2, 1.0 - (1.0 - u) ** 2),  # too narrow: at both ends
        lambda u: u**2,  # to one side
    ],
)
def test_ranks_that_are_not_uniform_are_told(bent: object) -> None:
    assert callable(bent)
    u = np.random.default_rng(3).uniform(size=(100, 1))
    assert chance_of(np.floor(bent(u) * 201.0), 200)[0] < 0.01


def test_many_tests_count_together_as_holm_has_it() -> None:
    """Written out: sorted .01, .02, .03, .5 times 4, 3, 2, 1, never falling."""
    found = together(np.array([0.03, 0.01, 0.5, 0.02]))
    np.testing.assert_allclose(found, [0.06, 0.04, 0.5, 0.06])


# A fit that can be computed by hand, and broken ones


def fits(squeeze: float, n_truths: int = 60, n: int = 400) -> tuple[Array, Array]:
    """Return ranks and intervals of truths of a linear market: five scores, eight numbers.

    Parameters
    ----------
    squeeze
        What each fit is narrowed to around its mean: 1 leaves it as it is.
    """
    rng = np.random.default_rng(4)
    effect = rng.standard_normal((5, 8))
    errors = 0.5 * np.eye(8)
    ranks, inside = [], []
    for _ in range(n_truths):
        truth = rng.standard_normal(5)
        numbers = truth @ effect + rng.multivariate_normal(np.zeros(8), errors)
        scores = rng.standard_normal((n, 5))
        for _ in range(STEPS):
            observed = Aim(numbers, errors, np.zeros(8))
            scores = moved(scores, scores @ effect, observed, float(STEPS), rng)
        middle = scores.mean(axis=0)
        scores = middle + squeeze * (scores - middle)
        ranks.append(ranks_of(truth, scores))
        inside.append(holds(truth, scores))
    return np.array(ranks), np.array(inside)


def test_a_fit_of_a_linear_market_holds_truths_as_often_as_it_says() -> None:
    """300 scores of 60 truths: 4·√(q(1 - q)/300) = .12, .09, .05."""
    ranks, inside = fits(1.0)
    found = inside.mean(axis=(0, 1))
    for share, held, error in zip(HELD, found, (0.12, 0.09, 0.05), strict=True):
        assert held == pytest.approx(share, abs=error)
    assert together(chance_of(ranks, 400)).min() > 0.05


@pytest.mark.parametrize("squeeze", [0.5, 2.0])
def test_a_fit_half_or_twice_as_wide_is_detected(squeeze: float) -> None:
    """80 % intervals of half the width hold 48 %, of twice the width 99 %; ranks tell it too."""
    ranks, inside = fits(squeeze)
    held = inside.mean(axis=(0, 1))[1]
    assert held < 0.65 if squeeze < 1.0 else held > 0.95
    assert together(chance_of(ranks, 400)).min() < 0.05


def test_numbers_of_one_truth_are_no_independent_witnesses() -> None:
    """Two truths of 50 numbers each, all inside of one and none of the other: 50 % ± 50."""
    rows = pd.DataFrame({"truth": np.repeat([1, 2], 50)})
    for name in CENTRAL:
        rows[name] = np.repeat([True, False], 50)
    found = pooled(rows)
    assert found.n == 50
    np.testing.assert_allclose(found.share, 0.5)
    np.testing.assert_allclose(found.error, 0.5)
    assert np.isnan(pooled(rows[rows["truth"] == 1]).error).all()


# The command


class Toy:
    """Members whose readings and months are linear in scores on logs; every tenth gives nothing."""

    priors = PRIORS

    def __init__(self, tell: Tell, asked: list[str]) -> None:
        self._tell, self._asked = tell, asked

    def rows(self, scores: Array, what: str) -> Array:
        self._asked.append(what)
        self._tell(what, len(scores), len(scores))
        width = len(read_targets()) + len(read_series()) * len(read_months())
        effect = np.random.default_rng(6).standard_normal((scores.shape[1], width))
        found = np.exp(5.0 + scores @ effect / np.sqrt(len(effect)))
        found[9::10, : len(read_targets())] = 0.0 if what.startswith("truths") else 1.0
        return found


def with_toy(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put linear markets in the place of runs, and return what is asked of them."""
    asked: list[str] = []
    monkeypatch.setattr(Fits, "members_of", lambda *_: lambda seed, is_last, tell: Toy(tell, asked))
    return asked


def test_truths_are_such_as_can_be_published(monkeypatch: pytest.MonkeyPatch) -> None:
    found = draw_truths(Toy(lambda *_: None, []), HELD_TO, 12, seed=1)
    assert found.n_drawn == 13  # the tenth gives nothing
    assert (found.readings > 0.0).all()
    again = draw_truths(Toy(lambda *_: None, []), HELD_TO, 3, seed=1)
    np.testing.assert_array_equal(again.scores, found.scores[:3])
    nothing = Toy(lambda *_: None, [])
    monkeypatch.setattr(nothing, "rows", lambda scores, what: Toy.rows(nothing, scores, what) * 0.0)
    with pytest.raises(ExperimentError, match="0 of 80 markets drawn can be published, 3 are want"):
        draw_truths(nothing, HELD_TO, 3, seed=1)


def test_the_command_tells_of_truths_assumptions_and_months(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = with_toy(monkeypatch)
    words = ["recover", "--truths", "8", "--members", "50", "--users", "500", "--as-of",
             "2025-11-30", "--workers", "1", "--out", str(tmp_path)]  # fmt: skip
    main(words)
    said = capsys.readouterr()
    for title in ("How often intervals held the truth", "Not identified", "Written to"):
        assert title in said.out
    assert "truth 8 of 8, posterior: 50 of 50 markets" in said.err
    assert len(asked) == 1 + 8 * 5
    rows = pd.read_csv(tmp_path / "recovery.csv")
    fitted = [one.id for one in PRIORS if one.is_fitted]
    assert rows["assumption"].tolist() == fitted * 8
    assert rows["rank"].between(0, 50).all()
    later = pd.read_csv(tmp_path / "forecasts.csv")
    assert later["month"].min() == "2025-12"
    table = pd.read_csv(tmp_path / "coverage.csv")
    assert table.loc[table["kind"] == "assumption", "name"].tolist() == fitted
    for name in CENTRAL:
        of_one = rows.loc[rows["assumption"] == "A5", name].mean()
        assert table.loc[table["name"] == "A5", name].item() == of_one
    page = (tmp_path / "page.html").read_text()
    for title in ("Ranks", "Coverage by assumption", "Not identified", "Later months: 50%"):
        assert title in page
    first = (tmp_path / "coverage.csv").read_bytes(), page
    main([*words, "--quiet"])
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    assert ((tmp_path / "coverage.csv").read_bytes(), (tmp_path / "page.html").read_text()) == first


@pytest.mark.slow
def test_a_study_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    """One truth of a few hundred people; without its last file of runs, then with all."""
    words = ["recover", "--truths", "1", "--members", "20", "--users", "500", "--as-of",
             "2025-07-31", "--workers", "1", "--quiet", "--out", str(tmp_path)]  # fmt: skip
    main(words)
    names = ("recovery.csv", "forecasts.csv", "coverage.csv", "page.html")
    first = {name: (tmp_path / name).read_bytes() for name in names}
    kept = {path: path.read_bytes() for path in (tmp_path / "runs").rglob("*.npz")}
    assert len(kept) == 6  # truths, prior, three steps, posterior
    last = next(path for path in kept if path.name.startswith("posterior"))
    last.unlink()
    main(words)
    np.testing.assert_array_equal(np.load(last)["rows"], np.load(BytesIO(kept[last]))["rows"])
    assert {name: (tmp_path / name).read_bytes() for name in names} == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--truths", "0"], "truths"),
        (["--members", "5"], "members"),
        (["--as-of", "2026-01-01"], "2025-12-31"),
        (["--vintage", "frist"], "first"),
        (["--structure", "no_chrat"], "no_chart"),
        (["--users", "0"], "users"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["recover", *words])
    assert stop.value.code == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error
