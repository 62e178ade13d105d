"""What policies come to: each run in the same markets at the same luck, runs kept in a store."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.asking.question import Measure
from sim.errors import ClipmarketError
from sim.experiments.design import Design
from sim.experiments.paths import varied
from sim.experiments.store.kept_runs import read_results
from sim.experiments.store.store import Store
from sim.experiments.sweeps import Progress, sweep
from sim.experiments.work.sources import Source
from sim.formulas import Array

Point = Mapping[str, Any]


@dataclass
class Valuer:
    """Values points of a scenario over draws.

    Parameters
    ----------
    source
        What is changed; replicate d is draw d, with a seed of its own, at every point.
    measures
        What is read of a run.
    folder
        Store of the runs; what it has is not run again.
    executor
        Where runs are done; None leaves it to the sweep.
    ran
        Told of the runs of a sweep that are done, as they come.
    note
        Told what is odd about what is varied, each line once.
    """

    source: Source
    measures: Sequence[Measure]
    folder: Path
    executor: Executor | None
    ran: Callable[[int], None]
    note: Callable[[str], None]
    #: Point, as text, to why it has no value.
    refused: dict[str, str] = field(default_factory=dict)
    _noted: set[str] = field(default_factory=set)
    _known: dict[str, Array] = field(default_factory=dict)

    def __call__(self, points: Sequence[Point], n_draws: int) -> Array:
        """Return (points, draws, measures); NaN where a policy cannot be, or its run failed.

        Raises
        ------
        DataError
            If the store cannot be used.
        """
        found = np.full((len(points), n_draws, len(self.measures)), math.nan)
        places = [k for k, point in enumerate(points) if self._can_be(point, n_draws)]
        if not places:
            return found
        design = Design(tuple(points[k] for k in places), "policies")
        swept = sweep(self.source, design, n_draws, store=self.folder, executor=self.executor,
                      watch=self._watch)  # fmt: skip
        kept = Store(self.folder)
        for (draw, column), run in np.ndenumerate(swept.plan.asked):
            key, k = swept.plan.keys[run], places[column]
            if key in kept.sizes:
                found[k, draw] = self._read(kept, key)
            else:
                self.refused[str(points[k])] = str(kept.failures.get(key, {}).get("error", "lost"))
        return found

    def _can_be(self, point: Point, n_draws: int) -> bool:
        """Whether a policy can be in every draw; if not, it is kept why."""
        try:
            for draw in range(n_draws if self.source.drawn else 1):
                varied(self.source.world(draw), point)
        except ClipmarketError as error:
            self.refused[str(point)] = str(error)
            return False
        return True

    def _read(self, kept: Store, key: str) -> Array:
        if key not in self._known:
            results = read_results(kept.path(key))
            self._known[key] = np.array([one.of_one(results) for one in self.measures])
        return self._known[key]

    def _watch(self, progress: Progress) -> None:
        for line in progress.notes:
            if line not in self._noted:
                self._noted.add(line)
                self.note(line)
        self.ran(progress.done + progress.failed)
