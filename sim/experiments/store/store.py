"""The run store: one file for each finished run, and nothing that a kill at any moment can break.

A folder holds ``store.json`` (what it is), ``runs/ab/abcdef….parquet`` (a run, named by what
determines it), ``failed/`` (a small file for each run that has no result), ``index/`` (what all
runs came to), ``plans/`` (which runs a command asked for) and ``damaged/`` (what was put aside).
Every file is written under another name and renamed, by one writer. Whatever is missing or broken
is found when a store is opened, told in one line, and done again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from sim.checks import chosen
from sim.errors import DataError
from sim.experiments.store import description, differences
from sim.experiments.store.frames import daily_frame, tidy
from sim.experiments.store.index import Index
from sim.experiments.store.inventory import Inventory, entries
from sim.experiments.store.lock import LOCK, Lock
from sim.experiments.store.plan_file import check_plan, drawn_paths
from sim.experiments.store.run_file import RunFile, check_run, read_about
from sim.experiments.store.sealed import write_json
from sim.files import write_aside
from sim.given import must_be, path_of
from sim.scenario import Scenario
from sim.versions import model_version

#: Rows (a run and platform each) after which the index is written; what a kill leaves unwritten is
#: read from so many files at the most.
FLUSH_ROWS = 512


class Store:
    """A folder of runs.

    Parameters
    ----------
    folder
        Where it is; made if it is not there and a base is given.
    base
        Scenario against which runs are described, if the store is new. Giving it opens the store
        for writing; without it, nothing in the folder is touched.

    Attributes
    ----------
    sizes
        Finished runs, with the bytes of their files.
    failures
        Runs without a result: what is known of each.
    pending
        Rows that are not in the index yet.
    notes
        One line for each thing that is not as it should be.

    Raises
    ------
    DataError
        If the folder is no store, is one of another version, cannot be written to, or another
        process is writing to it.
    """

    def __init__(self, folder: str | Path, base: Scenario | None = None) -> None:
        self.folder = path_of(folder)
        if base is not None:
            must_be(base, Scenario, "base", "baseline.scenario()")
        self.writable = base is not None
        self.index = Index(self.folder / "index")
        self.files = Inventory(self.folder, self.writable)
        self.notes = self.files.notes
        self.pending: list[dict[str, Any]] = []
        self._lock = Lock(self.folder / LOCK)
        if base is not None:
            # Of what is no store of this version, nothing is touched: not a lock either.
            description.check_place(self.folder)
            # Then, before anything is believed: another process may be about to make the store.
            self._lock.take()
        try:
            if base is not None:
                description.create(self.folder, base)
            self.base = description.read_base(self.folder)
        except BaseException:
            self._lock.release()
            raise
        self.sizes: dict[str, int] = {}
        self.failures: dict[str, dict[str, Any]] = {}
        self.load()

    # What is there

    def load(self) -> None:
        """Look through the folder: files are the truth, the index what is known of them."""
        self.notes.clear()
        self.files.sweep_up()
        self.sizes = dict(self.files.runs())
        self.failures = dict(self.files.failures(self.sizes))
        known = self.index.read(["run", "size"])
        sizes = dict(zip(known["run"].to_pylist(), known["size"].to_pylist(), strict=True))
        self.notes += self.index.notes
        self.index.notes.clear()
        for key in [k for k, size in self.sizes.items() if sizes.get(k) not in (None, size)]:
            self._again(key, "is not as long as it was when it was written")
        unknown = self.sizes.keys() - sizes.keys()
        for key in sorted(unknown):
            try:
                self._note_run(key, read_about(self.files.path(key)))
            except DataError as problem:
                self._again(key, str(problem).partition(": ")[2])

    def _again(self, key: str, why: str) -> None:
        """Take a run for not done, since its file cannot be used."""
        self.sizes.pop(key, None)
        self.files.put_aside(self.path(key), why)

    def path(self, key: str) -> Path:
        """Return where the file of a run is, or would be."""
        return self.files.path(key)

    # Writing

    def add(self, run: RunFile) -> None:
        """Write a finished run: a whole file, or none."""
        path = self.files.path(run.key)
        write_aside(path, lambda p: p.write_bytes(run.content))
        self.sizes[run.key] = len(run.content)
        if self.failures.pop(run.key, None) is not None:
            self.files.failure_path(run.key).unlink(missing_ok=True)
        self._note_run(run.key, run.about)
        if len(self.pending) >= FLUSH_ROWS:
            self.flush()

    def add_failure(
        self, key: str, scenario: Mapping[str, Any], status: str, error: str, details: str = ""
    ) -> None:
        """Keep a run that has no result as a row with its error."""
        self.failures[key] = {
            "status": status,
            "error": error,
            "seed": scenario["market"]["seed"],
            "scenario": scenario["name"],
            "differs": differences.difference(self.base, differences.flat(scenario)),
            "details": details,
        }
        write_json(self.files.failure_path(key), self.failures[key])

    def flush(self) -> None:
        """Write to the index what is not in it yet."""
        self.index.add(self.pending)
        self.pending.clear()

    def close(self) -> None:
        """Bring the index up to date and let others write."""
        try:
            if self.writable:
                self.flush()
        finally:
            self._lock.release()

    def rebuild(self) -> int:
        """Make the index again from the files alone; return how many runs there are."""
        self.pending.clear()
        self.index.clear()
        self.load()
        self.flush()
        return len(self.sizes)

    def check(self) -> list[str]:
        """Read every file whole and work out again what it says; return what is not as it says.

        What is damaged is put aside; an index that says otherwise than the files is made anew.
        """
        before = len(self.notes)
        for key in sorted(self.sizes):
            self.recheck(key)
        for entry in entries(self.folder / "plans"):
            path = Path(entry.path)
            try:
                check_plan(path)
            except DataError as problem:
                self.files.put_aside(path, str(problem).partition(": ")[2])
        found = self.notes[before:]
        wrong = self.index.contradicts(self._rows_of_all())
        if wrong:
            line = f"{self.index.folder}: says otherwise than the files of {wrong:,} runs"
            if self.writable:
                self.rebuild()
            found.append(line + ("; made anew." if self.writable else "."))
            self.notes.append(found[-1])
        return found

    def drawn_paths(self) -> frozenset[str]:
        """Return the paths that replicates of its sweeps drew from a posterior, each its own."""
        plans = [Path(entry.path) for entry in entries(self.folder / "plans")]
        return frozenset[str]().union(*map(drawn_paths, plans))

    def recheck(self, key: str) -> None:
        """Read one run's file whole; put it aside if it is damaged, and say so."""
        chosen("run", key, self.sizes)
        try:
            check_run(self.files.path(key))
        except DataError as problem:
            self._again(key, str(problem).partition(": ")[2])

    def _rows_of_all(self) -> Iterator[dict[str, Any]]:
        for key in sorted(self.sizes):
            yield from self._rows(key, read_about(self.files.path(key)))

    def _note_run(self, key: str, about: Mapping[str, Any]) -> None:
        self.pending += self._rows(key, about)

    def _rows(self, key: str, about: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what the index says of a run: a row a platform."""
        manifest = about["manifest"]
        differs = differences.difference(self.base, differences.flat(manifest["parameters"]))
        words = {
            "run": key,
            "size": self.sizes[key],
            "seed": manifest["seed"],
            "scenario": manifest["scenario"],
            "model": about["model_sha256"],
            "differs": json.dumps(differs, sort_keys=True),
        }
        return [
            {**words, "platform": platform, **numbers}
            for platform, numbers in about["totals"].items()
        ]

    # Reading

    def frame(self, keys: list[str] | None = None) -> pd.DataFrame:
        """Return what all runs came to: a row for each run and platform, parameters as columns.

        Metrics are totals over the whole run, each by its own rule (`Results.total`). A run without
        a result is one row with its status and error, and no platform.

        Parameters
        ----------
        keys
            Only these runs, in this order; by default all, in order of their names.
        """
        return tidy(self, keys)

    def daily(
        self, metrics: list[str], keys: list[str] | None = None, platform: str | None = None
    ) -> pd.DataFrame:
        """Return days: a row for each run, platform and date, with the metrics asked for."""
        return daily_frame(self, metrics, keys, platform)

    @property
    def other_models(self) -> int:
        """Runs that another version of the model made."""
        known = self.index.read(["run", "model"]).to_pandas()
        other = set(known.loc[known["model"] != model_version(), "run"])
        return len(other & self.sizes.keys())

    def __len__(self) -> int:
        return len(self.sizes)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
            return
        # What went wrong first is what is told.
        with contextlib.suppress(DataError):
            self.close()

    def __repr__(self) -> str:
        failed = f" · {len(self.failures):,} failed" if self.failures else ""
        return f"<Store {self.folder} · {len(self):,} runs{failed}>"
