"""How a number of the market hangs on each assumption: a regression over runs, noise left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sim.formulas import Array

#: Where some of many stand.
Places: TypeAlias = npt.NDArray[np.int64]
#: Slopes that are not this many of their standard errors from 0 are taken for noise.
_LEAST_T = 2.0
#: Part of the runs that must be left to tell noise from slopes: few runs fit anything.
_LEAST_FREE = 0.5
#: Penalties that are tried, as parts of the largest squared singular value.
_PENALTIES = np.logspace(-6.0, 1.0, 36)


def slopes(groups: Sequence[tuple[Array, Array]]) -> Array:
    """Return (assumptions,) how far numbers move for each score, 0 where that cannot be told.

    Ridge regression, since there may be hardly more runs than assumptions; its penalty is the one
    of the least generalized cross-validation (Golub, Heath and Wahba 1979, Technometrics 21). Each
    group of runs keeps a mean of its own, so that what sets groups apart is no slope.

    Parameters
    ----------
    groups
        (runs, assumptions) scores and (runs,) numbers of each group; runs without a number (NaN)
        are left out.
    """
    scores, numbers, n = [], [], 0
    for given, found in groups:
        known = np.isfinite(found)
        if known.sum() > 1:
            scores.append(given[known] - given[known].mean(axis=0))
            numbers.append(found[known] - found[known].mean())
            n += int(known.sum()) - 1
    nothing = np.zeros(groups[0][0].shape[1])
    if not numbers:
        return nothing
    y = np.concatenate(numbers)
    if not np.any(np.abs(y) > 1e-12 * max(1.0, float(np.abs(y).max()))):
        return nothing
    left, sizes, right = np.linalg.svd(np.concatenate(scores), full_matrices=False)
    along = left.T @ y
    squares = sizes**2
    best, found_slopes, errors = np.inf, nothing, nothing
    for penalty in squares.max() * _PENALTIES:
        kept = squares / (squares + penalty)
        free = n - kept.sum()
        if free < _LEAST_FREE * n:
            continue
        missed = float(((y - left @ (kept * along)) ** 2).sum())
        if missed / free**2 < best:
            best = missed / free**2
            weights = np.divide(kept, sizes, out=np.zeros_like(kept), where=sizes > 0.0)
            found_slopes = right.T @ (weights * along)
            errors = np.sqrt(missed / free * ((right.T * weights) ** 2).sum(axis=1))
    return np.where(np.abs(found_slopes) > _LEAST_T * errors, found_slopes, 0.0)


def carrying(weights: Array, part: float, most: int | None = None) -> Places:
    """Return the places of the fewest weights that sum to a part of all, the largest first.

    Parameters
    ----------
    weights
        (n,) from 0; a weight of 0 carries nothing and is never taken.
    most
        No more of them than this.
    """
    order = np.argsort(-weights, kind="stable")
    order = order[weights[order] > 0.0]
    summed = np.cumsum(weights[order])
    n = int(np.searchsorted(summed, part * summed[-1] * (1.0 - 1e-12))) + 1 if len(order) else 0
    return order[:n][:most]
