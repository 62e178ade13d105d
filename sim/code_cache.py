"""Machine code kept on disk: exact about what it was made of, and never a reason not to run.

numba's own cache looks at the one file in which a kernel stands: it keeps old code when something
that is called changes, and throws good code away when a comment does. Here an entry hangs on the
stamp of `sim.stamps`. A folder that is missing, full or read-only, and a file that is cut short or
somebody else's, mean only that the kernel is compiled in memory.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    NullCache,
)
from numba.core.dispatcher import Dispatcher
from numba.core.types.containers import BaseNamedTuple, BaseTuple

from sim.rehearsals import REHEARSALS
from sim.stamps import UnknownKindError, stamp


class CodeCache(NullCache):  # type: ignore[misc]
    """The cache of one kernel, opened when the kernel is first called.

    Parameters
    ----------
    kernel
        The kernel; functions that it calls may be defined later than itself.
    how
        How functions of this project are compiled.
    """

    def __init__(self, kernel: Dispatcher, how: Any) -> None:
        self._kernel = kernel
        self._how = how

    @cached_property
    def _disk(self) -> Any:
        """Where the code is kept; nowhere if there is no place, or no telling when it is old."""
        try:
            return _Disk(self._kernel.py_func, stamp(self._kernel, self._how))
        except (OSError, RuntimeError, UnknownKindError):
            return NullCache()

    @property
    def cache_path(self) -> str | None:
        """Folder of the files."""
        path: str | None = self._disk.cache_path
        return path

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return kept code, or nothing; whatever cannot be read or built again counts as none."""
        try:
            kept = self._disk.load_overload(sig, target_context)
        except Exception:
            kept = None
        if kept is None:
            REHEARSALS.begin(self._kernel)
        return kept

    @property
    def can_keep_code(self) -> bool:
        """Whether there is a place for code."""
        return isinstance(self._disk, _Disk)

    @property
    def has_code(self) -> bool:
        """Whether code is kept, for arguments of some types."""
        return self.can_keep_code and self._disk.has_code

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep code for the next process, if there is room and leave to write."""
        try:
            self._disk.save_overload(sig, data)
        except OSError:
            self._disk = NullCache()

    def flush(self) -> None:
        """Forget what is kept."""
        self._disk.flush()


class _Names(CompileResultCacheImpl):  # type: ignore[misc]
    """Files named after the function alone, not the line on which it stands."""

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        """Return the name of the files, without ending."""
        name: str = super().get_filename_base(fullname, abiflags)
        return name.replace(f"-{self.locator.get_disambiguator()}.", ".", 1)


class _Disk(FunctionCache):  # type: ignore[misc]
    """numba's cache with other names, another stamp and checked content."""

    _impl_class = _Names

    def __init__(self, function: Callable[..., Any], made_of: str) -> None:
        super().__init__(function)
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, made_of)

    @property
    def has_code(self) -> bool:
        """Whether an index of this very code names any file."""
        return bool(self._cache_file._load_index())

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        """Add the names of fields: to numba two tuples are of one type if their parts are."""
        return *super()._index_key(sig, codegen), tuple(_fields(sig))


def _fields(kind: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(kind, BaseNamedTuple):
        yield tuple(kind.fields)
    if isinstance(kind, tuple | BaseTuple):
        for part in kind:
            yield from _fields(part)


class _Files(IndexDataCacheFile):  # type: ignore[misc]
    """Index and data files that are believed only if whole, and of this very code.

    Two processes that compile one kernel for different arguments can give their files one name;
    what was written says whose it is.
    """

    def save(self, key: Any, data: Any) -> None:
        """Keep an entry, sealed."""
        content = self._dump(data)
        super().save(key, (self._seal(key, content), content))

    def load(self, key: Any) -> Any:
        """Return an entry, or nothing."""
        kept = super().load(key)
        if kept is None or kept[0] != self._seal(key, kept[1]):
            return None
        return pickle.loads(kept[1])

    def _seal(self, key: Any, content: bytes) -> str:
        made_of = f"{self._source_stamp}\n{key}\n".encode()
        return hashlib.sha256(made_of + content).hexdigest()

    def _load_index(self) -> dict[Any, str]:
        try:
            index: dict[Any, str] = super()._load_index()
        except Exception:  # cut short, or no index at all
            return {}
        return index
