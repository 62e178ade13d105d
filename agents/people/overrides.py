"""Decisions that somebody's own class takes: asked by platform name, and their answers checked.

Which decisions there are follows from `agents.people.user.User`: every method of it that a rule of
the same name answers. What one must be given and may answer is what that method's signature says.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.day import rules
from sim.checks import as_whole, chosen, names_in, short
from sim.counts import CAUSES, Cause
from sim.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from agents.people.user import User

Decide = Callable[..., Any]
#: More than any decision is told beside the platform.
_MOST_TOLD = 8
#: Clips made in a day are counted in 16 bits.
MOST_CLIPS = 65_535


@cache
def decisions(base: Any) -> tuple[str, ...]:
    """Return the names of all decisions: methods of a user that a rule answers."""
    return tuple(n for n in vars(base) if n in vars(rules) and not n.startswith("_"))


def bound(own: Sequence[str], user: User, base: Any) -> SimpleNamespace:
    """Return the rules, with a user's own methods in the place of those he overrides."""
    asked = {name: getattr(rules, name) for name in decisions(base)}
    asked.update({name: _asking(user, getattr(base, name)) for name in own})
    return SimpleNamespace(**asked)


def platforms_in(mask: int, names: Sequence[str]) -> frozenset[str]:
    """Return the platforms whose bits are set."""
    return frozenset(name for p, name in enumerate(names) if (mask >> p) & 1)


def mask_of(platforms: frozenset[str], names: Sequence[str]) -> int:
    """Return the bit mask of some platforms."""
    given = names_in("platforms", platforms)
    return sum(1 << names.index(chosen("platform", name, names)) for name in given)


def _asking(user: User, declared: Decide) -> Decide:
    """Return what asks a user's own method where the day would ask the rule."""
    masks, checked = _declared(declared)
    names, method = user.users.names, getattr(user, declared.__name__)
    told = _told(method)
    where = f"{type(user).__name__}.{declared.__name__}"

    def decide(w: Any, row: int, p: int, *rest: Any) -> Any:
        given = [
            platforms_in(value, names) if is_mask else value
            for value, is_mask in zip(rest, masks, strict=True)
        ]
        return checked(method(names[p], *given[:told]), where, given)

    return decide


def _told(method: Decide) -> int:
    """Return how many arguments after the platform a method takes.

    A decision may come to be told more than it was: who did not ask for it goes without.
    """
    taken = inspect.signature(method).parameters.values()
    if any(one.kind is one.VAR_POSITIONAL for one in taken):
        return _MOST_TOLD
    return sum(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in taken) - 1


@cache
def _declared(method: Decide) -> tuple[list[bool], Callable[[Any, str, Sequence[Any]], Any]]:
    """Return which arguments after the platform are sets of platforms, and what checks answers."""
    signature = inspect.signature(method)
    masks = ["frozenset" in str(one.annotation) for one in signature.parameters.values()][2:]
    return masks, _CHECKS[str(signature.return_annotation)]


def _yes_or_no(answer: object, where: str, given: Sequence[Any]) -> bool:
    # 0 and 1, of whatever library, are a no and a yes; nothing else is.
    if not isinstance(answer, bool | np.bool_) and as_whole(answer) not in (0, 1):
        raise ConfigError(f"{where} returned {short(answer)}: must be True or False.")
    return bool(answer)


def _number(answer: Any, where: str, given: Sequence[Any]) -> int:
    """Check a number of clips: at most those it is given, if it is given any."""
    most, of = (given[0], "the clips made today") if given else (MOST_CLIPS, "in one day")
    is_float = isinstance(answer, float | np.floating) and float(answer).is_integer()
    number = as_whole(int(answer) if is_float else answer)
    if number is None or not 0 <= number <= most:
        raise ConfigError(
            f"{where} returned {short(answer)}: must be a whole number from 0 to {most:,}, {of}."
        )
    return number


def _cause(answer: object, where: str, given: Sequence[Any]) -> int:
    if answer is None:
        return Cause.NONE
    if answer not in CAUSES:
        raise unknown_name(f"cause returned by {where}", answer, CAUSES)
    return CAUSES.index(str(answer))


_CHECKS: Mapping[str, Callable[[Any, str, Sequence[Any]], Any]] = {
    "bool": _yes_or_no,
    "int": _number,
    "str | None": _cause,
}
