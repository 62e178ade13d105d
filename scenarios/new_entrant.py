"""What does a third platform with a large social app behind it change?

Differs from the baseline in Meta's Vibes, which is data alone (scenarios/data/entrant.toml): its
button in apps that most people have, at once or a quarter later, and once more with and without it
where a second app is as great a burden as A9 allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scenarios import baseline
from scenarios.asking.bands import verdict
from scenarios.asking.findings import Findings
from scenarios.asking.question import END, LAUNCH, REFERENCE, Measure, Number, builder, main_arm
from scenarios.inputs.assumptions import DATA, Inputs, load_inputs
from sim.report.page import Exhibit
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab

NAME = "new_entrant"
EVIDENCE = ("CMP001", "CMP002", "CMP003", "CMP004", "CMP005")
ASSUMPTIONS = ("A8", "A9", "A45", "A99", "A100", "E1", "E2", "E3", "E13", "E18")

SORA = Measure("activations", "sora", LAUNCH, END)
SORA_USERS = Measure("daily_active", "sora", "2026-03-01", END)
GOOGLE = Measure("activations", "google", LAUNCH, END)
GOOGLE_USERS = Measure("daily_active", "google", "2026-03-01", END)
MEASURES = (SORA, SORA_USERS, GOOGLE, GOOGLE_USERS)
ENTERS, RIVAL = "Vibes enters", "Vibes enters, second app a burden"
WITHOUT = "no Vibes, second app a burden"
CHI = "market.rival_penalty"


def inputs() -> Inputs:
    """Return the shipped data with the entrant's."""
    return load_inputs().extended(DATA / "entrant.toml")


def reference(given: Inputs) -> Scenario:
    """Return the same people, with the social app in hand, and no entrant."""
    return baseline.scenario(given).without_platform("vibes")


def variants(given: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the entrant as rivals are in the baseline, and with a second app as a burden."""
    chosen = given or inputs()
    entered, alone = baseline.scenario(chosen), reference(chosen)
    burden = chosen.assumptions["A9"].high
    return {
        ENTERS: entered,
        "Vibes a quarter later": entered.set("vibes.launch", "2025-12-25").moved(
            "vibes_launch", "2025-12-25"
        ),
        RIVAL: entered.set(CHI, burden),
        WITHOUT: alone.set(CHI, burden),
    }


def scenario() -> Scenario:
    """Return the market of three."""
    return main_arm(variants(), NAME)


build = builder(scenario)

NUMBER = Number(
    "change of Sora's daily users in March by the entrant", "share",
    lambda get: get(ENTERS, SORA_USERS) / get(REFERENCE, SORA_USERS) - 1.0,
    signed=True,
)  # fmt: skip
#: Of the entrant alone; the reference has none.
VIBES = Measure("activations", "vibes", LAUNCH, END)
VIBES_USERS = Measure("daily_active", "vibes", "2026-03-01", END)


def answer(found: Findings) -> str:
    """Phrase what the entrant wins, and from whom."""
    number = found.number
    takes = verdict(
        number, "It adds to Sora's daily users", "It takes some of Sora's daily users",
        "Whether it takes any of Sora's daily users, chance does not tell",
    )  # fmt: skip
    return (
        f"Vibes would have {found.value(ENTERS, VIBES_USERS)} daily users in March, against "
        f"{found.value(ENTERS, SORA_USERS).point} of Sora. {takes}: they change by {number}, "
        f"Sora's new users by {found.ratio(ENTERS, SORA)}, Veo's daily users by "
        f"{found.ratio(ENTERS, GOOGLE_USERS)} and its new users by {found.ratio(ENTERS, GOOGLE)}. "
        f"Where a second app is a greater burden (A9 at its upper end) Sora's daily users change "
        f"by {found.ratio(RIVAL, SORA_USERS, WITHOUT)}, its new users by "
        f"{found.ratio(RIVAL, SORA, WITHOUT)}. No public number tells how much one app displaces "
        f"another."
    )


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return who brings the entrant's users."""
    from scenarios.asking.attribution import by_cause

    return [by_cause(found, ENTERS)]


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
