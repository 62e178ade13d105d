"""Which platforms bear on which: what a run may leave out, and keep every bit of what is measured.

Platforms share the people, their friends and their days; a platform draws its own luck and reads
its own state. So one is felt by another only through what is declared to couple them: a value of
the market or of a platform (``couples`` in `par`), an intervention, which may act on the whole
market, or a strategy, which may look at rivals. What is measured may look across too: a metric
that does not say otherwise is taken to (``across`` in `Metric`).
"""

from __future__ import annotations

from collections.abc import Iterable

from sim.config import Config, declared
from sim.metrics import metric_of
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario


def is_coupled(scenario: Scenario) -> bool:
    """Say whether anything in a scenario lets its platforms bear on each other."""
    changed = {name for event in scenario.events for name in (*event.set, *event.multiply)}
    return (
        any(_couples(config) for config in (scenario.market, *scenario.platforms.values()))
        or any(event.do for event in scenario.events)
        or any(platform.strategies for platform in scenario.platforms.values())
        or any(declared(PlatformConfig, name).get("couples") for name in changed)
    )


def _couples(config: Config) -> bool:
    """Say whether a value that couples platforms is not at its default."""
    return any(
        declared(type(config), name).get("couples") and getattr(config, name) != field.default
        for name, field in type(config).model_fields.items()
    )


def bearing_on(scenario: Scenario, measured: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the platforms of a scenario that what is measured may hang on.

    Parameters
    ----------
    measured
        Pairs of metric and platform; one that the scenario does not have hangs on nothing.
    """
    there = [(name, platform) for name, platform in measured if platform in scenario.platforms]
    if is_coupled(scenario) or any(metric_of(name).across for name, _ in there):
        return frozenset(scenario.platforms)
    return frozenset(platform for _, platform in there)


def alone(scenario: Scenario, measured: Iterable[tuple[str, str]]) -> Scenario:
    """Return the scenario without platforms that nothing measured hangs on.

    It is whole where nothing measured is of its platforms, since a market needs one.
    """
    needed = bearing_on(scenario, measured) or frozenset(scenario.platforms)
    for name in scenario.platforms:
        if name not in needed:
            scenario = scenario.without_platform(name)
    return scenario
