"""What a day costs and earns: from what was counted to the lines of the cash book."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agents.platforms.ledger import Entry, cents, owned_media_usd
from agents.tally import ACTIVATIONS_BY, EXPOSURES_BY
from sim.counts import CLIPS, REWARDED_CAUSES, Cause, Count
from sim.platform_config import PlatformConfig

# Columns of the tally.
_NOTICED_OWNED = EXPOSURES_BY + Cause.OWNED
_REWARDED = tuple(ACTIVATIONS_BY + cause for cause in REWARDED_CAUSES)


def day_book(
    terms: PlatformConfig,
    count: Sequence[Any],
    weight: float,
    clip_usd: Any,
    is_up: bool,
    booked: Callable[[Any], Any] = cents,
) -> dict[str, Any]:
    """Return the lines of a day, in cents, each rounded once.

    Parameters
    ----------
    count
        What was counted of the platform, in agents, as a row of `agents.tally.Tally.counts`.
    weight
        People per agent.
    clip_usd
        Compute cost of a clip.
    is_up
        Whether the service runs; else nothing is spent on ads, nor on what is fixed.
    booked
        Makes cents of USD. Without a rounding, counts and cost may be arrays over days.
    """

    def usd(n: Count, each: float | None) -> Any:
        return booked(count[n] * weight * (each or 0.0))

    packs = usd(Count.PACKS, terms.pack_usd)
    credit = terms.subscription_credit
    plans = usd(Count.PLANS_BILLED, credit * (terms.subscription_usd_per_month or 0.0))
    plans += usd(Count.HIGH_PLANS_BILLED, credit * (terms.high_plan_usd_per_month or 0.0))
    clips = sum(count[tier] for tier in CLIPS) * weight
    rewarded = sum(count[column] for column in _REWARDED)
    shown = count[_NOTICED_OWNED] * weight * terms.impressions_per_notice
    return {
        Entry.PACKS: packs,
        Entry.SUBSCRIPTIONS: plans,
        Entry.OTHER_REVENUE: usd(Count.DAILY_ACTIVE, terms.other_revenue_usd_per_active_day),
        Entry.STORE_FEES: booked((packs + plans) / 100.0 * terms.store_fee),
        Entry.COMPUTE: booked(clips * clip_usd),
        Entry.MARKETING: booked(terms.marketing_usd_per_day) if is_up else 0,
        Entry.REWARDS: booked(rewarded * weight * terms.referral_reward_usd),
        Entry.FIXED: booked(terms.fixed_usd_per_day) if is_up else 0,
        Entry.OWNED_MEDIA: booked(owned_media_usd(shown, terms.owned_cpm_usd)),
    }
