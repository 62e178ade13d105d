"""State in columns: equal-length arrays, each with dtype, unit and one owner, written in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import ConfigError, DataError

Array = npt.NDArray[Any]
#: Bytes of memory that a processor fetches at once.
_LINE = 64


@dataclass(frozen=True)
class Column:
    """One declared column.

    Parameters
    ----------
    name
        Name, the same in code, tables and saved files.
    dtype
        Chosen by the largest value the column can hold.
    blank
        Value that means "nothing yet".
    unit
        Unit in words.
    text
        Meaning and, where the dtype is small, why it suffices.
    per_platform
        True for shape (n_platforms, n_users), False for (n_users,).
    record
        Name of the record it stands in, together with others; empty for an array of its own.
    packed
        Platforms that share one row of the array.
    inner
        True for bookkeeping that follows from other columns and says nothing of its own.
    derived
        True for what takes no memory: it is worked out when read (`Columns.derive`).
    """

    name: str
    dtype: type[np.generic]
    blank: int | float
    unit: str
    text: str
    per_platform: bool = False
    record: str = ""
    packed: int = 1
    inner: bool = False
    derived: bool = False


class Columns:
    """The arrays of a population; reading gives the array, writing goes into it.

    Assigning ``columns.status = x`` would put a new array where kernels and views hold the old
    one, so it is refused; write ``columns["status"] = x``, which writes in place.

    Parameters
    ----------
    declared
        Columns in the order in which they are listed; all of one record have the same shape.
    """

    def __init__(self, declared: tuple[Column, ...], n_users: int, n_platforms: int) -> None:
        self.n_users = n_users
        self.n_platforms = n_platforms
        self.declared = {column.name: column for column in declared if not column.inner}
        self.arrays: dict[str, Any] = {}
        self._columns: dict[str, Array] = {}
        self._derived: dict[str, Callable[[], Array]] = {}
        for column in declared:
            if not column.record and not column.derived:
                array = _filled(self._shape(column), column.blank, column.dtype)
                self.arrays[column.name] = self._columns[column.name] = array
        for name in dict.fromkeys(column.record for column in declared if column.record):
            members = [column for column in declared if column.record == name]
            # The widest first: no gaps, and a record that fills up a part of a line of memory.
            members.sort(key=lambda column: -np.dtype(column.dtype).itemsize)
            dtype = np.dtype([(column.name, column.dtype) for column in members], align=True)
            # A user's records for all platforms stand side by side, in one line of memory.
            record = _zeros_on_a_line(self._shape(members[0])[::-1], dtype).view(np.recarray)
            self.arrays[name] = record
            for column in members:
                self._columns[column.name] = record[column.name].T
                if column.blank != 0:
                    record[column.name][:] = column.blank

    def _shape(self, column: Column) -> tuple[int, ...]:
        if not column.per_platform:
            return (self.n_users,)
        return (-(-self.n_platforms // column.packed), self.n_users)

    def derive(self, name: str, read: Callable[[], Array]) -> None:
        """Say how a derived column is worked out: a function that returns all of it."""
        self._derived[name] = read

    def __getitem__(self, name: str) -> Array:
        if name in self._derived:
            return self._derived[name]()
        return self._columns[name]

    def __setitem__(self, name: str, values: npt.ArrayLike) -> None:
        if name in self._derived:
            raise ConfigError(f"column {name!r} follows from others: it can only be read.")
        self._columns[name][:] = values

    def __iter__(self) -> Iterator[str]:
        return iter(self.declared)

    def __repr__(self) -> str:
        return (
            f"<Columns {len(self.declared)} x {self.n_users:,} users · {self.nbytes / 1e6:.1f} MB>"
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    @property
    def bytes_per_user(self) -> float:
        """Bytes a user takes in all columns together."""
        return self.nbytes / self.n_users

    def state(self) -> dict[str, Array]:
        """Return arrays and records by name, as they are (not copied)."""
        return {name: np.asarray(array) for name, array in self.arrays.items()}

    def restore(self, state: dict[str, Array]) -> None:
        """Write saved arrays into the columns.

        Raises
        ------
        DataError
            If a column is missing, or has another shape or dtype.
        """
        for name, array in self.state().items():
            saved = state.get(name)
            if saved is None or saved.shape != array.shape or saved.dtype != array.dtype:
                raise DataError(
                    f"column {name!r} of the saved market does not fit this version "
                    f"({array.dtype} {array.shape}). Run the scenario again."
                )
            array[:] = saved


def _zeros_on_a_line(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return zeros that begin where a line of memory does, so that no record lies across two."""
    size = int(np.prod(shape)) * dtype.itemsize
    room = np.zeros(size + _LINE, np.uint8)
    first = -room.ctypes.data % _LINE
    return room[first : first + size].view(dtype).reshape(shape)


def _filled(shape: tuple[int, ...], blank: float, dtype: type[np.generic]) -> Array:
    """Return an array of blanks; zeros cost no memory until they are written over."""
    return np.zeros(shape, dtype) if blank == 0 else np.full(shape, blank, dtype)
