"""What if Sora sold by the week, gave away a launch party, and everybody's friends stood in a ring?

One of each thing that a file of one's own may add: a strategy, an intervention, two metrics, a
family of graphs, a class of users, a platform, and the scenario that names them. Run it:
``python -m scenarios run docs/examples/one_of_each.py --users 2k``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from agents import Situation, User, strategy
from scenarios import baseline
from sim.config import Config, par
from sim.graph import Csr, csr_from_edges, family
from sim.interventions import Event, Opening, intervention
from sim.market import Market
from sim.metrics import metric
from sim.platform_config import StrategyConfig
from sim.scenario import Scenario


@strategy
def weekend_price(situation: Situation, weekday_usd: float, weekend_usd: float) -> dict[str, Any]:
    """Sell packs at another price on Saturday and Sunday."""
    wanted = weekend_usd if situation.date.weekday() >= 5 else weekday_usd
    return {} if situation.terms.pack_usd == wanted else {"pack_usd": wanted}


@intervention
def launch_party(market: Market, platform: str, guests: int) -> Mapping[str, Any]:
    """Let so many people start at once, and charge nothing beyond the quota until it is undone."""
    market.users.activate(platform, range(guests))
    return {"free_quota_per_day": 100}


@metric("clips/day of use", "Clips made on a day of use.", monthly="ratio")
def clips_each(get: Callable[[str], Any]) -> Any:
    """Divide clips by days of use; nobody's day is no number."""
    days = get("active_days")
    return get("clips") / np.where(days > 0.0, days, np.nan)


@metric("people", "Have made ten clips or more.", monthly="last", counted=True)
def makers(market: Market) -> Any:
    """Count people on each platform, in the evening."""
    return (market.users.columns["clips_total"] >= 10).sum(axis=1)


class Ring(Config):
    """Friends in a ring."""

    degree: int = par(4, "friends/user", "Friends of everybody, half on each side.", low=2, step=2)


@family(Ring)
def ring(n_users: int, parameters: Ring, seed: np.uint64) -> Csr:
    """Befriend everybody with those who stand next to him."""
    rows = np.arange(n_users, dtype=np.int32)
    steps = range(1, min(parameters.degree // 2, n_users - 1) + 1)
    pairs = [np.column_stack([rows, np.roll(rows, -step)]) for step in steps]
    return csr_from_edges(n_users, np.concatenate(pairs or [np.empty((0, 2), np.int32)]))


class Loyal(User):
    """Somebody who stays for good once he has made ten clips."""

    def leaves(self, platform: str) -> bool:
        """Say whether the user leaves tonight."""
        return False if self[platform].clips_total >= 10 else super().leaves(platform)


def scenario() -> Scenario:
    """Return the baseline with all of it, and with one more platform."""
    base = baseline.scenario()
    weekly = StrategyConfig(
        name="weekend_price", parameters={"weekday_usd": 4.0, "weekend_usd": 2.0}
    )
    sora = base.platforms["sora"].changed("one_of_each", strategies=(weekly,))
    twin = base.platforms["google"].changed("one_of_each", label="Newcomer", color="#2ca02c")
    party = Event(
        id="party", date="2025-10-04", platform="sora", do="launch_party",
        parameters={"guests": 20}, undo_on="2025-10-11",
    )  # fmt: skip
    everywhere = Opening(regions=tuple(base.market.regions), os=base.market.systems)
    opening = Event(id="newcomer", date="2025-10-01", platform="newcomer", open=everywhere)
    return (
        base.with_platform("sora", sora)
        .with_platform("newcomer", twin)
        .with_event(party, opening)
        .set("market.graph", "ring(degree=10)")
        .renamed("one_of_each")
    )


def build(n_users: int = 100_000, seed: int = 1) -> Market:
    """Return a market in which every tenth user is loyal."""
    market = Market(scenario().with_market(n_users=n_users, seed=seed))
    market.users.promote(range(0, n_users, 10), Loyal)
    return market
