"""Edge lists on disk: read in pieces, checked line by line, ids made dense."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from sim.compiled import kernel
from sim.config import MAX_USERS
from sim.errors import DataError

CHUNK_BYTES = 1 << 23
#: A longer line is no edge; the bound keeps a file without line ends out of memory.
MAX_LINE_BYTES = 1 << 16

_MARK = b"\xef\xbb\xbf"

_COMPLAINTS = {
    1: "is not two whole numbers",
    2: "has a negative id",
    3: "has one id only",
    4: "has more than two columns",
    5: "has an id beyond 18 digits",
}


@kernel
def parse_edges(text, size, edges):  # type: ignore[no-untyped-def]
    """Parse whole lines; return (n_edges, lines read, fault code, where the bad line starts)."""
    n_edges, lines, at = 0, 0, 0
    while at < size:
        start = at
        column, digits, value = 0, 0, np.int64(0)
        fault = 0
        while True:
            byte = text[at] if at < size else np.uint8(10)
            at += 1
            if 48 <= byte <= 57:
                value = value * 10 + np.int64(byte - 48)
                digits += 1
                if digits > 18 and fault == 0:
                    fault = 5
                continue
            # Anything else ends a number: blank, tab, comma, end of line or comment.
            end = byte == 10 or byte == 35
            if end or byte == 32 or byte == 9 or byte == 44 or byte == 13:
                if digits > 0:
                    if column < 2 and n_edges < edges.shape[0]:
                        edges[n_edges, column] = value
                    column += 1
                    digits, value = 0, np.int64(0)
                    if column > 2 and fault == 0:
                        fault = 4
            elif fault == 0:
                fault = 2 if byte == 45 and digits == 0 else 1
            if end:
                while byte != 10:
                    byte = text[at] if at < size else np.uint8(10)
                    at += 1
                break
        lines += 1
        if column == 1 and fault == 0:
            fault = 3
        if fault > 0:
            return n_edges, lines, fault, start
        if column == 2:
            n_edges += 1
    return n_edges, lines, 0, 0


def _open(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


def _complain(path: Path, line: int, text: bytes, code: int) -> DataError:
    shown = text.split(b"\n", 1)[0].strip()
    quoted = repr(shown[:40].decode("utf-8", "replace")) + ("..." if len(shown) > 40 else "")
    return DataError(
        f"{path}, line {line}: {quoted} {_COMPLAINTS[code]}. An edge is two ids >= 0, separated by "
        "a blank, a comma or a tab; lines from # on are ignored. Correct the line."
    )


def _parse_file(path: Path) -> list[npt.NDArray[np.int64]]:
    """Return the edges of a file, in pieces of (n_edges, 2) ids."""
    pieces = []
    lines, rest, first = 0, b"", True
    buffer = np.zeros(((CHUNK_BYTES + MAX_LINE_BYTES) // 4 + 1, 2), np.int64)
    with _open(path) as file:
        while True:
            block = file.read(CHUNK_BYTES)
            text = rest + block
            if first:
                text, first = text.removeprefix(_MARK), False
            cut = text.rfind(b"\n") + 1 if block else len(text)
            n_edges, n_lines, code, start = parse_edges(np.frombuffer(text, np.uint8), cut, buffer)
            if code:
                raise _complain(path, lines + n_lines, text[start : start + 200], code)
            lines += n_lines
            rest = text[cut:]
            if len(rest) > MAX_LINE_BYTES:
                raise _complain(path, lines + 1, rest[:200], 1)
            pieces.append(buffer[:n_edges].copy())
            if not block:
                return pieces


def read_edges(path: str | Path) -> tuple[int, npt.NDArray[np.int32]]:
    """Read a text file of edges, plain or gzipped (``.gz``).

    One edge a line: two ids >= 0 separated by blanks, a comma or a tab; the rest of a line after
    ``#`` is ignored. The text is read in pieces of 8 MB; ids take 16 bytes an edge until they are
    compacted.

    Returns
    -------
    n_nodes
        Number of different ids.
    edges
        (n_edges, 2) int32 rows; the ids in ascending order are rows 0, 1, ....

    Raises
    ------
    DataError
        If the file is missing, unreadable, broken in a line, or holds no edge.
    """
    path = Path(path)
    if "\0" in str(path):
        raise DataError(
            f"{str(path)!r}: no file has such a name. Give the path of a file of edges."
        )
    try:
        pieces = _parse_file(path)
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file. Give the path of a file of edges.") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{path}: the gzip file is broken or cut short ({error}). Fetch it again."
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from error
    ids = np.zeros(0, np.int64)
    for piece in pieces:
        ids = np.union1d(ids, piece)
    if ids.size == 0:
        raise DataError(f"{path}: holds no edge. An edge is a line of two ids, such as 0 1.")
    if ids.size > MAX_USERS:
        raise DataError(f"{path}: has {ids.size:,} nodes; at most {MAX_USERS:,} can be held.")
    pieces.reverse()
    rows = []
    while pieces:
        rows.append(np.searchsorted(ids, pieces.pop()).astype(np.int32))
    return ids.size, np.concatenate(rows)
