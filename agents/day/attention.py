"""A person's day is one: what several platforms that he uses leave of it to each other.

Visits, clips wanted and clips watched on one platform take the place of those on another as far as
the market says (s, 0 to 1), by taste. At 1 there is a fixed number of them, shared out.
"""

from __future__ import annotations

import math

from agents.state import Flag
from sim.compiled import rule, seldom
from sim.counts import Status

#: e to the power of it is about as large as a number can be.
_MOST = 700.0


@rule
def liking(w, row, p):  # type: ignore[no-untyped-def]
    """Return δ + θ: how much the user likes a platform that he has."""
    return w.terms[p].utility + float(w.member[row, p].taste)


@rule
def is_there(w, row, q, today):  # type: ignore[no-untyped-def]
    """Say whether the user has a platform, or (``today``) has come to it today."""
    me = w.member[row, q]
    if today:
        return int(me.marks) & Flag.VISITS != 0
    return bool(w.terms[q].running) and int(me.status) == Status.ACTIVE


@seldom
def share_of_taste(w, row, p, today):  # type: ignore[no-untyped-def]
    """Return e^{δ_p + θ_p} over its sum over the platforms that the user has, or came to today."""
    total = 1.0
    mine = liking(w, row, p)
    for k in range(w.terms.size):
        q = w.terms[k].turn  # sums hang on their order in the last bit, and names say nothing
        if q != p and is_there(w, row, q, today):
            total += math.exp(min(liking(w, row, q) - mine, _MOST))
    return 1.0 / total


@rule
def left(w, row, p, substitution, today):  # type: ignore[no-untyped-def]
    """Return 1 - s·(1 - share of taste); most people have one platform, and all of it is left."""
    if substitution != 0.0:
        for q in range(w.terms.size):
            if q != p and is_there(w, row, q, today):
                return 1.0 - substitution * (1.0 - share_of_taste(w, row, p, today))
    return 1.0


@rule
def left_of_visits(w, row, p):  # type: ignore[no-untyped-def]
    """Return what other platforms that the user has leave of his visits to one."""
    return left(w, row, p, w.market[0].visit_substitution, False)


@rule
def left_of_clips(w, row, p):  # type: ignore[no-untyped-def]
    """Return what others to which he came today leave of clips wanted, and of clips watched."""
    return left(w, row, p, w.market[0].clip_substitution, True)
