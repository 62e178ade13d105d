"""What a user decides, by name: the rules, or a user's own methods in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from agents.day import rules

CompiledRule = Callable[..., Any]


class Decisions(NamedTuple):
    """What a user decides; the same signature whether compiled rule or Python method."""

    notices: CompiledRule
    remembers: CompiledRule
    adopts: CompiledRule
    gives_up: CompiledRule
    comes_back: CompiledRule
    visits: CompiledRule
    wants_clips: CompiledRule
    buys: CompiledRule
    shares_friends: CompiledRule
    shares_feed: CompiledRule
    subscribes: CompiledRule
    cancels: CompiledRule
    leaves: CompiledRule


#: What the rules say, name by name.
RULES = Decisions(*(getattr(rules, name) for name in Decisions._fields))
