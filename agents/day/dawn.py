"""Mornings of days on which no terms change, in compiled code: what was known ahead, and yesterday.

Whatever needs no yesterday is worked out for all days of a stretch at once, by the functions that
say it of one day (`agents.day.morning`, `agents.platforms.exposure`).
"""

from __future__ import annotations

import numpy as np

from agents.day.appeal import odds_of_newcomer
from agents.day.morning import fill
from agents.day.terms import felt_of_feeds, fresh_clips, visits_left
from agents.platforms.day_book import made
from agents.platforms.exposure import chart_hazard, feed_hazard, lay_out
from sim.compiled import scalar
from sim.counts import Count

@scalar
def dawn(w, outlook, k, company, counts):  # type: ignore[no-untyped-def]
    """Write into the world what reaches people on day k of a stretch.

    Parameters
    ----------
    company
        (P,) records of what platforms know (`agents.platforms.evening.COMPANY`).
    counts
        (P, columns) what was counted yesterday.
    """
    terms, n = w.terms, w.terms.size
    fresh = np.empty(n)
    for p in range(n):
        fresh[p] = fresh_clips(made(counts[p]), counts[p, Count.DAILY_ACTIVE])
    felt_of_feeds(terms, company.feed_views, fresh, outlook.rel_visits[k])
    for p in range(n):
        age_visits(w, outlook, k, p)
        hazard = w.hazard_by_cause[:, p]
        if outlook.is_up[k, p]:
            tell(outlook, k, p, terms[p], company[p], hazard)
        else:
            hazard[:] = 0.0
        odds = newcomers_odds(outlook.part[p], terms[p])
        fill(w.reach[p], hazard, odds, outlook.kind[p])


@scalar
def age_visits(w, outlook, k, p):  # type: ignore[no-untyped-def]
    """Write what is left of visits by age, where a feature freshens them today."""
    least = outlook.freshened[k, p]
    if least > 0.0:
        for age in range(w.visiting.shape[1]):
            fading = max(outlook.fading[p, age], least)
            w.visiting[p, age] = visits_left(w.terms[p].visit_floor, fading)


@scalar
def tell(outlook, k, p, terms, company, hazard):  # type: ignore[no-untyped-def]
    """Write (causes, C) the hazards of a platform that is up."""
    n = 0
    while n < outlook.carrying.shape[1] and outlook.carrying[p, n] >= 0:
        n += 1
    lay_out(
        hazard, outlook.news[p], outlook.open[p], outlook.opening[p], outlook.pulses[k, p],
        outlook.owned[p], outlook.carrying[p, :n], outlook.users[k], outlook.press[k, p],
        outlook.interest[k, p], feed_hazard(terms, company.feed_views),
        chart_hazard(terms, company.chart) * outlook.season[k],
    )  # fmt: skip


@scalar
def newcomers_odds(part, terms):  # type: ignore[no-untyped-def]
    """Return (kinds,) what the offer adds to the log odds of installing."""
    odds = np.zeros(part.size)
    for kind in range(part.size):
        if not np.isnan(part[kind]):
            odds[kind] = odds_of_newcomer(
                terms.offer_utility, part[kind], terms.p_served, terms.feed_reason
            )
    return odds
