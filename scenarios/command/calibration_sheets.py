"""Tables of ``clipmarket calibration``: contradictions, what is flat, what would narrow what."""

from __future__ import annotations

from collections.abc import Mapping

from scenarios.command.backtest_chart import metric_words, platform_words
from scenarios.command.calibrate_page import missed
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.fitting.calibration import Fit
from scenarios.fitting.identified import SETS, Flat, flat, most_bound, narrowed
from scenarios.fitting.measured import read_months
from scenarios.inputs.assumptions import load_inputs

#: Pairs that are listed, and things that would narrow each number.
_PAIRS, _THINGS = 10, 3
#: Numbers to come whose doubt is taken apart, of April 2026; and those that may be published first.
_NUMBERS = (
    ("sora", "installs"), ("sora", "daily_active"), ("sora", "compute_usd"),
    ("sora", "in_app_spend_usd"), ("google", "clips"),
)  # fmt: skip
_FIRST, _LAST = 3, 6


def vintages(fits: Mapping[str, Fit]) -> Sheet:
    """Return, for each version of the record, what a fit to it cannot hold."""
    rows = []
    for name, found in fits.items():
        n = len(found.held.targets)
        out = missed(found)
        rows.append(
            [
                Cell(name or "default"),
                Cell(f"{n - len(out)} of {n}"),
                Cell("; ".join(out) or "none"),
            ]
        )
    columns = [
        Heading("version of the record", is_number=False), Heading("inside"),
        Heading("cannot be held with the rest", is_number=False, is_folded=True),
    ]  # fmt: skip
    note = (
        "Inside: published numbers within the 90 % band of what vendors may publish of fitted "
        "markets, all of one version at once. Numbers that contradict each other stand in versions "
        "of their own, never averaged (`scenarios/data/targets.toml`)."
    )
    return Sheet("Versions of the record", columns, rows, note)


def bound(found: Fit) -> Sheet:
    """Return the sets in which data hold a combination and not the parts."""
    named = [(words, flat(found, *ids)) for words, ids in SETS]
    asked = {one.ids for _, one in named}
    others = [("", one) for one in most_bound(found, _PAIRS) if one.ids not in asked]
    rows = [_pair(words, one) for words, one in (*named, *others)]
    columns = [
        Heading("set", is_number=False), Heading("ids", is_number=False), Heading("correlation"),
        Heading("best known"), Heading("least known"),
    ]  # fmt: skip
    note = (
        "Correlation of scores after the fit; the spread of the combination of both that is known "
        "best and of the one that is known least, 1 before the fit. Where the first is far below "
        "the second, data hold the two together and cannot tell them apart. Below the named sets, "
        "the pairs bound most."
    )
    return Sheet("Where data are flat", columns, rows, note)


def _pair(words: str, one: Flat) -> list[Cell]:
    known = load_inputs().assumptions
    paths = " against ".join(known[name].paths[0].split(".")[-1] for name in one.ids)
    return [
        Cell(words or paths.replace("_", " ")), Cell(", ".join(one.ids)),
        Cell(f"{one.correlation:+.2f}"), Cell(f"{one.across:.2f}"), Cell(f"{one.along:.2f}"),
    ]  # fmt: skip


def further(found: Fit) -> Sheet:
    """Return which one further fact would narrow which number of April 2026."""
    rows = []
    months = read_months()
    first = [(p, m, _FIRST) for p, m in _NUMBERS]
    for platform, metric in _NUMBERS:
        every = narrowed(found, platform, metric, _LAST, first)
        assumptions = [one for one in every if len(one.what) == 1][:_THINGS]
        numbers = [one for one in every if len(one.what) > 1][:_THINGS]
        rows.append([
            Cell(f"{metric_words(metric)}, {platform_words(platform)}"),
            Cell("; ".join(f"{one.what[0]} ({1 - one.left:.0%})" for one in assumptions)),
            Cell("; ".join(
                f"{metric_words(one.what[1])}, {platform_words(one.what[0])} ({1 - one.left:.0%})"
                for one in numbers
            )),
        ])  # fmt: skip
    columns = [
        Heading(f"number of {months[_LAST].first:%B %Y}", is_number=False),
        Heading("assumption, if it were known", is_number=False, is_folded=True),
        Heading(f"number of {months[_FIRST].first:%B %Y}, if it were published",
                is_number=False, is_folded=True),
    ]  # fmt: skip
    note = (
        "In brackets: by how much the standard deviation of the log of the number would fall, by "
        "the regression on that thing alone over fitted markets."
    )
    return Sheet("Which one further fact would narrow which number", columns, rows, note)
