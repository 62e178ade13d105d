"""Which marketing budget would give OpenAI the reach that Google has for nothing?

Differs from the baseline in Sora's paid media: a fixed budget from launch on, or a strategy that
buys each day as many installs as the rival's own surfaces brought him last week. What that does to
the rival is measured too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from scenarios import baseline
from scenarios.asking.bands import verdict
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
from sim.platform_config import StrategyConfig
from sim.report.page import Exhibit
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab

NAME = "bought_reach"
EVIDENCE = ("SEED010", "BEN001", "BEN002", "BEN003", "BEN004", "OAI005")
ASSUMPTIONS = ("A9", "A41", "A44", "A56", "A94", "A99", "A100")

SPENT = Measure("marketing_usd", "sora", LAUNCH, END)
STARTED = Measure("activations", "sora", LAUNCH, END)
BOUGHT = Measure("activations_paid", "sora", LAUNCH, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
OWNED = Measure("activations_owned", "google", LAUNCH, END)
COMPUTE = Measure("compute_usd", "sora", LAUNCH, END)
VEO = Measure("activations", "google", LAUNCH, END)
VEO_USERS = Measure("daily_active", "google", "2026-03-01", END)
VEO_CLIPS = Measure("clips", "google", LAUNCH, END)
MEASURES = (STARTED, SPENT, BOUGHT, USERS, OWNED, COMPUTE, VEO, VEO_USERS, VEO_CLIPS)
MATCH = "match Google's surfaces"
#: Fixed budgets tried, USD a day.
BUDGETS = (30e3, 100e3, 300e3, 1e6, 3e6)


def budget(base: Scenario, usd_per_day: float) -> Scenario:
    """Return the scenario with a fixed budget for paid media from launch on."""
    return base.set("sora.marketing_usd_per_day", usd_per_day)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the matching strategy, then the fixed budgets."""
    base = baseline.scenario(inputs or load_inputs())
    strategy = StrategyConfig(
        name="match_reach", parameters={"rival": "google", "max_usd_per_day": 20e6}
    )
    sora = base.platforms["sora"].changed("match", strategies=(strategy,))
    fixed = {f"${usd / 1e3:,.0f} k a day": budget(base, usd) for usd in BUDGETS}
    return {MATCH: base.with_platform("sora", sora), **fixed}


def scenario() -> Scenario:
    """Return the matching strategy."""
    return main_arm(variants(), NAME)


build = builder(scenario)

_DAYS = (dt.date.fromisoformat(END) - dt.date.fromisoformat(LAUNCH)).days + 1
NUMBER = Number(
    "budget that matches Google's own surfaces", "USD/day", lambda get: get(MATCH, SPENT) / _DAYS
)


def price_of_a_start(arm: str) -> Number:
    """Return the marketing spent for one more person who starts, net of those who would have."""

    def of(get: Asked) -> Values:
        more = get(arm, STARTED) - get(REFERENCE, STARTED)
        return get(arm, SPENT) / np.where(more > 0.0, more, np.nan)

    return Number("marketing for one more start", "USD per start", of)


def _to_veo(found: Findings, arm: str) -> str:
    """Say what paid media of Sora do to Veo."""
    veo, users = found.ratio(arm, VEO), found.ratio(arm, VEO_USERS)
    does = verdict(
        users, "Veo gains daily users by it all the same", "Veo loses daily users by it",
        "whether Veo's daily users move by it, chance does not tell",
    )  # fmt: skip
    return (
        f"Veo's new users change by {veo}, its daily users in March by {users} and its clips by "
        f"{found.ratio(arm, VEO_CLIPS)}: {does}."
    )


def answer(found: Findings) -> str:
    """Phrase the budget, what it buys, what each more user costs, and what it does to Veo."""
    largest = f"${BUDGETS[-1] / 1e3:,.0f} k a day"
    owned, bought = found.value(REFERENCE, OWNED), found.value(MATCH, BOUGHT)
    each = found.work(price_of_a_start(MATCH))
    most = found.work(price_of_a_start(largest))
    extra = found.change(MATCH, COMPUTE)
    clips = verdict(
        extra, f"Their clips cost another {extra._replace(signed=False)} of compute.",
        f"Compute costs less all the same: {extra}.",
        f"What their clips add to the cost of compute cannot be told from chance ({extra}).",
    )  # fmt: skip
    return (
        f"To be installed from ads as often as Veo 3 is from Google's own surfaces, OpenAI would "
        f"have to spend {found.number}. From {LAUNCH} to {END}, {owned.point} start with Veo "
        f"through Google's surfaces and {bought.point} would with Sora through ads; each person "
        f"who would not have come anyway costs {each} in ads, {most.point} at the largest budget "
        f"tried. {clips} {_to_veo(found, MATCH)} At the largest budget: {_to_veo(found, largest)}"
    )


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return the budget that equals Google's surfaces, causes, and what a user costs."""
    from scenarios.asking.attribution import acquisition, by_cause
    from scenarios.asking.frontiers import budgets

    fixed = [arm for arm in found.variants if arm != MATCH]
    who = [(REFERENCE, "google"), (REFERENCE, "sora"), (MATCH, "sora")]
    return [
        budgets(found, fixed, SPENT, BOUGHT, OWNED),
        by_cause(found, MATCH),
        acquisition(found, who),
    ]


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
