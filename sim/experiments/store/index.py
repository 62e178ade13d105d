"""The index of a store: what every run is and came to, in a few Parquet files.

Each flush writes one segment, which swallows the older ones that are no larger than itself; so
there are never more than a handful, however many runs. The files of the runs are the truth: an
index that is lost, or lags behind, is made again from them.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import DataError
from sim.experiments.store import sealed
from sim.metrics import CATALOGUE

#: What a row says of its run, before the totals; a row is a platform of a run.
WORDS: dict[str, pa.DataType] = {
    "run": pa.string(),
    "size": pa.int64(),
    "seed": pa.uint64(),
    "scenario": pa.string(),
    "model": pa.string(),
    "differs": pa.string(),
    "platform": pa.string(),
}
#: Names of segments.
_NAME = re.compile(r"[0-9]{8}\.parquet")


def schema() -> pa.Schema:
    """Return the columns of the index, metrics that somebody added included."""
    return pa.schema([*WORDS.items(), *((name, pa.float64()) for name in CATALOGUE)])


class Index:
    """The segments in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[str] = []

    def segments(self) -> list[Path]:
        """Return the segments, oldest first."""
        return sorted(path for path in self.folder.glob("*.parquet") if _NAME.fullmatch(path.name))

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of all segments; a run that stands in two stands there once.

        A segment that cannot be read is left out, with a note.
        """
        tables = []
        for segment in self.segments():
            table = self._read(segment, columns)
            if table is not None:
                tables.append(table)
        if not tables:
            every = schema()
            chosen = every.names if columns is None else columns
            return pa.schema([every.field(name) for name in chosen]).empty_table()
        return once(pa.concat_tables(tables, promote_options="permissive"))

    def _read(self, segment: Path, columns: Sequence[str] | None = None) -> pa.Table | None:
        try:
            return sealed.read_table(segment, columns)[0]
        except DataError as problem:
            what = str(problem).partition(": ")[2]
            self.notes.append(f"{segment}: {what}; its runs are read from their own files.")
            return None

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Write rows as a new segment, together with what it swallows."""
        table = pa.Table.from_pylist(list(rows), schema())
        if table.num_rows == 0:
            return
        segments = self.segments()
        swallowed = []
        for segment in reversed(segments):
            if _n_rows(segment) > table.num_rows:
                break
            older = self._read(segment)
            swallowed.append(segment)
            if older is not None:
                table = pa.concat_tables([older, table], promote_options="permissive")
        number = int(segments[-1].stem) + 1 if segments else 1
        sealed.write_table(self.folder / f"{number:08d}.parquet", once(table), {})
        for segment in swallowed:
            with contextlib.suppress(FileNotFoundError):
                segment.unlink()

    def contradicts(self, rows: Iterable[dict[str, Any]]) -> int:
        """Return of how many runs something else stands here than these rows say."""
        names = list(WORDS)
        table = self.read()
        here = {(row["run"], row["platform"]): row for row in table.to_pylist()}
        wrong = set()
        for row in rows:
            found = here.get((row["run"], row["platform"]))
            # What is not here yet is no contradiction: it is read from its file.
            if found is None:
                continue
            numbers = [name for name in row if name not in WORDS and name in found]
            if any(row[n] != found[n] for n in names) or not np.array_equal(
                [row[n] for n in numbers], [found[n] for n in numbers], equal_nan=True
            ):
                wrong.add(row["run"])
        return len(wrong)

    def clear(self) -> None:
        """Remove all segments."""
        for segment in self.segments():
            segment.unlink()


def _n_rows(segment: Path) -> int:
    try:
        return int(pq.read_metadata(segment).num_rows)
    except (pa.ArrowException, OSError):
        return 0


def once(table: pa.Table) -> pa.Table:
    """Keep the last row of each run and platform: a process killed while merging leaves two."""
    if "platform" not in table.column_names or table.num_rows == 0:
        return table
    names = table.select(["run", "platform"]).to_pandas()
    kept = ~names.duplicated(keep="last").to_numpy()
    return table if kept.all() else table.filter(pa.array(np.asarray(kept)))
