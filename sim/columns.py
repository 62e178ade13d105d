"""State in columns: equal-length arrays, each with dtype, unit and one owner, written in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import DataError


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
    """

    name: str
    dtype: type[np.generic]
    blank: int | float
    unit: str
    text: str
    per_platform: bool = False


class Columns:
    """The arrays of a population; reading gives the array, writing goes into it.

    Assigning ``columns.status = x`` would put a new array where kernels and views hold the old
    one, so it is refused; write ``columns["status"] = x``, which writes in place.

    Parameters
    ----------
    scanned
        Columns that stand alone.
    records
        Columns that stand together, by the name of their record; all of one record have the same
        shape.
    """

    def __init__(
        self,
        scanned: tuple[Column, ...],
        records: dict[str, tuple[Column, ...]],
        n_users: int,
        n_platforms: int,
    ) -> None:
        self.n_users = n_users
        self.declared = {column.name: column for column in scanned}
        self.arrays: dict[str, Any] = {}
        self._columns: dict[str, npt.NDArray[Any]] = {}
        for column in scanned:
            shape = (n_platforms, n_users) if column.per_platform else (n_users,)
            self.arrays[column.name] = np.full(shape, column.blank, column.dtype)
            self._columns[column.name] = self.arrays[column.name]
        for name, members in records.items():
            shape = (n_platforms, n_users) if members[0].per_platform else (n_users,)
            dtype = np.dtype([(column.name, column.dtype) for column in members], align=True)
            record = np.zeros(shape, dtype).view(np.recarray)
            self.arrays[name] = record
            for column in members:
                self.declared[column.name] = column
                self._columns[column.name] = record[column.name]
                record[column.name][:] = column.blank

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._columns[name]

    def __setitem__(self, name: str, values: npt.ArrayLike) -> None:
        self._columns[name][:] = values

    def __iter__(self) -> Any:
        return iter(self._columns)

    def __repr__(self) -> str:
        return (
            f"<Columns {len(self._columns)} x {self.n_users:,} users · {self.nbytes / 1e6:.1f} MB>"
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    @property
    def bytes_per_user(self) -> float:
        """Bytes a user takes in all columns together."""
        return self.nbytes / self.n_users

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return arrays and records by name, as they are (not copied)."""
        return {name: np.asarray(array) for name, array in self.arrays.items()}

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
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
