"""From the text of an option to its value, or one line on what the text should have been."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, get_args

import typer

from sim.checks import short
from sim.config import iso_date
from sim.number_texts import has_point_or_group, plain_number
from sim.numbers import LETTERS

_SIZES = {"": Decimal(1), "K": Decimal(1000), **{a: Decimal(n) for a, n in LETTERS.items()}}
#: What stands between the values of a list, the ends of a range, and the number of levels.
_PARTS = re.compile(r",|\.\.|:")
#: Commas between thousands, all of them: what else a comma could mean is a matter of country.
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?")


class BadValueError(typer.BadParameter):
    """A text that is no value of its option; the message begins with what was given."""

    def format_message(self) -> str:
        """Return the line with the option in front, which only the command line knows."""
        name = self.param.opts[0] if self.param is not None else ""
        # An argument has no dashes, and is known by what stands for it in the help.
        if self.param is not None and not name.startswith("-"):
            name = self.param.metavar or name
        return f"{name} {self.message}"


class Setting(NamedTuple):
    """What stands on both sides of the first ``=`` of an option; the right side may be empty."""

    path: str
    value: str

    def __str__(self) -> str:
        return f"{self.path}={self.value}" if self.value else self.path


# What typer hands to a parser is a text, or the default of the option: each takes both.


def number(given: Any) -> float:
    """Read 100000, 1e6, 100k or 1M.

    Raises
    ------
    BadValueError
        If it is no finite number, or can be read in two ways.
    """
    return float(_exact(given))


def _exact(given: Any) -> Decimal:
    """Return a number to its last digit, which a float may not hold: seeds have up to 20."""
    text = str(given).strip()
    if "," in text:
        if not _GROUPED.fullmatch(text):
            raise BadValueError(
                f"{short(text)}: a comma can be read in two ways. Write 1.5M for one and a half "
                "million, and 1000000 or 1,000,000 for a million."
            )
        text = text.replace(",", "")
    elif isinstance(given, str):
        _refuse_point_or_group(text)
    letter = text[-1:] if text[-1:].isascii() and text[-1:].isalpha() else ""
    try:
        value = Decimal(plain_number(text.removesuffix(letter))) * _SIZES[letter]
        finite = math.isfinite(float(value))
    except (ValueError, KeyError, ArithmeticError):
        finite = False
    if not finite:
        raise BadValueError(
            f"{short(str(given))}: must be a number, such as 100000, 1e6, 100k or 1M."
        )
    return value


def _refuse_point_or_group(text: str) -> None:
    """Refuse 1.500, which a program writes for one and a half and many people for 1500.

    With a letter it is no whole number of thousands, and 1.125M is read.
    """
    if has_point_or_group(text):
        raise BadValueError(
            f"{short(text)}: can be read in two ways. Write 1.5 for one and a half, and 1500 for "
            "fifteen hundred."
        )


def whole(given: Any) -> int:
    """Read a whole number, large or small.

    Raises
    ------
    BadValueError
        If it is none.
    """
    value = _exact(given)
    if value != int(value):
        raise BadValueError(
            f"{str(given).strip()}: must be a whole number, such as {round(value)}."
        )
    return int(value)


def none_or_more(given: Any) -> int:
    """Read a whole number from 0."""
    value = whole(given)
    if value < 0:
        raise BadValueError(f"{given}: must be 0 or more. Use 1 or 2.")
    return value


def share(given: Any) -> float:
    """Read 0.25 or 25 %, below 1.

    Raises
    ------
    BadValueError
        If it is no such number.
    """
    text = str(given).strip()
    value = number(text.removesuffix("%")) / 100.0 if text.endswith("%") else number(given)
    if not 0.0 <= value < 1.0:
        raise BadValueError(
            f"{short(text)}: must be from 0 % and below 100 %, such as 25% or 0.25."
        )
    return value


def date(given: Any) -> dt.date:
    """Read a date, written YYYY-MM-DD."""
    try:
        return iso_date(str(given))
    except ValueError as error:
        raise BadValueError(f"{short(str(given))}: {error}.") from None


def folder(given: Any) -> Path:
    """Read the name of a folder."""
    return _path(given, "folder")


def file(given: Any) -> Path:
    """Read the name of a file."""
    return _path(given, "file")


def _path(given: Any, what: str) -> Path:
    if not str(given).strip():
        raise BadValueError(f"{str(given)!r}: must name a {what}, such as out/mine.")
    return Path(given)


def setting(given: Any) -> Setting:
    """Read PATH=VALUE."""
    path, _, value = (part.strip() for part in str(given).partition("="))
    if not path or not value:
        raise BadValueError(
            f"{given}: write it as platform.field=value, such as sora.free_quota_per_day=6."
        )
    _refuse_point_or_group(value)
    return Setting(path, value)


def varied(given: Any) -> Setting:
    """Read PATH=VALUES; an assumption may stand alone, with the range it has."""
    path, _, values = (part.strip() for part in str(given).partition("="))
    for one in _PARTS.split(values):
        _refuse_point_or_group(one)
    return Setting(path, values)


def structure(given: Any) -> str:
    """Read the name of a way to run a scenario."""
    from scenarios.structures import STRUCTURES

    if given not in STRUCTURES:
        allowed = ", ".join(STRUCTURES)
        raise BadValueError(f"{short(str(given))}: no such structure. Allowed: {allowed}.")
    return str(given)


def method(given: Any) -> Any:
    """Read the name of a method of sensitivity."""
    from sim.experiments.indices import Method

    allowed = get_args(Method)
    if given not in allowed:
        raise BadValueError(f"{short(str(given))}: no such method. Allowed: {', '.join(allowed)}.")
    return given
