"""Parameters are refused in one line: what was given, what is allowed, what to put there."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import pytest

from sim.config import Config, par, parse_date
from sim.errors import ConfigError


class Shop(Config):
    """One parameter of every kind."""

    size: int = par(2, "count", "Even.", low=2, high=8, step=2)
    rate: float = par(1.0, "share", "More than none.", above=0)
    color: Literal["red", "green"] = par("red", "color", "Of the door.")
    opens: dt.date = par(dt.date(2025, 1, 1), "date", "First day.")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("size", 3, "shop: size = 3: must be a multiple of 2. Even."),
        ("size", 10, "shop: size = 10: must be less than or equal to 8. Even."),
        ("rate", 0, "shop: rate = 0: must be greater than 0. More than none."),
        ("rate", True, "shop: rate = True: must be a number, not a switch. More than none."),
        (
            "color", "gren",
            "shop: color: unknown color 'gren'. Did you mean 'green'? Allowed: green, red. "
            "Of the door.",
        ),
        (
            "opens", "20250101",
            "shop: opens = '20250101': must be a date, written YYYY-MM-DD, such as 2025-12-31. "
            "First day.",
        ),
        ("sise", 2, "shop: unknown parameter 'sise'. Did you mean 'size'? "
                    "Allowed: color, opens, rate, size."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_in_one_line(name: str, value: Any, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Shop.parse({name: value}, "shop")
    assert str(caught.value) == told


@pytest.mark.parametrize("text", ["2025-02-30", "20250228", "2025-W09-5", "28.02.2025", ""])
def test_a_date_is_written_in_one_way(text: str) -> None:
    """Python alone would also take the second and the third."""
    with pytest.raises(ConfigError, match=r"^until = .* YYYY-MM-DD, such as 2025-12-31\.$"):
        parse_date(text, "until")
    assert parse_date(" 2025-02-28 ", "until") == dt.date(2025, 2, 28)


def test_a_name_as_long_as_a_file_is_cut() -> None:
    with pytest.raises(ConfigError) as caught:
        Shop.parse({"color": "x" * 100_000}, "shop")
    assert len(str(caught.value)) < 200
