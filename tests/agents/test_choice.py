"""Choosing among rivals: the rule of adoption against the law of sets, and the sum of logs."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from agents.day import choice, rules
from agents.day.terms import LOG_COMPANY
from agents.day.world import World
from sim.rng import Stream, logistic
from tests.agents.mornings import (
    NAMES,
    N,
    column,
    expit,
    friends,
    morning,
    nobody,
    on_the_border,
    rows,
    see,
    u,
)  # fmt: skip

P = range(len(NAMES))


@pytest.fixture
def w() -> World:
    return morning()


def utility(w: World, present: np.ndarray, row: int, p: int) -> float:
    """V = δ + θ + η·log(1 + friends there) - friction; or η once there are as many as it takes."""
    v = w.terms[p].utility + float(column(w, "taste")[p, row]) - w.reach[p, w.cell[row]].friction
    n = int(present[p][friends(w, row)].sum())
    enough = float(n >= w.terms[p].friend_utility_threshold)
    company = math.log1p(n) if w.terms[p].friend_utility_form == LOG_COMPANY else enough
    return float(v + w.terms[p].friend_utility * company)


def test_utility_adds_taste_friends_and_effort(w: World) -> None:
    present = np.random.default_rng(1).random((3, N)) < 0.4
    w = see(w, present, nobody())
    w.terms["friend_utility"][:] = (0.0, 1.0, -0.7)
    assert (w.reach.friction[1] > 0).any()
    assert len(set(w.terms["friend_utility_form"])) == 2
    for row in rows():
        for p in P:
            assert choice.utility(w, row, p) == pytest.approx(
                utility(w, present, row, p), rel=1e-12, abs=1e-12
            )


@pytest.mark.parametrize("p", [0, 2], ids=["log", "threshold"])
@pytest.mark.parametrize("eta", [0.7, -0.7])
@pytest.mark.parametrize("share_present", [0.0, 0.4, 1.0])
def test_a_hair_above_or_below_the_chance_decides(
    w: World, eta: float, share_present: float, p: int
) -> None:
    """u < Λ(V) at a distance of 4e-10, less than any bound on friends allows for."""
    present = np.random.default_rng(3).random((3, N)) < share_present
    w = see(w, present, nobody())
    w.market["rival_penalty"][:] = 0.0
    w.terms["friend_utility"][:] = eta
    for row in rows():
        luck = u(w, Stream.ADOPT, row, p)
        if not 0.01 < luck < 0.99:
            continue
        for hair in (4e-10, -4e-10):
            w.terms["utility"][p] = 0.0
            border = math.log((luck + hair) / (1.0 - luck - hair))
            w.terms["utility"][p] = border - utility(w, present, row, p)
            assert bool(rules.adopts(w, row, p, 1 << p, 0)) == (hair > 0.0)


def test_the_log_of_a_sum_of_exponentials_does_not_overflow() -> None:
    values = (-800.0, -3.0, -0.5, 0.0, 0.1, 2.0, 750.0)
    for a, b in itertools.product((-math.inf, *values), values):
        assert choice.log_add(a, b) == pytest.approx(
            float(np.logaddexp(a, b)), rel=1e-14, abs=1e-300
        )


def chance_of(
    v: dict[int, float], used: int, decided: dict[int, bool], p: int, chi: float
) -> float:
    """Return P(p in B | what is decided), B with weight exp(ΣV - χ·pairs - χ·|B|·used)."""
    open_ = [q for q in v if q not in decided]
    weight = {True: 0.0, False: 0.0}
    for taken in itertools.product((True, False), repeat=len(open_)):
        chosen = [q for q, yes in zip(open_, taken, strict=True) if yes]
        chosen += [q for q, yes in decided.items() if yes]
        pairs = math.comb(len(chosen), 2) + used * len(chosen)
        weight[p in chosen] += math.exp(sum(v[q] for q in chosen) - chi * pairs)
    return weight[True] / (weight[True] + weight[False])


@pytest.mark.parametrize("chi", [0.0, 0.7, 1.0, 2.5])
def test_each_of_the_platforms_considered_is_drawn_given_those_before(w: World, chi: float) -> None:
    """Every set considered, every choice made so far, user by user, in the order of the keys.

    A platform that was in use yesterday counts as chosen, unless it is the one asked about.
    """
    rng = np.random.default_rng(2)
    present = rng.random((3, N)) < 0.3
    w = see(w, present, nobody())
    w.market[0].rival_penalty = chi
    w.terms["utility"][:] = (0.5, -0.5, 1.0)
    order = [int(p) for p in np.argsort(w.terms["key"])]
    assert order != sorted(order), "the order of names would not be told from that of keys"
    asked = 0
    for row in rows():
        considered = [p for p in P if rng.random() < 0.7]
        mask = sum(1 << p for p in considered)
        v = {p: utility(w, present, row, p) for p in considered}
        used = [p for p in P if present[p][row] and p not in considered]
        decided: dict[int, bool] = {}
        chosen = 0
        for p in (q for q in order if q in considered):
            # Rivals in use that are themselves considered again count by what they are.
            in_use = [q for q in considered if present[q][row] and q != p]
            if in_use and chi > 0.0:
                break
            expected = u(w, Stream.ADOPT, row, p) < chance_of(v, len(used), decided, p, chi)
            assert bool(rules.adopts(w, row, p, mask, chosen)) == expected
            decided[p] = bool(rng.random() < 0.5)
            chosen |= decided[p] << p
            asked += 1
    assert asked > N / 2


def test_a_rival_in_use_counts_once_even_if_it_is_chosen_again(w: World) -> None:
    present = np.zeros((3, N), bool)
    present[1] = True
    w = see(w, present, nobody())
    w.market[0].rival_penalty = 0.9
    for row in rows():
        v = utility(w, present, row, 0)
        yes = u(w, Stream.ADOPT, row, 0) < expit(v - 0.9)
        assert bool(rules.adopts(w, row, 0, 0b001, 0b010)) == yes
        own = u(w, Stream.ADOPT, row, 1) < expit(utility(w, present, row, 1))
        assert bool(rules.adopts(w, row, 1, 0b010, 0b000)) == own


@pytest.mark.parametrize("chi", [0.0, 0.9])
@pytest.mark.parametrize("rival", [False, True])
def test_luck_on_the_border_installs_nothing(w: World, chi: float, rival: bool) -> None:
    """Beside a rival so unattractive that his weight vanishes, the odds are those of one alone."""
    w = see(w, nobody(), nobody())
    w.market[0].rival_penalty = chi
    column(w, "taste")[:] = 0.0
    w.terms["friend_utility"][:] = 0.0
    p, later = (int(q) for q in np.argsort(w.terms["key"])[:2])
    w.terms["utility"][later] = -1e6
    considered = 1 << p | rival << later
    for row, x in on_the_border(
        lambda row: u(w, Stream.ADOPT, row, p), lambda x: math.log(x / (1 - x)), logistic
    ):
        w.terms["utility"][p] = x
        w.reach.friction[p] = 0.0
        assert not rules.adopts(w, row, p, considered, 0)
