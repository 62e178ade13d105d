"""Whether people can answer to what is asked: an offer that changes where nobody minds its limits.

Who finds nothing to come for stays away (``needs_reason``), and who meets a quota leaves sooner as
far as a scenario says (``dropout_quota_hits``). Without either a paywall changes what people pay
and make, and nobody goes away over it: a question about quota or price has then half an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.scenario import Scenario

#: What people meet as a limit, or pay to go beyond it.
LIMITS = (
    "free_quota_per_day", "subscriber_quota_per_day", "pack_usd", "pack_clips",
    "subscription_usd_per_month", "surface_quota_per_day", "high_plan_quota_per_day",
    "high_plan_usd_per_month",
)  # fmt: skip
#: How much sooner those leave who meet a limit every day.
MINDS = "dropout_quota_hits"
#: Whether people stay away where there is nothing for them.
NEEDS_REASON = "needs_reason"


def unminded(scenario: Scenario, other: Scenario) -> list[str]:
    """Return the platforms whose limits differ in two scenarios, and where nobody minds limits."""
    return [
        name
        for name in other.platforms
        if name in scenario.platforms
        and _limits(scenario, name) != _limits(other, name)
        and not _minds(other, name)
    ]


def told(platforms: Iterable[str]) -> list[str]:
    """Return a line for each of these platforms."""
    return [
        f"{name}: what it gives and charges is changed, and nobody leaves over it "
        f"({name}.{NEEDS_REASON} is off, {name}.{MINDS} = 0), so users can only make and pay "
        f"less. To let them stay away, switch {name}.{NEEDS_REASON} on."
        for name in platforms
    ]


def _limits(scenario: Scenario, name: str) -> list[Any]:
    """Return everything that decides what a platform gives and charges, and when."""
    platform = scenario.platforms[name]
    events = [
        (str(event.date), str(event.undo_on), field, given)
        for event in scenario.events
        if event.platform == name
        for part in (event.set, event.multiply)
        for field, given in part.items()
        if field in LIMITS
    ]
    return [*(getattr(platform, field) for field in LIMITS), *sorted(events, key=str)]


def _minds(scenario: Scenario, name: str) -> bool:
    """Return whether somebody minds, from the start or from a date on."""
    events = [event.set for event in scenario.events if event.platform == name]
    return any(
        getattr(scenario.platforms[name], field) or any(values.get(field) for values in events)
        for field in (MINDS, NEEDS_REASON)
    )
