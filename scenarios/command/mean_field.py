"""``clipmarket mean-field``: where the twin of a market agrees with it, and what the graph adds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scenarios.command.chosen import checked_folder
from scenarios.command.options import OutFile, Quiet, Seed, Users
from scenarios.command.tables import Cell, Heading, Sheet, markdown
from scenarios.structures import MARKET, TWIN, simulated

if TYPE_CHECKING:
    import pandas as pd

    from sim.execution import Execution
    from sim.results import Results
    from sim.scenario import Scenario

#: Metrics by month that both know, with their headings.
_METRICS = {
    "installs": "installs", "activations": "started", "daily_active": "daily users",
    "clips": "clips", "in_app_spend_usd": "in-app spend",
}  # fmt: skip
#: Of fewer people or USD than these of a month a ratio says nothing.
_LEAST = 1_000.0
_NO_GRAPH = "well_mixed"
#: A market of so many users is what a run of the twin is timed against.
_TIMED_USERS = 20_000


def mean_field(
    out: OutFile = Path("docs/TWIN.md"),
    users: Users[int] = 100_000,
    seed: Seed[int] = 1,
    quiet: Quiet = False,
) -> None:
    """Put the mean-field twin of the baseline beside its markets, without and with a graph."""
    from scenarios import baseline
    from scenarios.inputs.sizing import check_size, sized
    from sim.execution import Execution
    from sim.files import write_text_aside

    scenario = sized(baseline.scenario(), users, seed)
    alone = sized(scenario, graph=_NO_GRAPH)
    check_size(scenario)
    checked_folder(out.parent)
    execution = Execution(threads=1)
    sheets = [
        _ratios("Without friends", _NO_GRAPH, *_both(alone, execution)),
        _ratios("On the friend graph", scenario.market.graph, *_both(scenario, execution)),
        _speed(sized(baseline.scenario(), _TIMED_USERS, seed), execution),
    ]
    about = (
        f"Written by `python -m scenarios mean-field --users {users} --seed {seed}` (`make twin`): "
        f"the baseline as its mean-field twin, over one market of {users:,} users. A market has "
        "chance: a month in which few do something is apart for that alone."
    )
    text = "\n".join([f"# The mean-field twin\n\n{about}\n", *map(markdown, sheets)])
    write_text_aside(out, text)
    if not quiet:
        typer.echo(f"Written to {out}")


def _both(scenario: Scenario, execution: Execution) -> tuple[Results, Results]:
    """Return what the twin of a scenario gives, and its market."""
    return simulated(scenario, TWIN, execution), simulated(scenario, MARKET, execution)


def _ratios(title: str, graph: str, twin: Results, market: Results) -> Sheet:
    """Return the table of the twin over the market, by platform and month."""
    ours, theirs = (one.table("month", tuple(_METRICS)) for one in (twin, market))
    rows = []
    for platform, month in theirs.index:
        here, there = ours.loc[(platform, month)], theirs.loc[(platform, month)]
        if float(there["installs"]) >= _LEAST:
            label = Cell(market.scenario.platforms[platform].label)
            rows.append([label, Cell(str(month)), *_row(here, there)])
    columns = [
        Heading("platform", is_number=False), Heading("month", is_number=False),
        *(Heading(text) for text in _METRICS.values()),
    ]  # fmt: skip
    note = f"Twin over market (graph: {graph}); 1 = the same. Daily users: means of the month."
    return Sheet(title, columns, rows, note)


def _row(ours: pd.Series, theirs: pd.Series) -> Sequence[Cell]:
    return [
        Cell(f"{ours[name] / theirs[name]:.2f}" if theirs[name] >= _LEAST else "–")
        for name in _METRICS
    ]


def _speed(scenario: Scenario, execution: Execution) -> Sheet:
    """Return the table of what a run takes, the best of five, in processor time."""

    def best(structure: str) -> float:
        simulated(scenario, structure, execution)  # whatever is compiled or drawn once
        times = []
        for _ in range(5):
            begun = time.process_time()
            simulated(scenario, structure, execution)
            times.append(time.process_time() - begun)
        return min(times)

    twin, market = best(TWIN), best(MARKET)
    rows = [
        [Cell("twin"), Cell(f"{1e3 * twin:,.0f}"), Cell("1.0")],
        [Cell(f"market of {scenario.market.n_users:,} users"), Cell(f"{1e3 * market:,.0f}"),
         Cell(f"{market / twin:.1f}")],
    ]  # fmt: skip
    columns = [
        Heading("run", is_number=False), Heading("processor time", "ms"),
        Heading("over the twin's"),
    ]  # fmt: skip
    return Sheet("Speed", columns, rows, "On the machine that wrote this page, on one core.")
