"""One finished run as one Parquet file: every day, and in its footer what it is and came to.

A row is a platform on a date. The footer holds the manifest (code, data, graph, seed, all
parameters) and the totals of the run, so that an index can be made of files alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ValidationError

from sim.errors import ClipmarketError, DataError
from sim.experiments.store import sealed
from sim.experiments.store.identity import key_of, other_parts, own_parts
from sim.metrics import CATALOGUE
from sim.periods import over_span
from sim.results import Results

#: Changes when a file of before could not be read any more.
FORMAT = "clipmarket run 2"


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
    scenario = results.scenario.as_dict()
    own, others = own_parts(scenario), other_parts(scenario, code)
    key = key_of(*own, *others)
    about = {
        "format": FORMAT,
        "run": key,
        "model_sha256": others[0],
        "facts_sha256": own[1],
        "own_code_sha256": code,
        "identity": others,
        "manifest": results.manifest,
        "totals": totals(results.total, results.platforms),
        "changes": results.log,
    }
    # Written by the ten thousand: no statistics of columns, and what packs fastest.
    content = sealed.table_bytes(
        days(results, key),
        about,
        use_dictionary=["run", "platform"],
        compression="lz4",
        write_statistics=False,
    )
    return RunFile(key, content, about)


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


def totals(
    total: Callable[[str], npt.NDArray[np.float64]], platforms: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    """Return each metric over the whole run, by its own rule: platform to metric to number.

    Parameters
    ----------
    total
        Function of a metric's name to (platforms,), such as `Results.total`.
    """
    whole = {name: total(name) for name in CATALOGUE}
    return {
        platform: {name: float(values[p]) for name, values in whole.items()}
        for p, platform in enumerate(platforms)
    }


def read_about(path: Path) -> dict[str, Any]:
    """Return what stands in the footer of a run's file; every bit of the file is verified.

    Raises
    ------
    DataError
        If it is not as it was written, of another version, or named as another run.
    """
    return _checked(path, sealed.read_table(path, columns=["seed"])[1])


def read_whole(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """Return every day, and what stands in the footer, of a run's file, every bit verified.

    Raises
    ------
    DataError
        As `read_about`.
    """
    table, about = sealed.read_table(path)
    return table, _checked(path, about)


class _Manifest(BaseModel):
    seed: int
    scenario: str
    days: int
    start: str
    parameters: dict[str, Any]


class _About(BaseModel):
    """What others rely on of a footer."""

    model_sha256: str
    identity: list[str]
    manifest: _Manifest
    totals: dict[str, dict[str, float]]
    changes: list[Any]


def _checked(path: Path, about: dict[str, Any]) -> dict[str, Any]:
    if about.get("format") != FORMAT:
        given = str(about.get("format"))[:40]
        raise DataError(f"{path}: written by another version ({given!r})")
    if about.get("run") != path.stem:
        given = str(about.get("run"))[:40]
        raise DataError(f"{path}: holds another run than its name says ({given})")
    try:
        _About.model_validate(about)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise DataError(f"{path}: not what a run says of itself ({place})") from error
    return about


def check_run(path: Path) -> None:
    """Read a run's file and work out again what it says: name, days, parameters, totals.

    Raises
    ------
    DataError
        If it is damaged, or says of itself what does not follow from its content.
    """
    table, about = read_whole(path)
    try:
        problem = _contradiction(path.stem, table, about)
    except (LookupError, TypeError, ValueError, AttributeError, ClipmarketError) as error:
        problem = f"not what a run holds ({sealed.first_line(error)})"
    if problem:
        raise DataError(f"{path}: {problem}")


def _contradiction(key: str, table: pa.Table, about: Mapping[str, Any]) -> str:
    """Return where a file contradicts itself; nothing if it does not."""
    manifest = about["manifest"]
    parameters = manifest["parameters"]
    if key_of(*own_parts(parameters), *about["identity"]) != key:
        return "its parameters are not those of the run that it is named as"
    if set(table["run"].to_pylist()) != {key}:
        return "its days are those of another run"
    platforms = tuple(sorted(parameters["platforms"]))
    n = int(manifest["days"])
    dates = np.datetime64(manifest["start"], "D") + np.arange(n)
    same = np.array_equal(
        table["date"].to_numpy().astype("datetime64[D]"), dates.repeat(len(platforms))
    )
    if not same or table["platform"].to_pylist() != list(platforms) * n:
        return "its days are not one after the other"

    def array(name: str) -> npt.NDArray[np.float64]:
        return table[name].to_numpy().reshape(n, len(platforms))  # type: ignore[no-any-return]

    for name in CATALOGUE.keys() & set(table.column_names):
        found = over_span(name, array, 0, n - 1)
        said = [about["totals"][platform][name] for platform in platforms]
        if not np.allclose(found, said, rtol=1e-9, atol=0.0, equal_nan=True):
            return f"its total of {name} is not what its days come to"
    return ""
