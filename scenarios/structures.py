"""Ways to run a scenario, by name: as a market of agents on a graph, or as its mean-field twin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.checks import chosen

if TYPE_CHECKING:
    from sim.execution import Execution
    from sim.results import Results
    from sim.scenario import Scenario

#: What is called after some days with (days done, days in all).
_Progress = Callable[[int, int], None]
MARKET, TWIN = "market", "twin"


def _market(scenario: Scenario, execution: Execution, progress: _Progress | None) -> Results:
    from sim.market import Market

    return Market(scenario, execution=execution).run(progress=progress)


def _twin(scenario: Scenario, execution: Execution, progress: _Progress | None) -> Results:
    from agents.meanfield.twin import Twin

    return Twin(scenario, execution=execution).run(progress=progress)


STRUCTURES = {MARKET: _market, TWIN: _twin}


def simulated(
    scenario: Scenario,
    structure: str,
    execution: Execution,
    progress: _Progress | None = None,
) -> Results:
    """Run a scenario by a structure of this name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    return STRUCTURES[chosen("structure", structure, STRUCTURES)](scenario, execution, progress)


def how_run(results: Results) -> str:
    """Say in a sentence how results came about: of how many agents, or of whom in expectation."""
    config, each = results.scenario.market, f"{results.weight:,.6g} people"
    if results.manifest.get("structure") == TWIN:
        return (
            f"In expectation, without a friend graph and without chance: "
            f"{results.manifest['points']} representative people stand for all."
        )
    return f"One run of {config.n_users:,} users, each standing for {each}; one run has no band."
