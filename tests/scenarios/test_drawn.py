"""The posterior as an input: what a draw sets, replicates that are draws, mixtures, adoption."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import baseline
from scenarios.__main__ import main
from scenarios.asking.answers import certainty
from scenarios.asking.fifteen import FURTHER, one_fact
from scenarios.asking.lab import Lab, Size
from scenarios.asking.question import Measure
from scenarios.asking.shares import published
from scenarios.command.adopt import with_values
from scenarios.fitting.calibration import Fit, HeldTo
from scenarios.fitting.drawn import at_draw, joint
from scenarios.fitting.fits import mixed
from scenarios.fitting.identified import flat, most_bound, narrowed
from scenarios.fitting.measured import read_months, read_series, read_targets
from scenarios.fitting.posterior import Posterior, write_posterior
from scenarios.fitting.priors import priors
from scenarios.fitting.rivals import RIVALS, structured
from scenarios.fitting.rolling import ENSEMBLE, evidence, mixed_draws, weights
from scenarios.forecasting.forecast_table import N_DRAWS
from scenarios.inputs.assumptions import DATA, load_inputs
from sim.errors import DataError
from sim.experiments import LocalProcesses, Serial, Store, compare, ensemble, sweep
from tests.scenarios.test_questions import short_question
from tests.worlds import tiny

INPUTS = load_inputs()
BASE = baseline.scenario()
ABOUT = {"vintage": "", "as_of": "2025-12-31", "n_users": 1, "seed": 1, "facts": "f",
         "targets": "t", "model": "m"}  # fmt: skip


def posterior(
    structures: tuple[str, ...] = ("market", "market", "no_network"), **change: Any
) -> Posterior:
    """Three draws of wish, quota's neighbour A6, and rivalry."""
    values = np.array([[2.0, 0.3, 0.1], [4.0, 0.5, 0.2], [8.0, 0.45, 0.3]])
    n = len(structures)
    return Posterior(
        ("A5", "A33", "A22"), values[:n], np.full(n, 1.0 / n), structures, {"A5": 5.0},
        {**ABOUT, **change},
    )  # fmt: skip


# What a draw sets


def test_a_draw_sets_assumptions_and_structure() -> None:
    drawn = at_draw(BASE, posterior(), 2, INPUTS)
    assert drawn.market.mean_clips == 8.0
    assert drawn.platforms["sora"].p_active == drawn.platforms["google"].p_active == 0.45
    assert drawn.market.graph == structured(BASE, "no_network").market.graph
    first = at_draw(BASE, posterior(), 0, INPUTS)
    assert first.market.graph == BASE.market.graph
    assert first.platforms["sora"].free_quota_per_day == BASE.platforms["sora"].free_quota_per_day


def test_what_a_scenario_changes_on_purpose_stays_changed() -> None:
    own = BASE.set("sora.p_active", 0.9)
    drawn = at_draw(own, posterior(), 1, INPUTS)
    assert drawn.platforms["sora"].p_active == 0.9
    assert drawn.platforms["google"].p_active == 0.5
    assert drawn.market.mean_clips == 4.0


def test_replicates_are_draws_the_same_ones_for_every_scenario() -> None:
    a, b = tiny(), tiny().set("sora.free_quota_per_day", 1)
    both = [joint(one, posterior(), 6, INPUTS) for one in (a, b)]
    wishes = [[source.world(r).market.mean_clips for r in range(6)] for source in both]
    assert wishes[0] == wishes[1]
    assert sorted(wishes[0]) == [2.0, 2.0, 4.0, 4.0, 8.0, 8.0]
    runs = ensemble(both[0], 6, executor=Serial())
    assert [r.scenario.market.mean_clips for r in runs.results] == wishes[0]
    assert [r.scenario.market.seed for r in runs.results] == [1, 2, 3, 4, 5, 6]
    paired = compare(*both, 6, executor=Serial())
    own = paired.a.results[2].scenario, paired.b.results[2].scenario
    assert own[0].market.mean_clips == own[1].market.mean_clips


