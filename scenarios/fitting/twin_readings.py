"""From a scenario to what it gives for each target: the one number a fit asks for, many times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from agents.meanfield.representatives import N_POINTS
from agents.meanfield.twin import Twin
from scenarios.inputs.targets import Target, targets
from sim.scenario import Scenario


@cache
def _shipped() -> tuple[Target, ...]:
    return targets()


def twin_readings(
    scenario: Scenario, of: Sequence[Target] | None = None, points: int = N_POINTS
) -> dict[str, float]:
    """Return what the mean-field twin of a scenario gives for each target, by name.

    The same numbers every time, without chance; only days up to the last target are lived. Making
    another scenario (`Scenario.set`) takes a twentieth of that.

    Parameters
    ----------
    of
        Targets, those of the shipped facts if not given; one of a platform that the scenario does
        not have, or of days beyond its end, is left out.
    points
        Representative people: more of them take more time, and err less.
    """
    within = [
        one
        for one in (_shipped() if of is None else of)
        if one.platform in scenario.platforms
        and one.last <= scenario.market.until
        and scenario.market.start <= one.first
    ]
    if not within:
        return {}
    results = Twin(scenario, points).run(max(one.last for one in within))
    return {one.name: one.simulated(results) for one in within}
