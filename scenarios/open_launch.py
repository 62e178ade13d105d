"""Would Sora have done better without invites, or with Android from day one?

Differs from the baseline in access in the first weeks; invites may also be kept to the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scenarios import baseline
from scenarios.asking.bands import verdict
from scenarios.asking.findings import Findings
from scenarios.asking.question import END, LAUNCH, REFERENCE, Measure, builder, main_arm
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.config import parse_date
from sim.interventions import Event, Opening
from sim.report.page import Exhibit
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab

NAME = "open_launch"
EVIDENCE = ("SOR001", "SOR018", "SOR019", "SOR020", "SOR021", "SOR091")
ASSUMPTIONS = ("A26", "A27", "A28", "A29", "A32")

STARTED = Measure("activations", "sora", LAUNCH, END)
BY_CHRISTMAS = Measure("activations", "sora", LAUNCH, "2025-12-24")
USERS = Measure("daily_active", "sora", "2026-03-01", END)
COMPUTE = Measure("compute_usd", "sora", LAUNCH, END)
VIRAL = Measure("k_factor", "sora", LAUNCH, "2025-10-28")
MEASURES = (STARTED, BY_CHRISTMAS, USERS, COMPUTE, VIRAL)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return no invites, Android at once, both, and invites for good."""
    base = baseline.scenario(inputs or load_inputs())
    android = Event(
        id="sora_android_at_once", date=parse_date(LAUNCH, "date"), platform="sora",
        open=Opening(regions=("north_america",), os=("android",)),
    )  # fmt: skip
    free = base.set("sora.invites_required", False)
    kept = base.event("invites_dropped").changed("kept", set={})
    return {
        "no invites, Android at once": free.with_event(android),
        "no invites": free,
        "Android at once": base.with_event(android),
        "invites for good": base.with_event(kept),
    }


def scenario() -> Scenario:
    """Return the open launch: no invites, and Android at once in North America."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def answer(found: Findings) -> str:
    """Phrase what openness would have brought."""
    arm = "no invites, Android at once"
    more = found.change(arm, STARTED)
    words = verdict(more, "more people would have started", "fewer people would have started",
                    "the number who started would have been the same, within chance")  # fmt: skip
    return (
        f"With no invites and Android from day one, {words}: {more} by {END} "
        f"({found.ratio(arm, BY_CHRISTMAS)} by Christmas). The compute bill would have changed "
        f"by {found.change(arm, COMPUTE)}. Each who started in the invite phase brought "
        f"{found.value(REFERENCE, VIRAL)} others by {END} (the k-factor), "
        f"{found.value('no invites', VIRAL)} without invites; keeping invites for good would have "
        f"changed starts by {found.ratio('invites for good', STARTED)}."
    )


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return who brought the users, and the k-factor by phase."""
    from scenarios.asking.attribution import by_cause, by_phase

    return [by_cause(found), by_phase(found, "sora", (REFERENCE, "no invites", "invites for good"))]


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
