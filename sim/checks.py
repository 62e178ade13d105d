"""Numbers handed to a public function: checked once, refused in one line."""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Collection, Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.errors import ConfigError, unknown_name

Floats: TypeAlias = float | NDArray[np.float64]


def short(value: object, most: int = 60) -> str:
    """Return a value as it is shown in a message: on one line, and not too long."""
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of thousands of digits"
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 3] + "..."


def plain(value: Any) -> Any:
    """Return one value of numpy or pandas as Python's own; any other as it is.

    Examples
    --------
    >>> plain(np.int64(3)), plain(np.datetime64("2025-12-31", "ns"))
    (3, datetime.date(2025, 12, 31))
    """
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dt.datetime) and value == value and value.time() == dt.time():
        return value.date()  # a Timestamp of pandas; its NaT is unequal to itself
    return value


def as_whole(value: Any) -> int | None:
    """Return a whole number as Python's own, whoever's type it has; None if it is none.

    Examples
    --------
    >>> as_whole(np.int64(3)), as_whole(True), as_whole(3.0), as_whole("3")
    (3, None, None, None)
    """
    if isinstance(value, bool | np.bool_):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def chosen(kind: str, given: object, allowed: Collection[str]) -> str:
    """Return a name if it is one of those that are allowed.

    Raises
    ------
    UnknownNameError
        If it is another one, or no name at all.
    """
    if not isinstance(given, str) or given not in allowed:
        raise unknown_name(kind, given, allowed)
    return given


def names_in(kind: str, given: object) -> list[Any]:
    """Return a list of names; one name stands for a list of it alone.

    Raises
    ------
    ConfigError
        If it is neither.
    """
    if isinstance(given, str):
        return [given]
    # An array of numpy with no dimension says that it is iterable, and is not.
    if isinstance(given, Iterable) and not (isinstance(given, np.ndarray) and given.ndim == 0):
        return list(given)
    raise ConfigError(f"{kind} = {short(given)}: must be a name, or a list of names.")


def as_switch(name: str, given: object) -> bool:
    """Return True or False.

    Raises
    ------
    ConfigError
        If it is neither, nor 0 or 1.
    """
    if isinstance(given, bool | np.bool_) or as_whole(given) in (0, 1):
        return bool(given)
    raise ConfigError(f"{name} = {short(given)}: must be True or False.")


def as_number(name: str, given: object) -> float:
    """Return a number as Python's own.

    Raises
    ------
    ConfigError
        If it is none.
    """
    value = plain(given)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{name} = {short(given)}: must be a number.")
    try:
        return float(value)
    except OverflowError:
        return math.inf


def whole_from(name: str, given: object, low: int, high: int) -> int:
    """Return a whole number within its bounds as Python's own.

    Raises
    ------
    ConfigError
        If it is none, or beyond them.
    """
    number = as_whole(given)
    if number is None or not low <= number <= high:
        raise ConfigError(
            f"{name} = {short(given)}: must be a whole number from {low:,} to {high:,}."
        )
    return number


def in_range(
    name: str, value: Floats, low: float = -math.inf, high: float = math.inf, *, ends: str = "[]"
) -> Floats:
    """Return `value` as float or float64 array, or raise ConfigError with what is allowed.

    `ends` is written as an interval is: ``"(]"`` leaves out the low end.
    """
    if isinstance(value, float) and (
        low < value < high or (ends == "[]" and low <= value <= high and math.isfinite(value))
    ):
        return float(value)  # the plain case, many times a day, needs no array
    given = np.asarray(value, dtype=np.float64)
    above = given > low if ends[0] == "(" else given >= low
    below = given < high if ends[1] == ")" else given <= high
    good = above & below & np.isfinite(given)
    if not np.all(good):
        least = f"{'>' if ends[0] == '(' else '≥'} {low:g}"
        most = f"{'<' if ends[1] == ')' else '≤'} {high:g}" if math.isfinite(high) else "finite"
        raise ConfigError(
            f"{name} = {given[~good].flat[0]:g}: must be "
            f"{f'{least} and ' if math.isfinite(low) else ''}{most}. "
            "Correct it where it is set, or check its unit."
        )
    return given if given.ndim else float(given)
