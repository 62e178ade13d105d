"""What somebody wishes for in expectation: clips within a quota, beyond it, packs for the rest.

The laws are those by which `agents.day.creating.wants_clips` and `agents.day.use.packs_bought`
draw; here they are summed over. They hold until terms change, and are worked out once a point.
"""

from __future__ import annotations

import math

from agents.day import offer
from sim.compiled import rule, scalar, seldom

#: Chances below are none.
_NEVER = 1e-12


@rule
def least_of_one(w, row, p, left):  # type: ignore[no-untyped-def]
    """Return (mean m, factor f): the wish is k with f·Poisson(k; m), for every k of at least 1.

    Of a Poisson number of at least one, thinned by a part, k are left as of a Poisson whose mean is
    that part, given that the first number was not 0 (`agents.day.creating.one_or_more`).
    """
    value = w.terms[p].value
    if math.isnan(w.terms[p].p_create):
        return offer.wish(w, row, p) * left, 1.0
    full = offer.wish_at(w, row, p, max(value, 1.0))
    mean = full * min(value, 1.0) * left
    if full <= 0.0 or mean <= 0.0:
        return 0.0, 0.0
    return mean, -1.0 / math.expm1(-full)


@scalar
def parts_of_wish(mean, factor, quota):  # type: ignore[no-untyped-def]
    """Return, of a wish as above: E[min(D, Q)], E[(D - Q)+], P(D >= Q), P(D > Q), P(D > 0)."""
    if mean <= 0.0:
        return 0.0, 0.0, 1.0 if quota <= 0 else 0.0, 0.0, 0.0
    some = -factor * math.expm1(-mean)
    within = 0.0
    clips_within = 0.0
    at_quota = 0.0
    weight = factor * math.exp(-mean)
    k = 0
    while k < quota:
        k += 1
        weight *= mean / k
        if k < quota:
            within += weight
            clips_within += k * weight
        else:
            at_quota = weight
        if k > mean and weight < _NEVER:
            break
    reach = 1.0 if quota <= 0 else max(some - within, 0.0)
    beyond = max(some - within - at_quota, 0.0)
    more = max(factor * mean - clips_within - quota * max(some - within, 0.0), 0.0)
    return factor * mean - more, more, reach, beyond, some


@seldom
def pack_day(w, row, p, mean, factor, quota, moves, sales):  # type: ignore[no-untyped-def]
    """Fill what becomes of pack credit on a day on which more is wanted than the quota.

    Parameters
    ----------
    mean, factor, quota
        Of the wish, as above.
    moves
        (S, S) chance to have c' clips of a pack left in the evening, having had c in the morning.
    sales
        (S, 4) by credit in the morning: packs, chance to buy any, clips from credit, from packs.
    """
    size = moves.shape[0]
    for credit in range(size):
        for left in range(size):
            moves[credit, left] = 0.0
        for kind in range(4):
            sales[credit, kind] = 0.0
    on_sale = w.terms[p].pack_on_sale
    willingness = float(w.person[row].willingness)
    chance_whole = offer.p_pack(w, p, willingness, float(size)) if on_sale else 0.0
    weight = factor * math.exp(-mean)
    for k in range(1, quota + 1):
        weight *= mean / k
    total = 1e-300
    wanted = quota
    while True:
        wanted += 1
        weight *= mean / wanted
        total += weight
        for credit in range(size):
            used = min(wanted - quota, credit)
            lacking = wanted - quota - used
            sales[credit, 2] += weight * used
            if lacking == 0:
                moves[credit, credit - used] += weight
                continue
            whole, rest = lacking // size, lacking % size
            # One luck for both questions, and a pack for the rest is never worth more.
            buys_rest = 0.0
            if rest > 0 and on_sale:
                buys_rest = offer.p_pack(w, p, willingness, float(rest))
            buys_whole = chance_whole if whole > 0 else 0.0
            if rest == 0:
                buys_rest = buys_whole
            only_whole = max(buys_whole - buys_rest, 0.0)
            packs = whole + (1 if rest > 0 else 0)
            sales[credit, 0] += weight * (buys_rest * packs + only_whole * whole)
            sales[credit, 1] += weight * (buys_rest + only_whole)
            sales[credit, 3] += weight * (buys_rest * lacking + only_whole * whole * size)
            left = (size - rest) % size
            moves[credit, left] += weight * buys_rest
            moves[credit, 0] += weight * (1.0 - buys_rest)
        if wanted > mean and weight <= _NEVER + 1e-9 * total:
            break
    for credit in range(size):
        for left in range(size):
            moves[credit, left] /= total
        for kind in range(4):
            sales[credit, kind] /= total
