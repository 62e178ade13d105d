"""The rules of one user's day: each decision once, as a scalar compiled function.

The compiled loop calls them for all rows, `agents.people.user.User` for one. A rule reads the world
of yesterday and the user's own row, draws from its own stream, and returns a decision; it writes
nothing. Symbols as in ``docs/ODD.md``.
"""

from __future__ import annotations

import math

from agents.day import choice, creating, offer, staying
from agents.day.attention import left_of_visits
from agents.day.offer import BILLING_DAYS
from agents.day.sight import is_seen, luck, n_friends_seen
from agents.day.terms import COUNT, FIXED_DELAY, SHARE
from agents.state import CELL_CAUSES, Sight
from sim.compiled import rule
from sim.counts import Cause, Status
from sim.rng import Stream, binomial, logistic

#: These are rules like the others, and fill modules of their own; so does what an offer is worth.
adopts = choice.adopts
creates, wants_clips, watches = creating.creates, creating.wants_clips, creating.watches
leaves = staying.leaves


@rule
def friend_hazard(w, row, p):  # type: ignore[no-untyped-def]
    """Return β·X: what friends shared yesterday makes of the hazard."""
    return w.terms[p].friend_strength * shared_by_friends(w, row, p)


@rule
def shared_by_friends(w, row, p):  # type: ignore[no-untyped-def]
    """Return X: what friends shared yesterday, in the market's form of contagion.

    "share" divides by the number of friends (each is heard less, the more there are), "count" does
    not, "threshold" is all or nothing (Granovetter 1978).
    """
    shared = float(w.exposure[p, row])
    if shared == 0.0:
        return 0.0
    form = w.market[0].contagion
    if form == COUNT:
        return shared
    per_friend = shared / float(w.indptr[row + 1] - w.indptr[row])
    if form == SHARE:
        return per_friend
    return 1.0 if per_friend >= w.market[0].sharing_threshold else 0.0


@rule
def pull(w, row, p, status):  # type: ignore[no-untyped-def]
    """Return β_r·X: how friends' clips, and being in them, pull back somebody who left."""
    strength = w.terms[p].pull_per_share
    if strength == 0.0 or status != Status.LOST:
        return 0.0
    return strength * shared_by_friends(w, row, p)


@rule
def relative_exposure(w, row, p, status):  # type: ignore[no-untyped-def]
    """Return the multiplier on exposure of those without access and of those who left."""
    rel = 1.0 if w.reach[p, w.cell[row]].open else w.terms[p].rel_awareness_closed
    if status == Status.LOST:
        rel *= w.terms[p].rel_exposure_lost
    return rel


@rule
def cell_hazard(w, row, p, unaware):  # type: ignore[no-untyped-def]
    """Return the hazard of all causes but friends; paid media are bought for the unaware."""
    reach = w.reach[p, w.cell[row]]
    return reach.hazard_unaware if unaware else reach.hazard_aware


@rule
def exposure_hazard(w, row, p):  # type: ignore[no-untyped-def]
    """Return h: the sum of competing hazards, cut at the attention budget."""
    status = int(w.member[row, p].status)
    h = cell_hazard(w, row, p, status == Status.UNAWARE) + friend_hazard(w, row, p)
    h = h * relative_exposure(w, row, p, status) + pull(w, row, p, status)
    return min(h, w.market[0].attention_budget)


