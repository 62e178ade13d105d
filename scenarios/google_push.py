"""What are Google's own surfaces worth to Veo, and what does Google's reach do to Sora?

Differs from the baseline in where, and from when, Veo 3 is offered: Gemini, the AI plan, YouTube
Shorts, Android, Search, each on, off, earlier or later; in Google being there at all; or in Sora
being there at all. No arm spends on paid media.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from scenarios import baseline
from scenarios.asking.bands import Band, verdict
from scenarios.asking.findings import Findings
from scenarios.asking.question import (
    END,
    LAUNCH,
    REFERENCE,
    Asked,
    Measure,
    Number,
    Values,
    builder,
)
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.interventions import Event
from sim.report.page import Exhibit
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab

NAME = "google_push"
EVIDENCE = (
    "GOO001", "GOO005", "GOO006", "GOO007", "GOO008", "GOO009", "GOO010", "GOO011", "GOO012",
    "GOO017", "GOO021", "GOO022", "GOO025", "GOO026", "YTB003", "SEED010",
)  # fmt: skip
ASSUMPTIONS = (
    "A3", "A9", "A41", "A44", "A61", "A62", "A77", "A79", "A94", "A99", "A100", "A121",
)  # fmt: skip

STARTED = Measure("activations", "google", "2025-05-20", END)
USERS = Measure("daily_active", "google", "2026-03-01", END)
PRESENT = Measure("active", "google", END, END)
BOTH = Measure("multi_homers", "google", "2026-03-01", END)
PAID_BEFORE = Measure("share_clips_paid", "google", "2025-05-20", "2025-09-15")
PAID = Measure("share_clips_paid", "google", "2025-09-16", END)
#: What Google's users come to since Sora is there.
SINCE_SORA = Measure("activations", "google", LAUNCH, END)
SORA = Measure("activations", "sora", LAUNCH, END)
SORA_USERS = Measure("daily_active", "sora", "2026-03-01", END)
SORA_CLIPS = Measure("clips", "sora", LAUNCH, END)
SORA_LEFT = Measure("contribution_usd", "sora", LAUNCH, END)
MEASURES = (
    STARTED, USERS, PRESENT, BOTH, PAID_BEFORE, PAID, SINCE_SORA, SORA, SORA_USERS, SORA_CLIPS,
    SORA_LEFT,
)  # fmt: skip
OFF = "no own surface"
SOONER, LATER = "Shorts three months earlier", "Shorts three months later"
ALL, NO_GOOGLE, NO_SORA = "every surface on", "no Google", "no Sora"
#: Surfaces on which Veo is offered anyway, by the arm without each.
OWN = {"Gemini app off": "gemini_app", "AI plan off": "google_ai_plan"}
#: Surfaces that carry nothing in the baseline, by the assumption of their reach.
ASKED = {"android_os": "A61", "search": "A62"}


def _on(surface: str, reach: float, date: dt.date) -> Event:
    """Return the event that offers Veo on one more surface."""
    values = {"reach_per_day": {surface: reach}}
    return Event(id=f"on_{surface}", date=date, platform="google", set=values)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return each surface on, off, earlier and later; then the market of one alone."""
    given = inputs or load_inputs()
    base, date = baseline.scenario(given), given.value("A121")
    android, search = (_on(surface, given.value(one), date) for surface, one in ASKED.items())
    off = {arm: base.set(f"google.reach_per_day.{one}", 0.0) for arm, one in OWN.items()}
    nothing = base.without("shorts")
    for surface in OWN.values():
        nothing = nothing.set(f"google.reach_per_day.{surface}", 0.0)
    return {
        OFF: nothing,
        **off,
        "Shorts off": base.without("shorts"),
        SOONER: base.moved("shorts", "2025-06-16"),
        LATER: base.moved("shorts", "2025-12-16"),
        "Android on": base.with_event(android),
        "Search on": base.with_event(search),
        ALL: base.with_event(android, search),
        NO_GOOGLE: base.without_platform("google"),
        NO_SORA: base.without_platform("sora"),
    }


