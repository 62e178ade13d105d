"""How a file of edges is laid out: what its first lines say, as collections of graphs publish them.

Comments begin with ``#`` (SNAP) or ``%`` (KONECT). A MatrixMarket banner is followed by a line of
sizes, a CSV file may name its columns; both lines are read here and hidden from the parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sim.checks import short
from sim.config import MAX_USERS
from sim.errors import DataError

#: Names of the two ends of an edge, as far as they are people both; what else they say is cut off.
_ENDS = {
    ("source", "target"), ("from", "to"), ("src", "dst"), ("src", "dest"), ("u", "v"), ("i", "j"),
    ("a", "b"), ("x", "y"), ("1", "2"), ("0", "1"), ("tail", "head"), ("head", "tail"),
    ("start", "end"), ("sender", "receiver"), ("sender", "recipient"), ("ego", "alter"),
    ("follower", "followee"), ("follower", "followed"), ("", "friend"), ("", "neighbor"),
}  # fmt: skip
_CUT_OFF = re.compile(r"node|user|person|vertex|people|profile|id|[^a-z0-9]")
_NUMBER = re.compile(r"[+-]?[0-9]")
_TWO_MODE = re.compile(rb"^%\s*bip\b|\bbipartite\b|\btwo-mode\b", re.IGNORECASE)
_DIRECTED = re.compile(rb"^%\s*asym\b|(?<!un)(?<!un-)\bdirected\b", re.IGNORECASE)
_BANNER = b"%%matrixmarket"
#: What the first word of other formats is, and who reads them.
_OTHERS = {
    "*": ("Pajek", "read_pajek"),
    "<": ("GraphML or GEXF", "read_graphml"),
    "graph": ("GML or DOT", "read_gml"),
    "digraph": ("DOT", "nx_pydot.read_dot"),
    "creator": ("GML", "read_gml"),
    "{": ("JSON", "node_link_graph"),
    "[": ("JSON", "node_link_graph"),
}


@dataclass(frozen=True)
class Layout:
    """What the first lines say of the others.

    Parameters
    ----------
    hidden
        Place in the text of a line that is no edge; -1 if there is none.
    n_nodes, n_entries, n_columns
        As a MatrixMarket file says; 0 where nothing is said.
    notes
        What is left out of what the file says, in sentences.
    """

    hidden: int = -1
    n_nodes: int = 0
    n_entries: int = 0
    n_columns: int = 0
    notes: tuple[str, ...] = field(default=())


def layout_of(head: bytes, name: str) -> Layout:
    """Read the first lines of a file of edges.

    Raises
    ------
    DataError
        If they say that it is no list of friendships: two kinds of nodes, or another format.
    """
    comments, lines = _first_lines(head)
    if comments and comments[0].lower().startswith(_BANNER):
        return _matrix(comments[0], lines, name)
    for comment in comments:
        if _TWO_MODE.search(comment):
            raise DataError(
                f"{name}: has two kinds of nodes, as its comment {_quoted(comment)} says, and "
                "friendships join one kind. Give a graph of people, or project it on them."
            )
    directed = any(_DIRECTED.search(comment) for comment in comments)
    notes = (_forgotten("directed, as its comment says"),) if directed else ()
    if lines:
        _refuse_others(lines[0][1], name)
    if len(lines) < 2 or not _is_header(lines[0][1]) or _is_header(lines[1][1]):
        return Layout(notes=notes)
    _check_header(lines[0][1], name)
    return Layout(hidden=lines[0][0], notes=notes)


def _forgotten(what: str) -> str:
    return f"{what}; directions are forgotten, and a link either way is one friendship"


def _first_lines(head: bytes) -> tuple[list[bytes], list[tuple[int, bytes]]]:
    """Return the comments on top, and the first two other lines with their places."""
    comments: list[bytes] = []
    lines: list[tuple[int, bytes]] = []
    at = 0
    while at < len(head) and len(lines) < 2:
        end = head.find(b"\n", at)
        end = len(head) if end < 0 else end
        line = head[at:end].strip()
        if line[:1] in (b"#", b"%"):
            if not lines:
                comments.append(line)
        elif line:
            lines.append((at, line))
        at = end + 1
    return comments, lines


def _matrix(banner: bytes, lines: list[tuple[int, bytes]], name: str) -> Layout:
    words = banner.decode("utf-8", "replace").lower().split()[1:]
    good = (
        len(words) == 4
        and words[:2] == ["matrix", "coordinate"]
        and words[2] in ("pattern", "integer", "real")
        and words[3] in ("symmetric", "general")
    )
    if not good:
        raise DataError(
            f"{name}: a MatrixMarket file of {short(' '.join(words))}: must be a matrix coordinate "
            "pattern, integer or real, symmetric or general. Save the adjacency matrix as that."
        )
    sizes = lines[0][1].split() if lines else []
    if len(sizes) != 3 or not all(one.isdigit() and len(one) <= 18 for one in sizes):
        raise DataError(
            f"{name}: a MatrixMarket file without its line of sizes, such as 50 50 60. "
            "Fetch it again."
        )
    n_rows, n_columns, n_entries = map(int, sizes)
    if n_rows != n_columns:
        raise DataError(
            f"{name}: a matrix of {n_rows:,} rows and {n_columns:,} columns has two kinds of "
            "nodes, and friendships join one kind. Give a square one, of people by people."
        )
    if n_rows > MAX_USERS:
        raise DataError(f"{name}: has {n_rows:,} nodes; at most {MAX_USERS:,} can be held.")
    notes = (_forgotten("a general matrix"),) if words[3] == "general" else ()
    width = 2 if words[2] == "pattern" else 3
    return Layout(lines[0][0], n_rows, n_entries, width, notes)


def _cells(line: bytes) -> list[str]:
    text = line.decode("utf-8", "replace")
    return [one.strip().strip("\"'") for one in (text.split(",") if "," in text else text.split())]


def _is_header(line: bytes) -> bool:
    """Return whether the first two cells of a line are words."""
    return not any(_NUMBER.match(cell) for cell in _cells(line)[:2])


def _refuse_others(line: bytes, name: str) -> None:
    first = line.decode("utf-8", "replace").lower()
    for start, (kind, reader) in _OTHERS.items():
        if first.startswith(start) and (not start.isalpha() or first[len(start) :][:1] in " \t{["):
            raise DataError(
                f"{name}: begins as {kind} does, and is no list of edges. Read it with networkx."
                f"{reader} and write it with networkx.write_edgelist(graph, path, data=False)."
            )


def _check_header(line: bytes, name: str) -> None:
    """Refuse names of columns that need not be two ends of a friendship."""
    cells = _cells(line)
    if cells and not cells[0]:
        raise DataError(
            f"{name}: its first column has no name, as when pandas writes its index too. Save it "
            "without: to_csv(path, index=False)."
        )
    ends = tuple(_CUT_OFF.sub("", one.lower()) for one in cells[:2])
    if ends not in _ENDS:
        raise DataError(
            f"{name}: its columns begin with {short(', '.join(cells[:2]))}, which may not be two "
            "ends of a friendship. Name them source,target if they are, or put these columns first."
        )


def _quoted(line: bytes) -> str:
    return repr(short(line[:60].decode("utf-8", "replace"))[1:-1])
