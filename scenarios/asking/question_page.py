"""From findings to a page: the answer with its bands, charts, tables, and sources by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.asking.conditioned import ENDS, allowed_value
from scenarios.asking.findings import Findings
from scenarios.asking.lab import Lab
from scenarios.asking.question import REFERENCE, Measure
from scenarios.asking.shares import STRUCTURE, shares
from scenarios.inputs.assumptions import Assumption, Inputs
from sim.report.bands import arms, over_time, tornado
from sim.report.page import Exhibit, Page, Reference, Table
from sim.report.style import sample
from sim.scenario import Scenario

#: Assumptions shown as bars, and arms drawn over time beside the reference.
SHOWN_DRIVERS, SHOWN_ARMS = 10, 2


def page_of(found: Findings, lab: Lab) -> Page:
    """Return the page of a question."""
    question = found.question
    first = question.measures[0]
    samples = {arm: found.get(arm, first) for arm in found.ensembles if _there(found, arm, first)}
    exhibits = [
        Exhibit(
            f"Arm by arm: {first.text}",
            f"Dot: median; bars: 50, 80 and 95 % of {_many(found)}, at the same luck in all arms.",
            arms(
                samples, first.text, first.unit, color(found, first.platform),
                source_text(found), REFERENCE,
            ),
        ),
        _over_time(found, first),
        Exhibit(
            "All numbers", f"Median, with the range of 90 % of {_many(found)}.",
            table=numbers(found),
        ),
        *question.exhibits(found, lab),
    ]  # fmt: skip
    if found.drawn:
        exhibits.append(_shares(found))
    if found.swings:
        exhibits.append(_drivers(found))
    headline, more = found.sentences
    return Page(
        title=f"{question.name}: {question.asks}",
        question=question.asks,
        headline=headline,
        more=more,
        bands=found.bands,
        about=question.text,
        exhibits=exhibits,
        assumptions=[assumption_reference(found.inputs, one) for one in _ids(found)],
        evidence=[fact_reference(found.inputs, fact) for fact in question.evidence],
        manifest=manifest(found, lab),
    )


def _many(found: Findings) -> str:
    """Return what bands are over."""
    return "markets that agree with the record" if found.drawn else "replicates"


def _there(found: Findings, arm: str, measure: Measure) -> bool:
    return measure.platform in found.scenarios[arm].platforms


def color(found: Findings, platform: str) -> str:
    """Return the one color of a platform."""
    every: Mapping[str, Scenario] = found.scenarios
    return next(s.platforms[platform].color for s in every.values() if platform in s.platforms)


def source_text(found: Findings) -> str:
    """Return the source line of a chart: runs, size, fact and assumption ids."""
    question, market = found.question, found.ensembles[REFERENCE].scenario.market
    n = found.ensembles[REFERENCE].n
    each = (
        f"{n} draws of the posterior, {market.n_users:,} users each" if found.drawn
        else f"{n} replicates of {sample(market.n_users, market.weight)}"
    )  # fmt: skip
    return (
        f"Source: clipmarket, {question.name}; {each}, seeds {market.seed} to "
        f"{market.seed + n - 1}. Facts {', '.join(question.evidence) or 'none'}; assumptions "
        f"{', '.join(question.assumptions) or 'those of the baseline'}."
    )


def _over_time(found: Findings, measure: Measure) -> Exhibit:
    """Return the first metric by date: the reference and the arms that differ most from it."""
    base = found.value(REFERENCE, measure).middle if _there(found, REFERENCE, measure) else 0.0
    others = [arm for arm in found.variants if _there(found, arm, measure)]
    main, rest = others[:1], others[1:]
    rest.sort(key=lambda arm: -abs(found.value(arm, measure).middle - base))
    chosen = [REFERENCE, *main, *rest][:SHOWN_ARMS]
    words = measure.metric.removesuffix("_usd").replace("_", " ")
    return Exhibit(
        f"Over time: {words}",
        f"Means of a week; median, and bands of 50, 80 and 95 % of {_many(found)}.",
        over_time(
            {arm: found.ensembles[arm] for arm in chosen}, measure.metric, measure.platform,
            f"{words.capitalize()} of {measure.platform.capitalize()}", source_text(found),
            REFERENCE,
        ),
    )  # fmt: skip


def numbers(found: Findings) -> Table:
    """Return the table of all measures, an arm in each column."""
    rows = [
        [f"{m.text} [{'%' if m.unit == 'share' else m.unit}]",
         *(_cell(found, arm, m) for arm in found.ensembles)]
        for m in found.question.measures
    ]  # fmt: skip
    return Table(["", *found.ensembles], rows)


def _cell(found: Findings, arm: str, measure: Measure) -> str:
    """Write a band on two lines, without its unit, which stands at the left."""
    if not _there(found, arm, measure):
        return "–"
    band = found.value(arm, measure)
    text = str(band._replace(unit=band.unit if band.unit == "share" else ""))
    return text.replace(" (", "\n(", 1)


def label(found: Findings, one: str) -> str:
    """Return an assumption's id, what it sets, and its range as far as targets allow."""
    low, high = (allowed_value(found.inputs, found.ends, one, end) for end in ENDS)
    return f"{_sets(found.inputs.assumptions[one])}: {low:.3g} to {high:.3g}"


