"""The tables of the forces, described once: a terminal draws them, a page has them in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scenarios.asking.bands import INSIDE, Band, quoted, verdict
from scenarios.asking.contest import (
    ALL_OFF,
    ALL_ON,
    ALONE,
    AWAY,
    BY_CAUSE,
    SHOWN,
    STARTED,
    Contest,
    Held,
)
from scenarios.asking.twins import TWINS, Twin
from scenarios.command.tables import Cell, Heading, Sheet, markdown
from scenarios.inputs.forces import FORCES, Force
from sim.config import Config
from sim.numbers import NONE, parameter
from sim.scenario import Scenario

#: Behind a change of which the band holds 0.
_OPEN = " ?"
_NOTHING = Cell(NONE)
#: More numbers than these are not named as those that a force moves furthest.
_MOST_NAMED = 2
_NONE = "nothing that chance would tell"
_EFFECTS = {"sora": "Google's effect on Sora", "google": "Sora's effect on Google"}
_HOW_TO_READ = (
    "The median of the change at the same luck; below it, in brackets, the band that holds "
    f"{INSIDE:.0%} of replicates.{_OPEN}: the band holds 0, so chance does not tell. A bare 0 % is "
    "0 in every replicate. Bold: what moves a number furthest, or what chance does not part from "
    "it. Multiplied: what all would come to if none minded the others. The effect of one app on "
    "the new users of the other is that of the world in the row."
)


def cell(band: Band, is_bold: bool = False) -> Cell:
    """Return a band as a cell, its ends behind it; a change that chance does not tell is marked."""
    text, bracket, ends = str(band).partition(" (")
    unsure = bracket and band.signed and not verdict(band, "more", "less", "")
    return Cell(f"{text}{_OPEN if unsure else ''}", f"({ends}" if bracket else "", None, is_bold)


def overview(found: Contest) -> Sheet:
    """Return the world with every force beside the one with none, and which forces matter most."""
    rows = []
    for text, measure in SHOWN:
        worlds = (Cell(found.value(world, measure).point) for world in (ALL_OFF, ALL_ON))
        forces = found.moved_by(AWAY, measure)
        said = _NONE
        if forces:
            said = f"{quoted(forces)}: {found.change(AWAY[forces[0]], measure).point}"
        change = cell(found.change(Held(ALL_ON, ALL_OFF), measure))
        rows.append([Cell(text), *worlds, change, Cell(said)])
    for name, effect in _EFFECTS.items():
        both = (cell(found.pressure(world, name)) for world in (ALL_OFF, ALL_ON))
        rows.append([Cell(effect), *both, _NOTHING, _NOTHING])
    columns = [
        Heading("Sora", is_number=False),
        *(Heading(text, is_folded=True) for text in (ALL_OFF, ALL_ON, "change")),
        Heading("taking away moves it furthest", is_number=False, is_folded=True),
    ]  # fmt: skip
    first, last = STARTED["sora"].since, STARTED["sora"].date
    note = (
        "Medians of replicates, and their change at the same luck with the band that holds "
        f"{INSIDE:.0%} of them ({_OPEN.strip()}: it holds 0). The effect of one app on the other "
        f"is on its new users, {first} to {last}: the world with both against the same world "
        "without the other app."
    )
    return Sheet("Every force, and none", columns, rows, note)


def each_alone(found: Contest) -> Sheet:
    """Return what each force does where there is no other."""
    note = f"Against the world without any force. {_HOW_TO_READ}"
    return _each(found, "Each force alone", ALONE, Held(ALL_ON, ALL_OFF), note)


def each_taken_away(found: Contest) -> Sheet:
    """Return what happens where one force is missing."""
    note = f"Against the world with every force. {_HOW_TO_READ}"
    return _each(found, "Each force taken away", AWAY, Held(ALL_OFF, ALL_ON), note)


def _each(found: Contest, title: str, changes: Mapping[str, Held], whole: Held, note: str) -> Sheet:
    """Return a row for each force, then all of them multiplied, and all of them together."""
    most = {measure: found.moved_by(changes, measure) for _, measure in SHOWN}
    rows = [
        [
            Cell(force),
            *(cell(found.change(held, m), force in most[m]) for _, m in SHOWN),
            *(cell(found.pressure(held.world, name)) for name in _EFFECTS),
        ]
        for force, held in {**changes, "all together": whole}.items()
    ]
    products = (cell(found.product(changes, measure)) for _, measure in SHOWN)
    rows.insert(-1, [Cell("all multiplied"), *products, *(_NOTHING for _ in _EFFECTS)])
    columns = [
        Heading("force", is_number=False),
        *(Heading(text, is_folded=True) for text in (*(s.text for s in SHOWN), *_EFFECTS.values())),
    ]
    return Sheet(title, columns, rows, note)


def by_cause(found: Contest) -> Sheet:
    """Return what led to Sora's new users, with every force and with none."""
    worlds = (ALL_ON, ALL_OFF)
    rows = [
        [Cell(cause), *(cell(found.cause(world, cause)) for world in worlds)]
        for cause in BY_CAUSE
        if any(found.found[world][BY_CAUSE[cause]].any() for world in worlds)
    ]
    columns = [Heading("cause", is_number=False), Heading(ALL_ON), Heading(ALL_OFF)]
    note = (
        "Part of all who start, by the exposure that led to it; a friend's invite counts as invite."
    )
    return Sheet("What brings Sora's new users", columns, rows, note)


