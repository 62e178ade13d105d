"""The strategies that are shipped: state in, decision out. Plain functions, named by the data.

A strategy sees yesterday's record and today's terms, and returns the values it wants to change;
an empty answer changes nothing. Numbers of its own come from the data, so that every one of them
can be swept. What must outlast the day goes into ``situation.memory``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.platforms.ledger import budget_for
from agents.platforms.situation import STRATEGIES, Decision, Situation, strategy
from sim.errors import unknown_name
from sim.platform_config import PlatformConfig


@strategy
def fixed_plan(situation: Situation, values: Mapping[str, Any]) -> Decision:
    """Keep to the plan: the same values every day from launch, whatever happens."""
    if situation.days_since_launch < 0:
        return {}
    return {name: v for name, v in values.items() if getattr(situation.terms, name) != v}


@strategy
def growth_target(
    situation: Situation,
    installs_per_day: float,
    max_usd_per_day: float,
    gain: float = 0.5,
    start_usd_per_day: float = 100_000.0,
) -> Decision:
    """Spend on paid media until weekly installs reach a target.

    The budget moves by the power ``gain`` of target over result, between 0 and a ceiling.
    """
    if situation.days_since_launch < 0:
        return {}
    spent = situation.terms.marketing_usd_per_day or start_usd_per_day
    got = situation.recent("installs")
    factor = (installs_per_day / got) ** gain if got > 0.0 else 2.0
    wanted = min(spent * float(np.clip(factor, 0.5, 2.0)), max_usd_per_day)
    return {"marketing_usd_per_day": wanted}


@strategy
def burn_budget(
    situation: Situation,
    max_burn_usd_per_day: float,
    min_quota: int = 1,
    max_quota: int = 30,
    step: int = 1,
) -> Decision:
    """Cut the free quota while burn is over budget; give it back when burn is under 80 % of it."""
    if situation.days_since_launch < 7:
        return {}
    burn = situation.recent("burn_usd")
    quota = situation.terms.free_quota_per_day
    if burn > max_burn_usd_per_day:
        quota = max(quota - step, min_quota)
    elif burn < 0.8 * max_burn_usd_per_day:
        quota = min(quota + step, max_quota)
    return {} if quota == situation.terms.free_quota_per_day else {"free_quota_per_day": quota}


@strategy
def charge_when_loyal(
    situation: Situation,
    loyal_people: float,
    pack_usd: float,
    free_quota_per_day: int,
) -> Decision:
    """Let everybody in free, and charge once so many people use it in a month."""
    if situation.memory.get("charging") or situation.recent("monthly_active", 1) < loyal_people:
        return {}
    situation.memory["charging"] = True
    return {"pack_usd": pack_usd, "free_quota_per_day": free_quota_per_day}


@strategy
def match_reach(situation: Situation, rival: str, max_usd_per_day: float) -> Decision:
    """Buy as many installs a day as the rival's own surfaces gave him last week."""
    if situation.days_since_launch < 0:
        return {}
    if rival not in situation.rival_terms:
        raise unknown_name("rival", rival, situation.rival_terms)
    installs = situation.recent("installs_owned", who=rival)
    terms = situation.terms
    wanted = budget_for(
        installs, situation.cpi_usd, terms.ad_elasticity, terms.ad_reference_usd_per_day
    )
    return {"marketing_usd_per_day": min(float(wanted), max_usd_per_day)}


@strategy
def boost_invites(
    situation: Situation,
    installs_per_day: float,
    codes_per_user: int = 10,
    referral_reward_usd: float = 0.0,
    rel_sharing: float = 1.0,
) -> Decision:
    """When installs fall below a floor, hand out more codes and pay for referrals, once."""
    if situation.memory.get("boosted") or situation.days_since_launch < 14:
        return {}
    if situation.recent("installs") >= installs_per_day:
        return {}
    situation.memory["boosted"] = True
    return {
        "codes_per_user": codes_per_user,
        "referral_reward_usd": referral_reward_usd,
        "rel_sharing": situation.terms.rel_sharing * rel_sharing,
    }


@strategy
def next_surface(
    situation: Situation,
    rival: str,
    daily_active: float,
    surface: str,
    reach_per_day: float,
) -> Decision:
    """Turn on one more owned surface when the rival has grown to so many daily users."""
    if rival not in situation.rival_terms:
        raise unknown_name("rival", rival, situation.rival_terms)
    if situation.memory.get(surface) or situation.recent("daily_active", who=rival) < daily_active:
        return {}
    situation.memory[surface] = True
    return {"reach_per_day": {**situation.terms.reach_per_day, surface: reach_per_day}}


@strategy
def stop_rule(
    situation: Situation, min_cash_usd: float = 0.0, patience_days: int | None = None
) -> Decision:
    """Close the service when cash runs out, or after so many days in a row without contribution."""
    if not situation.terms.running or situation.days_since_launch < 1:
        return {}
    out_of_cash = situation.cash_usd < min_cash_usd
    tired = False
    if patience_days is not None and situation.days_since_launch >= patience_days:
        tired = bool(
            (situation.past("contribution_usd", situation.name)[-patience_days:] < 0.0).all()
        )
    return {"running": False} if out_of_cash or tired else {}


#: Day after launch on which each can first change anything, of those that wait for one.
_FIRST_DAY: dict[str, int] = {
    "fixed_plan": 0, "growth_target": 0, "match_reach": 0, "stop_rule": 1, "burn_budget": 7,
    "boost_invites": 14,
}  # fmt: skip
#: What each notes once it has done all that it ever does.
_DONE = {"charge_when_loyal": "charging", "boost_invites": "boosted"}


def days_of_rest(terms: PlatformConfig, days_since_launch: int, memory: Mapping[str, Any]) -> float:
    """Return for how many days, today included, a platform's strategies have nothing to say.

    Today's decisions are taken. Terms are those of today, which nobody else changes meanwhile. One
    of somebody's own is asked every day, and so is one that may act on what it finds.
    """
    rest = math.inf
    for one in terms.strategies:
        if STRATEGIES[one.name].__module__ != __name__:
            return 1
        done = memory.get(_DONE.get(one.name, "")) or (
            one.name == "stop_rule" and not terms.running
        )
        kept = one.name == "fixed_plan" and days_since_launch >= 0 and len(terms.strategies) == 1
        if not done and not kept:
            first = _FIRST_DAY.get(one.name, days_since_launch)
            rest = min(rest, max(1, first - days_since_launch))
    return rest
