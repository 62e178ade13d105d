"""Forecasts on disk: written once, locked by hashes, read back only as they were written.

A folder named by its day holds ``draws.parquet``, ``forecast.parquet`` (quantiles of the draws)
and ``manifest.json``, which is written last: a folder without it is not whole. ``locked.csv``
beside the folders lists every forecast ever made here, with its hash, and is only added to. A
forecast that changes without a new date is one whose hash is not that of its line.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic_core import from_json

from scenarios.forecasting.forecast_checks import as_arrow, check_rows
from scenarios.forecasting.forecast_ledger import LEDGER, check_may_lock, ledger, lock
from scenarios.forecasting.forecast_table import (
    DRAW_SCHEMA,
    KEYS,
    QUANTILE_SCHEMA,
    quantile_rows,
)
from sim.checks import short
from sim.errors import DataError
from sim.files import write_aside, write_text_aside
from sim.text_files import read_text
from sim.versions import code_version

#: Where the forecasts of the project lie, a folder a day.
FORECASTS = Path(__file__).resolve().parent.parent / "forecasts"
DRAWS_FILE, QUANTILES_FILE, MANIFEST_FILE = "draws.parquet", "forecast.parquet", "manifest.json"
_FORMAT = 1
_MANIFEST = ("format", "as_of", "made_on", "models", "n_draws", "hashes", "code", "files", "sha256")
#: A larger file is no forecast; it is not read into memory to find that out.
_MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class Forecast:
    """What was forecast.

    Parameters
    ----------
    name
        Where it is from, for tables.
    as_of
        Last day of which anything was known; None if the file does not say.
    rows
        Tidy, by draws if there are any, else by quantiles.
    manifest
        What ties it to data, code and posterior; empty of a bare file.
    """

    name: str
    as_of: dt.date | None
    rows: pd.DataFrame
    manifest: Mapping[str, Any]

    @property
    def has_draws(self) -> bool:
        """Whether it has draws, and not only quantiles."""
        return "draw" in self.rows.columns


def write_forecast(
    root: Path,
    draws: pd.DataFrame,
    as_of: dt.date,
    hashes: Mapping[str, str],
    made_on: dt.date | None = None,
) -> Path:
    """Write a forecast into the folder of its day, lock it, and return the folder.

    Parameters
    ----------
    root
        Where the folders lie: `FORECASTS`.
    draws
        Tidy rows of all models, as of `scenarios.forecasting.forecast_table.tidy_draws`.
    hashes
        What it was made from, by name: ``facts``, ``targets``, ``posterior``, ...; the version of
        the code is added.
    made_on
        Day on which it was made; today if not given.

    Raises
    ------
    DataError
        If rows are no forecast, it was made before its day was over, or another one of these two
        dates is locked already.
    """
    made_on = made_on or dt.date.today()
    folder = root / str(as_of)
    if made_on < as_of:
        raise DataError(
            f"forecast as of {as_of}, made on {made_on}: must not be made before its day. Give "
            "the day on which it is made."
        )
    table = as_arrow(draws, DRAW_SCHEMA, f"draws as of {as_of}")
    frame = table.to_pandas(date_as_object=True)
    check_rows(frame, f"draws as of {as_of}")
    quantiles = as_arrow(quantile_rows(frame), QUANTILE_SCHEMA, f"quantiles as of {as_of}")
    files = {DRAWS_FILE: _parquet(table), QUANTILES_FILE: _parquet(quantiles)}
    manifest: dict[str, Any] = {
        "format": _FORMAT,
        "as_of": str(as_of),
        "made_on": str(made_on),
        "models": sorted(frame["model"].unique()),
        "n_draws": {str(k): int(v) for k, v in frame.groupby("model")["draw"].nunique().items()},
        "hashes": dict(hashes),
        "code": code_version(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    manifest["sha256"] = _digest(manifest)
    check_may_lock(root, manifest)
    for name, content in files.items():
        write_aside(folder / name, partial(_write_bytes, content))
    text = json.dumps(manifest, indent=1) + "\n"
    write_text_aside(folder / MANIFEST_FILE, text)
    lock(root, manifest)
    return folder


def write_draws(path: Path, draws: pd.DataFrame) -> None:
    """Write the tidy draws of a forecast that is not locked to a bare Parquet file.

    Raises
    ------
    DataError
        If rows are no forecast.
    """
    table = as_arrow(draws, DRAW_SCHEMA, str(path))
    check_rows(table.to_pandas(date_as_object=True), str(path))
    write_aside(path, partial(_write_bytes, _parquet(table)))


def read_forecast(path: str | Path) -> Forecast:
    """Read a folder (verified against its manifest), or one Parquet file of draws or quantiles.

    Raises
    ------
    DataError
        One line, if it is missing, broken, or not as it was written.
    """
    path = Path(path)
    if not path.is_dir():
        return Forecast(path.name, None, _read_rows(path), {})
    manifest = verify_forecast(path)
    as_of = dt.date.fromisoformat(manifest["as_of"])
    return Forecast(f"as of {as_of}", as_of, _read_rows(path / DRAWS_FILE), manifest)


def verify_forecast(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder whose files are, to the last bit, those that it names.

    Raises
    ------
    DataError
        If they are not, or there is no manifest.
    """
    path = folder / MANIFEST_FILE
    try:
        manifest = from_json(read_text(path, "a folder with a whole forecast"))
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: is no readable JSON. Fetch the folder again.") from error
    if not isinstance(manifest, dict) or sorted(manifest) != sorted(_MANIFEST):
        raise DataError(f"{path}: must have the entries {', '.join(_MANIFEST)}, and no others.")
    if manifest["format"] != _FORMAT:
        raise DataError(f"{path}: format = {short(manifest['format'])}: must be {_FORMAT}.")
    if manifest["sha256"] != _digest(manifest):
        raise DataError(f"{path}: is not as it was written (its own hash). Fetch it again.")
    for key in ("as_of", "made_on"):
        try:
            dt.date.fromisoformat(manifest[key])
        except (TypeError, ValueError):
            raise DataError(f"{path}: {key} = {short(manifest[key])}: must be a date.") from None
    named = manifest["files"]
    if not isinstance(named, dict) or sorted(named) != sorted((DRAWS_FILE, QUANTILES_FILE)):
        raise DataError(f"{path}: files must be {DRAWS_FILE} and {QUANTILES_FILE}.")
    for name, sha256 in named.items():
        if hashlib.sha256(_content(folder / name)).hexdigest() != sha256:
            raise DataError(
                f"{folder / name}: is not as it was written: a forecast is changed only with a "
                "new date. Fetch it again, or make it anew."
            )
    return manifest


