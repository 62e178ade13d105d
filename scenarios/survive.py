"""Which changes bring the contribution to zero by spring, and which set of them is the cheapest?

Differs from the baseline in what Sora gives, charges and shows from 2026-01-01 on, and in what a
clip costs: each change alone, and together. In all arms people who meet the limit leave sooner.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from scenarios import baseline
from scenarios.asking.closed_form import Use, days_of_use, terms_on, use_on
from scenarios.asking.findings import Band, Findings, verdict
from scenarios.asking.question import (
    END,
    REFERENCE,
    Asked,
    Measure,
    Number,
    Values,
    builder,
    main_arm,
)
from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.smaller_quota import minding
from sim.interventions import Event
from sim.numbers import amount, brief
from sim.report.page import Exhibit, Table
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab

NAME = "survive"
EVIDENCE = ("SOR080", "SOR081", "SOR082", "SOR085", "SEED003")
ASSUMPTIONS = ("A5", "A6", "A7", "A36", "A59", "A67")
SINCE = "2026-03-01"
#: Day from which something else is offered.
FROM = dt.date(2026, 1, 1)

CONTRIBUTION = Measure("contribution_usd", "sora", SINCE, END)
DAYS = Measure("active_days", "sora", SINCE, END)
USERS = Measure("daily_active", "sora", SINCE, END)
CLIPS = Measure("clips", "sora", SINCE, END)
COST = Measure("unit_cost_usd", "sora", SINCE, END)
MEASURES = (CONTRIBUTION, DAYS, USERS, CLIPS, COST)
ALL = "all together"
#: What is tried in closed form.
QUOTAS, PRICES, CHEAPER = (30, 10, 6, 3, 2, 1, 0), (0.15, 0.4, 1.0, 2.0, 4.0), 10.0
PACK_CLIPS = 10


def reference(inputs: Inputs) -> Scenario:
    """Return history, with people who mind the limit."""
    return minding(baseline.scenario(inputs), inputs)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the changes alone, and together."""
    given = inputs or load_inputs()
    base = reference(given)

    def changed(cheaper: float = 1.0, **values: float) -> Scenario:
        factors = {"gpu_minutes_per_clip": 1.0 / cheaper} if cheaper != 1.0 else {}
        return base.with_event(
            Event(id=NAME, date=FROM, platform="sora", set=values, multiply=factors)
        )

    ads = {"other_revenue_usd_per_active_day": given.value("A67")}
    return {
        ALL: changed(CHEAPER, free_quota_per_day=1, pack_usd=10.0, **ads),
        "1 free clip": changed(free_quota_per_day=1),
        "packs $10": changed(pack_usd=10.0),
        "ads": changed(**ads),
        "clips 10 times cheaper": changed(CHEAPER),
    }


def scenario() -> Scenario:
    """Return all changes together."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def _gap(get: Asked) -> Values:
    return -get(REFERENCE, CONTRIBUTION) / get(REFERENCE, DAYS)


NUMBER = Number("income that a day of use lacks in March", "USD", _gap)


def _unpaid(get: Asked) -> Values:
    """Return what a day of use lacks for a bought install to be repaid within a year."""
    terms = baseline.scenario(get.inputs).platforms["sora"]
    price = float(get.inputs.facts["BEN001"].value or 0.0)
    return _gap(get) + price / days_of_use(terms, float(get.inputs.value("A68")))


UNPAID = Number("income a day of use lacks for a bought install to pay back", "USD", _unpaid)


class Offer(NamedTuple):
    """What is offered: free clips a day, USD a clip beyond, ads, and how much cheaper clips are."""

    quota: int
    usd_per_clip: float
    ads_usd: float
    cheaper: float

    def __str__(self) -> str:
        ads = f", ads at {amount(self.ads_usd, 'USD/day of use')}" if self.ads_usd else ""
        return f"{self.quota} free clips a day, ${self.usd_per_clip:.2f} for each more{ads}"


def use_of(found: Findings) -> Use:
    """Return the use expected at the end, from the mean activations of the baseline's runs."""
    runs = found.ensembles[REFERENCE]
    p = list(runs.platforms).index("sora")
    started = runs.array("activations")[:, :, p].mean(axis=0)
    return use_on(runs.scenario, "sora", END, started)


