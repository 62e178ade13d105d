"""A saved market comes back as it was, to the bit, or not at all, with a line that says why."""

from __future__ import annotations

import datetime as dt
import io
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

from agents import User
from agents.state import SEEN_BITS, Sight
from scenarios import baseline
from sim.errors import ClipmarketError, ConfigError, DataError
from sim.interventions import Event
from sim.market import Market
from sim.seal import is_sealed, seal
from tests.worlds import CHECKED, bits, small

DATE, LATER = "2025-10-20", "2025-11-01"
Arrays = dict[str, Any]


def lived(n_users: int = 300) -> Market:
    market = small(n_users, seed=3)
    market.run(DATE)
    market.users.activate("sora", [1, 2, 3])
    return market


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return lived().save(tmp_path_factory.mktemp("saved") / "m.npz").read_bytes()


@contextmanager
def changed(saved: bytes, path: Path) -> Iterator[tuple[Arrays, dict[str, Any]]]:
    """Hand out what a saved market holds; write what became of it, sealed as if it were right."""
    with np.load(io.BytesIO(saved)) as file:
        arrays = {name: file[name] for name in file.files}
    meta = json.loads(arrays.pop("meta.json").tobytes())
    yield arrays, meta
    arrays["meta.json"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    with path.open("w+b") as out:
        np.savez(out, **arrays)
        seal(out)


def refused(path: Path) -> str:
    with pytest.raises(DataError) as error:
        Market.load(path)
    text = str(error.value)
    assert len(text.splitlines()) == 1
    assert path.name in text
    return text


@pytest.mark.parametrize("date", ["2025-05-20", "2025-10-12", "2025-11-01"])
def test_all_that_can_be_read_is_the_same_before_a_day_is_lived(date: str, tmp_path: Path) -> None:
    market = small(2_000)
    market.run(date)
    loaded, twig = Market.load(market.save(tmp_path / "m.npz"), CHECKED), market.branch()
    again = Market.load(loaded.save(tmp_path / "n.npz"))
    assert bits(loaded) == bits(twig) == bits(again) == bits(market)
    for one in (loaded, twig, again):
        assert one.results.daily.equals(market.results.daily)
        one.check()


def test_what_was_done_by_hand_since_the_last_day_is_saved_and_branched(tmp_path: Path) -> None:
    market = lived()
    market.users[7]["google"].status = "waiting"
    market.users[8]["sora"].codes = 3
    loaded, twig = Market.load(market.save(tmp_path / "m.npz"), CHECKED), market.branch()
    for one in (loaded, twig, market):
        one.check()
        one.run(LATER)
        one.check()
    assert bits(loaded) == bits(twig) == bits(market)
    assert market.results.total("activations_by_hand", DATE)[1] > 0


def test_the_log_of_changes_is_the_same_after_a_restart(tmp_path: Path) -> None:
    """Dates too, which a file has as text; what they replaced comes back when they are undone."""
    news = Event(id="news", date="2025-10-10", platform="sora", undo_on="2025-11-03",
                 set={"freshened_on": dt.date(2025, 10, 10), "free_quota_per_day": 3})  # fmt: skip
    market = small(300, scenario=baseline.scenario().without("cameos").with_event(news))
    market.run("2025-11-01")
    loaded, twig = Market.load(market.save(tmp_path / "m.npz"), CHECKED), market.branch()
    dates = [line.after for line in market.calendar.log if line.field == "freshened_on"]
    assert dates == ["2025-10-10"]
    for one in (loaded, twig, market):
        assert one.calendar.log == market.calendar.log
        assert one.platform("sora").terms.freshened_on == dt.date(2025, 10, 10)
        one.run("2025-11-04")
        assert one.platform("sora").terms.freshened_on is None
    assert loaded.calendar.log == twig.calendar.log == market.calendar.log
    assert bits(loaded) == bits(twig) == bits(market)


def test_a_market_is_as_many_steps_old_as_the_one_it_comes_from(tmp_path: Path) -> None:
    market = lived()
    loaded, twig = Market.load(market.save(tmp_path / "m.npz")), market.branch()
    for one in (market, loaded, twig):
        for day in (154, 155):
            assert one.steps == one.day == getattr(one, "time", day) == day
            assert one.running
            one.step()


def test_luck_of_agents_of_ones_own_goes_on_too(tmp_path: Path) -> None:
    market = lived()
    market.random.random()
    market.rng.random()
    loaded, twig = Market.load(market.save(tmp_path / "m.npz")), market.branch()
    drawn = [(one.random.random(), one.rng.random()) for one in (market, loaded, twig)]
    assert drawn[0] == drawn[1] == drawn[2]


@pytest.mark.parametrize("place", ["start", "middle", "end", "digest"])
def test_not_one_bit_may_change(saved: bytes, tmp_path: Path, place: str) -> None:
    at = {"start": 5, "middle": len(saved) // 2, "end": len(saved) - 70, "digest": len(saved) - 3}
    for bit in range(8):
        content = bytearray(saved)
        content[at[place]] ^= 1 << bit
        path = tmp_path / "m.npz"
        path.write_bytes(content)
        assert not is_sealed(path)
        refused(path)


def test_nor_may_any_bit_at_random(saved: bytes, tmp_path: Path) -> None:
    rng, path = np.random.default_rng(1), tmp_path / "m.npz"
    for _ in range(300):
        content = bytearray(saved)
        content[rng.integers(len(saved))] ^= 1 << rng.integers(8)
        path.write_bytes(content)
        refused(path)


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 64, b"x" * 1_000])
def test_what_was_never_sealed_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(content)
    refused(path)


