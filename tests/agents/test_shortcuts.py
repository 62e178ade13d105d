"""What is passed over to save time, is passed over rightly: the full way gives the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from agents.day import ahead, scan
from agents.day.world import DRAWN_AHEAD, EVERY_PLATFORM, Awake, Drawn, World
from agents.state import SEEN_BITS, SEEN_PACKED, Sight
from scenarios import baseline
from sim.errors import ConfigError
from sim.market import Market
from sim.rng import word
from tests.worlds import (
    BUSY_PLATFORM,
    CHECKED,
    CROWD,
    TWO_THREADS,
    bits,
    busy_market,
    daily,
    lived,
    small,
)


def everybody(
    w: World, low: int, high: int, loud: Any, least: int, in_two_parts: bool = False
) -> Awake:
    """Find that everything may happen to everybody."""
    rows = np.arange(low, high)
    return Awake.of(w.terms.size, rows, np.full(rows.size, EVERY_PLATFORM), in_two_parts)


@pytest.mark.parametrize("contagion", ["share", "count", "threshold"])
@pytest.mark.parametrize("graph", ["power_law_cluster(degree=20)", "erdos_renyi(degree=2)"])
def test_the_rules_leave_alone_whom_the_scan_passes_over(
    contagion: str, graph: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    strong = baseline.scenario().with_platform(
        "sora",
        baseline.scenario().platforms["sora"].changed("loud", friend_strength=1.5),
    )
    chosen = {"scenario": strong, "contagion": contagion, "graph": graph, "n_users": 2_000}
    scanned = small(**chosen)
    scanned.run()
    monkeypatch.setattr(scan, "find", everybody)
    full = small(**chosen)
    full.run()
    assert scanned.record.past("installs").sum() > 100
    assert bits(scanned) == bits(full)


@pytest.mark.parametrize("contagion", ["share", "count", "threshold"])
@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_whom_friends_could_pull_back_is_never_passed_over(
    contagion: str, strength: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where who left hears of nothing else, and where there is other news; on one of two apps."""
    pulled = {
        **BUSY_PLATFORM, "invites_required": False, "friend_strength": strength,
        "return_per_day": 0.0, "rel_exposure_lost": strength, "pull_per_share": 0.8,
    }  # fmt: skip
    platforms = {"a": pulled, "b": {**pulled, **CROWD, "pull_per_share": 0.0}}
    chosen = {
        "n_users": 1_500, "graph": "erdos_renyi(degree=5)", "days": 30, "platforms": platforms,
        "contagion": contagion,
    }  # fmt: skip
    scanned = lived(busy_market(**chosen))
    monkeypatch.setattr(scan, "find", everybody)
    full = lived(busy_market(**chosen))
    assert daily(scanned, "returns")[:, 0].sum() > 100
    assert (daily(scanned, "returns")[:, 1].sum() == 0) == (strength == 0.0)
    assert bits(scanned) == bits(full)


def test_single_precision_passes_over_nobody_below_the_bar() -> None:
    rng = np.random.default_rng(4)
    n = 200
    for exponent in rng.uniform(0.0, 32.0, 300):
        top, per_share = 2.0**exponent, 2.0 ** rng.uniform(0.0, 32.0)
        shared = rng.integers(0, 30, n).astype(np.uint16)
        bars = np.minimum(top + per_share * shared, scan.WORDS)
        # The last word below the bar of each, and one far above it.
        words = (np.ceil(bars) - 1.0).astype(np.uint32)
        heard, alone = np.zeros(n, np.uint16), words[shared == 0]
        scan.mark_heard(words, top, per_share, shared, np.uint16(4), heard)
        assert (heard == 4).all()
        told = np.zeros(alone.size, np.uint16)
        scan.mark_words(alone, top, np.uint16(4), told)
        assert (told == 4).all()
        far = bars < 0.9 * scan.WORDS
        above = (bars[far] * 1.01 + 2.0).astype(np.uint32)
        silent = np.zeros(above.size, np.uint16)
        scan.mark_heard(above, top, per_share, shared[far], np.uint16(4), silent)
        assert (silent == 0).all()


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0])
def test_flags_are_listed_in_order(share: float, few: bool) -> None:
    flags = (np.random.default_rng(5).random(scan.BLOCK) < share).astype(np.uint8)
    places = np.zeros(scan.BLOCK + 1, np.uint16)
    n = scan.list_flagged(flags, places, few)
    assert places[:n].tolist() == np.flatnonzero(flags).tolist()


def block_of(market: Market) -> tuple[Drawn, npt.NDArray[Any]]:
    """Return what was drawn for the last block of awake users, and their rows."""
    rows = market.users.world.awake.row
    return market.users.workers.drawn, rows[(rows.size - 1) // ahead.BLOCK * ahead.BLOCK :]


def test_words_drawn_ahead_are_those_of_the_generator() -> None:
    market = lived(busy_market(4_000, rate_shape=1.0), 24)
    w, (drawn, rows) = market.users.world, block_of(market)
    found = dict.fromkeys(DRAWN_AHEAD, 0)
    for p in range(2):
        for place, row in enumerate(rows.tolist()):
            for slot, stream in enumerate(DRAWN_AHEAD):
                if drawn.have[p, place] >> slot & 1:
                    own = word(w.seed, np.uint64(stream), w.day, np.uint64(row), w.terms[p].key)
                    assert drawn.words[slot, p, place] == own
                    found[stream] += 1
    assert min(found.values()) > 20, found


@pytest.mark.parametrize("execution", [CHECKED, TWO_THREADS])
def test_who_has_a_friend_who_paid_knows_it(execution: Any) -> None:
    eager = baseline.scenario().platforms["google"].changed("eager", subscribe_intercept=-3.0)
    market = small(2_500, scenario=baseline.scenario().with_platform("google", eager),
                   execution=execution)  # fmt: skip
    graph, google = market.graph, list(market.platforms).index("google")
    shift = SEEN_BITS * (google % SEEN_PACKED)
    has_paid = np.zeros(graph.n_users, bool)
    while market.day < 120:
        market.step()
        has_paid |= market.users.columns["visible"][google] & Sight.PAYING > 0
    knows = (
        market.users.columns.arrays["sights"][google // SEEN_PACKED] >> shift & Sight.FRIEND_PAYS
        > 0
    )
    expected = [bool(has_paid[graph.neighbors(row)].any()) for row in range(graph.n_users)]
    assert 0.02 < np.mean(expected) < 0.98
    assert knows.tolist() == expected


def test_exposure_can_only_be_read() -> None:
    market = small()
    with pytest.raises(ConfigError, match="can only be read"):
        market.users.columns["exposure"] = 1
    with pytest.raises(ValueError, match="read-only"):
        market.users.columns["exposure"][0, 5] = 1
