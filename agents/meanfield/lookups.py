"""What holds for each point until terms change: reasons, wishes, plans, packs, by age and tier."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.day import attention, offer, rules
from agents.day.world import World
from agents.meanfield.ages import N_GROUPS, TYPICAL_AGE
from agents.meanfield.wishes import least_of_one, pack_day, parts_of_wish
from agents.state import Flag
from sim.compiled import kernel, seldom
from sim.counts import Status
from sim.rng import logistic

Floats = npt.NDArray[np.float64]
#: Tiers: free clips (with a plan held for other reasons), a plan, a high plan.
N_TIERS = 3
#: Flags of somebody in each tier.
_MARKS = np.array([0, Flag.SUBSCRIBED, Flag.SUBSCRIBED | Flag.HIGH_PLAN], np.uint8)
#: Most days of a week at the quota.
_WEEK = 7


#: People with a plan are of this group of age at least: few are younger, and it saves a third.
PLANS_FROM = 3
#: What is known by age: the share of the wish that is served with room for all; and of a visit the
#: clips within the quota and beyond it, the chance that the quota is reached, that more is wanted
#: than it, and that anything is made within it.
SERVED, IN_QUOTA, EXCESS, MEETS, BEYOND, SOME = range(6)


class Tables(NamedTuple):
    """P platforms, N points, T tiers, G groups of age, S clips of a pack."""

    by_age: Floats  # (P, N, T, G, 6) see `SERVED` and the others
    thinks: Floats  # (P, N, G, 8) chance to think of a plan, by days at the quota of the last 7
    takes: Floats  # (P, N, G, 2) chance that who thinks of one takes the plan, the high plan
    moves: Floats  # (P, N, S, S) of credit, on a day on which more is wanted than the quota
    sales: Floats  # (P, N, S, 4) see `agents.meanfield.wishes.pack_day`
    left_of_visits: Floats  # (P, N, P) what another platform, if it is there, leaves of visits
    left_of_clips: Floats  # (P, N, P) ... and of clips, if it is visited
    log_stays: Floats  # (P, N) log of the chance to stay, with nothing felt

    @classmethod
    def blank(cls, n_platforms: int, n: int, pack_clips: int) -> Tables:
        """Return tables to be filled."""
        p = n_platforms
        return cls(
            np.zeros((p, n, N_TIERS, N_GROUPS, SOME + 1)),
            np.zeros((p, n, N_GROUPS, _WEEK + 1)), np.zeros((p, n, N_GROUPS, 2)),
            np.zeros((p, n, pack_clips, pack_clips)), np.zeros((p, n, pack_clips, 4)),
            np.ones((p, n, p)), np.ones((p, n, p)), np.zeros((p, n)),
        )  # fmt: skip


def fill(
    w: World,
    tables: Tables,
    active: Floats,
    credit: Floats,
    friends_paying: Floats,
    changed: npt.NDArray[np.bool_],
) -> None:
    """Work out the tables under today's terms.

    Parameters
    ----------
    active
        (P, N, T, G) people there: packs are weighed at their mean wish beyond the quota.
    credit
        (P, N, S) part of them by clips left in a pack.
    friends_paying
        (P,) friends who hold a plan, on average.
    changed
        (P,) platforms whose terms are others than before; of the rest the tables hold.
    """
    tables.log_stays[:] = np.log1p(-np.minimum(w.member["dropout"].T.astype(float), 1.0 - 1e-16))
    has_credit = (credit[:, :, 1:] > 0.0).any(axis=(1, 2))
    _fill(w, tables, active, has_credit, friends_paying, changed)
    _share_out(w, tables)


@kernel
def _fill(w, tables, active, has_credit, friends_paying, changed):  # type: ignore[no-untyped-def]
    """Fill all that depends on one platform alone."""
    for p in range(w.terms.size):
        if not changed[p]:
            continue
        terms = w.terms[p]
        for_sale = terms.plan_on_sale or terms.high_plan_on_sale
        for row in range(w.cell.size):
            me = w.member[row, p]
            me.status = np.uint8(Status.ACTIVE)
            me.credit = np.uint8(0)
            for tier in range(N_TIERS):
                if tier > 0 and not for_sale and active[p, row, tier].sum() == 0.0:
                    continue
                first = PLANS_FROM if tier > 0 else 0
                me.marks = _MARKS[tier]
                _fill_tier(w, tables, row, p, tier, first)
            me.marks = np.uint8(0)
            if for_sale:
                for g in range(N_GROUPS):
                    _plans(w, tables, row, p, g, friends_paying[p])
            if terms.pack_on_sale or has_credit[p]:
                _packs(w, tables, row, p, active[p, row, 0])


@seldom
def _fill_tier(w, tables, row, p, tier, first):  # type: ignore[no-untyped-def]
    """Fill reason and wish of one point in one tier, by age."""
    me = w.member[row, p]
    needs_reason = w.terms[p].needs_reason
    creates_always = math.isnan(w.terms[p].p_create)
    quota = np.int64(offer.quota_of(w, row, p))
    for g in range(first, N_GROUPS):
        me.day_activated = np.int16(w.day - min(TYPICAL_AGE[g], w.novelty.shape[1] - 1))
        chance = 1.0
        if not creates_always:
            chance = w.terms[p].p_create_first if g == 0 else w.terms[p].p_create
        mean, factor = least_of_one(w, row, p, 1.0)
        within, more, meets, beyond, some = parts_of_wish(mean, factor, quota)
        of_age = tables.by_age[p, row, tier, g]
        of_age[SERVED] = offer.wish_served(w, row, p) if needs_reason else 1.0
        of_age[IN_QUOTA] = chance * within
        of_age[EXCESS] = chance * more
        of_age[MEETS] = chance * meets
        of_age[BEYOND] = chance * beyond
        # Where nothing is given, only who buys makes anything.
        of_age[SOME] = chance * some if quota > 0 else 0.0


@seldom
def _plans(w, tables, row, p, g, friends_paying):  # type: ignore[no-untyped-def]
    """Fill the chances to think of a plan, and to take the better one."""
    me = w.member[row, p]
    if w.reach[p, w.cell[row]].plan_at_hand:
        tables.takes[p, row, g, 0] = 0.0
        tables.takes[p, row, g, 1] = 0.0
        return
    me.day_activated = np.int16(w.day - min(TYPICAL_AGE[g], w.novelty.shape[1] - 1))
    for days in range(_WEEK + 1):
        me.hits = np.uint8(2**days - 1)
        by_friends = w.terms[p].subscribe_friends * friends_paying
        tables.thinks[p, row, g, days] = logistic(rules.plan_odds(w, row, p) + by_friends)
    me.hits = np.uint8(0)
    mean = offer.wish(w, row, p)
    willingness = float(w.person[row].willingness)
    free = w.reach[p, w.cell[row]].free_quota
    plan = offer.p_accepts(w, p, willingness, mean, free, False)
    high = 0.0
    terms = w.terms[p]
    if terms.high_plan_on_sale and not math.isnan(terms.plan_other_usd):
        worth = offer.plan_worth_usd(w, p, willingness, mean, free, False)
        worth_high = offer.plan_worth_usd(w, p, willingness, mean, free, True)
        high = offer.p_accepts(w, p, willingness, mean, free, True)
        if terms.plan_on_sale and worth > 0.0 and high > 0.0:
            # Better than the plan where the gap in worth, bent by the same ε, is above that in
            # price.
            gap = worth_high - worth
            price = terms.high_plan_usd_per_month - terms.subscription_usd_per_month
            better = 0.0
            if gap > 0.0:
                better = 1.0
                if price > 0.0:
                    better = logistic(math.log(gap / price) / w.market[0].price_noise)
            high = min(high, better)
    tables.takes[p, row, g, 0] = max(plan - high, 0.0)
    tables.takes[p, row, g, 1] = high


@seldom
def _packs(w, tables, row, p, there):  # type: ignore[no-untyped-def]
    """Fill what becomes of credit, at the wish of those who want more than the quota."""
    mean_beyond = weight = 0.0
    for g in range(N_GROUPS):
        # Some weight for every age: nobody may be there yet.
        how_often = (there[g] + 1e-9) * tables.by_age[p, row, 0, g, BEYOND]
        w.member[row, p].day_activated = np.int16(
            w.day - min(TYPICAL_AGE[g], w.novelty.shape[1] - 1)
        )
        mean, _ = least_of_one(w, row, p, 1.0)
        mean_beyond += how_often * mean
        weight += how_often
    size = w.terms[p].pack_clips
    moves, sales = tables.moves[p, row, :size, :size], tables.sales[p, row, :size]
    if weight > 0.0:
        quota = np.int64(offer.quota_of(w, row, p))
        pack_day(w, row, p, mean_beyond / weight, 1.0, quota, moves, sales)
    else:
        for credit in range(size):
            for kind in range(4):
                sales[credit, kind] = 0.0


@kernel
def _share_out(w, tables):  # type: ignore[no-untyped-def]
    """Fill what platforms leave each other of a day; nobody is on any afterwards."""
    n_platforms = w.terms.size
    for row in range(w.cell.size):
        for p in range(n_platforms):
            w.member[row, p].status = np.uint8(Status.UNAWARE)
        for p in range(n_platforms):
            for q in range(n_platforms):
                if q == p:
                    continue
                w.member[row, q].status = np.uint8(Status.ACTIVE)
                w.member[row, q].marks = np.uint8(Flag.VISITS)
                tables.left_of_visits[p, row, q] = attention.left_of_visits(w, row, p)
                tables.left_of_clips[p, row, q] = attention.left_of_clips(w, row, p)
                w.member[row, q].status = np.uint8(Status.UNAWARE)
                w.member[row, q].marks = np.uint8(0)
