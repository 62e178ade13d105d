"""The facts are read exactly, and a broken file is refused in one clear line."""

from __future__ import annotations

import hashlib
import pickle
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scenarios.inputs.fact import TEXT_UNITS, UNITS
from scenarios.inputs.facts import COLUMNS, FACTS_FILE, Facts, load_facts
from sim.errors import DataError, UnknownNameError

ROW = {
    "id": "AAA001",
    "date_start": "2025-10-01",
    "date_end": "2025-10-31",
    "entity": "Platform",
    "metric": "downloads",
    "value": "5",
    "low": "4",
    "high": "6.5",
    "unit": "downloads",
    "definition": "installs",
    "source": "a paper",
    "url": "",
    "kind": "analyst",
    "confidence": "low",
    "notes": '"about", says the source',
}


def csv_text(*rows: dict[str, str]) -> str:
    """Return a file of facts with every cell quoted."""
    quoted = [
        ",".join('"' + row[column].replace('"', '""') + '"' for column in COLUMNS) for row in rows
    ]
    return "\r\n".join([",".join(COLUMNS), *quoted, ""])


def load_text(folder: Path, text: str | bytes) -> Facts:
    """Write a file of facts and read it."""
    path = folder / "facts.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return load_facts(path)


@pytest.fixture(scope="module")
def facts() -> Facts:
    return load_facts()


def test_all_shipped_facts_are_read(facts: Facts) -> None:
    assert len(facts) == 155
    assert next(iter(facts)) == "SEED001"
    assert all(fact.id == fact_id and fact.source for fact_id, fact in facts.items())


def test_a_fact_holds_the_cells_of_its_row(facts: Facts) -> None:
    fact = facts["SOR003"]
    assert (fact.value, fact.low, fact.high) == (110_000.0, 100_000.0, 120_000.0)
    assert (fact.date_start, fact.date_end) == (date(2025, 9, 30), None)
    assert (fact.entity, fact.unit) == ("Sora", "downloads/day")


def test_value_is_a_number_a_text_or_unknown(facts: Facts) -> None:
    assert facts["SOR010"].value == 1_000_000.0
    assert facts["SOR019"].value == "Taiwan, Thailand, Vietnam"
    assert facts["SOR007"].value is None
    for fact in facts.values():
        kind = str if fact.unit in TEXT_UNITS else float
        assert fact.value is None or isinstance(fact.value, kind)


def test_what_is_reckoned_with_must_be_a_number(facts: Facts) -> None:
    assert facts["SOR010"].number == 1_000_000.0
    paced = facts["SOR007"]
    assert paced.low is not None
    assert paced.high is not None
    assert paced.low <= paced.middle <= paced.high
    text = next(one for one in facts.values() if isinstance(one.value, str))
    with pytest.raises(DataError, match=rf"fact {text.id}: value = .* must be a number"):
        _ = text.number
    unbound = next(one for one in facts.values() if one.low is None)
    with pytest.raises(DataError, match=rf"fact {unbound.id}: low = None: must be a number"):
        _ = unbound.middle


def test_every_known_unit_is_used(facts: Facts) -> None:
    """A unit that no fact uses is a spelling that would let a mistyped fact pass."""
    assert {fact.unit for fact in facts.values()} == UNITS


def test_hash_is_that_of_the_bytes_of_the_file(facts: Facts) -> None:
    assert facts.sha256 == hashlib.sha256(FACTS_FILE.read_bytes()).hexdigest()


def test_facts_cannot_be_changed(facts: Facts) -> None:
    with pytest.raises(ValidationError):
        facts["SOR010"].value = 2.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        facts["SOR010"] = facts["SOR003"]  # type: ignore[index]


def test_facts_reach_a_worker_process_unchanged(facts: Facts) -> None:
    copy = pickle.loads(pickle.dumps(facts))
    assert copy == facts
    assert copy.sha256 == facts.sha256


def test_an_unknown_id_names_its_neighbor(facts: Facts) -> None:
    with pytest.raises(UnknownNameError, match=r"^unknown fact 'SORA10'\. Did you mean 'SOR\d+'"):
        facts["SORA10"]
    assert "SORA10" not in facts
    assert facts.get("SORA10") is None


def test_a_small_file_is_read(tmp_path: Path) -> None:
    facts = load_text(tmp_path, csv_text(ROW, ROW | {"id": "AAA002", "value": "-1e2", "low": ""}))
    assert facts["AAA001"].notes == '"about", says the source'
    assert facts["AAA002"].value == -100.0
    assert facts["AAA001"].date_end == date(2025, 10, 31)


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    plain = dict(load_text(tmp_path, csv_text(ROW)))
    header = COLUMNS[::-1]
    row = ",".join('"' + ROW[column].replace('"', '""') + '"' for column in header)
    assert dict(load_text(tmp_path, f"{','.join(header)}\n{row}\n")) == plain


