"""What a platform gives away and sells, and how people come to pay, as data.

Two groups of `sim.platform_config.PlatformConfig`, with the same neutral defaults. Three tiers:
free clips, a plan, a high plan; beside them packs. A tier may come with a surface that people use.
"""

from __future__ import annotations

from pydantic import field_validator

from sim.config import Config, par

INF = float("inf")
#: Clips a day that one person can be given: the columns that count them hold 16 bits, credit 8.
MAX_QUOTA = 10_000
MAX_PACK = 250


class Offer(Config):
    """What is given away and what is sold."""

    rel_demand: float = par(1.0, "multiplier", "value_p(t): worth of a clip to its maker.", low=0)
    rel_sharing: float = par(1.0, "multiplier", "Worth of a clip to others.", low=0)
    free_quota_per_day: int = par(
        MAX_QUOTA, "clips/day", "Free clips a day.", low=0, high=MAX_QUOTA
    )
    surface_quota_per_day: dict[str, int] = par(
        {}, "clips/day", "Free clips a day of people who come by a surface that is switched on."
    )
    subscriber_quota_per_day: int = par(
        MAX_QUOTA, "clips/day", "Clips a day in the plan.", low=0, high=MAX_QUOTA
    )
    high_plan_quota_per_day: int = par(
        MAX_QUOTA, "clips/day", "Clips a day in the high plan.", low=0, high=MAX_QUOTA
    )
    plan_surface: str = par(
        "", "surface", "People on it hold the plan already, for other reasons; empty = nobody."
    )
    pack_clips: int = par(10, "clips", "Clips in a pack.", low=1, high=MAX_PACK)
    pack_usd: float | None = par(None, "USD", "Price of a pack; none = not on sale.", low=0)
    subscription_usd_per_month: float | None = par(
        None, "USD/30 days", "Price of the plan that raises the quota; none = not on sale.", low=0
    )
    high_plan_usd_per_month: float | None = par(
        None, "USD/30 days", "Price of the high plan; none = not on sale.", low=0
    )
    subscription_credit: float = par(
        1.0, "share", "ϑ: part of a plan's price that video earned.", low=0, high=1
    )
    store_fee: float = par(0.0, "share", "Kept by the app store.", low=0, high=1)
    other_revenue_usd_per_active_day: float = par(
        0.0, "USD/active day", "Advertising and other income per active user.", low=0
    )

    @field_validator("surface_quota_per_day")
    @classmethod
    def _quota_is_a_number_of_clips(cls, quotas: dict[str, int]) -> dict[str, int]:
        for surface, quota in quotas.items():
            if not 0 <= quota <= MAX_QUOTA:
                raise ValueError(f"quota on {surface!r} must be 0 to {MAX_QUOTA:,} clips a day")
        return quotas


class Paying(Config):
    """What an offer is worth to people, plans, and monthly churn of payers."""

    needs_reason: bool = par(
        False, "switch", "A visit, an install and staying need a clip to be had or a feed to watch."
    )
    offer_utility: float = par(
        0.0, "log odds", "ν: weight of the log of the reason to come, at install.", low=0
    )
    feed_worth: float = par(
        0.0, "share", "φ: visits that a feed with fresh clips is reason enough for.", low=0, high=1
    )
    leave_no_reason_per_day: float = par(
        0.0, "hazard/day", "ι: leaving of people who find no reason to come.", low=0
    )
    pack_leftover_worth: float = par(
        1.0,
        "share",
        "κ: worth of a clip that stays in a pack, beside one wanted today.",
        low=0,
        high=1,
    )
    plan_other_usd: float | None = par(
        None,
        "USD/30 days",
        "Worth of all else in the plan to those who think of it; none = its price is not weighed.",
        low=0,
    )
    high_plan_other_usd: float | None = par(
        None, "USD/30 days", "The same of the high plan; none = as of the plan.", low=0
    )
    subscribe_intercept: float = par(-INF, "log odds", "a0 of the subscription decision.")
    subscribe_hits: float = par(0.0, "log odds", "a1: log(1 + quota hits in 7 days).")
    subscribe_need: float = par(
        0.0, "log odds", "a5: part of the wish that free clips do not serve.", low=0
    )
    subscribe_friends: float = par(0.0, "log odds/friend", "a2: each friend who pays.")
    subscribe_willingness: float = par(0.0, "log odds", "a3: personal log willingness to pay.")
    subscribe_price: float = par(0.0, "log odds", "a4: log of the monthly price.", low=0)
    paid_churn_alpha: float = par(1.0, "shape", "α of monthly churn of payers.", low=1e-6)
    paid_churn_beta: float = par(3.8, "shape", "β of monthly churn of payers.", low=1e-6)