def _shares(found: Findings) -> Exhibit:
    """Return what the number hangs on over all draws together."""
    every = found.inputs.assumptions
    most = shares(found)[:SHOWN_DRIVERS]
    rows = [
        ["structure of the model" if one.what == STRUCTURE else _sets(every[one.what]),
         f"{one.part:.0%}"]
        for one in most
    ]  # fmt: skip
    n = len(found.drawn)
    text = (
        f"Part of the variance of the number over {n} markets that agree with the record that goes "
        "with each thing alone: what to know it would take away. Chance alone: "
        f"{found.chance}."
    )
    if not rows:
        return Exhibit(
            "What it hangs on", f"{text} No thing alone makes so much of it that {n} can tell it."
        )
    return Exhibit("What it hangs on", text, table=Table(["thing", "part of the variance"], rows))


def _sets(one: Assumption) -> str:
    """Return an assumption's id and what it sets."""
    return f"{one.id} {one.paths[0].split('.')[-1].replace('_', ' ')}"


def _drivers(found: Findings) -> Exhibit:
    """Return the chart of the assumptions that move the answer most."""
    number = found.number
    shown = found.drivers[:SHOWN_DRIVERS]
    every = found.inputs.assumptions
    rows = [
        [label(found, one), *(number.moved(move) for move in found.swings[one]), every[one].unit,
         f"{every[one].low:g} to {every[one].high:g}", _lost(found, one)]
        for one in shown
    ]  # fmt: skip
    text = found.question.number.text
    return Exhibit(
        "One assumption at a time",
        f"{text[:1].upper()}{text[1:]}, when one assumption at a time goes toward the lower and "
        "upper end of its range, as far as the baseline keeps the targets that it keeps. Gray: "
        f"90 % of {_many(found)}. {len(found.drivers)} of {len(found.swings)} assumptions move "
        "it at all.",
        tornado(
            {label(found, one): found.swings[one] for one in shown}, number.middle,
            text, number.unit, color(found, found.question.measures[0].platform),
            source_text(found), (number.low, number.high),
        ),
        Table(
            ["assumption, as far as it goes", "at its low end", "at its high end", "unit",
             "range given", "targets lost beyond"],
            rows,
        ),
    )  # fmt: skip


def _lost(found: Findings, one: str) -> str:
    """Name the targets that bind an assumption; at which end."""
    said = [
        f"{end}: {', '.join(found.ends[one, end].lost)}"
        for end in ENDS
        if (one, end) in found.ends and found.ends[one, end].lost
    ]
    return "; ".join(said) or "none"


def _ids(found: Findings) -> list[str]:
    """Return the assumptions of the question, then those that move it most."""
    return list(dict.fromkeys([*found.question.assumptions, *found.drivers[:SHOWN_DRIVERS]]))


def assumption_reference(inputs: Inputs, one: str) -> Reference:
    """Return an assumption as it stands below a page."""
    a = inputs.assumptions[one]
    value = f"{a.value:g}" if isinstance(a.value, int | float) else "see file"
    span = f" ({a.low:g} to {a.high:g})" if a.low is not None and a.high is not None else ""
    return Reference(one, f"{value}{span} {a.unit}", f"{', '.join(a.paths)}: {a.reason}")


def fact_reference(inputs: Inputs, one: str) -> Reference:
    """Return a fact as it stands below a page."""
    fact = inputs.facts[one]
    value = "" if fact.value is None else (
        f"{fact.value:,.10g} {fact.unit}" if isinstance(fact.value, float) else str(fact.value)
    )  # fmt: skip
    when = f"{fact.date_start} to {fact.date_end}" if fact.date_end else str(fact.date_start)
    return Reference(one, value, f"{fact.entity}, {when}: {fact.definition} ({fact.source}).")


def manifest(found: Findings, lab: Lab) -> dict[str, Any]:
    """Return what ties a page to code, data, graph and seeds."""
    head = found.ensembles[REFERENCE].results[0].manifest
    kept = ("start", "until", "users", "people", "graph", "graph_sha256", "code", "environment")
    return {
        "question": found.question.name,
        "replicates": found.ensembles[REFERENCE].n,
        "first_seed": found.ensembles[REFERENCE].scenario.market.seed,
        "assumption_runs": {
            "users": lab.size.assumption_users,
            "replicates": lab.size.assumption_replicates if found.swings else 0,
        },
        **{name: head[name] for name in kept},
        "facts_sha256": found.inputs.facts.sha256,
        "arms_sha256": {arm: e.scenario.fingerprint for arm, e in found.ensembles.items()},
    }
