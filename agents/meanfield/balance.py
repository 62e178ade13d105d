"""Weights bent until a weighted set of points has the shares and means that it must have."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Rounds of raking; shares agree to 1e-9 after half as many.
_ROUNDS = 12
#: Newton's steps at most, halvings of each, precision of a mean, and what keeps a step finite.
_STEPS, _HALVINGS, _BALANCED, _RIDGE = 12, 8, 1e-4, 1e-7


def balanced(weight: Floats, features: Floats, means: Floats) -> Floats:
    """Return weights, as near to given ones as can be, by which features have these means.

    Entropy balancing (Hainmueller 2012, Political Analysis 20): w·exp(Σ μ·feature), by Newton's
    steps on the dual. As far as few points can have the means; weights sum to 1.

    Parameters
    ----------
    features, means
        (K, n) of each point, and (K,) what they should be on average.
    """
    x = features - means[:, None]
    x = x / np.maximum(np.sqrt((x * x) @ weight / weight.sum()), 1e-9)[:, None]
    push = np.zeros(means.size)
    start = weight / weight.sum()

    def weighed(push: Floats) -> tuple[float, Floats]:
        log = push @ x
        # Points without weight, which raking may leave, say nothing of how far the others are bent.
        most = float(log[start > 0.0].max())
        if not math.isfinite(most):
            return math.inf, start  # beyond what few points can be bent to
        bent = start * np.exp(np.minimum(log - most, 0.0))
        return most + math.log(bent.sum()), bent / bent.sum()

    value, bent = weighed(push)
    for _ in range(_STEPS):
        gradient = x @ bent
        if np.abs(gradient).max() < _BALANCED:
            break
        spread = (x * bent) @ x.T - np.outer(gradient, gradient)
        step = np.linalg.solve(spread + _RIDGE * np.eye(means.size), gradient)
        for _ in range(_HALVINGS):
            tried, weights = weighed(push - step)
            if tried < value:
                break
            step = step / 2.0
        else:
            break
        push, value, bent = push - step, tried, weights
    return bent


def raked(weight: Floats, margins: Iterable[tuple[Any, Floats]]) -> Floats:
    """Return weights that sum to 1 and, part by part, to the shares of each division.

    A part in which no point lies is left out, and the others stand for it.

    Parameters
    ----------
    margins
        For each division of the people: (N,) part of each point, and the share of each part.
    """
    for _ in range(_ROUNDS):
        for part, shares in margins:
            there = np.bincount(part, weight, shares.size)
            factor = np.divide(shares, there, out=np.zeros(shares.size), where=there > 0.0)
            weight = weight * factor[part]
    return np.asarray(weight / weight.sum())
