"""The fixture that compares: what it lets pass and what not; and no oracle is left out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.verification import ORACLES, Finding, Verified, show

SCIENCE = Path(__file__).resolve().parent / "science"


@pytest.fixture
def kept() -> list[Finding]:
    return []


def test_the_row_and_the_assertion_agree(kept: list[Finding]) -> None:
    compare = Verified(kept.append)
    compare("O1", "near", 1.001, 1.0, 0.01)
    compare.same("O1", "equal", np.arange(3), np.arange(3))
    compare.above("O1", "more", 2, 1)
    compare.below("O1", "less", 1, 2)
    assert [row.holds for row in kept] == [True] * 4
    for wrong in (
        lambda: compare("O1", "far", 1.1, 1.0, 0.01),
        lambda: compare("O1", "one of many", [1.0, np.nan], 1.0, 0.01),
        lambda: compare.same("O1", "unequal", np.arange(3), np.array([0, 1, 3])),
        lambda: compare.same("O1", "texts", "a", "b"),
        lambda: compare.above("O1", "equal is not more", 1, 1),
        lambda: compare.below("O1", "nan is not less", np.nan, 2),
    ):
        with pytest.raises(AssertionError):
            wrong()
    assert [row.holds for row in kept[4:]] == [False] * 6


def test_of_many_values_the_row_shows_the_one_nearest_to_its_limit(kept: list[Finding]) -> None:
    Verified(kept.append)("O1", "days", [1.0, 2.5, 3.1], [1.0, 2.0, 3.0], [0.1, 1.0, 0.11])
    assert kept[0].measured == "3.1"
    assert kept[0].claim == "days (worst of 3)"


def test_comparing_nothing_is_an_error(kept: list[Finding]) -> None:
    for compare in (
        lambda: Verified(kept.append)("O1", "empty", [], [], 0.1),
        lambda: Verified(kept.append).same("O1", "empty", np.zeros(0), np.zeros(0)),
    ):
        with pytest.raises(AssertionError, match="nothing was compared"):
            compare()


def test_numbers_are_written_with_five_digits() -> None:
    assert [show(x) for x in (3.0, 1234567, 0.0123456, 1e12)] == [
        "3",
        "1,234,567",
        "0.012346",
        "1e+12",
    ]


def test_every_oracle_is_compared_with_somewhere() -> None:
    """`make verify` fails, too, if a run leaves one out; this says so before an hour of tests."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SCIENCE.glob("test_*.py"))
    compared = set(re.findall(r"verified(?:\.\w+)?\(\s*\"(O\d+)\"", text))
    assert compared == set(ORACLES)