def what_they_are(found: Contest, scenario: Scenario) -> Sheet:
    """Return each force in a line: what it moves most, what it sets, and by which source."""
    rows = [
        [Cell(name), Cell(force.text), *(_most(found, one[name]) for one in (ALONE, AWAY)),
         Cell("; ".join(settings(scenario, force)))]
        for name, force in FORCES.items()
    ]  # fmt: skip
    columns = [
        Heading("force", is_number=False), Heading("what it is", is_number=False, is_folded=True),
        Heading("alone, it moves most", is_number=False, is_folded=True),
        Heading("taken away, most", is_number=False, is_folded=True),
        Heading("fields in the baseline (assumption or fact)", is_number=False, is_folded=True),
    ]  # fmt: skip
    note = (
        "Alone: against the world without any force. Taken away: against the world with every "
        "force. A force is off where its fields have their defaults, and its event does not come."
    )
    return Sheet("What each force is", columns, rows, note)


def _most(found: Contest, held: Held) -> Cell:
    """Return the number of Sora that a change moves furthest."""
    texts = found.moves(held)
    measure = next((one.measure for one in SHOWN if one.text in texts[:1]), None)
    if measure is None:
        return Cell(_NONE)
    change = found.change(held, measure)
    if len(texts) > _MOST_NAMED:
        return Cell(f"several alike, by up to {change.size.point}")
    return Cell(f"{quoted(texts)}: {change.point}")


def settings(scenario: Scenario, force: Force) -> list[str]:
    """Return what a force sets in a scenario: paths, value, source."""
    given: dict[tuple[str, str], list[str]] = {}
    for path, value, source in _fields(scenario, force):
        known = scenario.sources.get(path) or source
        given.setdefault((_written(value), known), []).append(f"`{path}`")
    return [
        f"{', '.join(paths)} = {value}{f' ({source})' if source else ''}"
        for (value, source), paths in given.items()
    ]


def _fields(scenario: Scenario, force: Force) -> Iterator[tuple[str, Any, str]]:
    """Yield (path, value, source if the path has none) of all that is not at its default."""
    owners: list[tuple[str, Config, tuple[str, ...]]] = [
        ("market", scenario.market, force.market),
        *((name, one, force.platform) for name, one in scenario.platforms.items()),
    ]
    for owner, config, names in owners:
        for name in names:
            value = getattr(config, name)
            if isinstance(value, dict):
                yield from ((f"{owner}.{name}.{key}", one, "") for key, one in value.items())
            elif value != type(config).model_fields[name].default:
                yield f"{owner}.{name}", value, ""
    for event in scenario.events:
        if event.id in force.events:
            source = scenario.sources.get(f"event:{event.id}", "")
            yield from ((f"event:{event.id}.set.{k}", v, source) for k, v in event.set.items())


def _written(value: Any) -> str:
    return ", ".join(map(parameter, value)) if isinstance(value, tuple) else parameter(value)


def on_twins(found: Sequence[Twin], graph: str, n_users: int, replicates: int) -> Sheet:
    """Return each question's number on the graph of the baseline and on others.

    Parameters
    ----------
    graph
        Of the baseline.
    n_users, replicates
        Of these runs, which are smaller than the others.
    """
    rows = []
    for one in found:
        row = [Cell(str(one.place)), Cell(one.number.text), cell(one.own._replace(signed=False))]
        for twin in TWINS:
            row += [cell(one.other[twin]._replace(signed=False)), cell(one.change[twin])]
        rows.append(row)
    told = ", ".join(
        f"{_moved(found, twin)} with {twin} (`{other}`)" for twin, other in TWINS.items()
    )
    columns = [
        Heading("#"), Heading("number of the answer", is_number=False, is_folded=True),
        Heading("friend graph", is_folded=True),
        *(Heading(text, is_folded=True) for twin in TWINS for text in (twin, "change")),
    ]  # fmt: skip
    note = (
        f"Of {len(found)} numbers so many move beyond chance: {told}. They are those of "
        f"docs/ANSWERS.md by their place there, in {replicates} replicates of {n_users:,} users at "
        f"the same luck, no assumption moved: median and band of {INSIDE:.0%} of replicates on the "
        f"friend graph of the baseline (`{graph}`) and on others, and the change against the first "
        f"({_OPEN.strip()}: its band holds 0). Questions about the graph itself, and about all "
        "answers together, have no twin. Without friends nobody knows anybody: a clip sent to "
        "friends reaches nobody, an invite kept for friends finds no taker, no friend is there, "
        "has left or is elsewhere, so the forces of friends do nothing. What spreads, spreads over "
        "press, the outside feed, public invites and the chart, which are not made stronger to "
        "make up for it. Random friends are as many on average, with neither hubs nor circles of "
        "friends: their column tells how much of it is who knows whom."
    )
    return Sheet("What the friend graph does", columns, rows, note)


def _moved(found: Sequence[Twin], twin: str) -> int:
    """Count the numbers whose change chance tells."""
    return sum(bool(verdict(one.change[twin], "more", "less", "")) for one in found)


def page(sheets: Sequence[Sheet], about: str) -> str:
    """Return the whole page.

    Parameters
    ----------
    about
        By which command, of what size, with which version of the model.
    """
    return "\n".join([f"# Forces\n\n{about}\n", *map(markdown, sheets)])
