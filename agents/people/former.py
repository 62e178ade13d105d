"""Decisions under another name: a former one still decides, a misspelled one is told."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sim.checks import short
from sim.errors import ConfigError

#: Was asked for both parts of what is shared at once.
SHARES = "shares"


def warn_of_misspelled(cls: type[Any], base: type[Any], decisions: Sequence[str]) -> None:
    """Warn of methods whose names are nearly those of decisions: nobody would ask them."""
    for name, value in vars(cls).items():
        if name.startswith("_") or not callable(value) or hasattr(base, name) or name == SHARES:
            continue
        near = difflib.get_close_matches(name, decisions, 1, 0.8)
        if near:
            warnings.warn(
                f"{cls.__name__}.{name} is no decision, so nobody asks for it. Did you mean "
                f"{near[0]!r}?",
                UserWarning,
                stacklevel=3,
            )


def adopt_former(cls: type[Any]) -> None:
    """Let ``shares(platform, clips) -> (to friends, to the feed)`` answer its two successors.

    It is asked once a day, as it always was.
    """
    if SHARES not in vars(cls):
        return
    warnings.warn(
        f"{cls.__name__}.{SHARES} is two decisions now: shares_friends and shares_feed.",
        DeprecationWarning,
        stacklevel=3,
    )
    to_feed: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()

    def shares_friends(self: Any, platform: str, clips: int) -> int:
        answer = self.shares(platform, clips)
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise ConfigError(
                f"{type(self).__name__}.{SHARES} returned {short(answer)}: must be two whole "
                "numbers, clips to friends and clips to the feed."
            )
        to_feed.setdefault(self, {})[platform] = answer[1]
        return answer[0]  # type: ignore[no-any-return]

    def shares_feed(self: Any, platform: str, clips: int) -> int:
        if platform not in to_feed.get(self, {}):
            self.shares_friends(platform, clips)
        return to_feed[self].pop(platform)  # type: ignore[no-any-return]

    cls.shares_friends, cls.shares_feed = shares_friends, shares_feed
