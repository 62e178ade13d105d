"""What each force of the contest does: alone, taken away, and to what one app does to the other.

All worlds are run at the same luck, so that replicate r of two of them differs by the force alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from scenarios.asking.bands import Band, verdict
from scenarios.asking.lab import Lab
from scenarios.asking.question import END, LAUNCH, Measure, Values
from scenarios.inputs.forces import FORCES, with_forces, without_forces
from sim.cohorts import still_there
from sim.counts import LEADING
from sim.results import Results
from sim.scenario import Scenario

#: First day on which somebody may start, and the last day of the baseline.
FIRST, LAST = "2025-05-20", "2026-04-30"
#: The worlds with every force, and with none.
ALL_ON, ALL_OFF = "all on", "all off"
#: Age at which retention is measured, in days.
AGE = 30

ByMeasure: TypeAlias = Mapping[Measure, Values]


@dataclass(frozen=True)
class Retention(Measure):
    """Part of those who start in a period that is active at the age of `AGE`, by weeks of starts.

    It needs the cohorts of a run, which no store keeps.
    """

    @property
    def unit(self) -> str:
        """A part."""
        return "share"

    def of_one(self, results: Results) -> float:
        """Return the mean over weeks, weighted by starts; NaN if nobody starts."""
        cohorts = results.cohorts((AGE,))
        return still_there(cohorts, self.platform, AGE, self.since, self.date)


class Shown(NamedTuple):
    """One of the numbers that forces move: how it is called, and what is measured."""

    text: str
    measure: Measure


RETAINED = Retention("activations", "sora", LAUNCH, END)
#: The numbers that forces move, in the order of tables.
SHOWN = (
    Shown("installs to 31 Oct", Measure("installs", "sora", LAUNCH, "2025-10-31")),
    Shown("installs, Nov", Measure("installs", "sora", "2025-11-01", "2025-11-30")),
    Shown("installs, Dec", Measure("installs", "sora", "2025-12-01", "2025-12-31")),
    Shown("installs, Jan to Apr", Measure("installs", "sora", "2026-01-01", LAST)),
    Shown("daily users, Nov", Measure("daily_active", "sora", "2025-11-01", "2025-11-30")),
    Shown("daily users, Mar", Measure("daily_active", "sora", "2026-03-01", END)),
    Shown("clips, Oct to Apr", Measure("clips", "sora", "2025-10-01", LAST)),
    Shown("packs sold, Dec", Measure("packs_usd", "sora", "2025-12-01", "2025-12-31")),
    Shown(f"active on day {AGE}", RETAINED),
)  # fmt: skip
#: New users of each app; what the other one does to them is measured by taking it away.
STARTED = {name: Measure("activations", name, FIRST, LAST) for name in ("sora", "google")}
#: New users of Sora by what led to it, and all of them.
BY_CAUSE = {cause: Measure(f"activations_{cause}", "sora", FIRST, LAST) for cause in LEADING}


class Held(NamedTuple):
    """A world, and the one that it is held against."""

    world: str
    against: str


#: Force to a world, and the world that it is held against: each alone, and each taken away.
ALONE = {force: Held(f"{force} alone", ALL_OFF) for force in FORCES}
AWAY = {force: Held(f"without {force}", ALL_ON) for force in FORCES}


def worlds(scenario: Scenario) -> dict[str, Scenario]:
    """Return the scenario itself, without any force, with each alone, and without each."""
    return {
        ALL_ON: scenario,
        ALL_OFF: without_forces(scenario),
        **{held.world: with_forces(scenario, [force]) for force, held in ALONE.items()},
        **{held.world: without_forces(scenario, [force]) for force, held in AWAY.items()},
    }


@dataclass(frozen=True)
class Contest:
    """Replicates of all worlds, at the same luck.

    Parameters
    ----------
    found
        World to measure to (replicates,) values.
    by_itself
        Platform to world to the same, of the market in which it is the only one.
    """

    found: Mapping[str, ByMeasure]
    by_itself: Mapping[str, Mapping[str, ByMeasure]]

    def value(self, world: str, measure: Measure) -> Band:
        """Return a measure of a world."""
        return Band.of(self.found[world][measure], measure.unit)

    def change(self, held: Held, measure: Measure) -> Band:
        """Return by which part a world differs from the one that it is held against."""
        return _part(self._times(held, measure))

    def product(self, changes: Mapping[str, Held], measure: Measure) -> Band:
        """Return what all changes would come to if none minded the others."""
        return _part(np.prod([self._times(held, measure) for held in changes.values()], axis=0))

    def pressure(self, world: str, platform: str) -> Band:
        """Return by which part the other app changes the new users of a platform."""
        measure = STARTED[platform]
        return _part(_ratio(self.found[world][measure], self.by_itself[platform][world][measure]))

    def cause(self, world: str, cause: str) -> Band:
        """Return the part of Sora's new users that a cause led to."""
        of_all = self.found[world][STARTED["sora"]]
        return Band.of(_ratio(self.found[world][BY_CAUSE[cause]], of_all), "share")

    def moved_by(self, changes: Mapping[str, Held], measure: Measure) -> tuple[str, ...]:
        """Return the changes that move a measure furthest (`_furthest`)."""
        return _furthest({name: self._times(held, measure) for name, held in changes.items()})

    def moves(self, held: Held) -> tuple[str, ...]:
        """Return the numbers that a change moves furthest (`_furthest`)."""
        return _furthest({text: self._times(held, measure) for text, measure in SHOWN})

    def _times(self, held: Held, measure: Measure) -> Values:
        return _ratio(self.found[held.world][measure], self.found[held.against][measure])


