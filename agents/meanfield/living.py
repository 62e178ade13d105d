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
from agents.meanfield.lookups import (
    BEYOND,
    EXCESS,
    IN_QUOTA,
    MEETS,
    N_TIERS,
    PLANS_FROM,
    SERVED,
    SOME,
)
from sim.compiled import rule, seldom
from sim.counts import Count

_WEEK = 7
_LAST = N_GROUPS - 1
#: Masses below are nobody.
_NOBODY = 1e-12


@rule
def live_on(  # type: ignore[no-untyped-def]
    w, row, p, masses, tables, notes, news, i, lived, returning, left, left_clips, times, served
):
    """Live the day of a point on one platform; return how many leave.

    Parameters
    ----------
    returning
        People of the point who return today: among those longest there, and sure to come.
    left, left_clips
        What other platforms leave, on average, of visits and of clips.
    times
        By how much what is felt by all multiplies the hazard of leaving: who comes, who does not.
    served
        Part of what is ordered that capacity serves.
    """
    terms = w.terms[p]
    count = lived.counts[i, p]
    segment = w.kinds[w.cell[row]].segment
    at_hand = w.reach[p, w.cell[row]].plan_at_hand
    rate = terms.visit_rate * left
    idle = terms.leave_no_reason_per_day if terms.needs_reason else 0.0
    with_credit = 1.0 - masses.credit[p, row, 0]
    whole_reason = offer.reason_of(1.0, terms) if terms.needs_reason else 1.0
    for_sale = not at_hand and (terms.plan_on_sale or terms.high_plan_on_sale)
    push_of_hits = math.exp(terms.dropout_quota_hits / _WEEK) - 1.0
    log_stays = tables.log_stays[p, row]
    visits = within = in_plan = early = more = hits = makers = beyond = leaving = mass = 0.0
    plans_taken = high_taken = ending = 0.0
    # Plans first, so that nobody lives the day on which he takes one twice.
    for k in range(N_TIERS):
        tier = N_TIERS - 1 - k
        if tier > 0 and notes.paying[p] == 0.0:
            continue
        for g in range(PLANS_FROM if tier > 0 else 0, N_GROUPS):
            people = masses.active[p, row, tier, g]
            if people <= 0.0:
                continue
            of_age = tables.by_age[p, row, tier, g]
            mass += people
            reason = whole_reason
            if of_age[SERVED] < 1.0:
                reason = offer.reason_of(of_age[SERVED], terms)
                if tier == 0:
                    reason += with_credit * (whole_reason - reason)
            chance = 1.0 if g == 0 else rate * news.visiting[i, p, g] * reason
            if g == _LAST and tier == 0 and returning > 0.0:
                chance += min(returning / people, 1.0) * (1.0 - chance)
            coming = people * chance
            visits += coming
            makers += coming * of_age[SOME]
            beyond_here = coming * of_age[BEYOND]
            given = coming * of_age[IN_QUOTA]
            within += given
            more += coming * of_age[EXCESS]
            often = chance * of_age[MEETS]
            hits += people * often
            if tier > 0:
                in_plan += given
            else:
                beyond += beyond_here
                if FIRST_AGE[g] < ONBOARDING_DAYS:
                    early += given
            hazard = log_stays * (times[1] + chance * (times[0] - times[1]))
            days = min(FIRST_AGE[g] + 1, _WEEK)
            if push_of_hits > 0.0 and often > 0.0:
                hazard *= _mean_push(often * push_of_hits, days)
            stays = math.exp(hazard - idle * (1.0 - reason))
            if tier == 0 and for_sale:
                taking = coming * _thinks(tables.thinks[p, row, g], often * days)
                plans = taking * tables.takes[p, row, g, 0]
                high = taking * tables.takes[p, row, g, 1]
                to = max(g, PLANS_FROM)
                masses.active[p, row, 1, to] += plans * stays
                masses.active[p, row, 2, to] += high * stays
                plans_taken += plans
                high_taken += high
                leaving += (plans + high) * (1.0 - stays)
                ending += (plans + high) * (1.0 - stays)
                people -= plans + high
            masses.active[p, row, tier, g] = people * stays
            leaving += people * (1.0 - stays)
            if tier > 0:
                ending += people * (1.0 - stays)
    within, in_plan, early = within * left_clips, in_plan * left_clips, early * left_clips
    more, beyond = more * left_clips, beyond * left_clips
    clips, buying = within * served, 0.0
    count[Count.CREATORS] += makers
    count[Count.QUOTA_HITS] += hits
    count[Count.CLIPS_SUBSCRIBER] += (within if at_hand else in_plan) * served
    count[Count.CLIPS_FREE] += 0.0 if at_hand else (within - in_plan) * served
    count[Count.CLIPS_ONBOARDING] += 0.0 if at_hand else early * served
    count[Count.CLIPS_UNSERVED] += within * (1.0 - served)
    count[Count.CLIPS_REFUSED] += more
    count[Count.CANCELLATIONS] += ending
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
    masses.left[p, row] += leaving
    masses.used[p, row] = mass - leaving
    lived.by_segment[i, p, segment, 0] += visits
    lived.by_segment[i, p, segment, 1] += clips
    count[Count.SHARES_FRIENDS] += clips * min(terms.p_share_friends * terms.rel_sharing, 1.0)
    count[Count.SHARES_FEED] += clips * min(terms.p_share_feed * terms.rel_sharing, 1.0)
    return leaving


@rule
def _mean_push(x, days):  # type: ignore[no-untyped-def]
    """Return E[e^{a·h/7}] = (1 + x)^days of h ~ Binomial(days, q), x = q(e^{a/7} - 1)."""
    times = 1.0
    for _ in range(days):
        times *= 1.0 + x
    return times


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
