"""Games whose answer is known: what is read off a table of payoffs must give it."""

from __future__ import annotations

from collections.abc import Callable

import nashpy
import numpy as np
import pytest

from scenarios.dueling.answering import ends, walk
from scenarios.dueling.duels import PAYOFFS
from scenarios.dueling.equilibria import chance_pure, equilibria, names_of, undominated
from scenarios.dueling.games import COLS, ROWS, Game
from scenarios.dueling.verdicts import Sides, best_by_mean, best_move
from sim.errors import ConfigError
from sim.formulas import Array

DILEMMA = Game.of([[3, 0], [5, 1]], [[3, 5], [0, 1]], [["quiet", "talk"]] * 2)
PENNIES = Game.of([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], [["heads", "tails"]] * 2)
#: Battle of the sexes: both want to meet, each elsewhere.
SEXES = Game.of([[3, 0], [0, 2]], [[2, 0], [0, 3]], [["opera", "match"]] * 2)
WHO = Sides("Row", "Column")
CONTRIBUTION, USERS, SHARE = PAYOFFS[:3]


def cournot(profit: Callable[[Array, Array], Array], quantities: Array) -> Game:
    """Return the game of two who choose a quantity each from a grid."""
    own, other = np.meshgrid(quantities, quantities, indexing="ij")
    return Game.of(profit(own, other), profit(other, own), [[f"{q:g}" for q in quantities]] * 2)


def pure_names(game: Game) -> set[tuple[str, str]]:
    return {
        (next(names_of(one, game, ROWS))[0], next(names_of(one, game, COLS))[0])
        for one in equilibria(game).found
        if one.is_pure
    }


def test_prisoners_talk_whatever_the_other_does() -> None:
    found = equilibria(DILEMMA)
    assert pure_names(DILEMMA) == {("talk", "talk")}
    assert len(found.found) == 1
    assert found.found[0].payoffs == (1.0, 1.0)
    assert not found.is_degenerate
    for side in (ROWS, COLS):
        assert best_by_mean(DILEMMA, side) == [1, 1]
        # By hand: quiet leaves 5 - 3 and 1 - 0 below the best answer, talk nothing.
        np.testing.assert_array_equal(DILEMMA.regret(side)[0], [[2.0, 1.0], [0.0, 0.0]])
        assert [list(one) for one in undominated(DILEMMA.payoffs[:, 0])] == [[1], [1]]
    assert walk(DILEMMA.payoffs[:, 0], ROWS).end == (1, 1)


def test_pennies_are_tossed_evenly_and_answers_go_round() -> None:
    """The one equilibrium is half and half, worth nothing; answering in turn never ends."""
    found = equilibria(PENNIES).found
    assert len(found) == 1
    for weights in found[0].weights:
        np.testing.assert_allclose(weights, [0.5, 0.5], atol=1e-12)
    np.testing.assert_allclose(found[0].payoffs, 0.0, atol=1e-12)
    for first in (ROWS, COLS):
        assert walk(PENNIES.payoffs[:, 0], first).n_cycle == 4
        assert dict(ends(PENNIES, first)) == {None: 1}


def test_coordination_has_three_equilibria() -> None:
    """Two pure ones, and the mixed one in which each makes the other indifferent: 3/5, 2/5."""
    found = equilibria(SEXES).found
    assert pure_names(SEXES) == {("opera", "opera"), ("match", "match")}
    mixed = [one for one in found if not one.is_pure]
    assert len(found) == 3
    np.testing.assert_allclose(mixed[0].weights[ROWS], [0.6, 0.4])
    np.testing.assert_allclose(mixed[0].weights[COLS], [0.4, 0.6])
    np.testing.assert_allclose(mixed[0].payoffs, [1.2, 1.2])
    assert walk(SEXES.payoffs[:, 0], ROWS).end == (0, 0)
    assert walk(SEXES.payoffs[:, 0], ROWS, (0, 1)).end == (1, 1)
    assert walk(SEXES.payoffs[:, 0], COLS, (0, 1)).end == (0, 0)


def test_cournot_with_rising_cost_meets_its_closed_form() -> None:
    """Profit q (a - q - r) - k q² has the equilibrium q = a / (3 + 2 k).

    The best answer moves by 1 / (2 + 2 k) = 1/3 of a step of the rival, so it is never halfway
    between two places of the grid, and the equilibrium on the grid is the one of the line.
    """
    a, k = 120.0, 0.5
    game = cournot(lambda q, r: q * (a - q - r) - k * q**2, np.arange(0.0, 61.0, 5.0))
    assert pure_names(game) == {("30", "30")}
    assert len(equilibria(game).found) == 1
    led = walk(game.payoffs[:, 0], ROWS)
    assert game.labels[0][led.end[0]] == game.labels[1][led.end[1]] == "30"
    assert led.n_cycle == 0


def test_cournot_with_even_cost_has_its_neighbors_too() -> None:
    """Without rising cost q = a / 3; on a grid its neighbors tie, so (q ± h, q ∓ h) are there."""
    game = cournot(lambda q, r: q * (120.0 - q - r), np.arange(0.0, 61.0, 10.0))
    assert pure_names(game) == {("40", "40"), ("30", "50"), ("50", "30")}
    assert equilibria(game).is_degenerate


