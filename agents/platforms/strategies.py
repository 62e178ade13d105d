"""Strategies: state in, decision out. Plain functions, chosen by name in the data.

A strategy sees yesterday's record and today's terms, and returns the values it wants to change;
an empty answer changes nothing. Numbers of its own come from the data, so that every one of them
can be swept. What must outlast the day goes into ``situation.memory``.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import ConfigError, unknown_name
from sim.metrics import metric, scaled
from sim.platform_config import PlatformConfig, StrategyConfig

if TYPE_CHECKING:
    from agents.platforms.platform import Platform
    from sim.market import Market

Decision = dict[str, Any]
Strategy = Callable[..., Decision]


@dataclass(frozen=True)
class Situation:
    """What a platform knows in the morning.

    Parameters
    ----------
    date, days_since_launch
        Today.
    name
        The platform that decides.
    terms
        What holds today.
    rival_terms
        What holds at each rival, by name.
    past
        Function of (metric, platform) to (days so far,) in people or USD.
    cash_usd
        Cash of last night.
    memory
        What the strategy itself noted on earlier days; JSON values.
    """

    date: dt.date
    days_since_launch: int
    name: str
    terms: PlatformConfig
    rival_terms: Mapping[str, PlatformConfig]
    past: Callable[[str, str], Any]
    cash_usd: float
    memory: dict[str, Any]

    @classmethod
    def of(cls, market: Market, platform: Platform) -> Situation:
        """Look at the market through one platform's eyes."""
        names = list(market.platforms)

        def past(name: str, who: str) -> Any:
            declared = metric(name)
            if declared.formula is None:
                series = scaled(declared, market.record.past(name), market.config.weight)
            else:
                series = declared.formula(
                    lambda n: scaled(metric(n), market.record.past(n), market.config.weight)
                )
            return series[:, names.index(who)]

        return cls(
            date=market.date,
            days_since_launch=market.day - market.config.day(platform.terms.launch),
            name=platform.name,
            terms=platform.terms,
            rival_terms={n: p.terms for n, p in market.platforms.items() if n != platform.name},
            past=past,
            cash_usd=platform.ledger.cash_now / 100.0,
            memory=platform.memory,
        )

    def recent(self, name: str, days: int = 7, who: str | None = None) -> float:
        """Return the daily mean of a metric over the last days; 0 before there are any."""
        series = self.past(name, who or self.name)[-days:]
        return float(np.nanmean(series)) if series.size and not np.isnan(series).all() else 0.0


STRATEGIES: dict[str, Strategy] = {}


def strategy(function: Strategy) -> Strategy:
    """Put a strategy into the catalogue under its own name."""
    STRATEGIES[function.__name__] = function
    return function


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
    """Buy as many exposures as the rival's own surfaces gave him last week."""
    if situation.days_since_launch < 0:
        return {}
    if rival not in situation.rival_terms:
        raise unknown_name("rival", rival, situation.rival_terms)
    installs = situation.recent("installs_owned", who=rival)
    terms = situation.terms
    reference = terms.ad_reference_usd_per_day
    # The budget that buys so many: the inverse of n = (B/CPI)(B/B0)**(ε - 1).
    wanted = reference * (installs * terms.cpi_usd / reference) ** (1.0 / terms.ad_elasticity)
    return {"marketing_usd_per_day": min(wanted, max_usd_per_day)}


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


def check_strategy(config: StrategyConfig, where: str) -> None:
    """Refuse an unknown strategy, and numbers it does not know or lacks.

    Raises
    ------
    UnknownNameError, ConfigError
        One line: what was given, what is allowed.
    """
    if config.name not in STRATEGIES:
        raise unknown_name("strategy", config.name, STRATEGIES)
    signature = inspect.signature(STRATEGIES[config.name])
    try:
        signature.bind(None, **config.parameters)
    except TypeError as error:
        allowed = ", ".join(list(signature.parameters)[1:])
        raise ConfigError(
            f"{where}: strategy {config.name!r}: {error}. It takes: {allowed}."
        ) from None