@rule
def notices(w, row, p):  # type: ignore[no-untyped-def]
    """Is the user exposed today, and by what: return the cause, `Cause.NONE` for nothing.

    P = 1 - exp(-h); the cause is drawn in proportion to its hazard (competing risks).
    """
    h = exposure_hazard(w, row, p)
    if luck(w, Stream.NOTICE, row, p) >= -math.expm1(-h):
        return Cause.NONE
    status = int(w.member[row, p].status)
    unaware = status == Status.UNAWARE
    cell = w.cell[row]
    from_friends = friend_hazard(w, row, p)
    pulled = pull(w, row, p, status)
    if pulled > 0.0:
        rel = relative_exposure(w, row, p, status)
        if rel == 0.0:
            return Cause.FRIEND
        from_friends += pulled / rel
    h = cell_hazard(w, row, p, unaware) + from_friends
    rest = luck(w, Stream.CAUSE, row, p) * h - from_friends
    if rest < 0.0:
        return Cause.FRIEND
    last = Cause.FRIEND
    for i in range(len(CELL_CAUSES)):
        cause = CELL_CAUSES[i]
        part = w.hazard_by_cause[i, p, cell]
        if part > 0.0 and (unaware or cause != Cause.PAID):
            last = cause
            rest -= part
            if rest < 0.0:
                break
    return last


@rule
def remembers(w, row, p):  # type: ignore[no-untyped-def]
    """Say whether somebody who waited for access acts on it today."""
    return luck(w, Stream.RECALL, row, p) < w.terms[p].p_recall


@rule
def gives_up(w, row, p):  # type: ignore[no-untyped-def]
    """Say whether a user who waits for an invite stops waiting."""
    return luck(w, Stream.GIVE_UP, row, p) < w.terms[p].p_give_up


@rule
def comes_back(w, row, p):  # type: ignore[no-untyped-def]
    """Say whether a user who left returns by himself (hazard r_back)."""
    rate = w.terms[p].return_per_day
    return rate > 0.0 and luck(w, Stream.RETURN, row, p) < -math.expm1(-rate)


@rule
def passes_codes(w, row, p):  # type: ignore[no-untyped-def]
    """Return today's codes as (offered to friends, made public, never used).

    A code is passed after a fixed delay, or each day with probability 1 / delay (geometric with
    the same mean), and whoever gets it starts on the following day at the earliest.
    """
    terms = w.terms[p]
    in_hand = int(w.member[row, p].codes)
    age = w.day - int(w.member[row, p].day_activated)
    if terms.code_delay_form == FIXED_DELAY:
        ripe = in_hand if age + 1 >= terms.code_delay_days else 0
    else:
        ripe = binomial(luck(w, Stream.CODE_DELAY, row, p), in_hand, 1.0 / terms.code_delay_days)
    used = binomial(luck(w, Stream.CODE_USE, row, p), ripe, terms.p_code_used)
    friends = binomial(luck(w, Stream.CODE_TO_FRIEND, row, p), used, terms.share_codes_to_friends)
    return friends, used - friends, ripe - used


@rule
def visits(w, row, p):  # type: ignore[no-untyped-def]
    """Is the user active today; the day he starts or returns always is, another needs a reason.

    P = a0·v(n)·what other platforms leave·reason (`agents.day.offer.reason`).
    """
    if starts_today(w, row, p):
        return True
    u = luck(w, Stream.VISIT, row, p)
    a0 = visit_rate(w, row, p)
    if u >= a0:
        return False  # nothing of the rest is above 1
    a0 *= left_of_visits(w, row, p)
    if u >= a0:
        return False
    return not w.terms[p].needs_reason or u < a0 * offer.reason(w, row, p)


@rule
def visit_rate(w, row, p):  # type: ignore[no-untyped-def]
    """Return a0·v(n): chance to come, n days after activation or return, with every reason to."""
    me = w.member[row, p]
    age = max(w.day - max(int(me.day_activated), int(me.day_returned)), 0)
    return w.terms[p].visit_rate * w.visiting[p, age]


@rule
def starts_today(w, row, p):  # type: ignore[no-untyped-def]
    """Is it the day on which the user starts or returns."""
    me = w.member[row, p]
    return int(me.day_activated) == w.day or int(me.day_returned) == w.day


@rule
def may_visit(w, row, p):  # type: ignore[no-untyped-def]
    """Say whether the user is active today if there is every reason to be."""
    return starts_today(w, row, p) or luck(w, Stream.VISIT, row, p) < visit_rate(w, row, p)


