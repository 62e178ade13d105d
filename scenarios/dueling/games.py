"""A game of two sides: payoffs for every pair of moves, over draws of what is not known.

Nothing here knows of markets: a table of payoffs goes in, and what follows from it comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.checks import short
from sim.errors import ConfigError
from sim.formulas import Array

#: Which of the arrays is whose: the side whose moves are rows, and the one whose are columns.
ROWS, COLS = 0, 1


class Shares(NamedTuple):
    """Parts of the variance of a payoff over all cells and draws; they sum to 1.

    Parameters
    ----------
    own, rival
        What the own move does whatever else is, and the rival's.
    both
        What the two moves do together beyond that.
    draws
        What is drawn, parameters and luck, whatever the moves.
    moves_by_draws
        That moves do other things in other draws.
    """

    own: float
    rival: float
    both: float
    draws: float
    moves_by_draws: float


@dataclass(frozen=True)
class Game:
    """Payoffs of both sides, more being better.

    Parameters
    ----------
    payoffs
        (2, draws, rows, columns): of the side that chooses rows, and of the one that chooses
        columns.
    labels
        Moves of the first side, and of the second.
    """

    payoffs: Array
    labels: tuple[tuple[str, ...], tuple[str, ...]]

    @classmethod
    def of(
        cls,
        rows: npt.ArrayLike,
        columns: npt.ArrayLike,
        labels: Sequence[Sequence[str]] | None = None,
    ) -> Game:
        """Make a game from the payoffs of both sides.

        Parameters
        ----------
        rows, columns
            (rows, columns) or (draws, rows, columns) payoffs of each side.
        labels
            Of both sides' moves, else their numbers.

        Raises
        ------
        ConfigError
            If shapes differ, or a payoff is no number.

        Examples
        --------
        >>> Game.of([[3, 0], [5, 1]], [[3, 5], [0, 1]]).best(ROWS)
        array([[False, False],
               [ True,  True]])
        """
        both = [np.asarray(one, np.float64) for one in (rows, columns)]
        shapes = [one.shape for one in both]
        if shapes[0] != shapes[1] or both[0].ndim not in (2, 3) or not both[0].size:
            raise ConfigError(
                f"payoffs of shape {shapes[0]} and {shapes[1]}: must be (rows, columns) or (draws, "
                "rows, columns), the same for both sides, and not empty."
            )
        payoffs = np.stack([one if one.ndim == 3 else one[None] for one in both])
        if not np.isfinite(payoffs).all():
            bad = payoffs[~np.isfinite(payoffs)].flat[0]
            raise ConfigError(f"payoff = {bad:g}: must be a finite number in every cell and draw.")
        sizes = payoffs.shape[2:]
        names = labels or [[str(k) for k in range(n)] for n in sizes]
        if tuple(map(len, names)) != sizes:
            raise ConfigError(f"labels = {short(names)}: must be {sizes[0]} and {sizes[1]} names.")
        return cls(payoffs, (tuple(names[ROWS]), tuple(names[COLS])))

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return int(self.payoffs.shape[1])

    def seen_by(self, side: int) -> Array:
        """Return (draws, own, rival) payoffs of a side."""
        own = self.payoffs[side]
        return np.asarray(own if side == ROWS else own.transpose(0, 2, 1))

    def means(self, side: int) -> Array:
        """Return (own, rival) mean payoffs of a side."""
        return np.asarray(self.seen_by(side).mean(axis=0))

    def best(self, side: int) -> npt.NDArray[np.bool_]:
        """Return (own, rival): whether a move has the best mean against the rival's move."""
        return are_best(self.means(side))

    def chance_best(self, side: int) -> Array:
        """Return (own, rival) part of the draws in which a move is the best; equals count each."""
        return np.asarray(are_best(self.seen_by(side)).mean(axis=0))

    def always_best(self, side: int) -> npt.NDArray[np.bool_]:
        """Return (draws, own): whether a move is the best whatever the rival does."""
        return np.asarray(are_best(self.seen_by(side)).all(axis=2))

    def regret(self, side: int) -> Array:
        """Return (draws, own, rival): what a move leaves below the best answer."""
        seen = self.seen_by(side)
        return np.asarray(seen.max(axis=1, keepdims=True) - seen)

    def shares(self, side: int) -> Shares:
        """Return who a side's payoff depends on: a split of its variance (Fisher's, balanced).

        All are 0 if the payoff never varies.
        """
        seen = self.seen_by(side)
        around = seen - seen.mean()
        whole = float((around**2).mean())
        if whole == 0.0:
            return Shares(0.0, 0.0, 0.0, 0.0, 0.0)
        own, rival = around.mean(axis=(0, 2)), around.mean(axis=(0, 1))
        both = around.mean(axis=0) - own[:, None] - rival[None, :]
        drawn = around.mean(axis=(1, 2))
        a, b, ab, d = (float((one**2).mean()) / whole for one in (own, rival, both, drawn))
        return Shares(a, b, ab, d, max(0.0, 1.0 - a - b - ab - d))


def are_best(payoffs: Array) -> npt.NDArray[np.bool_]:
    """Return where (..., own, rival) payoffs are the best against the rival's move."""
    return np.asarray(payoffs == payoffs.max(axis=-2, keepdims=True))
