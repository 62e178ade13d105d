"""Files that are whole or not there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from sim.errors import DataError

#: In the names of files that are not whole yet, so that nobody else's are taken for them.
_MARK = ".clipmarket-"
_BEGUN = re.compile(rf"\..*{re.escape(_MARK)}[a-z0-9_]{{8}}(\.\w+)?")


def is_begun(name: str) -> bool:
    """Return whether a name is one that `write_aside` gives to what is not whole yet."""
    return _BEGUN.fullmatch(name) is not None


def write_aside(path: Path, write: Callable[[Path], object], within: Path | None = None) -> None:
    """Write a file under another name and rename it: there is a whole file, or none.

    Parameters
    ----------
    write
        Writes the file whose path it is given.
    within
        Folder that must hold the file in the end, whatever links lead out of it.

    Raises
    ------
    DataError
        If the folder cannot be written to or lies elsewhere, or the disk is full.
    """
    if within is not None:
        _must_lie(path, within)
    aside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}{_MARK}", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        aside = Path(name)
        write(aside)
        # mkstemp makes private files; results are as readable as anything else that is written.
        mask = os.umask(0)
        os.umask(mask)
        aside.chmod(0o666 & ~mask)
        aside.replace(path)
        aside = None
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(
            f"cannot write {path}: {reason}. Give a folder that can be written to."
        ) from error
    finally:
        if aside is not None:
            # What could not be written may not be removable either; the first error is told.
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)


def write_text_aside(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all; see `write_aside`."""
    write_aside(path, lambda aside: aside.write_text(text, encoding="utf-8"))


def _must_lie(path: Path, within: Path) -> None:
    try:
        inside = path.parent.resolve().is_relative_to(within.resolve())
    except (OSError, RuntimeError):  # links in a circle
        inside = False
    if not inside:
        raise DataError(
            f"cannot write {path}: a link leads out of {within}. Remove the link, or give the "
            "folder that it leads to."
        )


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
