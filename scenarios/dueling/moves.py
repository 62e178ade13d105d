"""A move: what one company could have done, as a function from a scenario to a scenario.

Whatever a move makes of the whole scenario, only the terms and events of its own platform are taken
over, so that any move of one side meets any move of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from scenarios.inputs.assumptions import Inputs
from sim.checks import short
from sim.errors import ConfigError, unknown_name
from sim.scenario import Scenario

#: What a move does: of the market as it was and the inputs behind it, the market after the move.
Deed = Callable[[Scenario, Inputs], Scenario]
_LONGEST_LABEL = 24


@dataclass(frozen=True)
class Move:
    """What one company could have done.

    Parameters
    ----------
    key
        Name on the command line.
    platform
        Whose move it is.
    label
        For people, short enough for the head of a column.
    text
        What it is, in a sentence.
    change
        What it does.
    assumptions, facts
        Ids of what it rests on beyond the baseline.
    """

    key: str
    platform: str
    label: str
    text: str
    change: Deed = field(repr=False)
    assumptions: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.label) <= _LONGEST_LABEL or not self.label.isprintable():
            raise ConfigError(
                f"move {self.key!r}: label = {short(self.label)}: must be 1 to {_LONGEST_LABEL} "
                "letters on one line. Shorten it."
            )

    def arm(self, base: Scenario, inputs: Inputs) -> Scenario:
        """Return the market in which this side alone makes its move.

        Raises
        ------
        ConfigError
            If the move changes anything that is not its platform's, or returns no scenario.
        """
        made = self.change(base, inputs)
        if not isinstance(made, Scenario):
            raise ConfigError(
                f"move {self.key!r}: returns {type(made).__name__}: must be a Scenario."
            )
        if _of_others(made, self.platform) != _of_others(base, self.platform):
            raise ConfigError(
                f"move {self.key!r} of {self.platform}: changes the market, or another platform's "
                f"terms or events. Change those of {self.platform} alone."
            )
        return made


#: Every move, by platform and key, in the order of tables.
ALL_MOVES: dict[tuple[str, str], Move] = {}


def move(
    platform: str, label: str, assumptions: Sequence[str] = (), facts: Sequence[str] = ()
) -> Callable[[Deed], Deed]:
    """Put a function among the moves of a platform: a decorator.

    The first line of its docstring is the move's sentence, its name the move's key.

    Parameters
    ----------
    platform, label, assumptions, facts
        As of `Move`.

    Raises
    ------
    ConfigError
        If the project itself has a move of that key.
    """

    def add(change: Deed) -> Deed:
        key = getattr(change, "__name__", "move")
        there = ALL_MOVES.get((platform, key))
        if there is not None and not _is_same(there.change, change):
            raise ConfigError(
                f"move {key!r} of {platform}: there is one already. Give yours another name."
            )
        text = (change.__doc__ or label).strip().splitlines()[0]
        made = Move(key, platform, label, text, change, tuple(assumptions), tuple(facts))
        ALL_MOVES[platform, key] = made
        return change

    return add


def moves_of(platform: str, keys: Iterable[str] | None = None) -> tuple[Move, ...]:
    """Return moves of a platform: all that there are, or those of some keys in that order.

    Raises
    ------
    UnknownNameError, ConfigError
        If there is no such move, or one is named twice.
    """
    there = {key: one for (whose, key), one in ALL_MOVES.items() if whose == platform}
    chosen = list(there if keys is None else keys)
    for key in chosen:
        if key not in there:
            raise unknown_name(f"move of {platform}", key, there)
        if chosen.count(key) > 1:
            raise ConfigError(f"move of {platform}: {key} is named twice. Name it once.")
    return tuple(there[key] for key in chosen)


def together(arms: Sequence[tuple[str, Scenario]]) -> Scenario:
    """Return the market in which each side has made its move.

    Parameters
    ----------
    arms
        Of each side, its platform and the market in which it alone has moved.
    """
    _, made = arms[0]
    for platform, arm in arms[1:]:
        kept = [event for event in made.events if event.platform != platform]
        own = [event for event in arm.events if event.platform == platform]
        platforms = {**made.platforms, platform: arm.platforms[platform]}
        made = replace(made, platforms=platforms, events=(*kept, *own))
    return made


def _of_others(scenario: Scenario, platform: str) -> tuple[object, ...]:
    others = {key: terms for key, terms in scenario.platforms.items() if key != platform}
    events = [event for event in scenario.events if event.platform != platform]
    return scenario.market, others, events, platform in scenario.platforms


def _is_same(one: Deed, other: Deed) -> bool:
    """Return whether two functions are the same one, of a file that was loaded twice."""
    return _code_of(one) == _code_of(other)


def _code_of(change: Deed) -> tuple[str, int]:
    code = getattr(change, "__code__", None)
    return ("", id(change)) if code is None else (code.co_filename, code.co_firstlineno)
