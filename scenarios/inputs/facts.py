"""The facts: dated, sourced numbers from the outside world, read and checked.

Every number of a scenario that is not an assumption names a row of ``scenarios/data/facts.csv`` by
its id. The file is read here and nowhere else, and each row is checked once, when it is read.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.errors import DataError, unknown_name

FACTS_FILE = Path(__file__).resolve().parent.parent / "data" / "facts.csv"

COLUMNS = (
    "id",
    "date_start",
    "date_end",
    "entity",
    "metric",
    "value",
    "low",
    "high",
    "unit",
    "definition",
    "source",
    "url",
    "kind",
    "confidence",
    "notes",
)
REQUIRED = ("id", "date_start", "entity", "metric", "unit", "source")

KINDS = frozenset(
    {"first_party", "secondary", "market_intelligence", "journalist_estimate", "analyst", "seed"}
)
CONFIDENCES = frozenset({"high", "medium", "low"})

#: Units whose value is text: what happened, what was said, a direction.
TEXT_UNITS = frozenset({"date", "event", "qualitative", "quote"})
#: All units. A fact with a new unit adds it here.
UNITS = TEXT_UNITS | {
    "GPU-minutes/clip",
    "USD",
    "USD per 10 clips",
    "USD/GPU-hour",
    "USD/clip",
    "USD/day",
    "USD/half-year",
    "USD/install",
    "USD/month",
    "USD/payer",
    "USD/quarter",
    "USD/second",
    "USD/year",
    "accounts/day",
    "channels/day",
    "clips/day",
    "clips/user/day",
    "days",
    "devices/month",
    "downloads",
    "downloads/day",
    "downloads/month",
    "elasticity",
    "friends/user",
    "hops",
    "invite codes/user",
    "mean degree",
    "minutes/user/day",
    "new users per user",
    "packs/month",
    "percent",
    "percent over 3 months",
    "percent/month",
    "rank",
    "ratio",
    "subscribers",
    "users",
    "users/day",
    "users/month",
    "videos",
    "views/day",
    "x cheaper in a year",
}

# Narrower than float() and date.fromisoformat(), which also take "1_000", "nan" and "20251031".
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One fact: what was measured, when, by whom, and how far to trust it.

    ========== ============================================================================
    id         for ever; parameters and docstrings refer to it
    date_start first day the fact speaks of
    date_end   last day (inclusive); None for a single day or an open state
    entity     company, product or benchmark
    metric     what was measured
    value      a number; text where the unit is date, event, qualitative or quote; None: unknown
    low, high  bounds in the same unit; None: not given
    unit       one of ``UNITS``
    definition what exactly was counted; empty where the metric says it all
    source     who says so
    url        where; empty if only the source's name is known
    kind       one of ``KINDS``: how the source knows
    confidence high, medium or low
    notes      caveats
    ========== ============================================================================
    """

    id: str
    date_start: date
    date_end: date | None
    entity: str
    metric: str
    value: float | str | None
    low: float | None
    high: float | None
    unit: str
    definition: str
    source: str
    url: str
    kind: str
    confidence: str
    notes: str


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
    name = "scenarios/data/facts.csv" if path is None else str(path)
    content = _content(FACTS_FILE if path is None else Path(path), name)
    facts: dict[str, Fact] = {}
    first_lines: dict[str, int] = {}
    for line, cells in _rows(_text(content, name), name):
        fact = _fact(cells, f"{name}:{line}")
        if fact.id in facts:
            raise DataError(
                f"{name}:{line}: id = {fact.id!r}: already used in line {first_lines[fact.id]}. "
                "Give each fact an id of its own."
            )
        facts[fact.id] = fact
        first_lines[fact.id] = line
    return Facts(facts, sha256=hashlib.sha256(content).hexdigest())


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"{name!r}: cannot be read ({reason}). Name a CSV file of facts."
        ) from error


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}:{line}: byte 0x{content[error.start]:02x} is not UTF-8. "
            "Save the file in UTF-8."
        ) from error


