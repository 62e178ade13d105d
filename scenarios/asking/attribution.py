"""Who brought the users, and what they cost: by cause, by phase, by definition, at any CPM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenarios.asking.bands import Band
from scenarios.asking.findings import Findings
from scenarios.asking.question import END, LAUNCH, REFERENCE, Measure
from sim.acquisition import acquisition_cost
from sim.counts import LEADING
from sim.numbers import amount
from sim.report.page import Exhibit, Table

#: Stretches of Sora's history: (label, first day, last day).
PHASES = (
    ("invites", LAUNCH, "2025-10-28"),
    ("open, 30 free clips", "2025-10-29", "2025-11-27"),
    ("open, 6 free clips", "2025-11-28", "2025-12-31"),
    ("winter", "2026-01-01", END),
)
#: What Google's own surfaces could have been sold for, USD per thousand impressions (A57).
CPMS = (0.0, 1.0, 2.0, 5.0)


def by_cause(found: Findings, arm: str = REFERENCE) -> Exhibit:
    """Return new users by what first told them, for every platform of an arm."""
    platforms = list(found.scenarios[arm].platforms)
    rows = []
    for cause in LEADING:
        row = [cause]
        for platform in platforms:
            part = found.get(arm, Measure(f"activations_{cause}", platform, LAUNCH, END))
            whole = found.get(arm, Measure("activations", platform, LAUNCH, END))
            row.append(str(Band.of(part / whole, "share")).replace(" (", "\n(", 1))
        rows.append(row)
    return Exhibit(
        "New users by cause",
        f"Part of those who started from {LAUNCH} to {END}, by the exposure that led to it; a "
        "friend's invite counts as invite.",
        table=Table(["cause", *(p.capitalize() for p in platforms)], rows),
    )


def by_phase(found: Findings, platform: str, arms: tuple[str, ...]) -> Exhibit:
    """Return the k-factor by phase of history, in several arms."""
    rows = [
        [f"{label}: {since} to {date}",
         *(_two_lines(found, arm, Measure("k_factor", platform, since, date)) for arm in arms)]
        for label, since, date in PHASES
    ]  # fmt: skip
    return Exhibit(
        "k-factor by phase",
        "How many others each of those who started in a phase brought to the end: by invites given "
        "or made public, by clips, on the feed, or by being there. Below 1 growth dies out without "
        "other news.",
        table=Table(["phase", *arms], rows),
    )


def _two_lines(found: Findings, arm: str, measure: Measure) -> str:
    return str(found.value(arm, measure)).replace(" (", "\n(", 1)


def acquisition(found: Findings, who: Sequence[tuple[str, str]]) -> Exhibit:
    """Return the three acquisition costs of every arm and platform, own media at several CPMs.

    Own media are priced after the run: their worth moves no decision (A57, A58).

    Parameters
    ----------
    who
        Arm and platform of each row.
    """
    rows = []
    for arm, platform in who:
        owned = found.value(arm, _measure("exposures_owned", platform)).middle > 0.0
        rows += [_costs(found, arm, platform, cpm) for cpm in (CPMS if owned else CPMS[:1])]
    return Exhibit(
        "What a new user costs, three ways",
        f"USD per person who started from {LAUNCH} to {END}. Paid: marketing over those it "
        "brought; blended: over all; loaded: with rewards, free clips of the first 30 days, and "
        "own media at a price. That Google's reach is free is a choice of accounting: priced at "
        "what others would pay, it is not.",
        table=Table(["who", "own media, USD per 1,000 views", "paid", "blended", "loaded"], rows),
    )


def _measure(metric: str, platform: str) -> Measure:
    return Measure(metric, platform, LAUNCH, END)


def _costs(found: Findings, arm: str, platform: str, cpm: float) -> list[str]:
    """Return one row: means of the period's sums over replicates."""

    def total(metric: str) -> float:
        return float(np.mean(found.get(arm, _measure(metric, platform))))

    per_notice = found.scenarios[arm].platforms[platform].impressions_per_notice
    owned = total("exposures_owned") * per_notice * cpm / 1000.0
    paid, blended, loaded = acquisition_cost(
        total("marketing_usd"), total("rewards_usd"), total("onboarding_usd"), owned,
        total("activations_paid"), total("activations"),
    )  # fmt: skip
    name = platform.capitalize() if arm == REFERENCE else f"{platform.capitalize()}, {arm}"
    said = [amount(float(cost), "USD").replace("no value", "–") for cost in (paid, blended, loaded)]
    return [name, f"{cpm:g}", *said]
