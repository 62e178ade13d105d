"""Some days in a row under the same terms, all platforms and points, in compiled code."""

from __future__ import annotations

import math

import numpy as np

from agents.day.appeal import log_odds_of
from agents.day.offer import BILLING_DAYS, reason_of
from agents.meanfield.ages import PASSING
from agents.meanfield.coming import come_to
from agents.meanfield.company import (
    company_moments,
    shares_heard,
    times_of_friends,
    times_of_rival,
)
from agents.meanfield.crowd import enter, join, meet, part_ways, spread_over
from agents.meanfield.invited import hand_out, pass_on
from agents.meanfield.living import live_on
from agents.meanfield.lookups import N_TIERS
from agents.platforms.exposure import chart_hazard, feed_hazard
from agents.state import CELL_CAUSES
from sim.compiled import kernel, scalar
from sim.counts import CLIPS, Cause, Count, Status

_FEED, _CHART, _PAID = map(CELL_CAUSES.index, (Cause.FEED, Cause.CHART, Cause.PAID))
_FREE, _PLAN, _PACK = CLIPS
#: Groups of age whose people hold codes that are not passed on yet.
_YOUNG = 3
_OLDEST = PASSING.size - 1


@kernel
def live_days(w, weight, use_weight, masses, tables, notes, news, served, lived):  # type: ignore[no-untyped-def]
    """Live the days of ``news``, of which the first is ``w.day``; everything else is written to.

    Parameters
    ----------
    weight
        (N,) agents for whom each point stands as one who may come.
    use_weight
        (P, N) for how many of its kind it stands as a user.
    served
        (P,) part of the clips ordered that capacity serves.
    """
    n_platforms, n_points = w.terms.size, weight.size
    n_users = weight.sum()
    starting, returning = np.zeros((n_platforms, n_points)), np.zeros((n_platforms, n_points))
    leaving = np.zeros((n_platforms, n_points))
    there = np.zeros(n_platforms)
    worth, spread = np.zeros(n_platforms), np.zeros(n_platforms)
    codes, times = np.zeros((n_platforms, 2)), np.ones((n_platforms, 2))
    rivals = np.ones((n_platforms, n_platforms))
    for i in range(news.visits.size):
        for p in range(n_platforms):
            count = lived.counts[i, p]
            listen(w, p, notes, news, i)
            threshold = w.market[0].sharing_threshold
            w.exposure[p, :] = shares_heard(news.form, threshold, notes.sent[p], news.degree)
            worth[p], spread[p] = company_moments(w, p, news.degree * notes.present[p])
            feel(w, p, notes, news, times[p], rivals[p])
            codes[p] = hand_out(w, p, masses, notes, count, news, n_users)
            renew(w, p, masses, notes, count, w.day + i)
            grow_older(masses.active[p], N_TIERS if notes.paying[p] > 0.0 else 1)
        starting[:] = 0.0
        returning[:] = 0.0
        for row in range(n_points):
            for p in range(n_platforms):
                there[p] = masses.there[p, row] / weight[row]
            for p in range(n_platforms):
                if w.terms[p].running:
                    starting[p, row], returning[p, row] = come_to(
                        w, row, p, masses, notes, lived.counts[i, p], worth[p], spread[p], there,
                        codes[p],
                    )  # fmt: skip
        for p in range(n_platforms):
            started = starting[p].sum()
            join(p, masses, starting[p], returning[p])
            spread_over(starting[p], use_weight[p], news.kind_of_use[p])
            if returning[p].sum() > 0.0:
                spread_over(returning[p], masses.left[p], news.kind_of_use[p])
            leaving[p, :] = 0.0
            if w.terms[p].running:
                left, left_clips = meet(
                    p, masses, tables, notes, weight, rivals[p], times[p], lived.counts[i, p]
                )
                for row in range(n_points):
                    enter(masses, p, row, starting[p, row], returning[p, row])
                    if masses.used[p, row] > 0.0:
                        leaving[p, row] = live_on(
                            w, row, p, masses, tables, notes, news, i, lived, returning[p, row],
                            left, left_clips, times[p], served[p],
                        )  # fmt: skip
            count = lived.counts[i, p]
            pass_on(w, p, notes, count, w.day + i, started, young_stay(count, masses, p))
        for p in range(n_platforms):
            part_ways(p, masses, leaving[p], news.kind_of_use[p])
            close(w, p, masses, notes, lived, news, i, n_users)


@scalar
def listen(w, p, notes, news, i):  # type: ignore[no-untyped-def]
    """Let yesterday's feed, chart and clips, and the calendar, be felt this morning."""
    terms = w.terms[p]
    terms.feed_views = notes.feed_views[p]
    terms.fresh = notes.fresh[p]
    terms.feed_reason = terms.feed_worth * notes.fresh[p]
    terms.visit_rate = min(terms.p_active * news.visits[i], 1.0)
    feed = feed_hazard(terms, notes.feed_views[p])
    chart = chart_hazard(terms, notes.chart[p])
    odds = np.zeros(news.served.shape[1])
    for kind in range(odds.size):
        part = news.served[p, kind]
        if not math.isnan(part):
            odds[kind] = log_odds_of(terms.offer_utility, reason_of(part, terms))
    for cell in range(w.kinds.size):
        by_cause = w.hazard_by_cause[:, p, cell]
        in_all = 0.0
        for cause in range(by_cause.size):
            by_cause[cause] = news.hazards[i, cause, p, cell]
            in_all += by_cause[cause]
        # Before the launch nothing is told, by whatever way.
        by_cause[_CHART] = chart * news.chart[i, p, cell]
        by_cause[_FEED] = feed
        in_all += by_cause[_CHART] + feed
        w.reach[p, cell].hazard_unaware = in_all
        w.reach[p, cell].hazard_aware = in_all - by_cause[_PAID]
        w.reach[p, cell].offer = odds[news.kind[p, cell]]


