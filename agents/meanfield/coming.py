"""A day up to the start of use, in expectation: hear, consider, install, wait for an invite.

What `agents.day.person` does with one person and his luck is done here with the mass of a point.
The hazards, the worth of a platform and the rivalry are the rules of the market. Rivals are there
with the chance that the point's people are on them, whatever else is known of who is asked; that
two platforms are considered on one day is neglected (both chances are a few percent).
"""

from __future__ import annotations

import math

from agents.day import choice, rules
from agents.meanfield.masses import CAUSE_OF_ROW
from agents.state import CELL_CAUSES
from agents.tally import ACTIVATIONS_BY, EXPOSURES_BY, INSTALLS_BY
from sim.compiled import rule, scalar
from sim.counts import Cause, Count, Status
from sim.rng import logistic

_N_ROWS = len(CELL_CAUSES)
_PAID_ROW = CELL_CAUSES.index(Cause.PAID)


@rule
def p_installs(w, row, p, worth, spread, there):  # type: ignore[no-untyped-def]
    """Return the chance that somebody who considers a platform installs it.

    Parameters
    ----------
    worth, spread
        Mean and variance of what friends add.
    there
        (P,) chance to be on each platform.
    """
    own = choice.own_utility(w, row, p) + worth
    if w.market[0].rival_penalty == 0.0:
        return _mean_logistic(own, spread)
    total = 0.0
    n = w.terms.size
    for used in range(1 << n):
        if (used >> p) & 1:
            continue
        weight = 1.0
        for q in range(n):
            if q != p:
                weight *= there[q] if (used >> q) & 1 else 1.0 - there[q]
        if weight > 0.0:
            total += weight * _mean_logistic(own + choice.rivalry(w, row, p, 0, used), spread)
    return total


@scalar
def _mean_logistic(x, spread):  # type: ignore[no-untyped-def]
    """Return E[Λ(x + ε)] of a small ε of mean 0, by its variance."""
    at = logistic(x)
    return min(max(at + 0.5 * spread * at * (1.0 - at) * (1.0 - 2.0 * at), 0.0), 1.0)


@rule
def p_hears(w, row, p, status):  # type: ignore[no-untyped-def]
    """Return the chance to take notice today, of people of a status."""
    w.member[row, p].status = status
    return -math.expm1(-rules.exposure_hazard(w, row, p))


@rule
def by_cause(w, row, p, unaware, exposed, installing, led, count, leading, first):  # type: ignore[no-untyped-def]
    """Count flows by cause, in proportion to the hazards (competing risks).

    Parameters
    ----------
    exposed, installing
        People, counted among the day's exposures and installs.
    led
        People who start, or will be able to, counted in ``leading`` from the column ``first`` on.
    """
    friends = rules.friend_hazard(w, row, p)
    in_all = rules.cell_hazard(w, row, p, unaware) + friends
    if exposed <= 0.0 or in_all <= 0.0:
        return
    cell = w.cell[row]
    exposed, installing, led = exposed / in_all, installing / in_all, led / in_all
    for i in range(_N_ROWS + 1):
        cause, hazard = Cause.FRIEND, friends
        if i < _N_ROWS:
            cause, hazard = CAUSE_OF_ROW[i], w.hazard_by_cause[i, p, cell]
            if i == _PAID_ROW and not unaware:
                continue
        if hazard > 0.0:
            count[EXPOSURES_BY + cause] += exposed * hazard
            count[INSTALLS_BY + cause] += installing * hazard
            leading[first + cause] += led * hazard


