"""Invite codes in expectation: how many are on offer, and which part of those who wait gets one.

The rules are those of `agents.day.invites`. A waiting person finds a friend with codes with the
chance that one of d friends has any, people with codes being spread evenly; requests fall on them
at random, so that some get more than they have codes for.
"""

from __future__ import annotations

import math

from agents.day.terms import FIXED_DELAY
from sim.compiled import scalar
from sim.counts import Count


@scalar
def hand_out(w, p, masses, notes, count, news, n_users):  # type: ignore[no-untyped-def]
    """Return the part of those who wait that gets a friend's code, and of the rest a public one."""
    terms = w.terms[p]
    if not terms.invites_required or not terms.running:
        return 0.0, 0.0
    is_open = False
    for cell in range(w.kinds.size):
        is_open = is_open or w.reach[p, cell].open
    if is_open:
        issued = terms.public_codes_per_day / news.people
        count[Count.CODES_ISSUED] += issued
        notes.pool[p] += issued
    waiting = masses.waiting[p].sum()
    if waiting <= 0.0:
        return 0.0, 0.0
    from_friends = 0.0
    if notes.ready[p] > 0.0 and news.degree > 0.0:
        passed = terms.p_code_used * terms.share_codes_to_friends
        n = max(float(terms.codes_per_user), 1.0)
        each = max(n * passed / -math.expm1(n * math.log1p(-min(passed, 1.0 - 1e-12))), 1.0)
        holders = notes.ready[p] / each / n_users
        asking = waiting * -math.expm1(-news.degree * holders)
        # Of codes that are asked for at random, those go that are asked for once at least.
        from_friends = min(notes.ready[p] * -math.expm1(-asking / notes.ready[p]), asking)
    from_pool = min(notes.pool[p], waiting - from_friends)
    notes.ready[p] -= from_friends
    notes.pool[p] -= from_pool
    count[Count.CODES_USED_FRIEND] += from_friends
    count[Count.CODES_USED_PUBLIC] += from_pool
    left = waiting - from_friends
    return from_friends / waiting, from_pool / left if left > 0.0 else 0.0


@scalar
def pass_on(w, p, notes, count, day, starting, stays):  # type: ignore[no-untyped-def]
    """Give codes to who starts, and let those in hand be passed on, as far as people stay.

    Parameters
    ----------
    starting
        People who start today.
    stays
        Part of those of the last days who are there tomorrow.
    """
    terms = w.terms[p]
    if not terms.invites_required:
        return
    codes = notes.in_hand[p]
    codes[day] = starting * terms.codes_per_user
    count[Count.CODES_ISSUED] += codes[day]
    used = terms.p_code_used
    friends = used * terms.share_codes_to_friends
    for cohort in range(day + 1):
        in_hand = codes[cohort]
        if in_hand <= 0.0:
            continue
        ripe = in_hand / terms.code_delay_days
        if terms.code_delay_form == FIXED_DELAY:
            ripe = in_hand if day - cohort + 1 >= terms.code_delay_days else 0.0
        notes.ready[p] += ripe * friends
        notes.pool[p] += ripe * (used - friends)
        count[Count.CODES_PUBLIC] += ripe * (used - friends)
        count[Count.CODES_IDLE] += ripe * (1.0 - used)
        codes[cohort] = (in_hand - ripe) * stays
