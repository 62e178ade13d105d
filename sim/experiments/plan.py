"""Which runs a sweep asks for: every point under every seed, each by the name of its file.

A plan is kept in the store. The same command finds it again, so that going on with a hundred
thousand runs costs seconds, and a result can be traced to the point and seed it was asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.checks import short
from sim.errors import ClipmarketError, ConfigError, DataError
from sim.experiments.design import Design
from sim.experiments.paths import varied
from sim.experiments.store.differences import difference, flat
from sim.experiments.store.identity import run_key
from sim.experiments.store.plan_file import DRAWN, read_plan, write_plan
from sim.experiments.work.branching import Twig, first_difference, stem
from sim.experiments.work.running import Task
from sim.experiments.work.sources import Source

#: Runs that are laid out at a time; a sweep may have more than memory could hold.
WINDOW = 512
#: Points whose scenarios are kept, as text of 11 kB.
KEPT_POINTS = 4096


@dataclass(frozen=True)
class Plan:
    """Runs in the order in which they are done.

    Parameters
    ----------
    source, design
        What is varied, and how.
    keys
        Name of each run, each once.
    points, replicates
        (n_runs,) number of its point in the design, and of its seed.
    asked
        (replicates, points) the run of each; points that come to the same run share it.
    """

    source: Source
    design: Design
    keys: tuple[str, ...]
    points: npt.NDArray[np.int64]
    replicates: npt.NDArray[np.int64]
    asked: npt.NDArray[np.int64]
    _texts: dict[tuple[int, int], str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, source: Source, design: Design, names: npt.NDArray[np.str_]) -> Plan:
        """Return the plan whose (replicates, points) runs have these names: seed by seed."""
        keys, first, inverse = np.unique(names.ravel(), return_index=True, return_inverse=True)
        order = np.argsort(first)
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        replicates, points = np.divmod(first[order], len(design))
        asked = place[inverse].reshape(names.shape)
        return cls(source, design, tuple(keys[order].tolist()), points, replicates, asked)

    def __len__(self) -> int:
        return len(self.keys)

    def task(self, run: int, timeout: float | None = None) -> Task:
        """Return the task of one run."""
        replicate = int(self.replicates[run])
        scenario = self._scenario(int(self.points[run]), replicate)
        return _task(self.source, scenario, replicate, timeout)

    def _scenario(self, point: int, replicate: int) -> dict[str, Any]:
        """Return the scenario of a point; seeds come back to it, and checking it takes time."""
        key = (point, replicate if self.source.drawn else 0)
        if key in self._texts:
            return json.loads(self._texts[key])  # type: ignore[no-any-return]
        scenario = varied(self.source.world(replicate), self.design.points[point]).as_dict()
        if len(self._texts) < KEPT_POINTS:
            self._texts[key] = json.dumps(scenario)
        return scenario


def _task(
    source: Source, scenario: Mapping[str, Any], replicate: int, timeout: float | None = None
) -> Task:
    market = scenario["market"]
    seeded = {**scenario, "market": {**market, "seed": market["seed"] + replicate}}
    return Task(seeded, timeout=timeout, setup=source.setup)


def made(source: Source, design: Design, replicates: int) -> Plan:
    """Work out the name of every run: seed by seed, so that neighbors share their graph.

    A point that cannot be is refused here, before anything is run.

    Raises
    ------
    ConfigError
        Naming the point.
    """
    last = source.scenario.market.seed + replicates - 1
    source.scenario.with_market(seed=last)  # a seed out of range is refused before any run
    code = source.code
    names = np.empty((replicates, len(design)), dtype=object)
    for number, point in enumerate(design.points):
        scenario = _valid(source, 0, number, point)
        for replicate in range(replicates):
            if source.drawn and replicate:
                scenario = _valid(source, replicate, number, point)
            names[replicate, number] = run_key(_task(source, scenario, replicate).scenario, code)
    return Plan.of(source, design, names.astype(str))


def _valid(source: Source, replicate: int, number: int, point: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return varied(source.world(replicate), point).as_dict()
    except ClipmarketError as error:
        values = ", ".join(f"{path} = {short(value)}" for path, value in point.items())
        raise ConfigError(f"point {number + 1} ({short(values)}): {error}") from error


def kept(folder: Path, source: Source, design: Design, replicates: int, notes: list[str]) -> Plan:
    """Return the plan of a sweep from the store's folder, where it is made the first time.

    Parameters
    ----------
    notes
        Gets a line if there is one that cannot be used.
    """
    path = folder / "plans" / f"{_name(source, design, replicates)}.parquet"
    if os.path.lexists(path):
        try:
            return Plan.of(source, design, read_plan(path, (replicates, len(design))))
        except DataError as problem:
            notes.append(f"{problem}; the plan is made anew.")
    plan = made(source, design, replicates)
    about = {"scenario": source.scenario.name, "design": design.name, "paths": list(design.paths)}
    if source.drawn:
        about[DRAWN] = sorted(_drawn_paths(source) - set(design.paths))
    write_plan(path, np.array(plan.keys)[plan.asked], about)
    return plan


def _name(source: Source, design: Design, replicates: int) -> str:
    """Return a hash of everything the names of the runs hang on."""
    # The key of the unvaried scenario holds all of it that the points do not.
    usual = [run_key(one.as_dict(), source.code) for one in (source.scenario, *source.drawn)]
    text = json.dumps([usual, replicates, list(design.points)], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _drawn_paths(source: Source) -> set[str]:
    """Return the paths at which worlds that replicates have differ from the scenario."""
    usual = flat(source.scenario.as_dict())
    worlds = {id(one): one for one in source.drawn}.values()
    return {path for one in worlds for path in difference(usual, flat(one.as_dict()))}


def in_groups(
    plan: Plan, runs: Sequence[int], size: int, timeout: float | None
) -> Iterator[list[tuple[int, Task]]]:
    """Yield the runs with their tasks in batches: those that can share a past stand together.

    Parameters
    ----------
    runs
        Which runs of the plan.
    size
        Most runs of a batch.
    """
    for start in range(0, len(runs), WINDOW):
        groups: dict[str, list[Twig]] = {}
        for run in runs[start : start + WINDOW]:
            twig = Twig(run, plan.task(run, timeout))
            groups.setdefault(stem(twig.task.scenario), []).append(twig)
        for twigs in groups.values():
            splits = first_difference(twigs)
            together = size if splits is not None and splits > twigs[0].start else 1
            twigs.sort(key=lambda twig: twig.history)
            # Batches of one size: a last one of a few runs would pay for a past of its own.
            for batch in np.array_split(np.arange(len(twigs)), -(-len(twigs) // together)):
                yield [(twigs[i].place, twigs[i].task) for i in batch]
