"""What the friend graph does to the answers: each question's number on other graphs, at equal luck.

The twin without friends is the same model in which nobody knows anybody; the twin with random
friends keeps their number and drops who is whose: no hubs, no circles of friends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import scenarios
from scenarios.asking.answers import QUESTIONS
from scenarios.asking.bands import Band
from scenarios.asking.lab import Lab
from scenarios.asking.question import Number, Question, Values, read
from scenarios.asking.swings import ending, needed_for, values_of
from scenarios.friend_graph import GRAPHS
from sim.scenario import Scenario

#: Graphs beside that of the baseline, by what they leave of friends.
TWINS = {"no friends": GRAPHS["no friends"], "random friends": GRAPHS["random"]}


class Twin(NamedTuple):
    """The number of one answer, on the graph of the baseline and on others.

    Parameters
    ----------
    place
        Of the answer, from 1.
    number
        What it is.
    own
        On the graph of the baseline.
    other, change
        By twin: there, and what it differs by at the same luck.
    """

    place: int
    number: Number
    own: Band
    other: Mapping[str, Band]
    change: Mapping[str, Band]


def asked_on_one_graph() -> dict[int, Question]:
    """Return the questions with a number of their own, by place, but for those about graphs."""
    found = {}
    for place, one in enumerate(QUESTIONS, start=1):
        if one.scenario is None:
            continue
        question = read(scenarios.load(one.scenario))
        question = replace(question, number=one.number or question.number)
        if len({arm.market.graph for arm in question.arms().values()}) == 1:
            found[place] = question
    return found


def on_graph(question: Question, graph: str) -> Question:
    """Return the same question, all of its worlds on one graph."""

    def there(scenario: Scenario) -> Scenario:
        return scenario.with_market(graph=graph)

    return replace(
        question,
        reference=lambda inputs: there(question.reference(inputs)),
        variants=lambda inputs: {k: there(v) for k, v in question.variants(inputs).items()},
    )


def numbers_of(question: Question, lab: Lab) -> Values:
    """Return (replicates,) values of a question's number; only what it is made of is run."""
    arms = question.arms()
    needed, measures = needed_for(question)
    worlds = [ending(arms[label], question.until) for label in needed]
    found = lab.numbers(worlds, measures, lab.size.replicates)
    return values_of(question, question.inputs(), dict(zip(needed, found, strict=True)))


def twins(lab: Lab) -> list[Twin]:
    """Return every number on the graph of the baseline and on its twins."""
    asked = asked_on_one_graph()
    lab.expect(list(asked.values()))
    found = []
    for place, question in asked.items():
        lab.tell(f"graph: question {place}, {question.name}")
        number = question.number
        own = numbers_of(question, lab)
        other = {k: numbers_of(on_graph(question, graph), lab) for k, graph in TWINS.items()}
        found.append(
            Twin(
                place,
                number,
                Band.of(own, number.unit, number.signed),
                {k: Band.of(v, number.unit, number.signed) for k, v in other.items()},
                {k: _moved(v - own, number.unit) for k, v in other.items()},
            )
        )
    return found


def _moved(by: Values, unit: str) -> Band:
    """Return a change; that of a part is told in points, or it would be taken for a part of it."""
    if unit == "share":
        return Band.of(100.0 * by, "points", signed=True)
    return Band.of(by, unit, signed=True)
