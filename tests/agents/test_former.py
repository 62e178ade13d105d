"""Decisions under another name: the former one still decides, a misspelled one is told."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from agents import User
from sim.errors import ConfigError
from sim.market import Market
from tests.worlds import small


def old_style(answer: Any) -> type[User]:
    def shares(self: User, platform: str, clips: int) -> Any:
        asked.append((self.row, platform))
        return answer(clips)

    asked: list[tuple[int, str]] = []
    with pytest.warns(DeprecationWarning, match="two decisions"):
        made = type("Mine", (User,), {"shares": shares, "asked": asked})
    return made


def lived(cls: type[User]) -> Market:
    market = small(n_users=400)
    market.run("2025-10-05")
    market.users.activate("sora", range(40))
    market.users.promote(range(40), cls)
    market.run("2025-10-09")
    return market


class New(User):
    """The same, as it is written now."""

    def shares_friends(self, platform: str, clips: int) -> int:
        return clips

    def shares_feed(self, platform: str, clips: int) -> int:
        return 0


def test_one_decision_of_before_answers_its_two_successors() -> None:
    old = old_style(lambda clips: (np.int64(clips), 0))
    market, other = lived(old), lived(New)
    for name in ("shares_friends", "shares_feed", "clips_free"):
        assert np.array_equal(market.record.past(name), other.record.past(name))
    assert market.record.past("shares_friends").any()
    asked = old.asked  # type: ignore[attr-defined]
    # Once a day and platform, as ever: four days at most.
    assert max(asked.count(one) for one in asked) <= 4


@pytest.mark.parametrize("wrong", [1, None, (1,), (0.9, 0.9), (1, "a"), (-1, 0)])
def test_a_wrong_pair_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigError, match="must be"):
        lived(old_style(lambda clips: wrong))


def test_a_misspelled_decision_is_told() -> None:
    with pytest.warns(UserWarning, match="Did you mean 'leaves'"):
        type("Mine", (User,), {"leave": lambda self, platform: True})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        type("Mine", (User,), {"leaves": lambda self, platform: True, "mood": lambda self: 1})
