"""Experiments: many runs, on any executor, that can be stopped and gone on with at any moment."""

from sim.experiments.driving import ExperimentError
from sim.experiments.ensembles import Ensemble, ensemble
from sim.experiments.executors import LocalProcesses, Serial
from sim.experiments.paired import Comparison, Effect, compare
from sim.experiments.precision import Interval, Precision

__all__ = [
    "Comparison",
    "Effect",
    "Ensemble",
    "ExperimentError",
    "Interval",
    "LocalProcesses",
    "Precision",
    "Serial",
    "compare",
    "ensemble",
]