@rule
def come_to(w, row, p, masses, notes, count, worth, spread, there, codes):  # type: ignore[no-untyped-def]
    """Live the morning of a point on one platform; return those who start, and who return, today.

    Parameters
    ----------
    count
        (columns,) of the platform, written to.
    codes
        (part of those who wait that gets a friend's code, of the rest a public one).
    """
    terms = w.terms[p]
    is_open = w.reach[p, w.cell[row]].open
    unaware, aware = masses.unaware[p, row], masses.aware[p, row]
    pent, lost = masses.pent[p, row], masses.lost[p, row]
    known = aware + pent + lost + masses.waiting[p, row]
    told = w.reach[p, w.cell[row]].hazard_unaware + w.exposure[p, row]
    if known <= 0.0 and told <= 0.0:
        return 0.0, 0.0
    heard = unaware * p_hears(w, row, p, Status.UNAWARE)
    part = 0.0
    if aware + pent > 0.0:
        part = p_hears(w, row, p, Status.AWARE)
    masses.unaware[p, row] -= heard
    count[Count.NEWLY_AWARE] += heard
    again = part * (aware + pent)
    back, returning = 0.0, 0.0
    if lost > 0.0:
        returning = lost * -math.expm1(-terms.return_per_day)
        back = (lost - returning) * p_hears(w, row, p, Status.LOST)
    starting = installing = 0.0
    if not is_open:
        masses.pent[p, row] += heard
        by_cause(w, row, p, True, heard, 0.0, heard, count, notes.pent_by_cause[p], 0)
        by_cause(w, row, p, False, again + back, 0.0, 0.0, count, count, ACTIVATIONS_BY)
    else:
        chance = p_installs(w, row, p, worth, spread, there)
        recalling = pent * (1.0 - part) * terms.p_recall
        returning += back * chance
        now = chance * heard
        later = chance * again
        recalled = chance * recalling
        installing = now + later + recalled
        before = chance * part * aware * masses.lapsed[p, row]
        staying_aware = aware * (1.0 - chance * part)
        masses.aware[p, row] += heard + pent * part + recalling - installing
        masses.pent[p, row] -= pent * part + recalling
        left = masses.aware[p, row]
        if left > 0.0:
            masses.lapsed[p, row] *= min(staying_aware / left, 1.0)
        count[Count.INSTALLS] += installing - before
        count[Count.REINSTALLS] += before
        leading, first = count, ACTIVATIONS_BY
        if terms.invites_required:
            count[Count.GATED] += installing
            leading, first = notes.waiting_by_cause[p], 0
        else:
            starting = installing
        by_cause(w, row, p, True, heard, now, now, count, leading, first)
        by_cause(w, row, p, False, again + back, max(later - before, 0.0), later, count, leading,
                 first)  # fmt: skip
        if pent > 0.0:
            _recall(notes, p, recalled, recalling + pent * part, count, leading, first)
    starting += _wait(terms, row, p, masses, notes, count, codes)
    if is_open and terms.invites_required:
        masses.waiting[p, row] += installing
    masses.lost[p, row] -= returning
    count[Count.RETURNS] += returning
    count[Count.ACTIVATIONS] += starting
    return starting, returning


@rule
def total(values):  # type: ignore[no-untyped-def]
    """Return the sum of a few numbers."""
    total = 0.0
    for k in range(values.size):
        total += values[k]
    return total


@rule
def _recall(notes, p, flow, leaving, count, leading, first):  # type: ignore[no-untyped-def]
    """Count people by what they heard before access opened; some are no longer among the pent."""
    heard = notes.pent_by_cause[p]
    in_all = total(heard)
    if in_all <= 0.0:
        return
    part = max(1.0 - leaving / in_all, 0.0)
    for cause in range(heard.size):
        count[INSTALLS_BY + cause] += flow * heard[cause] / in_all
        leading[first + cause] += flow * heard[cause] / in_all
        heard[cause] *= part


@rule
def _wait(terms, row, p, masses, notes, count, codes):  # type: ignore[no-untyped-def]
    """Let those who wait start, or give up; return who starts."""
    waiting = masses.waiting[p, row]
    if waiting <= 0.0:
        return 0.0
    from_friends = from_pool = gave_up = 0.0
    if terms.invites_required:
        from_friends = waiting * codes[0]
        from_pool = (waiting - from_friends) * codes[1]
        gave_up = (waiting - from_friends - from_pool) * terms.p_give_up
    else:
        from_pool = waiting * terms.p_recall
    count[Count.GAVE_UP] += gave_up
    count[ACTIVATIONS_BY + Cause.INVITE] += from_friends
    causes = notes.waiting_by_cause[p]
    in_all = total(causes)
    if in_all > 0.0:
        for cause in range(causes.size):
            count[ACTIVATIONS_BY + cause] += from_pool * causes[cause] / in_all
        part = max(1.0 - (from_friends + from_pool + gave_up) / in_all, 0.0)
        for cause in range(causes.size):
            causes[cause] *= part
    masses.waiting[p, row] -= from_friends + from_pool + gave_up
    if gave_up > 0.0:
        aware = masses.aware[p, row]
        lapsed = aware * masses.lapsed[p, row] + gave_up
        masses.aware[p, row] = aware + gave_up
        masses.lapsed[p, row] = lapsed / (aware + gave_up)
    return from_friends + from_pool
