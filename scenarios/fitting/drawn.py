"""Scenarios at draws of a posterior: what is asked, asked of markets that agree with the record.

A draw sets what a scenario still holds as the baseline does. What a scenario changes on purpose
(another quota, nobody minding a limit) stays changed at every draw.
"""

from __future__ import annotations

from typing import Any

from scenarios.fitting.posterior import Posterior
from scenarios.fitting.rivals import structured
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.errors import ClipmarketError
from sim.experiments.paths import current, varied
from sim.experiments.work.sources import HasScenario, Source, source
from sim.scenario import Scenario

_OF_SCENARIOS = "scenario."


def at_draw(scenario: Scenario, posterior: Posterior, draw: int, inputs: Inputs) -> Scenario:
    """Return a scenario with the values, and in the structure, of one draw.

    Parameters
    ----------
    inputs
        With the central values, as the scenario was made with.
    """
    point: dict[str, Any] = {}
    drawn = posterior.inputs(inputs, draw)
    for name in posterior.names:
        central = inputs.value(name)
        for path in inputs.assumptions[name].paths:
            if not path.startswith(_OF_SCENARIOS) and _holds(scenario, path, central):
                point[path] = drawn.value(name)
    return structured(varied(scenario, point), posterior.structures[draw])


def joint(
    given: Scenario | HasScenario | Source,
    posterior: Posterior,
    n: int,
    inputs: Inputs | None = None,
) -> Source:
    """Return a scenario whose replicates are draws: replicate r has draw r and seed r.

    Two scenarios of the same n and seed have the same draws, so that they are compared in pairs of
    the same market and the same luck.

    Parameters
    ----------
    n
        Replicates that will be asked for; draws come up in proportion to their weights.
    """
    start, known = source(given), inputs or load_inputs()
    draws = posterior.drawn(n, start.scenario.market.seed)
    worlds = {int(d): at_draw(start.scenario, posterior, int(d), known) for d in set(draws)}
    return Source(start.scenario, start.setup, tuple(worlds[int(d)] for d in draws))


def _holds(scenario: Scenario, path: str, central: Any) -> bool:
    """Whether a scenario has, at a path, what the baseline has; not if it has no such path."""
    try:
        return bool(current(scenario, path) == central)
    except ClipmarketError:
        return False
