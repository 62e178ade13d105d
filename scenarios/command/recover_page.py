"""What ``clipmarket recover`` shows: coverage, ranks, what was identified and what was not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scenarios.command.recover_chart import coverage_chart, pooled_words, ranks_chart
from scenarios.command.run_page import exhibit_of
from scenarios.command.tables import Cell, Heading, Sheet
from scenarios.fitting.calibration import TAUGHT
from scenarios.fitting.coverage import ASSUMPTION, CENTRAL, Pooled, pooled
from scenarios.fitting.ranks import HELD
from scenarios.inputs.assumptions import load_inputs
from sim.report.page import Exhibit, Page

#: Ranks as odd as those that uniform ones are so seldom, all assumptions together, are told.
_ODD = 0.05
_POOLED = (
    "Part of the truths that central intervals held, with its standard error over truths, since "
    "numbers of one truth err together. Identified: spread below {taught:g} on average over truths."
)
_IDENTIFIED = (
    "Spread: standard deviation after the fit over that before, on the scale of the prior, mean "
    "over truths. Error: root mean square distance of the posterior mean from the truth, in prior "
    "standard deviations; near the spread if intervals are honest. Ranks: how often uniform ranks "
    "look as odd, and the same over all assumptions tested together (Holm)."
)
_REST = "The fit keeps about what was believed of these: the numbers published do not tell."
_LATER = (
    "Of months after the last day known, all platforms and months together: is what the true "
    "market counts inside the intervals of the fitted markets? Both without errors of vendors."
)
_INTERVALS = [Heading(f"in {share:.0%}") for share in HELD]


def sheets(rows: pd.DataFrame, later: pd.DataFrame, table: pd.DataFrame) -> list[Sheet]:
    """Return all tables.

    Parameters
    ----------
    rows, later, table
        As of `recovery_rows`, `forecast_rows` and `coverage` of `scenarios.fitting.coverage`.
    """
    return [_pooled(rows, later, table), _identified(table), _later(later), _rest(table)]


def _identified_names(table: pd.DataFrame) -> list[str]:
    known = table[(table["kind"] == ASSUMPTION) & (table["is_identified"] == True)]  # noqa: E712
    return [str(name) for name in known.sort_values("spread")["name"]]


def _groups(
    rows: pd.DataFrame, later: pd.DataFrame, table: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return rows by what they are of; what has none is left out."""
    is_known = rows["assumption"].isin(_identified_names(table))
    groups = {
        "identified assumptions": rows[is_known],
        "other assumptions": rows[~is_known],
        "forecasts of later months": later,
    }
    return {name: part for name, part in groups.items() if len(part)}


def _pooled(rows: pd.DataFrame, later: pd.DataFrame, table: pd.DataFrame) -> Sheet:
    lines = []
    for name, part in _groups(rows, later, table).items():
        found = pooled(part)
        lines.append([Cell(name), Cell(str(found.n)), Cell(str(part["truth"].nunique())),
                      *_held(found)])  # fmt: skip
    columns = [Heading("of", is_number=False), Heading("numbers"), Heading("truths"), *_INTERVALS]
    note = _POOLED.format(taught=TAUGHT)
    return Sheet("How often intervals held the truth", columns, lines, note)


def _held(found: Pooled) -> list[Cell]:
    return [
        Cell(f"{share:.0%}", "" if np.isnan(error) else f"± {100.0 * error:.0f}")
        for share, error in zip(found.share, found.error, strict=True)
    ]


def _identified(table: pd.DataFrame) -> Sheet:
    inputs = load_inputs()
    by_name = table.set_index("name")
    lines = []
    for name in _identified_names(table):
        row = by_name.loc[name]
        lines.append([
            Cell(name), Cell(inputs.assumptions[name].paths[0]), Cell(f"{row['spread']:.2f}"),
            Cell(f"{row['error']:.2f}"), *(Cell(f"{row[one]:.0%}") for one in CENTRAL),
            Cell(f"{row['chance']:.2f}", f"({row['chance_together']:.2f})",
                 holds=None if row["chance_together"] >= _ODD else False),
        ])  # fmt: skip
    columns = [
        Heading("id", is_number=False), Heading("sets", is_number=False, is_folded=True),
        Heading("spread"), Heading("error"), *_INTERVALS, Heading("ranks", is_spared=True),
    ]  # fmt: skip
    return Sheet("Identified assumptions", columns, lines, _IDENTIFIED)


def _later(later: pd.DataFrame) -> Sheet:
    lines = []
    for (platform, metric), part in later.groupby(["platform", "metric"], sort=False):
        found = pooled(part)
        name = f"{platform} {str(metric).replace('_', ' ')}"
        lines.append([Cell(name), Cell(str(found.n)), *_held(found)])
    columns = [Heading("metric", is_number=False), Heading("months"), *_INTERVALS]
    return Sheet("Forecasts of later months", columns, lines, _LATER)


def _rest(table: pd.DataFrame) -> Sheet:
    inputs = load_inputs()
    known = set(_identified_names(table))
    rest = table[(table["kind"] == ASSUMPTION) & ~table["name"].isin(known)]
    lines = [
        [Cell(row["name"]), Cell(inputs.assumptions[row["name"]].paths[0]),
         Cell(f"{row['spread']:.2f}"), *(Cell(f"{row[one]:.0%}") for one in CENTRAL)]
        for row in rest.sort_values("spread").to_dict("records")
    ]  # fmt: skip
    columns = [
        Heading("id", is_number=False), Heading("sets", is_number=False, is_folded=True),
        Heading("spread"), *_INTERVALS,
    ]  # fmt: skip
    return Sheet("Not identified", columns, lines, _REST)


def page(
    rows: pd.DataFrame,
    later: pd.DataFrame,
    table: pd.DataFrame,
    tables: list[Sheet],
    about: Mapping[str, Any],
) -> Page:
    """Return the page of a study.

    Parameters
    ----------
    tables
        As of `sheets`.
    about
        What the study was of, and how large.
    """
    groups = _groups(rows, later, table)
    by_spread = table[table["kind"] == ASSUMPTION].sort_values("spread")
    exhibits = [exhibit_of(sheet) for sheet in tables]
    alt = "For each assumption, the part of truths that 50, 80 and 95 % intervals held."
    exhibits[1:1] = [
        Exhibit("Ranks", "Flat where intervals are honest.", ranks_chart(groups),
                alt="Histograms of the ranks of truths among draws."),
        Exhibit("Coverage by assumption", "Those the numbers told most about come first.",
                coverage_chart(by_spread), alt=alt, wide=True),
    ]  # fmt: skip
    known = _identified_names(table)
    first = next(iter(groups))
    odd = table["chance_together"] < _ODD
    return Page(
        title=f"Recovery: {about['fit']}",
        question="Does the fit find what is true, and hold it as often as it says?",
        headline=(
            f"Of {about['truths']} known markets, {pooled_words(pooled(groups[first]))} of {first}."
        ),
        more=(
            f"Identified: {', '.join(known) or 'none'}. Ranks that chance does not explain: "
            f"{', '.join(table.loc[odd, 'name']) or 'none'}."
        ),
        bands=(f"Later months: {pooled_words(pooled(later))}." if len(later) else ""),
        exhibits=exhibits,
        manifest=dict(about),
    )
