"""The choice of platforms among those considered: the worth of each, and the bundle logit."""

from __future__ import annotations

import math

from agents.day.attention import liking
from agents.day.sight import is_seen, luck, n_friends_seen
from agents.day.terms import LOG_COMPANY
from agents.state import Sight
from sim.compiled import rule
from sim.rng import ROUNDING, Stream, logistic


@rule
def own_utility(w, row, p):  # type: ignore[no-untyped-def]
    """Return δ + θ + ν·log reason - friction: the worth to the user without any friend there."""
    reach = w.reach[p, w.cell[row]]
    return liking(w, row, p) + reach.offer - reach.friction


@rule
def company(w, p, n):  # type: ignore[no-untyped-def]
    """Return what n friends who are there add to the worth of a platform, log odds.

    η·log(1 + n), concave; or η once there are as many as it takes (Granovetter 1978).
    """
    terms = w.terms[p]
    if terms.friend_utility_form == LOG_COMPANY:
        return terms.friend_utility * math.log(1.0 + n)
    return terms.friend_utility if n >= terms.friend_utility_threshold else 0.0


@rule
def utility(w, row, p):  # type: ignore[no-untyped-def]
    """Return V = δ + θ + ν·log reason + friends there - friction, log odds."""
    v = own_utility(w, row, p)
    if w.terms[p].friend_utility != 0.0:
        v += company(w, p, n_friends_seen(w, row, p, Sight.PRESENT, 0.0))
    return v


@rule
def p_adopts(w, row, p):  # type: ignore[no-untyped-def]
    """Return the chance that the user installs p if it is all that is considered today."""
    return logistic(utility(w, row, p) + rivalry(w, row, p, 0, 0))


@rule
def log_add(a, b):  # type: ignore[no-untyped-def]
    """Return log(exp(a) + exp(b)) without overflow; b is finite."""
    if a < b:
        a, b = b, a
    return a + math.log1p(math.exp(b - a))


@rule
def adopts(w, row, p, considered, chosen):  # type: ignore[no-untyped-def]
    """Say whether the user installs p, given what else is considered and already chosen: u < Λ(V).

    Friends are counted only if it hangs on them: not if nobody would do, nor if all would not.

    Parameters
    ----------
    considered, chosen
        Bit masks of the platforms considered today, and of those chosen before p.
    """
    u = luck(w, Stream.ADOPT, row, p)
    others = rivalry(w, row, p, considered, chosen)
    if w.terms[p].friend_utility > 0.0:
        v = own_utility(w, row, p) + others
        if u < logistic(v) - ROUNDING:
            return True
        n_friends = float(w.indptr[row + 1] - w.indptr[row])
        if u >= logistic(v + company(w, p, n_friends)) + ROUNDING:
            return False
    return u < logistic(utility(w, row, p) + others)


@rule
def rivalry(w, row, p, considered, chosen):  # type: ignore[no-untyped-def]
    """Return what other platforms, in use or considered, add to the log odds of installing p.

    Bundle logit (Gentzkow 2007, "Valuing new goods in a model with complementarity", AER 97(3)): a
    set of platforms B has weight exp(sum of V over B - χ·pairs in B). χ = 0 makes platforms
    independent, a large χ gives the multinomial logit; a platform already in use counts as chosen.
    The joint draw is made platform by platform in the order of their keys, each conditional on
    those before, with its own luck.
    """
    chi = w.market[0].rival_penalty
    if chi == 0.0:
        return 0.0
    used = 0
    coming = 0
    next_turn = w.terms[p].rank + 1
    for k in range(w.terms.size):
        q = w.terms[k].turn
        if q != p and ((chosen >> q) & 1 or is_seen(w, row, q, Sight.PRESENT)):
            used += 1
        if k >= next_turn and (considered >> q) & 1:
            coming |= 1 << (k - next_turn)
    if coming == 0:
        return -chi * used
    # Sum over all sets of the platforms still to come: few, so each set is looked at.
    without = -math.inf
    with_p = -math.inf
    for chosen_later in range(coming + 1):
        if chosen_later & ~coming:
            continue
        worth = 0.0
        size = 0
        for k in range(next_turn, w.terms.size):
            if (chosen_later >> (k - next_turn)) & 1:
                worth += utility(w, row, w.terms[k].turn)
                size += 1
        pairs = size * (size - 1) / 2.0
        without = log_add(without, worth - chi * (pairs + size * used))
        with_p = log_add(with_p, worth - chi * (pairs + size * (used + 1)))
    return with_p - without - chi * used
