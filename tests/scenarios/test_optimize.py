"""The best policy and the best day: on hand-made numbers, in a market in closed form, as typed."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scenarios import baseline
from scenarios.asking.question import Measure
from scenarios.deciding import policies
from scenarios.deciding.curve import Curve, Doing, days_of
from scenarios.deciding.goals import Condition, Goal, condition, measured_by
from scenarios.deciding.trials import Trials, outcomes
from scenarios.deciding.valuing import Valuer
from scenarios.deciding.words import banded, headline, label, more
from sim.errors import ConfigError, UnknownNameError
from sim.experiments import Serial
from sim.experiments.design import factor
from sim.experiments.search import Lever
from sim.experiments.work.sources import Source
from tests.scenarios.test_sweep_command import run as ran
from tests.worlds import ALL_AT_ONCE, limit_scenario

BASE = baseline.scenario()
OF = ("2025-10-01", "2025-10-31")
MONEY = Measure("contribution_usd", "sora", *OF)
USERS = Measure("daily_active", "sora", *OF)
QUOTA = "event:quota_cut.set.free_quota_per_day"
LEVER = Lever(*factor(BASE, QUOTA, "1..30"))


def made(money: Any, users: Any = None, level: float = 50.0, upward: bool = True) -> Trials:
    """An outcome of (trials, draws) numbers; trial k sets a quota of k."""
    drawn = np.array(money, float)[:, :, None]
    kept = ()
    if users is not None:
        drawn = np.concatenate([drawn, np.array(users, float)[:, :, None]], axis=2)
        kept = (Condition(USERS, level, True),)
    points = tuple({QUOTA: k} if k else {} for k in range(len(drawn)))
    return Trials((Goal(MONEY, upward),), kept, points, drawn)


# Choosing


def test_the_best_on_average_need_not_have_the_least_regret() -> None:
    """Savage: in draws 1 and 2 the best have 10 and 9; regrets are 8, 10 and 4."""
    found = made([[2, 5], [10, -1], [6, 9 - 4]])
    assert found.best == 2
    found = made([[2, 5], [12, -1], [6, 4]])
    assert found.best == 1
    assert found.regrets.tolist() == [10.0, 6.0, 6.0]
    assert found.robust == 1, "of equals the first"
    assert made([[0, 0], [9, -2], [5, 3]]).robust == 2


def test_less_is_better_where_it_is_asked_for() -> None:
    found = made([[3, 3], [1, 2], [5, 0]], upward=False)
    assert found.best == 1
    assert found.so_far.tolist() == [3.0, 1.5, 1.5]


def test_what_must_be_kept_is_kept_on_average_and_told_by_draw() -> None:
    found = made([[0, 0], [9, 9], [5, 5]], users=[[60, 60], [40, 45], [49, 70]])
    assert found.kept.tolist() == [True, False, True]
    assert found.best == 2
    assert found.chances.tolist() == [1.0, 0.0, 0.5]
    none = made([[0, 0], [9, 9]], users=[[1, 2], [40, 60.5]], level=60.0)
    assert none.best is None
    assert none.robust is None
    assert none.nearest == 1
    assert headline(none, [LEVER]).startswith("None of 2 policies tried keeps daily active of Sora")
    assert more(none, [LEVER]) == ""


def test_a_policy_that_cannot_be_is_never_chosen() -> None:
    found = made([[0, 0], [np.nan, np.nan], [-1, -1]])
    assert found.best == 0
    assert "but what was done" in headline(found, [LEVER])
    assert math.isnan(found.regrets[1])
    assert found.regrets[2] == 1.0


def test_a_gain_whose_band_holds_0_cannot_be_told() -> None:
    unsure = made([[0.0, 0.0, 0.0], [5.0, 5.0, -1.0]])
    assert "cannot be told from what was done" in headline(unsure, [LEVER])
    sure = made([[0.0, 1.0, 2.0], [5.0, 6.0, 7.0]])
    assert "+$5 (+$5 to +$5) against what was done" in headline(sure, [LEVER])


def test_the_frontier_holds_what_nothing_beats() -> None:
    worth = np.array([[1, 9], [5, 5], [4, 4], [9, 1], [5, 5], [np.nan, 10]], float)
    everyone = np.ones(6, bool)
    assert policies.frontier(worth, everyone) == [0, 1, 3]
    assert policies.frontier(worth, np.array([False, True, True, True, True, True])) == [1, 3]


def test_bands_hold_nine_in_ten() -> None:
    band = policies.band(np.arange(101.0))
    assert band == (50.0, 5.0, 95.0)
    assert not band.straddles
    assert policies.MeanBand(1.0, -1.0, 3.0).straddles
    assert banded(policies.MeanBand(1e6, 5e5, 2e6), "USD", True) == "+$1 M (+$500 k to +$2 M)"


def test_labels_are_words() -> None:
    assert label("event:packs.set.pack_usd") == "price of a pack from the packs on [USD]"
    assert label("sora.marketing_usd_per_day") == "marketing per day of Sora [USD]"
    assert label("event:quota_cut.date") == "day of quota cut"


# Goals and conditions as typed


def test_a_metric_is_named_short_or_with_its_platform() -> None:
    def of(text: str) -> Measure:
        return measured_by(text, "sora", *OF, BASE)

    assert of("contribution") == of("contribution_usd") == of("sora.contribution") == MONEY
    assert of("google.clips").platform == "google"
    with pytest.raises(UnknownNameError, match="contribution"):
        of("contribtion")
    with pytest.raises(UnknownNameError, match="'sora'"):
        of("sra.clips")


@pytest.mark.parametrize(
    "text", ["daily_active", "daily_active>500", ">=5", "daily_active>=", "daily_active>=many"]
)
def test_a_condition_needs_a_sign_and_a_number(text: str) -> None:
    with pytest.raises(ConfigError, match=r"METRIC>=NUMBER|many"):
        condition(text, "sora", *OF, BASE)


def test_a_condition_is_a_level_from_below_or_above() -> None:
    low = condition("daily_active>=500k", "sora", *OF, BASE)
    high = condition("compute<=1e6", "sora", *OF, BASE)
    assert (low.level, low.at_least, high.at_least) == (500_000.0, True, False)
    assert low.lack(400_000.0) == 100_000.0
    assert high.lack(4e5) < 0.0


# The best day


def curve(money: Any, done: dt.date | None = dt.date(2025, 10, 15)) -> Curve:
    found = made(money)
    days = days_of(dt.date(2025, 10, 1), dt.date(2025, 10, 31), 15)
    return Curve(Doing(event="packs"), days, found, done)


def test_the_best_day_and_those_that_cannot_be_told_from_it() -> None:
    found = curve([[0, 0, 0], [1, 1, 1], [5, 5, 5], [6, 4, 4.9]])
    assert found.best == 1
    assert found.equals == (dt.date(2025, 10, 16), dt.date(2025, 10, 31))
    assert "on 2025-10-16: $5 ($5 to $5), +$5 (+$5 to +$5)" in found.headline()
    assert "2 of 3 days tried cannot be told from it" in found.more()
    ends = curve([[0, 0], [9, 9], [1, 1], [1, 1]], None)
    assert "an end of the days tried" in ends.headline()
    assert "against never doing it" in ends.headline()
    assert "No other day" in ends.more()


def test_a_deed_is_an_event_moved_or_a_parameter_set_from_a_day_on() -> None:
    day = dt.date(2025, 11, 1)
    assert Doing(event="packs").on(day) == {"event:packs.date": "2025-11-01"}
    assert Doing(event="packs").done(BASE) == dt.date(2025, 10, 30)
    stop = Doing(path="sora.running", value=False)
    assert stop.on(day) == {"sora.running@2025-11-01": False}
    assert stop.done(BASE) is None
    assert stop.text == "closing Sora"


@pytest.mark.parametrize(
    ("first", "last", "every"),
    [("2025-10-02", "2025-10-01", 1), ("2025-10-01", "2025-10-02", 14),
     ("2020-01-01", "2025-01-01", 1), ("2025-10-01", "2025-10-20", 0)],
)  # fmt: skip
def test_days_must_be_some_and_not_too_many(first: str, last: str, every: int) -> None:
    with pytest.raises(ConfigError):
        days_of(dt.date.fromisoformat(first), dt.date.fromisoformat(last), every)


# A market that has a closed form


def test_it_finds_the_best_price_of_a_market_in_closed_form(tmp_path: Path) -> None:
    """Nothing free, all alike: p Σ Poisson(d) / (1 + exp(-margin / noise)) on the first day.

    The market's own chance is small beside what a wrong price costs.
    """
    noise, n, mean = 0.4, 4_000, 5.0
    scenario = limit_scenario(
        n, {"a": {**ALL_AT_ONCE, "free_quota_per_day": 0, "pack_usd": 1.0, "pack_clips": 10,
                  "pack_leftover_worth": 0.5}},
        "well_mixed", 1, (), True, price_noise=noise, mean_clips=mean,
        median_willingness_usd=0.3,
    )  # fmt: skip

    def revenue(price: float) -> float:
        d = np.arange(1, 60)
        worth = np.minimum(d, 10) + 0.5 * (10 - np.minimum(d, 10))
        margin = math.log(0.3) + np.log(worth) - math.log(price)
        return float(price * (stats.poisson(mean).pmf(d) / (1.0 + np.exp(-margin / noise))).sum())

    first, last = str(scenario.market.start), str(scenario.market.until)
    lever = Lever(*factor(scenario, "a.pack_usd", "0.2..20:log"))
    wanted = (Goal(Measure("in_app_spend_usd", "a", first, last), True),)
    valuer = Valuer(Source(scenario), [wanted[0].measure], tmp_path / "runs", Serial(),
                    lambda done: None, lambda note: None)  # fmt: skip
    *_, found = outcomes([lever], wanted, (), valuer, 30, 2, 1, {"a.pack_usd": 1.0})
    assert found.best is not None
    price = float(found.points[found.best]["a.pack_usd"])
    best = max(revenue(p) for p in np.geomspace(0.2, 20.0, 2_000))
    assert revenue(price) > 0.97 * best
    assert found.band(found.best).mean / n == pytest.approx(revenue(price), rel=0.06)


# As typed

QUICK = ("--users", "500", "--draws", "2", "--until", "2025-11-20", "--set",
         "market.start=2025-09-25", "--posterior", "none")  # fmt: skip
SEARCHED = ("optimize", "--vary", "quota=1..30", "--vary", "price=1,4,16",
            "--keep", "daily_active>=1k", "--trials", "10")  # fmt: skip


def test_a_search_is_the_same_for_any_workers_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for workers, folder in zip(("1", "2"), folders, strict=True):
        code, out, _ = ran(capsys, *SEARCHED, *QUICK, "--workers", workers, "--out", str(folder))
        assert code == 0
        assert "policies tried" in out
    table, again = ((folder / "trials.csv").read_bytes() for folder in folders)
    assert table == again
    runs = sorted(folders[0].glob("runs/runs/*/*.parquet"))
    assert len(runs) > 10
    kept = [path.stat().st_mtime_ns for path in runs]
    runs_less = runs[::2]
    for path in runs_less:
        path.unlink()
    assert ran(capsys, *SEARCHED, *QUICK, "--out", str(folders[0]), "--quiet")[0] == 0
    assert (folders[0] / "trials.csv").read_bytes() == table
    untouched = [p.stat().st_mtime_ns for p in runs if p not in runs_less]
    assert untouched == [t for p, t in zip(runs, kept, strict=True) if p not in runs_less]
    html = (folders[0] / "page.html").read_text(encoding="utf-8")
    assert "event:quota_cut" not in html
    frame = pd.read_csv(folders[0] / "trials.csv")
    assert len(frame) == 10
    assert frame["keeps"].iloc[0]


def test_two_goals_have_a_frontier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(
        capsys, "optimize", "--maximize", "contribution", "--minimize", "compute",
        "--vary", "quota=1..30", "--trials", "6", *QUICK,
        "--out", str(tmp_path),
    )  # fmt: skip
    assert code == 0
    assert "The frontier" in out
    assert "lie on the frontier" in out


def test_timing_writes_a_curve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    when = ("--first", "2025-10-10", "--last", "2025-11-10", "--every", "10")
    for does in (("--event", "invites_dropped"), ("--stop",), ("--does", "sora.pack_usd=2")):
        code, out, err = ran(capsys, "timing", *does, *when, *QUICK, "--out", str(tmp_path))
        assert code == 0, err
        assert "By the day of" in out
        frame = pd.read_csv(tmp_path / "timing.csv")
        assert frame["day"].tolist() == [
            "as it was", "2025-10-10", "2025-10-20", "2025-10-30", "2025-11-09"
        ]  # fmt: skip
        assert (tmp_path / "page.html").is_file()


BAD = {
    "nothing to change": (("optimize",), "nothing may be changed"),
    "no such goal": (("optimize", "--maximize", "profits", "--vary", "quota=1..3"), "profits"),
    "three goals": (
        ("optimize", "--maximize", "clips", "--maximize", "installs", "--minimize", "compute",
         "--vary", "quota=1..3"),
        "3 goals",
    ),
    "range reversed": (("optimize", "--vary", "quota=30..1"), "must be below the second"),
    "no lever": (("optimize", "--vary", "qota=1..3"), "qota"),
    "no trials": (("optimize", "--vary", "quota=1..3", "--trials", "1"), "trials = 1"),
    "one draw": (("optimize", "--vary", "quota=1..3", "--draws", "1"), "draws = 1"),
    "no number": (("optimize", "--vary", "quota=1..3", "--keep", "clips"), "--keep 'clips'"),
    "no platform": (("optimize", "--vary", "quota=1..3", "--platform", "sra"), "'sora'"),
    "nothing timed": (("timing",), "give one of --event"),
    "two things timed": (("timing", "--stop", "--event", "packs"), "give one of --event"),
    "no event": (("timing", "--event", "pcks"), "'packs'"),
    "no value": (("timing", "--does", "sora.pack_usd"), "PATH=VALUE"),
    "of an event": (("timing", "--does", "quota=3"), "parameter of a platform"),
    "out of range": (("timing", "--does", "sora.p_active=3"), "p_active"),
    "days reversed": (
        ("timing", "--stop", "--first", "2025-12-01", "--last", "2025-11-01"), "last day 2025-11-01"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_2(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, words = BAD[case]
    code, _, err = ran(capsys, *arguments, "--out", str(tmp_path / "x"))
    assert code == 2
    assert words in err
    assert err.count("\n") == 1
    assert not (tmp_path / "x").exists()
