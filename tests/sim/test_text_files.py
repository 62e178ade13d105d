"""Text files that people give: what can be read is, and everything else gets one line."""

import bz2
import gzip
import io
import lzma
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.facts import FACTS_FILE, load_facts
from sim import from_edges, text_files
from sim.errors import DataError
from sim.text_files import LONGEST_TEXT, decoded, opened_text, read_text

WHAT = "a file of words"
TEXT = "Zürich, 東京\nand a second line\n"


@pytest.mark.parametrize("name", ["words.txt", "words.txt.gz", "words.bz2", "words"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_known_by_its_bytes_and_not_by_its_name(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes], encoding: str
) -> None:
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    (tmp_path / name).write_bytes(pack((mark + TEXT).encode(encoding)))
    assert read_text(tmp_path / name, WHAT) == TEXT


def workbook(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


def parquet() -> bytes:
    content = io.BytesIO()
    pd.DataFrame({"a": [1]}).to_parquet(content)
    return content.getvalue()


def array() -> bytes:
    content = io.BytesIO()
    np.save(content, np.arange(3))
    return content.getvalue()


FOREIGN = {
    "an Excel workbook": (workbook("[Content_Types].xml", "xl/workbook.xml"), "Save it as CSV"),
    "half an Excel workbook": (workbook("xl/workbook.xml")[:40], "Save it as CSV"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + bytes(100), "Save it as CSV"),
    "a zip archive": (workbook("edges.txt"), "Unpack it"),
    "arrays": (workbook("indptr.npy"), "savetxt"),
    "an array": (array(), "savetxt"),
    "Parquet": (parquet(), "Parquet"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(20), "Unpack it"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(20), "no text"),
    "UTF-32": ("0 1\n".encode("utf-32"), "UTF-32. Save the file in UTF-8"),
    "UTF-16 without its mark": ("0 1\n".encode("utf-16-le"), "Save the file as text in UTF-8"),
    "broken UTF-16": (b"\xff\xfe0\x00\x00\xd8 ", "Save the file in UTF-8"),
    "gzip, cut short": (gzip.compress(os.urandom(9_000))[:-200], "Fetch it again"),
    "bzip2, cut short": (bz2.compress(os.urandom(9_000))[:-200], "Fetch it again"),
    "bzip2, broken": (b"BZh9" + b"x" * 90, "Fetch it again"),
    "xz, cut short": (lzma.compress(os.urandom(9_000))[:-200], "Fetch it again"),
    "a workbook inside gzip": (gzip.compress(workbook("xl/workbook.xml")), "Save it as CSV"),
}
READERS = {
    "text": lambda path: read_text(path, WHAT),
    "edges": from_edges,
    "facts": load_facts,
    "platforms": lambda path: load_inputs().extended(path),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_text_is_named_with_what_to_do(tmp_path: Path, kind: str, reader: str) -> None:
    """By every door that takes a text."""
    content, expected = FOREIGN[kind]
    path = tmp_path / "given.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        READERS[reader](path)
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_is_not_waited_for_and_a_device_not_read(tmp_path: Path, reader: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for odd in (pipe, Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(DataError, match="a pipe or device"):
            READERS[reader](odd)
    with pytest.raises(DataError, match="is a folder"):
        READERS[reader](tmp_path)
    for name in ("nowhere", "no\0name", "\udcff", "x" * 5_000):
        with pytest.raises(DataError) as caught:
            READERS[reader](tmp_path / name)
        assert "cannot be read" in str(caught.value)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_few_bytes_do_not_unpack_to_any_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    """200 times its own size is more than any text of people, and 64 MB are always taken."""
    path = tmp_path / "bomb"
    path.write_bytes(pack(b"0 1\n" * 2_000_000))
    monkeypatch.setattr(text_files, "_FREE_BYTES", 1 << 20)
    for reader in READERS.values():
        with pytest.raises(DataError, match="more than 200 times its size"):
            reader(path)


def test_a_text_read_whole_has_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.write(b"x" * 5_000)
        file.seek(LONGEST_TEXT)
        file.write(b"x")
    with pytest.raises(DataError, match="longer than 256 MB"):
        read_text(path, WHAT)


def test_a_byte_that_is_no_text_is_named_with_its_line() -> None:
    for content in ("a\nDritté\n".encode("latin-1"), b"a\nb\0\n"):
        with pytest.raises(DataError, match=r"x:2: byte 0x.. is not UTF-8"):
            decoded(content, "x")


def test_utf16_is_read_in_pieces_as_well(tmp_path: Path) -> None:
    text = "\U0001f600 0 1\r\n" * 40_000
    (tmp_path / "x").write_bytes(text.encode("utf-16"))
    with opened_text(tmp_path / "x", WHAT) as file:
        pieces = iter(lambda: file.read(1_001), b"")
        assert b"".join(pieces).decode() == text


def test_the_facts_packed_are_the_facts(tmp_path: Path) -> None:
    """The hash is of the text, however it is stored."""
    packed = tmp_path / "facts.csv"
    packed.write_bytes(gzip.compress(FACTS_FILE.read_bytes()))
    assert load_facts(packed).sha256 == load_facts().sha256
