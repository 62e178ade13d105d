"""Facts that can be drawn on the charts of a run, each by its id."""

from __future__ import annotations

from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.fact_point import FactPoint
from sim.scenario import Scenario

#: Fact id to (platform, metric, whether the number is a total over its dates).
_DRAWN: dict[str, tuple[str, str, bool]] = {
    "SOR003": ("sora", "installs", False),
    "SOR010": ("sora", "installs", True),
    "SOR015": ("sora", "installs", True),
    "SOR016": ("sora", "installs", True),
    "SOR021": ("sora", "installs", False),
    "SOR023": ("sora", "installs", True),
    "SOR024": ("sora", "installs", True),
    "SOR025": ("sora", "installs", True),
    "SOR040": ("sora", "daily_active", False),
    "SOR041": ("sora", "daily_active", False),
    "SOR042": ("sora", "daily_active", False),
    "SOR089": ("sora", "clips", False),
    "SOR072": ("sora", "unit_cost_usd", False),
    "GOO003": ("google", "clips", True),
    "GOO004": ("google", "clips", True),
    "GOO007": ("google", "clips", True),
}
_POOL_SHARE = "A45"


def fact_points(scenario: Scenario, inputs: Inputs | None = None) -> list[FactPoint]:
    """Return the facts to draw; totals become means per day, Google's clips the pool's share."""
    inputs = inputs or load_inputs()
    points = []
    for fact_id, (platform, metric, is_total) in _DRAWN.items():
        fact = inputs.facts[fact_id]
        if platform not in scenario.platforms or not isinstance(fact.value, float):
            continue
        end = fact.date_end or fact.date_start
        days = (end - fact.date_start).days + 1
        scale = 1.0 / days if is_total else 1.0
        label = fact_id
        if platform == "google":
            scale *= float(inputs.value(_POOL_SHARE))
            label += f" x {_POOL_SHARE}"
        low = fact.value if fact.low is None else fact.low
        high = fact.value if fact.high is None else fact.high
        points.append(
            FactPoint(
                metric,
                platform,
                fact.date_start,
                end,
                fact.value * scale,
                low * scale,
                high * scale,
                label,
            )
        )
    return points
