"""What ``clipmarket claim`` shows: how sure a claim is, what it asks for, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenarios import baseline
from scenarios.asking.bands import Band
from scenarios.asking.question_page import assumption_reference, fact_reference
from scenarios.claiming.checking import Checked
from scenarios.claiming.least_change import CARRIED
from scenarios.command.claim_chart import chart
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.inputs.assumptions import load_inputs
from sim.numbers import amount, brief
from sim.report.page import Exhibit, Page
from sim.report.style import sample

#: Assumptions, and published numbers, that a sentence names.
_NAMED = 3
_OF_MARKETS = (
    "Median, and the range of 90 % of markets. Fitted: drawn from those that agree with what was "
    "published; prior: from what was believed before any of it was looked at."
)
_OF_CHANGES = (
    "From the central point of the fit to the nearest point found where the mean "
    "of markets makes the claim true; run there, not extrapolated. Steps are counted in standard "
    "deviations of what was believed before any fit (2 to either side hold 95 %). Of the nearest "
    "point, those that carry {carried:.0f} % of the squared change are moved, the rest stay. It "
    "is the shortest way whatever was published: fitted markets in which the claim is true came "
    "there by longer ones."
)
_OF_MISSED = (
    "Means of markets at the center of the fit, and where the claim is true. Kept: as near to what "
    "was published as scenarios/data/targets.toml asks. Errors off: by how many standard "
    "deviations of its own error a published number would then be wrong."
)
_OF_CLAIMS = (
    "Away: the least change of assumptions that makes it true, in standard deviations of the "
    "prior. Facts lost: published numbers that markets keep at the center of the fit, and not "
    "there."
)


def sheets(found: Checked) -> list[Sheet]:
    """Return all tables: the numbers, what would have to differ, and what then fails."""
    tables = [_numbers(found)]
    if found.least.distance > 0.0:
        tables.append(_changes(found))
    return [*tables, _missed(found)]


def _numbers(found: Checked) -> Sheet:
    rows = [[Cell("claimed"), Cell(found.claim.claimed), Cell(""), Cell("")]]
    for label, values in (
        ("fitted markets", found.values),
        ("prior markets", found.prior_values),
        ("baseline, set by hand", found.by_hand),
    ):
        band = Band.of(values, found.claim.measure.unit)
        true = int(found.claim.holds(values).sum())
        number, _, ends = str(band).partition(" (")
        rows.append([
            Cell(label), Cell(number), Cell(ends.removesuffix(")")),
            Cell(f"{true} of {len(values)}", holds=None, is_bold=label.startswith("fitted")),
        ])  # fmt: skip
    columns = [
        Heading("", is_number=False), Heading(found.claim.measure.text), Heading("90 %"),
        Heading("true in"),
    ]  # fmt: skip
    return Sheet("The number", columns, rows, _OF_MARKETS)


def _changes(found: Checked) -> Sheet:
    inputs = load_inputs()
    rows = []
    for row in found.changes.to_dict("records"):
        one = inputs.assumptions[str(row["assumption"])]
        rows.append([
            Cell(one.id), Cell(one.paths[0]), Cell(brief(row["from"])), Cell(brief(row["to"])),
            Cell(f"{brief(row['low'])} – {brief(row['high'])}"), Cell(one.unit),
            Cell(f"{row['prior_sds']:+.1f}", is_bold=abs(row["prior_sds"]) >= 1.0),
        ])  # fmt: skip
    columns = [
        Heading("assumption", is_number=False), Heading("sets", is_number=False, is_folded=True),
        Heading("from"), Heading("to"), Heading("range", is_spared=True),
        Heading("unit", is_spared=True), Heading("standard deviations"),
    ]  # fmt: skip
    return Sheet(
        "What would have to differ least",
        columns,
        rows,
        _OF_CHANGES.format(carried=100.0 * CARRIED),
    )


def _missed(found: Checked) -> Sheet:
    rows = []
    is_moved = found.least.distance > 0.0
    for row in found.missed.to_dict("records"):
        low, high = brief(row["low"]), brief(row["high"])
        word = {"at_least": "≥ ", "at_most": "≤ "}.get(row["bound"], "")
        said = f"{word}{low if low == high else f'{low} – {high}'} {row['unit']}"
        cells = [Cell(row["name"]), Cell(row["facts"]), Cell(said), _kept(row, "center")]
        if is_moved:
            cells += [_kept(row, "if_true"), Cell(f"{row['errors_off']:+.1f}")]
        rows.append(cells)
    columns = [
        Heading("published", is_number=False),
        Heading("fact ids", is_number=False, is_folded=True), Heading("number"),
        Heading("at the center"),
    ]  # fmt: skip
    if is_moved:
        columns += [Heading("where it is true"), Heading("errors off", is_spared=True)]
    return Sheet("Published numbers then", columns, rows, _OF_MISSED)


def _kept(row: dict[Any, Any], where: str) -> Cell:
    is_kept = bool(row[f"kept_{'at_' if where == 'center' else ''}{where}"])
    return Cell(brief(row[where]), "kept" if is_kept else "fails", is_kept)


def headline(found: Checked) -> str:
    """Return the answer in a sentence: how many markets make the claim true."""
    n, true = len(found.values), found.n_true
    share, low, high = (100.0 * part for part in found.share)
    band = Band.of(found.values, found.claim.measure.unit)
    many = "none makes" if not true else "1 makes" if true == 1 else f"{true} make"
    within = f"{brief(low, 2)} to {brief(high, 2)} %"
    sure = f"{brief(share, 2)} %; so many markets tell it to within {within}"
    return (
        f"Of {n} markets that agree with what was published, {many} it true ({sure}). "
        f"They give {band}; claimed is {found.claim.claimed}."
    )


def more(found: Checked) -> str:
    """Say what would have to differ least, how likely that is, and what then fails."""
    least, unit = found.least, found.claim.measure.unit
    if least.is_true and least.distance == 0.0:
        return "At the center of these markets it is true as it stands: nothing has to differ."
    if not np.isfinite(least.center_value):
        return "At the center of these markets the number has no value, so nothing leads to it."
    if not least.is_true:
        tried = f"{len(found.prior_values)} markets of the prior"
        return (
            f"No change of assumptions that was tried within their ranges makes it true either, up "
            f"to the ends of all that move the number, nor does any of {tried}: the nearest that "
            f"any market came is {amount(least.farthest, unit)}."
        )
    inputs, changes = load_inputs(), found.changes
    named = [
        f"{inputs.assumptions[row['assumption']].paths[0]} ({row['assumption']}) from "
        f"{brief(row['from'])} to {brief(row['to'])}"
        for row in changes.head(_NAMED).to_dict("records")
    ]
    others = len(changes) - len(named)
    rest = f", and {others} more" if others > 0 else ""
    return (
        f"The least that would have to differ is {least.distance:.1f} standard deviations of what "
        f"is believed: {'; '.join(named)}{rest}. By the prior, and counted from "
        f"its own middle, something at least as far out that way "
        f"{_probability(least.probability)}. The market there gives "
        f"{amount(least.value, unit)}. {_lost(found)}"
    )


def _probability(value: float) -> str:
    if value < 1e-6:
        return "is less likely than one in a million"
    return f"has a probability of {brief(100.0 * value, 2)} %"


def _lost(found: Checked) -> str:
    lost, n = found.lost, len(found.missed)
    kept = int(found.missed["kept_at_center"].sum())
    if lost.empty:
        return f"All of the {kept} of {n} published numbers that the center keeps are kept then."
    worst = lost.reindex(lost["errors_off"].abs().sort_values(ascending=False).index)
    others = len(lost) - _NAMED
    rest = f"; and {others} more" if others > 0 else ""
    names = "; ".join(
        f"{row['name']} ({row['facts']}): {brief(row['if_true'])} {row['unit']}, published "
        + (brief(row["low"]) if row["low"] == row["high"] else
           f"{brief(row['low'])} to {brief(row['high'])}")
        for row in worst.head(_NAMED).to_dict("records")
    )  # fmt: skip
    return (
        f"Then {len(lost)} of the {kept} published numbers kept at the center fail: {names}{rest}."
    )


def page(found: Checked, tables: Sequence[Sheet], source: str, about: dict[str, Any]) -> Page:
    """Return the page of a claim.

    Parameters
    ----------
    tables
        As of `sheets`.
    source
        As of `source_of_claim`.
    about
        What ties the numbers to posterior, model and seed.
    """
    claim, inputs = found.claim, load_inputs()
    color = baseline.scenario().platforms[claim.measure.platform].color
    text = "Bands hold 50, 80 and 95 % of fitted markets. Dashed: what is claimed."
    alt = f"{claim.measure.text} of fitted markets by date and as a histogram, beside the claim."
    exhibits = [
        Exhibit("Beside the markets", text, chart(found, color, source), alt=alt, wide=True)
    ]
    exhibits += [exhibit_of(sheet) for sheet in tables]
    return Page(
        title=f"Claim {claim.name or claim.spelled}",
        question=f"Is it true? {claim.says or claim.text}",
        headline=headline(found),
        more=more(found),
        bands=f"Put to the markets as: {claim.text}.",
        exhibits=exhibits,
        assumptions=[assumption_reference(inputs, one) for one in found.changes["assumption"]],
        evidence=[fact_reference(inputs, one) for one in claim.facts],
        manifest=about,
    )


def source_of_claim(found: Checked, n_users: int, n_people: float, seed: int) -> str:
    """Return the source line of a chart."""
    return (
        f"Source: clipmarket, {len(found.values)} draws of the posterior; {found.claim.spelled}; "
        f"markets of {sample(n_users, n_people / n_users)} and more or less, seed {seed} on."
    )


def overview(found: Sequence[Checked]) -> Sheet:
    """Return the table of several claims, one a line."""
    rows = []
    for one in found:
        least = one.least
        rows.append([
            Cell(one.claim.name or one.claim.spelled), Cell(one.claim.text),
            Cell(Band.of(one.values, one.claim.measure.unit).point),
            Cell(f"{one.n_true} of {len(one.values)}"),
            Cell(f"{least.distance:.1f}" if least.is_true else "not reached"),
            Cell(f"{len(one.lost)} of {int(one.missed['kept_at_center'].sum())}"),
        ])  # fmt: skip
    columns = [
        Heading("claim", is_number=False), Heading("what", is_number=False, is_folded=True),
        Heading("fitted markets"), Heading("true in"), Heading("standard deviations away"),
        Heading("facts lost"),
    ]  # fmt: skip
    return Sheet("Claims", columns, rows, _OF_CLAIMS)
