"""Mornings of days on which no terms change, in compiled code: what was known ahead, and yesterday.

Whatever needs no yesterday is worked out for all days of a stretch at once, by the functions that
say it of one day (`agents.day.morning`, `agents.platforms.exposure`).
"""

from __future__ import annotations

import math

from agents.day.appeal import odds_of_newcomer
from agents.day.morning import fill
from agents.day.terms import felt_of_feeds, fresh_clips, visits_left
from agents.platforms.day_book import made
from agents.platforms.exposure import chart_hazard, feed_hazard, lay_out
from sim.compiled import scalar
from sim.counts import Count


@scalar
def dawn(terms, reach, by_cause, visiting, outlook, k, company, counts, fresh, odds):  # type: ignore[no-untyped-def]
    """Write into the world what reaches people on day k of a stretch.

    Parameters
    ----------
    terms, reach, by_cause, visiting
        Of the world, written.
    company
        (P,) records of what platforms know (`agents.platforms.evening.COMPANY`).
    counts
        (P, columns) what was counted yesterday.
    fresh, odds
        (P,) and (kinds,) room.
    """
    n = terms.size
    for p in range(n):
        fresh[p] = fresh_clips(made(counts[p]), counts[p, Count.DAILY_ACTIVE])
    felt_of_feeds(terms, company["feed_views"], fresh, outlook.rel_visits[k])
    for p in range(n):
        age_visits(visiting, outlook, k, p, terms[p].visit_floor)
        hazard = by_cause[:, p]
        if outlook.is_up[k, p]:
            tell(outlook, k, p, terms[p], company[p], hazard)
        else:
            for cause in range(hazard.shape[0]):
                for cell in range(hazard.shape[1]):
                    hazard[cause, cell] = 0.0
        newcomers_odds(outlook.part[p], terms[p], odds)
        fill(reach[p], hazard, odds, outlook.kind[p])


@scalar
def age_visits(visiting, outlook, k, p, floor):  # type: ignore[no-untyped-def]
    """Write what is left of visits by age, where a feature freshens them today."""
    least = outlook.freshened[k, p]
    if least > 0.0:
        for age in range(visiting.shape[1]):
            visiting[p, age] = visits_left(floor, max(outlook.fading[p, age], least))


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
def newcomers_odds(part, terms, odds):  # type: ignore[no-untyped-def]
    """Write (kinds,) what the offer adds to the log odds of installing."""
    for kind in range(part.size):
        if math.isnan(part[kind]):
            odds[kind] = 0.0
        else:
            odds[kind] = odds_of_newcomer(
                terms.offer_utility, part[kind], terms.p_served, terms.feed_reason
            )
