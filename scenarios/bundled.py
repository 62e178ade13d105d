"""What if Sora were a button inside ChatGPT, as Veo 3 is inside Gemini?

Differs from the baseline in owned reach on the surface chatgpt (A63), where nothing must be
installed; from launch on, or from 2026-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping

from scenarios import baseline
from scenarios.asking.findings import Findings
from scenarios.asking.question import END, LAUNCH, REFERENCE, Measure, Number, builder, main_arm
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.config import parse_date
from sim.interventions import Event
from sim.scenario import Scenario

NAME = "bundled"
EVIDENCE = ("GOO015", "GOO020", "OAI001")
ASSUMPTIONS = ("A3", "A9", "A25", "A41", "A63", "A99", "A100")

STARTED = Measure("activations", "sora", LAUNCH, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
COMPUTE = Measure("compute_usd", "sora", LAUNCH, END)
LOADED = Measure("cac_loaded_usd", "sora", LAUNCH, END)
CONTRIBUTION = Measure("contribution_usd", "sora", LAUNCH, END)
VEO = Measure("activations", "google", LAUNCH, END)
VEO_USERS = Measure("daily_active", "google", "2026-03-01", END)
MEASURES = (STARTED, USERS, COMPUTE, LOADED, CONTRIBUTION, VEO, VEO_USERS)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the bundle from launch on (open to all, or by invitation), and from the new year."""
    given = inputs or load_inputs()
    base = baseline.scenario(given)

    def bundle(date: str) -> Scenario:
        values = {"reach_per_day": {"chatgpt": given.value("A63")}}
        return base.with_event(
            Event(id="bundle", date=parse_date(date, "date"), platform="sora", set=values)
        )

    return {
        "from launch, no invites": bundle(LAUNCH).set("sora.invites_required", False),
        "from launch, with invites": bundle(LAUNCH),
        "from January": bundle("2026-01-01"),
    }


def scenario() -> Scenario:
    """Return the bundle from launch on."""
    return main_arm(variants(), NAME)


build = builder(scenario)

NUMBER = Number(
    "change of new users by the bundle from launch on", "share",
    lambda get: get("from launch, no invites", STARTED) / get(REFERENCE, STARTED) - 1.0,
    signed=True,
)  # fmt: skip


def answer(found: Findings) -> str:
    """Phrase what the bundle brings and costs."""
    arm = "from launch, no invites"
    return (
        f"Inside ChatGPT from the first day, with no invites, Sora would have changed its new "
        f"users to {END} by {found.number}, with no marketing. Its daily users in March change by "
        f"{found.ratio(arm, USERS)} and its compute bill by {found.change(arm, COMPUTE)}. From "
        f"January on only, new users change by {found.ratio('from January', STARTED)}. What "
        f"is left after compute is {found.value(arm, CONTRIBUTION).point} against "
        f"{found.value(REFERENCE, CONTRIBUTION).point}. Veo's new users change by "
        f"{found.ratio(arm, VEO)} with the bundle from launch on, its daily users in March by "
        f"{found.ratio(arm, VEO_USERS)}."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
