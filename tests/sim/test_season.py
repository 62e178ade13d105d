"""Days that differ: which multiplier a date has, and that days which do not differ do nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from sim.errors import ConfigError
from sim.season import Season
from tests.worlds import BUSY_PLATFORMS, bits, busy_market, limit_scenario, lived

MONDAY = dt.date(2025, 9, 29)
WEEK = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)


@pytest.mark.parametrize("start", [MONDAY + dt.timedelta(days=k) for k in range(7)])
def test_the_weekday_of_a_day_is_that_of_its_date(start: dt.date) -> None:
    """Monday first, whatever day the run begins on, through a leap day and the turn of a year."""
    season = Season(start, WEEK, {})
    for day in range(0, 1_000, 9):
        assert season.on(day) == WEEK[(start + dt.timedelta(days=day)).weekday()]
    assert MONDAY.strftime("%A") == "Monday"
    assert Season(MONDAY, WEEK, {}).on(0) == 1.0


def test_dates_are_joined_by_lines_and_others_are_as_any() -> None:
    """1 before the first and after the last; of one date alone, that day."""
    season = Season(MONDAY, (), {"2025-10-01": 3.0, "2025-10-05": 1.0, "2025-10-07": 0.0})
    found = [season.on(day) for day in range(12)]
    assert found == [1.0, 1.0, 3.0, 2.5, 2.0, 1.5, 1.0, 0.5, 0.0, 1.0, 1.0, 1.0]
    alone = Season(MONDAY, (), {"2025-09-30": 4.0})
    assert [alone.on(day) for day in range(4)] == [1.0, 4.0, 1.0, 1.0]


def test_a_holiday_on_a_weekday_is_both() -> None:
    season = Season(MONDAY, WEEK, {"2025-10-01": 3.0, "2025-10-02": 0.5})
    assert [season.on(day) for day in range(5)] == [1.0, 2.0, 9.0, 2.0, 5.0]


def test_a_calendar_may_begin_before_the_run_and_end_after_it() -> None:
    season = Season(MONDAY, (), {"2025-09-19": 0.0, "2025-10-09": 2.0})
    assert [season.on(day) for day in (0, 5, 10, 11)] == [1.0, 1.5, 2.0, 1.0]


def test_a_market_has_one_for_news_and_one_for_visits() -> None:
    given = {
        "exposure_by_weekday": WEEK, "visits_by_date": {"2025-01-03": 2.0, "2025-01-01": 0.5},
    }  # fmt: skip
    config = limit_scenario(10, {"a": {}}, **given).market
    # 1 January 2025 was a Wednesday; dates may be told in any order.
    assert [config.rel_exposure(day) for day in range(8)] == [3, 4, 5, 6, 7, 1, 2, 3]
    assert [config.rel_visits(day) for day in range(5)] == [0.5, 1.25, 2.0, 1.0, 1.0]
    assert list(config.visits_by_date) == ["2025-01-01", "2025-01-03"]


FLAT: dict[str, Any] = {
    "exposure_by_weekday": (1.0,) * 7, "visits_by_weekday": (1.0,) * 7,
    "exposure_by_date": {"2025-01-03": 1.0}, "visits_by_date": {"2025-01-02": 1.0},
}  # fmt: skip
NONE: dict[str, Any] = {
    "exposure_by_weekday": (),
    "visits_by_weekday": (),
    "exposure_by_date": {},
    "visits_by_date": {},
}


def test_a_calendar_of_like_days_is_none_at_all() -> None:
    """Bit for bit, with everything else on; and one of unlike days is felt."""
    assert len(BUSY_PLATFORMS) == 2
    flat, none, unlike = (lived(busy_market(200, days=20, **c)) for c in (FLAT, NONE, {}))
    assert bits(flat) == bits(none) != bits(unlike)


@pytest.mark.parametrize("field", ["exposure", "visits"])
@pytest.mark.parametrize(
    ("by", "value", "told"),
    [
        ("weekday", (1.0, 2.0), "2 numbers: must be 7"),
        ("weekday", (1.0,) * 6 + (-1.0,), "finite and >= 0"),
        ("weekday", (1.0,) * 6 + (float("inf"),), "finite and >= 0"),
        ("date", {"2025-02-30": 1.0}, "2025-02-30"),
        ("date", {"2025-02-03": float("nan")}, "finite"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_in_a_line(
    field: str, by: str, value: Any, told: str
) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        limit_scenario(10, {"a": {}}, **{f"{field}_by_{by}": value})
    assert f"{field}_by_{by}" in str(error.value)
    assert len(str(error.value).splitlines()) == 1
