"""The simple lines see only what was known, and say how unsure they are."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from scenarios.forecasting.bass_line import bass_logs
from scenarios.forecasting.forecast_checks import check_rows
from scenarios.forecasting.forecast_table import FORECASTED, months
from scenarios.forecasting.known_rates import Rate, known_rates
from scenarios.forecasting.simple_lines import (
    LINE_NAMES,
    LINES,
    exponential_decay,
    last_ratio,
    last_value,
    simple_lines,
)
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.facts import load_facts
from sim.errors import ConfigError

FACTS = load_facts()
N = 4_000
OVER = months(dt.date(2026, 1, 1), dt.date(2026, 4, 30))
AT = np.array([Rate(one.first, one.last, 0.0, 0.0).month for one in OVER])


def rate(month: int, value: float, log_sd: float = 0.01) -> Rate:
    (one,) = months(dt.date(2025, month, 1), dt.date(2025, month, 1))
    return Rate(one.first, one.last, math.log(value), log_sd)


def drawn(line: Any, *known: Rate) -> Any:
    return line(known, AT, np.random.default_rng(1), N)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_rates_are_what_was_published_over_its_days() -> None:
    """Cumulative counts become what came between them (SOR015, SOR010 and SOR012, SOR016)."""
    found = known_rates(day("2025-12-31"))
    installs = found["sora", "installs"]
    december = installs[-1]
    assert math.exp(december.log) == pytest.approx(FACTS["SOR024"].number / 31)
    between = next(one for one in installs if one.last == day("2025-10-18"))
    assert between.first == day("2025-10-07")
    assert math.exp(between.log) == pytest.approx((2_600_000 - 1_200_000) / 12)
    clips = found["google", "clips"]
    assert math.exp(clips[1].log) == pytest.approx(30e6 * float(load_inputs().value("A45")) / 13)
    assert math.exp(found["sora", "in_app_spend_usd"][0].log) == pytest.approx(540_000 / 31)
    (users,) = found["sora", "daily_active"]
    assert math.exp(users.log) == pytest.approx(673_000)  # the best day is no rate
    assert {metric for _, metric in found} == set(FORECASTED)
    assert all(one.month <= two.month for some in found.values()
               for one, two in pairwise(some))  # fmt: skip


@pytest.mark.parametrize("as_of", ["2025-10-31", "2025-11-15", "2025-11-30"])
def test_nothing_later_is_seen(as_of: str) -> None:
    early = known_rates(day(as_of))
    assert all(one.last <= day(as_of) for some in early.values() for one in some)
    assert ("sora", "in_app_spend_usd") not in early
    assert (("sora", "daily_active") in early) == (as_of == "2025-11-30")


def test_the_last_value_stays() -> None:
    logs = drawn(last_value, rate(11, 50.0), rate(12, 100.0))
    se = logs.std(axis=0) / math.sqrt(N)
    assert np.all(np.abs(logs.mean(axis=0) - math.log(100.0)) < 4 * se)


def test_the_last_ratio_goes_on() -> None:
    """With hardly an error the slope is the ratio, per month of equal length."""
    logs = drawn(last_ratio, rate(11, 200.0, 1e-4), rate(12, 100.0, 1e-4))
    dt_seen = rate(12, 1.0).month - rate(11, 1.0).month
    slope = -math.log(2.0) / dt_seen
    expected = math.log(100.0) + slope * (AT - rate(12, 1.0).month)
    assert np.all(np.abs(logs.mean(axis=0) - expected) < 4 * logs.std(axis=0) / math.sqrt(N))
    alone = drawn(last_ratio, rate(12, 100.0))
    assert np.abs(alone.mean(axis=0) - math.log(100.0)).max() < 0.1


def test_decay_falls_from_the_peak_as_it_fell() -> None:
    known = [rate(8, 10.0), *(rate(m, 100.0 * 0.7 ** (m - 9)) for m in range(9, 13))]
    logs = drawn(exponential_decay, *known)
    slope = np.diff(logs.mean(axis=0)) / np.diff(AT)
    assert slope == pytest.approx(math.log(0.7), abs=0.05)
    rising = drawn(exponential_decay, rate(11, 50.0), rate(12, 100.0))
    assert np.all(np.diff(np.median(rising, axis=0)) < 0.0)  # the prior alone


@pytest.mark.parametrize("name", LINES)
def test_the_farther_and_the_rougher_the_wider(name: str) -> None:
    smooth = [rate(m, 100.0) for m in (9, 10, 11, 12)]
    rough = [rate(m, v) for m, v in zip((9, 10, 11, 12), (100, 400, 100, 300), strict=True)]
    sure, unsure = (drawn(LINES[name], *known).std(axis=0) for known in (smooth, rough))
    assert np.all(np.diff(sure) > 0.0)
    assert np.all(unsure > 1.2 * sure)


def test_bass_finds_its_own_market() -> None:
    """Installs and users of a market of its own, nearly without error, are foretold within it."""
    people, alone, by_users, leave, there = 3e7, 3e-3, 0.02, 0.05, 0.5
    start, without, active = day("2025-09-30"), people, 0.0
    installs, users = {}, {}
    for n in range(213):
        come = without * (alone + by_users * active / people)
        without, active = without - come, active * (1 - leave) + come
        installs[start + dt.timedelta(n)], users[start + dt.timedelta(n)] = come, active * there

    def mean(series: dict[dt.date, float], first: str, last: str) -> float:
        return float(np.mean([v for d, v in series.items() if day(first) <= d <= day(last)]))

    spans = [("2025-09-30", "2025-10-15"), ("2025-10-16", "2025-10-31"),
             ("2025-11-01", "2025-11-30"), ("2025-12-01", "2025-12-31")]  # fmt: skip
    known = {
        name: [Rate(day(a), day(b), math.log(mean(series, a, b)), 0.01) for a, b in spans]
        for name, series in (("installs", installs), ("daily_active", users))
    }
    known["clips"] = [Rate(day("2025-12-01"), day("2025-12-31"), math.log(1e6), 0.01)]
    found = bass_logs(known, OVER, np.random.default_rng(1), N)
    for name, series in (("installs", installs), ("daily_active", users)):
        true = [math.log(mean(series, str(m.first), str(m.last))) for m in OVER]
        low, high = np.quantile(found[name], [0.1, 0.9], axis=0)
        assert np.all((low < true) & (true < high)), name
    per_user = found["clips"].mean(0) - found["daily_active"].mean(0)
    assert per_user == pytest.approx(per_user[0], abs=0.1)  # clips go with users
    assert bass_logs({"clips": known["clips"]}, OVER, np.random.default_rng(1), 10) == {}


def test_all_lines_make_a_forecast_and_the_same_one() -> None:
    frame = simple_lines(day("2025-12-31"), day("2026-04-30"), n=50)
    check_rows(frame, "lines")
    assert set(frame["model"]) == set(LINE_NAMES)
    assert set(frame["date_start"]) == {one.first for one in OVER}
    assert frame["draw"].nunique() == 50
    again = simple_lines(day("2025-12-31"), day("2026-04-30"), n=50)
    assert frame.equals(again)
    assert not frame.equals(simple_lines(day("2025-12-31"), day("2026-04-30"), n=50, seed=2))
    again["value"] = 0.0  # what somebody does with his copy is his own affair
    assert simple_lines(day("2025-12-31"), day("2026-04-30"), n=50).equals(frame)


def test_lines_without_a_record_or_a_future_are_refused() -> None:
    with pytest.raises(ConfigError, match="nothing was published"):
        simple_lines(day("2025-05-01"), day("2025-06-30"))
    with pytest.raises(ConfigError, match="must not come first"):
        simple_lines(day("2025-12-31"), day("2025-10-31"))
    with pytest.raises(ConfigError, match="draws"):
        simple_lines(day("2025-12-31"), day("2026-01-31"), n=1)
