"""Writing into people: within bounds, in balance with the books, or refused in a line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from agents import User
from sim.errors import ClipmarketError, ConfigError
from sim.market import Market
from tests.worlds import small


@pytest.fixture
def market() -> Market:
    lived = small(300)
    lived.run("2025-10-20")
    return lived


WRONG: list[tuple[str, Any]] = [
    ("taste", math.nan), ("taste", math.inf), ("taste", "x"), ("taste", None), ("taste", 1e300),
    ("dropout", 1.5), ("dropout", -0.1), ("dropout", math.nan), ("codes", 251), ("codes", -1),
    ("codes", 2.5), ("codes", True), ("credit", 251), ("clips_total", 2**32), ("clips_total", "7"),
    ("clips_total", math.nan), ("purchases", 2**24), ("purchases", -1), ("purchases", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_no_column_can_hold_is_refused_in_a_line(
    market: Market, name: str, value: Any
) -> None:
    mine = market.users[5]["sora"]
    before = getattr(mine, name)
    with pytest.raises(ConfigError, match=rf"{name}.*must be") as refused:
        setattr(mine, name, value)
    assert len(str(refused.value).splitlines()) == 1
    assert getattr(mine, name) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("taste", np.float32(0.5)), ("dropout", 1), ("codes", np.int64(250)), ("credit", 3.0),
        ("clips_total", 1_000), ("purchases", np.uint8(7)),
    ],
)  # fmt: skip
def test_what_is_written_by_hand_is_in_the_books_that_night(
    market: Market, name: str, value: Any
) -> None:
    setattr(market.users[5]["sora"], name, value)
    assert getattr(market.users[5]["sora"], name) == value
    market.check()
    market.step()
    market.check()


@pytest.mark.parametrize("name", ["day_activated", "cause", "tier", "platform", "index", "marks"])
def test_what_follows_from_the_day_cannot_be_written(market: Market, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"{name} of user 5.*cannot be written.*status"):
        setattr(market.users[5]["sora"], name, 10**9)


@pytest.mark.parametrize("name", ["day_activated", "status", "cell", "taste", "clips_total"])
def test_a_column_is_no_attribute_of_a_user(market: Market, name: str) -> None:
    """It would look as if it had changed him."""
    with pytest.raises(ConfigError, match=rf"{name} of user 5: is a column"):
        setattr(market.users[5], name, 10**9)


def test_a_class_of_ones_own_has_attributes_of_its_own(market: Market) -> None:
    class Moody(User):
        taste = 0.0

    (user,) = market.users.promote([5], Moody)
    user.mood = 3  # type: ignore[attr-defined]
    user.taste = 0.5  # type: ignore[attr-defined]
    assert user.mood == 3  # type: ignore[attr-defined]
    assert market.users[5] is user


def test_columns_are_read_and_only_traits_written(market: Market) -> None:
    columns = market.users.columns
    for name in columns:
        array = columns[name]
        if name not in ("promoted", "uid", "visible", "clips_today", "shares", "purchases"):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
    for name in ("status", "day_activated", "codes", "cell", "purchases"):
        with pytest.raises(ConfigError, match=rf"{name}.*can only be read"):
            columns[name] = 0
    with pytest.raises(ClipmarketError, match="Did you mean 'status'"):
        columns["statuss"]
    for wrong in (np.nan, -1.0, np.inf, "x", np.zeros(3), None):
        before = columns["rate"].copy()
        with pytest.raises(ConfigError, match=r"rate.*must be"):
            columns["rate"] = wrong
        assert np.array_equal(columns["rate"], before)
    columns["rate"] = np.linspace(0.0, 5.0, 300)
    assert market.users[299].creation_rate == 5.0
    market.run()


def test_a_status_is_written_on_a_platform_to_a_user_that_there_is(market: Market) -> None:
    for p, row in ((2, 0), (0, 300)):
        with pytest.raises(IndexError):
            market.users.set_status(p, row, 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="9"):
        market.users.set_status(0, 0, 9)  # type: ignore[arg-type]
    for rows in ("x", 5, [1.5], [True], [None]):
        with pytest.raises(ConfigError, match=r"row|user"):
            market.users.activate("sora", rows)  # type: ignore[arg-type]
    market.check()


def test_codes_of_two_activations_do_not_outgrow_a_byte() -> None:
    """Whoever is put to work twice, by hand, has codes of one activation."""
    scenario = small(300).scenario_config
    many = scenario.platforms["sora"].changed("x", codes_per_user=250, code_delay_days=1.0)
    market = small(300, scenario=scenario.with_platform("sora", many))
    market.run("2025-10-10")
    for _ in range(3):
        for status in ("aware", "active"):
            for row in range(0, 300, 3):
                market.users[row]["sora"].status = status
        market.step()
    assert market.users.columns["codes_ready"].max() <= 250
