"""One writer at a time: a lock that its holder cannot leave behind, however it ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from sim.errors import DataError

try:
    import fcntl
except ImportError:  # a system without it has no such lock: two writers are then not told apart
    fcntl = None  # type: ignore[assignment]

#: Name of the file within a store.
LOCK = "lock"


class Lock:
    """A locked file; the system lets go of it when the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take the lock, and write down who holds it.

        Raises
        ------
        DataError
            If another process holds it, or the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and not self.path.is_file():
                raise OSError(f"{self.path.name} is no file")
            self._file = self.path.open("a+", encoding="utf-8")
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self.path.read_text(encoding="utf-8", errors="replace").strip() or "unknown"
            self.release()
            raise DataError(
                f"{self.path.parent}: another process ({holder}) is writing to this store. Wait "
                "for it, or give another folder."
            ) from None
        except OSError as error:
            self.release()
            raise DataError(
                f"cannot write {self.path}: {error.strerror or error}. Give a folder that can be "
                "written to."
            ) from error
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let go of it."""
        if self._file is not None:
            self._file.close()
            self._file = None
