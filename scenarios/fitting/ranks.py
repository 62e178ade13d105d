"""Ranks of truths among draws: uniform if a fit is right, whatever the model.

The rank of a truth among n draws of its posterior is uniform over 0 to n if truths are of the
prior (simulation-based calibration, Talts et al. 2018). Whether ranks may be uniform is asked of
all of them at once: the least likely of the ordered ranks, each by its own beta law, against the
least likely of as many uniform ranks (equal local levels, as Säilynoja, Bürkner and Vehtari 2022,
Stat. Comput. 32, for bands around the cumulated ranks). It sees ranks that lie too far out, too
near the middle, or to one side, and needs no bins.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import stats

from sim.formulas import Array

#: Shares of the central intervals of which it is told how often they hold the truth.
HELD = (0.5, 0.8, 0.95)
#: Sets of uniform ranks that ranks are compared with; no probability is told below one over it.
_UNIFORM = 20_000
_KEY = 1_000_039


def ranks_of(truth: Array, draws: Array) -> Array:
    """Return (...) how many draws lie below a truth, of those equal to it half.

    Parameters
    ----------
    truth
        (...); NaN gives NaN.
    draws
        (draws, ...).
    """
    below = (draws < truth).sum(axis=0) + 0.5 * (draws == truth).sum(axis=0)
    return np.where(np.isfinite(truth), below, np.nan)


def holds(truth: Array, draws: Array) -> npt.NDArray[np.bool_]:
    """Return (..., intervals) whether central intervals of draws hold a truth, for each of `HELD`.

    Parameters
    ----------
    truth
        (...).
    draws
        (draws, ...).
    """
    ends = [np.quantile(draws, [(1.0 - share) / 2.0, (1.0 + share) / 2.0], axis=0)
            for share in HELD]  # fmt: skip
    return np.stack([(low <= truth) & (truth <= high) for low, high in ends], axis=-1)


def chance_of(ranks: Array, n_draws: int) -> Array:
    """Return (columns,) the probability that uniform ranks look as odd as these.

    Parameters
    ----------
    ranks
        (truths, columns) from 0 to the number of draws.
    """
    uniform = _oddness_of_uniform(len(ranks), n_draws)
    odd = _oddness(ranks, n_draws)
    return np.asarray((1.0 + np.searchsorted(uniform, odd, side="right")) / (1.0 + _UNIFORM))


def together(chances: Array) -> Array:
    """Return probabilities of many tests as they count together, by Holm (1979).

    Of those below a level, all false ones with no more than the probability of that level.
    """
    order = np.argsort(chances)
    steps = (len(chances) - np.arange(len(chances))) * chances[order]
    found = np.empty(len(chances))
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found


def _oddness(ranks: Array, n_draws: int) -> Array:
    """Return (columns,) the smaller tail of the least likely of the ordered ranks."""
    n = len(ranks)
    u = np.sort((ranks + 0.5) / (n_draws + 1.0), axis=0)
    place = np.arange(1, n + 1)[:, None]
    below = stats.beta.cdf(u, place, n + 1 - place)
    return np.asarray(np.minimum(below, 1.0 - below).min(axis=0))


@cache
def _oddness_of_uniform(n_truths: int, n_draws: int) -> Array:
    rng = np.random.default_rng([_KEY, n_truths, n_draws])
    drawn = rng.integers(0, n_draws + 1, (n_truths, _UNIFORM)).astype(np.float64)
    return np.sort(_oddness(drawn, n_draws))