def _ratio(above: Values, below: Values) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(above / below, float)


def _part(times: Values) -> Band:
    """Return how far so many times is from once."""
    return Band.of(times - 1.0, "share", signed=True)


def _furthest(times: Mapping[str, Values]) -> tuple[str, ...]:
    """Return what is farthest from once: the first by its median, and its equals.

    Equals are those from which chance does not part the first; there is none at all if it cannot be
    told that the first is not once.
    """
    sizes = {name: np.abs(values - 1.0) for name, values in times.items()}
    first = max(sizes, key=lambda name: float(np.nan_to_num(np.median(sizes[name]))))
    if not verdict(_part(times[first]), "more", "less", ""):
        return ()
    equals = [
        name
        for name, size in sizes.items()
        if name != first and not verdict(Band.of(sizes[first] - size), "more", "", "")
    ]
    return (first, *equals)


def contest(lab: Lab, scenario: Scenario) -> Contest:
    """Run a scenario with and without each of its forces, and each app without the other.

    What is measured of cohorts is run apart, each time: no store keeps them.
    """
    arms, replicates = worlds(scenario), lab.size.replicates
    rivals = {name: [other for other in STARTED if other != name] for name in STARTED}
    every = {
        (name, world): _only(arm, rivals.get(name, []))
        for name in ("", *STARTED)
        for world, arm in arms.items()
    }
    stored = (*(one.measure for one in SHOWN if one.measure != RETAINED), *STARTED.values(),
              *BY_CAUSE.values())  # fmt: skip
    lab.tell(f"forces: {len(every)} worlds, {replicates} replicates each")
    numbers = dict(zip(every, lab.numbers([*every.values()], stored, replicates), strict=True))
    lab.tell(f"forces: who stays, in {len(arms)} worlds")
    unstored = Lab(lab.size, lab.executor, lab.tell)
    kept = unstored.numbers([*arms.values()], (RETAINED,), replicates)
    return Contest(
        {world: {**numbers["", world], **one} for world, one in zip(arms, kept, strict=True)},
        {name: {world: numbers[name, world] for world in arms} for name in STARTED},
    )


def _only(scenario: Scenario, rivals: list[str]) -> Scenario:
    """Return a market without some of its platforms."""
    for rival in rivals:
        scenario = scenario.without_platform(rival)
    return scenario
