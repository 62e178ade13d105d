"""The moves that are shipped: arms of the questions, each taken as it stands there.

Only a price cut, more free clips and the two moves that answer what happens are no question of
their own yet; they are made of facts, terms and strategies that are there.
"""

from __future__ import annotations

from scenarios import (
    bought_reach,
    bundled,
    google_push,
    paid_launch,
    referral,
    smaller_quota,
    stop_rule,
)
from scenarios.dueling.moves import move
from scenarios.inputs.assumptions import Inputs
from sim.interventions import Event
from sim.platform_config import StrategyConfig
from sim.scenario import Scenario

OPENAI, GOOGLE = "sora", "google"
#: Days for which the owner's purse shall last, where a strategy keeps to it.
_YEAR_DAYS = 365


@move(OPENAI, "as it was")
def as_it_was(base: Scenario, inputs: Inputs) -> Scenario:
    """Do what was done."""
    return base


@move(OPENAI, "smaller quota", ("A5", "A6", "A36", "A59"), ("SOR085",))
def fewer_free(base: Scenario, inputs: Inputs) -> Scenario:
    """Give 3 free clips a day instead of 6 from 2025-11-28 on."""
    return smaller_quota.variants(inputs)["3 free clips"]


@move(OPENAI, "charge early", ("A7", "A59", "A69", "A70", "A71"), ("SOR082",))
def charge_early(base: Scenario, inputs: Inputs) -> Scenario:
    """Sell packs of $4 from the launch on, with 6 free clips a day."""
    return paid_launch.variants(inputs)["6 free, packs $4"]


@move(OPENAI, "packs and plan", ("A7", "A51", "A52", "A53", "A59"), ("OAI001", "OAI002"))
def packs_and_plan(base: Scenario, inputs: Inputs) -> Scenario:
    """Sell packs of $4 and plans at $20 and $200 from the launch on, with 6 free clips a day."""
    return paid_launch.variants(inputs)["6 free, packs $4, plans $20 and $200"]


@move(OPENAI, "buy reach", ("A56",), ("BEN001", "BEN002", "SEED010"))
def buy_reach(base: Scenario, inputs: Inputs) -> Scenario:
    """Buy each day as many installs as Google's own surfaces brought Veo last week."""
    return bought_reach.variants(inputs)[bought_reach.MATCH]


@move(OPENAI, "referral", ("A65",), ("BEN005",))
def reward_friends(base: Scenario, inputs: Inputs) -> Scenario:
    """Pay a reward for each friend who starts."""
    return referral.variants(inputs)[referral.REWARD]


@move(OPENAI, "bundled in ChatGPT", ("A63",), ("GOO015",))
def in_chatgpt(base: Scenario, inputs: Inputs) -> Scenario:
    """Put a button into ChatGPT from the launch on, with no invites."""
    return bundled.variants(inputs)["from launch, no invites"]


@move(OPENAI, "stop rule", ("A86",))
def stop_early(base: Scenario, inputs: Inputs) -> Scenario:
    """Close the service after 30 days in a row without contribution."""
    return stop_rule.variants(inputs)[f"after {stop_rule.PATIENCE[0]} days of loss"]


@move(OPENAI, "quota by burn", ("A59", "A86"), ("SOR083",))
def quota_by_burn(base: Scenario, inputs: Inputs) -> Scenario:
    """Cut free clips while burn would empty the purse within a year, else give them back, to 30."""
    most = base.platforms[OPENAI].opening_cash_usd / _YEAR_DAYS
    rule = StrategyConfig(name="burn_budget", parameters={"max_burn_usd_per_day": most})
    sora = base.platforms[OPENAI].changed("quota_by_burn", strategies=(rule,))
    return base.without("quota_cut").with_platform(OPENAI, sora)


@move(GOOGLE, "as it was")
def unchanged(base: Scenario, inputs: Inputs) -> Scenario:
    """Do what was done."""
    return base


@move(GOOGLE, "Shorts earlier", ("A44", "A79"), ("GOO008",))
def shorts_earlier(base: Scenario, inputs: Inputs) -> Scenario:
    """Put Veo into YouTube Shorts in June 2025, three months earlier."""
    return google_push.variants(inputs)[google_push.SOONER]


@move(GOOGLE, "Android and Search", ("A61", "A62", "A121"), ("GOO017",))
def every_surface(base: Scenario, inputs: Inputs) -> Scenario:
    """Offer Veo on Android and in Search too, from the day of Shorts on."""
    return google_push.variants(inputs)[google_push.ALL]


@move(GOOGLE, "all surfaces at once", ("A44", "A61", "A62", "A121"), ("GOO008", "GOO017"))
def every_surface_earlier(base: Scenario, inputs: Inputs) -> Scenario:
    """Offer Veo on Android and in Search too, and in Shorts three months earlier."""
    arms = google_push.variants(inputs)
    return arms[google_push.ALL].with_event(arms[google_push.SOONER].event("shorts"))


@move(GOOGLE, "more free clips", ("A73", "A79"), ("GOO025",))
def more_free(base: Scenario, inputs: Inputs) -> Scenario:
    """Give everybody for nothing as many clips a day as the plan has."""
    return base.set("google.free_quota_per_day", base.platforms[GOOGLE].subscriber_quota_per_day)


@move(GOOGLE, "price cut", ("A51", "A52"), ("GOO025", "GOO029", "GOO030"))
def price_cut(base: Scenario, inputs: Inputs) -> Scenario:
    """Cut the price of both plans as far as that of the API was cut, on the same day."""
    before, after = (inputs.facts[one] for one in ("GOO029", "GOO030"))
    part = after.number / before.number
    tiers = ("subscription_usd_per_month", "high_plan_usd_per_month")
    cut = Event(id="plan_cut", date=after.date_start, platform=GOOGLE,
                multiply=dict.fromkeys(tiers, part))  # fmt: skip
    return base.with_event(cut)


@move(GOOGLE, "surfaces if Sora grows", ("A61", "A62"), ("SOR041",))
def surfaces_on_growth(base: Scenario, inputs: Inputs) -> Scenario:
    """Offer Veo on Android and in Search once Sora has as many daily users as were counted."""
    grown = inputs.facts["SOR041"].number
    rules = tuple(
        StrategyConfig(
            name="next_surface",
            parameters={
                "rival": OPENAI, "daily_active": grown, "surface": surface,
                "reach_per_day": inputs.value(one),
            },
        )
        for surface, one in google_push.ASKED.items()
    )  # fmt: skip
    google = base.platforms[GOOGLE].changed("surfaces_on_growth", strategies=rules)
    return base.with_platform(GOOGLE, google)
