"""From those who come to those who use, and back: what points do together, kind by kind.

Who starts is, by traits of use, anybody of his kind (`agents.meanfield.representatives`), so people
who start are spread over all points of the kind; and those who leave, over all who came.
"""

from __future__ import annotations

import numpy as np

from agents.meanfield.ages import N_GROUPS
from sim.compiled import rule, scalar
from sim.counts import Count

_OLDEST = N_GROUPS - 1
#: So that somebody answers for each, where nobody else does.
_A_LITTLE = 1e-12


@scalar
def join(p, masses, starting, returning):  # type: ignore[no-untyped-def]
    """Let those who start or return be there, by the traits with which they came."""
    for row in range(starting.size):
        masses.lost[p, row] += masses.resting[p, row]
        masses.resting[p, row] = 0.0
        masses.there[p, row] += starting[row] + returning[row]


@scalar
def spread_over(people, like, kind):  # type: ignore[no-untyped-def]
    """Spread people over all points of their kind, in proportion to something of these."""
    sums = np.zeros((kind.max() + 1, 2))
    for row in range(people.size):
        sums[kind[row], 0] += people[row]
        sums[kind[row], 1] += max(like[row], 0.0) + _A_LITTLE
    for row in range(people.size):
        part = (max(like[row], 0.0) + _A_LITTLE) / sums[kind[row], 1]
        people[row] = sums[kind[row], 0] * part


@scalar
def meet(p, masses, tables, notes, weight, rivals, times, count):  # type: ignore[no-untyped-def]
    """Return what other platforms leave of visits and of clips, on average over all users.

    Count those who are on several, and let rivals be felt in the hazard of leaving.
    """
    users = visits_gone = clips_gone = several = 0.0
    pushed = 0.0
    for row in range(weight.size):
        here = masses.there[p, row]
        users += here
        alone = 1.0
        for q in range(rivals.size):
            if q != p and here > 0.0:
                both = here * masses.there[q, row] / weight[row]
                alone *= 1.0 - masses.there[q, row] / weight[row]
                visits_gone += both * (1.0 - tables.left_of_visits[p, row, q])
                clips_gone += both * notes.coming[q] * (1.0 - tables.left_of_clips[p, row, q])
                pushed += both * (rivals[q] - 1.0)
        several += here * (1.0 - alone)
    count[Count.MULTI_HOMERS] += several
    if users <= 0.0:
        return 1.0, 1.0
    for k in range(times.size):
        times[k] *= 1.0 + pushed / users
    return max(1.0 - visits_gone / users, 0.0), max(1.0 - clips_gone / users, 0.0)


@scalar
def part_ways(p, masses, leaving, kind):  # type: ignore[no-untyped-def]
    """Let those who leave be lost by the traits with which they came: alike for all of a kind."""
    sums = np.zeros((kind.max() + 1, 2))
    for row in range(leaving.size):
        sums[kind[row], 0] += leaving[row]
        sums[kind[row], 1] += masses.there[p, row]
    still_there, to_leave = masses.there[p].sum(), leaving.sum()
    for row in range(leaving.size):
        if sums[kind[row], 1] > 0.0:
            part = min(sums[kind[row], 0] / sums[kind[row], 1], 1.0)
            masses.resting[p, row] = masses.there[p, row] * part
            masses.there[p, row] -= masses.resting[p, row]
            still_there -= masses.resting[p, row]
            to_leave -= masses.resting[p, row]
    if still_there > 0.0 and to_leave > 0.0:
        # Kinds were others when these came: whom none of their own kind is left to answer for.
        for row in range(leaving.size):
            more = masses.there[p, row] * min(to_leave / still_there, 1.0)
            masses.resting[p, row] += more
            masses.there[p, row] -= more


@rule
def enter(masses, p, row, starting, returning):  # type: ignore[no-untyped-def]
    """Let people use a platform: new ones as the youngest, those who return as the oldest."""
    new = starting + returning
    if new <= 0.0:
        return
    masses.active[p, row, 0, 0] += starting
    masses.active[p, row, 0, _OLDEST] += returning
    masses.left[p, row] -= returning
    before = masses.used[p, row]
    masses.used[p, row] = before + new
    part = before / (before + new)
    masses.paid[p, row] *= part
    credit = masses.credit[p, row]
    for c in range(credit.size):
        credit[c] *= part
    credit[0] += 1.0 - part
