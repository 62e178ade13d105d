"""One finished run as one Parquet file: every day, and in its footer what it is and came to.

A row is a platform on a date. The footer holds the manifest (code, data, graph, seed, all
parameters) and the totals of the run, so that an index can be made of files alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import ClipmarketError, DataError
from sim.experiments.store.identity import run_key
from sim.metrics import CATALOGUE
from sim.results import Results
from sim.scenario import FACTS
from sim.versions import model_version

#: Changes when a file of before could not be read any more.
FORMAT = "clipmarket run 1"
_FOOTER = b"clipmarket"


@dataclass(frozen=True)
class RunFile:
    """A finished run, ready to be written.

    Parameters
    ----------
    key
        Its name, see `run_key`.
    content
        The bytes of the file.
    about
        What stands in the footer.
    """

    key: str
    content: bytes
    about: Mapping[str, Any]


def as_file(results: Results, code: str = "") -> RunFile:
    """Return the file of a run; the same run gives the same bytes, wherever it was done.

    Parameters
    ----------
    code
        Hash of code that the scenario brings with it (`Source.code`).
    """
    key = run_key(results.scenario.as_dict(), code)
    about = {
        "format": FORMAT,
        "run": key,
        "model_sha256": model_version(),
        "facts_sha256": results.scenario.sources.get(FACTS, ""),
        "own_code_sha256": code,
        "manifest": results.manifest,
        "totals": totals(results),
    }
    sink = pa.BufferOutputStream()
    text = json.dumps(about, default=str).encode()
    table = days(results, key).replace_schema_metadata({_FOOTER: text})
    pq.write_table(
        table, sink, compression="zstd", use_dictionary=["run", "platform"],
        write_page_checksum=True,
    )  # fmt: skip
    return RunFile(key, sink.getvalue().to_pybytes(), about)


def days(results: Results, key: str) -> pa.Table:
    """Return every metric: a row a platform and date, in people and USD."""
    n, names = results.n_days, list(results.platforms)
    text = pa.dictionary(pa.int32(), pa.string())
    columns: dict[str, Any] = {
        "run": pa.array([key] * (n * len(names)), text),
        "seed": pa.array(np.full(n * len(names), results.scenario.market.seed, np.uint64)),
        "date": pa.array(np.repeat(results.dates.to_numpy("datetime64[D]"), len(names))),
        "platform": pa.array(names * n, text),
    }
    columns.update({name: pa.array(results.array(name).ravel()) for name in CATALOGUE})
    return pa.table(columns)


def totals(results: Results) -> dict[str, dict[str, float]]:
    """Return each metric over the whole run, by its own rule: platform to metric to number."""
    whole = {name: results.total(name) for name in CATALOGUE}
    return {
        platform: {name: float(values[p]) for name, values in whole.items()}
        for p, platform in enumerate(results.platforms)
    }


def read_about(path: Path) -> dict[str, Any]:
    """Return what stands in the footer of a run's file.

    Raises
    ------
    DataError
        If it is cut short, no run at all, of another version, or named as another run.
    """
    try:
        metadata = pq.read_metadata(path).metadata or {}
        about = json.loads(metadata[_FOOTER])
        format_ = about["format"]
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: cut short or damaged ({_first_line(error)})") from error
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(f"{path}: not a run of clipmarket") from error
    if format_ != FORMAT:
        raise DataError(f"{path}: written by another version ({str(format_)[:40]!r})")
    if about["run"] != path.stem:
        raise DataError(f"{path}: holds another run than its name says ({about['run']})")
    return about  # type: ignore[no-any-return]


def check_content(path: Path) -> None:
    """Read a whole file, checksums and all.

    Raises
    ------
    DataError
        If anything in it is damaged.
    """
    read_about(path)
    try:
        pq.read_table(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: damaged ({_first_line(error)})") from error


def _first_line(error: BaseException) -> str:
    if isinstance(error, ClipmarketError):
        return str(error)
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
