"""Claims are read as written, measured as questions are, and made true by the least change."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scenarios import baseline, headline
from scenarios.asking.lab import Lab, Size
from scenarios.asking.question import Measure
from scenarios.claiming import checking, kept_markets, least_change
from scenarios.claiming.cash_paths import CashPaths
from scenarios.claiming.checking import errors_off, is_kept
from scenarios.claiming.claim_file import named_claims
from scenarios.claiming.claims import Claim, Relation
from scenarios.claiming.kept_markets import KeptMarkets, reading_of
from scenarios.claiming.slopes import carrying, slopes
from scenarios.command import draw_runs
from scenarios.command.app import main
from scenarios.command.chosen import SHIPPED_POSTERIOR
from scenarios.command.claim import _name_of
from scenarios.command.claim_text import claim_of
from scenarios.command.values import share
from scenarios.fitting.posterior import Posterior, write_posterior
from scenarios.fitting.priors import drawn_scores, priors, scores_of, values_of
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.targets import every_target
from sim.experiments import Serial
from sim.experiments.store.store import Store
from sim.formulas import Array

INPUTS = load_inputs()
PRIORS = priors(INPUTS)
DAY = "2025-11-10"


def said(text: str, platform: str | None = None, within: float | None = None) -> Claim:
    return claim_of(text, baseline.scenario(), platform, within)


def about(relation: Relation, *given: float, within: float = 0.25) -> Claim:
    return Claim(Measure("compute_usd", "sora", DAY, DAY), relation, given, within)


def silent(what: str, done: int, total: int) -> None:
    """Hear of progress."""


# What is written


@pytest.mark.parametrize(
    ("text", "measure", "relation", "given"),
    [
        ("compute_usd@2025-11-10 = 15e6", ("compute_usd", "sora", DAY, DAY), "=", (15e6,)),
        ("clips.google@2025-11-10>500k", ("clips", "google", DAY, DAY), ">", (5e5,)),
        ("installs @ 2025-09-30..2025-10-31 >= 4M",
         ("installs", "sora", "2025-09-30", "2025-10-31"), ">=", (4e6,)),
        ("cash_usd@2025-11-10<-1e6", ("cash_usd", "sora", DAY, DAY), "<", (-1e6,)),
        (" daily_active@2025-11-10 between 0.5M and 1,000,000 ",
         ("daily_active", "sora", DAY, DAY), "between", (5e5, 1e6)),
    ],
)  # fmt: skip
def test_a_claim_is_read_as_it_is_written(
    text: str, measure: tuple[str, str, str, str], relation: str, given: tuple[float, ...]
) -> None:
    found = said(text)
    assert (found.measure, found.relation, found.given) == (Measure(*measure), relation, given)
    assert said(found.spelled) == found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["compute_usd@2025-11-10 ~ 5"], "must be a metric, @, a day"),
        (["compute_usd = 5"], "must be a metric, @, a day"),
        (["compute@2025-11-10 = 5"], "unknown metric 'compute'"),
        (["compute_usd.veo@2025-11-10 = 5"], "unknown platform 'veo'"),
        (["compute_usd@2025-02-30 = 5"], "must be a date"),
        (["compute_usd@2027-01-01 = 5"], "must be a day of the run, 2025-05-20 to 2026-04-30"),
        (["compute_usd@2025-11-10..2025-11-01 = 5"], "must not be after"),
        (["compute_usd@2025-11-10 = 1,5"], "a comma can be read in two ways"),
        (["compute_usd@2025-11-10 = nan"], "must be a number"),
        (["compute_usd@2025-11-10 between 2 and 1"], "the lower one first"),
        (["compute_usd@2025-11-10 between 2"], "must be two numbers"),
        (["compute_usd@2025-11-10 = 5", "--within", "25"], "such as 25% or 0.25"),
        (["compute_usd@2025-11-10 > 5", "--within", "25%"], "is for claims of ="),
        (["compute_usd.sora@2025-11-10 > 5", "--platform", "google"], "the claim is about sora"),
        (["C4", "--within", "10%"], "a named claim says both itself"),
        (["C5"], "unknown claim 'C5'"),
        ([], "give a claim or --article"),
        (["C4", "--article"], "give a claim or --article"),
        (["C4", "--draws", "3"], "draws = 3"),
        (["C4", "--posterior", "no/such/file"], "no such file"),
        (["C4", "--posterior", "none"], "nothing to draw from"),
    ],
)
def test_what_is_no_claim_is_one_line(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["claim", *words])
    assert stop.value.code == 2
    error = capsys.readouterr().err.strip()
    assert expected in error
    assert "\n" not in error


@pytest.mark.parametrize(("text", "value"), [("25%", 0.25), ("0.25", 0.25), ("2.5 %", 0.025)])
def test_a_share_is_read_with_or_without_its_sign(text: str, value: float) -> None:
    assert share(text) == pytest.approx(value)


def test_claims_that_differ_go_to_folders_that_differ() -> None:
    texts = [f"clips@2025-11-10 {sign} 5" for sign in ("=", "<", "<=", ">", ">=")]
    texts += ["clips@2025-11-10..2025-11-11 = 5", "clips.google@2025-11-10 = 5",
              "clips@2025-11-10 = -5", "clips@2025-11-10 between 1 and 5"]  # fmt: skip
    names = [_name_of(said(text)) for text in texts] + [_name_of(said(texts[0], within=0.1))]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz_-.0123456789") for name in names)


# What makes it true


@pytest.mark.parametrize(
    ("claim", "true", "false"),
    [
        (about("=", 100.0), (75.0, 100.0, 125.0), (74.9, 125.1)),
        (about("=", 100.0, within=0.0), (100.0,), (99.9,)),
        (about("=", -100.0), (-125.0, -75.0), (-74.0, 75.0)),
        (about("<", 100.0), (99.9, -5.0), (100.0,)),
        (about("<=", 100.0), (100.0,), (100.1,)),
        (about(">", 100.0), (100.1,), (100.0,)),
        (about(">=", 100.0), (100.0,), (99.9,)),
        (about("between", 100.0, 200.0), (100.0, 200.0), (99.0, 201.0)),
    ],
)
def test_numbers_make_it_true_or_not(
    claim: Claim, true: tuple[float, ...], false: tuple[float, ...]
) -> None:
    assert claim.holds(np.array(true)).all()
    assert not claim.holds(np.array([*false, np.nan])).any()
    assert {claim.side(one) for one in (*true, np.nan)} == {0}
    for one in false:
        side = claim.side(one)
        assert side != 0
        assert (claim.edge(side) - one) * side >= 0.0  # on that side, or the end itself


def test_named_claims_are_the_numbers_of_their_facts() -> None:
    found = named_claims(INPUTS)
    assert {"C2", "C4", "C6"} <= found.keys()
    facts = INPUTS.facts
    assert found["C2"].given == (facts["SEED005"].number,)
    assert found["C4"].given == (facts["SEED008"].number,)
    # 15 M USD on each of a quarter's days, over 12 G USD.
    assert found["C6"].given[0] == pytest.approx(15e6 * 365 / 4 / 12e9)
    for one in found.values():
        assert said(one.spelled).measure == one.measure


def test_the_bill_and_the_downloads_are_those_of_the_headline_scenario(tmp_path: Path) -> None:
    """Same days, same inputs, same market, same reading, so the same bits as `report headline`."""
    found = named_claims(INPUTS)
    assert found["C4"].measure == headline.COMPUTE
    assert found["C2"].measure == headline.HALLOWEEN
    size = Size(n_users=300, replicates=2, seed=3)
    runs = Lab(size, Serial()).ensemble(baseline.scenario().with_market(until="2025-11-30"))
    with Store(tmp_path / "store", baseline.scenario()) as store:
        markets = KeptMarkets(INPUTS, 300, 3, Serial(), store, silent)
        for name in ("C2", "C4"):
            measure = found[name].measure
            ours = markets.rows(
                [markets.scenario({}, turn) for turn in range(2)], reading_of(measure), "baseline"
            )
            np.testing.assert_array_equal(ours[:, 0], measure.of(runs))


def test_a_market_once_run_is_asked_again_without_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips, cash = (reading_of(Measure(one, "sora", DAY, DAY)) for one in ("clips", "cash_usd"))
    with Store(tmp_path / "store", baseline.scenario()) as store:
        markets = KeptMarkets(INPUTS, 200, 1, Serial(), store, silent)
        asked = markets.of_rows(PRIORS[:1], np.array([[4e7], [5e7], [4e7]]), [0, 1, 0])
        first = markets.rows(asked, clips, "first")
        assert len(store) == 2  # what comes twice is run once
        np.testing.assert_array_equal(first[0], first[2])

        def refused(*_: object) -> None:
            raise AssertionError("a run")

        monkeypatch.setattr("sim.experiments.store.kept_runs.run_task", refused)
        np.testing.assert_array_equal(markets.rows(asked, clips, "again"), first)
        other = markets.rows(asked, cash, "another metric")
        assert np.isfinite(other).all()
        assert not np.array_equal(other, first)


# What would have to differ least


def test_slopes_are_found_and_noise_is_not() -> None:
    """Two groups far apart, of a known law; a constant that sets them apart is no slope."""
    true = np.array([0.8, -0.5, 0.0, 0.0, 0.3, 0.0])
    rng = np.random.default_rng(1)
    groups = []
    for shift in (0.0, 5.0):
        scores = shift + rng.standard_normal((150, 6))
        groups.append((scores, scores @ true - 2.0 * shift + 0.1 * rng.standard_normal(150)))
    groups[0][1][3] = np.nan
    found = slopes(groups)
    np.testing.assert_allclose(found, true, atol=0.05)
    assert set(np.flatnonzero(found)) >= {0, 1, 4}
    assert (np.abs(found[[2, 3, 5]]) < 0.03).all()
    assert not slopes([(groups[0][0], np.full(150, 7.0))]).any()
    assert not slopes([(groups[0][0], np.full(150, np.nan))]).any()


@pytest.mark.parametrize(
    ("weights", "part", "expected"),
    [
        ([1.0, 5.0, 0.0, 4.0], 0.9, [1, 3]),
        ([1.0, 5.0, 0.0, 4.0], 1.0, [1, 3, 0]),
        ([0.0, 0.0], 0.9, []),
    ],
)
def test_the_fewest_that_carry_a_part(
    weights: list[float], part: float, expected: list[int]
) -> None:
    assert list(carrying(np.array(weights), part)) == expected
    assert len(carrying(np.array(weights), part, most=1)) == min(1, len(expected))


SLOPE = np.array([0.6, -0.8, 0.0, 0.05])


def exponential(scores: Array) -> Array:
    return np.asarray(1e6 * np.exp(scores @ SLOPE))


def tried(claim: Claim, respond: Any, center: Array) -> least_change.LeastChange:
    scores = drawn_scores(80, len(center), 5)
    return least_change.least_change(claim, respond, center, [(scores, respond(scores))])


@pytest.mark.parametrize("factor", [5.0, 0.3])
def test_the_least_change_is_the_shortest_way_to_where_it_is_true(factor: float) -> None:
    """Where logs are linear, a claim is log(factor) over the length of the slope away.

    The third and fourth assumption carry next to nothing, so they stay; what is left out makes the
    way a little longer, and halving leaves 1/32 of it.
    """
    center = np.array([0.5, 0.0, 1.0, 0.0])
    start = float(exponential(center[None])[0])
    claim = about(">=" if factor > 1.0 else "<=", factor * start)
    found = tried(claim, exponential, center)
    shortest = abs(np.log(factor)) / np.linalg.norm(SLOPE)
    assert found.is_true
    assert claim.holds(np.array(found.value))
    assert found.value == pytest.approx(float(exponential(found.scores[None])[0]))
    assert shortest * 0.999 < found.distance < shortest * 1.05
    assert found.change[2] == found.change[3] == 0.0
    np.testing.assert_allclose(found.change[1] / found.change[0], -0.8 / 0.6, rtol=0.01)
    # The prior's own probability of the half-space beyond.
    out = found.change @ found.scores / found.distance
    assert found.probability == pytest.approx(stats.norm.sf(out))


def test_numbers_that_may_be_below_zero_have_slopes_of_their_own() -> None:
    def linear(scores: Array) -> Array:
        return np.asarray(scores @ SLOPE - 3.0)

    found = tried(about(">=", 0.0), linear, np.zeros(4))
    assert found.is_true
    assert found.distance == pytest.approx(3.0 / np.linalg.norm(SLOPE), rel=0.05)


def test_a_way_that_bends_is_followed() -> None:
    """The first assumption saturates, as values do at the ends of their range."""

    def bent(scores: Array) -> Array:
        return np.asarray(np.exp(1.5 * np.tanh(scores[:, 0]) + 0.5 * scores[:, 1]))

    found = tried(about(">=", np.exp(2.0)), bent, np.zeros(2))
    assert found.is_true
    # By hand: at s = (s0, 4 - 3 tanh s0), the shortest is at s0 = 1.10, of length 1.94.
    s0 = np.linspace(0.0, 3.0, 3001)
    shortest = np.hypot(s0, 4.0 - 3.0 * np.tanh(s0)).min()
    assert shortest * 0.999 < found.distance < shortest * 1.08


@pytest.mark.parametrize(
    ("claim", "farthest"),
    [(about(">=", 1e9), 1e6 * np.e), (about("<", -5.0), 1e6 / np.e), (about("=", 1e9), None)],
)
def test_what_no_change_makes_true_is_told(claim: Claim, farthest: float | None) -> None:
    """At most e times more or less, however far anything is moved."""

    def bounded(scores: Array) -> Array:
        return np.asarray(1e6 * np.exp(np.tanh(scores[:, 0])))

    found = tried(claim, bounded, np.zeros(3))
    assert not found.is_true
    assert found.distance == 0.0
    if farthest is not None:
        assert found.farthest == pytest.approx(farthest, rel=0.05)


def test_nothing_has_to_differ_where_it_is_true_or_has_no_number() -> None:
    there = tried(about("<", 1e9), exponential, np.zeros(4))
    assert (there.is_true, there.distance, there.probability) == (True, 0.0, 1.0)
    nowhere = tried(about("<", 1e9), lambda s: np.full(len(s), np.nan), np.zeros(4))
    assert (nowhere.is_true, nowhere.distance) == (False, 0.0)


def test_scores_of_values_are_the_scores_they_came_from() -> None:
    scores = np.clip(drawn_scores(40, len(PRIORS), 2), -2.5, 2.5)
    values = values_of(scores, PRIORS)
    found = scores_of(values, PRIORS)
    whole = np.array([one.is_whole for one in PRIORS])
    np.testing.assert_allclose(found[:, ~whole], scores[:, ~whole], atol=1e-5)
    np.testing.assert_array_equal(values_of(found, PRIORS)[:, whole], values[:, whole])


# What then fails


def test_a_published_number_is_kept_within_its_tolerance_and_its_bound() -> None:
    every = {one.id: one for one in every_target(INPUTS)}
    day = every["sora_day_one"]
    assert is_kept(day, 110e3)
    assert is_kept(day, 110e3 * 1.24)
    assert not is_kept(day, 110e3 * 1.26)
    assert errors_off(day, 110e3 * np.exp(0.4)) == pytest.approx(0.4 / day.log_sd)
    band = every["sora_d1_band"]
    assert errors_off(band, 0.2) == 0.0
    assert errors_off(band, 0.0) == -np.inf
    assert not is_kept(band, np.nan)
    bound = next(one for one in every.values() if one.bound == "at_least")
    assert is_kept(bound, 10.0 * bound.low)
    assert errors_off(bound, 10.0 * bound.low) == 0.0
    assert not is_kept(bound, 0.1 * bound.low)


# Cash


def paths(burn: list[list[float]], purse: float) -> CashPaths:
    out = np.array(burn)
    cash = purse - np.cumsum(out, axis=1)
    first = dt.date(2025, 10, 1)
    return CashPaths(first, first, np.arange(len(out)), cash, out, np.full(out.shape, 1000.0))


def test_cash_is_gone_when_what_is_spent_comes_to_it() -> None:
    """100 days of 10 a day, of 20 from day 50 on, and of a gain."""
    burn = [[10.0] * 100, [10.0] * 50 + [20.0] * 50, [-5.0] * 100]
    found = paths(burn, 1205.0)
    np.testing.assert_allclose(found.opening, 1205.0)
    # 1000 by the last day and 205 more at 10; 500, then 36 days of 20; never.
    np.testing.assert_allclose(found.days_left(), [99 + 20.5, 50 + 35, np.inf])
    np.testing.assert_array_equal(found.is_gone(), [False, True, False])
    np.testing.assert_allclose(found.days_left(95.0), [9, 9, np.inf])
    assert found.date_of(9.0) == dt.date(2025, 10, 10)
    assert found.date_of(np.inf) is None
    part = found.of_loss(dt.date(2025, 11, 15), dt.date(2025, 11, 24))
    np.testing.assert_allclose(part, [0.01, 0.0150, -0.005])
    assert [name for name, _, _ in found.quarters()] == ["2025Q4"]
    table = found.table()
    assert list(table["gone_on"]) == ["2026-01-28", "2025-12-25", ""]


# The commands


def tiny_posterior(folder: Path) -> Path:
    """Write twelve draws of the prior as a posterior."""
    scores = drawn_scores(12, len(PRIORS), 4)
    about = {"vintage": "", "as_of": "2025-12-31", "n_users": 100,
             "seed": 1, "facts": "", "targets": "", "model": ""}  # fmt: skip
    names = tuple(one.id for one in PRIORS)
    path = folder / "posterior.parquet"
    write_posterior(
        path,
        Posterior(
            names, values_of(scores, PRIORS), np.full(12, 1.0 / 12), ("market",) * 12, {}, about
        ),
    )
    return path


def test_the_commands_write_and_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Markets of 100 people: nothing is learned, all is there; the second time none is run."""
    monkeypatch.setattr(checking, "REPLICATES", 1)
    monkeypatch.setattr(checking, "SEEDS", 2)
    monkeypatch.setattr(least_change, "_ROUNDS", 1)
    monkeypatch.setattr(least_change, "_MOST_LOOKED_AT", 2)
    monkeypatch.setattr(least_change, "_FARTHER", (1.0,))
    monkeypatch.setattr(least_change, "_HALVINGS", 1)
    posterior = tiny_posterior(tmp_path)
    common = ["--posterior", str(posterior), "--draws", "10", "--users", "100", "--workers", "1",
              "--lab", str(tmp_path / "lab")]  # fmt: skip
    out = tmp_path / "claim"
    true, never = "installs@2025-05-21 <= 0", "installs@2025-10-31 < -5"
    words = ["claim", true, never, *common, "--out", str(out)]
    main(words)
    shown = capsys.readouterr()
    assert "Of 10 markets that agree with what was published, none makes it true" in shown.out
    assert "true as it stands: nothing has to differ" in shown.out
    assert "No change of assumptions that was tried within their ranges" in shown.out
    assert "fitted with another version of: facts, targets, model" in shown.err
    folder = out / _name_of(said(never))
    files = [*(folder / name for name in ("claim.csv", "changes.csv", "published.csv",
                                              "page.html")), out / "claims.csv"]  # fmt: skip
    first = {path: path.read_bytes() for path in files}
    numbers = pd.read_csv(files[0])
    assert list(numbers["markets"].value_counts()[["fitted", "prior", "baseline"]]) == [10, 10, 2]
    assert "<svg" not in first[files[3]].decode()  # inline as data, without script
    n_kept = len(list((tmp_path / "lab" / "runs").rglob("*.parquet")))
    main([*words, "--quiet"])
    assert capsys.readouterr().out == ""
    assert {path: path.read_bytes() for path in files} == first
    main(["runway", *common, "--out", str(tmp_path / "runway")])
    shown = capsys.readouterr()
    assert "With $1 billion put in (A86), cash" in shown.out
    assert len(pd.read_csv(tmp_path / "runway" / "runway.csv")) == 10
    assert (tmp_path / "runway" / "page.html").is_file()
    assert len(list((tmp_path / "lab" / "runs").rglob("*.parquet"))) == n_kept


def test_too_many_runs_that_fail_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    markets = KeptMarkets(INPUTS, 100, 1, Serial(), None, silent)

    def failing(*_: object) -> None:
        raise ValueError("broken on purpose")

    with pytest.raises(kept_markets.ExperimentError, match=r"2 of 2 runs: .*broken on purpose"):
        markets.rows([markets.scenario({}, turn) for turn in range(2)], failing, "some")  # type: ignore[arg-type]


def test_the_posterior_that_comes_with_the_model_is_the_one_shipped() -> None:
    from scenarios.fitting.posterior import SHIPPED

    if SHIPPED.exists():
        assert len(draw_runs.posterior_of(SHIPPED_POSTERIOR)) > 0
    else:
        with pytest.raises(Exception, match=r"posterior\.parquet: no such file"):
            draw_runs.posterior_of(SHIPPED_POSTERIOR)