@rule
def buys(w, row, p, clips):  # type: ignore[no-untyped-def]
    """Say whether a pack is worth its price for so many clips wanted beyond the quota.

    ω + ε > log price - log(clips + κ(S - clips)), ε logistic: the pack as a whole is weighed.
    """
    willingness = float(w.person[row].willingness)
    return luck(w, Stream.BUY, row, p) < offer.p_pack(w, p, willingness, clips)


@rule
def shares_friends(w, row, p, clips):  # type: ignore[no-untyped-def]
    """Return how many of today's clips go to friends: Binomial(clips, σ_f·worth to others)."""
    chance = min(w.terms[p].p_share_friends * w.terms[p].rel_sharing, 1.0)
    return binomial(luck(w, Stream.SHARE_FRIENDS, row, p), clips, chance)


@rule
def shares_feed(w, row, p, clips):  # type: ignore[no-untyped-def]
    """Return how many of today's clips go to the outside feed: Binomial(clips, σ_x·worth)."""
    chance = min(w.terms[p].p_share_feed * w.terms[p].rel_sharing, 1.0)
    return binomial(luck(w, Stream.SHARE_FEED, row, p), clips, chance)


@rule
def subscribes(w, row, p):  # type: ignore[no-untyped-def]
    """Say whether an active free user takes a plan today: thinks of it, and finds it worth it."""
    return thinks_of_plan(w, row, p) and offer.tier_taken(w, row, p) != offer.NO_PLAN


@rule
def thinks_of_plan(w, row, p):  # type: ignore[no-untyped-def]
    """Say whether an active free user thinks of a plan today.

    P = Λ(a0 + a1·log(1 + hits in 7 days) + a2·friends who pay + a3·ω - a4·log price + a5·need),
    need the part of the wish that free clips do not serve.
    """
    x = plan_odds(w, row, p)
    u = luck(w, Stream.SUBSCRIBE, row, p)
    a2 = w.terms[p].subscribe_friends
    if not is_seen(w, row, p, Sight.FRIEND_PAYS):
        return u < logistic(x)
    if a2 > 0.0:
        # So many friends must pay at the least: most people need not be asked for all of theirs.
        needed = (math.log(u) - math.log1p(-u) - x) / a2 - 1e-6
        x += a2 * n_friends_seen(w, row, p, Sight.PAYING, needed)
    elif a2 < 0.0:
        x += a2 * n_friends_seen(w, row, p, Sight.PAYING, 0.0)
    return u < logistic(x)


@rule
def plan_odds(w, row, p):  # type: ignore[no-untyped-def]
    """Return the log odds of thinking of a plan, but for friends who pay."""
    terms = w.terms[p]
    x = terms.subscribe_intercept
    if terms.subscribe_need != 0.0:
        free = float(w.reach[p, w.cell[row]].free_quota)
        x += terms.subscribe_need * (1.0 - offer.part_in_quota(offer.wish(w, row, p), free))
    hits = int(w.member[row, p].hits)
    if hits != 0:
        x += terms.subscribe_hits * math.log(1.0 + staying.n_hits(hits))
    x += terms.subscribe_willingness * float(w.person[row].willingness)
    return x - terms.subscribe_price * terms.log_plan_usd


@rule
def cancels(w, row, p):  # type: ignore[no-untyped-def]
    """Say whether a subscriber cancels at this renewal: shifted beta-geometric by month.

    The k-th renewal fails with α / (α + β + k - 1) (Fader and Hardie 2007).
    """
    k = (w.day - int(w.day_subscribed[p, row])) // BILLING_DAYS
    a = w.terms[p].paid_churn_alpha
    return luck(w, Stream.CANCEL, row, p) < a / (a + w.terms[p].paid_churn_beta + k - 1.0)
