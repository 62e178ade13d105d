"""Which of the policies tried is best: on average, at the worst regret, on the frontier.

Worth is a number of which more is better, by draw; policies are compared draw by draw, in the same
market at the same luck.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.formulas import Array

#: Ends of a band that holds 90 % of draws.
BAND_ENDS = (0.05, 0.95)


class MeanBand(NamedTuple):
    """Mean over draws, and the ends that hold 90 % of them."""

    mean: float
    low: float
    high: float

    @property
    def straddles(self) -> bool:
        """Whether 0 lies within: as a difference, neither side can be told to be better."""
        return not (self.low > 0.0 or self.high < 0.0)


def band(drawn: Array) -> MeanBand:
    """Return the band of (draws,) numbers; NaN if any of them is."""
    low, high = np.quantile(drawn, BAND_ENDS)
    return MeanBand(float(drawn.mean()), float(low), float(high))


def kept(lacks: Array) -> npt.NDArray[np.bool_]:
    """Return (trials,) whether every condition is kept on average.

    Parameters
    ----------
    lacks
        (trials, draws, conditions); NaN of a policy without value.
    """
    return np.asarray((lacks.mean(axis=1) <= 0.0).all(axis=-1))


def chance_kept(lacks: Array) -> Array:
    """Return (...,) the share of draws in which all conditions are kept, of (..., draws, n)."""
    return np.asarray((lacks <= 0.0).all(axis=-1).mean(axis=-1))


def regrets(worth: Array, lacks: Array) -> Array:
    """Return (trials,) the largest regret over draws (Savage 1951).

    The regret of a policy in a draw is what the best one of that draw, of those that keep all
    conditions there, has more; where none does, of all.

    Parameters
    ----------
    worth
        (trials, draws); NaN of a policy without value.
    lacks
        (trials, draws, conditions).
    """
    may = (lacks <= 0.0).all(axis=-1) & np.isfinite(worth)
    may |= ~may.any(axis=0) & np.isfinite(worth)
    best = np.where(may, worth, -np.inf).max(axis=0)
    return np.asarray((best - worth).max(axis=1))


def first_largest(worth: Array, among: npt.NDArray[np.bool_]) -> int:
    """Return the place of the largest of (trials,) numbers, the first of equals; NaN is none."""
    return int(np.argmax(np.where(among & np.isfinite(worth), worth, -np.inf)))


def frontier(worth: Array, among: npt.NDArray[np.bool_]) -> list[int]:
    """Return the places of those that no other is at least as good as in all, and better in one.

    Parameters
    ----------
    worth
        (trials, goals).
    among
        (trials,) who is compared.

    Returns
    -------
    list
        In order of the first goal, the worst first; of equals the first one.
    """
    places = [int(k) for k in np.flatnonzero(among & np.isfinite(worth).all(axis=1))]
    on = [
        k for k in places
        if not any(
            (worth[j] >= worth[k]).all() and ((worth[j] > worth[k]).any() or j < k)
            for j in places if j != k
        )
    ]  # fmt: skip
    return sorted(on, key=lambda k: (worth[k, 0], k))
