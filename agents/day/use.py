"""An active day on one platform: clips, shares, a plan taken, billed or canceled.

Compiled for all rows, run as Python for one, as the day itself.
"""

from __future__ import annotations

from agents.day.offer import BILLING_DAYS, HIGH_PLAN, quota_of, tier_taken
from agents.state import MOST_PACKS, Flag
from agents.tally import FED, LAST_USE, USED
from sim.compiled import either_way
from sim.counts import Count

#: A user's first days, whose free clips count as the cost of winning him (30 days).
ONBOARDING_DAYS = 30


@either_way
def is_limited(w, p):  # type: ignore[no-untyped-def]
    """Is there less GPU time on a platform than might be asked for."""
    return int(w.terms[p].most_clips) >= 0


@either_way
def order(w, row, k, p, decide):  # type: ignore[no-untyped-def]
    """Note the clips that quota, credit and purse of somebody who came would serve."""
    quota = int(quota_of(w, row, p))
    wish, packs = wanted(w, row, p, quota, decide)
    in_quota, from_credit, from_packs = parts_of(w, row, p, quota, wish, packs)
    w.awake.wish[p, k] = wish
    w.awake.packs[p, k] = packs
    w.awake.granted[p, k] = in_quota + from_credit + from_packs


@either_way
def wanted(w, row, p, quota, decide):  # type: ignore[no-untyped-def]
    """Return (clips wanted today, packs the user would buy for what quota and credit leave)."""
    if not int(w.member[row, p].marks) & Flag.CREATES:
        return 0, 0
    wish = int(decide.wants_clips(w, row, p))
    in_quota, from_credit, _ = parts_of(w, row, p, quota, wish, 0)
    excess = wish - in_quota - from_credit
    return wish, int(packs_bought(w, row, p, excess, decide))


@either_way
def parts_of(w, row, p, quota, wish, packs):  # type: ignore[no-untyped-def]
    """Return the clips (in the quota, from credit, from so many new packs) of a wish."""
    in_quota = min(wish, quota)
    from_credit = min(wish - in_quota, int(w.member[row, p].credit))
    from_packs = min(wish - in_quota - from_credit, packs * int(w.terms[p].pack_clips))
    return in_quota, from_credit, from_packs


@either_way
def make_clips(w, tally, row, k, p, decide, has_ordered):  # type: ignore[no-untyped-def]
    """Wish for clips, make what quota, credit and purse allow; return (made, at the quota).

    Of an order that is not served whole, clips for which the user would pay are left out first.
    Whoever creates and wants the quota or more has met a limit, served or not.
    """
    me = w.member[row, p]
    terms = w.terms[p]
    flags = int(me.marks)
    at_hand = bool(w.reach[p, int(w.cell[row])].plan_at_hand)
    in_plan = (flags & Flag.SUBSCRIBED) > 0 or at_hand
    quota = int(quota_of(w, row, p))
    if has_ordered:
        demand, packs = int(w.awake.wish[p, k]), int(w.awake.packs[p, k])
    else:
        demand, packs = wanted(w, row, p, quota, decide)
    in_quota, from_credit, from_packs = parts_of(w, row, p, quota, demand, packs)
    excess = demand - in_quota - from_credit - from_packs
    if has_ordered:
        granted = int(w.awake.granted[p, k])
        tally.counts[p, Count.CLIPS_UNSERVED] += in_quota + from_credit + from_packs - granted
        in_quota = min(in_quota, granted)
        from_credit = min(from_credit, granted - in_quota)
        from_packs = min(from_packs, granted - in_quota - from_credit)
    me.credit = int(me.credit) - from_credit
    if from_packs > 0:
        size = int(terms.pack_clips)
        packs = (from_packs + size - 1) // size
        me.credit = packs * size - from_packs
        bought = min(int(me.packs_low) + (int(me.packs_high) << 16) + packs, MOST_PACKS)
        me.packs_low, me.packs_high = bought & 0xFFFF, bought >> 16
        tally.counts[p, Count.PACKS] += packs
        tally.counts[p, Count.PACK_BUYERS] += 1
        if not flags & Flag.HAS_PAID:
            tally.counts[p, Count.NEW_PAYERS] += 1
            me.marks = flags | Flag.HAS_PAID
    paid = from_credit + from_packs
    made = in_quota + paid
    me.clips_last = made
    me.clips_total = int(me.clips_total) + made
    tally.counts[p, Count.CLIPS_SUBSCRIBER if in_plan else Count.CLIPS_FREE] += in_quota
    tally.counts[p, Count.CLIPS_PACK] += paid
    tally.counts[p, Count.CLIPS_REFUSED] += excess
    if not in_plan and w.day - int(me.day_activated) < ONBOARDING_DAYS:
        tally.counts[p, Count.CLIPS_ONBOARDING] += in_quota
    if made > 0:
        tally.counts[p, Count.CREATORS] += 1
    segment = int(w.kinds[int(w.cell[row])].segment)
    tally.by_segment[p, segment, 0] += 1
    tally.by_segment[p, segment, 1] += made
    tally.by_segment[p, segment, 2] += paid
    return made, flags & Flag.CREATES != 0 and demand >= quota


