"""Files that tell of every changed bit: a digest of the whole file stands in the file itself.

Checksums of Parquet pages leave out headers and footer, and JSON has none. Here a file is written
with room for a digest, hashed with the room left blank, and the digest put there; so a reader that
blanks it again finds any bit that is not as it was written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic_core import from_json

from sim.errors import DataError
from sim.files import write_aside

_WORD = "clipmarket sha256 "
_BLANK = "0" * 64
_SEAL = re.compile(rb"clipmarket sha256 ([0-9a-f]{64})")
#: Where the digest stands in a JSON file, and in the footer of a table.
_KEY = "seal"
#: Where what is said of a table stands in its footer.
_ABOUT = b"clipmarket"
#: Larger than any file of a store; what is larger is not read into memory to find that out.
MOST_BYTES = 1 << 32


def _sealed(content: bytes) -> bytes:
    """Return content with its digest where room was left for it."""
    blank = (_WORD + _BLANK).encode()
    if len(_SEAL.findall(content)) != 1 or blank not in content:
        raise DataError(f"a name holds {_WORD!r}, which marks a digest. Rename it.")
    digest = hashlib.sha256(content).hexdigest()
    return content.replace(blank, (_WORD + digest).encode())


def read_sealed(path: Path) -> bytes:
    """Return the content of a file as it was written.

    Raises
    ------
    DataError
        If it is no file, cannot be read, or is not as it was written.
    """
    try:
        if not path.is_file():
            raise DataError(f"{path}: is no file")
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path}: larger than anything of a store")
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    seals = _SEAL.findall(content)
    if not seals:
        raise DataError(f"{path}: cut short, damaged, or nothing that was written here")
    blank = content.replace(seals[0], _BLANK.encode())
    if len(seals) > 1 or hashlib.sha256(blank).hexdigest() != seals[0].decode():
        raise DataError(f"{path}: damaged (it is not as it was written)")
    return content


def table_bytes(table: pa.Table, about: Mapping[str, Any], **options: Any) -> bytes:
    """Return a table as a Parquet file with a digest; the same table gives the same bytes.

    Parameters
    ----------
    about
        What is said of it, kept in the footer as JSON.
    options
        As of `pyarrow.parquet.write_table`.
    """
    text = json.dumps(about, default=str)
    footer = {_ABOUT: text.encode(), _KEY.encode(): (_WORD + _BLANK).encode()}
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata(footer),
        sink,
        **{"compression": "zstd", "write_page_checksum": True, **options},
    )
    return _sealed(sink.getvalue().to_pybytes())


def write_table(path: Path, table: pa.Table, about: Mapping[str, Any]) -> None:
    """Write a table and what is said of it: a whole file, or none."""
    content = table_bytes(table, about)
    write_aside(path, lambda p: p.write_bytes(content))


def read_table(
    path: Path, columns: Sequence[str] | None = None, filters: Any = None
) -> tuple[pa.Table, dict[str, Any]]:
    """Return a table that was written here, and what is said of it.

    Parameters
    ----------
    columns
        Only these; by default all.
    filters
        As of `pyarrow.parquet.read_table`.

    Raises
    ------
    DataError
        If it is not as it was written, or lacks a column.
    """
    content = pa.BufferReader(read_sealed(path))
    chosen = None if columns is None else list(columns)
    try:
        table = pq.read_table(
            content, columns=chosen, filters=filters, page_checksum_verification=True
        )
        about = from_json((table.schema.metadata or {})[_ABOUT])
    except (pa.ArrowException, OSError, ValueError, LookupError) as error:
        raise DataError(f"{path}: {first_line(error)}") from error
    missing = set(chosen or ()) - set(table.column_names)
    if missing or not isinstance(about, dict):
        raise DataError(f"{path}: lacks {', '.join(sorted(missing)) or 'what is said of it'}")
    return table, about


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write values as JSON: a whole file, or none."""
    text = json.dumps({**values, _KEY: _WORD + _BLANK}, indent=2, default=str)
    content = _sealed(text.encode())
    write_aside(path, lambda p: p.write_bytes(content))


def read_json(path: Path) -> dict[str, Any]:
    """Return the values of a JSON file that was written here.

    Raises
    ------
    DataError
        If it is not as it was written.
    """
    content = read_sealed(path)
    try:
        values = from_json(content)
    except ValueError as error:
        raise DataError(f"{path}: {first_line(error)}") from error
    if not isinstance(values, dict):
        raise DataError(f"{path}: is no table of values")
    values.pop(_KEY, None)
    return values


def first_line(error: BaseException) -> str:
    """Return what an error says, in one line."""
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
