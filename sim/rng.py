"""Chance: every draw is a pure function of (seed, stream, day, uid, platform).

Nothing here has state. A draw does not depend on what was drawn before it, so the order of users,
the number of threads or processes, promotion to Python and a restart from a saved market change
nothing, and two worlds that differ in policy share their luck (common random numbers).

The construction is Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as
easy as 1, 2, 3", SC11): counter = (uid // 4, day, stream, platform key), key = the 64-bit seed. One
block gives four words, used by four neighbouring uids, so a scan over users costs one block per
four of them.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np

from sim.compiled import rule


class Stream(IntEnum):
    """One named stream per decision. Numbers are for ever: a new stream takes a new number."""

    GRAPH = 1
    CELL = 2
    RATE = 3
    WILLINGNESS = 4
    TASTE = 5
    DROPOUT_TRAIT = 6
    NOTICE = 10
    CAUSE = 11
    ADOPT = 12
    RECALL = 13
    GIVE_UP = 14
    CODE_USE = 20
    CODE_DELAY = 21
    CODE_TO_FRIEND = 22
    CODE_REQUEST = 23
    CODE_PRIORITY = 24
    POOL_PRIORITY = 25
    POOL_CODE = 26
    VISIT = 30
    DEMAND = 31
    BUY = 32
    SHARE_FRIENDS = 33
    SHARE_FEED = 34
    SERVICE = 35
    CREATE = 36
    WATCH = 37
    SUBSCRIBE = 40
    CANCEL = 41
    PLAN_PRICE = 42
    LEAVE = 50
    RETURN = 51
    PARENT = 55
    SEEDING = 60


#: The day of draws that are made once and hold for ever (traits); no calendar reaches it.
TIMELESS = 0xFFFF_FFFF
#: The platform key of draws that belong to the person and to no platform.
NO_PLATFORM = 0

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_TWO_TO_MINUS_32 = 2.0**-32
#: More than any rounding in a bound on a probability.
ROUNDING = 1e-9


@rule
def philox(seed, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Return the four words of one Philox4x32-10 block.

    All arithmetic is on uint64 with explicit masks: numba promotes uint32 to uint64, and a product
    left unmasked correlates neighbouring days.
    """
    k0 = np.uint64(seed) & _LOW
    k1 = np.uint64(seed) >> _32
    x0 = np.uint64(c0) & _LOW
    x1 = np.uint64(c1) & _LOW
    x2 = np.uint64(c2) & _LOW
    x3 = np.uint64(c3) & _LOW
    for _ in range(10):
        p0 = _M0 * x0
        p1 = _M1 * x2
        x0, x1, x2, x3 = (
            (p1 >> _32) ^ x1 ^ k0,
            p1 & _LOW,
            (p0 >> _32) ^ x3 ^ k1,
            p0 & _LOW,
        )
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return x0, x1, x2, x3


@rule
def word(seed, stream, day, uid, key):  # type: ignore[no-untyped-def]
    """Return the 32-bit word of one decision as uint64 (0 to 2**32 - 1)."""
    u = np.uint64(uid)
    x0, x1, x2, x3 = philox(seed, u >> np.uint64(2), day, stream, key)
    # Chosen without a branch, so that a loop over many users is compiled to vector instructions.
    odd = (u & np.uint64(1)) != np.uint64(0)
    low = x1 if odd else x0
    high = x3 if odd else x2
    return high if (u & np.uint64(2)) != np.uint64(0) else low


@rule
def uniform_of(drawn):  # type: ignore[no-untyped-def]
    """Return the uniform that a word stands for: the middle of its step."""
    return (float(drawn) + 0.5) * _TWO_TO_MINUS_32


@rule
def uniform(seed, stream, day, uid, key):  # type: ignore[no-untyped-def]
    """Return the uniform of one decision, strictly inside (0, 1), in steps of 2**-32."""
    return uniform_of(word(seed, stream, day, uid, key))


@rule
def logistic(x):  # type: ignore[no-untyped-def]
    """Return 1 / (1 + exp(-x)) without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


@rule
def poisson(u, mean):  # type: ignore[no-untyped-def]
    """Return the Poisson count at quantile u: the smallest k with P(D <= k) >= u.

    Monotone in both arguments, so higher demand never gives fewer clips at the same luck. Cost is
    O(mean). The mean must be at most 600: beyond, exp(-mean) leaves double precision.
    """
    p = math.exp(-mean)
    total = p
    k = 0
    while u > total and p > 0.0:
        k += 1
        p *= mean / k
        total += p
        if k > mean and p < 1e-18:
            break
    return k


@rule
def binomial(u, n, p):  # type: ignore[no-untyped-def]
    """Return the Binomial(n, p) count at quantile u; monotone in n and p. Cost O(n)."""
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if u < 1.0 - n * p - ROUNDING:
        return 0  # Bernoulli: (1 - p)^n >= 1 - n·p; two logarithms saved
    q = math.exp(n * math.log1p(-p))
    total = q
    odds = p / (1.0 - p)
    k = 0
    while u > total and k < n:
        k += 1
        q *= odds * (n - k + 1) / k
        total += q
    return k
