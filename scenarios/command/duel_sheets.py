"""The tables of ``clipmarket duel``, described once: a terminal draws them, and so does a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scenarios.asking.bands import INSIDE, Band
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.dueling.answering import ends, walk
from scenarios.dueling.duels import GOALS, PAYOFFS, Payoff, Played
from scenarios.dueling.equilibria import Equilibrium, chance_pure, equilibria, names_of
from scenarios.dueling.games import COLS, ROWS, Game
from scenarios.dueling.verdicts import Sides, best_by_mean, best_move, gain
from sim.numbers import NONE, amount

#: What each side wants.
Goals = Sequence[Payoff]


def owners(played: Played) -> tuple[str, str]:
    """Return who the two sides are."""
    terms = played.duel.scenario().platforms
    one, other = (terms[platform].owner for platform in played.duel.platforms)
    return one, other


def who(played: Played, side: int) -> Sides:
    """Return a side and its rival."""
    both = owners(played)
    return Sides(both[side], both[1 - side])


def headlines(played: Played, goals: Goals) -> list[str]:
    """Say which move is best for each side, given what it wants."""
    game = played.game(goals)
    return [best_move(game, side, goals[side], who(played, side)) for side in (ROWS, COLS)]


def table(played: Played, payoff: Payoff, side: int) -> Sheet:
    """Return one side's payoff in every cell: means, the best answers bold."""
    both, duel = owners(played), played.duel
    game = played.game([payoff, payoff])
    best = game.best(side) if side == ROWS else game.best(side).T
    values = game.payoffs[side]
    rows = [
        [
            Cell(label),
            *(_of_cell(values[:, i, j], payoff, bool(best[i, j])) for j in range(values.shape[2])),
        ]
        for i, label in enumerate(game.labels[ROWS])
    ]
    columns = [
        Heading(f"{both[ROWS]}, down; {both[COLS]}, across", is_number=False, is_folded=True),
        *(Heading(label, is_folded=True) for label in game.labels[COLS]),
    ]
    terms = duel.scenario().platforms[duel.platforms[side]]
    note = f"Means of {duel.n_draws} draws. Bold: {both[side]}'s best answer to the other's move."
    return Sheet(f"{terms.label}: {payoff.text}", columns, rows, note, terms.color)


def _of_cell(values: Sequence[float], payoff: Payoff, is_best: bool) -> Cell:
    return Cell(amount(float(np.mean(values)), payoff.unit), is_bold=is_best)


def answers(played: Played, goals: Goals) -> Sheet:
    """Return the best answer of each side to each move of the other."""
    game = played.game(goals)
    rows = []
    for side in (ROWS, COLS):
        chances = game.chance_best(side)
        for other, own in enumerate(best_by_mean(game, side)):
            names = who(played, side)
            label, times = game.labels[side][own], round(chances[own, other] * game.n_draws)
            rows.append([
                Cell(f"{names.owner} to {names.rival}'s “{game.labels[1 - side][other]}”"),
                Cell(label, is_bold=True), Cell(f"{times} of {game.n_draws}"),
                _next_best(game, side, own, other),
                _band(gain(game, side, own, goals[side], other)),
            ])  # fmt: skip
    columns = [
        Heading("who answers what", is_number=False, is_folded=True),
        Heading("best answer", is_folded=True), Heading("best in draws"),
        Heading("else best", is_folded=True, is_spared=True),
        Heading("more than the first move", is_folded=True),
    ]  # fmt: skip
    note = (
        f"Best by the mean, for {_wanted(played, goals)}. Best in draws: draws in which it is the "
        f"best, and which other move is so most often (equals count each). More: median and "
        f"{INSIDE:.0%} of draws, over “{game.labels[ROWS][0]}”."
    )
    return Sheet("Best answers", columns, rows, note)


def _next_best(game: Game, side: int, own: int, other: int) -> Cell:
    times = np.rint(game.chance_best(side)[:, other] * game.n_draws).astype(int)
    times[own] = 0
    most = int(times.argmax())
    return Cell(f"{game.labels[side][most]}: {times[most]}" if times[most] else NONE)


def _band(band: Band) -> Cell:
    text, bracket, ends_of = str(band).partition(" (")
    return Cell(text, f"({ends_of}" if bracket else "")


def _wanted(played: Played, goals: Goals) -> str:
    both = owners(played)
    if goals[ROWS] == goals[COLS]:
        return goals[ROWS].text
    return " and ".join(f"{goals[k].text} ({both[k]})" for k in (ROWS, COLS))


def balances(played: Played, pairs: Sequence[Goals]) -> Sheet:
    """Return the equilibria for what both sides may want."""
    both, rows, notes = owners(played), [], []
    for goals in pairs:
        game = played.game(goals)
        found = equilibria(game)
        chances = chance_pure(game)
        for one in found.found:
            rows.append([
                Cell(_wanted(played, goals)),
                *(Cell(_mixture(one, game, side)) for side in (ROWS, COLS)),
                *(Cell(amount(one.payoffs[k], goals[k].unit)) for k in (ROWS, COLS)),
                Cell(_in_draws(one, chances, game.n_draws)),
            ])  # fmt: skip
        if not found.found:
            none = "none found" if found.is_degenerate else "none"
            rows.append([Cell(_wanted(played, goals)), Cell(none), *[Cell(NONE)] * 4])
        if found.is_degenerate:
            notes.append(_wanted(played, goals))
    columns = [
        Heading("both want", is_number=False, is_folded=True),
        *(Heading(f"{one} does", is_folded=True) for one in both),
        *(Heading(f"{one} has", is_folded=True) for one in both),
        Heading("in draws"),
    ]  # fmt: skip
    more = (
        f" Ties: there may be more mixed ones for {'; '.join(notes)}." if notes else ""
    )  # fmt: skip
    note = (
        "Moves from which no side gains by leaving alone, of mean payoffs; mixtures by nashpy. In "
        f"draws: draws in which the same pair is one.{more}"
    )
    return Sheet("Equilibria", columns, rows, note)


