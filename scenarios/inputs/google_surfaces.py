"""Google as it is: each surface, since when it carries Veo, who uses it, what is free, and whence.

Values are those of the baseline, each with the fact or the assumption that it rests on; what single
scenarios assume of surfaces that carry nothing in the baseline stands beside them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from scenarios.inputs.assumptions import Inputs
from scenarios.inputs.compose import compose
from sim.interventions import Event
from sim.numbers import amount, brief
from sim.scenario import Scenario

GOOGLE = "google"
COLUMNS = (
    "surface", "carries Veo since", "people who use it", "of the pool", "are told of it, each day",
    "free clips a day", "clips a day in a plan",
)  # fmt: skip


@dataclass(frozen=True)
class Surface:
    """A place where people are anyway.

    Parameters
    ----------
    key
        In ``market.surfaces``.
    name
        For people.
    counted
        Facts that count who uses it.
    asked
        Assumptions that say since when, and how loud, where a scenario asks; none if the baseline
        has it.
    note
        What the counts are of, if not of the surface alone.
    """

    key: str
    name: str
    counted: tuple[str, ...] = ()
    asked: tuple[str, str] | None = None
    note: str = ""


SURFACES = (
    Surface("gemini_app", "Gemini app", ("GOO010", "GOO011", "GOO012")),
    Surface(
        "google_ai_plan",
        "Google AI plan, with Flow",
        ("GOO021", "GOO022"),
        note=" (all of Google One, whose AI tier had “millions”)",
    ),
    Surface("youtube", "YouTube Shorts", ("YTB003",)),
    Surface("android_os", "Android", ("GOO009",), ("A121", "A61")),
    Surface("search", "Search", (), ("A121", "A62")),
)


def rows(inputs: Inputs) -> list[list[str]]:
    """Return the table, a surface in each row, cells as `COLUMNS`."""
    base = compose(inputs, "baseline")
    return [
        [surface.name, _since(base, inputs, surface), _users(inputs, surface),
         _pool(base, surface.key), _told(base, inputs, surface), _free(base, surface.key),
         _plans(base, surface.key)]
        for surface in SURFACES
    ]  # fmt: skip


def flow(inputs: Inputs) -> str:
    """Say what Flow is to the model, and why its own counts are no counts of Veo."""
    early, late, veo = (inputs.facts[one] for one in ("GOO005", "GOO006", "GOO007"))
    return (
        f"Flow is the tool of those who hold a plan (GOO001), which pays for its credits (GOO025): "
        f"the model has it as a part of the plan. Counts of Flow alone ("
        f"{brief(early.number)} clips to {early.date_end}, {early.id}; {brief(late.number)} to "
        f"{late.date_end}, {late.id}) do not fit that of Veo everywhere ({brief(veo.number)} to "
        f"{veo.date_end}, {veo.id}), since Flow offers several models; Veo's own counts are the "
        f"targets."
    )


def carried_since(base: Scenario, surface: str) -> tuple[dt.date, Event | None] | None:
    """Return the day from which a surface carries Veo, and the event that brings it; or None."""
    google = base.platforms[GOOGLE]
    if google.reach_per_day.get(surface, 0.0) > 0.0:
        return google.launch, None
    for event in sorted(base.events, key=lambda event: event.date):
        reach = event.set.get("reach_per_day", {}) if event.platform == GOOGLE else {}
        if reach.get(surface, 0.0) > 0.0:
            return event.date, event
    return None


def _since(base: Scenario, inputs: Inputs, surface: Surface) -> str:
    """Return the date, and where if not everywhere."""
    found = carried_since(base, surface.key)
    if found is None:
        return f"not; {_asked(inputs, surface, 0)} where asked"
    date, event = found
    if event is None:
        return f"{date} ({base.platforms[GOOGLE].facts[0]})"
    regions = event.set.get("reach_regions", {}).get(surface.key)
    where = f", in {' and '.join(regions)}".replace("_", " ") if regions else ""
    return f"{date}{where} ({', '.join(event.facts)})"


def _asked(inputs: Inputs, surface: Surface, which: int) -> str:
    one = surface.asked[which] if surface.asked else ""
    return f"{inputs.value(one)} ({one})" if one else "none"


def _users(inputs: Inputs, surface: Surface) -> str:
    """Return who was counted, and when."""
    found = [inputs.facts[one] for one in surface.counted]
    said = [
        f"{brief(one.number)} {one.unit} on {one.date_end or one.date_start} ({one.id})"
        for one in found
    ]
    return f"{'; '.join(said) or 'no count'}{surface.note}"


def _pool(base: Scenario, surface: str) -> str:
    """Return the part of the pool that uses it, over regions and systems."""
    market = base.market
    part = sum(
        region.share * share * market.surfaces[surface].get(os, 0.0)
        for region in market.regions.values()
        for os, share in region.os.items()
    )
    path = f"market.surfaces.{surface}"
    known = {one: source for one, source in base.sources.items() if one.startswith(path)}
    sources = known or {"": base.sources["market.surfaces"]}
    return f"{amount(part, 'share')} ({', '.join(dict.fromkeys(sources.values()))})"


def _told(base: Scenario, inputs: Inputs, surface: Surface) -> str:
    """Return the hazard of being told there."""
    found = carried_since(base, surface.key)
    if found is None:
        return f"none; {_asked(inputs, surface, 1)} where asked"
    event = found[1]
    if event is None:
        hazard, path = base.platforms[GOOGLE].reach_per_day[surface.key], GOOGLE
    else:
        hazard, path = event.set["reach_per_day"][surface.key], f"event:{event.id}.set"
    return f"{hazard:g} ({base.sources[f'{path}.reach_per_day.{surface.key}']})"


def _free(base: Scenario, surface: str) -> str:
    """Return the clips that are free there."""
    everywhere = base.platforms[GOOGLE].free_quota_per_day
    found = carried_since(base, surface)
    event = found[1] if found else None
    here = event.set.get("surface_quota_per_day", {}).get(surface, 0) if event else 0
    if event and here > everywhere:
        return f"{here} ({base.sources[f'event:{event.id}.set.surface_quota_per_day.{surface}']})"
    return f"{everywhere or 'none'} ({base.sources[f'{GOOGLE}.free_quota_per_day']})"


def _plans(base: Scenario, surface: str) -> str:
    """Return what plans give and cost; whoever comes by the plan's own surface holds it."""
    google, said = base.platforms[GOOGLE], []
    for tier, quota in (("subscription", "subscriber_quota"), ("high_plan", "high_plan_quota")):
        price = getattr(google, f"{tier}_usd_per_month")
        if price is not None:
            held = surface == google.plan_surface and tier == "subscription"
            cost = "held already" if held else f"at ${price:g} a month"
            source = base.sources[f"{GOOGLE}.{quota}_per_day"]
            said.append(f"{getattr(google, f'{quota}_per_day')} {cost} ({source})")
    return ", ".join(said) or "none"
