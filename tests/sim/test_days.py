"""A day is lived whole or not at all, and a market with half a day behind it goes no further."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mesa
import pytest

from agents import User, strategy
from agents.platforms.situation import STRATEGIES
from scenarios import baseline
from sim.errors import ClipmarketError, ConfigError
from sim.interventions import INTERVENTIONS, Event, intervention
from sim.market import Market
from sim.metrics import CATALOGUE, metric
from sim.platform_config import StrategyConfig
from tests.worlds import bits, small

BROKEN = "broke off.*Market.load.*Market.branch"


class Stumbling(User):
    """Somebody whose class has a mistake in it."""

    error: BaseException | None = ValueError("a typo")

    def visits(self, platform: str) -> bool:
        """Fail."""
        if self.error is not None:
            raise self.error
        return super().visits(platform)


def with_strategy() -> Market:
    @strategy
    def stumble(situation: object) -> dict[str, Any]:
        raise ValueError("a typo")

    own = (StrategyConfig(name="stumble"),)
    sora = baseline.scenario().platforms["sora"].changed("x", strategies=own)
    return small(300, scenario=baseline.scenario().with_platform("sora", sora))


def with_intervention() -> Market:
    @intervention
    def stumble(market: Market, platform: str) -> None:
        raise ValueError("a typo")

    event = Event(id="x", date="2025-05-20", platform="sora", do="stumble")
    return small(300, scenario=baseline.scenario().with_event(event))


def with_metric() -> Market:
    @metric("people", "Nobody knows.", counted=True)
    def stumble(market: Market) -> Any:
        raise ValueError("a typo")

    return small(300)


def with_user(error: BaseException | None = None) -> Market:
    market = small(300)
    market.users.activate("sora", range(20))
    market.users.promote(range(20), Stumbling)
    if error is not None:
        market.users[0].error = error
    return market


@pytest.mark.parametrize(
    "made", [with_strategy, with_intervention, with_metric, with_user], ids=lambda one: one.__name__
)
def test_a_market_whose_day_broke_off_refuses_everything_and_says_why(
    made: Callable[[], Market], tmp_path: Path
) -> None:
    try:
        market = made()
        with pytest.raises(ValueError, match="a typo"):
            market.step()
    finally:
        for register in (STRATEGIES, INTERVENTIONS):
            if "stumble" in register:
                register.remove("stumble")
        CATALOGUE.pop("stumble", None)
    for call in (
        market.step, market.run, market.branch, lambda: market.results,
        lambda: market.save(tmp_path / "m.npz"), market.get_model_vars_dataframe,
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=BROKEN) as refused:
            call()
        assert "ValueError: a typo" in str(refused.value)
        assert len(str(refused.value).splitlines()) == 1
    assert (market.day, market.steps) == (0, 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), AssertionError("x")])
def test_whatever_is_raised_within_a_day_breaks_it(error: BaseException) -> None:
    market = with_user(error)
    with pytest.raises(type(error)):
        market.run()
    with pytest.raises(ConfigError, match=BROKEN):
        market.run()


def test_a_branch_of_before_goes_on_as_if_nothing_had_happened() -> None:
    market = small(300)
    market.run("2025-10-10")
    earlier = market.branch()
    market.users.promote("all", Stumbling)
    with pytest.raises(ValueError, match="typo"):
        market.run()
    earlier.run()
    undisturbed = small(300)
    undisturbed.run()
    assert bits(earlier) == bits(undisturbed)


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["each_day", "progress"])
def test_what_is_raised_between_days_leaves_the_market_whole(
    error: BaseException, where: str
) -> None:
    undisturbed = small(300)
    undisturbed.run()
    market = small(300)

    def stop(*_: object) -> None:
        if market.day == 100:
            raise error

    calls: dict[str, Any] = {where: stop}
    with pytest.raises(type(error)):
        market.run(**calls)
    assert market.day == market.steps == 100
    market.run()
    assert bits(market) == bits(undisturbed)


def test_the_step_of_a_subclass_may_fail_before_or_after_the_day() -> None:
    class Careless(Market):
        fails = ""

        def step(self) -> None:
            if self.fails == "before":
                raise ValueError("before")
            super().step()
            if self.fails == "after":
                raise ValueError("after")

    undisturbed = small(300)
    undisturbed.run()
    market = Careless(undisturbed.scenario_config)
    for fails, day in (("before", 0), ("after", 1)):
        market.fails = fails
        with pytest.raises(ValueError, match=fails):
            market.step()
        assert market.day == market.steps == day
    market.fails = ""
    market.run()
    assert bits(market) == bits(undisturbed)


@pytest.mark.skipif(not hasattr(mesa.Model, "run_for"), reason="Mesa steps by events since 3.5")
def test_a_step_that_failed_as_an_event_calls_for_the_next() -> None:
    class Careless(Market):
        fails_on = 3

        def step(self) -> None:
            super().step()
            if self.day == self.fails_on:
                raise ValueError("after")

    undisturbed = small(300)
    undisturbed.run()
    market = Careless(undisturbed.scenario_config)
    with pytest.raises(ValueError, match="after"):
        market.run_for(5)
    assert market.day == market.steps == market.time == 3
    market.run_until(7)
    assert market.day == market.steps == market.time == 7
    market.run()
    assert bits(market) == bits(undisturbed)


@pytest.mark.parametrize("what", ["nothing", "agents"])
def test_a_step_of_ones_own_that_lives_no_day_is_told_and_does_not_hang(what: str) -> None:
    class Forgetful(Market):
        def step(self) -> None:
            if what == "agents":
                self.agents.shuffle_do("step")

    market = Forgetful(small(300).scenario_config)
    with pytest.raises(ConfigError, match=r"super\(\)\.step\(\)"):
        market.run()


def test_a_subclass_may_step_more_often_than_daily() -> None:
    class Hourly(Market):
        hour = 0

        def step(self) -> None:
            self.hour += 1
            if self.hour % 24 == 0:
                super().step()

    market, daily = Hourly(small(300).scenario_config), small(300)
    for one in (market, daily):
        one.run("2025-06-01")
    assert bits(market) == bits(daily)


def pressing(times: int) -> type[User]:
    class Pressing(User):
        """Somebody during whose day Ctrl-C is pressed."""

        pressed = 0

        def visits(self, platform: str) -> bool:
            if Pressing.pressed < times:
                Pressing.pressed += 1
                os.kill(os.getpid(), signal.SIGINT)
            return super().visits(platform)

    return Pressing


@pytest.fixture
def python_handles_interrupts() -> Any:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_takes_effect_after_the_day(python_handles_interrupts: None) -> None:
    def started() -> Market:
        market = small(300)
        market.users.activate("sora", range(20))
        return market

    undisturbed, market = started(), started()
    undisturbed.run()
    market.users.promote(range(20), pressing(1))
    with pytest.raises(KeyboardInterrupt):
        market.run()
    assert market.day == market.steps == market.record.n_days >= 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    market.run()
    assert bits(market) == bits(undisturbed)


def test_a_second_interrupt_breaks_the_day_off(python_handles_interrupts: None) -> None:
    market = small(300)
    market.users.activate("sora", range(20))
    market.users.promote(range(20), pressing(2))
    with pytest.raises(KeyboardInterrupt):
        market.run()
    with pytest.raises(ConfigError, match=BROKEN):
        market.run()


def test_who_handles_interrupts_himself_goes_on_doing_so() -> None:
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        market = small(300)
        market.users.activate("sora", range(20))
        market.users.promote(range(20), pressing(1))
        market.step()
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed
    assert market.day == 1


def test_within_a_day_there_is_no_market_to_be_saved_branched_or_run(tmp_path: Path) -> None:
    refused: list[str] = []

    class Impatient(User):
        def visits(self, platform: str) -> bool:
            market = self.model
            save = lambda: market.save(tmp_path / "m.npz")  # noqa: E731
            for call in (market.step, market.run, market.branch, save):
                with pytest.raises(ConfigError, match="a day is being lived") as error:
                    call()
                refused.append(str(error.value))
            return super().visits(platform)

    market = small(300)
    market.users.activate("sora", range(2))
    market.users.promote(range(2), Impatient)
    market.step()
    assert len(refused) == 8
    assert market.day == market.steps == 1


def test_no_day_follows_the_last() -> None:
    market = small(300, until="2025-05-24")
    market.run()
    assert not market.running
    before = bits(market)
    with pytest.raises(ConfigError, match=r"2025-05-24.*market\.until"):
        market.step()
    assert market.day == market.steps == 5
    assert bits(market) == before
    assert market.run().n_days == 5


@pytest.mark.parametrize("call", ["do", "shuffle_do"])
@pytest.mark.parametrize("days", [0, 150])
def test_mesa_cannot_step_agents_outside_of_their_day(call: str, days: int) -> None:
    market, alone = small(300), small(300)
    for one in (market, alone):
        for _ in range(days):
            one.step()
        one.users.promote(range(5))
    for agents in (market.agents, market.agents_by_type[User], market.agents.select()):
        with pytest.raises(ClipmarketError, match=r"market\.step\(\)"):
            getattr(agents, call)("step")
    market.run()
    alone.run()
    assert bits(market) == bits(alone)


def test_parts_of_a_day_are_not_done_alone_or_twice() -> None:
    market = small(300)
    sora = market.platform("sora")
    market.step()
    parts: list[Callable[[], object]] = [
        market.users.step, market.users.hand_out_codes, market.users.close_day, sora.decide,
        lambda: sora.settle(market.users.counts[1]),
    ]  # fmt: skip
    for part in parts:
        with pytest.raises(ConfigError, match=r"Call market\.step"):
            part()

    class Meddling(User):
        def visits(self, platform: str) -> bool:
            self.users.step()
            return True

    market.users.activate("sora", [0])
    market.users.promote([0], Meddling)
    with pytest.raises(ConfigError, match="done once"):
        market.step()