def test_line_ends_byte_order_mark_and_blank_lines_do_not_matter(tmp_path: Path) -> None:
    text = csv_text(ROW)
    plain = dict(load_text(tmp_path, text))
    assert dict(load_text(tmp_path, text.replace("\r\n", "\n"))) == plain
    assert dict(load_text(tmp_path, text.encode("utf-8-sig"))) == plain
    assert dict(load_text(tmp_path, text.replace("\r\n", "\r\n\r\n"))) == plain


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("id", "", "must not be empty"),
        ("id", " AAA001", "spaces at an end"),
        ("source", "", "must not be empty"),
        ("unit", "donwloads", "Did you mean 'downloads'"),
        ("unit", "", "must not be empty"),
        ("kind", "rumor", "Allowed: analyst"),
        ("confidence", "hihg", "Did you mean 'high'"),
        ("date_start", "", "must not be empty"),
        ("date_start", "2025-13-01", "YYYY-MM-DD"),
        ("date_start", "20251001", "YYYY-MM-DD"),
        ("date_end", "31.10.2025", "YYYY-MM-DD"),
        ("date_end", "2025-09-30", "before date_start = 2025-10-01"),
        ("value", "many", "is not a number"),
        ("value", "5,000", "is not a number"),
        ("value", "1_000", "is not a number"),
        ("value", "nan", "is not a number"),
        ("value", "1e999", "is not a number"),
        ("value", "٥", "is not a number"),
        ("low", "inf", "is not a number"),
        ("value", "3", "below low = 4"),
        ("value", "7", "above high = 6.5"),
        ("low", "7", "above high = 6.5"),
        ("unit", "date", "YYYY-MM-DD"),
    ],
)
def test_a_wrong_cell_is_refused_with_line_and_column(
    tmp_path: Path, column: str, cell: str, message: str
) -> None:
    """The wrong row stands third in the file, behind a cell that holds a line break."""
    good = ROW | {"notes": "two\nlines"}
    with pytest.raises(DataError) as caught:
        load_text(tmp_path, csv_text(good, ROW | {"id": "AAA002"} | {column: cell}))
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'facts.csv'}:4: {column if column != 'unit' else ''}"), (
        text
    )
    assert message in text
    assert "\n" not in text


def test_two_facts_cannot_share_an_id(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"facts\.csv:3: id = 'AAA001': already used in line 2"):
        load_text(tmp_path, csv_text(ROW, ROW))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: the file is empty"),
        (b"id,value\r\nA,1\r\n", ":1: the header does not fit (missing: 'date_start'"),
        (csv_text(ROW).replace("url", "link", 1).encode(), "unknown: 'link'"),
        (csv_text(ROW).encode() + b"AAA002,2025-10-01\r\n", ":3: 2 cells, not 15"),
        (csv_text(ROW).encode() + b'"AAA002,2025-10-01\r\n', ":3: broken CSV"),
        (csv_text(ROW).encode() + b"\xff\xfe\r\n", ":3: byte 0xff is not UTF-8"),
        (csv_text(ROW).encode("utf-16")[2:], ": holds bytes of 0"),
        (b"PK\x03\x04\x00\x00\x00", "Save it as CSV UTF-8"),
    ],
)
def test_a_file_that_is_no_file_of_facts_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        load_text(tmp_path, content)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: no such file"):
        load_facts(tmp_path / "none.csv")
    with pytest.raises(DataError, match="cannot be read"):
        load_facts(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        load_facts("\0")


BASE = csv_text(ROW, ROW | {"id": "AAA002"}).encode()
PIECES = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b" ", b"-", b'""', b"e9"]
)


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(BASE)), st.integers(0, 40), PIECES | st.binary(max_size=6)),
        min_size=1,
        max_size=4,
    )
)
@example(edits=[(0, 0, b'"')])
@example(edits=[(len(BASE), 0, b'"' + b"x" * 200_000)])
@example(edits=[(0, len(BASE), b"")])
def test_a_damaged_file_is_read_or_refused_in_one_line(
    tmp_path: Path, edits: list[tuple[int, int, bytes]]
) -> None:
    """Cut, overwrite and insert bytes anywhere: never a traceback of another kind."""
    content = BASE
    for start, n_cut, piece in edits:
        content = content[:start] + piece + content[start + n_cut :]
    try:
        facts = load_text(tmp_path, content)
    except DataError as error:
        text = str(error)
        assert text.startswith(f"{tmp_path / 'facts.csv'}:")
        assert len(text.splitlines()) == 1
        assert len(text) < 2000
    else:
        for fact in facts.values():
            assert fact.id
            assert fact.source
            assert fact.unit in UNITS
            assert fact.date_end is None or fact.date_start <= fact.date_end
