"""Numbers as people write them: a text that can be read in two ways is no number."""

from __future__ import annotations

import re

# Narrower than float(), which also takes digits of other scripts and 1_0.
_PLAIN = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}(_[0-9]{3})+(\.[0-9]+)?")
#: One and a half here, fifteen hundred there.
_POINT_OR_GROUP = re.compile(r"[-+]?[1-9][0-9]{0,2}(\.[0-9]{3})+")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")
_NO_VALUE = re.compile(r"[-+]?(inf|infinity|nan)", re.IGNORECASE)
_EXAMPLES = "such as 1250000, 0.05 or 1e6"


def plain_number(text: str) -> str:
    """Return the text of a number as ``float`` reads it; infinity and NaN are left to the reader.

    Raises
    ------
    ValueError
        If it is no number or more than one; says how to write it.

    Examples
    --------
    >>> plain_number(" 1_000 ")
    '1000'
    """
    text = text.strip()
    if _GROUPED.fullmatch(text):
        return text.replace("_", "")
    if _NO_VALUE.fullmatch(text):
        return text
    if not _PLAIN.fullmatch(text):
        raise ValueError(_hint(text))
    if _LEADING_ZERO.match(text):
        raise ValueError(
            "must not begin with a zero before another digit. Write 0.5 for a half, 5 for five"
        )
    return text


def has_point_or_group(text: str) -> bool:
    """Return whether the points of a number may be decimal or between thousands: 1.500."""
    return _POINT_OR_GROUP.fullmatch(text.strip()) is not None


def plain_whole(text: str) -> int | str:
    """Return the text of a whole number as ``int`` reads it; 1e6 as the number it is.

    Raises
    ------
    ValueError
        If it is no number, or can be read in two ways.
    """
    text = plain_number(text)
    if has_point_or_group(text):
        raise ValueError("its point can be read in two ways. Write a whole number in digits alone")
    if "e" in text.lower() and float(text).is_integer():
        return int(float(text))
    return text


def _hint(text: str) -> str:
    """Return what is wrong with a text that is no number."""
    if not any("0" <= one <= "9" for one in text):
        return f"must be a number in digits from 0 to 9, {_EXAMPLES}"
    if "%" in text:
        return "must be a number without a percent sign. Write a share as 0.05 for 5 percent"
    if any(one in text for one in "$€£¥"):
        return f"must be a number without the sign of a currency, {_EXAMPLES}"
    if "," in text:
        return "a comma can be read in two ways. Write 1.5 for one and a half, 1000 for a thousand"
    if text.count(".") > 1:
        return "its points can be read in two ways. Write 1000000 for a million"
    if re.search(r"[0-9][ '\u00a0\u2009\u202f_][0-9]", text):
        return f"must be a number without gaps between its digits, {_EXAMPLES}"
    return f"must be a number in digits alone, {_EXAMPLES}"