def verify_locked(root: Path = FORECASTS) -> list[dict[str, Any]]:
    """Return the manifests of all folders below, each as it was locked, in the order of their days.

    Raises
    ------
    DataError
        If a folder is not as it was written or not the last one locked for its day, or lines of
        the ledger are not in order.
    """
    if not root.is_dir():
        return []
    lines = ledger(root)
    found = []
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if folder.name.startswith(("_", ".")):
            continue
        manifest = verify_forecast(folder)
        if manifest["as_of"] != folder.name:
            raise DataError(f"{folder}: is as of {manifest['as_of']}. Name it by that day.")
        own = [line for line in lines if line[0] == folder.name]
        given = (manifest["as_of"], manifest["made_on"], manifest["sha256"])
        if not own or own[-1] != given:
            raise DataError(
                f"{folder}: is not the last one locked in {root / LEDGER}: a forecast is changed "
                "only with a new date. Put the locked one back, or make it anew."
            )
        found.append(manifest)
    return found


def _digest(manifest: Mapping[str, Any]) -> str:
    """Return the hash of everything a manifest says, its own hash left out."""
    said = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _write_bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata({}), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _content(path: Path) -> bytes:
    """Return the bytes of a file that may be a forecast.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read.
    """
    try:
        is_file = path.is_file()
        size = path.stat().st_size if is_file else 0
        content = path.read_bytes() if is_file and size <= _MOST_BYTES else b""
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except ValueError as error:  # a NUL in the name
        raise DataError(f"{str(path)!r}: cannot be read: no such name.") from error
    if not is_file:
        raise DataError(f"{str(path)!r}: is no file. Give a forecast: a folder, or a Parquet file.")
    if size > _MOST_BYTES:
        raise DataError(f"{path}: is larger than any forecast. Give another file.")
    return content


def _read_rows(path: Path) -> pd.DataFrame:
    """Return the checked rows of a Parquet file of draws or quantiles."""
    content = _content(path)
    try:
        frame = pq.read_table(pa.BufferReader(content)).to_pandas(date_as_object=True)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise DataError(
            f"{path}: is no readable Parquet file ({short(' '.join(str(error).split()), 80)}). "
            "Give a forecast: a folder, or a Parquet file."
        ) from error
    by_draw = "draw" in frame.columns
    checked = as_arrow(frame, DRAW_SCHEMA if by_draw else QUANTILE_SCHEMA, str(path))
    rows: pd.DataFrame = checked.to_pandas(date_as_object=True)
    check_rows(rows, str(path))
    return rows.sort_values([*KEYS, "draw" if by_draw else "quantile"], ignore_index=True)
