"""The market as a Mesa model, and a user's life as a user of the library meets it."""

from __future__ import annotations

import gc
import math
import subprocess
import sys
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest

import sim
from agents import Platform, User, Users
from scenarios import baseline
from sim.contracts import check_platform, check_population
from sim.errors import ClipmarketError, ConfigError, UnknownNameError
from sim.execution import PAYS_FRIENDS, PAYS_ROWS, SMALL, Execution, available_cores
from sim.market import Market
from tests.worlds import CHECKED, UNTIL, bits, limit_market, small


@pytest.fixture(scope="module")
def market() -> Market:
    lived = small()
    lived.run()
    return lived


def test_mesa_finds_its_agents(market: Market) -> None:
    assert isinstance(market, mesa.Model)
    kinds = {cls.__name__: len(agents) for cls, agents in market.agents_by_type.items()}
    assert kinds == {"Platform": 2, "Users": 1}
    assert len(market.agents) == 3
    frame = market.datacollector.get_model_vars_dataframe()
    assert frame["installs"]["sora"].sum() > 0


def test_promoted_users_stand_in_agents_and_others_do_not() -> None:
    market = small(500)
    market.users.promote([3, 4], User)
    assert len(market.agents_by_type[User]) == 2
    assert len({agent.unique_id for agent in market.agents}) == len(market.agents)
    market.users[3].remove()
    assert len(market.agents_by_type[User]) == 1
    assert market.users.columns["promoted"].sum() == 1


def test_contracts_hold_for_our_own_agents(market: Market) -> None:
    check_population(market.users)
    for platform in market.platforms.values():
        check_platform(platform)
    with pytest.raises(ConfigError, match="lacks"):
        check_platform(object())


def test_a_market_is_freed_when_nobody_holds_it() -> None:
    market = small(200)
    market.run("2025-05-22")
    market.users.promote([1], User)
    ghost = weakref.ref(market)
    del market
    gc.collect()
    assert ghost() is None


def test_two_markets_side_by_side_do_not_meet() -> None:
    one, two = small(400, seed=1), small(400, seed=2)
    one.users.promote([0], User)
    one.run()
    alone = small(400, seed=1)
    alone.run()
    assert two.day == 0
    assert bits(one) == bits(alone)


def test_repr_says_what_it_is(market: Market) -> None:
    fresh = baseline.build(n_users=1_000, execution=CHECKED)
    text = repr(fresh)
    for part in ("2025-05-20", "day 0", "2 platforms", "1,000 users = 82.7 M people"):
        assert part in text
    assert "power_law_cluster" in text
    assert "Users 3,000" in repr(market.users)
    assert "free clips a day" in repr(market.platform("sora"))
    assert "friend" in repr(market.users[7])


def test_a_view_is_the_same_object_while_held(market: Market) -> None:
    held = market.users[42]
    assert market.users[42] is held
    assert market.users[-1].row == 2_999
    with pytest.raises(IndexError, match="users 0 to 2999"):
        market.users[3_000]


def test_a_view_reads_and_writes_the_columns() -> None:
    market = small(300)
    user = market.users[5]
    user["sora"].clips_total = 7
    assert market.users.columns["clips_total"][1, 5] == 7
    market.users.columns["taste"] = np.full((2, 300), 0.5)
    assert user["sora"].taste == market.users.columns["taste"][1, 5] == 0.5
    with pytest.raises(ConfigError, match="whole number from 0"):
        user["sora"].clips_total = -1
    with pytest.raises(UnknownNameError, match="Did you mean 'sora'"):
        user["sorra"]


@pytest.mark.parametrize("status", ["aware", "waiting", "active", "lost", "unaware"])
def test_a_status_written_by_hand_keeps_the_books_in_balance(status: str) -> None:
    """Checks run every night, so an unbooked move would stop the run."""
    market = small(500)
    market.run("2025-10-15")
    for row in range(0, 500, 7):
        market.users[row]["sora"].status = status
    found = {market.users[row]["sora"].status for row in range(0, 500, 7)}
    # Sora is by invitation that day, but who is put to work is at work.
    assert found == {status}
    market.run()


