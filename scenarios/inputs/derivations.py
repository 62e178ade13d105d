"""Numbers made of facts, each by a named rule: no digit is copied from where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from agents.platforms.economics import DAYS_PER_YEAR, QUARTER_DAYS
from scenarios.inputs.facts import Facts
from sim.errors import unknown_name

Rule: TypeAlias = Callable[[Facts], float]
_PERCENT = 100.0


def week_one(facts: Facts) -> float:
    """Return installs of the first week, in people, revised vintage (SOR010, SOR012).

    A million in under five days (SOR012), fewer a day at the end of the week (SOR007): six times
    the daily mean of the first five days stand for the seven days of "over a million" (SOR010).
    """
    return facts["SOR010"].number * 6.0 / facts["SOR012"].number


def first_vintage(facts: Facts) -> float:
    """Return installs to 31 October, in people, had the first vintage gone on (SOR007, SOR009).

    The first vintage of the panel counted 627 k in week one (SOR009), and this many a day at its
    end (SOR007); had it gone on so, it would have been 2.9 M. The number that went through the
    press is 4 to 4.5 M (SOR016, SOR017), and says which days are meant.
    """
    end, week = (facts[one].last_day for one in ("SOR017", "SOR009"))
    return facts["SOR009"].number + (end - week).days * facts["SOR007"].middle


def million_in_five_days(facts: Facts) -> float:
    """Return the installs that OpenAI counted in under five days, in people (SOR012).

    The fact is the number of days; the million is what "over a million" says as well (SOR010).
    """
    return facts["SOR010"].number


def compute_by_users(facts: Facts) -> float:
    """Return what a day's clips cost, in USD a day: clips (SOR089) times cost of one (SOR072)."""
    return facts["SOR089"].number * facts["SOR072"].number


def bill_of_quarterly_loss(facts: Facts) -> float:
    """Return the claimed daily bill (SEED008) as a share of a quarter's loss (SEED003)."""
    return facts["SEED008"].number * QUARTER_DAYS / facts["SEED003"].number


def double_counting(facts: Facts) -> float:
    """Return how many times a user of app and web is expected to be counted (SOR041, SOR042).

    Two vendors differ by this ratio in one month: none of it may be due to double counting, or all
    of it; the middle on the log scale.
    """
    return math.sqrt(facts["SOR042"].number / facts["SOR041"].number)


def _kept(fact_id: str) -> Rule:
    """Return the rule that reads the share of the panel active on a day."""
    return lambda facts: facts[fact_id].number / _PERCENT


def _needed(fact_id: str) -> Rule:
    """Return the rule for the share active on a day that published daily users need.

    Daily users are installs of each day times the part still active, so they are as many times the
    panel's as its whole curve is too low: published (SOR041) over made from the panel (SOR049).
    """

    def needed(facts: Facts) -> float:
        return facts[fact_id].number / _PERCENT * facts["SOR041"].number / facts["SOR049"].number

    return needed


#: By the name under which data call it.
DERIVATIONS: Mapping[str, Rule] = MappingProxyType({
    "one": lambda facts: 1.0,
    "week_one": week_one,
    "first_vintage": first_vintage,
    "million_in_five_days": million_in_five_days,
    "compute_by_users": compute_by_users,
    "bill_of_quarterly_loss": bill_of_quarterly_loss,
    "year": lambda facts: DAYS_PER_YEAR,
    "double_counting": double_counting,
    "panel_d1": _kept("SOR045"),
    "panel_d7": _kept("SOR046"),
    "panel_d30": _kept("SOR047"),
    "panel_d60": lambda facts: facts["SOR048"].bound("high") / _PERCENT,
    "needed_d1": _needed("SOR045"),
    "needed_d7": _needed("SOR046"),
    "needed_d30": _needed("SOR047"),
})  # fmt: skip


def derived(name: str, facts: Facts) -> float:
    """Return a number by its name: a fact, a bound of one (``SOR016.high``), or a derivation.

    Raises
    ------
    UnknownNameError
        If there is no such fact or derivation.
    DataError
        If what it rests on is no number.
    """
    if name in DERIVATIONS:
        return DERIVATIONS[name](facts)
    fact_id, _, end = name.partition(".")
    if fact_id not in facts:
        raise unknown_name("fact or derivation", name, [*DERIVATIONS, *facts])
    fact = facts[fact_id]
    if end == "low":
        return fact.bound("low")
    if end == "high":
        return fact.bound("high")
    if end:
        raise unknown_name("bound of a fact", end, ("low", "high"))
    return fact.number
