"""What a day costs and earns: from what was counted to the lines of the cash book."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from agents.platforms.ledger import Entry, cents
from agents.tally import ACTIVATIONS_BY, EXPOSURES_BY
from sim.compiled import either_way
from sim.counts import CLIPS, REWARDED_CAUSES, Cause, Count
from sim.platform_config import PlatformConfig

# Columns of the tally.
_NOTICED_OWNED = EXPOSURES_BY + int(Cause.OWNED)
_REWARDED = tuple(ACTIVATIONS_BY + int(cause) for cause in REWARDED_CAUSES)
_CLIPS = tuple(map(int, CLIPS))
_PACKS, _PLANS, _HIGH_PLANS, _ACTIVE = map(
    int, (Count.PACKS, Count.PLANS_BILLED, Count.HIGH_PLANS_BILLED, Count.DAILY_ACTIVE)
)


#: Lines of a day in the order of `day_lines`.
BOOK_LINES = (
    Entry.PACKS, Entry.SUBSCRIPTIONS, Entry.OTHER_REVENUE, Entry.STORE_FEES, Entry.COMPUTE,
    Entry.MARKETING, Entry.REWARDS, Entry.FIXED, Entry.OWNED_MEDIA,
)  # fmt: skip


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
    lines = day_lines(terms, count, weight, clip_usd, is_up, booked)
    return dict(zip(BOOK_LINES, lines, strict=True))


@either_way
def day_lines(terms, count, weight, clip_usd, is_up, booked):  # type: ignore[no-untyped-def]
    """Return `day_book` as a tuple, in the order of `BOOK_LINES`; terms may be a record."""
    people = float(weight)
    packs = booked(count[_PACKS] * people * or_nothing(terms.pack_usd))
    credit = terms.subscription_credit
    plan = credit * or_nothing(terms.subscription_usd_per_month)
    high_plan = credit * or_nothing(terms.high_plan_usd_per_month)
    plans = booked(count[_PLANS] * people * plan) + booked(count[_HIGH_PLANS] * people * high_plan)
    clips = made(count) * people
    rewarded = count[_REWARDED[0]]
    for column in _REWARDED[1:]:
        rewarded = rewarded + count[column]
    impressions = count[_NOTICED_OWNED] * people * terms.impressions_per_notice
    return (
        packs,
        plans,
        booked(count[_ACTIVE] * people * terms.other_revenue_usd_per_active_day),
        booked((packs + plans) / 100.0 * terms.store_fee),
        booked(clips * clip_usd),
        booked(terms.marketing_usd_per_day) if is_up else 0,
        booked(rewarded * people * terms.referral_reward_usd),
        booked(terms.fixed_usd_per_day) if is_up else 0,
        booked(impressions * terms.owned_cpm_usd / 1000.0),
    )


@either_way
def made(count):  # type: ignore[no-untyped-def]
    """Return the clips of a day, of all tiers, in agents'."""
    clips = count[_CLIPS[0]]
    for tier in _CLIPS[1:]:
        clips = clips + count[tier]
    return clips


@either_way
def or_nothing(usd):  # type: ignore[no-untyped-def]
    """Return a price, 0 where nothing is sold: None in a configuration, no number in a record."""
    return 0.0 if usd is None or math.isnan(usd) else usd
