"""Which price, quota and cost of a clip bring the contribution to zero by spring?

Differs from the baseline in what Sora gives, charges and shows from 2026-01-01 on, and in what a
clip costs: each change alone, and together. People who meet a limit leave sooner (A59), but in one
arm in which from that day on nobody minds it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scenarios import baseline
from scenarios.asking.bands import quoted, verdict
from scenarios.asking.closed_form import days_of_use, terms_on
from scenarios.asking.findings import Findings
from scenarios.asking.question import (
    END,
    LAUNCH,
    REFERENCE,
    Asked,
    Measure,
    Number,
    Values,
    builder,
    main_arm,
)
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.interventions import Event
from sim.numbers import amount
from sim.report.page import Exhibit
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.frontiers import UserDay
    from scenarios.asking.lab import Lab

NAME = "survive"
EVIDENCE = ("SOR080", "SOR081", "SOR082", "SOR085", "SEED003", "BEN001", "BEN028")
ASSUMPTIONS = ("A5", "A6", "A7", "A36", "A59", "A67", "A69", "A70", "A71")
SINCE = "2026-03-01"
#: Day from which something else is offered.
FROM = dt.date(2026, 1, 1)

CONTRIBUTION = Measure("contribution_usd", "sora", SINCE, END)
DAYS = Measure("active_days", "sora", SINCE, END)
USERS = Measure("daily_active", "sora", SINCE, END)
CLIPS = Measure("clips", "sora", SINCE, END)
COST = Measure("unit_cost_usd", "sora", SINCE, END)
REVENUE = Measure("revenue_usd", "sora", SINCE, END)
#: Of all who started so far: what a user's first 30 days took.
FIRST_CLIPS = Measure("clips_onboarding", "sora", LAUNCH, END)
STARTED = Measure("activations", "sora", LAUNCH, END)
MEASURES = (CONTRIBUTION, DAYS, USERS, CLIPS, COST, REVENUE, FIRST_CLIPS, STARTED)
ALL, ONE_FREE, UNMINDED = "all together", "1 free clip", "nobody minds: 1 free clip"
CHEAPER = 10.0
#: Prices of a pack behind a paywall, from the one that was asked on.
WALLS = (4.0, 10.0, 16.0, 25.0, 50.0)
#: Price of an install, for the loaded cost of a bought user.
BOUGHT = "BEN001"


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the changes alone, and together."""
    given = inputs or load_inputs()
    base = baseline.scenario(given)

    def changed(cheaper: float = 1.0, **values: float) -> Scenario:
        factors = {"gpu_minutes_per_clip": 1.0 / cheaper} if cheaper != 1.0 else {}
        return base.with_event(
            Event(id=NAME, date=FROM, platform="sora", set=values, multiply=factors)
        )

    ads = {"other_revenue_usd_per_active_day": given.value("A67")}
    walls = {wall(usd): changed(free_quota_per_day=0, pack_usd=usd) for usd in WALLS}
    return {
        ALL: changed(CHEAPER, free_quota_per_day=1, pack_usd=10.0, **ads),
        ONE_FREE: changed(free_quota_per_day=1),
        "packs $10": changed(pack_usd=10.0),
        "ads": changed(**ads),
        "clips 10 times cheaper": changed(CHEAPER),
        **walls,
        UNMINDED: changed(free_quota_per_day=1, dropout_quota_hits=0.0),
    }


def wall(pack_usd: float) -> str:
    """Return the label of a paywall with packs of a price."""
    return f"nothing free, packs ${pack_usd:g}"