def test_friends_are_mutual(market: Market) -> None:
    user = market.users[11]
    assert len(user.friends) > 0
    assert all(11 in friend.friends.rows for friend in user.friends)
    assert user.friends[0].row == user.friends.rows[0]


def test_where_finds_what_the_record_counted(market: Market) -> None:
    active = market.users.where(platform="sora", status="active")
    assert len(active) == market.record.past("active")[-1, 1]
    assert active.clips_total.mean() > 0
    iphones = market.users.where(os="ios", region="north_america")
    assert len(iphones) / 3_000 == pytest.approx(0.42 * 0.56, abs=4 * math.sqrt(0.18 / 3_000))
    assert set(iphones.frame()["os"]) == {"ios"}
    for bad in ({"platform": "x"}, {"region": "x"}, {"os": "x"}, {"segment": "x"}):
        with pytest.raises(UnknownNameError):
            market.users.where(**bad)
    with pytest.raises(ConfigError, match="platform"):
        market.users.where(status="active")


def test_a_subclass_decides_for_its_own_users_only() -> None:
    class Loyal(User):
        def leaves(self, platform: str) -> bool:
            return False if self[platform].clips_total >= 0 else super().leaves(platform)

    market = small(2_000)
    market.users.promote(range(1_000), Loyal)
    market.run()
    status = market.users.columns["status"][0]
    assert (status[:1_000] == 4).sum() == 0
    assert (status[1_000:] == 4).sum() > 0


def test_who_overrides_notices_is_asked_every_day() -> None:
    class Curious(User):
        asked = 0

        def notices(self, platform: str) -> str | None:
            Curious.asked += 1
            return "press" if platform == "google" else None

    market = small(200)
    market.users.promote([0], Curious)
    market.run("2025-05-24")
    assert Curious.asked >= 5
    assert market.users[0]["google"].status != "unaware"


