"""What ``clipmarket optimize`` shows: the best policies, the frontier, and each lever's effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scenarios.asking.question_page import assumption_reference
from scenarios.command.optimize_chart import chart, front_chart
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.deciding.trials import AS_IT_WAS, Trials
from scenarios.deciding.words import banded, headline, label, more, policy, setting
from scenarios.inputs.assumptions import load_inputs
from sim.experiments.search import Lever
from sim.numbers import amount
from sim.report.page import Exhibit, Page

#: Policies that are listed, beside the robust one and what was done.
_SHOWN = 8


def sheets(outcome: Trials, levers: Sequence[Lever]) -> list[Sheet]:
    """Return the table of the best policies, and of the frontier where there are two goals."""
    means = np.where(outcome.kept, outcome.worth[:, :, 0].mean(axis=1), -np.inf)
    order = [int(k) for k in np.argsort(-means, kind="stable") if np.isfinite(means[k])]
    shown = order[:_SHOWN]
    shown += [k for k in (outcome.robust, AS_IT_WAS) if k is not None and k not in shown]
    note = (
        "Mean over draws, with the band of 90 %. Gain: against what was done, draw by draw. "
        "Regret: the largest that any draw has against the best policy tried there."
    )
    found = [_sheet(outcome, levers, shown, "The best policies tried", note)]
    if len(outcome.goals) > 1:
        text = "No policy tried is at least as good in both goals and better in one."
        found.append(_sheet(outcome, levers, outcome.front, "The frontier", text))
    return found


def _sheet(
    outcome: Trials, levers: Sequence[Lever], places: Sequence[int], title: str, note: str
) -> Sheet:
    columns = [Heading("trial", is_number=False)]
    columns += [Heading(label(one.factor.name), is_folded=True) for one in levers]
    for goal in outcome.goals:
        columns.append(Heading(f"{goal.label} ({goal.word})", is_folded=True))
        columns.append(Heading("gain", is_folded=True))
    columns += [Heading(one.text, is_folded=True) for one in outcome.conditions]
    columns.append(Heading("regret"))
    return Sheet(title, columns, [_row(outcome, levers, k) for k in places], note)


def _row(outcome: Trials, levers: Sequence[Lever], k: int) -> list[Cell]:
    point = outcome.points[k]
    name = "as it was" if k == AS_IT_WAS else str(k)
    marks = {outcome.best: "best", outcome.robust: "least regret"}
    row = [Cell(name, marks.get(k, ""), is_bold=k == outcome.best)]
    row += [
        Cell(setting(point[one.factor.name]) if one.factor.name in point else "–") for one in levers
    ]
    for place, goal in enumerate(outcome.goals):
        unit = goal.measure.unit
        gain = "–" if k == AS_IT_WAS else banded(outcome.gain(k, place), unit, True)
        row += [Cell(banded(outcome.band(k, place), unit)), Cell(gain)]
    n = len(outcome.goals)
    row += [
        Cell(amount(outcome.band(k, n + place).mean, one.measure.unit),
             holds=bool(outcome.lacks[k, :, place].mean() <= 0.0))
        for place, one in enumerate(outcome.conditions)
    ]  # fmt: skip
    regret = float(outcome.regrets[k])
    return [*row, Cell(amount(regret, outcome.goals[0].measure.unit))]


def page(
    outcome: Trials,
    levers: Sequence[Lever],
    tables: Sequence[Sheet],
    bands: str,
    source: str,
    about: Mapping[str, Any],
) -> Page:
    """Return the page of a search.

    Parameters
    ----------
    tables
        Of `sheets`.
    bands
        What bands hold.
    source
        The line below charts.
    about
        What it was made from.
    """
    goal = outcome.goals[0]
    varied = ", ".join(label(one.factor.name) for one in levers)
    exhibits = [exhibit_of(one) for one in tables]
    exhibits.insert(1, Exhibit(
        "Each lever, and the search itself",
        "A dot is a policy, its bar the band of 90 % of draws. Filled: keeps all conditions. The "
        "ring is the best one; dashed, and the square of the search, is what was done.",
        chart(outcome, levers, source),
        alt=f"{goal.label} of each policy against {varied}, and the best so far by trial.",
        wide=True,
    ))  # fmt: skip
    if len(outcome.goals) > 1:
        both = " against ".join(one.label for one in outcome.goals)
        exhibits.append(Exhibit(
            "Both goals", "A dot is a policy; joined are those on the frontier, with their bands.",
            front_chart(outcome, source), alt=both,
        ))  # fmt: skip
    inputs = load_inputs()
    paths = {path for one in levers for path in one.factor.path}
    rests = [one.id for one in inputs.assumptions.values() if paths & set(one.paths)]
    best = outcome.best
    return Page(
        title=f"The best policy: {varied}",
        question=f"Which {varied} gives {goal.word} {goal.label}?",
        headline=headline(outcome, levers),
        more=more(outcome, levers),
        bands=bands,
        about="" if best is None else f"Best: {policy(outcome.points[best], levers)}.",
        exhibits=exhibits,
        assumptions=[assumption_reference(inputs, one) for one in rests],
        evidence=[],
        manifest=about,
    )
