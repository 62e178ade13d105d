"""Whether somebody stays: his own probability to drop out, bent by what he feels.

Geometric with heterogeneous probability: cohorts follow the shifted beta-geometric. What is felt
acts on the log of the hazard and is 0 by default.
"""

from __future__ import annotations

import math

from agents.day import offer
from agents.day.attention import left_of_clips
from agents.day.sight import is_elsewhere, is_seen, luck, n_friends_seen
from agents.state import Flag, Sight
from sim.compiled import rule, seldom
from sim.rng import ROUNDING, Stream

_WEEK = 7
#: Who left last night was there yesterday, too.
_CAME = Sight.PRESENT | Sight.LEFT


@rule
def n_hits(bits):  # type: ignore[no-untyped-def]
    """Count the days at the quota among the last seven."""
    n = 0
    for _ in range(_WEEK):
        n += bits & 1
        bits >>= 1
    return n


@rule
def part_watched(w, row, p):  # type: ignore[no-untyped-def]
    """Return the part of the views that a day has room for: a fresh feed, and nothing beside it."""
    return w.terms[p].fresh * left_of_clips(w, row, p)


@rule
def own_push(w, row, p):  # type: ignore[no-untyped-def]
    """Return what moves the log hazard of leaving, but for friends: limits met, and feeds."""
    terms = w.terms[p]
    push = terms.dropout_quota_hits
    if push != 0.0:
        push *= n_hits(int(w.member[row, p].hits)) / _WEEK
    push -= terms.dropout_feed * terms.feed_views
    if terms.dropout_views != 0.0 and int(w.member[row, p].marks) & Flag.VISITS:
        push -= terms.dropout_views * part_watched(w, row, p)
    return push


@seldom
def friends_push(w, row, p):  # type: ignore[no-untyped-def]
    """Return what friends add to it: those who are there, who left, and who are elsewhere.

    -a·there/friends + ψ·left/came + ζ·max(0, log((1 + on a rival)/(1 + there))), the rival being
    one that the user was on yesterday, as the friends were.
    """
    terms = w.terms[p]
    there = n_friends_seen(w, row, p, Sight.PRESENT, 0.0)
    push = 0.0
    if terms.dropout_friends != 0.0:
        push -= terms.dropout_friends * there / (w.indptr[row + 1] - w.indptr[row])
    if terms.dropout_friends_left != 0.0:
        left = n_friends_seen(w, row, p, Sight.LEFT, 0.0)
        if left > 0:
            push += terms.dropout_friends_left * left / n_friends_seen(w, row, p, _CAME, 0.0)
    if terms.dropout_rival_friends != 0.0:
        most = there
        for q in range(w.terms.size):
            if q != p and is_seen(w, row, q, Sight.PRESENT):
                most = max(most, n_friends_seen(w, row, q, Sight.PRESENT, most + 1.0))
        push += terms.dropout_rival_friends * math.log((1.0 + most) / (1.0 + there))
    return push


@rule
def least_and_most(w, row, p):  # type: ignore[no-untyped-def]
    """Return the bounds of `friends_push` for so many friends, without looking at one."""
    degree = w.indptr[row + 1] - w.indptr[row]
    if degree == 0:
        return 0.0, 0.0
    terms = w.terms[p]
    least = -terms.dropout_friends
    most = terms.dropout_friends_left
    if terms.dropout_rival_friends != 0.0 and is_elsewhere(w, row, p):
        most += terms.dropout_rival_friends * math.log(1.0 + degree)
    return least, most


@rule
def stays_anyway(w, row, p, u):  # type: ignore[no-untyped-def]
    """Say whether the user stays whatever he feels, which most do on most days.

    1 - (1 - c)^k <= k·c for k >= 1, and the hazard of who has no reason is added whole.
    """
    terms = w.terms[p]
    k = terms.leave_most_met if int(w.member[row, p].hits) else terms.leave_most
    if u < k * float(w.member[row, p].dropout) + terms.leave_idle + ROUNDING:
        return False
    return terms.dropout_rival_friends == 0.0 or not is_elsewhere(w, row, p)


@rule
def bent(chance, push):  # type: ignore[no-untyped-def]
    """Return 1 - (1 - chance)^(e^push): a probability whose hazard is e^push times as high."""
    if push == 0.0 or chance >= 1.0:
        return chance
    return -math.expm1(math.log1p(-chance) * math.exp(push))


@rule
def leaves(w, row, p):  # type: ignore[no-untyped-def]
    """Say whether the user drops out tonight.

    Beside what bends his own hazard stands ι(1 - reason), the hazard of who finds nothing to come
    for. Friends are looked at, and reasons into, only if it hangs on them.
    """
    chance = float(w.member[row, p].dropout)
    terms = w.terms[p]
    u = luck(w, Stream.LEAVE, row, p)
    if stays_anyway(w, row, p, u):
        return False
    idle = terms.leave_no_reason_per_day if terms.needs_reason else 0.0
    push = own_push(w, row, p)
    if terms.dropout_friends != 0.0 or terms.dropout_friends_left + terms.dropout_rival_friends > 0:
        least, most = least_and_most(w, row, p)
        if u < bent(chance, push + least) - ROUNDING:
            return True
        if u >= 1.0 - (1.0 - bent(chance, push + most)) * math.exp(-idle) + ROUNDING:
            return False
        if least != most:
            push += friends_push(w, row, p)
    chance = bent(chance, push)
    if u < chance or idle == 0.0:
        return u < chance
    stays = 1.0 - chance
    if u >= 1.0 - stays * math.exp(-idle):
        return False  # with no reason at all he would stay
    return u < 1.0 - stays * math.exp(-idle * (1.0 - offer.reason(w, row, p)))
