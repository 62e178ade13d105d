"""Equilibria: pairs of moves, or of mixtures of moves, from which no side gains by leaving.

Pure ones are read off the table. Mixed ones are found by nashpy on the game without moves that are
never a best answer, and each is held to the definition itself before it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scenarios.dueling.games import COLS, ROWS, Game, are_best
from sim.formulas import Array

#: Of the range of payoffs: less than this is rounding, and no gain.
_ROUNDING = 1e-9
#: A move of less weight is no part of a mixture.
_NO_WEIGHT = 1e-6


@dataclass(frozen=True)
class Equilibrium:
    """Weights of both sides' moves, from which neither gains by leaving.

    Parameters
    ----------
    weights
        Of the first side's moves, (rows,), and of the second's, (columns,); each sums to 1.
    payoffs
        What both sides may expect.
    """

    weights: tuple[Array, Array]
    payoffs: tuple[float, float]

    @property
    def is_pure(self) -> bool:
        """Whether each side makes one move for certain."""
        return all(bool((one == 1.0).any()) for one in self.weights)


@dataclass(frozen=True)
class Equilibria:
    """What was found of a game.

    Parameters
    ----------
    found
        The pure ones first.
    is_degenerate
        Whether some move has more best answers than it has parts, so that there may be more mixed
        ones than are told.
    """

    found: tuple[Equilibrium, ...]
    is_degenerate: bool


def pure_cells(payoffs: Array) -> npt.NDArray[np.bool_]:
    """Return where both moves are best answers to each other.

    Parameters
    ----------
    payoffs
        (2, ..., rows, columns) of both sides.
    """
    of_columns = are_best(payoffs[COLS].swapaxes(-1, -2)).swapaxes(-1, -2)
    return np.asarray(are_best(payoffs[ROWS]) & of_columns)


def chance_pure(game: Game) -> Array:
    """Return (rows, columns) part of the draws in which a cell is an equilibrium."""
    return np.asarray(pure_cells(game.payoffs).mean(axis=0))


def equilibria(game: Game) -> Equilibria:
    """Return the equilibria of the mean payoffs.

    References
    ----------
    Support enumeration: Nisan et al. (2007), Algorithmic Game Theory, algorithm 3.4, as in nashpy.
    """
    means = game.payoffs.mean(axis=1)
    found = [_pure(means, int(i), int(j)) for i, j in np.argwhere(pure_cells(means))]
    kept = undominated(means)
    small = _scaled(means[:, kept[ROWS]][:, :, kept[COLS]])
    for weights in _supports(small):
        wide = tuple(
            _spread(one, places, n)
            for one, places, n in zip(weights, kept, means.shape[1:], strict=True)
        )
        one = _held(means, (wide[ROWS], wide[COLS]))
        if one is not None and not one.is_pure:
            found.append(one)
    # But for degenerate games the number is odd (Wilson 1971).
    return Equilibria(tuple(found), _has_ties(small) or len(found) % 2 == 0)


def undominated(
    payoffs: Array,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the moves left of each side once what another move always beats is left out.

    Moves that are beaten only after others are gone go too; no equilibrium is lost by it.

    Parameters
    ----------
    payoffs
        (2, rows, columns).
    """
    kept = [np.arange(n) for n in payoffs.shape[1:]]
    while True:
        left = payoffs[:, kept[ROWS]][:, :, kept[COLS]]
        stay = [_not_beaten(left[ROWS]), _not_beaten(left[COLS].T)]
        if all(one.all() for one in stay):
            return kept[ROWS], kept[COLS]
        kept = [places[one] for places, one in zip(kept, stay, strict=True)]


def _not_beaten(own: Array) -> npt.NDArray[np.bool_]:
    """Return which rows no other row beats in every column."""
    beaten = np.asarray(own[None, :, :] > own[:, None, :]).all(axis=2)
    return np.asarray(~np.any(beaten, axis=1))


def _scaled(payoffs: Array) -> Array:
    """Return payoffs from 0 to 1 for each side, which changes no equilibrium."""
    low = payoffs.min(axis=(1, 2), keepdims=True)
    span = payoffs.max(axis=(1, 2), keepdims=True) - low
    return np.asarray((payoffs - low) / np.where(span > 0.0, span, 1.0))


def _supports(payoffs: Array) -> Iterator[tuple[Array, Array]]:
    """Yield weights that leave each side indifferent among as many moves as the other mixes.

    Each pair of supports is solved as a game of its own: with the other moves in it, whose weights
    must come out as 0 exactly, rounding makes nashpy lose equilibria.
    """
    from nashpy.algorithms.support_enumeration import potential_support_pairs, solve_indifference

    for chosen in potential_support_pairs(payoffs[ROWS], payoffs[COLS], non_degenerate=True):
        n = len(chosen[ROWS])
        if n < 2:
            continue
        block = payoffs[:, chosen[ROWS]][:, :, chosen[COLS]]
        solved = [
            solve_indifference(one, range(n), range(n)) for one in (block[COLS].T, block[ROWS])
        ]
        # A move of no weight is left to the smaller support.
        if all(one is not False and np.min(one) > _NO_WEIGHT for one in solved):
            rows, columns = (
                _spread(one, np.array(places), size)
                for one, places, size in zip(solved, chosen, payoffs.shape[1:], strict=True)
            )
            yield rows, columns


def _has_ties(payoffs: Array) -> bool:
    """Return whether a single move has two best answers."""
    answers = are_best(payoffs[ROWS]).sum(axis=0), are_best(payoffs[COLS].T).sum(axis=0)
    return max(int(one.max()) for one in answers) > 1


def _spread(weights: Array, places: npt.NDArray[np.int64], n: int) -> Array:
    wide = np.zeros(n)
    wide[places] = np.where(weights > _NO_WEIGHT, weights, 0.0)
    return np.asarray(wide / wide.sum())


def _pure(means: Array, i: int, j: int) -> Equilibrium:
    rows, columns = np.zeros(means.shape[1]), np.zeros(means.shape[2])
    rows[i] = columns[j] = 1.0
    return Equilibrium((rows, columns), (float(means[ROWS, i, j]), float(means[COLS, i, j])))


def _held(means: Array, weights: tuple[Array, Array]) -> Equilibrium | None:
    """Return an equilibrium; None if a side would gain by leaving."""
    of_rows, of_columns = means[ROWS] @ weights[COLS], weights[ROWS] @ means[COLS]
    expected = float(weights[ROWS] @ of_rows), float(of_columns @ weights[COLS])
    for best, value, payoffs in zip((of_rows.max(), of_columns.max()), expected, means,
                                    strict=True):  # fmt: skip
        if best - value > _ROUNDING * max(float(np.ptp(payoffs)), np.finfo(float).tiny):
            return None
    return Equilibrium(weights, expected)


def names_of(one: Equilibrium, game: Game, side: int) -> Iterator[tuple[str, float]]:
    """Yield the moves of a side in an equilibrium with their weights, the heaviest first."""
    weights = one.weights[side]
    for place in np.argsort(-weights, kind="stable"):
        if weights[place] > 0.0:
            yield game.labels[side][int(place)], float(weights[place])
