"""What is believed of each assumption before any target is looked at: its prior.

A fit moves standard normal scores, one for each assumption; a prior turns a score into a value, so
that a value never leaves the range of its assumption, whatever the fit does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from scenarios.inputs.assumptions import Inputs, PriorShape
from sim.formulas import Array

#: A normal prior is cut off at the ends of its range, so many standard deviations out.
_CUT = 2.0
#: Scores beyond are not told apart: the chance that one is drawn is below 1e-9.
MOST_SCORE = 6.0
#: Assumptions that only scenarios ask for, but that a reading of the baseline hangs on.
_READ = frozenset({"A45"})


@dataclass(frozen=True)
class Prior:
    """The prior of one assumption.

    Parameters
    ----------
    id
        Of the assumption.
    shape
        ``uniform`` and ``normal`` in the value, ``loguniform`` and ``lognormal`` in its log.
    low, high
        Ends of the range; a normal shape is cut off there, two standard deviations from its middle.
    is_whole
        Whether values are whole numbers.
    is_fitted
        Whether any target can hang on it. The rest is only asked for by scenarios.
    """

    id: str
    shape: PriorShape
    low: float
    high: float
    is_whole: bool
    is_fitted: bool

    @property
    def is_log(self) -> bool:
        """Whether the shape is that of the log."""
        return self.shape.startswith("log")

    def has(self, value: float) -> bool:
        """Whether a value lies in the range."""
        return self.low <= value <= self.high

    def values(self, scores: Array) -> Array:
        """Return the values of standard normal scores, of any shape."""
        u = stats.norm.cdf(np.clip(scores, -MOST_SCORE, MOST_SCORE))
        if self.shape.endswith("normal"):
            u = (stats.truncnorm.ppf(u, -_CUT, _CUT) + _CUT) / (2.0 * _CUT)
        low, high = (np.log(self.low), np.log(self.high)) if self.is_log else (self.low, self.high)
        found = low + u * (high - low)
        # Rounding of the log must not lead out of the range.
        found = np.clip(np.exp(found) if self.is_log else found, self.low, self.high)
        return np.rint(found) if self.is_whole else np.asarray(found)

    def quantile(self, values: Array) -> Array:
        """Return the probability below values, from 0 to 1."""
        given = np.clip(np.asarray(values, np.float64), self.low, self.high)
        low, high = (np.log(self.low), np.log(self.high)) if self.is_log else (self.low, self.high)
        u = ((np.log(given) if self.is_log else given) - low) / (high - low)
        if self.shape.endswith("normal"):
            u = stats.truncnorm.cdf((2.0 * u - 1.0) * _CUT, -_CUT, _CUT)
        return np.asarray(u)

    def scores(self, values: Array) -> Array:
        """Return the standard normal scores of values: `values` undone.

        A whole number has the score in the middle of those that are rounded to it.
        """
        given = np.asarray(values, np.float64)
        if self.is_whole:
            # Half as many scores are rounded to an end of the range as to a number within it.
            given = np.clip(given, self.low + 0.25, self.high - 0.25)
        return np.asarray(np.clip(stats.norm.ppf(self.quantile(given)), -MOST_SCORE, MOST_SCORE))


def priors(inputs: Inputs) -> tuple[Prior, ...]:
    """Return the priors of all assumptions that have one, in the order of their file."""
    return tuple(
        Prior(
            id=one.id,
            shape=one.prior,
            low=float(one.low or 0.0),
            high=float(one.high or 0.0),
            is_whole=isinstance(one.value, int),
            is_fitted=one.id in _READ or any(not p.startswith("scenario.") for p in one.paths),
        )
        for one in inputs.assumptions.values()
        if one.prior is not None
    )


def drawn_scores(n_draws: int, n_priors: int, seed: int) -> Array:
    """Return (n_draws, n_priors) independent standard normal scores."""
    return np.random.default_rng(seed).standard_normal((n_draws, n_priors))


def values_of(scores: Array, of: Sequence[Prior]) -> Array:
    """Return (draws, priors) values of scores of that shape."""
    return np.stack([one.values(scores[:, k]) for k, one in enumerate(of)], axis=1)


def scores_of(values: Array, of: Sequence[Prior]) -> Array:
    """Return (draws, priors) scores of values of that shape."""
    return np.stack([one.scores(values[:, k]) for k, one in enumerate(of)], axis=1)


def inputs_with(inputs: Inputs, values: Mapping[str, float]) -> Inputs:
    """Return the inputs with a value for each of some assumptions, whole where they are so."""
    return inputs.with_values(
        {
            name: round(value) if isinstance(inputs.value(name), int) else float(value)
            for name, value in values.items()
        }
    )
