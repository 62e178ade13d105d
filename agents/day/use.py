"""An active day on one platform: clips, shares, a plan taken, billed or canceled.

Compiled for all rows, run as Python for one, as the day itself.
"""

from __future__ import annotations

from agents.day import rules
from agents.state import MOST_PACKS, Flag
from sim.compiled import either_way
from sim.counts import Count

#: A user's first days, whose free clips count as the cost of winning him (30 days).
ONBOARDING_DAYS = 30


@either_way
def make_clips(w, tally, row, p, decide):  # type: ignore[no-untyped-def]
    """Wish for clips, make what quota, credit and purse allow; return (made, at the quota)."""
    me = w.member[row, p]
    terms = w.terms[p]
    flags = int(me.marks)
    subscribed = (flags & Flag.SUBSCRIBED) > 0
    quota = int(terms.subscriber_quota_per_day if subscribed else terms.free_quota_per_day)
    demand = int(decide.wants_clips(w, row, p))
    in_quota = min(demand, quota)
    excess = demand - in_quota
    credit = int(me.credit)
    paid = min(excess, credit)
    credit -= paid
    excess -= paid
    if excess > 0 and terms.pack_on_sale and decide.buys(w, row, p):
        size = int(terms.pack_clips)
        packs = (excess + size - 1) // size
        credit = packs * size - excess
        paid += excess
        excess = 0
        bought = min(int(me.packs_low) + (int(me.packs_high) << 16) + packs, MOST_PACKS)
        me.packs_low, me.packs_high = bought & 0xFFFF, bought >> 16
        tally.counts[p, Count.PACKS] += packs
        tally.counts[p, Count.PACK_BUYERS] += 1
        if not flags & Flag.HAS_PAID:
            tally.counts[p, Count.NEW_PAYERS] += 1
            me.marks = flags | Flag.HAS_PAID
    me.credit = credit
    made = in_quota + paid
    me.clips_last = made
    me.clips_total = int(me.clips_total) + made
    tally.counts[p, Count.CLIPS_SUBSCRIBER if subscribed else Count.CLIPS_FREE] += in_quota
    tally.counts[p, Count.CLIPS_PACK] += paid
    tally.counts[p, Count.CLIPS_REFUSED] += excess
    if not subscribed and w.day - int(me.day_activated) < ONBOARDING_DAYS:
        tally.counts[p, Count.CLIPS_ONBOARDING] += in_quota
    if made > 0:
        tally.counts[p, Count.CREATORS] += 1
    segment = int(w.kinds[int(w.cell[row])].segment)
    tally.by_segment[p, segment, 0] += 1
    tally.by_segment[p, segment, 1] += made
    tally.by_segment[p, segment, 2] += paid
    return made, demand >= quota


@either_way
def use(w, tally, row, k, p, decide):  # type: ignore[no-untyped-def]
    """Spend an active day: clips, sharing, and perhaps a subscription; return if at the quota."""
    me = w.member[row, p]
    tally.counts[p, Count.DAILY_ACTIVE] += 1
    tally.by_day[0, p, int(me.day_activated)] += 1
    last = int(me.day_active)
    if last >= 0:
        tally.by_day[1, p, last] -= 1
    tally.by_day[1, p, w.day] += 1
    me.day_active = w.day
    made, at_quota = make_clips(w, tally, row, p, decide)
    if made > 0:
        to_friends = int(decide.shares_friends(w, row, p, made))
        w.awake.sent[p, k] = to_friends
        tally.counts[p, Count.SHARES_FRIENDS] += to_friends
        tally.counts[p, Count.SHARES_FEED] += int(decide.shares_feed(w, row, p, made))
    if at_quota:
        tally.counts[p, Count.QUOTA_HITS] += 1
    return at_quota


@either_way
def pay_plan(w, tally, row, p, was_active, decide):  # type: ignore[no-untyped-def]
    """Subscribe on a day of use, or renew and be billed, or cancel, every 30 days."""
    me = w.member[row, p]
    terms = w.terms[p]
    flags = int(me.marks)
    if flags & Flag.SUBSCRIBED:
        age = w.day - int(me.day_subscribed)
        if age > 0 and age % rules.BILLING_DAYS == 0:
            if not terms.plan_on_sale or decide.cancels(w, row, p):
                me.marks = flags & ~Flag.SUBSCRIBED
                tally.counts[p, Count.CANCELLATIONS] += 1
            else:
                tally.counts[p, Count.PLANS_BILLED] += 1
    elif was_active and terms.plan_on_sale and decide.subscribes(w, row, p):
        tally.counts[p, Count.NEW_SUBSCRIBERS] += 1
        tally.counts[p, Count.PLANS_BILLED] += 1
        if not flags & Flag.HAS_PAID:
            tally.counts[p, Count.NEW_PAYERS] += 1
        me.marks = flags | Flag.SUBSCRIBED | Flag.HAS_PAID
        me.day_subscribed = w.day