def test_a_sweep_of_draws_keeps_what_was_drawn_apart_from_what_was_varied(tmp_path: Path) -> None:
    source = joint(tiny(), posterior(), 3, INPUTS)
    vary = {"sora.free_quota_per_day": [1, 30]}
    folders = [tmp_path / "one", tmp_path / "two"]
    local = LocalProcesses(2)
    try:
        for folder, executor in zip(folders, (Serial(), local), strict=True):
            sweep(source, vary, 3, store=folder, executor=executor)
    finally:
        local.shutdown()
    stores = [Store(folder) for folder in folders]
    assert "market.mean_clips" in stores[0].drawn_paths()
    assert "sora.free_quota_per_day" not in stores[0].drawn_paths()
    one, two = (sorted(folder.glob("runs/*/*.parquet")) for folder in folders)
    assert len(one) == 6
    assert [p.name for p in one] == [p.name for p in two]
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_a_lab_asks_at_draws_and_tells_chance_apart() -> None:
    size = Size(300, 2, 300, 0, draws=4)
    whole = posterior(("market",) * 3)
    wishes = replace(whole, names=("A5",), values=whole.values[:, :1])
    lab = Lab(size, Serial(), posterior=wishes)
    found = lab.ask(short_question())
    assert len(found.drawn) == len(found.structures) == 4
    assert found.central is not None
    assert found.ensembles["baseline"].n == 4
    assert found.central.ensembles["baseline"].n == 2
    assert found.chance == found.central.number
    assert {own.value("A5") for own in found.drawn} <= {2.0, 4.0, 8.0}
    assert "agree with the record" in certainty(found)
    assert "chance included" in found.bands
    alone = Lab(size, Serial()).ask(short_question())
    assert alone.number == found.chance
    # What the runs of a question do not reach is left out of what may be published.
    end = str(found.ensembles["baseline"].dates[-1].date())
    reached = Measure("clips", "sora", "2025-11-01", end)
    asked = {"then": reached, "later": FURTHER["clips of Sora in March"],
             "others": Measure("clips", "nobody", "2025-11-01", end)}  # fmt: skip
    assert list(published(found, asked)) == ["then"]
    every = {"smaller_quota": found, "again": found}
    assert "may be published" in one_fact(every, lab) or "No assumption" in one_fact(every, lab)
    assert "Without draws" in one_fact({"smaller_quota": alone}, lab)


def test_what_a_structure_leaves_out_is_off_beside_numbers(tmp_path: Path) -> None:
    """A calendar's dates are numbers in one world of a store and none in another."""
    source = joint(tiny(), posterior(("market", "no_calendar", "no_network")), 3, INPUTS)
    sweep(source, {"sora.free_quota_per_day": [1, 30]}, 3, store=tmp_path, executor=Serial())
    frame = pd.read_parquet(tmp_path / "summary.parquet")
    assert len(frame) == 12
    (mixed_one,) = (n for n in frame if n.startswith("market.exposure_by_date.2025-12-20"))
    assert {"off"} < set(frame[mixed_one])


# Files and commands


