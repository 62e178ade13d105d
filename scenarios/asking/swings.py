"""By how much assumptions move the number of an answer, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from scenarios.asking.conditioned import ENDS, Ends
from scenarios.asking.question import Asked, Measure, Question, Values
from scenarios.inputs.assumptions import Assumption, Inputs
from sim.config import parse_date
from sim.coupling import bearing_on
from sim.scenario import Scenario


def swings(
    question: Question,
    middle: float,
    ends: Ends,
    run: Callable[[Sequence[Scenario]], list[dict[Measure, Values]]],
) -> dict[str, tuple[float, float]]:
    """Return by how much both ends of each assumption's range change the question's number.

    One at a time, median of few replicates at the same luck; NaN where the number has no value, or
    the model refuses what an assumption is set to. Few replicates have a middle of their own:
    changes are in proportion to ``middle``, that of all replicates, so that what cannot be negative
    does not become so.

    Parameters
    ----------
    ends
        How far each end counts.
    run
        Returns the question's measures for each of some scenarios.
    """
    inputs = question.inputs()
    needed, of_number = needed_for(question)
    plain = question.arms(inputs)
    moved = [
        (one.id, inputs.moved(one.id, end, ends[one.id, end].part))
        for one in inputs.assumptions.values()
        if one.low is not None and one.high is not None
        and not is_elsewhere(one, [plain[label] for label in needed], of_number)
        for end in ENDS
    ]  # fmt: skip
    jobs = [
        ending(arms[label], question.until)
        for arms in map(question.arms, (inputs, *(there for _, there in moved)))
        for label in needed
    ]
    found = run(jobs)
    per_end = [found[i : i + len(needed)] for i in range(0, len(found), len(needed))]
    values = [
        float(np.median(values_of(question, other, dict(zip(needed, of_arm, strict=True)))))
        for other, of_arm in zip((inputs, *(there for _, there in moved)), per_end, strict=True)
    ]
    own = values[0]
    scale = middle / own if middle * own > 0.0 else 1.0
    moves = [(value - own) * scale for value in values[1:]]
    names = [name for name, _ in moved]
    return {names[i]: (moves[i], moves[i + 1]) for i in range(0, len(moves), 2)}


def values_of(
    question: Question, inputs: Inputs, by_arm: Mapping[str, Mapping[Measure, Values]]
) -> Values:
    """Return (replicates,) values of the question's number, from the measures of its arms."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return question.number.of(Asked(lambda arm, m: by_arm[arm][m], inputs))


def needed_for(question: Question) -> tuple[list[str], list[Measure]]:
    """Return the arms and measures that the question's number is made of, by asking it."""
    needed: dict[tuple[str, Measure], None] = {}

    def note(arm: str, measure: Measure) -> Values:
        needed[arm, measure] = None
        return np.ones(1)

    with np.errstate(divide="ignore", invalid="ignore"):
        question.number.of(Asked(note, question.inputs()))
    return list(dict.fromkeys(arm for arm, _ in needed)), [measure for _, measure in needed]


def as_pairs(measures: Iterable[Measure]) -> set[tuple[str, str]]:
    """Return metrics and platforms, as `sim.coupling` takes them."""
    return {(measure.metric, measure.platform) for measure in measures}


def is_elsewhere(one: Assumption, arms: Sequence[Scenario], measures: Sequence[Measure]) -> bool:
    """Say whether an assumption is about platforms that bear on nothing measured in these arms."""
    touched = frozenset[str]().union(*(bearing_on(arm, as_pairs(measures)) for arm in arms))
    events = {event.id: event.platform for arm in arms for event in arm.events}
    for path in one.paths:
        owner = path.partition(".")[0]
        owner = events.get(owner.removeprefix("event:"), owner)
        if owner in touched or not any(owner in arm.platforms for arm in arms):
            return False
    return True


def ending(scenario: Scenario, date: str) -> Scenario:
    """Return the scenario ending on the last day that is asked about."""
    return scenario.with_market(until=parse_date(date, "until"))
