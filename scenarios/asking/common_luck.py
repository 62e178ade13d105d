"""What common luck saves: pairs of worlds against worlds of their own, on three policies."""

from __future__ import annotations

from collections.abc import Mapping

from scenarios import google_push, open_launch, smaller_quota
from scenarios.asking.findings import Findings
from scenarios.asking.question import REFERENCE
from sim.experiments.paired import effect


def saved(all_found: Mapping[str, Findings]) -> list[str]:
    """Return the table that shows what common luck saves, on three policies."""
    policies = (
        ("smaller_quota", "6 free clips", smaller_quota.COMPUTE),
        ("open_launch", "no invites", open_launch.STARTED),
        ("google_push", google_push.LATER, google_push.STARTED),
    )
    rows = []
    for name, arm, measure in policies:
        found = all_found[name]
        ratio = effect(found.get(REFERENCE, measure), found.get(arm, measure)).variance_ratio
        rows.append(f"| {name}: {arm} | {measure.text} | {ratio:,.3g} |")
    return [
        "## What common luck saves", "",
        "Both worlds of a comparison have the same people, friends and draws. The last column is "
        "how many times more replicates two worlds of their own would need for the same interval.",
        "", "| policy | number | times |", "|---|---|---|", *rows, "",
    ]  # fmt: skip
