"""Small markets for all tests, and what tests do with a market.

- the baseline made small: `small_scenario`, `small` (a market), `tiny` (dozens of runs in a test)
- limit cases, reached with public parameters alone: `limit_scenario`, `limit_market`. Everything is
  certain: whoever notices installs, visits every day, makes one clip and stays; nothing makes
  anybody notice. A test switches on the one mechanism it is about
- every mechanism on at once: `busy_scenario`, `busy_market`

`lived` steps a market, `daily` and `recorded` read it, `bits` compares it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from scenarios import baseline
from scenarios.inputs.sizing import sized
from sim.execution import Execution
from sim.graph import Graph
from sim.interventions import Event, Opening
from sim.market import Market
from sim.market_config import MarketConfig, Region, Segment
from sim.metrics import metric_of
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario

CHECKED = Execution(threads=1, check=True)
TWO_THREADS = Execution(threads=2, check=True)
#: Invites, opening, Android and packs all happen before this day.
UNTIL = "2025-11-12"
#: iOS opens on 30 September, so something happens in every tiny run.
TINY_START, TINY_UNTIL = "2025-09-25", "2025-10-20"
#: First day of limit cases and busy markets.
START = dt.date(2025, 1, 1)
#: A hazard that nobody escapes: exp(-100) is below the resolution of the luck.
EVERYBODY = 100.0
#: Shape of a Gamma so narrow that it is one number: its coefficient of variation is .001.
ALIKE = 1e6
#: Up to so many users times platforms conservation is checked every day: beyond, the check would
#: take most of the time.
MOST_CHECKED = 150_000
#: Everything that is chance by default is made certain.
CERTAIN_PLATFORM: Mapping[str, Any] = {
    "utility": 50.0,
    "p_active": 1.0,
    "p_dropout": 0.0,
    "free_quota_per_day": 1,
}
CERTAIN_MARKET: Mapping[str, Any] = {
    "regions": {"all": Region(share=1.0, os={"phone": 1.0})},
    "segments": {"all": Segment(share=1.0)},
    "mean_clips": 50.0,
    "rate_shape": ALIKE,
    "willingness_sd": 0.0,
    "attention_budget": 700.0,
}
#: One shared clip of each active user each day: the outside feed is well mixed and linear.
WELL_MIXED: Mapping[str, Any] = {"p_share_feed": 1.0, "views_per_share": 1.0}
#: Everybody notices, and so starts, on day 0.
ALL_AT_ONCE: Mapping[str, Any] = {"interest_per_day": EVERYBODY}
#: The forces of the contest, all of them on: of a platform, and of people.
FORCES: dict[str, Any] = {
    "interest_fade_days": 30.0, "interest_floor_per_day": 0.03, "chart_per_day": 0.1,
    "chart_half_installs": 30.0, "chart_memory_days": 3.0, "pull_per_share": 0.5,
    "dropout_quota_hits": 0.5, "dropout_friends_left": 0.6, "dropout_rival_friends": 0.7,
    "dropout_views": 0.4, "visit_floor": 0.5, "visit_fade_days": 6.0,
    "freshened_on": dt.date(2025, 1, 9), "freshening": 0.7, "p_create": 0.7,
    "p_create_first": 0.9, "creator_persistence": 0.5, "views_per_visit": 12.5,
}  # fmt: skip
FORCES_OF_PEOPLE: dict[str, Any] = {
    "rival_penalty": 0.6, "visit_substitution": 0.6, "clip_substitution": 0.7,
    "exposure_by_weekday": (0.8, 0.9, 1.0, 1.0, 1.1, 1.2, 1.0),
    "visits_by_weekday": (0.9, 0.9, 0.9, 1.0, 1.0, 1.2, 1.1),
    "exposure_by_date": {"2025-01-10": 1.0, "2025-01-14": 1.5, "2025-01-20": 1.0},
    "visits_by_date": {"2025-01-05": 0.8, "2025-01-25": 1.2},
}  # fmt: skip
#: Friends persuade once there are two of them.
CROWD: dict[str, Any] = {"friend_utility_form": "threshold", "friend_utility_threshold": 2}
#: Nothing that is done on one platform is felt on another: of a platform, and of people.
UNCOUPLED: Mapping[str, Any] = {"dropout_rival_friends": 0.0}
UNCOUPLED_PEOPLE: Mapping[str, Any] = {
    "rival_penalty": 0.0, "visit_substitution": 0.0, "clip_substitution": 0.0,
}  # fmt: skip
#: A platform with every mechanism on, and people who feel each.
BUSY_PLATFORM: dict[str, Any] = {
    "utility": 1.0, "taste_sd": 0.7, "friend_utility": 0.4, "invites_required": True,
    "codes_per_user": 3, "p_code_used": 0.7, "code_delay_days": 2.0,
    "code_delay_form": "memoryless", "share_codes_to_friends": 0.5, "public_codes_per_day": 20.0,
    "p_give_up": 0.05, "interest_per_day": 0.05, "rel_exposure_lost": 0.5, "return_per_day": 0.02,
    "p_active": 0.5, "p_dropout": None, "dropout_alpha": 0.7, "dropout_beta": 4.0,
    "dropout_friends": 0.5, "free_quota_per_day": 3, "pack_usd": 2.0, "pack_clips": 7,
    "subscription_usd_per_month": 9.99, "subscribe_intercept": -3.0, "subscribe_friends": 0.3,
    "subscriber_quota_per_day": 9, "p_share_friends": 0.3, "p_share_feed": 0.2,
    "friend_strength": 0.3, "feed_strength": 0.1, "gpu_minutes_per_clip": 2.0,
    "usd_per_gpu_hour": 39.0, "learning": "wright", "wright_learning_rate": 0.2,
    "wright_reference_clips": 100.0, "capacity_gpu_hours_per_day": 3.0,
    "degraded_sensitivity": 0.5, "marketing_usd_per_day": 50.0,
    **FORCES,
}  # fmt: skip
BUSY_PEOPLE: dict[str, Any] = {
    "mean_clips": 3.0, "rate_shape": 0.3, "taste_correlation": 0.3,
    "median_willingness_usd": 0.4, "willingness_sd": 1.0, "attention_budget": 5.0,
    **FORCES_OF_PEOPLE,
}  # fmt: skip
BUSY_PLATFORMS: Mapping[str, Mapping[str, Any]] = {
    "a": BUSY_PLATFORM,
    "b": {**BUSY_PLATFORM, **CROWD, "invites_required": False, "utility": 0.0},
}


def small_scenario(
    n_users: int = 3_000,
    seed: int = 1,
    scenario: Scenario | None = None,
    until: str = UNTIL,
    **market: Any,
) -> Scenario:
    """Return the baseline, or another scenario, made small and short."""
    chosen = sized(scenario or baseline.scenario(), n_users, seed, until=until)
    return chosen.with_market(**market) if market else chosen


def small(
    n_users: int = 3_000,
    seed: int = 1,
    scenario: Scenario | None = None,
    execution: Execution = CHECKED,
    until: str = UNTIL,
    **market: Any,
) -> Market:
    """Return the market of `small_scenario`, conservation checked every day."""
    return Market(small_scenario(n_users, seed, scenario, until, **market), execution=execution)


def tiny(
    n_users: int = 400,
    seed: int = 1,
    until: str = TINY_UNTIL,
    start: str = TINY_START,
    **market: Any,
) -> Scenario:
    """Return the baseline so small, with 26 days, that a test can run it dozens of times."""
    return small_scenario(n_users, seed, None, until, start=start, report_from=None, **market)


def date(day: int) -> dt.date:
    """Return the date of a day index."""
    return START + dt.timedelta(days=day)


def limit_scenario(
    n_users: int,
    platforms: Mapping[str, Mapping[str, Any]],
    graph: str | Graph = "well_mixed",
    days: int = 30,
    events: Iterable[Event] = (),
    opened: bool = True,
    **market: Any,
) -> Scenario:
    """Describe a market of one region, one system, one segment and no surfaces.

    Parameters
    ----------
    platforms
        What differs from `CERTAIN_PLATFORM`, by platform.
    events
        In addition to the opening of access on day 0.
    opened
        False leaves access to the events.
    market
        What differs from `CERTAIN_MARKET`; one agent is one person unless ``n_people`` is given.
    """
    config = MarketConfig(
        start=START,
        until=date(days - 1),
        n_users=n_users,
        graph=graph if isinstance(graph, str) else "well_mixed",
        **{"n_people": float(n_users), **CERTAIN_MARKET, **market},
    )
    blocks = {
        name: PlatformConfig(**{"label": name, "launch": START, **CERTAIN_PLATFORM, **terms})
        for name, terms in platforms.items()
    }
    everywhere = Opening(regions=tuple(config.regions), os=config.systems)
    openings = [
        Event(id=f"open {name}", date=START, platform=name, open=everywhere)
        for name in blocks
        if opened
    ]
    return Scenario(name="limit", market=config, platforms=blocks, events=(*openings, *events))


def limit_market(
    n_users: int,
    platforms: Mapping[str, Mapping[str, Any]],
    graph: str | Graph = "well_mixed",
    days: int = 30,
    events: Iterable[Event] = (),
    opened: bool = True,
    **market: Any,
) -> Market:
    """Build the market of `limit_scenario`; unless it is large, conservation is checked daily."""
    scenario = limit_scenario(n_users, platforms, graph, days, events, opened, **market)
    given = graph if isinstance(graph, Graph) else None
    return Market(scenario, given, Execution(check=n_users * len(platforms) <= MOST_CHECKED))


def busy_scenario(
    n_users: int,
    graph: str = "well_mixed",
    days: int = 40,
    events: Iterable[Event] = (),
    platforms: Mapping[str, Mapping[str, Any]] = BUSY_PLATFORMS,
    **market: Any,
) -> Scenario:
    """Describe a market in which every mechanism is on; what differs of people is given."""
    return limit_scenario(n_users, platforms, graph, days, events, **{**BUSY_PEOPLE, **market})


def busy_market(n_users: int, *given: Any, **market: Any) -> Market:
    """Return the market of `busy_scenario`, conservation checked every day."""
    return Market(busy_scenario(n_users, *given, **market), execution=CHECKED)


def alike(n: int, **terms: Any) -> dict[str, dict[str, Any]]:
    """Return n platforms of the same terms: runs of the same people with independent luck.

    Platforms do not influence each other as long as rival_penalty is 0, so one market of 16
    platforms is 16 replicates.
    """
    return {f"p{k:02d}": dict(terms) for k in range(n)}


def lived(market: Market, days: int | None = None) -> Market:
    """Step a market to the end, or for some days, and return it."""
    for _ in range(market.config.n_days - market.day if days is None else days):
        market.step()
    return market


def daily(market: Market, name: str) -> npt.NDArray[Any]:
    """Return (days, platforms) of a recorded metric, in agents, events or cents."""
    return market.record.past(name)


def adopters(market: Market) -> npt.NDArray[np.float64]:
    """Return (days, platforms) share of the users who are there at the end of each day."""
    return daily(market, "active") / market.config.n_users


def bits(market: Market, names: Mapping[str, Iterable[str]] | None = None) -> str:
    """Return a hash of everything a market recorded and everything it knows of its users.

    Parameters
    ----------
    names
        Of what, if not of all: arrays of the record and columns of users.
    """
    digest = hashlib.sha256()
    columns = market.users.columns
    state = market.record.state()
    of = names or {"record": sorted(state), "columns": columns}
    for name in of["record"]:
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(state[name]).tobytes())
    for name in of["columns"]:
        if name != "promoted":
            digest.update(np.ascontiguousarray(columns[name]).tobytes())
    return digest.hexdigest()


def recorded(market: Market, platform: str, until: int | None = None) -> dict[str, Any]:
    """Return one platform's days, metric by metric, but for those in which others are counted."""
    p = list(market.platforms).index(platform)
    return {
        name: array[:until, p]
        for name, array in market.record.daily.items()
        if not metric_of(name).across
    }
