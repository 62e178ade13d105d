"""Scores are what their definitions say; every fact is scored, or it is said why not."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from scenarios.forecasting.backtesting import Backtest, backtest, by_model, day_of, with_lines
from scenarios.forecasting.fact_metrics import FACT_METRICS, NOT_SCORED, Observed, observed
from scenarios.forecasting.fact_periods import Predicted, predicted, series_of
from scenarios.forecasting.forecast_files import Forecast
from scenarios.forecasting.forecast_table import FORECASTED, months, quantile_rows, tidy_draws
from scenarios.forecasting.scores import COVERED, score
from scenarios.inputs.fact import Fact
from scenarios.inputs.facts import Facts, load_facts
from sim.errors import ConfigError

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 4, 30)
MONTHS = months(FIRST, LAST)
POOL = 0.2


def fact(metric: str = "monthly_downloads", unit: str = "downloads/month", **cells: Any) -> Fact:
    given = {
        "id": "X1", "date_start": FIRST, "date_end": dt.date(2026, 1, 31), "entity": "Sora",
        "source": "nobody", "kind": "analyst", "confidence": "low",
    }  # fmt: skip
    return Fact.parse({**given, "metric": metric, "unit": unit, **cells}, "here")


def seen(low: float, high: float, **values: Any) -> Observed:
    one = Observed("X1", "installs", "sora", FIRST, MONTHS[0].last, True, low, high)
    return replace(one, **values)


def lognormal(middle: float = 1e6, sd: float = 0.3, n: int = 40_000) -> np.ndarray[Any, Any]:
    return middle * np.exp(sd * np.random.default_rng(1).standard_normal(n))


def test_crps_of_logs_is_that_of_a_normal() -> None:
    """Gneiting and Raftery 2007, eq. 21: sd·(z(2Φ(z)-1) + 2φ(z) - 1/√π); error of draws 1/√n."""
    sd, number = 0.3, 1.4e6
    z = math.log(1.4) / sd
    expected = sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / math.sqrt(math.pi))
    found = score(lognormal(sd=sd), seen(number, number))
    assert found.crps_log == pytest.approx(expected, abs=4 * sd / math.sqrt(40_000))
    assert found.log_score == pytest.approx(-norm.logpdf(z) + math.log(sd), abs=0.02)
    assert found.error_log == pytest.approx(math.log(1.4), abs=0.01)
    inside = [float(abs(z) < norm.ppf((1 + share) / 2)) for share in COVERED]
    assert found.inside == tuple(inside)


def test_a_bound_is_scored_by_what_it_rules_out() -> None:
    """∫ F(x)² dx below the bound, on the log scale, by quadrature; and -log P(beyond)."""
    sd, bound = 0.3, 1.1e6
    z = math.log(1.1) / sd
    expected = sd * quad(lambda x: norm.cdf(x) ** 2, -12, z)[0]
    found = score(lognormal(sd=sd), seen(bound, math.inf))
    assert found.crps_log == pytest.approx(expected, abs=4 * sd / math.sqrt(40_000))
    assert found.log_score == pytest.approx(-norm.logsf(z), abs=0.03)
    assert all(math.isnan(one) for one in found.inside)
    above = score(lognormal(sd=sd), seen(0.0, bound))
    expected = sd * quad(lambda x: norm.sf(x) ** 2, z, 12)[0]
    assert above.crps_log == pytest.approx(expected, abs=4 * sd / math.sqrt(40_000))
    assert score(lognormal(), seen(1.0, math.inf)).crps_log == pytest.approx(0.0, abs=1e-9)
    assert math.isfinite(score(lognormal(), seen(1e12, math.inf)).log_score)


def test_a_range_is_the_mean_over_its_numbers() -> None:
    low, high = 9e5, 1.6e6
    found = score(lognormal(), seen(low, high))
    numbers = np.exp(np.linspace(math.log(low), math.log(high), 400))
    each = [score(lognormal(n=4_000), seen(one, one)).crps_log for one in numbers[::20]]
    assert found.crps_log == pytest.approx(float(np.mean(each)), abs=0.02)
    assert found.error_log == 0.0
    assert 0.0 < found.inside[0] < found.inside[1] <= 1.0


def test_scores_do_not_break_where_draws_are_all_alike_or_none() -> None:
    for draws in (np.full(500, 1e6), np.zeros(500)):
        for one in (seen(1e6, 1e6), seen(1e6, math.inf), seen(0.0, 1e5), seen(1e5, 1e6)):
            found = score(draws, one)
            assert all(math.isfinite(value) for value in found[:4])


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [
        ({"value": 5.0}, 5.0, 5.0),
        ({"value": 5.0, "low": 4.0, "high": 6.0}, 4.0, 6.0),
        ({"low": 4.0, "high": 6.0}, 4.0, 6.0),
        ({"value": 5.0, "low": 5.0}, 5.0, math.inf),
        ({"low": 5.0}, 5.0, math.inf),
        ({"value": 5.0, "high": 5.0}, 0.0, 5.0),
        ({"high": 5.0}, 0.0, 5.0),
        ({"value": 5.0, "low": 4.0}, 4.0, 5.0),
        ({"value": 5.0, "high": 6.0}, 5.0, 6.0),
    ],
)
def test_ends_of_a_fact(cells: dict[str, float], low: float, high: float) -> None:
    found = observed(fact(**cells), POOL)
    assert isinstance(found, Observed)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (fact(value=5.0, entity="Meta Vibes"), "nothing is forecast"),
        (fact("likes", value=5.0), "no metric of a forecast"),
        (fact("monthly_download", value=5.0), "is monthly_downloads meant"),
        (fact(unit="users", value=5.0), "understood in"),
        (fact(), "has no number"),
        (fact("monthly_downloads_outlier", value=5.0), "outlier"),
        (fact(value=0.0, low=0.0), "nothing about a number above 0"),
    ],
)
def test_a_fact_that_cannot_be_scored_says_why(one: Fact, why: str) -> None:
    assert why in str(observed(one, POOL))


def test_units_peaks_and_worldwide_counts() -> None:
    year = observed(fact("annual_compute_cost_forbes", "USD/year", value=365.0), POOL)
    assert isinstance(year, Observed)
    assert (year.low, year.is_total) == (1.0, False)
    peak = observed(fact("DAU_peak", "users/day", value=7.0), POOL)
    assert isinstance(peak, Observed)
    assert (peak.low, peak.high, peak.is_bound) == (0.0, 7.0, True)
    clips = observed(fact("veo3_videos_cumulative", "videos", value=50.0, entity="Google"), POOL)
    assert isinstance(clips, Observed)
    assert (clips.low, clips.platform, clips.is_total) == (10.0, "google", True)


def test_every_metric_of_the_facts_is_scored_or_said_not_to_be() -> None:
    """Whoever adds a flow of a platform to the facts decides what it is in a forecast."""
    assert not set(FACT_METRICS) & set(NOT_SCORED)
    assert {one.metric for one in FACT_METRICS.values()} == set(FORECASTED)
    units = {unit for one in FACT_METRICS.values() for unit in one.units} | {"downloads/day"}
    for one in load_facts().values():
        if one.entity in ("Sora", "Google") and one.unit in units:
            assert one.metric in FACT_METRICS or one.metric in NOT_SCORED, one.metric


def rows(metric: str, values: Any, model: str = "m", platform: str = "sora") -> pd.DataFrame:
    return tidy_draws(model, platform, metric, MONTHS, values)


def of(frame: pd.DataFrame, one: Observed) -> Predicted | str:
    (series,) = series_of(frame).values()
    return predicted(series, one)


VALUES = np.array([[31.0, 28.0, 62.0, 60.0], [310.0, 280.0, 620.0, 600.0]])


@pytest.mark.parametrize(
    ("metric", "is_total", "first", "last", "expected", "is_exact"),
    [
        ("installs", True, "2026-01-01", "2026-01-31", 31.0, True),
        ("installs", True, "2026-01-01", "2026-02-28", 59.0, True),
        ("installs", False, "2026-01-01", "2026-02-28", 1.0, True),
        ("clips", False, "2026-02-01", "2026-02-28", 28.0, True),
        ("clips", True, "2026-02-01", "2026-02-28", 28.0 * 28, True),
        ("clips", False, "2026-01-01", "2026-02-28", (31 * 31 + 28 * 28) / 59, True),
        ("clips", False, "2026-03-10", "2026-03-10", 62.0, False),
        ("clips", False, "2026-03-22", "2026-04-10", 61.0, False),
    ],
)
def test_months_are_added_up_or_averaged(
    metric: str, is_total: bool, first: str, last: str, expected: float, is_exact: bool
) -> None:
    days = {"first": dt.date.fromisoformat(first), "last": dt.date.fromisoformat(last)}
    found = of(rows(metric, VALUES), seen(1.0, 1.0, metric=metric, is_total=is_total, **days))
    assert isinstance(found, Predicted)
    assert found.draws == pytest.approx([expected, 10 * expected])
    assert found.is_exact == is_exact


@pytest.mark.parametrize(
    ("metric", "is_total", "first", "last", "why"),
    [
        ("installs", True, "2025-12-01", "2026-01-31", "begins on 2025-12-01"),
        ("installs", True, "2026-04-01", "2026-05-31", "not all of its days"),
        ("installs", True, "2025-12-01", "2025-12-31", "no day of it"),
        ("installs", False, "2026-01-05", "2026-01-05", "a part of a month"),
        ("clips", True, "2026-01-05", "2026-01-15", "a part of a month"),
    ],
)
def test_a_period_that_is_not_forecast_is_not_made_up(
    metric: str, is_total: bool, first: str, last: str, why: str
) -> None:
    days = {"first": dt.date.fromisoformat(first), "last": dt.date.fromisoformat(last)}
    assert why in str(of(rows(metric, VALUES), seen(1.0, 1.0, is_total=is_total, **days)))


def test_quantiles_stand_for_draws_of_a_month_and_for_no_sum() -> None:
    draws = rows("installs", np.stack([lognormal(n=4_000)] * 4, axis=1))
    by_quantile = quantile_rows(draws)
    month = seen(1.2e6, 1.2e6)
    exact, near = (of(frame, month) for frame in (draws, by_quantile))
    assert isinstance(exact, Predicted)
    assert isinstance(near, Predicted)
    a, b = score(exact.draws, month), score(near.draws, month)
    assert b.crps_log == pytest.approx(a.crps_log, rel=0.03)
    assert b.log_score == pytest.approx(a.log_score, abs=0.05)
    assert "cannot be added" in str(of(by_quantile, seen(1.0, 1.0, last=dt.date(2026, 2, 28))))


def both(n: int = 300) -> Forecast:
    rng = np.random.default_rng(2)
    frames = [
        rows("installs", middle * np.exp(0.3 * rng.standard_normal((n, 4))), model)
        for model, middle in (("good", 1e6), ("line", 2e6))
    ]
    return Forecast("mine", dt.date(2025, 12, 31), pd.concat(frames, ignore_index=True), {})


def held(*facts: Fact, refused: tuple[str, ...] = ()) -> Backtest:
    known = Facts({one.id: one for one in facts}, "")
    return backtest([(both(), frozenset({"line"}))], known, POOL, refused)


def test_the_better_model_has_the_better_score() -> None:
    found = held(
        fact(value=1e6),
        fact(id="X2", value=1.1e6, date_start=MONTHS[1].first, date_end=MONTHS[1].last),
    )
    table = by_model(found.scores).set_index("model")
    good, line = table.loc["good"], table.loc["line"]
    assert good["n"] == line["n"] == 2
    ratio = good["crps_log"] / line["crps_log"]
    assert good["to_best_line"] == good["to_mean_line"] == pytest.approx(ratio)
    assert ratio < 0.5
    assert line["to_best_line"] == 1.0
    assert good["log_score"] < line["log_score"]
    assert good["inside_95"] == 1.0
    assert line["inside_50"] == 0.0


def test_every_row_is_scored_or_listed() -> None:
    facts = [
        fact(value=1e6),
        fact(id="X2", value=5.0, date_start=dt.date(2025, 12, 1), date_end=dt.date(2025, 12, 31)),
        fact("DAU", "users/day", id="X3", value=5.0),
        fact("likes", id="X4", value=5.0),
        fact(id="X5", value=5.0, date_end=dt.date(2026, 1, 30)),
    ]
    found = held(*facts, refused=("facts.csv:9: value = 'x': is not a number.",))
    assert set(found.scores["fact"]) == {"X1"}
    left = dict(zip(found.unscored["fact"], found.unscored["reason"], strict=True))
    assert set(left) == {"", "X2", "X3", "X4", "X5"}
    for name, why in (("X2", "known by the day of the forecast"), ("X3", "no model forecasts"),
                      ("X4", "no metric"), ("X5", "part of a month"),
                      ("", "not a number")):  # fmt: skip
        assert why in left[name]


def test_lines_of_its_own_day_stand_beside_a_forecast() -> None:
    asked: list[tuple[dt.date, dt.date]] = []

    def lines(as_of: dt.date, until: dt.date) -> pd.DataFrame:
        asked.append((as_of, until))
        return pd.concat([rows("installs", VALUES, "line"), rows("installs", VALUES, "other")])

    forecast, names = with_lines(both(), lines)
    assert names == {"line", "other"}
    assert set(forecast.rows["model"]) == {"good", "line", "other"}
    own = forecast.rows[forecast.rows["model"] == "line"]
    assert own["draw"].nunique() == 300  # as it was locked, not made anew
    bare = replace(both(), as_of=None, rows=quantile_rows(both().rows))
    assert day_of(bare) == dt.date(2025, 12, 31)
    assert set(with_lines(bare, lines)[0].rows["model"]) == {"good", "line", "other"}
    assert asked == [(dt.date(2025, 12, 31), LAST)] * 2
    with pytest.raises(ConfigError, match="no forecast to score"):
        backtest([], Facts({}, ""), POOL)
