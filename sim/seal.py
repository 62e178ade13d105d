"""An archive that carries the digest of its own bytes: one bit changed since, and it is refused."""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path
from typing import BinaryIO

#: A zip archive ends with the length of a comment, and the comment: here a SHA-256 in hex.
_LENGTH = struct.Struct("<H")
_DIGEST = 64
_CHUNK = 1 << 20


def seal(file: BinaryIO) -> None:
    """Append the digest of a zip archive without a comment, open for reading and writing."""
    file.seek(-_LENGTH.size, os.SEEK_END)
    file.write(_LENGTH.pack(_DIGEST))
    file.write(_digest(file, file.tell()))


def is_sealed(path: Path) -> bool:
    """Return whether a file is what it was when it was sealed, to the last bit."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END) - _DIGEST
        return size > 0 and _digest(file, size) == file.read(_DIGEST)


def _digest(file: BinaryIO, size: int) -> bytes:
    """Return the digest of the first bytes; the file then stands behind them."""
    file.seek(0)
    digest = hashlib.sha256()
    while size > 0:
        chunk = file.read(min(size, _CHUNK))
        if not chunk:
            break
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest().encode()
