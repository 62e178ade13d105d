"""Who is stepped in Python lives each day once, whatever he or others do meanwhile."""

from __future__ import annotations

import mesa
import pytest

from agents import User
from sim.errors import ConfigError
from sim.market import Market
from tests.worlds import bits, small


def started(cls: type[User] | None = None, rows: int = 8) -> Market:
    market = small(500)
    market.run("2025-10-20")
    market.users.activate("sora", range(rows))
    if cls is not None:
        market.users.promote(range(rows), cls)
    return market


def plain_bits() -> str:
    market = started()
    market.run("2025-11-05")
    return bits(market)


class Leaving(User):
    """Goes back to the crowd after one day."""

    def step(self) -> None:
        """Live the day, and leave."""
        super().step()
        self.remove()


class LeavingMidway(User):
    """Goes back to the crowd in the middle of a day."""

    def visits(self, platform: str) -> bool:
        """Leave, and say what the rule says."""
        self.remove()
        return super().visits(platform)


class Recruiting(User):
    """Promotes somebody else every day, who may have lived already, or not."""

    def step(self) -> None:
        """Live the day, and promote."""
        super().step()
        self.users.promote([(self.row * 7 + self.model.day) % 500], User)


class Releasing(User):
    """Releases the next one before his turn."""

    def step(self) -> None:
        """Release, and live the day."""
        self.users.demote([self.row + 1])
        super().step()


class Changing(User):
    """Gives the next one another class before his turn."""

    def step(self) -> None:
        """Promote again, and live the day."""
        self.users.promote([(self.row + 1) % 8], Changing)
        super().step()


@pytest.mark.parametrize("cls", [Leaving, LeavingMidway, Recruiting, Releasing, Changing])
def test_promoting_and_releasing_within_a_day_change_no_bit(cls: type[User]) -> None:
    """Whoever was promoted in the morning lives the day in Python, all others compiled."""
    market = started(cls)
    market.run("2025-11-05")
    assert bits(market) == plain_bits()
    assert len(market.agents) == 3 + len(market.users.promoted)


def test_whoever_leaves_is_gone_from_the_agents() -> None:
    market = started(Leaving)
    market.step()
    assert market.users.promoted == {}
    assert User not in {type(agent) for agent in market.agents}


@pytest.mark.parametrize("other", ["himself", "a friend", "the next"])
def test_nobody_lives_a_day_twice_or_out_of_turn(other: str) -> None:
    class Eager(User):
        def step(self) -> None:
            super().step()
            {"himself": self, "a friend": self.friends[0], "the next": self.users[400]}[
                other
            ].step()

    market = started(Eager, rows=1)
    with pytest.raises(ConfigError, match="not his turn"):
        market.step()


def test_people_write_their_own_row_only_and_others_not_while_they_live() -> None:
    class Pushy(User):
        def visits(self, platform: str) -> bool:
            self.users[400]["sora"].status = "active"
            return True

    market = started(Pushy)
    with pytest.raises(ConfigError, match="while people live their day"):
        market.step()


def test_a_trait_may_be_learned_within_the_day() -> None:
    class Learning(User):
        def step(self) -> None:
            super().step()
            self["sora"].taste += 0.25

    market = started(Learning, rows=1)
    before = market.users[0]["sora"].taste
    market.step()
    assert market.users[0]["sora"].taste == pytest.approx(before + 0.25)


def test_population_and_platforms_cannot_be_removed() -> None:
    market = started(User)
    for agent, told in ((market.users, "n_users"), (market.platform("sora"), "without_platform")):
        with pytest.raises(ConfigError, match=told):
            agent.remove()
    with pytest.raises(ConfigError, match="cannot be removed"):
        market.remove_all_agents()
    market.step()


class Regulator(mesa.Agent):  # type: ignore[misc]
    """Somebody's own agent, who watches."""

    seen = 0

    def step(self) -> None:
        """Look around."""
        self.seen += 1


def test_agents_of_ones_own_stand_beside_ours_and_step_when_told() -> None:
    class Watched(Market):
        def step(self) -> None:
            super().step()
            self.agents_by_type[Regulator].do("step")

    alone = small(300)
    alone.run("2025-06-01")
    market = Watched(alone.scenario_config)
    regulators = [Regulator(market) for _ in range(3)]
    market.users.promote(range(4))
    market.run("2025-06-01")
    assert [one.seen for one in regulators] == [market.day] * 3
    assert bits(market) == bits(alone)
    assert len(market.users) == 300
    assert len(market.agents) == 3 + 3 + 4
    assert len({agent.unique_id for agent in market.agents}) == len(market.agents)
    regulators[0].remove()
    assert len(market.agents_by_type[Regulator]) == 2
