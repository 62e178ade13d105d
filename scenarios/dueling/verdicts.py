"""What a duel says, in words: which move is best, or that draws do not tell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scenarios.asking.bands import INSIDE, Band
from scenarios.dueling.duels import Payoff
from scenarios.dueling.games import Game


class Sides(NamedTuple):
    """Who is spoken of: the side itself and its rival, by owner."""

    owner: str
    rival: str


def gain(game: Game, side: int, own: int, payoff: Payoff, rival: int | None = None) -> Band:
    """Return what a move brings more than the first one, draw by draw.

    Parameters
    ----------
    rival
        Against which move of the rival; against each alike if not given.
    """
    seen = game.seen_by(side)
    over = seen[:, own] - seen[:, 0]
    values = over.mean(axis=1) if rival is None else over[:, rival]
    factor, unit = payoff.difference
    return Band.of(factor * values, unit, signed=True)


def best_by_mean(game: Game, side: int) -> list[int]:
    """Return, for each move of the rival, the answer of the best mean: of equals the first."""
    return [int(one) for one in game.best(side).argmax(axis=0)]


def best_move(game: Game, side: int, payoff: Payoff, who: Sides) -> str:
    """Say which move is best for a payoff, and in how many draws; or that it cannot be told."""
    answers = best_by_mean(game, side)
    if len(set(answers)) > 1:
        return _depends(game, side, answers, payoff, who)
    own, n = answers[0], game.n_draws
    labels = game.labels[side]
    times = game.always_best(side).sum(axis=0)
    in_draws = f"best in {times[own]} of {n} draws"
    more = (
        "" if own == 0
        else f"; against “{labels[0]}” it changes that by {gain(game, side, own, payoff)}"
    )  # fmt: skip
    if times[own] >= INSIDE * n:
        order = np.argsort(-game.means(side).mean(axis=1), kind="stable")
        second = next((labels[k] for k in order if k != own), None)
        return (
            f"Whatever {who.rival} does, {who.owner}'s best for {payoff.text} is “{labels[own]}” "
            f"({in_draws}{more}{'' if second is None else f'; next best on average: “{second}”'})."
        )
    others = [k for k in np.argsort(-times, kind="stable") if k != own and times[k]]
    next_best = f"; “{labels[others[0]]}” in {times[others[0]]}" if others else ""
    return (
        f"Draws do not tell which move of {who.owner} is best for {payoff.text}: “{labels[own]}” "
        f"has the best mean whatever {who.rival} does ({in_draws}{next_best}{more})."
    )


def _depends(game: Game, side: int, answers: list[int], payoff: Payoff, who: Sides) -> str:
    """Say which answer is best against what, and in how many draws."""
    labels, rivals = game.labels[side], game.labels[1 - side]
    counts = np.rint(game.chance_best(side) * game.n_draws).astype(int)
    said, sure = [], True
    for own in dict.fromkeys(answers):
        against = [k for k, one in enumerate(answers) if one == own]
        times = [int(counts[own, k]) for k in against]
        sure &= min(times) >= INSIDE * game.n_draws
        span = f"{min(times)}" if min(times) == max(times) else f"{min(times)} to {max(times)}"
        names = ", ".join(f"“{rivals[k]}”" for k in against)
        said.append(f"“{labels[own]}” against {names} (best in {span} of {game.n_draws} draws)")
    listed = "; ".join(said)
    if sure:
        return f"{who.owner}'s best for {payoff.text} depends on what {who.rival} does: {listed}."
    return (
        f"Draws do not tell which move of {who.owner} is best for {payoff.text}. By the mean it "
        f"depends on what {who.rival} does: {listed}."
    )
