"""What an offer is worth to a person today: free clips, packs and plans, weighed against the wish.

The share of the wish that what is given and sold can serve is the *reason* to come. A pack is
weighed as a whole, a plan by the clips that it adds in a month. Symbols as in ``docs/ODD.md``.
"""

from __future__ import annotations

import math

from agents.day.sight import luck
from agents.state import Flag
from sim.compiled import either_way, kernel, rule, seldom
from sim.rng import Stream, logistic

#: Nobody can ask for more clips a day; keeps the Poisson inversion inside double precision.
MAX_DEMAND = 600.0
#: Plans are billed every so many days.
BILLING_DAYS = 30
#: Tiers that can be taken.
NO_PLAN, PLAN, HIGH_PLAN = 0, 1, 2
#: Hits at the quota of somebody who meets it every day of the week.
_ALL_WEEK = 7.0


@rule
def wish(w, row, p):  # type: ignore[no-untyped-def]
    """Return the mean number of clips wanted on a day of use: λ·novelty·value·segment."""
    return wish_at(w, row, p, w.terms[p].value)


@rule
def wish_at(w, row, p, value):  # type: ignore[no-untyped-def]
    """Return the same at another value of a clip to its maker."""
    age = max(w.day - int(w.member[row, p].day_activated), 0)
    mean = float(w.person[row].rate) * w.novelty[p, age] * value
    mean *= w.kinds[w.cell[row]].demand
    return min(mean, MAX_DEMAND)


@either_way
def plan_held(w, row, p):  # type: ignore[no-untyped-def]
    """Return the clips a day of the plan that the user holds; 0 without one."""
    flags = int(w.member[row, p].marks)
    if flags & Flag.HIGH_PLAN:
        return int(w.terms[p].high_plan_quota_per_day)
    if flags & Flag.SUBSCRIBED or bool(w.reach[p, int(w.cell[row])].plan_at_hand):
        return int(w.terms[p].subscriber_quota_per_day)
    return 0


@either_way
def quota_of(w, row, p):  # type: ignore[no-untyped-def]
    """Return the clips a day that the user's tier gives him."""
    return max(int(w.reach[p, int(w.cell[row])].free_quota), int(plan_held(w, row, p)))


@rule
def part_in_quota(mean, quota):  # type: ignore[no-untyped-def]
    """Return the share of a wish that a quota serves, min(1, Q/mean); of none, nothing."""
    if quota <= 0.0:
        return 0.0
    return 1.0 if mean <= quota else quota / mean


@rule
def p_pack(w, p, willingness, clips):  # type: ignore[no-untyped-def]
    """Return the chance that a pack is bought for so many clips wanted, 1 to all that it holds.

    What is wanted today counts whole, what stays in the pack by the share κ:
    P = Λ((ω + log(clips + κ(S - clips)) - log price)/s).
    """
    terms = w.terms[p]
    size = float(terms.pack_clips)
    wanted = min(max(clips, 1.0), size)
    worth = wanted + terms.pack_leftover_worth * (size - wanted)
    margin = willingness + math.log(worth) - terms.log_pack_usd
    return logistic(margin / w.market[0].price_noise)


@rule
def plan_worth_usd(w, p, willingness, mean, free_quota, high):  # type: ignore[no-untyped-def]
    """Return what a plan is worth in a month: all else in it, and the clips that it adds.

    A quota adds, on each of 30·a0·c days of creating, what it serves of the wish beyond the free
    one. A plan that adds no clip is no reason to take it here, and worth nothing.
    """
    terms = w.terms[p]
    quota = terms.high_plan_quota_per_day if high else terms.subscriber_quota_per_day
    more = (min(mean, float(quota)) - min(mean, float(free_quota))) * terms.p_served
    if more <= 0.0:
        return 0.0
    other = terms.high_plan_other_usd if high else terms.plan_other_usd
    days = BILLING_DAYS * terms.p_active * terms.part_creating
    return other + math.exp(willingness) * more * days


@rule
def p_accepts(w, p, willingness, mean, free_quota, high):  # type: ignore[no-untyped-def]
    """Return the chance that somebody who thinks of a plan finds it worth its price.

    Λ((log worth - log price)/s), s the scale of `price_noise`; 1 where prices are not weighed.
    """
    terms = w.terms[p]
    if not (terms.high_plan_on_sale if high else terms.plan_on_sale):
        return 0.0
    if math.isnan(terms.plan_other_usd):
        return 0.0 if high else 1.0
    worth = plan_worth_usd(w, p, willingness, mean, free_quota, high)
    price = terms.high_plan_usd_per_month if high else terms.subscription_usd_per_month
    if worth <= 0.0:
        return 0.0
    if price <= 0.0:
        return 1.0
    return logistic(math.log(worth / price) / w.market[0].price_noise)


