"""The use of one day as a mixture in closed form: who is active, how new, what they want.

Expected, not simulated: installs of the past times survival, novelty by age, demand by segment. So
a price, a quota or a cost can be tried without a run, and a run can check it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.day.terms import novelty
from agents.platforms.economics import (
    DAYS_PER_YEAR,
    NegativeBinomial,
    break_even_net_price,
    contribution_per_active_day,
    expected_excess,
    expected_served,
    p_hit,
    survival_sbg,
)
from agents.platforms.normal import mean_logistic, normal_nodes
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario

Floats = npt.NDArray[np.float64]
#: Nodes for the mean over normal willingness to pay.
_NODES = 64
#: Ages are gathered where novelty agrees to this.
_NOVELTY_STEP = 0.005


@dataclass(frozen=True)
class Group:
    """Days of use that are alike.

    Parameters
    ----------
    share
        Part of all days of use.
    demand
        Clips wanted.
    rel_willingness
        Multiplier of the group's willingness to pay.
    """

    share: float
    demand: NegativeBinomial
    rel_willingness: float


@dataclass(frozen=True)
class Use:
    """Expected use of one day.

    Parameters
    ----------
    daily_active
        People active that day.
    groups
        By newness and segment; shares sum to 1.
    median_usd, sd, noise
        Willingness to pay for a clip: lognormal, and the logistic noise of a purchase.
    store_fee
        Kept by the store.
    """

    daily_active: float
    groups: tuple[Group, ...]
    median_usd: float
    sd: float
    noise: float
    store_fee: float

    def paid_share(self, usd_per_clip: float, rel_willingness: float = 1.0) -> float:
        """Return the part of people who would pay a price for clips beyond the quota."""
        if usd_per_clip <= 0.0:
            return 1.0
        willing = math.log(self.median_usd * rel_willingness) + self.sd * normal_nodes(_NODES)
        return mean_logistic((willing - math.log(usd_per_clip)) / self.noise)

    def served(self, quota: int) -> float:
        """Return free clips per day of use."""
        return sum(g.share * expected_served(g.demand, quota) for g in self.groups)

    def hit_rate(self, quota: int) -> float:
        """Return the part of days of use that reach the quota."""
        return sum(g.share * p_hit(g.demand, quota) for g in self.groups)

    def sold(self, quota: int, usd_per_clip: float) -> float:
        """Return clips sold per day of use."""
        return sum(
            g.share
            * expected_excess(g.demand, quota)
            * self.paid_share(usd_per_clip, g.rel_willingness)
            for g in self.groups
        )

    def contribution(
        self, quota: int, usd_per_clip: float, cost_usd: float, ads_usd: float = 0.0
    ) -> float:
        """Return the USD that a day of use leaves after compute."""
        net = usd_per_clip * (1.0 - self.store_fee)
        return ads_usd + sum(
            g.share
            * contribution_per_active_day(
                g.demand, quota, self.paid_share(usd_per_clip, g.rel_willingness), net, cost_usd
            )
            for g in self.groups
        )

    def break_even_cost(self, quota: int, usd_per_clip: float, ads_usd: float = 0.0) -> float:
        """Return the cost of a clip at which a day of use leaves nothing; inf if none is made."""
        sold = self.sold(quota, usd_per_clip)
        made = self.served(quota) + sold
        earned = sold * usd_per_clip * (1.0 - self.store_fee) + ads_usd
        return earned / made if made > 0.0 else math.inf

    def net_price(self, quota: int, cost_usd: float, paid_share: float) -> float:
        """Return the net price of a clip at which a day leaves nothing, for a given buying part.

        Alike people; for the isoquant of textbooks (`break_even_net_price`).
        """
        mean = sum(g.share * g.demand.mean for g in self.groups)
        alike = NegativeBinomial(mean, self.groups[0].demand.shape)
        return break_even_net_price(alike, quota, paid_share, cost_usd)


def use_on(scenario: Scenario, platform: str, date: str, activations: npt.ArrayLike) -> Use:
    """Return the expected use of a day from the activations up to it.

    Exact in expectation while nothing feeds back on drop-out and nobody returns (the baseline).

    Parameters
    ----------
    activations
        (days,) people who started, from the first day of the market to the date or beyond.
    """
    market, terms = scenario.market, terms_on(scenario, platform, date)
    day = market.day(dt.date.fromisoformat(date))
    started = np.asarray(activations, float)[: day + 1]
    age = day - np.arange(day + 1)
    there = _survival(terms, age) * np.where(age == 0, 1.0, terms.p_active)
    active = started * there
    new = novelty(terms, age)
    steps = np.round(new / _NOVELTY_STEP).astype(int)
    groups = []
    for step in np.unique(steps[active > 0.0]):
        here = steps == step
        weight = float(active[here].sum())
        mean = float((active * new)[here].sum()) / weight
        for segment in market.segments.values():
            wish = market.mean_clips * mean * terms.rel_demand * segment.rel_demand
            share = weight / float(active.sum()) * segment.share
            demand = NegativeBinomial(wish, market.rate_shape)
            groups.append(Group(share, demand, segment.rel_willingness))
    return Use(
        daily_active=float(active.sum()),
        groups=tuple(groups),
        median_usd=market.median_willingness_usd,
        sd=market.willingness_sd,
        noise=market.price_noise,
        store_fee=terms.store_fee,
    )


def _survival(terms: PlatformConfig, age: npt.NDArray[np.int64]) -> Floats:
    if terms.p_dropout is not None:
        return np.asarray((1.0 - terms.p_dropout) ** age, float)
    ages = np.asarray(age, float)
    return np.asarray(survival_sbg(terms.dropout_alpha, terms.dropout_beta, ages), float)


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
    """Return the part of a cohort active after so many days, S(t)·a0, as panels count it."""
    return _survival(terms, np.asarray(days)) * terms.p_active


def days_of_use(terms: PlatformConfig, discount_per_year: float) -> float:
    """Return the discounted days of use of a new user's first year: 1 + a0·Σ S(t)/(1+d)^t."""
    daily = (1.0 + discount_per_year) ** (1.0 / DAYS_PER_YEAR) - 1.0
    age = np.arange(1, int(DAYS_PER_YEAR))
    later = _survival(terms, age) / (1.0 + daily) ** age
    return float(1.0 + terms.p_active * later.sum())


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