def scenario() -> Scenario:
    """Return Veo 3 on every surface."""
    return variants()[ALL].renamed(NAME)


build = builder(scenario)


def _owned_part(get: Asked) -> Values:
    return 1.0 - get(OFF, STARTED) / get(REFERENCE, STARTED)


NUMBER = Number("part of Veo's new users owed to Google's own surfaces", "share", _owned_part)


def both_part(get: Asked) -> Values:
    """Return the part of those won by Shorts (earlier against later) who also use Sora."""
    won = get(SOONER, PRESENT) - get(LATER, PRESENT)
    return (get(SOONER, BOTH) - get(LATER, BOTH)) / np.where(won > 0.0, won, np.nan)


BOTH_PART = Number("of those whom earlier Shorts win, also on Sora", "share", both_part)


def _does(without: Band) -> str:
    """Say what a rival does to what changes without him."""
    return verdict(without, "takes some of", "adds to", "is not told from chance to move")


def answer(found: Findings) -> str:
    """Phrase what the surfaces bring, and what each platform does to the other."""
    sora, sora_users = (found.ratio(NO_GOOGLE, one) for one in (SORA, SORA_USERS))
    veo, veo_users = (found.ratio(NO_SORA, one) for one in (SINCE_SORA, USERS))
    return (
        f"Of Veo 3's new users to {END}, {found.number} are owed to Google's own surfaces (Gemini "
        f"app, AI plan, Shorts). Android and Search too would change them by "
        f"{found.ratio(ALL, STARTED)}, without a dollar of paid media. Shorts in June instead of "
        f"December changes starts by {found.change(SOONER, STARTED, LATER)}; of those it wins and "
        f"keeps {found.work(BOTH_PART)} are also on Sora. Google {_does(sora)} Sora's new users: "
        f"without it they change by {sora} to {END}. It {_does(sora_users)} Sora's daily users in "
        f"March: without it they change by {sora_users}, Sora's clips by "
        f"{found.ratio(NO_GOOGLE, SORA_CLIPS)} and what is left after compute by "
        f"{found.change(NO_GOOGLE, SORA_LEFT)}. Without its own surfaces alone, Sora's daily users "
        f"change by {found.ratio(OFF, SORA_USERS)}, with every surface on by "
        f"{found.ratio(ALL, SORA_USERS)}. Sora in turn {_does(veo)} Veo's new users: without it "
        f"they change by {veo} from {LAUNCH} on; and it {_does(veo_users)} Veo's daily users in "
        f"March: without it they change by {veo_users}."
    )


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return Google's surfaces with their sources, and what each platform does to the other."""
    from scenarios.asking.attribution import by_cause
    from scenarios.inputs.google_surfaces import COLUMNS, flow, rows
    from sim.report.page import Table

    felt = (SORA, SORA_USERS, SORA_CLIPS, SORA_LEFT, SINCE_SORA, USERS)

    def cell(arm: str, measure: Measure) -> str:
        if measure.platform not in found.scenarios[arm].platforms:
            return "–"
        in_money = measure.unit == "USD"
        change = found.change(arm, measure) if in_money else found.ratio(arm, measure)
        return str(change).replace(" (", "\n(", 1)

    return [
        Exhibit(
            "Google as it is",
            f"Where Veo is offered in the baseline, and the fact or the assumption behind each "
            f"number. {flow(found.inputs)} Of Veo's clips {found.value(REFERENCE, PAID_BEFORE)} "
            f"are made in plans before Shorts, {found.value(REFERENCE, PAID)} from then to {END}.",
            table=Table(COLUMNS, rows(found.inputs)),
        ),
        Exhibit(
            "What each does to the other",
            "Change against the baseline at the same luck.",
            table=Table(
                ["", *(m.text for m in felt)],
                [[arm, *(cell(arm, m) for m in felt)] for arm in found.variants],
            ),
        ),
        by_cause(found),
    ]


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