@rule
def p_plan(w, p, willingness, mean, free_quota):  # type: ignore[no-untyped-def]
    """Return the chance that somebody who meets the quota every day takes some plan in a month.

    On 30·a0 days of use he may think of it, and then weighs the better one.
    """
    terms = w.terms[p]
    best = p_accepts(w, p, willingness, mean, free_quota, False)
    best = max(best, p_accepts(w, p, willingness, mean, free_quota, True))
    if best <= 0.0:
        return 0.0
    x = terms.subscribe_intercept + terms.subscribe_hits * math.log1p(_ALL_WEEK)
    x += terms.subscribe_need * (1.0 - part_in_quota(mean, float(free_quota)))
    return min(BILLING_DAYS * terms.p_active * logistic(x), 1.0) * best


@seldom
def served(w, p, willingness, mean, held, part):  # type: ignore[no-untyped-def]
    """Return the share of a wish that can be served today, of which a quota serves a part.

    Of the rest purse and plan serve what they would of the wish if nothing were free: were they
    asked about the rest alone, a few free clips would take away the plan, which adds less beside
    them, and an offer that gives more would be less of a reason to come.

    Parameters
    ----------
    held
        Clips a day of the plan that is held already, beside which nothing is bought again.
    """
    if part >= 1.0:
        return 1.0
    terms = w.terms[p]
    if terms.pack_on_sale:
        part += (1.0 - part) * p_pack(w, p, willingness, mean - held)
    if terms.plan_on_sale or terms.high_plan_on_sale:
        part += (1.0 - part) * p_plan(w, p, willingness, mean, held)
    return part


@rule
def reason(w, row, p):  # type: ignore[no-untyped-def]
    """Return the reason to come today, 0 to 1: what can be made, else what can be watched.

    The share of the wish served (packs in hand serve all), if he is not turned away, and of the
    rest what a feed with fresh clips is worth. It is the wish of a service with room for all: who
    wishes for less because it is crowded has no more reason to come.
    """
    if not w.terms[p].needs_reason:
        return 1.0
    return reason_of(wish_served(w, row, p), w.terms[p])


@rule
def wish_served(w, row, p):  # type: ignore[no-untyped-def]
    """Return the share of today's wish that would be served with room for all."""
    if int(w.member[row, p].credit) != 0:
        return 1.0
    mean = wish_at(w, row, p, w.terms[p].rel_demand)
    quota = quota_of(w, row, p)
    part = part_in_quota(mean, float(quota))
    if part < 1.0:
        held = plan_held(w, row, p)
        part = served(w, p, float(w.person[row].willingness), mean, held, part)
    return part


@either_way
def reason_of(part, terms):  # type: ignore[no-untyped-def]
    """Return the reason that a share of the wish is, as far as it is served, and a feed beside."""
    part *= terms.p_served
    return part + (1.0 - part) * terms.feed_reason


@rule
def price_shock(w, row, p):  # type: ignore[no-untyped-def]
    """Return ε of a plan's price that day, logistic with the scale `price_noise`."""
    u = luck(w, Stream.PLAN_PRICE, row, p)
    return -w.market[0].price_noise * (math.log(u) - math.log1p(-u))


@seldom
def tier_taken(w, row, p):  # type: ignore[no-untyped-def]
    """Return the plan that somebody who thinks of one finds worth its price, with the most to gain.

    Worth·e^ε - price, above 0; `NO_PLAN` if there is none. Where prices are not weighed it is the
    plan.
    """
    terms = w.terms[p]
    if math.isnan(terms.plan_other_usd):
        return PLAN if terms.plan_on_sale else NO_PLAN
    mean = wish(w, row, p)
    free = w.reach[p, w.cell[row]].free_quota
    willingness = float(w.person[row].willingness)
    factor = math.exp(price_shock(w, row, p))
    best = NO_PLAN
    gain = 0.0
    if terms.plan_on_sale:
        worth = plan_worth_usd(w, p, willingness, mean, free, False)
        if worth * factor - terms.subscription_usd_per_month > gain:
            best = PLAN
            gain = worth * factor - terms.subscription_usd_per_month
    if terms.high_plan_on_sale:
        worth = plan_worth_usd(w, p, willingness, mean, free, True)
        if worth * factor - terms.high_plan_usd_per_month > gain:
            best = HIGH_PLAN
    return best


@kernel
def mean_served(w, p, wishes, held, parts, centers, sd, nodes, weights, out):  # type: ignore[no-untyped-def]
    """Fill, for kinds of people, the share of their wish served, over a normal willingness.

    Parameters
    ----------
    wishes, held, parts
        (G,) clips wanted a day, those of the plan held already, and what the quota serves of them.
    centers, sd
        (G,) median log willingness of each kind, and its spread.
    nodes, weights
        Quadrature of the standard normal; weights sum to 1.
    out
        (G,) shares.
    """
    for g in range(wishes.size):
        total = 0.0
        for k in range(nodes.size):
            willingness = centers[g] + sd * nodes[k]
            total += weights[k] * served(w, p, willingness, wishes[g], held[g], parts[g])
        out[g] = total
