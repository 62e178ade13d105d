"""What friends do, in expectation: n of d friends are there, n being Poisson, whoever they are.

The mean of n is the number of friends times the share of the pool; a random graph of many people
has no more to say. What a real graph adds (neighbors alike, hubs, triangles) is what the market
has and the twin lacks. The forms are those of `agents.day.choice.company` and
`agents.day.staying.friends_push`, which count friends one by one.
"""

from __future__ import annotations

import math

from agents.day import choice
from agents.day.terms import COUNT, SHARE
from sim.compiled import scalar

#: Of so many friends the number is as good as its mean.
_MANY = 60.0


@scalar
def n_terms(mean):  # type: ignore[no-untyped-def]
    """Return how many numbers of a Poisson are looked at; what is left out is below 1e-6."""
    return int(mean + 6.0 * math.sqrt(mean)) + 4


@scalar
def company_moments(w, p, mean):  # type: ignore[no-untyped-def]
    """Return mean and variance, over people, of what friends there add to a platform's worth."""
    if w.terms[p].friend_utility == 0.0 or mean <= 0.0 or mean > _MANY:
        return choice.company(w, p, mean), 0.0
    weight = math.exp(-mean)
    first = second = total = 0.0
    for n in range(n_terms(mean)):
        worth = choice.company(w, p, float(n))
        first += weight * worth
        second += weight * worth * worth
        total += weight
        weight *= mean / (n + 1.0)
    first /= total
    return first, max(second / total - first * first, 0.0)


@scalar
def shares_heard(form, threshold, per_person, degree):  # type: ignore[no-untyped-def]
    """Return X, in the market's form of contagion, if so many clips are sent per person.

    In the threshold form it is the chance that enough of the friends sent one.
    """
    if degree <= 0.0 or per_person <= 0.0:
        return 0.0
    if form == SHARE:
        return per_person
    if form == COUNT:
        return per_person * degree
    mean = degree * min(per_person, 1.0)
    needed = math.ceil(threshold * degree - 1e-9)
    weight = math.exp(-mean)
    fewer = 0.0
    for n in range(int(needed)):
        fewer += weight
        weight *= mean / (n + 1.0)
    return max(1.0 - fewer, 0.0)


@scalar
def times_of_friends(terms, there, left, degree):  # type: ignore[no-untyped-def]
    """Return by how much friends multiply the hazard of leaving, in expectation.

    E[e^{ψ·left/came}] over came ~ Poisson and left ~ Binomial, times E[e^{-a·there/d}].

    Parameters
    ----------
    there, left
        Friends who are there, and who have left, on average.
    """
    times = 1.0
    if terms.dropout_friends != 0.0 and degree > 0.0:
        times *= math.exp(there * math.expm1(-terms.dropout_friends / degree))
    push = terms.dropout_friends_left
    came = there + left
    if push == 0.0 or left <= 0.0:
        return times
    part = left / came
    if came > _MANY:
        return times * math.exp(push * part)
    weight = math.exp(-came)
    total = expected = 0.0
    for n in range(n_terms(came)):
        # A binomial mean of e^{ψ·l/n} in closed form.
        each = 1.0 if n == 0 else (1.0 + part * math.expm1(push / n)) ** n
        expected += weight * each
        total += weight
        weight *= came / (n + 1.0)
    return times * expected / total


@scalar
def times_of_rival(strength, there, elsewhere):  # type: ignore[no-untyped-def]
    """Return the same of a rival that one uses: E[max(1, (1 + on it)/(1 + there))^ζ]."""
    if strength == 0.0 or elsewhere <= 0.0:
        return 1.0
    if there + elsewhere > _MANY:
        return max((1.0 + elsewhere) / (1.0 + there), 1.0) ** strength
    total = expected = 0.0
    weight_here = math.exp(-there)
    for n in range(n_terms(there)):
        weight = weight_here * math.exp(-elsewhere)
        for m in range(n_terms(elsewhere)):
            times = ((1.0 + m) / (1.0 + n)) ** strength if m > n else 1.0
            expected += weight * times
            total += weight
            weight *= elsewhere / (m + 1.0)
        weight_here *= there / (n + 1.0)
    return expected / total
