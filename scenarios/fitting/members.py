"""The runs of a fit: an ensemble of scores, each member a market of its own, kept as it goes.

Runs are kept in small files, a block of members each, written aside and renamed: whatever ends a
fit, no run that was done is done again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

import numpy as np

from agents.meanfield.twin import Twin
from scenarios import baseline
from scenarios.fitting.measured import measured
from scenarios.fitting.priors import Prior, inputs_with, values_of
from scenarios.fitting.rivals import structured
from scenarios.inputs.assumptions import Inputs
from scenarios.inputs.sizing import sized
from scenarios.structures import TWIN
from sim.checks import short
from sim.errors import DataError
from sim.experiments.work.driving import ExperimentError, batches_of, drive
from sim.experiments.work.running import Outcome, Task, attempt, run_batch
from sim.experiments.work.sources import Source
from sim.files import write_aside
from sim.formulas import Array
from sim.results import Results
from sim.scenario import Scenario
from sim.versions import model_version

#: Members of a file: what a kill can cost at most is these, for each worker.
BLOCK = 40
#: So many friend graphs and lives of the same people are told apart by seed; members share them in
#: turn, since a graph takes longer to grow than some runs on it.
SEEDS = 20
#: Of members whose runs fail, so many are left out without a word; a fit of more is no fit.
_MOST_FAILED = 0.05
T = TypeVar("T")
#: Called with what is being done, and members done of how many.
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class FitSetting:
    """What all runs of a fit have in common.

    Parameters
    ----------
    structure
        Of `scenarios.fitting.rivals.FITTED`.
    n_users
        Of each market.
    seed
        First of the seeds that members take in turn.
    until
        Last day of a run.
    """

    structure: str
    n_users: int
    seed: int
    until: dt.date


class Members:
    """Runs members of ensembles, or reads what earlier ones gave.

    Parameters
    ----------
    inputs
        With the central values of all assumptions.
    priors
        Of the assumptions that scores stand for, in their order.
    setting
        What the runs have in common.
    executor
        Where they are done.
    folder
        Where they are kept.
    tell
        Is told of progress.
    """

    def __init__(
        self,
        inputs: Inputs,
        priors: Sequence[Prior],
        setting: FitSetting,
        executor: Executor,
        folder: Path,
        tell: Tell,
    ) -> None:
        self.inputs, self.priors, self.setting = inputs, tuple(priors), setting
        self._executor, self._folder, self._tell = executor, folder, tell

    def scenario(self, scores: Array, member: int) -> Scenario:
        """Return the scenario of one member, of (priors,) scores."""
        row = values_of(scores[None, :], self.priors)[0]
        given = {one.id: float(value) for one, value in zip(self.priors, row, strict=True)}
        made = baseline.scenario(inputs_with(self.inputs, given))
        if not self._is_twin:
            made = structured(made, self.setting.structure)
        seed = self.setting.seed + member % SEEDS
        return sized(made, self.setting.n_users, seed, until=self.setting.until)

    def rows(self, scores: Array, what: str) -> Array:
        """Return (members, kept) what `measured` keeps of each run; NaN where one failed.

        Parameters
        ----------
        scores
            (members, priors).
        what
            Name of the ensemble, for files and progress.

        Raises
        ------
        ExperimentError
            If more than one in twenty fails, with the reason of the first.
        """
        blocks = [scores[k : k + BLOCK] for k in range(0, len(scores), BLOCK)]
        found: list[Array] = []
        failed: list[str] = []
        for k, block in enumerate(blocks):
            self._tell(what, k * BLOCK, len(scores))
            path = self._folder / self._key(block, k) / f"{what}-{k:03d}.npz"
            kept = _read(path)
            if kept is None:
                kept, errors = self._run(block, k * BLOCK)
                failed += errors
                if not errors:
                    _write(path, kept)
            found.append(kept)
        self._tell(what, len(scores), len(scores))
        if len(failed) > _MOST_FAILED * len(scores):
            raise ExperimentError(f"{what}: {len(failed)} of {len(scores)} runs: {failed[0]}")
        return np.concatenate(found)

    def _run(self, block: Array, first: int) -> tuple[Array, list[str]]:
        scenarios = [self.scenario(row, first + k) for k, row in enumerate(block)]
        # In order of seeds, so that the runs of a worker share a graph.
        order = sorted(range(len(block)), key=lambda k: scenarios[k].market.seed)
        groups = [[Source(scenarios[k]).task()] for k in order]
        rows: dict[int, Array] = {}
        errors = []
        runner = run_twins if self._is_twin else run_batch
        for place, _, outcome in drive(batches_of(groups), self._executor, measured, runner):
            if outcome.value is None:
                errors.append(outcome.error)
            else:
                rows[order[place]] = outcome.value
        width = len(next(iter(rows.values()))) if rows else 1
        blank = np.full(width, np.nan)
        return np.stack([rows.get(k, blank) for k in range(len(block))]), errors

    @property
    def _is_twin(self) -> bool:
        return self.setting.structure == TWIN

    def _key(self, block: Array, k: int) -> str:
        """Return a hash of all that decides the runs of a block."""
        setting = {**asdict(self.setting), "until": str(self.setting.until), "block": k}
        about = [self.scenario(block[0], k * BLOCK).fingerprint, model_version(), setting]
        digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
        digest.update(np.ascontiguousarray(block).tobytes())
        return digest.hexdigest()[:20]


#: Makes what runs ensembles, given the first of their seeds, whether to live to the end of what is
#: forecast, and what is told of progress.
MembersOf = Callable[[int, bool, Tell], Members]


def run_twins(tasks: Sequence[Task], finish: Callable[[Results], T]) -> list[Outcome[T]]:
    """Do tasks in expectation, as `run_batch` does them by simulation."""
    return [attempt(lambda task=task: finish(_in_expectation(task))) for task in tasks]  # type: ignore[misc]


def _in_expectation(task: Task) -> Results:
    return Twin(Scenario.from_dict(task.scenario)).run()


def _write(path: Path, rows: Array) -> None:
    def write(aside: Path) -> None:
        with aside.open("wb") as file:
            np.savez_compressed(file, rows=rows)

    write_aside(path, write)


def _read(path: Path) -> Array | None:
    """Return the rows of a file; None if there is none, or none that is whole."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return np.asarray(file["rows"], np.float64)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        reason = short(" ".join(str(error).split()), 80)
        raise DataError(f"{path}: is not whole ({reason}). Delete it: it is run again.") from error
