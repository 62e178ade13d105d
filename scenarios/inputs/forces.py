"""The forces of the contest as switches: what each is, and the values at which it is off.

A force is off where its fields have their neutral values, which are the defaults of
`sim.market_config`, `sim.platform_config` and `sim.activity_config`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sim.checks import chosen
from sim.config import Config
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario


@dataclass(frozen=True)
class Force:
    """One switchable part of the model.

    Parameters
    ----------
    text
        What it is, in a few words.
    market, platform
        Fields that are at their defaults where it is off, of the market and of each platform.
    events
        Events that do nothing else, and are left out.
    """

    text: str
    market: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


#: Forces by name, in the order of tables.
FORCES: dict[str, Force] = {
    "rivalry": Force("a second app is harder to install", market=("rival_penalty",)),
    "attention": Force(
        "visits and clips of two apps share one day",
        market=("visit_substitution", "clip_substitution"),
    ),
    "switching": Force("more friends on the other app", platform=("dropout_rival_friends",)),
    "limits": Force("who meets a limit leaves sooner", platform=("dropout_quota_hits",)),
    "creators": Force(
        "visiting is not creating; viewers watch",
        platform=(
            "p_create",
            "p_create_first",
            "creator_persistence",
            "views_per_visit",
            "dropout_views",
        ),
    ),
    "tiring": Force(
        "visits tire; a new feature freshens them",
        platform=("visit_floor", "visit_fade_days", "freshened_on", "freshening"),
        events=("cameos",),
    ),
    "floor": Force("interest that lasts", platform=("interest_floor_per_day",)),
    "chart": Force("installs feed the store's chart", platform=("chart_per_day",)),
    "friends": Force(
        "friends who leave, and who pull back", platform=("dropout_friends_left", "pull_per_share")
    ),
    "calendar": Force(
        "weekdays and holidays",
        market=("exposure_by_weekday", "visits_by_weekday", "exposure_by_date", "visits_by_date"),
    ),
}


#: Those by which one platform bears on another; with them off, each is as if it were alone.
COUPLING = ("rivalry", "attention", "switching")


def without_forces(scenario: Scenario, names: Iterable[str] = FORCES) -> Scenario:
    """Return a scenario in which some forces are off, by default all.

    Raises
    ------
    UnknownNameError
        If there is no such force.
    """
    off = [FORCES[chosen("force", name, FORCES)] for name in names]
    market = _defaults(MarketConfig, [field for force in off for field in force.market])
    platform = _defaults(PlatformConfig, [field for force in off for field in force.platform])
    gone = {event for force in off for event in force.events}
    return replace(
        scenario,
        market=scenario.market.changed("market", **market),
        platforms={
            name: config.changed(f"platform {name!r}", **platform)
            for name, config in scenario.platforms.items()
        },
        events=tuple(event for event in scenario.events if event.id not in gone),
    )


def _defaults(config: type[Config], fields: list[str]) -> dict[str, Any]:
    return {field: config.model_fields[field].default for field in fields}


def with_forces(scenario: Scenario, names: Iterable[str]) -> Scenario:
    """Return a scenario in which only these of its forces are on."""
    kept = {chosen("force", name, FORCES) for name in names}
    return without_forces(scenario, (name for name in FORCES if name not in kept))
