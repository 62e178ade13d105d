"""Numbers as people read them: few digits and a letter for the size, everywhere the same."""

from __future__ import annotations

import math
from typing import Any

#: Letters for sizes, the largest first; a number is read with them too.
LETTERS = {"G": 1e9, "M": 1e6, "k": 1e3}
#: What stands where there is no value.
NONE = "–"
_DIGITS = 3
#: Digits of a parameter, which somebody chose and wants to find again.
_DIGITS_OF_PARAMETER = 4


def brief(value: float, digits: int = _DIGITS) -> str:
    """Write a number with a few digits and a size letter: 1.27 M, 476 k, -16.9 M.

    Examples
    --------
    >>> [brief(value) for value in (0.1234, 999.7, 1_270_000, float("nan"))]
    ['0.123', '1 k', '1.27 M', '–']
    """
    if math.isnan(value):
        return NONE
    if math.isfinite(value):
        for letter, size in LETTERS.items():
            # What the digits would round up to the size is of that size: 999.7 k is 1 M.
            if abs(value) >= (1.0 - 0.5 * 10.0**-digits) * size:
                return f"{_rounded(value / size, digits)} {letter}"
    return _rounded(value, digits)


def _rounded(value: float, digits: int) -> str:
    """Write a number rounded to so many digits; 1230 stays 1230, and is no 1.23e+03."""
    return f"{float(f'{value:.{digits}g}'):g}"


def aligned(value: float) -> str:
    """Write a number as `brief` does, with its zeros, so that a column is easy to compare.

    Examples
    --------
    >>> [aligned(value) for value in (1e6, 12_000, 7.0)]
    ['1.00 M', '12.0 k', '7']
    """
    digits, space, letter = brief(value).partition(" ")
    wanted = _DIGITS - sum(one.isdigit() for one in digits)
    if not space or wanted <= 0:
        return f"{digits}{space}{letter}"
    return f"{digits}{'' if '.' in digits else '.'}{'0' * wanted} {letter}"


def cents(value: float) -> str:
    """Write a small amount of money to the cent.

    Examples
    --------
    >>> cents(1234.5)
    '1,234.50'
    """
    return NONE if math.isnan(value) else f"{value:,.2f}"


def amount(value: float, unit: str, signed: bool = False) -> str:
    """Write a number with its unit, as people say it.

    Parameters
    ----------
    unit
        "share" is written in percent, "USD..." with a dollar sign.
    signed
        A change, written with its sign.

    Examples
    --------
    >>> amount(1_234_000, "USD/day"), amount(3_300_000, "people"), amount(0.12, "share", True)
    ('$1.23 M per day', '3.3 M people', '+12 %')
    >>> amount(1.5e9, "USD")
    '$1.5 billion'
    """
    if math.isnan(value):
        return "no value"
    sign = "-" if value < 0.0 else "+" if signed and value > 0.0 else ""
    text = brief(abs(value)).replace(" G", " billion")
    if unit == "share":
        return f"{sign}{brief(100.0 * abs(value))} %"
    if unit.startswith("USD"):
        rest = unit.removeprefix("USD").strip(" /").removeprefix("per ")
        return f"{sign}${text}" + (f" per {rest}" if rest else "")
    return f"{sign}{text} {unit}".strip()


def half_width(value: float) -> str:
    """Write the half of an interval: two digits, of which the second is luck already."""
    return f"±{brief(value, 2)}"


def parameter(value: Any) -> str:
    """Write a value that somebody set: a number with four digits, anything else as it is."""
    return f"{value:.{_DIGITS_OF_PARAMETER}g}" if isinstance(value, float) else str(value)
