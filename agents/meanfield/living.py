"""A day of use in expectation: visits, clips, packs, plans, and who leaves at its end.

What `agents.day.use` and `agents.day.person.sleep` do with one person is done here with the masses
of a point, by tier and group of age. Taken as means of a point, and not kept apart within it: pack
credit and who has ever paid (people of a tier and any age alike), days at the quota in the last
seven (as many as the chances of today give), and whether creators are the same people every day.
"""

from __future__ import annotations

import math

from agents.day import offer
from agents.day.use import ONBOARDING_DAYS
from agents.meanfield.ages import FIRST_AGE, N_GROUPS
from agents.meanfield.tables import N_TIERS
from sim.compiled import rule, seldom
from sim.counts import Count

_WEEK = 7
_LAST = N_GROUPS - 1
#: Masses below are nobody.
_NOBODY = 1e-12


@rule
def left_by_others(left, p, row, there):  # type: ignore[no-untyped-def]
    """Return what other platforms leave: of each, if it is there; exact for two platforms."""
    gone = 0.0
    for q in range(there.size):
        if q != p:
            gone += there[q] * (1.0 - left[p, row, q])
    return max(1.0 - gone, 0.0)


@seldom
def live_on(  # type: ignore[no-untyped-def]
    w, row, p, masses, tables, notes, news, i, lived, returning, there, visited, times, served
):
    """Live the day of a point on one platform; return the clips sent to friends.

    Parameters
    ----------
    returning
        People of the point who return today: among those longest there, and sure to come.
    there, visited
        (P,) chance that the point's people are on each platform, and come to it.
    times
        By how much what is felt by all multiplies the hazard of leaving: who comes, who does not.
    served
        Part of what is ordered that capacity serves.
    """
    terms = w.terms[p]
    count = lived.counts[i, p]
    segment = w.kinds[w.cell[row]].segment
    at_hand = w.reach[p, w.cell[row]].plan_at_hand
    left = left_by_others(tables.left_of_visits, p, row, there)
    left_clips = left_by_others(tables.left_of_clips, p, row, visited)
    rate = terms.visit_rate * left
    idle = terms.leave_no_reason_per_day if terms.needs_reason else 0.0
    with_credit = 1.0 - masses.credit[p, row, 0]
    reason_of_credit = 1.0
    if terms.needs_reason and with_credit > 0.0:
        reason_of_credit = offer.reason_of(1.0, terms)
    for_sale = not at_hand and (terms.plan_on_sale or terms.high_plan_on_sale)
    push_of_hits = math.exp(terms.dropout_quota_hits / _WEEK) - 1.0
    log_stays = tables.log_stays[p, row]
    visits = clips = beyond = buying = leaving = mass = plans_taken = high_taken = 0.0
    # Plans first, so that nobody lives the day on which he takes one twice.
    for k in range(N_TIERS):
        tier = N_TIERS - 1 - k
        if tier > 0 and notes.paying[p] == 0.0:
            continue
        for g in range(N_GROUPS):
            people = masses.active[p, row, tier, g]
            if people <= 0.0:
                continue
            mass += people
            reason = 1.0
            if terms.needs_reason:
                reason = offer.reason_of(tables.served[p, row, tier, g], terms)
                if tier == 0:
                    reason += with_credit * (reason_of_credit - reason)
            chance = 1.0 if g == 0 else rate * news.visiting[i, p, g] * reason
            coming = people * chance
            if g == _LAST and tier == 0:
                coming += returning * (1.0 - chance)
            creating = coming * tables.creates[p, row, tier, g]
            within = creating * tables.in_quota[p, row, tier, g] * left_clips
            more = creating * tables.excess[p, row, tier, g] * left_clips
            count[Count.CREATORS] += creating * tables.some[p, row, tier, g]
            if tier == 0:
                beyond += creating * tables.beyond[p, row, tier, g] * left_clips
                if at_hand:
                    count[Count.CLIPS_SUBSCRIBER] += within * served
                else:
                    count[Count.CLIPS_FREE] += within * served
                    if FIRST_AGE[g] < ONBOARDING_DAYS:
                        count[Count.CLIPS_ONBOARDING] += within * served
            else:
                count[Count.CLIPS_SUBSCRIBER] += within * served
            count[Count.CLIPS_UNSERVED] += within * (1.0 - served)
            count[Count.CLIPS_REFUSED] += more
            met = creating * tables.meets[p, row, tier, g]
            count[Count.QUOTA_HITS] += met
            visits += coming
            clips += within * served
            # At the quota with a chance q on each of n days: E[e^{a·days/7}] = (1 + q(e^{a/7} - 1))^n.
            hits = 1.0
            often = min(met / people, 1.0)
            days = min(FIRST_AGE[g] + 1, _WEEK)
            if push_of_hits > 0.0 and often > 0.0:
                hits = (1.0 + often * push_of_hits) ** days
            felt = times[1] + min(coming / people, 1.0) * (times[0] - times[1])
            stays = math.exp(log_stays * felt * hits - idle * (1.0 - reason))
            if tier == 0 and for_sale and coming > 0.0:
                thinks = _thinks(tables.thinks[p, row, g], often * days)
                for one in range(2):
                    taking = coming * thinks * tables.takes[p, row, g, one]
                    masses.active[p, row, one + 1, g] += taking * stays
                    people -= taking
                    if one == 0:
                        plans_taken += taking
                    else:
                        high_taken += taking
                    leaving += taking * (1.0 - stays)
            masses.active[p, row, tier, g] = people * stays
            leaving += people * (1.0 - stays)
            if tier > 0:
                count[Count.CANCELLATIONS] += people * (1.0 - stays)
    if terms.pack_on_sale or with_credit > 0.0:
        bought, buying, paid_clips = _buy(masses, tables, notes, row, p, beyond, mass, served)
        count[Count.PACKS] += bought
        count[Count.PACK_BUYERS] += buying
        count[Count.CLIPS_PACK] += paid_clips
        count[Count.CLIPS_REFUSED] -= paid_clips
        clips += paid_clips
        lived.by_segment[i, p, segment, 2] += paid_clips
    _count_plans(masses, notes, count, row, p, w.day + i, plans_taken, high_taken, buying, mass)
    count[Count.DAILY_ACTIVE] += visits
    count[Count.VIEWS] += visits * terms.views_per_visit * terms.fresh * left_clips
    count[Count.DROPOUTS] += leaving
    masses.resting[p, row] = leaving
    masses.there[p, row] = mass - leaving
    masses.visiting[p, row] = min(visits / mass, 1.0) if mass > _NOBODY else 0.0
    lived.by_segment[i, p, segment, 0] += visits
    lived.by_segment[i, p, segment, 1] += clips
    to_friends = clips * min(terms.p_share_friends * terms.rel_sharing, 1.0)
    count[Count.SHARES_FRIENDS] += to_friends
    count[Count.SHARES_FEED] += clips * min(terms.p_share_feed * terms.rel_sharing, 1.0)
    return to_friends


