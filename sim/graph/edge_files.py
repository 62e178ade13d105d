"""Edge lists on disk: read in pieces, checked line by line, ids made dense."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.compiled import kernel
from sim.config import MAX_USERS
from sim.errors import DataError
from sim.graph.edge_layouts import Layout, layout_of
from sim.text_files import opened_text

CHUNK_BYTES = 1 << 23
#: A longer line is no edge; the bound keeps a file without line ends out of memory.
MAX_LINE_BYTES = 1 << 16

_COUNTS = "If the first line counts nodes and edges, put # before it."
_EDGE = (
    "An edge is two ids >= 0, separated by a blank, a comma or a tab, and what follows is left "
    "out; lines from # or % on are ignored."
)
_COMPLAINTS = {
    1: f"is not two whole numbers. {_EDGE} Number nodes that have names.",
    2: f"has a negative id. {_EDGE} Correct the line.",
    3: f"has one id only. {_EDGE} {_COUNTS}",
    4: f"has not as many columns as the lines before. Give one edge a line. {_COUNTS}",
    5: f"has an id beyond 18 digits. {_EDGE} Correct the line.",
    6: "has an empty cell. Fill it, or take the comma away.",
    7: "ends as on an old Mac. Save the file with line ends of Unix or Windows.",
    8: "has a negative weight, and no friendship has. Leave such lines out.",
    9: "has an entry of 0, which is no friendship. Leave such lines out.",
}
#: A line of sizes alone must not ask for memory.
_MOST_ROWS_PER_ENTRY = 1000
#: Places in the notes that the parser keeps between pieces.
_COLUMNS, _MORE, _NO_ZEROS = 0, 1, 2


@kernel
def parse_edges(text, size, edges, notes):  # type: ignore[no-untyped-def]
    """Parse whole lines; return (n_edges, lines read, fault code, where the bad line starts)."""
    n_edges, lines, at = 0, 0, 0
    while at < size:
        start = at
        column, digits, value = 0, 0, np.int64(0)
        fault = 0
        # What the cell being read is: none yet; after a comma one must come.
        in_cell, after_comma, in_braces, is_empty, is_zero = False, False, False, False, False
        last = np.uint8(10)
        while True:
            byte = text[at] if at < size else np.uint8(10)
            at += 1
            end = byte == 10 or byte == 35 or (byte == 37 and column == 0 and not in_cell)
            blank = byte == 32 or byte == 9 or byte == 13
            if byte == 13 and at < size and text[at] != 10 and fault == 0:
                fault = 7
            if in_braces and not end:
                # What networkx writes of an edge: {'weight': 1}.
                if byte == 45 and last == 58:
                    fault = 8 if fault == 0 else fault
                if not blank:
                    is_empty = is_empty and byte == 125
                    last = byte
                continue
            if end or blank or byte == 44:
                if in_cell:
                    if column < 2 and n_edges < edges.shape[0]:
                        edges[n_edges, column] = value
                    elif column == 2 and is_zero and notes[_NO_ZEROS] and fault == 0:
                        fault = 9
                    column += 1
                    if column > 2 and not is_empty:
                        notes[_MORE] = 1
                    in_cell, in_braces, is_empty, is_zero = False, False, False, False
                    digits, value = 0, np.int64(0)
                    after_comma = byte == 44
                elif byte == 44 or (end and after_comma):
                    if (after_comma or column == 0) and fault == 0:
                        fault = 6
                    after_comma = True
            elif column < 2:
                in_cell, after_comma = True, False
                if 48 <= byte <= 57:
                    value = value * 10 + np.int64(byte - 48)
                    digits += 1
                    if digits > 18 and fault == 0:
                        fault = 5
                elif fault == 0:
                    fault = 2 if byte == 45 and digits == 0 else 1
            elif not in_cell:
                in_cell, after_comma = True, False
                in_braces = byte == 123
                is_empty, is_zero = in_braces, byte == 48
                if byte == 45 and column == 2 and fault == 0:
                    fault = 8
            elif byte != 48 and byte != 46:
                is_zero = False
            if end:
                while byte != 10:
                    byte = text[at] if at < size else np.uint8(10)
                    at += 1
                break
        lines += 1
        if column == 1 and fault == 0:
            fault = 3
        if column >= 2 and fault == 0:
            if notes[_COLUMNS] != 0 and notes[_COLUMNS] != column:
                fault = 4
            notes[_COLUMNS] = column
        if fault > 0:
            return n_edges, lines, fault, start
        if column >= 2:
            n_edges += 1
    return n_edges, lines, 0, 0


def _complain(path: Path, line: int, text: bytes, code: int) -> DataError:
    shown = text.split(b"\n", 1)[0].strip()
    quoted = repr(shown[:40].decode("utf-8", "replace")) + ("..." if len(shown) > 40 else "")
    return DataError(f"{path}, line {line}: {quoted} {_COMPLAINTS[code]}")


@dataclass
class _Read:
    """A file as it was read: pieces of (n_edges, 2) ids, and what its first lines said."""

    layout: Layout = field(default_factory=Layout)
    pieces: list[npt.NDArray[np.int64]] = field(default_factory=list)
    has_more: bool = False


def _parse_file(path: Path) -> _Read:
    """Return the edges of a file."""
    read = _Read()
    lines, rest, first = 0, b"", True
    buffer = np.zeros(((CHUNK_BYTES + MAX_LINE_BYTES) // 4 + 1, 2), np.int64)
    notes = np.zeros(3, np.int64)
    with opened_text(path, "a file of edges") as file:
        while True:
            block = file.read(CHUNK_BYTES)
            text = rest + block
            if first:
                read.layout, first = layout_of(text, str(path)), False
                at = read.layout.hidden
                if at >= 0:
                    text = text[:at] + b"#" + text[at + 1 :]
                notes[_COLUMNS] = read.layout.n_columns
                notes[_NO_ZEROS] = read.layout.n_columns > 2
            cut = text.rfind(b"\n") + 1 if block else len(text)
            n_edges, n_lines, code, start = parse_edges(
                np.frombuffer(text, np.uint8), cut, buffer, notes
            )
            if code:
                raise _complain(path, lines + n_lines, text[start : start + 200], code)
            lines += n_lines
            rest = text[cut:]
            if len(rest) > MAX_LINE_BYTES:
                raise _complain(path, lines + 1, rest[:200], 1)
            read.pieces.append(buffer[:n_edges].copy())
            if not block:
                read.has_more = bool(notes[_MORE])
                return read


def read_edges(path: str | Path) -> tuple[int, npt.NDArray[np.int32]]:
    """Read a text file of edges, plain or packed (gzip, bzip2, xz).

    One edge a line: two ids >= 0 separated by blanks, a comma or a tab. Lines from ``#`` or ``%``
    on are ignored, and so is, with a warning, what follows the two ids: weights, times. Directions
    are forgotten. The files of SNAP and KONECT, MatrixMarket, networkx and CSV with the names of
    its columns are read as they are published (`sim.graph.edge_layouts`). The text is read in
    pieces of 8 MB; ids take 16 bytes an edge until they are compacted.

    Returns
    -------
    n_nodes
        Number of different ids; of a MatrixMarket file, as it says.
    edges
        (n_edges, 2) int32 rows; the ids in ascending order are rows 0, 1, ....

    Raises
    ------
    DataError
        If the file is missing, unreadable, broken in a line, holds no edge, joins two kinds of
        nodes, or may begin with a line of counts.
    """
    path = Path(path)
    read = _parse_file(path)
    pieces, layout = read.pieces, read.layout
    if not any(piece.size for piece in pieces):
        raise DataError(f"{path}: holds no edge. An edge is a line of two ids, such as 0 1.")
    if layout.n_nodes:
        _check_matrix(path, pieces, layout)
        n_nodes = layout.n_nodes
        edges = (np.concatenate(pieces) - 1).astype(np.int32)
    else:
        ids = np.zeros(0, np.int64)
        for piece in pieces:
            ids = np.union1d(ids, piece)
        n_nodes = ids.size
        if n_nodes > MAX_USERS:
            raise DataError(f"{path}: has {n_nodes:,} nodes; at most {MAX_USERS:,} can be held.")
        _refuse_counts(path, pieces, ids)
        pieces.reverse()
        rows = []
        while pieces:
            rows.append(np.searchsorted(ids, pieces.pop()).astype(np.int32))
        edges = np.concatenate(rows)
    left_out = ("the columns after the two ids (weights, times) are left out",)
    said = (*layout.notes, *(left_out if read.has_more else ()))
    if said:
        warnings.warn(f"{path}: {'; '.join(said)}.", stacklevel=3)
    return n_nodes, edges


def _check_matrix(path: Path, pieces: list[npt.NDArray[np.int64]], layout: Layout) -> None:
    """Refuse a matrix whose line of sizes is not true; rows without an entry are nodes too."""
    n_entries = sum(len(piece) for piece in pieces)
    if n_entries != layout.n_entries:
        raise DataError(
            f"{path}: says {layout.n_entries:,} entries and has {n_entries:,}. Fetch it again."
        )
    for piece in pieces:
        if piece.size and not 1 <= piece.min() <= piece.max() <= layout.n_nodes:
            raise DataError(
                f"{path}: has an entry beyond its {layout.n_nodes:,} rows, which count from 1. "
                "Fetch it again."
            )
    if layout.n_nodes > _MOST_ROWS_PER_ENTRY * n_entries:
        raise DataError(
            f"{path}: says {layout.n_nodes:,} rows for {n_entries:,} entries, so hardly anybody "
            "has a friend. Correct its sizes, or leave out the empty rows."
        )


def _refuse_counts(
    path: Path, pieces: list[npt.NDArray[np.int64]], ids: npt.NDArray[np.int64]
) -> None:
    """Refuse a first line that fits as "nodes edges" of the others, and as an edge."""
    first = next(piece for piece in pieces if piece.size)[0]
    low, high = int(first.min()), int(first.max())
    n_rest = sum(len(piece) for piece in pieces) - 1
    # What follows is sorted twice, so only where the numbers come near.
    near = any(0.4 * n_rest <= one <= n_rest for one in (low, high))
    if n_rest < 1 or high < ids.size - 2 or not near:
        return
    others = np.concatenate(pieces)[1:]
    n_others = np.unique(others).size
    # Edges may stand once or both ways, and nodes may have no edge.
    pairs = np.unique(np.sort(others, axis=1), axis=0)
    n_pairs = int(np.count_nonzero(pairs[:, 0] != pairs[:, 1]))
    for n_nodes, n_edges in ((low, high), (high, low)):
        if n_nodes >= n_others and n_edges in (n_rest, n_pairs):
            raise DataError(
                f"{path}: its first edge {first[0]} {first[1]} may be the counts of nodes and "
                "edges that follow. Put # before the line if it is, else move it further down."
            )
