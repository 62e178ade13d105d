"""Files that are whole or not there."""

from __future__ import annotations

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


def write_aside(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under another name and rename it: there is a whole file, or none.

    Raises
    ------
    DataError
        If the folder cannot be written to, or the disk is full.
    """
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
    except OSError as error:
        if aside is not None:
            aside.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise DataError(
            f"cannot write {path}: {reason}. Give a folder that can be written to."
        ) from error
