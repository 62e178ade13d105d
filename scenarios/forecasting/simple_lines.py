"""The simplest forecasts: the last value, the last ratio, exponential decay, Bass with churn.

Whatever a model is worth, it is worth beside these. They see the published record as rates a day
(`scenarios.forecasting.known_rates`) and nothing else, and say how unsure they are. Their errors
are three, on the log scale: that of the last number (its vendor's), of the slope that they go on
with, and of the way until then: a random walk, whose variance a month has a prior (a scaled inverse
χ² with `_PRIOR_STEPS` degrees of freedom around `_PRIOR_SD`: a new app wins or loses a third of
itself in a month) and is learned from the steps seen, less what their errors explain. So draws have
the tails of Student's t, the wider the less is known.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import pandas as pd

from scenarios.forecasting.bass_line import bass_logs
from scenarios.forecasting.forecast_table import (
    FORECASTED,
    N_DRAWS,
    Month,
    check_day,
    months,
    tidy_draws,
)
from scenarios.forecasting.known_rates import Rate, known_rates
from sim.checks import whole_from
from sim.errors import ConfigError
from sim.formulas import Array

#: Returns (draws, months) logs of the rate, given what is known and in which months (their middle).
Line: TypeAlias = Callable[[Sequence[Rate], Array, np.random.Generator, int], Array]

_PRIOR_STEPS, _PRIOR_SD = 6.0, 0.4
#: How far a slope a month that is gone on with may be from none, before data.
_RATIO_SD = 0.3
#: Slope of decay a month before data: down by a quarter, anything from nothing to a half.
_PRIOR_SLOPE, _PRIOR_SLOPE_SD = -0.3, 0.3


def _walk(known: Sequence[Rate], at: Array, rng: np.random.Generator, n: int) -> Array:
    """Return (draws, months) of the way from the last number: 0 there, a random walk since."""
    seen = 0.0
    for before, after in pairwise(known):
        error = before.log_sd**2 + after.log_sd**2
        span = max(after.month - before.month, 1e-3)
        seen += max((after.log - before.log) ** 2 - error, 0.0) / span
    steps = len(known) - 1
    freedom = _PRIOR_STEPS + steps
    variance = (_PRIOR_STEPS * _PRIOR_SD**2 + seen) / rng.chisquare(freedom, n)
    ahead = np.maximum(at - known[-1].month, 0.0)
    between = np.diff(ahead, prepend=0.0)
    walked = np.cumsum(rng.standard_normal((n, len(at))) * np.sqrt(between), axis=1)
    return np.asarray(np.sqrt(variance)[:, None] * walked)


def _level(known: Sequence[Rate], rng: np.random.Generator, n: int) -> Array:
    """Return (draws, 1) of the last number, with its error."""
    return np.asarray(known[-1].log + known[-1].log_sd * rng.standard_normal((n, 1)))


def last_value(known: Sequence[Rate], at: Array, rng: np.random.Generator, n: int) -> Array:
    """Return the last number for good."""
    return _level(known, rng, n) + _walk(known, at, rng, n)


def last_ratio(known: Sequence[Rate], at: Array, rng: np.random.Generator, n: int) -> Array:
    """Return the last number, changing each month as it last did; of a single one, no change.

    As far as the errors of both numbers, over the time between them, let the ratio be believed
    beside `_RATIO_SD`: two numbers a fortnight apart say little about half a year.
    """
    slope = np.zeros(n)
    if len(known) > 1:
        before, after = known[-2:]
        span = max(after.month - before.month, 1e-3)
        error = np.hypot(before.log_sd, after.log_sd) / span
        variance = 1.0 / (error**-2.0 + _RATIO_SD**-2.0)
        middle = variance * (after.log - before.log) / span / error**2
        slope = middle + np.sqrt(variance) * rng.standard_normal(n)
    ahead = np.maximum(at - known[-1].month, 0.0)
    return last_value(known, at, rng, n) + slope[:, None] * ahead


def exponential_decay(known: Sequence[Rate], at: Array, rng: np.random.Generator, n: int) -> Array:
    """Return a straight line of the log down from the highest number known.

    Least squares with the prior of `_PRIOR_SLOPE`, which alone speaks where there is one number;
    a slope is drawn until it does not rise.
    """
    peak = max(range(len(known)), key=lambda place: known[place].log)
    after = known[peak:]
    time = np.array([one.month for one in after]) - after[-1].month
    weight = np.array([one.log_sd for one in after]) ** -2.0
    design = np.column_stack([np.ones(len(after)), time])
    precision = design.T @ (weight[:, None] * design) + np.diag([0.0, _PRIOR_SLOPE_SD**-2.0])
    pulled = design.T @ (weight * np.array([one.log for one in after]))
    pulled[1] += _PRIOR_SLOPE / _PRIOR_SLOPE_SD**2
    covariance = np.linalg.inv(precision)
    drawn = rng.multivariate_normal(covariance @ pulled, covariance, size=50 * n)
    falling = drawn[drawn[:, 1] <= 0.0][:n]
    # Where hardly a slope falls, those that are left are drawn again and again.
    rows = (
        falling[np.arange(n) % len(falling)] if len(falling) else np.c_[drawn[:n, 0], np.zeros(n)]
    )
    ahead = at - after[-1].month
    return np.asarray(rows[:, :1] + rows[:, 1:] * ahead + _walk(known, at, rng, n))


#: Lines of one metric alone, by the name of their model.
LINES: Mapping[str, Line] = MappingProxyType({
    "last_value": last_value,
    "last_ratio": last_ratio,
    "exponential_decay": exponential_decay,
})  # fmt: skip
BASS = "bass_with_churn"
LINE_NAMES = (*LINES, BASS)


def simple_lines(as_of: dt.date, until: dt.date, n: int = N_DRAWS, seed: int = 1) -> pd.DataFrame:
    """Return the tidy draws of all simple lines, from the month after a day to that of another.

    A metric of which nothing was published by then has no line. A month that has begun is forecast
    whole.

    Parameters
    ----------
    as_of
        Nothing that was published later is used.
    n
        Draws of each line.

    Raises
    ------
    ConfigError
        If nothing is left to forecast, or nothing was known.
    """
    whole_from("draws", n, 2, 100_000)
    check_day("as of", as_of)
    check_day("until", until)
    return _drawn(as_of, until, n, seed).copy()


@cache
def _drawn(as_of: dt.date, until: dt.date, n: int, seed: int) -> pd.DataFrame:
    over = months(as_of + dt.timedelta(days=1), until)
    known = known_rates(as_of)
    if not known:
        raise ConfigError(f"as of {as_of} nothing was published. Give a later day.")
    at = np.array([Rate(one.first, one.last, 0.0, 0.0).month for one in over])
    frames = []
    for name, line in LINES.items():
        for (platform, metric), rates in known.items():
            rng = np.random.default_rng([seed, as_of.toordinal(), _key(name, platform, metric)])
            logs = line(rates, at, rng, n)
            frames.append(tidy_draws(name, platform, metric, over, _monthly(logs, metric, over)))
    for platform in dict.fromkeys(platform for platform, _ in known):
        own = {metric: rates for (of, metric), rates in known.items() if of == platform}
        rng = np.random.default_rng([seed, as_of.toordinal(), _key(BASS, platform, "")])
        for metric, logs in bass_logs(own, over, rng, n).items():
            frames.append(tidy_draws(BASS, platform, metric, over, _monthly(logs, metric, over)))
    return pd.concat(frames, ignore_index=True)


def _key(*names: str) -> int:
    """Return the same number for the same names, on every machine."""
    return zlib.crc32("/".join(names).encode())


def _monthly(logs: Array, metric: str, over: Sequence[Month]) -> Array:
    """Return sums or means of months from logs of rates a day."""
    days = np.array([one.n_days for one in over]) if FORECASTED[metric].is_sum else 1.0
    # A line that goes on for long enough leaves what a float holds, and any market, behind.
    return np.asarray(np.exp(np.minimum(logs, 50.0)) * days)
