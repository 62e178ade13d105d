"""Rival structures of the model: the baseline, the baseline without one of its forces, no network.

Each is fitted by itself, so that what a force is worth is asked of markets that all fit as well as
they can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from scenarios.inputs.forces import FORCES, without_forces
from scenarios.structures import MARKET, TWIN
from sim.checks import chosen
from sim.scenario import Scenario

_WITHOUT = "no_"


def _same(scenario: Scenario) -> Scenario:
    return scenario


def _no_network(scenario: Scenario) -> Scenario:
    """Return a scenario in which nobody has friends."""
    return scenario.with_market(graph="well_mixed")


def _without(force: str, scenario: Scenario) -> Scenario:
    return without_forces(scenario, [force])


#: By name: what a structure makes of a scenario.
RIVALS: Mapping[str, Callable[[Scenario], Scenario]] = MappingProxyType({
    MARKET: _same,
    "no_network": _no_network,
    "no_forces": without_forces,
    **{_WITHOUT + force: partial(_without, force) for force in FORCES},
})  # fmt: skip

#: All that can be fitted: markets, and the market in expectation (`scenarios.structures.TWIN`).
FITTED = (*RIVALS, TWIN)


def structured(scenario: Scenario, name: str) -> Scenario:
    """Return a scenario in a structure of the market.

    Raises
    ------
    UnknownNameError
        If there is no such structure.
    """
    return RIVALS[chosen("structure", name, RIVALS)](scenario)