@rule
def _thinks(by_hits, hits):  # type: ignore[no-untyped-def]
    """Return the chance to think of a plan, at a mean number of days at the quota of a week."""
    low = min(int(hits), _WEEK - 1)
    return by_hits[low] + (hits - low) * (by_hits[low + 1] - by_hits[low])


@seldom
def _buy(masses, tables, notes, row, p, beyond, mass, served):  # type: ignore[no-untyped-def]
    """Sell packs to those who want more than the quota; return (packs, buyers, clips)."""
    if mass < _NOBODY:
        return 0.0, 0.0, 0.0
    credit = masses.credit[p, row]
    how_often = min(beyond / mass, 1.0)
    if how_often <= 0.0:
        return 0.0, 0.0, 0.0
    size = credit.size
    packs = buyers = clips = 0.0
    for c in range(size):
        here = credit[c] * beyond * served
        packs += here * tables.sales[p, row, c, 0]
        buyers += here * tables.sales[p, row, c, 1]
        clips += here * (tables.sales[p, row, c, 2] + tables.sales[p, row, c, 3])
    before = notes.scratch
    for c in range(size):
        before[c] = credit[c]
    for c in range(size):
        moved = 0.0
        for b in range(size):
            moved += before[b] * tables.moves[p, row, b, c]
        credit[c] += how_often * served * (moved - before[c])
    return packs, buyers, clips


@rule
def _count_plans(masses, notes, count, row, p, day, plans, high, buyers, mass):  # type: ignore[no-untyped-def]
    """Count plans taken, and who pays for the first time."""
    count[Count.NEW_SUBSCRIBERS] += plans + high
    count[Count.PLANS_BILLED] += plans
    count[Count.HIGH_PLANS_BILLED] += high
    notes.plans[p, 0, day] += plans
    notes.plans[p, 1, day] += high
    if mass > _NOBODY:
        paying = min((plans + high + buyers) / mass, 1.0)
        new = paying * (1.0 - masses.paid[p, row])
        count[Count.NEW_PAYERS] += new * mass
        masses.paid[p, row] += new