def offers(use: Use, cost_usd: float, ads_usd: float) -> list[Offer]:
    """Return for each quota, with and without ads, the price that needs the least fall of cost.

    Closed form: the cost at which a day of use leaves nothing, over today's cost.
    """
    found = []
    for quota, ads in product(QUOTAS, (0.0, ads_usd)):
        cost = {price: use.break_even_cost(quota, price, ads) for price in PRICES}
        best = max(cost, key=lambda price: cost[price])
        needed = cost_usd / cost[best] if cost[best] > 0.0 else math.inf
        found.append(Offer(quota, best, ads, max(needed, 1.0)))
    return found


def cheapest(found: Findings) -> Offer | None:
    """Return the most generous offer that pays if clips get ten times cheaper, if there is one."""
    cost = found.value(REFERENCE, COST).middle
    options = offers(use_of(found), cost, float(found.inputs.value("A67")))
    paying = [offer for offer in options if offer.cheaper <= CHEAPER]
    return max(paying, key=lambda o: (o.quota, -o.cheaper)) if paying else None


def _closing(found: Findings) -> str:
    """Say which change closes the gap alone, and which may."""
    said = {
        arm: verdict(found.value(arm, CONTRIBUTION), "closes", "", "may")
        for arm in found.variants
        if arm != ALL
    }
    sure, may = (" and ".join(a for a in said if said[a] == word) for word in ("closes", "may"))
    closes = f"{sure} would close it alone" if sure else "no change alone closes it"
    return f"{closes}{' for sure' * (not sure)}; {may} may, within chance" if may else closes


def answer(found: Findings) -> str:
    """Phrase the gap, which change closes it alone, and the cheapest set."""
    lacks, offer = found.number, cheapest(found)
    first = verdict(
        lacks, f"In March a day of use lacks {lacks}, and {_closing(found)}.",
        f"In March a day of use lacks nothing: what it lacks is {lacks}.",
        f"Whether a day of use in March lacks anything, chance does not tell: it lacks {lacks}.",
    )  # fmt: skip
    text = f"{first} In the month that is {found.value(REFERENCE, CONTRIBUTION)}. "
    if offer is None:
        return text + f"Even with clips {CHEAPER:g} times cheaper no offer tried pays for itself."
    return text + (
        f"The most generous offer that pays is {offer}, once a clip costs {offer.cheaper:.2g} "
        f"times less than in March."
    )


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return the break-even isoquants, the offers tried, and the retention that pays back."""
    from scenarios.asking.frontiers import break_even, payback

    use, inputs = use_of(found), found.inputs
    cost, ads = found.value(REFERENCE, COST).middle, float(inputs.value("A67"))
    terms = terms_on(found.scenarios[REFERENCE], "sora", END)
    loaded = found.value(REFERENCE, Measure("cac_loaded_usd", "sora", SINCE, END)).middle
    prices = {"an install bought (BEN001)": float(inputs.facts["BEN001"].value or 0.0),
              "fully loaded, March": loaded}  # fmt: skip
    return [
        break_even(found, use, cost, ads),
        tried(found, lab),
        payback(found, use, terms, cost, prices, ads, float(inputs.value("A68"))),
    ]


def tried(found: Findings, lab: Lab) -> Exhibit:
    """Return the offers of the closed form, the cheapest set checked by simulation."""
    cost, ads = found.value(REFERENCE, COST).middle, float(found.inputs.value("A67"))
    rows = [
        [str(offer), "never" if math.isinf(offer.cheaper) else f"{brief(offer.cheaper)} times"]
        for offer in offers(use_of(found), cost, ads)
    ]
    return Exhibit(
        "Offers, and by how much a clip must get cheaper for each to pay",
        f"For each quota the best of the prices {', '.join(f'${p:g}' for p in PRICES)}. "
        + simulated(found, lab),
        table=Table(["offer", "cost must fall"], rows),
    )


def simulated(found: Findings, lab: Lab) -> str:
    """Run the cheapest set and say what it leaves."""
    offer = cheapest(found)
    if offer is None:
        return "None pays."
    base = found.scenarios[REFERENCE]
    values = {
        "free_quota_per_day": offer.quota,
        "pack_clips": 1,
        "pack_usd": offer.usd_per_clip,
        "other_revenue_usd_per_active_day": offer.ads_usd,
    }
    cheaper = {"gpu_minutes_per_clip": 1.0 / offer.cheaper}
    event = Event(id=NAME, date=FROM, platform="sora", set=values, multiply=cheaper)
    run = lab.ensemble(base.with_event(event))
    left = Band.of(CONTRIBUTION.of(run) / DAYS.of(run), "USD per day of use")
    return (
        f"The cheapest set ({offer}), simulated with clips {offer.cheaper:.2g} times cheaper and "
        f"sold singly, leaves {left} in March."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