@either_way
def packs_bought(w, row, p, excess, decide):  # type: ignore[no-untyped-def]
    """Return the packs bought for clips beyond quota and credit: whole ones, and for the rest one.

    A pack of which all is wanted is worth more than one for the rest, so it is asked about first.
    """
    size = int(w.terms[p].pack_clips)
    packs = 0
    if excess > 0 and w.terms[p].pack_on_sale:
        whole, rest = excess // size, excess % size
        if whole > 0 and decide.buys(w, row, p, size):
            packs = whole
        if rest > 0 and packs == whole and decide.buys(w, row, p, rest):
            packs += 1
    return packs


@either_way
def send_to_feed(w, tally, row, p, clips):  # type: ignore[no-untyped-def]
    """Put clips on the outside feed, where they count as those of the user's cohort."""
    if clips > 0:
        tally.counts[p, Count.SHARES_FEED] += clips
        tally.by_day[FED, p, int(w.member[row, p].day_activated)] += clips


@either_way
def use(w, tally, row, k, p, decide, has_ordered):  # type: ignore[no-untyped-def]
    """Spend an active day: clips, sharing, and perhaps a subscription; return if at the quota."""
    me = w.member[row, p]
    tally.counts[p, Count.DAILY_ACTIVE] += 1
    tally.by_day[USED, p, int(me.day_activated)] += 1
    last = int(me.day_active)
    if last >= 0:
        tally.by_day[LAST_USE, p, last] -= 1
    tally.by_day[LAST_USE, p, w.day] += 1
    me.day_active = w.day
    made, at_quota = make_clips(w, tally, row, k, p, decide, has_ordered)
    if w.terms[p].views_per_visit > 0.0:
        views = int(decide.watches(w, row, p))
        tally.counts[p, Count.VIEWS] += views
        w.views_total[p, row] += views
    if made > 0:
        to_friends = int(decide.shares_friends(w, row, p, made))
        w.awake.sent[p, k] = to_friends
        tally.counts[p, Count.SHARES_FRIENDS] += to_friends
        send_to_feed(w, tally, row, p, int(decide.shares_feed(w, row, p, made)))
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
        age = w.day - int(w.day_subscribed[p, row])
        if age > 0 and age % BILLING_DAYS == 0:
            is_high = (flags & Flag.HIGH_PLAN) > 0
            on_sale = bool(terms.high_plan_on_sale if is_high else terms.plan_on_sale)
            if not on_sale or decide.cancels(w, row, p):
                me.marks = flags & ~(Flag.SUBSCRIBED | Flag.HIGH_PLAN)
                tally.counts[p, Count.CANCELLATIONS] += 1
            else:
                tally.counts[p, Count.HIGH_PLANS_BILLED if is_high else Count.PLANS_BILLED] += 1
    elif was_active and may_subscribe(w, row, p) and decide.subscribes(w, row, p):
        is_high = int(tier_taken(w, row, p)) == HIGH_PLAN
        tally.counts[p, Count.NEW_SUBSCRIBERS] += 1
        tally.counts[p, Count.HIGH_PLANS_BILLED if is_high else Count.PLANS_BILLED] += 1
        if not flags & Flag.HAS_PAID:
            tally.counts[p, Count.NEW_PAYERS] += 1
        me.marks = flags | Flag.SUBSCRIBED | Flag.HAS_PAID | (Flag.HIGH_PLAN if is_high else 0)
        w.day_subscribed[p, row] = w.day


@either_way
def may_subscribe(w, row, p):  # type: ignore[no-untyped-def]
    """Is there a plan to take for somebody who has none."""
    terms = w.terms[p]
    on_sale = bool(terms.plan_on_sale) or bool(terms.high_plan_on_sale)
    return on_sale and not bool(w.reach[p, int(w.cell[row])].plan_at_hand)
