"""The ensemble smoother with multiple data assimilation: from a prior ensemble to a posterior one.

Emerick and Reynolds (2013, Computers & Geosciences 55): the members of an ensemble are moved a few
times toward what was observed, each time by linear regression of parameters on readings over the
members, with errors of observation inflated so that all steps together use each number once. It
needs some hundred runs a step, whatever the number of parameters; it is exact where readings are
linear in scores, and a test holds it to that. Regressions on few members find what is not there:
correlations that chance alone explains are set to 0 (Luo and Bhakta 2020, J. Petroleum Sci. Eng.
184), so that a parameter nothing is known of keeps its prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.fitting.observation import Observations
from sim.formulas import Array

#: Steps of the whole; each inflates the variance of errors by as much, so that inverses sum to 1.
STEPS = 4
#: A correlation of n members is noise below this many of 1/√n, its standard deviation at 0.
_NOISE = 1.0


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
    n = len(scores)
    away, gone = scores - scores.mean(axis=0), logs - logs.mean(axis=0)
    together = away.T @ gone / (n - 1)
    spread = np.outer(away.std(axis=0, ddof=1), gone.std(axis=0, ddof=1))
    together[np.abs(together) < _NOISE / np.sqrt(n) * spread] = 0.0
    errors = inflation * observed.covariance
    drawn = rng.multivariate_normal(observed.middle, errors, size=n, method="cholesky")
    gain = np.linalg.solve(gone.T @ gone / (n - 1) + errors, together.T)
    return np.asarray(scores + observed.missed(drawn, logs) @ gain)
