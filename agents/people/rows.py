"""Row numbers of users, as somebody gives them."""

from __future__ import annotations

from collections.abc import Iterable

from sim.checks import as_whole, short
from sim.errors import ConfigError, NoSuchPlaceError


def row_of(row: object, n_users: int) -> int:
    """Return a row from 0; negative ones count from the end.

    Raises
    ------
    ConfigError
        If it is no whole number.
    NoSuchPlaceError
        If there is no such user.
    """
    place = as_whole(row)
    if place is None:
        raise ConfigError(f"user {short(row)}: must be a whole number from 0 to {n_users - 1}.")
    if not -n_users <= place < n_users:
        raise NoSuchPlaceError(f"user {place}: there are users 0 to {n_users - 1}.")
    return place % n_users


def rows_of(rows: object, n_users: int) -> list[int]:
    """Return a list of rows, each as `row_of` does; a column of a table is a list too."""
    # An array of numpy with no dimension says that it is iterable, and is not.
    if isinstance(rows, str) or not isinstance(rows, Iterable) or not getattr(rows, "ndim", 1):
        raise ConfigError(f"rows = {short(rows)}: must be row numbers, such as [3, 4].")
    return [row_of(row, n_users) for row in rows]


def all_or_some(rows: object, n_users: int) -> list[int]:
    """Return the rows of everybody for ``"all"``, else those given, as `rows_of` does."""
    if isinstance(rows, str) and rows != "all":
        raise ConfigError(f'rows = {rows!r}: must be row numbers or "all".')
    return rows_of(range(n_users) if isinstance(rows, str) else rows, n_users)
