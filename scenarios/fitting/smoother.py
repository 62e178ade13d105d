"""The ensemble smoother with multiple data assimilation: from a prior ensemble to a posterior one.

Emerick and Reynolds (2013, Computers & Geosciences 55): the members of an ensemble are moved a few
times toward what was observed, each time by linear regression of parameters on readings over the
members, with errors of observation inflated so that all steps together use each number once. It
needs some hundred runs a step, whatever the number of parameters; it is exact where readings are
linear in scores, and a test holds it to that.

Two things keep intervals honest where members are few and parameters many. A regression fits its
own members too well, so that moving them by it narrows an ensemble more than data allow: each
member is moved by a regression on members that it is not among (Houtekamer and Mitchell 1998, Mon.
Weather Rev. 126, for two groups; here folds, as in cross-validation). And regressions find what is
not there: the square of a correlation of n members is too large by 1/n on average, which is taken
off, so that a parameter nothing is known of keeps its prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.fitting.observation import Observations
from sim.formulas import Array

#: Steps of the whole; each inflates the variance of errors by as much, so that inverses sum to 1.
STEPS = 4
#: Parts of an ensemble, each moved by a regression on the others.
FOLDS = 5


@dataclass(frozen=True)
class Aim:
    """What was published, as the smoother takes it: one number with an error for each target.

    Parameters
    ----------
    middle
        (n,) logs of the numbers, of the middles of ranges, or of bounds, less the log of what a
        definition makes of them.
    covariance
        (n, n) of the errors. The width of a range counts as that of a uniform distribution.
    sign
        (n,) 0 for a number or range; 1 for a lower bound, which says nothing of a reading above it,
        -1 for an upper one.
    """

    middle: Array
    covariance: Array
    sign: Array

    @classmethod
    def of(cls, given: Observations) -> Aim:
        """Return what published numbers come to."""
        is_low, is_high = np.isfinite(given.low), np.isfinite(given.high)
        low = np.where(is_low, given.low, given.high)
        high = np.where(is_high, given.high, given.low)
        return cls(
            middle=(low + high) / 2.0 - given.offset,
            covariance=given.covariance + np.diag((high - low) ** 2 / 12.0),
            sign=is_low.astype(float) - is_high.astype(float),
        )

    def missed(self, drawn: Array, logs: Array) -> Array:
        """Return (members, n) by how much logs of readings miss numbers as they may be published.

        Parameters
        ----------
        drawn
            (members, n) numbers with errors of observation.
        """
        gap = drawn - logs
        beyond = np.where(self.sign > 0.0, np.maximum(gap, 0.0), np.minimum(gap, 0.0))
        return np.where(self.sign == 0.0, gap, beyond)


def moved(
    scores: Array, logs: Array, observed: Aim, inflation: float, rng: np.random.Generator
) -> Array:
    """Return (members, parameters) scores moved one step toward what was observed.

    Parameters
    ----------
    scores
        (members, parameters) standard normal under the prior.
    logs
        (members, n) logs of what runs of these scores give for the targets.
    inflation
        Of the variance of errors in this step; inverses of all steps sum to 1.
    rng
        Draws an error of observation for each member.
    """
    errors = inflation * observed.covariance
    drawn = rng.multivariate_normal(observed.middle, errors, size=len(scores), method="cholesky")
    missed, fold = observed.missed(drawn, logs), np.arange(len(scores)) % FOLDS
    found = scores.copy()
    for own in (fold == k for k in range(FOLDS)):
        found[own] += missed[own] @ _gain(scores[~own], logs[~own], errors)
    return found


def _gain(scores: Array, logs: Array, errors: Array) -> Array:
    """Return (n, parameters) what scores move by for each unit that a log misses.

    Parameters
    ----------
    errors
        (n, n) covariance of errors of observation.
    """
    n = len(scores)
    away, gone = scores - scores.mean(axis=0), logs - logs.mean(axis=0)
    together = away.T @ gone / (n - 1)
    squared = np.outer(away.var(axis=0, ddof=1), gone.var(axis=0, ddof=1))
    # r² - 1/n over r², of r² = together² / squared; 0 where chance alone gives as much.
    by_chance = np.divide(squared, n * together**2, out=np.ones_like(squared), where=together != 0)
    kept = together * np.maximum(1.0 - by_chance, 0.0)
    return np.asarray(np.linalg.solve(gone.T @ gone / (n - 1) + errors, kept.T))
