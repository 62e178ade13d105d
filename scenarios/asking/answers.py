"""The fifteen questions of the model (`scenarios.asking.fifteen`), answered in one file.

Every number is measured when the file is written; where the range of assumptions leaves an answer
open, the file says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import scenarios
from scenarios.asking.bands import Band
from scenarios.asking.common_luck import saved
from scenarios.asking.fifteen import QUESTIONS, Answered, listed
from scenarios.asking.findings import Findings
from scenarios.asking.lab import Lab
from scenarios.asking.question import read
from scenarios.asking.question_page import page_of
from scenarios.asking.shares import shares
from sim.files import write_text_aside
from sim.numbers import amount

#: From this factor between the ends of a range on, only the order of magnitude is told.
_WIDE = 3.0
#: So many of what a number hangs on are named.
_SHOWN_SHARES = 3


def certainty(found: Findings) -> str:
    """Say what the data can tell about the number, from the band of markets that agree with them.

    Without draws of a posterior: from how far single assumptions move it.
    """
    if found.central is not None:
        return f"Markets that agree with the record {_left(found.number)}.{hangs_on(found)}"
    if not found.swings:
        return "Assumptions were not varied."
    of_one = f" {found.alone} decides it alone." if found.alone else ""
    none = ", and at some of them there is none" if found.valueless else ""
    left = _left(found.assumed, found.range_said, bool(found.valueless))
    return f"Values that keep the targets {left}{none}.{of_one}"


def _left(band: Band, said: str = "", is_open: bool = False) -> str:
    """Say what is left open of a number whose ends are those of a band."""
    _, low, high, unit, signed, _ = band
    if low < 0.0 < high:
        return "leave its sign open"
    ends = sorted((abs(low), abs(high)))
    if is_open or ends[0] == 0.0 or not ends[1] / ends[0] <= _WIDE:
        return f"leave {said or f'{amount(low, unit, signed)} to {amount(high, unit, signed)}'}"
    return f"tell it to within a factor of {ends[1] / ends[0]:.2g}"


def hangs_on(found: Findings) -> str:
    """Say what the number hangs on, over draws; nothing where there are none."""
    most = shares(found)[:_SHOWN_SHARES]
    if not most:
        return " No assumption alone makes so much of that band that draws can tell it."
    return f" Of its variance over draws goes with: {listed(most)}."


def _section(number: int, one: Answered, all_found: Mapping[str, Findings], lab: Lab) -> list[str]:
    lines = [f"## {number}. {one.text}", ""]
    own = one.more(all_found, lab) if one.more else ""
    if one.scenario is None:
        return [*lines, _bold(own), "", f"- Switch: {one.switch}.", ""]
    found = all_found[one.scenario]
    if one.number is not None:
        found = lab.about(found, one.number)
        lines += [_bold(own), ""]
    else:
        lines += [f"{_bold(found.headline)} {own}".strip(), ""]
    return [
        *lines,
        f"- {found.bands}", f"- {certainty(found)}",
        f"- Switch: {one.switch}. Scenario: `python -m scenarios report {one.scenario}`.", "",
    ]  # fmt: skip


def _bold(text: str) -> str:
    """Set the first sentence in bold."""
    first, stop, rest = text.partition(". ")
    return f"**{first}.** {rest}" if stop else f"**{first}**"


def _table(all_found: Mapping[str, Findings]) -> list[str]:
    rows = []
    for name, found in all_found.items():
        first = found.drivers[0] if found.drivers else "–"
        cells = [f"`{name}`", found.question.number.text, str(found.number), found.range_said]
        if found.central is not None:
            cells.insert(3, _ends(found.chance))
            first = next((one.what for one in shares(found)), "–")
        rows.append(f"| {' | '.join([*cells, first])} |")
    columns = ["scenario", "number", "median (90 % of replicates)", "assumptions, one at a time",
               "moved most by"]  # fmt: skip
    if any(found.central is not None for found in all_found.values()):
        columns[2:4] = ["median (90 % of markets that agree with the record)", "chance alone",
                        columns[3]]  # fmt: skip
    return [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", *rows, ""]


def _ends(band: Band) -> str:
    """Write the ends of a band alone."""
    if math.isnan(band.middle):
        return str(band)
    return " to ".join(amount(end, band.unit, band.signed) for end in (band.low, band.high))


def _written(lab: Lab, ranged: int) -> str:
    """Say how numbers came about."""
    size = lab.size
    moved = (
        f"each of {ranged} assumptions with a range moved to both its ends, as far as the baseline "
        f"keeps the targets that it keeps, {size.assumption_replicates} run of "
        f"{size.assumption_users:,} users each, at the same luck."
    )
    if lab.posterior is None:
        return (
            f"Written by `make answers`: {size.replicates} replicates of {size.n_users:,} users; "
            f"{moved} Two bands stand behind every number: what chance does to it, and what it "
            "becomes when one assumption goes to the end of its range."
        )
    return (
        f"Written by `make answers`: {size.draws} draws of the posterior, {size.n_users:,} users "
        "each: markets that agree with what was published, each with values and a structure of "
        "its own, at the same luck in all arms of a question. The band beside a number holds 90 % "
        f"of them: chance, assumptions and structure together. As second views: chance alone, "
        f"{size.replicates} replicates at the baseline's values; and {moved} Moved most by: what "
        "makes the largest part of the variance over draws (`scenarios/asking/shares.py`)."
    )


def text_of(all_found: Mapping[str, Findings], lab: Lab) -> str:
    """Return the whole file."""
    inputs = next(iter(all_found.values())).inputs
    ranged = sum(
        one.low is not None and one.high is not None for one in inputs.assumptions.values()
    )
    lines = [
        "# Answers", "",
        f"{_written(lab, ranged)} All numbers are of the model; what no public number pins down is "
        "said.", "",
        *_table(all_found),
    ]  # fmt: skip
    for number, one in enumerate(QUESTIONS, start=1):
        lines += _section(number, one, all_found, lab)
    told = {one.scenario for one in QUESTIONS if one.number is None}
    lines += ["## Also asked", ""]
    for name, found in all_found.items():
        if name not in told:
            lines += [f"**{found.question.asks}** {found.headline}", "", f"- {found.bands}",
                      f"- {certainty(found)}", ""]  # fmt: skip
    lines += saved(all_found)
    return "\n".join(lines)


def write_answers(lab: Lab, path: Path, pages: Path | None = None) -> Path:
    """Ask every question, write the file, and the pages if a folder is given."""
    all_found: dict[str, Findings] = {}
    asked = {name: read(scenarios.load(name)) for name in scenarios.questions("all")}
    lab.expect(list(asked.values()))
    for name, question in asked.items():
        all_found[name] = lab.ask(question)
        if pages is not None:
            page_of(all_found[name], lab).write(pages / f"{name}.html")
    text = text_of(all_found, lab)
    write_text_aside(path, text)
    return path
