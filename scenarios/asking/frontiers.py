"""Frontiers: what must go together for the books to balance, as a chart and a table each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from scenarios.asking.closed_form import Use, days_of_use, retention
from scenarios.asking.findings import Band, Findings, verdict
from scenarios.asking.lab import Lab
from scenarios.asking.question import REFERENCE, Measure
from scenarios.asking.question_page import color, source_text
from sim.numbers import amount, brief
from sim.platform_config import PlatformConfig
from sim.report.bands import heat, lines
from sim.report.page import Exhibit, Table
from sim.scenario import Scenario

#: Shades of one platform's color, light to dark, for lines of one family.
_SHADES = ("#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")
QUOTAS, PRICES = (30, 6, 3, 1, 0), (0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0)


def break_even(found: Findings, use: Use, cost_usd: float, ads_usd: float) -> Exhibit:
    """Return the isoquants of contribution zero over price, quota and unit cost."""
    cost = {q: [use.break_even_cost(q, price) for price in PRICES] for q in QUOTAS}
    best = {q: max(values) for q, values in cost.items()}
    with_ads = {q: max(use.break_even_cost(q, p, ads_usd) for p in PRICES) for q in QUOTAS}

    def times(level: float) -> str:
        if math.isinf(level):
            return "any cost pays: no clip is made"
        fall = cost_usd / level if level > 0.0 else math.inf
        return "pays now" if fall <= 1.0 else f"{brief(fall)} times"

    rows = [
        [f"{q} free clips a day", f"{use.served(q):.2f}", f"{use.hit_rate(q):.0%}",
         f"${PRICES[int(np.argmax(cost[q]))]:.2f}", f"${best[q]:.4f}", times(best[q]),
         times(with_ads[q])]
        for q in QUOTAS
    ]  # fmt: skip
    label = {q: f"{q} free a day" for q in QUOTAS}
    return Exhibit(
        "Break-even over price, quota and unit cost",
        "Each line joins the prices and unit costs at which a day of use leaves nothing; below it "
        "clips pay. Closed form on the use expected in the last days; a clip beyond the quota is "
        "bought if willingness exceeds the price, and nobody leaves for a smaller quota (A59 would "
        "make small quotas look worse).",
        lines(
            {label[q]: cost[q] for q in QUOTAS}, PRICES,
            "Unit cost at which contribution is zero", "price of a clip beyond the quota [USD]",
            "cost of a clip [USD]", source_text(found), _SHADES[: len(QUOTAS)],
            {f"cost in March: ${cost_usd:.2f}": cost_usd},
        ),
        Table(
            ["offer", "free clips per day of use", "days at the quota", "best price tried",
             "cost at which it pays", "cost must fall", "the same with ads (A67)"],
            rows,
        ),
    )  # fmt: skip


def needed_d30(
    margin_usd: float, cost_usd: float, terms: PlatformConfig, discount_per_year: float
) -> float:
    """Return the part active on day 30 at which a year of use repays what a user cost.

    α of the drop-out is varied, β and the visits stay; NaN if no retention repays it.
    """
    from scipy.optimize import brentq

    if margin_usd <= 0.0:
        return math.nan

    def gain(log_alpha: float) -> float:
        loyal = terms.changed("d30", dropout_alpha=math.exp(log_alpha))
        return margin_usd * days_of_use(loyal, discount_per_year) - cost_usd

    ends = (math.log(1e-5), math.log(1e3))
    if gain(ends[0]) < 0.0:
        return math.nan
    if gain(ends[1]) > 0.0:
        return 0.0
    alpha = math.exp(brentq(gain, *ends))
    return float(retention(terms.changed("d30", dropout_alpha=alpha), (30,))[0])


def payback(
    found: Findings, use: Use, terms: PlatformConfig, cost_usd: float, cac_usd: dict[str, float],
    ads_usd: float, discount_per_year: float,
) -> Exhibit:  # fmt: skip
    """Return the retention that repays a user, by unit cost and by what the user cost."""
    costs = [cost_usd / fall for fall in (1, 3, 10, 30, 100, 300, 1000)]
    quota, price = terms.free_quota_per_day, (terms.pack_usd or 0.0) / terms.pack_clips
    margins = [use.contribution(quota, price, cost, ads_usd) for cost in costs]
    curves = {
        f"{name}: {amount(cac, 'USD')}": [
            needed_d30(margin, cac, terms, discount_per_year) for margin in margins
        ]
        for name, cac in cac_usd.items()
    }
    rows = [
        [f"${cost:.4f}", amount(margin, "USD"),
         *("none" if math.isnan(curve[i]) else f"{curve[i]:.1%}" for curve in curves.values())]
        for i, (cost, margin) in enumerate(zip(costs, margins, strict=True))
    ]  # fmt: skip
    own = float(retention(terms, (30,))[0])
    return Exhibit(
        "Which retention pays back",
        f"Part of new users who must be active on day 30 so that a year of use repays what a user "
        f"cost, with ads (A67), by the cost of a clip; the baseline has {own:.1%}. Where a day of "
        f"use loses money, no retention pays: more loyal users then lose more.",
        lines(
            curves, costs, "Day-30 retention that repays a user", "cost of a clip [USD]",
            "active on day 30 [share]", source_text(found), _SHADES[1 : 1 + len(curves)],
            {"baseline": own}, log=True,
        ),
        Table(["cost of a clip", "left of a day of use", *curves], rows),
    )  # fmt: skip


def budgets(
    found: Findings, arms: Sequence[str], spent: Measure, bought: Measure, owned: Measure
) -> Exhibit:
    """Return what budgets bring, against what the rival's own surfaces brought him."""
    level = found.value(REFERENCE, owned).middle
    pairs = sorted((found.value(a, spent).middle, found.value(a, bought).middle) for a in arms)
    budget, users = (list(column) for column in zip(*pairs, strict=True))
    equal = _crossing(budget, users, level)
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


