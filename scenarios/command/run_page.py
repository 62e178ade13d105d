"""The page of a single run: what came out, by date, by month, and beside the facts."""

from __future__ import annotations

import pandas as pd

from scenarios.command.console import MONTHLY
from scenarios.inputs.fact_points import fact_points
from sim.numbers import aligned, amount, brief
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
        results.plot(fact_points(results.scenario)),
        alt="Installs, daily users, clips, cost of a clip, burn, revenue, acquisition cost, cash.",
        wide=True,
    )  # fmt: skip
    facts = [] if comparison.empty else [_beside(comparison)]
    market = results.scenario.market
    return Page(
        title=f"{name}: {results.dates[0].date()} to {last}",
        question=f"Scenario {name}, {results.dates[0].date()} to {last}",
        headline=" ".join(_sentence(results, platform) for platform in results.platforms),
        bands=(
            f"One run of {market.n_users:,} users, each standing for {results.weight:,.6g} people; "
            "one run has no band. Answers with bands: python -m scenarios report NAME."
        ),
        exhibits=[chart, *facts, *(_monthly(results, platform) for platform in results.platforms)],
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


def _beside(comparison: pd.DataFrame) -> Exhibit:
    rows = []
    for row in comparison.to_dict("records"):
        low, high = brief(row["low"]), brief(row["high"])
        reached = row["near"] is not None
        rows.append([
            f"{row['target']} ({row['facts']})",
            f"{low if low == high else f'{low} to {high}'} {row['unit']}",
            brief(row["simulated"]) if reached else "not reached",
            f"{row['ratio']:.2f}" if reached else "–",
            ("yes" if row["near"] else "no") + f", ±{row['tolerance']:.0%}" if reached else "–",
        ])  # fmt: skip
    return Exhibit(
        "Beside the facts",
        "Ratio: to the nearer end of what was observed; 1 within it. Published numbers contradict "
        "each other.",
        table=Table(["target", "observed", "simulated", "ratio", "within"], rows),
    )


def _monthly(results: Results, platform: str) -> Exhibit:
    config = results.scenario.platforms[platform]
    frame = results.table("month", tuple(name for name, _, _ in MONTHLY)).loc[platform]
    frame = frame[frame.index >= pd.Period(config.launch, "M")]
    rows = [
        [str(month), *(aligned(row[name]) for name, _, _ in MONTHLY)]
        for month, row in frame.iterrows()
    ]
    return Exhibit(
        f"{config.label} by month",
        "Daily users and unit cost: mean of the month; cash: its last day; the rest: sums.",
        table=Table(["month", *(f"{text} [{unit}]" for _, text, unit in MONTHLY)], rows),
    )