def scenario() -> Scenario:
    """Return all changes together."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def _gap(get: Asked) -> Values:
    return -get(REFERENCE, CONTRIBUTION) / get(REFERENCE, DAYS)


NUMBER = Number("income that a day of use lacks in March", "USD", _gap)


def _unpaid(get: Asked) -> Values:
    """Return what a day of use lacks for a bought user to be repaid within a year, loaded.

    The install and the free clips of the first 30 days over all days of use of a year, and the
    clips of those after, less what a day of use brings.
    """
    terms = terms_on(baseline.scenario(get.inputs), "sora", END)
    discount = float(get.inputs.value("A68"))
    later = days_of_use(terms, discount, 30)
    year = days_of_use(terms, discount)
    cost = get(REFERENCE, COST)
    first = cost * get(REFERENCE, FIRST_CLIPS) / get(REFERENCE, STARTED)
    clips = cost * get(REFERENCE, CLIPS) / get(REFERENCE, DAYS)
    income = get(REFERENCE, REVENUE) / get(REFERENCE, DAYS)
    return (get.inputs.facts[BOUGHT].number + first + clips * later) / year - income


UNPAID = Number(
    "income a day of use lacks for the loaded cost to be repaid in a year", "USD", _unpaid
)


def user_day(found: Findings, ads_usd: float) -> UserDay:
    """Return a day of use in March, and the free clips of a new user's first 30 days."""
    from scenarios.asking.frontiers import UserDay

    def each(of: Measure, per: Measure) -> float:
        return found.value(REFERENCE, of).middle / found.value(REFERENCE, per).middle

    return UserDay(
        income_usd=each(REVENUE, DAYS) + ads_usd,
        clips=each(CLIPS, DAYS),
        onboarding_clips=each(FIRST_CLIPS, STARTED),
    )


def _alone(found: Findings) -> list[str]:
    """Return the single changes, of people as they are."""
    return [arm for arm in found.variants if arm not in (ALL, UNMINDED)]


def _closing(found: Findings) -> str:
    """Say which changes close the gap alone, and which may."""
    said = {
        arm: verdict(found.value(arm, CONTRIBUTION), "closes", "", "may") for arm in _alone(found)
    }
    sure, may = (
        " and ".join(f"“{a}”" for a in said if said[a] == word) for word in ("closes", "may")
    )
    closes = f"{sure} would close it alone" if sure else "none of the changes tried closes it alone"
    return f"{closes}{' for sure' * (not sure)}; {may} may, within chance" if may else closes


def _best(found: Findings) -> str:
    """Say which change leaves most, and whether its price is an end of those tried."""
    leaders = found.leaders(CONTRIBUTION, _alone(found))
    best, left = leaders[0], found.value(leaders[0], CONTRIBUTION)
    ends = [wall(usd) for usd in (WALLS[0], WALLS[-1])]
    end = " It is an end of the prices tried: another may leave more." if best in ends else ""
    return (
        f"Of single changes {quoted(leaders)} leaves most, {left} in the month, with daily users "
        f"changed by {found.ratio(best, USERS)}.{end}"
    )


def answer(found: Findings) -> str:
    """Phrase the gap, which change closes it alone, and which leaves most."""
    lacks = found.number
    first = verdict(
        lacks, f"In March a day of use lacks {lacks}, and {_closing(found)}.",
        f"In March a day of use lacks nothing: what it lacks is {lacks}.",
        f"Whether a day of use in March lacks anything, chance does not tell: it lacks {lacks}.",
    )  # fmt: skip
    return (
        f"{first} In the month that is {found.value(REFERENCE, CONTRIBUTION)}. {_best(found)} "
        f"All together, with clips {CHEAPER:g} times cheaper, one free clip and ads, leave "
        f"{found.value(ALL, CONTRIBUTION)}. “{ONE_FREE}” alone changes daily users by "
        f"{found.ratio(ONE_FREE, USERS)}, and by {found.ratio(UNMINDED, USERS)} if from then on "
        f"nobody minded a limit (A59 at zero)."
    )


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return the break-even isoquants, and the retention that pays back."""
    from scenarios.asking.frontiers import break_even, payback
    from scenarios.asking.offers import offers
    from scenarios.asking.seen import seen_retention

    inputs = found.inputs
    cost, ads = found.value(REFERENCE, COST).middle, float(inputs.value("A67"))
    world = found.scenarios[REFERENCE]
    terms = terms_on(world, "sora", END)
    every = offers(world, lab, str(FROM), SINCE, END)
    price = inputs.facts[BOUGHT].number
    bought = {f"install bought at {amount(price, 'USD')} ({BOUGHT})": price, "nothing bought": 0.0}
    discount, seen = float(inputs.value("A68")), seen_retention(lab, world, "sora", (30,))[30]
    return [
        break_even(found, every, cost, ads),
        payback(found, user_day(found, ads), terms, cost, bought, discount, seen),
    ]


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