def _crossing(x: Sequence[float], y: Sequence[float], level: float) -> float:
    """Return where a rising curve reaches a level, straight in logs between points; or NaN."""
    for (x0, y0), (x1, y1) in pairwise(zip(x, y, strict=True)):
        if 0.0 < y0 <= level <= y1:
            part = math.log(level / y0) / math.log(y1 / y0) if y1 > y0 else 0.0
            return float(x0 * (x1 / x0) ** part)
    return math.nan


def tipping(found: Findings, lab: Lab, base: Scenario, measure: Measure) -> Exhibit:
    """Return the map of the k-factor over how strongly friends act and how much is shared.

    A market tips when users bring more than one user each: k = 1 is the edge.
    """
    strength, share = found.inputs.assumptions["A16"], found.inputs.assumptions["A20"]
    x = np.round(np.linspace(strength.low or 0.0, strength.high or 0.0, 4), 3)
    y = np.round(np.linspace(share.low or 0.0, share.high or 0.0, 4), 3)
    grid = [
        base.set("sora.friend_strength", float(beta)).set("sora.p_share_friends", float(p))
        for p in y
        for beta in x
    ]
    numbers = lab.numbers(grid, (measure,), max(lab.size.assumption_replicates, 1))
    k = np.array([np.median(n[measure]) for n in numbers]).reshape(len(y), len(x))
    worst = Band.of(numbers[int(k.argmax())][measure], "share")
    tips = verdict(
        worst, "where it passes 1 the market tips",
        "nowhere does it reach 1, so the market does not tip by contagion",
        "chance does not tell whether it reaches 1, where the market would tip", bar=1.0,
    )  # fmt: skip
    return Exhibit(
        "Tipping map",
        f"Part of Sora's new users brought by other users (k-factor), over the ranges of A16 and "
        f"A20: at most {worst}; {tips}.",
        heat(
            k, x.tolist(), y.tolist(), "k-factor of Sora", "A16: strength of friends",
            "A20: clips sent to friends [share]", source_text(found),
        ),
        Table(
            ["A20 \\ A16", *(f"{beta:g}" for beta in x)],
            [[f"{p:g}", *(f"{v:.1%}" for v in row)] for p, row in zip(y, k, strict=True)],
        ),
    )  # fmt: skip