def test_more_or_less_than_was_saved_is_refused(saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    for content in (saved[:-1], saved + b"x", saved[1:], saved + saved):
        path.write_bytes(content)
        refused(path)


def _member(field: str, value: Any, where: Any = ...) -> Callable[[Arrays, Any], None]:
    def forge(arrays: Arrays, meta: Any) -> None:
        arrays["users/columns.member"][field][where] = value

    return forge


def _trait(record: str, name: str, value: float) -> Callable[[Arrays, Any], None]:
    """Write a trait as if somebody had written it by hand, which is allowed."""

    def forge(arrays: Arrays, meta: Any) -> None:
        arrays[f"users/columns.{record}"][name][4] = value
        meta["users"]["written"] = [name]

    return forge


def _array(name: str, value: Any, where: Any = ...) -> Callable[[Arrays, Any], None]:
    def forge(arrays: Arrays, meta: Any) -> None:
        arrays[name][where] = value

    return forge


def _meta(*path: str, value: Any) -> Callable[[Arrays, Any], None]:
    def forge(arrays: Arrays, meta: Any) -> None:
        for part in path[:-1]:
            meta = meta[part]
        meta[path[-1]] = value

    return forge


def _instead(name: str, make: Callable[[Any], Any]) -> Callable[[Arrays, Any], None]:
    def forge(arrays: Arrays, meta: Any) -> None:
        arrays[name] = make(arrays[name])

    return forge


FORGED: dict[str, tuple[Callable[[Arrays, Any], None], str]] = {
    "a kind of people that is none": (_array("users/columns.cell", 65_535), "cell"),
    "another kind of people": (_array("users/columns.cell", 0), "cell"),
    "a status that is none": (_member("status", 9, (4, 0)), "status = 9"),
    "a cause that is none": (_member("cause", 255, (4, 0)), "cause = 255"),
    "marks that are none": (_member("marks", 255, (4, 0)), "marks = 255"),
    "too many codes": (_member("codes", 251, (4, 0)), "codes = 251"),
    "a day to come": (_member("day_active", 32_767, (4, 0)), "day_active = 32767"),
    "a day before the first": (_member("day_activated", -2, (4, 0)), "day_activated = -2"),
    "another taste": (_member("taste", 0.5, (4, 0)), "taste of people"),
    "taste that is no number": (_trait("member", "taste", np.nan), "taste = nan"),
    "certainty beyond certainty": (_trait("member", "dropout", 1.5), "dropout = 1.5"),
    "a rate below nothing": (_trait("person", "rate", -1.0), "rate = -1.0"),
    "active since never": (_member("day_activated", -1, (1, 1)), "active without"),
    "brought by somebody to come": (
        _array("users/columns.parent", 32_767, (0, 4)), "parent = 32767",
    ),
    "public codes below nothing": (_array("platform.sora/posted", -1, 0), "posted"),
    "offspring below nothing": (_array("users/books.offspring", -1), "books.offspring"),
    "back before he came": (_member("day_returned", 0, (4, 0)), "back before"),
    "another status": (_member("status", 4, (1, 1)), "stirring"),
    "nobody stirs": (_array("users/columns.stir", 0), "stirring"),
    "seen who was not there": (_array("users/columns.sights", 1), "seen last night"),
    "bits that nothing sets": (_array("users/columns.sights", 255), "left where he never came"),
    "gone who never came": (
        _array("users/columns.sights", Sight.LEFT << SEEN_BITS, (0, 4)),
        "user 4 is seen to have left where he never came",
    ),
    "clips that nobody made": (_member("clips_total", 10**6, (4, 0)), "clips ever made"),
    "credit that nobody bought": (_member("credit", 200, (4, 0)), "clips left in packs"),
    "people without a status": (_array("users/books.stocks", 0), "people by status"),
    "books of other days": (_array("users/books.last_active", 1), "last day of use"),
    "a negative count": (_array("users/books.clips", -1), "books.clips"),
    "books of another shape": (_instead("users/books.stocks", lambda a: a[:, :3]), "books.stocks"),
    "rows in another order": (_instead("users/rows", lambda a: a[::-1].copy()), "ascending"),
    "rows of others": (_instead("users/rows", lambda a: a + np.int32(10**6)), "rows of users"),
    "rows as fractions": (_instead("users/rows", lambda a: a.astype(float)), "rows of users"),
    "clips of nobody": (_instead("users/sent", lambda a: a[:, :1]), "sent is"),
    "keys given twice": (
        _instead("graph/uid", lambda a: np.zeros(300, np.uint32)), "each once",
    ),
    "keys of others": (_instead("graph/uid", lambda a: np.zeros(7, np.uint32)), "uid"),
    "a friend beyond the last": (_array("graph/indices", 10**6, -1), "outside"),
    "rows without an end": (_array("graph/indptr", 10**9, 5), "indptr"),
    "access in the future": (_array("platform.sora/opened_on", 10**6, 0), "opened_on"),
    "money from nowhere": (_array("platform.sora/ledger.cash", 1, 3), "reconcile"),
    "money that was not booked": (_array("record/daily.marketing_usd", 1, 3), "marketing_usd"),
    "cash that was not there": (_array("record/daily.cash_usd", 1, 3), "cash_usd"),
    "a negative number of people": (_array("record/daily.installs", -1, 3), "installs"),
    "days that were not lived": (_meta("day", value=10), "record"),
    "a day that is no number": (_meta("day", value="x"), "day = 'x'"),
    "a demand that is no number": (
        _meta("platform.sora", "feed_views", value=float("nan")), "feed_views",
    ),
    "a chart below nothing": (_meta("platform.sora", "chart", value=-1.0), "chart = -1.0"),
    "codes as a fraction": (_meta("platform.sora", "pool", value=[0.5, 0.0, 0]), "codes"),
    "a log of days to come": (
        _meta("calendar", "log", value=[[10**6, "sora", "x", "y", 1, 2]]), "log",
    ),
    "events that never were": (_meta("calendar", "before", value={"x": {}}), "event"),
    "no calendar": (_meta("calendar", value=None), "does not fit together"),
    "no luck": (_meta("random", value=[3, [1, 2], None]), "does not fit together"),
    "a graph without a name": (_meta("graph", value=None), "graph"),
    "another scenario": (_meta("scenario", "market", "n_users", value=200), "users"),
}  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_state_is_refused_in_a_line(saved: bytes, tmp_path: Path, forged: str) -> None:
    """Sealed as if it were right: compiled code takes most of this for a place in an array."""
    forge, told = FORGED[forged]
    path = tmp_path / "m.npz"
    with changed(saved, path) as (arrays, meta):
        forge(arrays, meta)
    assert told in refused(path)


def test_the_same_again_is_taken(saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    with changed(saved, path):
        pass
    loaded = Market.load(path, CHECKED)
    market = lived()
    for one in (loaded, market):
        one.run(LATER)
    assert bits(loaded) == bits(market)


def test_what_somebody_wrote_into_arrays_of_the_market_is_not_saved(tmp_path: Path) -> None:
    market = lived()
    market.users.columns.arrays["member"]["status"][5, 1] = 4
    with pytest.raises(ConfigError, match=r"save: sora.*people by status"):
        market.save(tmp_path / "m.npz")
    assert list(tmp_path.iterdir()) == []


def test_what_strategies_keep_in_mind_comes_back_as_it_was(tmp_path: Path) -> None:
    market = lived()
    sora = market.platform("sora")
    kept = {"price": 0.1, "days": [1, 2], "by": {"name": "x", "none": None}, "on": True}
    sora.memory = {**kept, "count": np.int64(3), "share": np.float32(0.5)}  # type: ignore[attr-defined]
    loaded = Market.load(market.save(tmp_path / "m.npz"))
    assert loaded.platform("sora").memory == {**kept, "count": 3, "share": 0.5}  # type: ignore[attr-defined]
    for value in ((1, 2), {3, 4}, {1: 2}, object(), dt.date(2025, 1, 1), 1j):
        sora.memory = {"mine": value}  # type: ignore[attr-defined]
        with pytest.raises(ConfigError, match=r"platform\.sora\.memory.* which no file gives back"):
            market.save(tmp_path / "other.npz")
    sora.memory = {"mine": (1, {2: 3})}  # type: ignore[attr-defined]
    twig = market.branch()
    assert twig.platform("sora").memory == sora.memory  # type: ignore[attr-defined]
    assert twig.platform("sora").memory is not sora.memory  # type: ignore[attr-defined]


class Mine(User):
    """A class of somebody's own."""


class Regulator(mesa.Agent):  # type: ignore[misc]
    """An agent of somebody's own."""


def test_agents_of_ones_own_are_missed_aloud(tmp_path: Path) -> None:
    market = lived()
    market.users.promote(range(20), Mine)
    for _ in range(3):
        Regulator(market)
    told = r"20 Mine, 3 Regulator.*Promote or add them again"
    with pytest.warns(UserWarning, match=told) as warned:
        path = market.save(tmp_path / "m.npz")
    assert warned[0].filename == __file__
    with pytest.warns(UserWarning, match=told) as warned:
        loaded = Market.load(path)
    assert warned[0].filename == __file__
    with pytest.warns(UserWarning, match=told) as warned:
        twig = market.branch()
    assert warned[0].filename == __file__
    for one in (loaded, twig):
        assert len(one.agents) == 3
        one.users.promote(range(20), Mine)
    for one in (loaded, twig, market):
        one.run(LATER)
    assert bits(loaded) == bits(twig) == bits(market)


def test_users_without_a_class_of_their_own_are_not_missed(tmp_path: Path) -> None:
    market = lived()
    market.users.promote(range(20))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Market.load(market.save(tmp_path / "m.npz"))
        market.branch()


def test_a_class_of_markets_with_other_arguments_says_so(tmp_path: Path) -> None:
    class Own(Market):
        def __init__(self, n_users: int) -> None:
            super().__init__(lived(n_users).scenario_config)

    path = Own(200).save(tmp_path / "m.npz")
    with pytest.raises(ClipmarketError, match=r"Own\(scenario, graph, execution, uid\)"):
        Own.load(path)
    assert len(Market.load(path).users) == 200
