"""The pages of the Python API: what notebooks and scenario files import, in the code's words."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

#: Page to its title and to modules with the names that are for everybody; none = `__all__`.
PAGES: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "market": ("Market, scenario, results", {
        "sim.market": ("Market",),
        "sim.scenario": ("Scenario",),
        "sim.interventions": ("Event", "Opening"),
        "sim.results": ("Results",),
        "sim.metrics": ("metric", "metric_of"),
        "sim.execution": ("Execution",),
        "sim.errors": ("ClipmarketError", "ConfigError", "DataError", "UnknownNameError"),
    }),
    "agents": ("Users and platforms", {
        "agents.people.user": ("User",),
        "agents.people.users": ("Users",),
        "agents.platforms.platform": ("Platform",),
        "agents.platforms.situation": ("Situation",),
    }),
    "graphs": ("Friend graphs", {
        "sim.graph": (
            "Graph", "build_graph", "parse_graph", "from_edges", "from_networkx", "family",
            "check_family",
        ),
    }),
    "experiments": ("Many runs", {"sim.experiments": ()}),
    "charts": ("Charts", {
        "sim.report.charts": ("plot_metric", "overview"),
        "sim.report.bands": ("arms", "over_time", "tornado"),
        "sim.report.network": ("neighborhood", "spread", "draw_cascades", "lorenz"),
    }),
    "scenarios": ("Scenarios and questions", {
        "scenarios": ("load", "scenario_of"),
        "scenarios.baseline": ("scenario", "build"),
        "scenarios.inputs.assumptions": ("Inputs", "Assumption", "load_inputs"),
        "scenarios.inputs.facts": ("Facts", "load_facts"),
        "scenarios.asking.question": ("Measure", "Number", "Question"),
        "scenarios.asking.lab": ("Size", "Lab", "lab"),
        "scenarios.asking.findings": ("Findings",),
    }),
    "fitting": ("Fits and forecasts", {
        "scenarios.fitting.posterior": ("Posterior", "read_posterior", "write_posterior"),
        "scenarios.fitting.drawn": ("at_draw", "joint"),
        "scenarios.fitting.priors": ("Prior", "priors"),
        "scenarios.fitting.calibration": ("HeldTo", "Fit"),
        "scenarios.fitting.fits": ("Fits",),
    }),
    "games": ("Moves against moves", {
        "scenarios.dueling.duels": ("Duel",),
        "scenarios.dueling.moves": ("move", "moves_of"),
        "scenarios.dueling.games": ("Game",),
        "scenarios.dueling.equilibria": ("equilibria",),
    }),
}  # fmt: skip


def names(module: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a module that a page shows.

    Raises
    ------
    AttributeError
        If the module has no such name.
    """
    found = importlib.import_module(module)
    chosen = given or tuple(found.__all__)
    for name in chosen:
        getattr(found, name)
    return chosen


def page(key: str) -> str:
    """Return one page: each module with its names, which autodoc fills in."""
    title, modules = PAGES[key]
    parts = [f"# {title}\n"]
    for module, given in modules.items():
        parts.append(f"\n## `{module}`\n")
        for name in names(module, given):
            owner = importlib.import_module(module)
            kind = "autoclass" if isinstance(getattr(owner, name), type) else "autofunction"
            members = "\n   :members:" if kind == "autoclass" else ""
            parts.append(f"```{{eval-rst}}\n.. {kind}:: {module}.{name}{members}\n```\n")
    return "\n".join(parts)
