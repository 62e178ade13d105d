"""Compiled code calls kernels where they stand, with what they were made for, or not at all."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pytest
from numba.core import types
from numba.core.errors import TypingError

from sim.compiled import address_of, by_address, kernel


class Town(NamedTuple):
    """A world of its own."""

    day: int
    people: npt.NDArray[np.float64]
    news: npt.NDArray[np.float64]


class Morning(NamedTuple):
    """What of a town is another one each day."""

    day: int
    news: npt.NDArray[np.float64]


class Rumor(NamedTuple):
    """What no town has room for."""

    news: npt.NDArray[np.int64]


@kernel
def hear(town, row):  # type: ignore[no-untyped-def]
    """Add the news of the day to somebody; nobody hears more than 100."""
    town.people[row] += town.news[row] * town.day
    if town.people[row] > 100.0:
        raise ValueError("too much")
    return town.people[row]


_hear = by_address(hear, types.float64)


@kernel
def days(at, town, n):  # type: ignore[no-untyped-def]
    """Let somebody hear the news of some days, twice as many each day."""
    heard, row = 0.0, np.int64(1)
    for day in range(n):
        heard += _hear(at, town, Morning(day, town.news * day), (row,))
    return heard


@kernel
def rumors(at, town):  # type: ignore[no-untyped-def]
    """Hand over what is of another type than the town has."""
    return _hear(at, town, Rumor(np.zeros(3, np.int64)), (np.int64(1),))


def town() -> Town:
    return Town(7, np.zeros(3), np.array([1.0, 2.0, 3.0]))


def test_fields_are_replaced_and_the_rest_is_as_it_was() -> None:
    there = town()
    at = address_of(hear, there, 1)
    assert days(at, there, 4) == 0.0 + 2.0 + 10.0 + 28.0
    assert there.people.tolist() == [0.0, 28.0, 0.0]
    assert there.news.tolist() == [1.0, 2.0, 3.0]


def test_what_a_kernel_raises_is_raised() -> None:
    there = town()
    with pytest.raises(ValueError, match="too much"):
        days(address_of(hear, there, 1), there, 50)


@pytest.mark.parametrize("row", [1.0, np.uint8(1)])
def test_a_kernel_called_with_other_types_has_no_address(row: Any) -> None:
    """Called so it would read what stands elsewhere."""
    there = town()

    @numba.njit  # nothing of it is kept: types are compared where code is made
    def once(at, town):  # type: ignore[no-untyped-def]
        return _hear(at, town, Morning(1, town.news), (np.int64(1),))

    once.compile((types.uint64, numba.typeof(there)))
    with pytest.raises(TypeError, match="hear is made for"):
        address_of(hear, there, row)


def test_fields_of_another_type_are_refused() -> None:
    there = town()
    with pytest.raises(TypingError, match="news is of type"):
        rumors(address_of(hear, there, 1), there)
