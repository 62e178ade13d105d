"""What lies in the folder of a store: runs, failures, and what does not belong there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import DataError
from sim.experiments.store.identity import DIGITS
from sim.experiments.store.sealed import read_json
from sim.files import is_begun

_HEX = frozenset("0123456789abcdef")


class Failure(BaseModel):
    """What is known of a run without a result."""

    status: str
    error: str
    seed: int
    differs: dict[str, Any]
    scenario: str = ""
    details: str = ""


class Inventory:
    """The files of a store.

    Parameters
    ----------
    folder
        The store.
    writable
        Whether anything may be removed or put aside.

    Attributes
    ----------
    notes
        One line for each thing that is not as it should be.
    """

    def __init__(self, folder: Path, writable: bool) -> None:
        self.folder = folder
        self.writable = writable
        self.notes: list[str] = []

    def path(self, key: str) -> Path:
        """Return where the file of a run is, or would be."""
        return self.folder / "runs" / key[:2] / f"{key}.parquet"

    def failure_path(self, key: str) -> Path:
        """Return where the failure of a run is told of, or would be."""
        return self.folder / "failed" / f"{key}.json"

    def sweep_up(self) -> None:
        """Remove what a killed writer had begun beside the runs."""
        for folder in (self.folder, self.folder / "index", self.folder / "plans"):
            for entry in entries(folder):
                if is_begun(entry.name):
                    self._left_over(Path(entry.path))

    def runs(self) -> Iterator[tuple[str, int]]:
        """Yield name and size of every run's file; say what does not belong there."""
        for shard in entries(self.folder / "runs"):
            if not shard.is_dir():
                self._foreign(Path(shard.path))
                continue
            for entry in entries(Path(shard.path)):
                key, dot, suffix = entry.name.partition(".")
                if is_begun(entry.name):
                    self._left_over(Path(entry.path))
                elif not (dot and suffix == "parquet" and _is_key(key) and key[:2] == shard.name):
                    self._foreign(Path(entry.path))
                elif entry.is_file():
                    yield key, entry.stat().st_size
                else:
                    self.put_aside(Path(entry.path), "is no file")

    def failures(self, done: Container[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what is known of each run without a result.

        Parameters
        ----------
        done
            Runs that have one by now.
        """
        for entry in entries(self.folder / "failed"):
            path = Path(entry.path)
            if is_begun(entry.name):
                self._left_over(path)
            elif not (_is_key(path.stem) and path.suffix == ".json"):
                self._foreign(path)
            elif path.stem not in done:
                try:
                    yield path.stem, Failure.model_validate(read_json(path)).model_dump()
                except (DataError, ValidationError):
                    self.put_aside(path, "tells of no failed run")

    def _foreign(self, path: Path) -> None:
        self.notes.append(f"{path}: not of this store; left alone.")

    def _left_over(self, path: Path) -> None:
        """Remove what a killed writer had begun; a folder of such a name is somebody else's."""
        if self.writable:
            with contextlib.suppress(OSError):
                path.unlink()

    def put_aside(self, path: Path, why: str) -> None:
        """Make room for a file that is to be done again; nothing is thrown away."""
        if not self.writable:
            self.notes.append(f"{path}: {why}; not used.")
            return
        aside = self.folder / "damaged"
        try:
            aside.mkdir(exist_ok=True)
            taken = len(list(aside.glob(f"{path.name}*")))
            path.rename(aside / (path.name + (f".{taken}" if taken else "")))
        except OSError as error:
            reason = error.strerror or str(error)
            self.notes.append(f"{path}: {why}; cannot be put aside in {aside} ({reason}).")
        else:
            self.notes.append(f"{path}: {why}; put aside in {aside}, to be done again.")


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield what is in a folder, as it was at the beginning; nothing if there is none."""
    try:
        with os.scandir(folder) as found:
            there = list(found)
    except (FileNotFoundError, NotADirectoryError):
        return
    yield from there


def _is_key(text: str) -> bool:
    return len(text) == DIGITS and _HEX.issuperset(text)
