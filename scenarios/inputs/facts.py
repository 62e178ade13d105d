"""The facts: dated, sourced numbers from the outside world, read and checked.

Every number of a scenario that is not an assumption names a row of ``scenarios/data/facts.csv`` by
its id. The file is read here and nowhere else, and each row is checked once, when it is read.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from scenarios.inputs.fact import Fact
from sim.checks import short
from sim.errors import ConfigError, DataError, unknown_name
from sim.text_files import decoded, read_content

FACTS_FILE = Path(__file__).resolve().parent.parent / "data" / "facts.csv"

#: In any order in the file.
COLUMNS = tuple(Fact.model_fields)


class Facts(Mapping[str, Fact]):
    """The facts of one file by id, in the order of the file.

    Examples
    --------
    >>> facts = load_facts()
    >>> facts["SOR010"].value, facts["SOR010"].unit
    (1000000.0, 'downloads')
    """

    def __init__(self, facts: Mapping[str, Fact], sha256: str) -> None:
        self._facts = dict(facts)
        #: Hash of the bytes of the file, for the manifest of a run.
        self.sha256 = sha256

    def __getitem__(self, fact_id: str) -> Fact:
        """Return one fact.

        Raises
        ------
        UnknownNameError
            If no fact has this id.
        """
        try:
            return self._facts[fact_id]
        except KeyError:
            raise unknown_name("fact", fact_id, self._facts) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __repr__(self) -> str:
        return f"<Facts {len(self)} · sha256 {self.sha256[:12]}>"


def load_facts(path: str | Path | None = None) -> Facts:
    """Read a file of facts and check every row.

    Parameters
    ----------
    path
        A CSV file with the columns ``COLUMNS``; by default the facts shipped with the project.

    Raises
    ------
    DataError
        If the file is missing or broken; the one line names file, line and what to do.
    """
    found, refused = readable_facts(path)
    for text in refused:
        raise DataError(text)
    return found


def readable_facts(path: str | Path | None = None) -> tuple[Facts, list[str]]:
    """Return the facts of a file that can be read, and one line on each row that cannot.

    For files of others, of which a row in a unit never seen shall not hide the rest.

    Parameters
    ----------
    path
        As of `load_facts`.

    Raises
    ------
    DataError
        If the file is missing, is no CSV, or has other columns.
    """
    name = "scenarios/data/facts.csv" if path is None else str(path)
    content = read_content(FACTS_FILE if path is None else path, "a CSV file of facts")
    facts: dict[str, Fact] = {}
    first_lines: dict[str, int] = {}
    refused: list[str] = []
    for line, cells in _rows(decoded(content, name), name):
        try:
            fact = Fact.parse(cells, f"{name}:{line}")
        except ConfigError as error:
            refused.append(str(error))
            continue
        if fact.id in facts:
            refused.append(
                f"{name}:{line}: id = {fact.id!r}: already used in line {first_lines[fact.id]}. "
                "Give each fact an id of its own."
            )
            continue
        facts[fact.id] = fact
        first_lines[fact.id] = line
    return Facts(facts, sha256=hashlib.sha256(content).hexdigest()), refused


def _rows(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (first line, cells by column) of every row below the header; skip blank lines."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for row in reader:
            if not header:
                _check_header(row, name)
                header = row
            elif row:
                if len(row) != len(header):
                    raise DataError(
                        f"{name}:{line}: {len(row)} cells, not {len(header)}. "
                        "Put a cell that contains a comma in double quotes."
                    )
                yield line, dict(zip(header, row, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{name}:{line}: broken CSV ({error}). "
            "Put a cell with commas or line breaks in double quotes, and double a quote inside it."
        ) from error
    if not header:
        raise DataError(f"{name}:1: the file is empty. Begin it with: {','.join(COLUMNS)}")


def _check_header(row: list[str], name: str) -> None:
    if sorted(row) != sorted(COLUMNS):
        missing = [column for column in COLUMNS if column not in row]
        unknown = [column for column in row if column not in COLUMNS]
        raise DataError(
            f"{name}:1: the header does not fit (missing: {_listed(missing)}; unknown: "
            f"{_listed(unknown)}). It must be: {','.join(COLUMNS)}"
        )


def _listed(names: list[str]) -> str:
    return ", ".join(short(name, 80) for name in names) or "none"
