"""What a number hangs on over draws: against closed forms, and against nothing."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios.asking.shares import STRUCTURE, Share, explained


def normal(key: int, n: int) -> np.ndarray:
    return np.random.default_rng([7, key]).standard_normal(n)


def parts(found: tuple[Share, ...]) -> dict[str, float]:
    return {one.what: one.part for one in found}


def test_parts_of_a_sum_are_the_parts_of_its_variance() -> None:
    """Y = 2 A + B + C: four, one and one sixths; on ranks of normals as Pearson (1907) has it.

    Ranks of two normals of correlation r correlate by (6/π) asin(r/2).
    """
    n = 20_000
    a, b, c, d = (normal(k, n) for k in range(4))
    found = explained(2.0 * a + b + c, {"A": a, "B": b, "D": d})
    assert [one.what for one in found] == ["A", "B"]
    for name, r_squared in (("A", 4 / 6), ("B", 1 / 6)):
        expected = (6.0 / np.pi * np.arcsin(r_squared**0.5 / 2.0)) ** 2
        assert parts(found)[name] == pytest.approx(expected, abs=0.01)


def test_what_moves_a_number_up_on_both_sides_counts_too() -> None:
    a, noise = normal(1, 5_000), normal(2, 5_000)
    assert parts(explained(a**2 + 0.1 * noise, {"A": a}))["A"] > 0.8


def test_draws_far_out_do_not_decide() -> None:
    a, b = normal(1, 400), normal(2, 400)
    y = a + 0.1 * b
    y[7] = 1e12
    assert parts(explained(y, {"A": a, "B": b}))["A"] > 0.9


def test_a_structure_counts_as_one_thing() -> None:
    n = 3_000
    names = tuple("xyz"[k % 3] for k in range(n))
    of = np.array([{"x": -1.0, "y": 0.0, "z": 1.0}[one] for one in names])
    sd = float(np.sqrt(2.0 / 3.0))  # of the three alone, so that half the variance is theirs
    found = explained(of + sd * normal(3, n), {"A": normal(4, n)}, names)
    assert [one.what for one in found] == [STRUCTURE]
    assert found[0].part == pytest.approx(0.5, abs=0.05)


def test_of_nothing_at_most_one_table_in_twenty_names_something() -> None:
    """105 things that do nothing, over 100 draws: 5 % of 400 tables, within 3 deviations."""
    rng = np.random.default_rng(11)
    named = 0
    for _ in range(400):
        things = {str(k): values for k, values in enumerate(rng.standard_normal((105, 100)))}
        named += bool(explained(rng.standard_normal(100), things))
    assert named <= 0.05 * 400 + 3.0 * (400 * 0.05 * 0.95) ** 0.5


@pytest.mark.parametrize("number", [np.full(20, np.nan), np.ones(20), np.array([1.0, 2.0])])
def test_a_number_that_does_not_differ_hangs_on_nothing(number: np.ndarray) -> None:
    assert explained(number, {"A": normal(1, len(number))}) == ()


def test_draws_without_a_value_are_left_out() -> None:
    a = normal(1, 300)
    y = a.copy()
    y[::3] = np.nan
    assert parts(explained(y, {"A": a}))["A"] == pytest.approx(1.0)
    infinite = a.copy()
    infinite[0] = np.inf
    assert parts(explained(a, {"A": infinite}))["A"] > 0.8
