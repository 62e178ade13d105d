"""The page of a single run: what came out, by date, by month, and beside the facts."""

from __future__ import annotations

import pandas as pd

from scenarios.command.tables import Sheet, beside_facts, monthly
from scenarios.inputs.fact_points import fact_points
from scenarios.structures import how_run
from sim.numbers import amount, brief
from sim.report.page import Exhibit, Page, Table
from sim.results import Results

_KEPT = (
    "scenario", "scenario_sha256", "seed", "start", "until", "users", "people", "graph",
    "graph_sha256", "code", "environment",
)  # fmt: skip


def run_page(results: Results, comparison: pd.DataFrame) -> Page:
    """Return the page of a run.

    Parameters
    ----------
    comparison
        As from `scenarios.inputs.targets.compare_to_facts`.
    """
    name, last = results.scenario.name, results.dates[-1].date()
    chart = Exhibit(
        "By date", "Means of a week over the faint daily line; dots are public facts, by id.",
        results.plot(facts=fact_points(results.scenario)),
        alt="Installs, daily users, clips, cost of a clip, burn, revenue, acquisition cost, cash.",
        wide=True,
    )  # fmt: skip
    tables = [] if comparison.empty else [beside_facts(comparison)]
    tables += [monthly(results, platform) for platform in results.platforms]
    return Page(
        title=f"{name}: {results.dates[0].date()} to {last}",
        question=f"Scenario {name}, {results.dates[0].date()} to {last}",
        headline=" ".join(_sentence(results, platform) for platform in results.platforms),
        bands=f"{how_run(results)} Answers with bands: python -m scenarios report NAME.",
        exhibits=[chart, *(exhibit_of(sheet) for sheet in tables)],
        manifest={key: results.manifest[key] for key in _KEPT},
    )


def _sentence(results: Results, platform: str) -> str:
    """Say what a platform came to by the last day."""
    config = results.scenario.platforms[platform]
    if config.launch > results.dates[-1].date():
        return f"{config.label} is not launched yet."
    p = results.platforms.index(platform)
    installs, daily, left = (
        results.array(name)[:, p] for name in ("installs", "daily_active", "contribution_usd")
    )
    return (
        f"{config.label}: {brief(installs.sum())} installs, {brief(daily[-7:].mean())} daily users "
        f"in the last week, {amount(left.sum(), 'USD')} left after compute and marketing."
    )


def exhibit_of(sheet: Sheet) -> Exhibit:
    """Return a table as a page has it: labels that follow the first stand behind it in brackets."""
    n_labels = next(i for i, column in enumerate(sheet.columns) if column.is_number)
    columns = [f"{c.text} [{c.unit}]" if c.unit else c.text for c in sheet.columns]
    rows = [
        [
            " ".join([str(row[0]), *(f"({cell})" for cell in row[1:n_labels] if str(cell))]),
            *(str(cell) for cell in row[n_labels:]),
        ]
        for row in sheet.rows
    ]
    table = Table([columns[0], *columns[n_labels:]], rows)
    return Exhibit(sheet.title, sheet.note, table=table)