@pytest.mark.parametrize(
    ("decision", "answer", "allowed"),
    [
        ("wants_clips", -5, "must be a whole number from 0 to 65,535"),
        ("wants_clips", 2.7, "must be a whole number"),
        ("wants_clips", True, "must be a whole number"),
        ("shares_friends", 9_999, "the clips made today"),
        ("shares_feed", None, "must be a whole number"),
        ("visits", "no", "must be True or False"),
        ("leaves", None, "must be True or False"),
        ("adopts", 2, "must be True or False"),
        ("adopts", float("nan"), "must be True or False"),
        ("visits", np.array([True, False]), "must be True or False"),
        ("wants_clips", float("inf"), "must be a whole number"),
        ("wants_clips", np.array([1, 2]), "must be a whole number"),
        ("wants_clips", "3", "must be a whole number"),
        ("notices", ["friend"], "unknown cause returned by"),
        ("notices", "rumour", "unknown cause returned by"),
    ],
)
def test_a_wrong_answer_of_a_subclass_is_one_clear_line(
    decision: str, answer: object, allowed: str
) -> None:
    liar = type("Liar", (User,), {decision: lambda self, *given: answer})
    market = small(300)
    market.users.promote("all", liar)
    market.users.activate("google", range(300))
    with pytest.raises(ClipmarketError, match=rf"Liar\.{decision}") as problem:
        market.run()
    assert allowed in str(problem.value)
    assert len(str(problem.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("decision", "answers"),
    [
        ("visits", (True, 1, np.bool_(True), np.int8(1))),
        ("leaves", (False, 0, np.bool_(False), np.uint8(0))),
        ("wants_clips", (2, 2.0, np.int64(2), np.float32(2.0))),
        ("shares_feed", (0, 0.0, np.int64(0))),
    ],
)
def test_the_same_answer_in_another_type_is_the_same(
    decision: str, answers: tuple[object, ...]
) -> None:
    found = set()
    for answer in answers:
        cls = type("Mine", (User,), {decision: lambda self, *given, answer=answer: answer})
        market = small(300)
        market.users.activate("google", range(100))
        market.users.promote(range(100), cls)
        market.run("2025-06-10")
        found.add(bits(market))
    assert len(found) == 1


def test_a_user_sees_what_else_is_considered_and_chosen() -> None:
    seen: set[tuple[str, frozenset[str], frozenset[str]]] = set()

    class Noting(User):
        def adopts(
            self,
            platform: str,
            considered: frozenset[str] = frozenset(),
            chosen: frozenset[str] = frozenset(),
        ) -> bool:
            seen.add((platform, considered, chosen))
            return super().adopts(platform, considered, chosen)

    market = limit_market(300, {key: {"interest_per_day": 0.5} for key in "ab"}, days=10)
    market.users.promote("all", Noting)
    market.run()
    assert all(platform in considered for platform, considered, _ in seen)
    assert any(len(considered) == 2 for _, considered, _ in seen)
    assert any(chosen for _, _, chosen in seen)
    assert all(chosen <= considered - {platform} for platform, considered, chosen in seen)


def test_run_stops_where_it_is_told_and_no_further(market: Market) -> None:
    part = small(300)
    results = part.run("2025-06-01")
    assert str(results.dates[-1].date()) == "2025-06-01"
    assert part.date.isoformat() == "2025-06-02"
    for bad in ("2025-02-30", "2025-05-19", "2030-01-01", "soon"):
        with pytest.raises(ConfigError, match="until"):
            part.run(bad)
    assert not market.running


def test_threads_are_a_number() -> None:
    for bad in (0, -1, 1.5, "2", True, 10_000):
        with pytest.raises(ConfigError, match="threads"):
            Execution(threads=bad)


def test_lazy_names_are_all_there() -> None:
    for name in sim.__all__:
        assert getattr(sim, name) is not None
    with pytest.raises(AttributeError):
        sim.nothing  # noqa: B018


def test_agents_are_the_registered_classes(market: Market) -> None:
    assert isinstance(market.users, Users)
    assert all(isinstance(p, Platform) for p in market.platforms.values())


def test_the_unaware_never_come_back_by_rule(market: Market) -> None:
    unaware = market.record.past("unaware")
    assert (np.diff(unaware, axis=0) <= 0).all()
    assert market.config.until.isoformat() == UNTIL


def test_a_thread_is_added_where_it_pays() -> None:
    cores = available_cores()
    assert Execution().workers(PAYS_ROWS * 2 - 1) == 1
    assert Execution().workers(PAYS_ROWS * 1_000) == cores
    assert Execution().workers(PAYS_FRIENDS * 2, PAYS_FRIENDS) == min(cores, 2)
    assert Execution(threads=3).workers(SMALL) == 3
    assert Execution(threads=3).workers(SMALL - 1) == 1


UNCHECKED = """
import sys
from sim.errors import ClipmarketError
from tests.worlds import small
assert sys.flags.optimize == 0, "python -O leaves this out"
market = small(200, until="2025-05-24")
market.step()
market.users.books.clips[:] += 1000
try:
    market.step()
except AssertionError as error:
    print("told:", error)
market = small(200, until="2025-05-24")
try:
    market.record.write({}, market.record.cohorts[0], market.record.segments[0])
except ClipmarketError as error:
    print("told:", error)
"""


def test_checks_hold_under_python_o() -> None:
    """An ``assert`` would be left out without a word, and ``check=True`` would check nothing."""
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run(
        [sys.executable, "-O", "-c", UNCHECKED], cwd=root, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    lines = told.stdout.splitlines()
    assert [line[:5] for line in lines] == ["told:", "told:"]
    assert "metrics not recorded" in lines[1]
