"""Dollars made whole cents, once, in Python and in compiled code."""

from __future__ import annotations

import math

from sim.checks import in_range
from sim.compiled import either_way


def cents(usd: float) -> int:
    """Round finite USD to whole cents, half to even, once.

    A float times 100 would be rounded a first time, so the exact binary value is used.
    """
    if usd == 0.0:
        return 0  # as most lines of a day are
    return int(exact_cents(float(in_range("usd", float(usd)))))


@either_way
def exact_cents(usd: float) -> int:
    """Return `cents` of a finite number; in compiled code its size must be below 2**53 USD."""
    mantissa, exponent = math.frexp(usd)
    hundredfold = 100 * int(mantissa * 2.0**53)
    shift = 53 - exponent
    if shift <= 0:
        return hundredfold << -shift
    if shift > 62:  # less than half a cent
        return 0
    whole = hundredfold >> shift
    rest, half = hundredfold - (whole << shift), 1 << (shift - 1)
    return whole + int(rest > half or (rest == half and whole % 2 == 1))
