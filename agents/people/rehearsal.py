"""A market of a few people that lives no day: what types the long kernel is called with."""

from __future__ import annotations

import datetime as dt
from typing import cast

import numpy as np

from agents.day.world import Awake
from agents.people.users import Users
from sim.execution import Execution
from sim.graph import Graph
from sim.market import Market
from sim.market_config import MarketConfig, Region, Segment
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario

_FEW = 8


def rehearse() -> None:
    """Compile `agents.day.loop.live_day` as a market calls it, and keep the code."""
    users = cast(Users, tiny_market().users)
    users.workers.live(0, users.world, Awake.of(1))


def tiny_market() -> Market:
    """Return a market without friends, built with as little compiled code as can be."""
    day = dt.date(2025, 1, 1)
    config = MarketConfig(
        start=day,
        until=day,
        n_users=_FEW,
        regions={"here": Region(share=1.0, os={"any": 1.0})},
        segments={"all": Segment(share=1.0)},
    )
    nobody = Graph(np.zeros(_FEW + 1, np.int64), np.empty(0, np.int32))
    scenario = Scenario(
        name="rehearsal", market=config, platforms={"one": PlatformConfig(label="One", launch=day)}
    )
    return Market(scenario, nobody, Execution(threads=1, check=False))
