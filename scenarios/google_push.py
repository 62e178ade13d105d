"""What are Google's own surfaces worth: each switched on, off, earlier or later?

Differs from the baseline in where, and from when, Veo 3 is offered: Gemini, YouTube Shorts,
Android, Search. No arm spends on paid media.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np

from scenarios import baseline
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
from sim.scenario import Scenario

NAME = "google_push"
EVIDENCE = ("GOO008", "GOO009", "GOO012", "GOO017", "YTB003", "SEED010")
ASSUMPTIONS = ("A9", "A41", "A44", "A61", "A62")

STARTED = Measure("activations", "google", "2025-05-20", END)
USERS = Measure("daily_active", "google", "2026-03-01", END)
PRESENT = Measure("active", "google", END, END)
BOTH = Measure("multi_homers", "google", "2026-03-01", END)
SORA = Measure("activations", "sora", LAUNCH, END)
MEASURES = (STARTED, USERS, PRESENT, BOTH, SORA)
#: Day on which Shorts began to offer Veo (GOO008).
ON_SHORTS = dt.date(2025, 9, 16)
OFF = "no own surface"
SOONER, LATER = "Shorts three months earlier", "Shorts three months later"


def _on(surface: str, reach: float) -> Event:
    """Return the event that offers Veo on one more surface, on the day of Shorts."""
    values = {"reach_per_day": {surface: reach}}
    return Event(id=f"on_{surface}", date=ON_SHORTS, platform="google", set=values)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return each surface on, off, earlier and later."""
    given = inputs or load_inputs()
    base = baseline.scenario(given)
    android = _on("android_os", given.value("A61"))
    search = _on("search", given.value("A62"))
    no_gemini = base.set("google.reach_per_day.gemini_app", 0.0)
    return {
        OFF: no_gemini.without("shorts"),
        "Gemini app off": no_gemini,
        "Shorts off": base.without("shorts"),
        SOONER: base.moved("shorts", "2025-06-16"),
        LATER: base.moved("shorts", "2025-12-16"),
        "Android on": base.with_event(android),
        "Search on": base.with_event(search),
        "all four on": base.with_event(android, search),
    }


def scenario() -> Scenario:
    """Return Veo 3 on all four surfaces."""
    return variants()["all four on"].renamed(NAME)


build = builder(scenario)


def _owned_part(get: Asked) -> Values:
    return 1.0 - get(OFF, STARTED) / get(REFERENCE, STARTED)


NUMBER = Number("part of Veo's new users owed to Google's own surfaces", "share", _owned_part)


def both_part(get: Asked) -> Values:
    """Return the part of those won by Shorts (earlier against later) who also use Sora."""
    won = get(SOONER, PRESENT) - get(LATER, PRESENT)
    return (get(SOONER, BOTH) - get(LATER, BOTH)) / np.where(won > 0.0, won, np.nan)


BOTH_PART = Number("of those whom earlier Shorts win, also on Sora", "share", both_part)


def answer(found: Findings) -> str:
    """Phrase what the surfaces bring, and whether to the rival's cost."""
    sora = found.ratio("all four on", SORA)
    return (
        f"Of Veo 3's new users to {END}, {found.number} are owed to Gemini and Shorts. All four "
        f"surfaces would change them by {found.ratio('all four on', STARTED)}, without a dollar of "
        f"paid media. Shorts in June instead of December changes starts by "
        f"{found.change(SOONER, STARTED, LATER)}; of those it wins and keeps "
        f"{found.work(BOTH_PART)} are also on Sora. Sora's own new users change by {sora} under "
        f"all four, where a second free app is {found.inputs.value('A9'):g} log odds harder to "
        f"install than a first (A9)."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
