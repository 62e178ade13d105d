"""Bass's diffusion with people who leave: the simplest line that knows installs from users.

Of M people those without the app install at p + q·A/M a day, A of them use it, and leave at c a
day (Bass 1969, with an outflow as in Libai, Muller and Peres 2009, eq. 2); a share u of A is there
on a day. Parameters are drawn from wide priors, and kept in proportion to how well their installs
and daily users fit what is known: importance resampling, so that what the record does not tell
stays wide. Openings, prices and rivals are not in it; `_MISFIT` on the log scale is for that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

from scenarios.forecasting.forecast_table import Month
from scenarios.forecasting.known_rates import Rate
from sim.formulas import Array

_CANDIDATES = 20_000
_MISFIT = 0.3
#: People (A1's range, and what is published as installed), a day's chance to install by oneself, by
#: users, to leave, and the share of users who come on a day; all log-uniform.
_PRIORS = ((3e6, 120e6), (1e-4, 3e-2), (1e-3, 0.3), (5e-3, 0.5), (0.2, 1.0))
_TO_FIT = ("installs", "daily_active")


def bass_logs(
    known: Mapping[str, Sequence[Rate]], over: Sequence[Month], rng: np.random.Generator, n: int
) -> dict[str, Array]:
    """Return (draws, months) logs of rates a day, by metric.

    Installs and, where any are known, daily users are the model's own. Clips, spend and compute go
    with users, as many for each as when they were last known.

    Parameters
    ----------
    known
        Rates by metric; without installs there is no diffusion to fit, and nothing is returned.
    """
    if "installs" not in known:
        return {}
    start = min(rate.first for rate in known["installs"])
    n_days = (over[-1].last - start).days + 1
    drawn = _priors(rng)
    installs, users = _lived(drawn, n_days)
    misfit = np.zeros(_CANDIDATES)
    for metric, series in zip(_TO_FIT, (installs, users), strict=True):
        for rate in known.get(metric, ()):
            found = _log_mean(series, start, rate.first, rate.last)
            misfit += (found - rate.log) ** 2 / (rate.log_sd**2 + _MISFIT**2)
    weight = np.exp(-0.5 * (misfit - misfit.min()))
    kept = rng.choice(_CANDIDATES, size=n, p=weight / weight.sum())
    logs = {}
    for metric, rates in known.items():
        series = (installs if metric == "installs" else users)[:, kept]
        found = np.column_stack([_log_mean(series, start, m.first, m.last) for m in over])
        if metric not in _TO_FIT:
            last = rates[-1]
            if last.last < start:
                continue
            found += (last.log - _log_mean(series, start, last.first, last.last))[:, None]
        error = np.hypot(rates[-1].log_sd, _MISFIT)
        logs[metric] = found + error * rng.standard_normal((n, 1))
    return logs


def _priors(rng: np.random.Generator) -> Array:
    """Return (parameters, candidates) draws of the priors."""
    low, high = np.log(np.array(_PRIORS)).T
    return np.asarray(np.exp(rng.uniform(low, high, size=(_CANDIDATES, len(low))).T))


def _lived(drawn: Array, n_days: int) -> tuple[Array, Array]:
    """Return (days, candidates) installs and daily users of each day."""
    people, alone, by_users, leave, there = drawn
    installs, users = np.empty((2, n_days, drawn.shape[1]))
    without, active = people.copy(), np.zeros_like(people)
    for day in range(n_days):
        come = without * np.minimum(alone + by_users * active / people, 1.0)
        without = without - come
        active = active * (1.0 - leave) + come
        installs[day], users[day] = come, active * there
    return installs, users


def _log_mean(series: Array, start: dt.date, first: dt.date, last: dt.date) -> Array:
    """Return (candidates,) logs of the mean over some days."""
    begin, end = max((first - start).days, 0), (last - start).days + 1
    return np.asarray(np.log(np.maximum(series[begin:end].mean(axis=0), 1e-9)))
