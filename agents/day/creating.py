"""Visiting is not creating: whether somebody makes anything today, and how much he wants to."""

from __future__ import annotations

import math

from agents.day import offer
from agents.day.attention import left_of_clips
from agents.day.sight import luck, uid_of
from agents.day.staying import part_watched
from sim.compiled import rule, seldom
from sim.rng import TIMELESS, Stream, poisson, uniform

_TIMELESS = int(TIMELESS)


@rule
def creates(w, row, p):  # type: ignore[no-untyped-def]
    """Say whether the user makes something on a day on which he comes.

    Where no part of visits is given, the number wished for decides.
    """
    return math.isnan(w.terms[p].p_create) or luck(w, Stream.CREATE, row, p) < p_creates(w, row, p)


@seldom
def p_creates(w, row, p):  # type: ignore[no-untyped-def]
    """Return the chance that the user makes something on a day on which he comes.

    A part c of visits does; those of creators, a part c of the people for good, with
    ϱ + (1 - ϱ)·c, those of the others with (1 - ϱ)·c. On the day of the first activation nearly
    all do (`p_create_first`).
    """
    terms = w.terms[p]
    part = terms.p_create
    if int(w.member[row, p].day_activated) == w.day:
        return terms.p_create_first
    kept = terms.creator_persistence
    if kept > 0.0:
        key = w.terms[p].key
        for_good = uniform(w.seed, Stream.CREATE, _TIMELESS, uid_of(w, row), key) < part
        part = (1.0 - kept) * part + (kept if for_good else 0.0)
    return part


@rule
def wants_clips(w, row, p):  # type: ignore[no-untyped-def]
    """Return the demand of a day of creating: Poisson(λ·novelty·value·segment) by inversion.

    One uniform and the inverse CDF: at the same luck a higher wish never gives fewer clips. What
    other platforms of today leave of it takes clips away one by one.
    """
    left = left_of_clips(w, row, p)
    u = luck(w, Stream.DEMAND, row, p)
    if not math.isnan(w.terms[p].p_create):
        return one_or_more(w, row, p, left, u)
    return poisson(u, offer.wish(w, row, p) * left)


@seldom
def one_or_more(w, row, p, left, u):  # type: ignore[no-untyped-def]
    """Return the demand where visits that create are told from those that do not.

    At least one clip is wanted of what is as good as at launch. What is worth v < 1 of that takes
    away each clip with 1 - v, the last one too, and so does what other platforms leave.
    """
    value = w.terms[p].value
    full = offer.wish_at(w, row, p, max(value, 1.0))
    part = min(value, 1.0) * left
    if full <= 0.0 or part <= 0.0:
        return 0
    # A Poisson number of at least one, thinned: nothing with q, else again at least one.
    none, none_of_part = math.exp(-full), math.exp(-full * part)
    q = (none_of_part - none) / -math.expm1(-full)
    if u < q:
        return 0
    return max(poisson(none_of_part + (1.0 - none_of_part) * (u - q) / (1.0 - q), full * part), 1)


@rule
def watches(w, row, p):  # type: ignore[no-untyped-def]
    """Return how many clips of others the user watches on a day of use, rounded by luck."""
    room = w.terms[p].views_per_visit
    return int(room * part_watched(w, row, p) + luck(w, Stream.WATCH, row, p))
