"""The page of sources: every assumption with its range and reason, every fact, every event."""

from __future__ import annotations

from docs.book.markdown import cell, code, linked, table, target
from docs.book.parameters import written
from scenarios import baseline
from scenarios.inputs.aliases import ALIASES
from scenarios.inputs.assumptions import Assumption, load_inputs
from scenarios.inputs.fact import Fact
from sim.interventions import Event


def _range(one: Assumption) -> str:
    if one.low is None or one.high is None:
        return ""
    ends = f"{written(one.low)} to {written(one.high)}"
    return f"{ends}, {one.prior}" if one.prior else ends


def _measured(fact: Fact) -> str:
    """Return a number with its bounds, or the text of a fact."""
    text = "unknown" if fact.value is None else written(fact.value)
    bounds = [written(end) for end in (fact.low, fact.high) if end is not None]
    return f"{text} ({' to '.join(bounds)})" if bounds else text


def _source(fact: Fact) -> str:
    """Return who says so, with a link if there is one."""
    if fact.url.startswith("http"):
        return f"[{cell(fact.source)}](<{fact.url}>)"
    return cell(fact.source)


def _change(event: Event) -> str:
    """Return what an event does."""
    said = [f"{name} = {written(value)}" for name, value in event.set.items()]
    said += [f"{name} x {factor:g}" for name, factor in event.multiply.items()]
    if event.open is not None:
        said.append(f"opens {', '.join(event.open.regions)} on {', '.join(event.open.os)}")
    return "; ".join([*said, event.do] if event.do else said)


def page() -> str:
    """Return the page."""
    inputs, scenario = load_inputs(), baseline.scenario()
    known = {*inputs.facts, *inputs.assumptions}
    assumed = [
        [
            target(one.id, one.id),
            "<br>".join([*map(code, one.paths), linked(cell(one.reason), known)]),
            cell(written(one.value)), _range(one), cell(one.unit),
        ]
        for one in inputs.assumptions.values()
    ]  # fmt: skip
    facts = [
        [
            target(one.id, one.id), str(one.date_start), cell(one.entity),
            cell(f"{one.metric}: {one.definition}" if one.definition else one.metric),
            cell(_measured(one)), one.unit, _source(one), one.confidence,
        ]
        for one in inputs.facts.values()
    ]  # fmt: skip
    events = [
        [code(one.id), str(one.date), code(one.platform), cell(_change(one)),
         ", ".join(linked(fact, known) for fact in one.facts), cell(one.note)]
        for one in scenario.events
    ]  # fmt: skip
    short = [[code(name), code(path)] for name, path in ALIASES.items()]
    return "\n".join([
        "# Assumptions, facts, events\n",
        "Read from `scenarios/data`. An assumption is moved by its number (`--set A16=0.3`), a "
        "few by a short name:\n",
        table(["short name", "path"], short),
        "\n## Assumptions\n",
        table(["id", "what it sets, and why", "value", "range, prior", "unit"], assumed),
        "\n## Events\n",
        table(["id", "date", "platform", "what changes", "facts", "note"], events),
        "\n## Facts\n",
        table(["id", "since", "of", "what", "value", "unit", "source", "confidence"], facts),
    ]) + "\n"  # fmt: skip
