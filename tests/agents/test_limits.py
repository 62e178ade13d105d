"""What is counted of one person is counted whole, or the run ends with a line: nothing stops
growing in silence."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from agents import User
from agents.state import COLUMNS, MOST_EXPOSURE, MOST_PACKS
from sim.errors import ConfigError
from sim.execution import Execution
from sim.market import Market
from tests.worlds import bits, limit_market, limit_scenario, small

#: A pack is a clip, and nothing is free.
SHOP = {"free_quota_per_day": 0, "pack_clips": 1, "pack_usd": 1.0}


class Buyer(User):
    """Somebody who buys a thousand clips a day."""

    def wants_clips(self, platform: str) -> int:
        """Want a thousand."""
        return 1_000

    def buys(self, platform: str) -> bool:
        """Buy them."""
        return True


def shop() -> Market:
    market = limit_market(50, {"a": SHOP}, days=5)
    market.users.activate("a", range(5))
    market.users.promote(range(5), Buyer)
    return market


@pytest.mark.parametrize("before", [0, 65_000, 65_535, 2_000_000])
def test_packs_are_counted_beyond_sixteen_bits(before: int, tmp_path: Path) -> None:
    market = shop()
    market.users[0]["a"].purchases = before
    market.step()
    assert market.users[0]["a"].purchases == before + 1_000
    assert market.users.columns["purchases"][0, :2].tolist() == [before + 1_000, 1_000]
    assert market.users.where(platform="a").purchases.max() == before + 1_000
    with pytest.warns(UserWarning, match="Buyer"):
        loaded = Market.load(market.save(tmp_path / "m.npz"))
    assert bits(loaded) == bits(market)
    assert loaded.users[0]["a"].purchases == before + 1_000


def test_packs_that_cannot_be_counted_end_the_run() -> None:
    market = shop()
    market.step()
    market.users[0]["a"].purchases = MOST_PACKS - 1_500
    market.step()
    with pytest.raises(ConfigError, match=r"purchases: somebody bought 16,777,215"):
        market.step()


def test_packs_of_all_make_nobody_look_at_each() -> None:
    """More packs than one person may have, sold to many, are no reason to stop."""
    market = shop()
    for row in range(5):
        market.users[row]["a"].purchases = MOST_PACKS // 2
    market.run()
    assert market.users.columns["purchases"].max() == MOST_PACKS // 2 + 5_000


class Sender(User):
    """Somebody who sends all he makes to friends."""

    clips = 0

    def wants_clips(self, platform: str) -> int:
        """Want so many."""
        return self.clips

    def shares_friends(self, platform: str, clips: int) -> int:
        """Send them all."""
        return clips


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("clips", "fits"), [(1_092, True), (1_093, False)])
def test_exposure_that_cannot_be_counted_ends_the_run(clips: int, fits: bool, threads: int) -> None:
    """Sixty friends of one person send 65,520 clips, or 65,580, in a day."""
    block = {"free_quota_per_day": 10_000, "friend_strength": 1e-9}
    n = 2_500  # enough to be split among two threads
    scenario = limit_scenario(n, {"a": block}, days=3)
    market = Market(scenario, nx.star_graph(n - 1), Execution(threads=threads, check=True))
    market.users.activate("a", range(1, 61))
    for user in market.users.promote(range(1, 61), Sender):
        user.clips = clips  # type: ignore[attr-defined]
    if fits:
        market.run()
        assert market.users.columns["exposure"][0, 0] == 60 * clips
    else:
        with pytest.raises(ConfigError, match=r"a: friends sent one person more than 65,535 clips"):
            market.run()


def test_other_counters_hold_all_that_can_happen() -> None:
    """Clips of a day are checked where they are decided, and days where a market is declared."""
    kinds = {column.name: np.iinfo(column.dtype).max for column in COLUMNS
             if np.issubdtype(column.dtype, np.integer)}  # fmt: skip
    longest = kinds["day_active"]
    assert kinds["clips_total"] >= MOST_EXPOSURE * longest
    assert kinds["clips_last"] >= MOST_EXPOSURE
    market = small(200, start="2025-05-20", until="2025-05-21")
    with pytest.raises(ConfigError, match=r"32,767 days"):
        small(200, until="2115-05-20")
    assert market.config.n_days == 2
