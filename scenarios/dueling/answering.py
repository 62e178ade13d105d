"""Each side answers the other's last move with its best one: where that leads (level-k)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from scenarios.dueling.games import ROWS, Game
from sim.formulas import Array


class Answer(NamedTuple):
    """A turn of one side.

    Parameters
    ----------
    side
        Who answers.
    before, after
        Its move before and after; the same where no other is better.
    gain
        What it gains by the change.
    against
        The move of the other side that it answers.
    """

    side: int
    before: int
    after: int
    gain: float
    against: int


@dataclass(frozen=True)
class Walk:
    """Turns until nobody moves, or until they come round to where they were.

    Parameters
    ----------
    answers
        Turn by turn.
    end
        Moves of both sides at the end; of a cycle, where it closes.
    n_cycle
        Turns of the cycle; 0 if it ends in an equilibrium.
    """

    answers: tuple[Answer, ...]
    end: tuple[int, int]
    n_cycle: int


def walk(payoffs: Array, first: int, start: tuple[int, int] = (0, 0)) -> Walk:
    """Let the sides answer each other in turn; a side that has no better move stays.

    Parameters
    ----------
    payoffs
        (2, rows, columns).
    first
        The side that answers first.
    start
        Moves at the beginning.
    """
    at, side = list(start), first
    seen: dict[tuple[int, int, int], int] = {}
    answers: list[Answer] = []
    while True:
        key = at[0], at[1], side
        if key in seen:
            return Walk(tuple(answers), (at[0], at[1]), len(answers) - seen[key])
        seen[key] = len(answers)
        against = at[1 - side]
        own = payoffs[side][:, against] if side == ROWS else payoffs[side][against]
        before = at[side]
        gain = float(own.max() - own[before])
        at[side] = int(own.argmax()) if gain > 0.0 else before
        answers.append(Answer(side, before, at[side], gain, against))
        if len(answers) > 1 and all(one.gain == 0.0 for one in answers[-2:]):
            return Walk(tuple(answers), (at[0], at[1]), 0)
        side = 1 - side


def ends(game: Game, first: int) -> Counter[tuple[int, int] | None]:
    """Return in how many draws the answers end at which pair of moves; None: they go round."""
    walks = (walk(game.payoffs[:, draw], first) for draw in range(game.n_draws))
    return Counter(one.end if not one.n_cycle else None for one in walks)
