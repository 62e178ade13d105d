"""Text files that people give: opened here and nowhere else, whatever they turn out to be.

What a file is, its first bytes say and not its name. Plain text is read in UTF-8 or, with its mark,
in UTF-16; gzip, bzip2 and xz are unpacked; everything else gets one line.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from sim.checks import short
from sim.errors import DataError

#: A text that is read whole has at most so many bytes; it is held a few times over.
LONGEST_TEXT = 1 << 28
#: What unpacks to more than this many times its size, beyond the first bytes, is no text of people.
_MOST_RATIO, _FREE_BYTES = 200, 1 << 26
_HEAD = 4096

_UTF8 = codecs.BOM_UTF8
#: In this order: the mark of UTF-32 begins as that of UTF-16 does.
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_OPENERS: dict[bytes, Callable[[BinaryIO], object]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError)
_ZIP = b"PK\x03\x04"
PARQUET = b"PAR1"
#: First bytes of what is taken for text now and then, and what to do with it.
_FOREIGN = {
    PARQUET: "a Parquet file. Save it as text",
    b"PK\x05\x06": "an empty zip archive. Fetch it again",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook. Save it as CSV UTF-8",
    b"\x28\xb5\x2f\xfd": "a file packed by zstd. Unpack it",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive. Unpack it",
    b"\x93NUMPY": "a NumPy array. Save it as text, say with numpy.savetxt",
    b"%PDF": "a PDF. Copy the numbers into a text file",
    b"\x89HDF": "an HDF5 file. Save it as text",
    b"SQLite format": "a database. Save its table as text",
}  # fmt: skip


def first_bytes(path: str | Path, what: str) -> bytes:
    """Return the first bytes of a regular file.

    Parameters
    ----------
    what
        What should have been given, for the message: ``"a CSV file of points"``.

    Raises
    ------
    DataError
        If there is no such file, it cannot be read, or it is a folder, a pipe or a device.
    """
    with _regular(Path(path), what) as file:
        return file.read(_HEAD)


@contextmanager
def _regular(path: Path, what: str) -> Iterator[BinaryIO]:
    """Open a file that has an end; a pipe would be waited for, a device has no end."""
    name = _shown(path)
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            odd = "a folder" if stat.S_ISDIR(kind) else "a pipe or device, no file"
            raise DataError(f"{name}: is {odd} and cannot be read. Give {what}.")
        opened = path.open("rb")
    except FileNotFoundError as error:
        raise DataError(f"{name}: cannot be read: no such file. Give {what}.") from error
    except OSError as error:
        raise DataError(f"{name}: cannot be read ({error.strerror}). Give {what}.") from error
    except DataError:
        raise
    except ValueError as error:  # a NUL in the name, or half a letter
        raise DataError(f"{name}: cannot be read: no such name. Give {what}.") from error
    with opened as file:
        try:
            yield file
        except _BROKEN as error:
            raise _cut_short(name, error) from error
        except OSError as error:
            # Bytes that cannot be unpacked are an error of the system without its number.
            if error.errno is None:
                raise _cut_short(name, error) from error
            raise DataError(f"{name}: cannot be read ({error.strerror}). Give {what}.") from error


def _cut_short(name: str, error: BaseException) -> DataError:
    return DataError(
        f"{name}: the packed file is broken or cut short ({short(str(error))}). Fetch it again."
    )


def _shown(path: Path) -> str:
    """Return a path on one line, as it is unless it holds what no line can."""
    text = str(path)
    return text if text.isprintable() else repr(text)


class _Unpacked(io.RawIOBase):
    """A packed file read as what is in it, up to a bound: a few bytes may hold endless zeros."""

    def __init__(self, inner: BinaryIO, name: str, most: int) -> None:
        self._inner, self._name, self._left = inner, name, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._inner.read(len(buffer))
        self._left -= len(content)
        if self._left < 0:
            raise DataError(
                f"{self._name}: unpacks to more than {_MOST_RATIO} times its size, as no text of "
                "people does. Unpack it and look at it."
            )
        buffer[: len(content)] = content
        return len(content)


class _Recoded(io.RawIOBase):
    """UTF-16 read as UTF-8, in pieces."""

    def __init__(self, inner: BinaryIO, name: str) -> None:
        self._inner, self._name, self._rest = inner, name, b""
        self._decode = codecs.getincrementaldecoder("utf-16")().decode

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            block = self._inner.read(1 << 16)
            try:
                self._rest = self._decode(block, not block).encode()
            except UnicodeError as error:
                raise DataError(
                    f"{self._name}: begins as UTF-16 and is not. Save the file in UTF-8."
                ) from error
            if not block:
                break
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


@contextmanager
def opened_text(path: str | Path, what: str) -> Iterator[BinaryIO]:
    """Open a text for reading in pieces: bytes in UTF-8 without a mark, unpacked if need be.

    Raises
    ------
    DataError
        If it cannot be read, is no text, or unpacks without end.
    """
    path = Path(path)
    name = _shown(path)
    with _regular(path, what) as file:
        head = file.read(_HEAD)
        file.seek(0)
        packing = next((mark for mark in _OPENERS if head.startswith(mark)), None)
        stream = file
        if packing is not None:
            most = max(_FREE_BYTES, _MOST_RATIO * path.stat().st_size)
            inner = cast(BinaryIO, _OPENERS[packing](file))
            stream = io.BufferedReader(_Unpacked(inner, name, most), 1 << 16)
            head = stream.peek(_HEAD)[:_HEAD]
        _check_is_text(head, name, file)
        if head.startswith(_UTF16):
            stream = io.BufferedReader(_Recoded(stream, name), 1 << 16)
        elif head.startswith(_UTF8):
            stream.read(len(_UTF8))
        yield stream


def _check_is_text(head: bytes, name: str, file: BinaryIO) -> None:
    if head.startswith(_ZIP):
        raise DataError(f"{name}: is {_zipped(file)}")
    for mark, kind in _FOREIGN.items():
        if head.startswith(mark):
            raise DataError(f"{name}: is {kind}, and give that.")
    if head.startswith(_UTF32):
        raise DataError(f"{name}: is UTF-32. Save the file in UTF-8.")
    if b"\0" in head and not head.startswith(_UTF16):
        raise DataError(
            f"{name}: holds bytes of 0, so it is no text, or UTF-16 without its mark. Save the "
            "file as text in UTF-8."
        )


def _zipped(file: BinaryIO) -> str:
    """Return what is in a zip archive, and what to do with it."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return (
            "no text but an Excel workbook or zip archive, cut short. Save it as CSV UTF-8, "
            "or unpack it, and give that."
        )
    if any(one.startswith("xl/") for one in names):
        return "an Excel workbook. Save it as CSV UTF-8, and give that."
    if any(one.endswith(".npy") for one in names):
        return "an archive of NumPy arrays. Save them as text, say with numpy.savetxt."
    return "a zip archive. Unpack it, and give a file of it."


def read_content(path: str | Path, what: str) -> bytes:
    """Return the bytes of a whole text in UTF-8, unpacked and without a mark.

    Raises
    ------
    DataError
        As `opened_text` says, and if it is longer than `LONGEST_TEXT`.
    """
    with opened_text(path, what) as stream:
        content = stream.read(LONGEST_TEXT + 1)
    if len(content) > LONGEST_TEXT:
        raise DataError(
            f"{_shown(Path(path))}: is longer than {LONGEST_TEXT >> 20} MB. Give {what} of less."
        )
    return content


def decoded(content: bytes, name: str) -> str:
    """Return bytes as text.

    Raises
    ------
    DataError
        If they are not UTF-8, or hold a byte of 0; the line is named.
    """
    try:
        at = content.find(b"\0")
        if at < 0:
            return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start
    line = content.count(b"\n", 0, at) + 1
    raise DataError(
        f"{name}:{line}: byte 0x{content[at]:02x} is not UTF-8 text. Save the file in UTF-8."
    ) from None


def read_text(path: str | Path, what: str) -> str:
    """Return a whole text.

    Raises
    ------
    DataError
        One line: what the file is, and what to do.
    """
    return decoded(read_content(path, what), _shown(Path(path)))
