"""Bands over replicates, and the words for where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from scenarios.asking.question import Values
from sim.numbers import amount

#: Part of the replicates inside a band that is put into words.
INSIDE = 0.9


class Band(NamedTuple):
    """Median and the range that holds 90 % of replicates; how to write it.

    Parameters
    ----------
    middle, low, high
        Median and ends.
    unit
        "share" is written in percent, "USD..." with a dollar sign.
    signed
        A change, written with its sign.
    known
        Part of the replicates that have a value; the rest are left out.
    """

    middle: float
    low: float
    high: float
    unit: str = ""
    signed: bool = False
    known: float = 1.0

    @classmethod
    def of(cls, values: Values, unit: str = "", signed: bool = False) -> Band:
        """Summarize replicates; those without a value (NaN) are left out."""
        every = np.asarray(values, float)
        known = every[np.isfinite(every)]
        if known.size == 0:
            return cls(float("nan"), float("nan"), float("nan"), unit, signed, 0.0)
        low, middle, high = np.quantile(known, [(1 - INSIDE) / 2, 0.5, (1 + INSIDE) / 2])
        return cls(float(middle), float(low), float(high), unit, signed, known.size / every.size)

    @property
    def width(self) -> float:
        """Distance from end to end."""
        return self.high - self.low

    @property
    def size(self) -> Band:
        """How far from 0: the band of the absolute value."""
        ends = abs(self.low), abs(self.high)
        low = 0.0 if self.low <= 0.0 <= self.high else min(ends)
        return Band(abs(self.middle), low, max(ends), self.unit, known=self.known)

    @property
    def point(self) -> str:
        """The median alone, with its unit."""
        return amount(self.middle, self.unit, self.signed)

    def moved(self, by: float) -> str:
        """Return the median moved by an amount, as it is written."""
        return amount(self.middle + by, self.unit, self.signed)

    def __str__(self) -> str:
        if np.isnan(self.middle):
            return "no value"
        bare = "USD" if self.unit.startswith("USD") else self.unit if self.unit == "share" else ""
        low, high = (amount(end, bare, self.signed) for end in (self.low, self.high))
        less = "" if self.known == 1.0 else f"; no value in {1.0 - self.known:.0%} of replicates"
        if low == high:
            return f"{self.point} ({less[2:]})" if less else self.point
        number, _, size = low.partition(" ")
        # "15.8 to 16.7 M": the letter of the size once.
        return f"{self.point} ({number if size == high.partition(' ')[2] else low} to {high}{less})"


def verdict(
    band: Band,
    above: str,
    below: str,
    unclear: str = "cannot be told from",
    *,
    bar: Band | float = 0.0,
) -> str:
    """Choose words by where a band lies: wholly above a bar, wholly below it, or neither.

    No answer words a comparison otherwise: a median alone decides nothing, nor do replicates if too
    many others have no value.

    Parameters
    ----------
    band
        What is compared.
    above, below, unclear
        The words.
    bar
        A number, or another band; 0 for a change.
    """
    low, high, known = (bar.low, bar.high, bar.known) if isinstance(bar, Band) else (bar, bar, 1.0)
    if min(known, band.known) < INSIDE:
        return unclear
    if band.low > high:
        return above
    return below if band.high < low else unclear


def quoted(arms: Sequence[str]) -> str:
    """Name one arm, or those of which chance does not tell which it is."""
    *rest, last = (f"“{arm}”" for arm in arms)
    return f"{', '.join(rest)} or {last} (chance does not tell which)" if rest else last
