"""Limit cases of the market, reached with public parameters alone.

The defaults make everything certain: whoever notices installs, visits every day, makes one clip
and stays; nothing makes anybody notice. A test switches on the one mechanism it is about.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.execution import Execution
from sim.graph import Graph
from sim.interventions import Event, Opening
from sim.market import Market
from sim.market_config import MarketConfig, Region, Segment
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario

START = dt.date(2025, 1, 1)
#: A hazard that nobody escapes: exp(-100) is below the resolution of the luck.
EVERYBODY = 100.0
#: Shape of a Gamma so narrow that it is one number: its coefficient of variation is .001.
ALIKE = 1e6
#: Up to so many users times platforms conservation is checked every day: beyond, the check would
#: take most of the time.
CHECKED = 150_000
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
    return Market(scenario, given, Execution(check=n_users * len(platforms) <= CHECKED))


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


def four_se(p: float, n: float) -> float:
    """Return four standard errors of a share p among n independent people."""
    return 4.0 * math.sqrt(p * (1.0 - p) / n)