def test_draws_of_the_twin_are_refused_as_a_market(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "twin.parquet"
    write_posterior(path, posterior(("twin", "twin", "twin")))
    for words in (
        ["compare", "baseline", "open_launch"], ["sweep", "baseline", "--vary", "quota=1,2"],
        ["report", "survive"], ["optimize", "--vary", "quota=1..3"], ["claim", "C4"],
    ):  # fmt: skip
        with pytest.raises(SystemExit) as stop:
            main([*words, "--posterior", str(path)])
        assert stop.value.code == 2
        err = capsys.readouterr().err
        assert "is no market of people" in err
        assert err.count("\n") == 1


def test_compare_and_sweep_take_a_posterior(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.parquet"
    write_posterior(path, posterior())
    small = ("--users", "300", "--until", "2025-10-20", "--replicates", "3", "--posterior",
             str(path))  # fmt: skip
    main(["compare", "baseline", "open_launch", *small])
    assert "drawn from the posterior" in capsys.readouterr().out
    main(["sweep", "baseline", "--vary", "quota=1,2", *small, "--out", str(tmp_path / "s"),
          "--quiet"])  # fmt: skip
    assert "market.mean_clips" in Store(tmp_path / "s").drawn_paths()


# Mixtures


def test_posteriors_are_mixed_by_weight_and_none_is_left_out() -> None:
    n = 100
    parts = [
        Posterior(("A5",), np.linspace(1.0, 9.0, n)[:, None], np.full(n, 1.0 / n), (name,) * n,
                  {"A5": float(k)}, ABOUT)
        for k, name in enumerate(list(RIVALS)[:3])
    ]  # fmt: skip
    whole = mixed(parts, [0.6, 0.399, 0.001], 50)
    share = {name: sum(w for w, s in zip(whole.weights, whole.structures, strict=True) if s == name)
             for name in list(RIVALS)[:3]}  # fmt: skip
    assert list(share.values()) == pytest.approx([0.6, 0.399, 0.001])
    assert len(whole) == pytest.approx(50, abs=3)
    assert whole.central == {"A5": 0.0}


def scored(log_scores: dict[str, dict[str, float]], as_of: str = "2025-11-30") -> pd.DataFrame:
    return pd.DataFrame([
        {"model": model, "fact": fact, "as_of": as_of, "is_counted": True, "log_score": value}
        for model, facts in log_scores.items() for fact, value in facts.items()
    ])  # fmt: skip


def test_weights_are_products_of_densities() -> None:
    """Log scores in nats: two numbers at 1 and 2 against 1 and 2 + log 3 are as 3 to 1."""
    rows = scored({"a": {"F1": 1.0, "F2": 2.0}, "b": {"F1": 1.0, "F2": 2.0 + np.log(3.0)}})
    assert weights(rows, ["a", "b"]) == pytest.approx({"a": 0.75, "b": 0.25})
    assert weights(pd.DataFrame(), ["a", "b"]) == {"a": 0.5, "b": 0.5}


def test_a_number_counts_once_from_the_latest_forecast_that_reaches_it() -> None:
    early = scored({"a": {"F1": 9.0, "F2": 1.0}}, "2025-10-31")
    late = scored({"a": {"F1": 2.0}}, "2025-11-15")
    doubtful = scored({"a": {"F3": 50.0}}).assign(is_counted=False)
    assert dict(evidence(pd.concat([late, early, doubtful]))) == {"a": 3.0}


def test_a_mixture_has_draws_of_each_in_proportion() -> None:
    def frame(model: str, value: float) -> pd.DataFrame:
        return pd.DataFrame({
            "model": model, "platform": "sora", "metric": "installs",
            "date_start": dt.date(2026, 1, 1), "draw": np.arange(N_DRAWS), "value": value,
        })  # fmt: skip

    found = mixed_draws({"a": frame("a", 1.0), "b": frame("b", 2.0)}, {"a": 0.7, "b": 0.3})
    assert set(found["model"]) == {ENSEMBLE}
    assert sorted(found["draw"]) == list(range(N_DRAWS))
    assert (found["value"] == 1.0).mean() == pytest.approx(0.7, abs=0.002)


# What data tell apart


def made_up(n: int = 4_000) -> Fit:
    """Scores of which the sum of two is known and their difference is not; one drives April."""
    every = priors(INPUTS)
    names = [one.id for one in every]
    rng = np.random.default_rng(3)
    before, after = rng.standard_normal((2, n, len(every)))
    i, j, driver = (names.index(one) for one in ("A1", "A22", "A34"))
    after[:, j] = -after[:, i] + 0.1 * rng.standard_normal(n)
    months, series = len(read_months()), read_series()
    tracks = np.exp(rng.standard_normal((n, len(series), months)))
    place = series.index(("sora", "daily_active"))
    tracks[:, place, 6] = np.exp(after[:, driver] + 0.5 * rng.standard_normal(n))
    tracks[:, place, 3] = tracks[:, place, 6] ** 2
    held = HeldTo(dt.date(2025, 12, 31)).observations(INPUTS)
    nothing = np.ones((n, len(read_targets())))
    return Fit(every, held, before, after, nothing, nothing, tracks)


def test_a_flat_pair_is_found_and_what_narrows_comes_first() -> None:
    found = made_up()
    pair = flat(found, "A1", "A22")
    assert pair.correlation < -0.98
    assert pair.across == pytest.approx(0.1 / np.sqrt(2.0), rel=0.1)
    assert pair.along == pytest.approx(np.sqrt(2.0), rel=0.05)
    assert set(most_bound(found, 5)[0].ids) == {"A1", "A22"}
    rows = narrowed(found, "sora", "daily_active", 6, [("sora", "daily_active", 3)])
    assert rows[0].what[:2] == ("sora", "daily_active")
    assert rows[0].left == pytest.approx(0.0, abs=1e-6)
    assert rows[1].what == ("A34",)
    assert rows[1].left == pytest.approx(np.sqrt(1.0 - 0.8), abs=0.03)  # r² = 1 / 1.25


# Adoption


def test_adopting_writes_values_and_leaves_all_else() -> None:
    text = (DATA / "assumptions.toml").read_text(encoding="utf-8")
    again = with_values(text, {"A1": 61e6, "A5": 4.0, "A22": -0.5})
    assert "value = 61e6\n" in again
    assert "value = 4.0\n" in again
    changed = [
        (old, new) for old, new in zip(text.splitlines(), again.splitlines(), strict=True)
        if old != new
    ]  # fmt: skip
    assert len(changed) == 3
    assert all(new.startswith("value = ") for _, new in changed)
    whole = next(
        one for one in INPUTS.assumptions.values()
        if isinstance(one.value, int) and one.prior is not None
    )  # fmt: skip
    assert f"value = {int(whole.value) + 1}\n" in with_values(text, {whole.id: whole.value + 1.2})
    with pytest.raises(DataError, match="A2 has no value that is one number"):
        with_values(text, {"A2": 1.0})


def test_a_draw_that_is_not_there_is_refused() -> None:
    from sim.errors import ConfigError

    with pytest.raises(ConfigError, match="draw"):
        posterior().at(3)
    assert replace(posterior(), central={}).central == {}
