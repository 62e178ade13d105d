"""Laws of the model in closed form: retention, days of use, and the terms of a day.

Only what the market itself obeys where nothing but a user's own drop-out and the tiring of visits
acts: limits, friends, rivals and feeds bend both, so that retention is measured too (`seen`). What
an offer comes to is measured in runs (`scenarios.asking.offers`), so that a price has one truth.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agents.day.terms import visiting
from agents.platforms.economics import DAYS_PER_YEAR, survival_sbg
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario

Floats = npt.NDArray[np.float64]


def _survival(terms: PlatformConfig, age: npt.NDArray[np.int64]) -> Floats:
    if terms.p_dropout is not None:
        return np.asarray((1.0 - terms.p_dropout) ** age, float)
    ages = np.asarray(age, float)
    return np.asarray(survival_sbg(terms.dropout_alpha, terms.dropout_beta, ages), float)


def _active(terms: PlatformConfig, age: npt.NDArray[np.int64]) -> Floats:
    """Return a0·v(n)·S(n): the part active on an ordinary day, n days after the first."""
    plain = terms.changed("plain", freshened_on=None)
    fading = np.exp(-age / terms.visit_fade_days)
    visits = terms.p_active * visiting(plain, fading, terms.launch)
    return np.asarray(visits * _survival(terms, age), float)


def terms_on(scenario: Scenario, platform: str, date: str) -> PlatformConfig:
    """Return the terms that hold on a date, after the events up to it."""
    from sim.interventions import new_values

    terms = scenario.platforms[platform]
    for event in scenario.events:
        due = event.platform == platform and event.date <= dt.date.fromisoformat(date)
        if due and (event.undo_on is None or event.undo_on > dt.date.fromisoformat(date)):
            terms = terms.changed(event.id, **new_values(event, terms))
    return terms


def retention(terms: PlatformConfig, days: Sequence[int]) -> Floats:
    """Return the part of a cohort active after so many days, a0·v(t)·S(t), as panels count it."""
    return _active(terms, np.asarray(days))


def days_of_use(
    terms: PlatformConfig, discount_per_year: float, first: int = 0, end: int = int(DAYS_PER_YEAR)
) -> float:
    """Return the discounted days of use of a new user at ages from ``first`` to before ``end``.

    a0·Σ v(t)·S(t)/(1+d)^t, and 1 for the day of activation itself; of a first year if not said.
    """
    daily = (1.0 + discount_per_year) ** (1.0 / DAYS_PER_YEAR) - 1.0
    age = np.arange(max(first, 1), end)
    later = _active(terms, age) / (1.0 + daily) ** age
    return float((first == 0) + later.sum())


def fitted_dropout(days: Sequence[int], active: Sequence[float]) -> tuple[float, float]:
    """Return (α, β) of the drop-out whose curve is nearest, in logs, to published retention.

    Retention is read as the part active, and everybody who is still there as active.
    """
    from scipy.optimize import minimize

    wanted = np.log(np.asarray(active, float))

    def distance(logs: Floats) -> float:
        curve = survival_sbg(math.exp(logs[0]), math.exp(logs[1]), np.asarray(days))
        return float(((np.log(curve) - wanted) ** 2).sum())

    found = minimize(distance, np.array([0.0, 0.0]), method="Nelder-Mead", options={"xatol": 1e-6})
    alpha, beta = np.exp(found.x)
    return float(alpha), float(beta)
