"""Experiments: many runs, on any executor, that can be stopped and gone on with at any moment."""

from sim.experiments.design import Design, grid, latin, sobol
from sim.experiments.ensembles import Ensemble, ensemble
from sim.experiments.paired import Comparison, Effect, compare
from sim.experiments.point_tables import table
from sim.experiments.precision import Interval, Precision
from sim.experiments.sensitivities import Sensitivity, sensitivity, sensitivity_of_function
from sim.experiments.store.store import Store
from sim.experiments.sweeps import Progress, Swept, sweep
from sim.experiments.work.driving import ExperimentError
from sim.experiments.work.executors import LocalProcesses, Serial

__all__ = [
    "Comparison",
    "Design",
    "Effect",
    "Ensemble",
    "ExperimentError",
    "Interval",
    "LocalProcesses",
    "Precision",
    "Progress",
    "Sensitivity",
    "Serial",
    "Store",
    "Swept",
    "compare",
    "ensemble",
    "grid",
    "latin",
    "sensitivity",
    "sensitivity_of_function",
    "sobol",
    "sweep",
    "table",
]