def test_dollars_and_cents_have_the_same_equilibria() -> None:
    """Losses of hundreds of millions are told apart as well as single units."""
    for scale, shift in ((1e8, -3e8), (1e-6, 5.0)):
        moved = Game(SEXES.payoffs * scale + shift, SEXES.labels)
        np.testing.assert_allclose(
            [one.weights for one in equilibria(moved).found],
            [one.weights for one in equilibria(SEXES).found],
            atol=1e-6,
        )


def test_every_mixed_equilibrium_keeps_the_definition() -> None:
    """On random games no pure move does better than the mixture, for either side.

    There are as many as vertex enumeration finds, which is another algorithm and far slower.
    """
    rng = np.random.default_rng(3)
    n_mixed = 0
    for _ in range(12):
        game = Game.of(rng.random((4, 3)), rng.random((4, 3)))
        found = equilibria(game)
        assert not found.is_degenerate
        other = nashpy.Game(game.payoffs[ROWS, 0], game.payoffs[COLS, 0])
        assert len(found.found) == len(list(other.vertex_enumeration()))
        for one in found.found:
            rows, columns = (game.payoffs[side, 0] for side in (ROWS, COLS))
            assert (rows @ one.weights[COLS]).max() <= one.payoffs[ROWS] + 1e-9
            assert (one.weights[ROWS] @ columns).max() <= one.payoffs[COLS] + 1e-9
            n_mixed += not one.is_pure
    assert n_mixed > 0


def test_no_equilibrium_is_lost_among_nine_moves_and_seven() -> None:
    """Of this random game vertex enumeration finds three, in half a minute; the number is odd."""
    rng = np.random.default_rng(1)
    found = equilibria(Game.of(rng.random((9, 7)), rng.random((9, 7))))
    assert len(found.found) == 3
    assert not found.is_degenerate


def test_variance_is_split_by_hand() -> None:
    """Payoff 2 i + j + 3 d + i j d on two levels of -1 and 1: squares of the coefficients."""
    d, i, j = np.meshgrid([-1.0, 1.0], [-1.0, 1.0], [-1.0, 1.0], indexing="ij")
    payoffs = 2.0 * i + j + 3.0 * d + 0.5 * i * j + i * j * d
    game = Game.of(payoffs, payoffs)
    whole = 4.0 + 1.0 + 9.0 + 0.25 + 1.0
    np.testing.assert_allclose(game.shares(ROWS), np.array([4.0, 1.0, 0.25, 9.0, 1.0]) / whole)
    np.testing.assert_allclose(game.shares(COLS), np.array([1.0, 4.0, 0.25, 9.0, 1.0]) / whole)
    assert sum(Game.of(np.ones((3, 2)), np.ones((3, 2))).shares(ROWS)) == 0.0


def with_draws(n_best: int, n: int) -> Game:
    """Return a game in which the second row is the best in some draws, whatever the column."""
    rows = np.zeros((n, 2, 2))
    rows[:n_best, 1] = 10e6
    rows[n_best:, 1] = -1e6
    return Game.of(rows, np.zeros((n, 2, 2)), [["as it was", "new"], ["left", "right"]])


def test_a_move_is_called_best_only_if_draws_tell() -> None:
    sure, unsure = with_draws(15, 16), with_draws(12, 16)
    text = best_move(sure, ROWS, CONTRIBUTION, WHO)
    assert text.startswith("Whatever Column does, Row's best for contribution to the end is “new” "
                           "(best in 15 of 16 draws")  # fmt: skip
    assert "+$10 M" in text
    assert text.endswith("; next best on average: “as it was”).")
    text = best_move(unsure, ROWS, CONTRIBUTION, WHO)
    assert text.startswith("Draws do not tell which move of Row is best")
    assert "best in 12 of 16 draws; “as it was” in 4" in text
    np.testing.assert_array_equal(unsure.chance_best(ROWS), [[0.25, 0.25], [0.75, 0.75]])
    np.testing.assert_array_equal(chance_pure(unsure), unsure.chance_best(ROWS))


def test_shares_differ_by_points() -> None:
    """From 40 to 60 % are 20 points, not 20 % more."""
    shares = np.tile([[0.4], [0.6]], (16, 1, 2))
    game = Game.of(shares, 1.0 - shares, [["as it was", "new"], ["left", "right"]])
    assert "changes that by +20 points;" in best_move(game, ROWS, SHARE, WHO)


def test_a_best_move_that_depends_on_the_other_is_told_with_what() -> None:
    text = best_move(SEXES, ROWS, USERS, WHO)
    assert text == (
        "Row's best for daily users in the last month depends on what Column does: “opera” against "
        "“opera” (best in 1 of 1 draws); “match” against “match” (best in 1 of 1 draws)."
    )


@pytest.mark.parametrize(
    ("rows", "columns", "labels", "words"),
    [
        ([[1, 2]], [[1], [2]], None, "the same for both sides"),
        ([], [], None, "not empty"),
        ([[1, np.nan]], [[1, 2]], None, "finite"),
        ([[1, 2]], [[1, 2]], [["a"], ["b"]], "must be 1 and 2 names"),
    ],
)
def test_what_is_no_game_is_refused(
    rows: list[list[float]],
    columns: list[list[float]],
    labels: list[list[str]] | None,
    words: str,
) -> None:
    with pytest.raises(ConfigError, match=words):
        Game.of(rows, columns, labels)