def _rows(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (first line, cells by column) of every row below the header; skip blank lines."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = False
    line = 1
    try:
        for row in reader:
            if not header:
                _check_header(row, name)
                header = True
            elif row:
                if len(row) != len(COLUMNS):
                    raise DataError(
                        f"{name}:{line}: {len(row)} cells, not {len(COLUMNS)}. "
                        "Put a cell that contains a comma in double quotes."
                    )
                yield line, dict(zip(COLUMNS, row, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{name}:{line}: broken CSV ({error}). "
            "Put a cell with commas or line breaks in double quotes, and double a quote inside it."
        ) from error
    if not header:
        raise DataError(f"{name}:1: the file is empty. Begin it with: {','.join(COLUMNS)}")


def _check_header(row: list[str], name: str) -> None:
    if row != list(COLUMNS):
        missing = [column for column in COLUMNS if column not in row]
        unknown = [column for column in row if column not in COLUMNS]
        raise DataError(
            f"{name}:1: the header does not fit (missing: {_listed(missing)}; unknown: "
            f"{_listed(unknown)}). It must be: {','.join(COLUMNS)}"
        )


def _listed(names: list[str]) -> str:
    return ", ".join(_quoted(name) for name in names) or "none"


def _quoted(text: str, longest: int = 80) -> str:
    """Quote a cell for a message: on one line, and short even where a lost quote ate the file."""
    return repr(text if len(text) <= longest else text[:longest] + "…")


def _fact(cells: dict[str, str], where: str) -> Fact:
    """Make one fact from the cells of a row, or say which cell is wrong and what it may be."""

    def wrong(column: str, what: str) -> DataError:
        given, fact_id = _quoted(cells[column]), _quoted(cells["id"])
        return DataError(f"{where}: {column} = {given} (fact {fact_id}): {what}")

    for column in COLUMNS:
        if cells[column] != cells[column].strip():
            raise wrong(column, "has spaces at an end. Remove them.")
    for column in REQUIRED:
        if not cells[column]:
            raise wrong(column, "must not be empty. Fill it in.")
    _check_known(cells, "unit", UNITS, wrong, " or add it to UNITS in scenarios/inputs/facts.py")
    _check_known(cells, "kind", KINDS, wrong)
    _check_known(cells, "confidence", CONFIDENCES, wrong)

    start = _date(cells, "date_start", wrong)
    end = _date(cells, "date_end", wrong) if cells["date_end"] else None
    if end is not None and end < start:
        raise wrong("date_end", f"lies before date_start = {start}. Exchange them.")

    value: float | str | None
    if cells["unit"] in TEXT_UNITS:
        value = cells["value"] or None
        if cells["unit"] == "date" and value is not None:
            _date(cells, "value", wrong)
    else:
        value = _number(cells, "value", wrong)
    low, high = _number(cells, "low", wrong), _number(cells, "high", wrong)
    if low is not None and high is not None and low > high:
        raise wrong("low", f"is above high = {cells['high']}. Exchange them.")
    if isinstance(value, float):
        if low is not None and value < low:
            raise wrong("value", f"is below low = {cells['low']}. Correct one of them.")
        if high is not None and value > high:
            raise wrong("value", f"is above high = {cells['high']}. Correct one of them.")

    return Fact(
        id=cells["id"],
        date_start=start,
        date_end=end,
        entity=cells["entity"],
        metric=cells["metric"],
        value=value,
        low=low,
        high=high,
        unit=cells["unit"],
        definition=cells["definition"],
        source=cells["source"],
        url=cells["url"],
        kind=cells["kind"],
        confidence=cells["confidence"],
        notes=cells["notes"],
    )


_Wrong = Callable[[str, str], DataError]


def _check_known(
    cells: dict[str, str], column: str, allowed: frozenset[str], wrong: _Wrong, otherwise: str = ""
) -> None:
    if cells[column] not in allowed:
        close = difflib.get_close_matches(cells[column], sorted(allowed), n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise wrong(
            column, f"is unknown.{hint} Use one of: {', '.join(sorted(allowed))}{otherwise}."
        )


def _date(cells: dict[str, str], column: str, wrong: _Wrong) -> date:
    try:
        if not _DATE.fullmatch(cells[column]):
            raise ValueError(cells[column])
        return date.fromisoformat(cells[column])
    except ValueError as error:
        raise wrong(column, "is not a date. Write it as YYYY-MM-DD, such as 2025-10-31.") from error


def _number(cells: dict[str, str], column: str, wrong: _Wrong) -> float | None:
    text = cells[column]
    if not text:
        return None
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise wrong(
            column,
            f"is not a number, and the unit is {cells['unit']}. Write digits alone, "
            f"such as 1250000 or -0.5; for text use a unit of: {', '.join(sorted(TEXT_UNITS))}.",
        )
    return number
