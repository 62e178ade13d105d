"""State in columns: equal-length arrays, each with dtype, unit and one owner, written in place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.checks import chosen, short
from sim.copies import OneOfAKind
from sim.errors import ConfigError, DataError, unknown_name

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
    low, high
        Least and largest value that there can be, beside what the dtype holds; compiled code
        trusts it. Never infinite or no number.
    trait
        True for what may be written by anybody: it is booked nowhere.
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
    low: float = -math.inf
    high: float = math.inf
    trait: bool = False

    def first_wrong(self, values: Array, high: float | None = None) -> str:
        """Return the first value that cannot be, and what could; empty if there is none.

        Parameters
        ----------
        high
            Largest value there can be now, if that changes.
        """
        most = self.high if high is None else high
        if not values.size:
            return ""
        least, largest = float(values.min()), float(values.max())
        if self.low <= least and largest <= most and math.isfinite(least + largest):
            return ""
        flat = values.ravel()
        wrong = np.flatnonzero(~((flat >= self.low) & (flat <= most) & np.isfinite(flat)))
        if not wrong.size:
            return ""
        bounds = [f">= {self.low:g}"] * (self.low > -math.inf) + [f"<= {most:g}"] * (
            most < math.inf
        )
        allowed = " and ".join(bounds) or "finite"
        return f"{self.name} = {flat[wrong[0]]}: must be {allowed} ({self.unit})"


class Columns(OneOfAKind):
    """The arrays of a population, to be read; what is booked nowhere may be written as well.

    ``columns["taste"] = x`` writes in place, where kernels and views hold the array. All else is
    written by the day, or as ``market.users[3]["sora"].status = "active"``, which keeps the books
    in balance; reading it gives a view that refuses to be written to.

    Parameters
    ----------
    declared
        Columns in the order in which they are listed; all of one record have the same shape.
    """

    def __init__(self, declared: tuple[Column, ...], n_users: int, n_platforms: int) -> None:
        self.n_users = n_users
        self.n_platforms = n_platforms
        self._all = {column.name: column for column in declared}
        self.declared = {name: column for name, column in self._all.items() if not column.inner}
        self.arrays: dict[str, Any] = {}
        self._columns: dict[str, Array] = {}
        self._derived: dict[str, Callable[[], Array]] = {}
        #: Traits that somebody wrote to: they are not as they were drawn.
        self.written: set[str] = set()
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
        view = self.inside(name).view()
        view.flags.writeable = False
        return view

    def inside(self, name: str) -> Array:
        """Return a column as it stands, for whoever owns it."""
        if not isinstance(name, str) or name not in self._columns:
            raise unknown_name("column", name, self.declared)
        return self._columns[name]

    def __setitem__(self, name: str, values: npt.ArrayLike) -> None:
        column = self.declared[chosen("column", name, self.declared)]
        if not column.trait:
            names = ", ".join(one.name for one in self.declared.values() if one.trait)
            raise ConfigError(
                f"column {name!r} can only be read: it follows from others, or is booked. Write "
                f"{names} here, and all else of a user as market.users[3][platform].status = ...."
            )
        own = self.inside(name)
        try:
            given = np.broadcast_to(np.asarray(values, own.dtype), own.shape)
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"column {name!r} = {short(values)}: must be {own.dtype} {own.shape} ({error})."
            ) from None
        wrong = column.first_wrong(given)
        if wrong:
            raise ConfigError(f"column {wrong}. Nothing was written.")
        own[:] = given
        self.written.add(name)

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

    def restore(self, state: Mapping[str, Array]) -> None:
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
            array[...] = saved

    def check(self, highest: Mapping[str, float]) -> None:
        """Raise DataError unless every value is one that can be.

        Parameters
        ----------
        highest
            Largest value there can be now, by column, where that changes.
        """
        for name, array in self._columns.items():
            wrong = self._all[name].first_wrong(array, highest.get(name))
            if wrong:
                raise DataError(f"column {wrong}. Run the scenario again.")


def _zeros_on_a_line(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return zeros that begin where a line of memory does, so that no record lies across two."""
    size = int(np.prod(shape)) * dtype.itemsize
    room = np.zeros(size + _LINE, np.uint8)
    first = -room.ctypes.data % _LINE
    return room[first : first + size].view(dtype).reshape(shape)


def _filled(shape: tuple[int, ...], blank: float, dtype: type[np.generic]) -> Array:
    """Return an array of blanks; zeros cost no memory until they are written over."""
    return np.zeros(shape, dtype) if blank == 0 else np.full(shape, blank, dtype)