@scalar
def feel(w, p, notes, news, times, rivals):  # type: ignore[no-untyped-def]
    """Fill by how much feeds, friends and rivals multiply the hazard of leaving today."""
    terms, degree = w.terms[p], news.degree
    times[1] = math.exp(-terms.dropout_feed * terms.feed_views)
    times[1] *= times_of_friends(terms, degree * notes.stayed[p], degree * notes.gone[p], degree)
    times[0] = times[1] * math.exp(-terms.dropout_views * terms.fresh)
    for q in range(w.terms.size):
        rivals[q] = 1.0
        if q != p:
            here, elsewhere = degree * notes.present[p], degree * notes.present[q]
            rivals[q] = times_of_rival(terms.dropout_rival_friends, here, elsewhere)


@scalar
def renew(w, p, masses, notes, count, day):  # type: ignore[no-untyped-def]
    """Bill plans every 30 days, or cancel: the k-th renewal fails with α/(α + β + k - 1)."""
    terms = w.terms[p]
    if not terms.running:
        return
    for high in range(N_TIERS - 1):
        held = notes.plans[p, high]
        in_all = held.sum()
        if in_all <= 0.0:
            continue
        on_sale = terms.high_plan_on_sale if high else terms.plan_on_sale
        canceled = 0.0
        for k in range(1, day // BILLING_DAYS + 1):
            due = held[day - k * BILLING_DAYS]
            fails = terms.paid_churn_alpha / (
                terms.paid_churn_alpha + terms.paid_churn_beta + k - 1.0
            )
            if not on_sale:
                fails = 1.0
            canceled += due * fails
            count[Count.HIGH_PLANS_BILLED if high else Count.PLANS_BILLED] += due * (1.0 - fails)
            held[day - k * BILLING_DAYS] = due * (1.0 - fails)
        count[Count.CANCELLATIONS] += canceled
        part = canceled / in_all
        if part > 0.0:
            for row in range(masses.active.shape[1]):
                for g in range(masses.active.shape[3]):
                    back = masses.active[p, row, high + 1, g] * part
                    masses.active[p, row, high + 1, g] -= back
                    masses.active[p, row, 0, g] += back


@scalar
def grow_older(active, n_tiers):  # type: ignore[no-untyped-def]
    """Pass a part of each group of age on into the next."""
    for row in range(active.shape[0]):
        for tier in range(n_tiers):
            for g in range(_OLDEST - 1, -1, -1):
                older = active[row, tier, g] * PASSING[g]
                active[row, tier, g] -= older
                active[row, tier, g + 1] += older


@scalar
def young_stay(count, masses, p):  # type: ignore[no-untyped-def]
    """Return the part of people who are new that is there tomorrow, by those of today."""
    now = masses.active[p, :, 0, :_YOUNG].sum()
    left = count[Count.DROPOUTS]
    return now / (now + left) if now + left > 0.0 else 1.0


@scalar
def close(w, p, masses, notes, lived, news, i, n_users):  # type: ignore[no-untyped-def]
    """Write down where people stand tonight, and what will be felt tomorrow."""
    terms, count = w.terms[p], lived.counts[i, p]
    stocks = lived.stocks[i, p]
    active = masses.used[p].sum()
    stocks[Status.UNAWARE] = masses.unaware[p].sum()
    stocks[Status.AWARE] = masses.aware[p].sum() + masses.pent[p].sum()
    stocks[Status.WAITING] = masses.waiting[p].sum()
    stocks[Status.ACTIVE] = active
    resting = masses.resting[p].sum()
    stocks[Status.LOST] = masses.lost[p].sum() + resting
    paying = 0.0
    for high in range(N_TIERS - 1):
        held = masses.active[p, :, high + 1].sum()
        in_all = notes.plans[p, high].sum()
        if in_all > 0.0:
            notes.plans[p, high] *= held / in_all
        paying += held
    lived.subscribers[i, p] = paying
    notes.paying[p] = paying / n_users
    notes.present[p] = (active + resting) / n_users if terms.running else 0.0
    notes.stayed[p] = active / n_users
    notes.gone[p] = stocks[Status.LOST] / n_users
    notes.sent[p] = count[Count.SHARES_FRIENDS] / n_users
    notes.feed_views[p] = count[Count.SHARES_FEED] * terms.views_per_share / n_users
    lived.feed_views[i, p] = notes.feed_views[p]
    clips = count[_FREE] + count[_PLAN] + count[_PACK]
    users = count[Count.DAILY_ACTIVE]
    notes.coming[p] = min(users / (active + resting), 1.0) if active + resting > 0.0 else 0.0
    notes.fresh[p] = min(clips / users, 1.0) if users > 0.0 else 0.0
    installs = count[Count.INSTALLS] * news.people
    notes.chart[p] += (installs - notes.chart[p]) / terms.chart_memory_days
