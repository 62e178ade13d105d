"""Frontiers: what must go together for the books to balance, as a chart and a table each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from agents.day.use import ONBOARDING_DAYS
from scenarios.asking.bands import Band
from scenarios.asking.closed_form import days_of_use, retention
from scenarios.asking.findings import Findings
from scenarios.asking.offers import PACKS_USD, QUOTAS, TriedOffer, best
from scenarios.asking.question import REFERENCE, Measure
from scenarios.asking.question_page import color, source_text
from sim.numbers import amount, brief
from sim.platform_config import PlatformConfig
from sim.report.bands import lines
from sim.report.page import Exhibit, Table

#: Shades of one platform's color, light to dark, for lines of one family.
_SHADES = ("#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")


def break_even(
    found: Findings, every: Sequence[TriedOffer], cost_usd: float, ads_usd: float
) -> Exhibit:
    """Return the isoquants of contribution zero over price, quota and unit cost."""

    def times(level: float) -> str:
        if math.isinf(level):
            return "any cost pays: no clip is made"
        if level <= 0.0:
            return "at no cost: nothing is sold"
        fall = cost_usd / level
        return "pays now" if fall <= 1.0 else f"{brief(fall)} times"

    rows = []
    for quota in QUOTAS:
        top = best(every, quota, cost_usd)
        one, with_ads = top.offer, best(every, quota, cost_usd, ads_usd).offer
        rows.append(
            [f"{quota} free clips a day", top.price, amount(one.left(cost_usd), "USD"),
             f"{one.clips / one.days if one.days else math.nan:.2f}", brief(one.days),
             times(one.pays_at()), times(with_ads.pays_at(ads_usd))]
        )  # fmt: skip
    level = {
        f"{quota} free a day": [o.pays_at() for o in every if o.quota == quota] for quota in QUOTAS
    }
    return Exhibit(
        "Break-even over price, quota and unit cost",
        "Each line joins the prices of a pack and the costs of a clip at which the month leaves "
        "nothing; below it clips pay. Every point is a run of the market from the new offer on, in "
        "which people come, buy and leave over it. The table has, for each quota, the price that "
        "leaves most at the cost in March.",
        lines(
            level, PACKS_USD, "Unit cost at which contribution is zero", "price of a pack [USD]",
            "cost of a clip [USD]", source_text(found), _SHADES[: len(QUOTAS)],
            {f"cost in March: ${cost_usd:.2f}": cost_usd}, log=True,
        ),
        Table(
            ["offer", "best price of a pack", "left in the month", "clips per day of use",
             "days of use", "cost must fall", "the same with ads (A67)"],
            rows,
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class UserDay:
    """A day of use in the mean, and what a new user's first days take beyond it.

    Parameters
    ----------
    income_usd
        Revenue after fees, ads included, per day of use.
    clips
        Clips made per day of use.
    onboarding_clips
        Free clips of a user's first 30 days, per activation.
    """

    income_usd: float
    clips: float
    onboarding_clips: float


def year_of_use(
    day: UserDay, terms: PlatformConfig, own: PlatformConfig, cost_usd: float, bought_usd: float,
    discount_per_year: float,
) -> tuple[float, float]:  # fmt: skip
    """Return (what a year of use leaves, loaded acquisition cost), USD per new user.

    Free clips of the first 30 days belong to the loaded cost, so the year counts those after them,
    and the income of all days; no clip is counted twice.

    Parameters
    ----------
    terms, own
        Retention asked about, and that under which the day was measured: whoever comes more often
        in the first 30 days makes as many more clips.
    bought_usd
        Price of an install, where it is bought.
    """
    first = days_of_use(terms, discount_per_year, 0, ONBOARDING_DAYS)
    later = days_of_use(terms, discount_per_year, ONBOARDING_DAYS)
    usual = days_of_use(own, discount_per_year, 0, ONBOARDING_DAYS)
    loaded = bought_usd + cost_usd * day.onboarding_clips * first / usual
    return day.income_usd * (first + later) - cost_usd * day.clips * later, loaded


def needed_d30(
    day: UserDay, terms: PlatformConfig, cost_usd: float, bought_usd: float,
    discount_per_year: float,
) -> float:  # fmt: skip
    """Return the part active on day 30 at which a year of use repays the loaded cost of a user.

    α of the drop-out is varied, β and the visits stay; NaN if no retention repays it.
    """
    from scipy.optimize import brentq

    def gain(log_alpha: float) -> float:
        other = terms.changed("d30", dropout_alpha=math.exp(log_alpha))
        left, loaded = year_of_use(day, other, terms, cost_usd, bought_usd, discount_per_year)
        return left - loaded

    # From the most loyal users on: where a later day of use loses money, the fewest lose least.
    tried = np.linspace(math.log(1e-5), math.log(1e3), 61)
    gains = np.array([gain(float(x)) for x in tried])
    if gains[-1] >= 0.0:
        return 0.0
    paying = np.flatnonzero(gains >= 0.0)
    if paying.size == 0:
        return math.nan
    last = int(paying[-1])
    alpha = math.exp(brentq(gain, float(tried[last]), float(tried[last + 1])))
    return float(retention(terms.changed("d30", dropout_alpha=alpha), (30,))[0])


def payback(
    found: Findings, day: UserDay, terms: PlatformConfig, cost_usd: float,
    bought_usd: dict[str, float], discount_per_year: float, seen: Band,
) -> Exhibit:  # fmt: skip
    """Return the retention that repays a user, by unit cost and by how he was won.

    Parameters
    ----------
    seen
        The part active on day 30 in runs, where limits, friends and feeds act too.
    """
    costs = [cost_usd / fall for fall in (1, 3, 10, 30, 100, 300, 1000)]
    curves = {
        name: [needed_d30(day, terms, cost, price, discount_per_year) for cost in costs]
        for name, price in bought_usd.items()
    }
    rows = []
    for i, cost in enumerate(costs):
        loaded = [
            year_of_use(day, terms, terms, cost, price, discount_per_year)[1]
            for price in bought_usd.values()
        ]
        rows.append(
            [f"${cost:.4f}", amount(day.income_usd - cost * day.clips, "USD"),
             *(amount(one, "USD") for one in loaded),
             *("none" if math.isnan(curve[i]) else f"{curve[i]:.1%}" for curve in curves.values())]
        )  # fmt: skip
    own = float(retention(terms, (30,))[0])
    return Exhibit(
        "Which retention pays back",
        f"Part of new users who must be active on day 30 so that a year of use, with ads (A67), "
        f"repays the loaded cost of a user: the install if it is bought, and free clips of the "
        f"first 30 days, which are counted there and nowhere else. The baseline has {seen}; by a "
        f"user's own drop-out and the tiring of visits alone, by which days of use are counted "
        f"here, it would be {own:.1%}. Where a later day of use loses money, more loyal users lose "
        f"more.",
        lines(
            curves, costs, "Day-30 retention that repays a user", "cost of a clip [USD]",
            "active on day 30 [share]", source_text(found), _SHADES[1 : 1 + len(curves)],
            {"baseline": seen.middle}, log=True,
        ),
        Table(
            ["cost of a clip", "left of a day of use",
             *(f"loaded cost, {name}" for name in curves), *curves],
            rows,
        ),
    )  # fmt: skip


def budgets(
    found: Findings, arms: Sequence[str], spent: Measure, bought: Measure, owned: Measure
) -> Exhibit:
    """Return what budgets bring, against what the rival's own surfaces brought him."""
    level = found.value(REFERENCE, owned).middle
    pairs = sorted((found.value(a, spent).middle, found.value(a, bought).middle) for a in arms)
    budget, users = (list(column) for column in zip(*pairs, strict=True))
    equal = crossing(budget, users, level)
    rows = [
        [amount(b, "USD"), amount(n, "people"), amount(b / n if n else math.nan, "USD")]
        for b, n in pairs
    ]
    return Exhibit(
        "The budget that equals the rival's own surfaces",
        f"{amount(level, 'people')} came through Google's own surfaces in the same time; ads bring "
        f"as many for {amount(equal, 'USD')}. Each further user costs more (A56).",
        lines(
            {"started through ads": users}, budget, "New users bought", "spent on ads [USD]",
            "people", source_text(found), (color(found, spent.platform),),
            {f"through the rival's own surfaces: {amount(level, 'people')}": level},
        ),
        Table(["spent on ads", "started through ads", "per start"], rows),
    )  # fmt: skip


def crossing(x: Sequence[float], y: Sequence[float], level: float) -> float:
    """Return where a rising curve reaches a level, straight in logs between points; or NaN."""
    for (x0, y0), (x1, y1) in pairwise(zip(x, y, strict=True)):
        if 0.0 < y0 <= level <= y1:
            part = math.log(level / y0) / math.log(y1 / y0) if y1 > y0 else 0.0
            return float(x0 * (x1 / x0) ** part)
    return math.nan