def _mixture(one: Equilibrium, game: Game, side: int) -> str:
    named = list(names_of(one, game, side))
    if len(named) == 1:
        return named[0][0]
    return ", ".join(f"{amount(weight, 'share')} {name}" for name, weight in named)


def _in_draws(one: Equilibrium, chances: np.ndarray, n_draws: int) -> str:
    if not one.is_pure:
        return NONE
    i, j = (int(weights.argmax()) for weights in one.weights)
    return f"{round(chances[i, j] * n_draws)} of {n_draws}"


def regrets(played: Played, goals: Goals) -> Sheet:
    """Return what each move leaves below the best answer, the least regretted first."""
    game = played.game(goals)
    rows = []
    for side in (ROWS, COLS):
        left = game.regret(side)
        by_mean = left.mean(axis=0)
        for own in np.argsort(by_mean.mean(axis=1), kind="stable"):
            values = by_mean[own].mean(), by_mean[own].max(), left[:, own].max()
            rows.append([
                Cell(f"{owners(played)[side]}: {game.labels[side][own]}"),
                *(Cell(_difference(float(one), goals[side])) for one in values),
            ])  # fmt: skip
    columns = [
        Heading("move", is_number=False, is_folded=True), Heading("mean"),
        Heading("at the worst move of the other", is_folded=True),
        Heading("at the worst draw too", is_folded=True),
    ]  # fmt: skip
    note = (
        f"What a move leaves below the best answer, in {_wanted(played, goals)}: over all moves of "
        "the other and all draws; at the move of the other where it is most, over draws; and at "
        "the draw where it is most."
    )
    return Sheet("Regret", columns, rows, note)


def _difference(value: float, payoff: Payoff) -> str:
    factor, unit = payoff.difference
    return amount(factor * value, unit)


def dependence(played: Played) -> Sheet:
    """Return whose move each payoff hangs on."""
    rows = []
    for payoff in PAYOFFS:
        if payoff.key not in GOALS:
            continue
        game = played.game([payoff, payoff])
        for side in (ROWS, COLS):
            parts = game.shares(side)
            rows.append([
                Cell(f"{payoff.text} of {owners(played)[side]}"),
                *(Cell(f"{100.0 * part:.1f} %") for part in parts),
            ])  # fmt: skip
    columns = [
        Heading("payoff", is_number=False, is_folded=True), Heading("own move", is_folded=True),
        Heading("the other's", is_folded=True), Heading("both together", is_folded=True),
        Heading("draws"), Heading("moves by draws", is_folded=True),
    ]  # fmt: skip
    note = (
        "Parts of the variance over all cells and draws (analysis of variance, balanced). Both "
        "together: beyond what each does alone. Draws: parameters and luck, whatever the moves. "
        "Moves by draws: that moves do other things in other draws."
    )
    return Sheet("Who depends on whose move", columns, rows, note)


def turns(played: Played, goals: Goals) -> Sheet:
    """Return where it leads if each side answers the other's last move."""
    game, both = played.game(goals), owners(played)
    means = game.payoffs.mean(axis=1)
    rows = []
    for first in (ROWS, COLS):
        led = walk(means, first)
        for n, one in enumerate(led.answers, 1):
            names = game.labels[one.side]
            to = names[one.after] if one.gain else f"stays: {names[one.before]}"
            rows.append([
                Cell(f"{both[first]} first, turn {n}: {both[one.side]} to "
                     f"“{game.labels[1 - one.side][one.against]}”"),
                Cell(names[one.before]), Cell(to, is_bold=bool(one.gain)),
                Cell(_difference(one.gain, goals[one.side]) if one.gain else NONE),
            ])  # fmt: skip
        end = " and ".join(f"“{game.labels[k][led.end[k]]}”" for k in (ROWS, COLS))
        said = f"goes round in {led.n_cycle} turns" if led.n_cycle else f"equilibrium: {end}"
        rows.append([Cell(f"{both[first]} first, end"), Cell(NONE), Cell(said), Cell(NONE)])
    columns = [
        Heading("turn", is_number=False, is_folded=True), Heading("from", is_folded=True),
        Heading("to", is_folded=True), Heading("gain"),
    ]  # fmt: skip
    note = (
        f"Each side in turn answers the other's last move with its best one by the mean, for "
        f"{_wanted(played, goals)}. {' '.join(_ends(played, game))}"
    )
    return Sheet("Answering the other's last move", columns, rows, note)


def _ends(played: Played, game: Game) -> Iterator[str]:
    """Say where answers lead draw by draw."""
    for first in (ROWS, COLS):
        said = []
        for end, times in ends(game, first).most_common():
            where = "round and round" if end is None else " and ".join(
                f"“{game.labels[k][end[k]]}”" for k in (ROWS, COLS)
            )  # fmt: skip
            said.append(f"{where} in {times}")
        yield f"With {owners(played)[first]} first, of {game.n_draws} draws: {'; '.join(said)}."
