"""Who brought somebody: one of those who could have, drawn by lot among them, known by his cohort.

An adopter's parent is looked for when he installs: whoever sent the clip that he acted on, to him
or to the outside feed; else, if he would not have installed without friends who are there, one of
these. An invite that somebody gave comes before all that (`agents.day.invites`). A cohort is the
day on which the parent started, which never changes; nobody but people of yesterday is looked at.
"""

from __future__ import annotations

import math

from agents.day.choice import company, own_utility, rivalry
from agents.day.lots import race_time
from agents.day.sight import luck, n_friends_seen, seen_at
from agents.day.terms import THRESHOLD
from agents.state import MOST_EXPOSURE, NOBODY, Sight
from sim.compiled import either_way, rule
from sim.counts import Cause
from sim.rng import Stream, logistic


@rule
def place_of(rows, row):  # type: ignore[no-untyped-def]
    """Return the place of a row among ascending ones, -1 if it is not there."""
    low, high = 0, rows.size
    while low < high:
        middle = (low + high) // 2
        if rows[middle] < row:
            low = middle + 1
        else:
            high = middle
    return low if low < rows.size and rows[low] == row else -1


@rule
def sent_yesterday(w, friend, p):  # type: ignore[no-untyped-def]
    """Return the clips that a friend's own friends were sent by him yesterday, as they count."""
    place = place_of(w.rows_yesterday, friend)
    most = 1 if w.market[0].contagion == THRESHOLD else MOST_EXPOSURE
    return min(int(w.sent_yesterday[p, place]), most) if place >= 0 else 0


@rule
def one_of_friends(w, row, p, who_shared):  # type: ignore[no-untyped-def]
    """Return the cohort of one of the friends who were there yesterday, `NOBODY` if there is none.

    Parameters
    ----------
    who_shared
        Only of those who shared, each as likely as what he sent weighs; else all alike.
    """
    part, bits = seen_at(Sight.PRESENT, p)
    first = math.inf
    cohort = NOBODY
    for edge in range(w.indptr[row], w.indptr[row + 1]):
        friend = w.indices[edge]
        if w.sights[part, friend] & bits:
            weight = sent_yesterday(w, friend, p) if who_shared else 1
            if weight > 0:
                time = race_time(w, Stream.PARENT, p, friend, row, float(weight))
                if time < first:
                    first, cohort = time, int(w.member[friend, p].day_activated)
    return cohort


@rule
def whose_clip_on_the_feed(w, row, p):  # type: ignore[no-untyped-def]
    """Return the cohort of somebody whose clip was on the outside feed, one clip as likely as any.

    `World.fed` counts them up, cohort after cohort.
    """
    shared = w.fed[p]
    lot = int(luck(w, Stream.PARENT, row, p) * shared[shared.size - 1])
    low, high = 0, shared.size
    while low < high:
        middle = (low + high) // 2
        if shared[middle] <= lot:
            low = middle + 1
        else:
            high = middle
    return low if low < shared.size else NOBODY


@rule
def who_told(w, row, p, cause):  # type: ignore[no-untyped-def]
    """Return the cohort of whoever sent what exposed the user today; `NOBODY` if none did."""
    if cause == Cause.FRIEND:
        return one_of_friends(w, row, p, True)
    if cause == Cause.FEED:
        return whose_clip_on_the_feed(w, row, p)
    return NOBODY


@rule
def who_persuaded(w, row, p, considered, chosen):  # type: ignore[no-untyped-def]
    """Return the cohort of a friend without whom, at the same luck, the user would not install.

    Λ(V without friends) <= u < Λ(V): the counterfactual is exact, since luck is keyed.
    """
    if w.terms[p].friend_utility <= 0.0:
        return NOBODY
    u = luck(w, Stream.ADOPT, row, p)
    odds = own_utility(w, row, p) + rivalry(w, row, p, considered, chosen)
    if u < logistic(odds):
        return NOBODY
    there = n_friends_seen(w, row, p, Sight.PRESENT, 0.0)
    if there == 0 or u >= logistic(odds + company(w, p, there)):
        return NOBODY
    return one_of_friends(w, row, p, False)


@either_way
def remember_who_told(w, row, p, cause):  # type: ignore[no-untyped-def]
    """Keep, of somebody who cannot start yet, who told him."""
    w.parent[p, row] = int(who_told(w, row, p, cause))


@either_way
def find_parent(w, row, p, considered, chosen, recalls):  # type: ignore[no-untyped-def]
    """Keep who brought somebody who is about to install.

    Parameters
    ----------
    considered, chosen
        As of `agents.day.choice.adopts`.
    recalls
        Whether he acts on what he heard before access opened: who told him is known then.
    """
    if not recalls:
        w.parent[p, row] = int(who_told(w, row, p, int(w.member[row, p].cause)))
    if int(w.parent[p, row]) < 0:
        w.parent[p, row] = int(who_persuaded(w, row, p, considered, chosen))
