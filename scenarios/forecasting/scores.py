"""How good a forecast of one number was: CRPS, log score, what lay inside which interval.

CRPS (Gneiting and Raftery 2007, eq. 20) is of the library scoringrules, by probability-weighted
moments of the draws, which is fair for their number and needs no pairs of them. It is taken twice:
of the numbers, in their unit, and of their logs, where an error of a tenth counts alike for 500
thousand and 5 million; only the second can be averaged over metrics.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from scenarios.forecasting.fact_metrics import Observed

#: Shares of the central intervals of which it is told whether a number lay inside.
COVERED = (0.5, 0.8, 0.9, 0.95)
#: Less than one person, clip or dollar counts as one: 0 has no logarithm.
_LEAST = 1.0
_LEAST_SD = 1e-6


class Score(NamedTuple):
    """How good the forecast of one fact was; smaller is better, coverage aside.

    Parameters
    ----------
    crps
        In the unit of the number.
    crps_log
        Of the log: near the relative error that a point would have.
    log_score
        Negative log density (nats) of the log of the number, under the normal distribution with
        mean and standard deviation of the log draws: kernels of 500 draws have no tails.
    error_log
        Distance of the log of the median from what was observed, 0 within a range.
    inside
        For each of `COVERED`, the part of what was observed that lay in the interval; NaN for a
        bound, which says too little.
    """

    crps: float
    crps_log: float
    log_score: float
    error_log: float
    inside: tuple[float, ...]


def score(draws: npt.ArrayLike, fact: Observed) -> Score:
    """Return how good draws of a number were.

    A range is scored as the mean over numbers in it, all alike on the log scale. A bound c is
    scored by what it tells: CRPS of the draws cut off at c against c, which is the part of the
    integral of (F - 1)² over numbers that are ruled out; and the log of the probability beyond c.

    Parameters
    ----------
    draws
        (n,) in the unit of the fact.
    """
    values = np.asarray(draws, np.float64)
    logs = np.log(np.maximum(values, _LEAST))
    middle = float(np.median(logs))
    low, high = (math.log(max(end, _LEAST)) for end in (fact.low, fact.high))
    error = abs(min(max(middle, low), high) - middle)
    if fact.is_bound:
        return _of_bound(values, logs, fact, error)
    numbers = np.array(fact.inside())
    in_logs = np.log(np.maximum(numbers, _LEAST))
    sd = max(float(logs.std(ddof=1)), _LEAST_SD)
    inside = []
    for share in COVERED:
        low, high = np.quantile(values, [(1.0 - share) / 2.0, (1.0 + share) / 2.0])
        inside.append(float(np.mean((low <= numbers) & (numbers <= high))))
    return Score(
        float(np.mean([_crps(one, values) for one in numbers])),
        float(np.mean([_crps(one, logs) for one in in_logs])),
        float(-np.mean(norm.logpdf(in_logs, float(logs.mean()), sd))),
        error,
        tuple(inside),
    )


def _of_bound(values: npt.NDArray[np.float64], logs: npt.NDArray[np.float64], fact: Observed,
    error: float,
) -> Score:  # fmt: skip
    is_least = math.isinf(fact.high)
    bound = fact.low if is_least else fact.high
    cut = np.minimum if is_least else np.maximum
    beyond = np.count_nonzero(values >= bound if is_least else values <= bound)
    log_bound = math.log(max(bound, _LEAST))
    return Score(
        _crps(bound, cut(values, bound)),
        _crps(log_bound, cut(logs, log_bound)),
        # As if half a draw more lay on either side: none of 500 is no proof of impossible.
        -math.log((beyond + 0.5) / (len(values) + 1.0)),
        error,
        (math.nan,) * len(COVERED),
    )


def _crps(number: float, draws: npt.NDArray[np.float64]) -> float:
    from scoringrules import crps_ensemble

    return float(crps_ensemble(number, draws, estimator="pwm"))
