"""The page of ``clipmarket duel``: the answer, both payoffs as heat maps, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.asking.question_page import assumption_reference, fact_reference
from scenarios.command import duel_sheets as tables
from scenarios.command.duel_chart import chart
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Sheet
from scenarios.dueling.duels import GOALS, PAYOFFS, Payoff, Played
from sim.report.page import Exhibit, Page, Table


def shown(played: Played, goals: tables.Goals) -> list[Sheet]:
    """Return the tables of what both sides want, as a terminal shows them."""
    payoffs = [tables.table(played, goals[side], side) for side in (0, 1)]
    return [*payoffs, *_followed(played, goals)]


def _followed(played: Played, goals: tables.Goals) -> list[Sheet]:
    pairs = [tuple(goals), *((one, one) for one in GOALS.values())]
    return [
        tables.answers(played, goals),
        tables.balances(played, list(dict.fromkeys(pairs))),
        tables.regrets(played, goals),
        tables.dependence(played),
        tables.turns(played, goals),
    ]


def page(played: Played, goals: tables.Goals, about: Mapping[str, Any], drawn: str) -> Page:
    """Return the page of a duel.

    Parameters
    ----------
    goals
        What each side wants.
    about
        What it was made from.
    drawn
        What differs from draw to draw, in words.
    """
    both, duel = tables.owners(played), played.duel
    first, *rest = tables.headlines(played, goals)
    exhibits = [_moves(played)]
    for payoff in sorted(PAYOFFS, key=lambda one: one not in goals):
        exhibits.append(_heat(played, payoff))
    exhibits += [exhibit_of(one) for one in _followed(played, goals)]
    moves = [*duel.moves_a, *duel.moves_b]
    assumptions = dict.fromkeys(one for move in moves for one in move.assumptions)
    facts = dict.fromkeys(one for move in moves for one in move.facts)
    return Page(
        title=f"Duel: {both[0]} against {both[1]}",
        question=f"What should {both[0]} do, whatever {both[1]} does, and {both[1]}?",
        headline=first,
        more=" ".join(rest),
        bands=drawn,
        exhibits=exhibits,
        assumptions=[assumption_reference(duel.inputs, one) for one in assumptions],
        evidence=[fact_reference(duel.inputs, one) for one in facts],
        manifest=about,
    )


def _heat(played: Played, payoff: Payoff) -> Exhibit:
    """Return a payoff in every cell, and which moves are best for it."""
    title = f"{payoff.text[:1].upper()}{payoff.text[1:]}"
    said = (
        tables.headlines(played, [payoff, payoff]) if payoff.is_goal
        else ["Cash over burn; a dash where nothing is burnt, as after a service is closed."]
    )  # fmt: skip
    how = (
        "Mean, and below it the band of 90 % of draws; framed and bold: the best answer to the "
        "other's move."
    )
    alt = f"{title} of both sides for each pair of moves."
    return Exhibit(title, " ".join([*said, how]), chart(played, payoff), alt=alt, wide=True)


def _moves(played: Played) -> Exhibit:
    """Return what each move is."""
    both = tables.owners(played)
    rows = [
        [f"{owner}, {one.label}: {one.text}", ", ".join([*one.assumptions, *one.facts]) or "–"]
        for owner, moves in zip(both, played.duel.sides, strict=True)
        for one in moves
    ]
    text = "Each changes its own platform alone; every pair is run at the same luck."
    return Exhibit("The moves", text, table=Table(["move", "rests on"], rows))
