"""The machine: time, chance, columns, record. It knows no platform by name and no agent class.

Names are loaded when first used, so that ``import sim`` costs next to nothing.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import TYPE_CHECKING, Any

from sim.moved import moved

if TYPE_CHECKING:
    from sim.errors import ClipmarketError, ConfigError, DataError, UnknownNameError
    from sim.execution import Execution
    from sim.experiments import Store, compare, ensemble, sweep
    from sim.graph import Graph, build_graph, from_edges, from_networkx
    from sim.interventions import Event, Opening
    from sim.market import Market
    from sim.results import Results
    from sim.scenario import Scenario

# Libraries load tqdm, which asks in red for widgets in every notebook; its bars are none of ours.
warnings.filterwarnings("ignore", "IProgress not found")
if "IPython" in sys.modules:
    from sim.displayed import show_tables

    show_tables()

#: Before the rooms were made.
moved(
    {
        "sim.graph_files": "sim.graph.edge_files",
        "sim.graph_csr": "sim.graph.csr",
        "sim.graph_spec": "sim.graph.spec",
        "sim.graph_families": "sim.graph.families",
        "sim.manifest": "sim.provenance",
        "sim.report.experiments": "sim.report.sweep_charts",
        "sim.experiments.executors": "sim.experiments.work.executors",
        "sim.experiments.running": "sim.experiments.work.running",
        "sim.experiments.sources": "sim.experiments.work.sources",
        "sim.experiments.run_file": "sim.experiments.store.run_file",
        "sim.experiments.identity": "sim.experiments.store.identity",
        "sim.experiments.frames": "sim.experiments.store.frames",
    }
)

_HOMES = {
    "ClipmarketError": "sim.errors",
    "ConfigError": "sim.errors",
    "DataError": "sim.errors",
    "Event": "sim.interventions",
    "Execution": "sim.execution",
    "Graph": "sim.graph",
    "Market": "sim.market",
    "Opening": "sim.interventions",
    "Results": "sim.results",
    "Scenario": "sim.scenario",
    "Store": "sim.experiments",
    "UnknownNameError": "sim.errors",
    "build_graph": "sim.graph",
    "compare": "sim.experiments",
    "ensemble": "sim.experiments",
    "from_edges": "sim.graph",
    "from_networkx": "sim.graph",
    "sweep": "sim.experiments",
}

__all__ = [
    "ClipmarketError",
    "ConfigError",
    "DataError",
    "Event",
    "Execution",
    "Graph",
    "Market",
    "Opening",
    "Results",
    "Scenario",
    "Store",
    "UnknownNameError",
    "build_graph",
    "compare",
    "ensemble",
    "from_edges",
    "from_networkx",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
