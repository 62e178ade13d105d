"""Each rule against its formula, user by user: the same luck, the equation of docs/ODD.md, no more.

What a rule says is compared with what the equation says for the same uniform, for every user and
platform of a busy morning; and where chance and luck are equal to the last bit, the answer is no.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from agents.day import offer, rules, sight, staying
from agents.day.terms import COUNT, FIXED_DELAY, SHARE, THRESHOLD
from agents.day.world import DRAWN_AHEAD, Drawn, World
from agents.state import CELL_CAUSES, Sight
from sim.counts import Cause, Status
from sim.rng import Stream, logistic
from tests.agents.mornings import (
    NAMES,
    N,
    calm,
    column,
    derived,
    expit,
    friends,
    morning,
    nobody,
    on_the_border,
    rows,
    see,
    u,
)  # fmt: skip

CONTAGION = {"share": SHARE, "count": COUNT, "threshold": THRESHOLD}
P = range(len(NAMES))


@pytest.fixture
def w() -> World:
    return morning()


def every() -> list[tuple[int, int]]:
    return [(row, p) for row in rows() for p in P]


def agrees(found: list[Any], expected: list[Any], kinds: int = 2) -> None:
    """Assert equality, and that the case was not always the same."""
    assert found == expected
    assert len(set(expected)) >= kinds, "a comparison of constants tells nothing"


def share(w: World, most: int, seed: int) -> None:
    """Let friends have shared something; whoever has no friend has heard nothing."""
    w.exposure[:] = np.random.default_rng(seed).integers(0, most + 1, w.exposure.shape)
    w.exposure[:, np.diff(w.indptr) == 0] = 0


# Luck and sight


def test_luck_is_the_uniform_of_the_persons_key(w: World) -> None:
    for row, p in every():
        assert rules.luck(w, np.uint64(Stream.VISIT), row, p) == u(w, Stream.VISIT, row, p)
    turned = w._replace(uid=np.arange(N, dtype=np.uint32)[::-1].copy())
    for row in rows():
        assert rules.luck(turned, np.uint64(Stream.VISIT), row, 1) == u(
            w, Stream.VISIT, N - 1 - row, 1
        )
    assert sight.uid_of(w._replace(uid=np.array([7], np.uint32)), 0) == 7


@pytest.mark.parametrize("p", [0, 1, 2, 3, 4, 5, 8])
def test_what_is_seen_of_a_person_are_bits_of_one_platform(w: World, p: int) -> None:
    """Two platforms to a byte: only the bits of platform p count.

    Friends are counted as far as it takes to know whether there are as many as needed.
    """
    rng = np.random.default_rng(p)
    present, paying, gone = rng.random((3, 9, N)) < 0.5
    seen = see(w, present, paying, gone)
    stopped_early = 0
    for bit, truth in (
        (Sight.PRESENT, present[p]), (Sight.PAYING, paying[p]), (Sight.LEFT, gone[p]),
        (Sight.PRESENT | Sight.LEFT, present[p] | gone[p]),
    ):  # fmt: skip
        for row in rows():
            n = truth[friends(w, row)].sum()
            assert bool(rules.is_seen(seen, row, p, bit)) == truth[row]
            assert rules.n_friends_seen(seen, row, p, bit, 0.0) == n
            for needed in (-1.0, 0.5, 1.0, 2.0, 2.5):
                found = rules.n_friends_seen(seen, row, p, bit, needed)
                assert found == n if n >= needed else found < needed
                stopped_early += found < n
    assert stopped_early > 10


# Exposure


@pytest.mark.parametrize("form", CONTAGION)
def test_friends_add_what_they_shared_in_the_form_of_contagion(w: World, form: str) -> None:
    """β·shares/friends, β·shares, or β from the threshold on; nothing if nobody shared."""
    w.market[0].contagion = CONTAGION[form]
    w.market[0].sharing_threshold = 0.25
    share(w, 3, seed=1)
    assert (np.diff(w.indptr) == 0).any(), "nobody is without friends"
    at_the_threshold = 0
    expected = []
    for row, p in every():
        shared, n, beta = int(w.exposure[p, row]), len(friends(w, row)), w.terms[p].friend_strength
        at_the_threshold += n > 0 and shared / n == 0.25
        x = {"share": shared / max(n, 1), "count": shared,
             "threshold": float(shared > 0 and shared / n >= 0.25)}[form]  # fmt: skip
        expected.append(beta * x)
    assert at_the_threshold > 5
    agrees([rules.friend_hazard(w, row, p) for row, p in every()], expected)
    w.market[0].sharing_threshold = 0.0
    for row in np.flatnonzero(w.exposure[0] == 0):
        assert rules.friend_hazard(w, row, 0) == 0.0


def test_exposure_is_less_without_access_and_after_leaving(w: World) -> None:
    """h = (cells + friends)·closed·lost + β_r·X of who left, cut at the budget.

    Paid media are for the unaware; pulled back is who left, closed or not.
    """
    share(w, 8, seed=2)
    w.reach[2].open[:] = False
    column(w, "status")[:, :30] = Status.UNAWARE
    w.terms["rel_exposure_lost"][:] = (0.5, 0.0, 0.25)
    w.terms["pull_per_share"][:] = (0.4, 0.2, 0.0)
    budget = w.market[0].attention_budget = 0.5
    expected, cut, kinds, pulled = [], 0, set(), 0
    for row, p in every():
        status = int(column(w, "status")[p, row])
        reach = w.reach[p, w.cell[row]]
        h = reach.hazard_unaware if status == Status.UNAWARE else reach.hazard_aware
        h += rules.friend_hazard(w, row, p)
        rel = 1.0 if p != 2 else 0.5
        pull = 0.0
        if status == Status.LOST:
            rel *= w.terms[p].rel_exposure_lost
            x = w.exposure[p, row] / max(len(friends(w, row)), 1)
            pull = w.terms[p].pull_per_share * x
        pulled += pull > 0.0
        cut += h * rel + pull > budget
        kinds.add(status)
        expected.append(min(h * rel + pull, budget))
    assert cut > 20
    assert pulled > 10
    assert {Status.UNAWARE, Status.AWARE, Status.ACTIVE, Status.LOST} <= kinds
    agrees([rules.exposure_hazard(w, row, p) for row, p in every()], expected, 10)


def test_an_exposure_has_one_cause_in_proportion_to_its_hazard(w: World) -> None:
    """P = 1 - e^-h; friends first, then the causes of a cell, in order; no ads for the aware.

    What pulls back who left is friends' too, and is not less for his having left.
    """
    share(w, 8, seed=3)
    w.terms["rel_exposure_lost"][:] = (0.5, 0.0, 0.25)
    w.terms["pull_per_share"][:] = (0.2, 0.1, 0.4)
    assert w.reach.open.all()
    column(w, "status")[:, ::2] = Status.UNAWARE
    w.hazard_by_cause[CELL_CAUSES.index(Cause.OPENING)] = 0.1
    w.hazard_by_cause[CELL_CAUSES.index(Cause.PAID)] = 0.2
    w.reach.hazard_unaware[:] = w.hazard_by_cause.sum(axis=0)
    w.reach.hazard_aware[:] = w.reach.hazard_unaware - 0.2
    expected = []
    for row, p in every():
        h = rules.exposure_hazard(w, row, p)
        if u(w, Stream.NOTICE, row, p) >= -math.expm1(-h):
            expected.append(0)
            continue
        unaware = column(w, "status")[p, row] == Status.UNAWARE
        parts = {Cause.FRIEND: rules.friend_hazard(w, row, p)}
        parts |= {c: float(w.hazard_by_cause[i, p, w.cell[row]]) for i, c in enumerate(CELL_CAUSES)}
        if not unaware:
            parts[Cause.PAID] = 0.0
        if column(w, "status")[p, row] == Status.LOST:
            parts = {c: part * w.terms[p].rel_exposure_lost for c, part in parts.items()}
            parts[Cause.FRIEND] += rules.pull(w, row, p, Status.LOST)
        ends = np.cumsum(list(parts.values()))
        place = np.searchsorted(ends, u(w, Stream.CAUSE, row, p) * ends[-1], side="right")
        expected.append(int(list(parts)[place]))
    agrees([rules.notices(w, row, p) for row, p in every()], expected, 7)


def test_luck_on_the_border_notices_nothing(w: World) -> None:
    """And where the draw of the cause falls beyond all parts by rounding, the last one has it."""
    w.exposure[:] = 0
    column(w, "status")[0] = Status.UNAWARE
    w.reach[0].open[:] = True
    for row, h in on_the_border(
        lambda row: u(w, Stream.NOTICE, row, 0),
        lambda x: -math.log1p(-x),
        lambda h: -math.expm1(-h),
    ):
        w.reach[0].hazard_unaware[:] = h
        assert rules.notices(w, row, 0) == 0
        w.reach[0].hazard_unaware[:] = 1.001 * min(h, 4.0)
        if h > 4.0:
            continue
        w.hazard_by_cause[:, 0] = 0.0
        w.hazard_by_cause[CELL_CAUSES.index(Cause.INTEREST), 0] = 1e-9 * h
        assert rules.notices(w, row, 0) == Cause.INTEREST


def test_a_draw_on_the_border_of_two_causes_is_the_later_ones(w: World) -> None:
    """Parts are half-open: of a hazard of 64, the uniform times 64 is exact, and so the border."""
    w.market[0].attention_budget, w.market[0].contagion = 700.0, CONTAGION["count"]
    column(w, "status")[0] = Status.UNAWARE
    w.reach[0].open[:] = True
    w.exposure[0] = 1
    press, interest = (CELL_CAUSES.index(cause) for cause in (Cause.PRESS, Cause.INTEREST))
    for row in rows():
        border = 64.0 * u(w, Stream.CAUSE, row, 0)
        w.hazard_by_cause[:, 0] = 0.0
        w.hazard_by_cause[interest, 0] = w.reach[0].hazard_unaware[:] = 64.0 - border
        w.terms["friend_strength"][0] = border
        assert rules.notices(w, row, 0) == Cause.INTEREST
        w.terms["friend_strength"][0] = 0.0
        w.hazard_by_cause[press, 0] = border
        w.reach[0].hazard_unaware[:] = 64.0
        assert rules.notices(w, row, 0) == Cause.INTEREST


# Simple chances: (rule, stream, field)

CHANCES = [
    ("remembers", Stream.RECALL, "p_recall"),
    ("gives_up", Stream.GIVE_UP, "p_give_up"),
    ("visits", Stream.VISIT, "visit_rate"),
]


@pytest.mark.parametrize(("rule", "stream", "field"), CHANCES)
def test_a_chance_is_the_share_of_luck_below_it(
    w: World, rule: str, stream: Stream, field: str
) -> None:
    ask, w = getattr(rules, rule), calm(w)
    column(w, "day_activated")[:], column(w, "day_returned")[:] = w.day - 3, -1
    w.terms[field][:] = (0.3, 0.5, 0.9)
    agrees(
        [bool(ask(w, row, p)) for row, p in every()],
        [u(w, stream, row, p) < w.terms[p][field] for row, p in every()],
    )
    for row in range(20):
        w.terms[field][0] = u(w, stream, row, 0)
        assert not ask(w, row, 0)


def test_the_day_of_activation_is_always_a_day_of_use(w: World) -> None:
    w.terms["visit_rate"][:] = 0.0
    column(w, "day_activated")[:], column(w, "day_returned")[:] = np.arange(N) % 20, -1
    column(w, "day_returned")[:, ::7] = w.day
    expected = [row % 20 == w.day or row % 7 == 0 for row, _ in every()]
    agrees([bool(rules.visits(w, row, p)) for row, p in every()], expected)


def test_people_come_back_with_a_hazard(w: World) -> None:
    w.terms["return_per_day"][:] = (0.0, 0.4, 2.0)
    expected = [
        u(w, Stream.RETURN, row, p) < -math.expm1(-w.terms[p].return_per_day) for row, p in every()
    ]
    agrees([bool(rules.comes_back(w, row, p)) for row, p in every()], expected)
    for row, h in on_the_border(
        lambda row: u(w, Stream.RETURN, row, 0),
        lambda x: -math.log1p(-x),
        lambda h: -math.expm1(-h),
    ):
        w.terms["return_per_day"][0] = h
        assert not rules.comes_back(w, row, 0)


# Use


@pytest.mark.parametrize("delay", [1.0, 2.0, 3.5])
def test_codes_pass_after_their_delay_in_binomial_parts(w: World, delay: float) -> None:
    """Ripe: all after a fixed delay, else Binomial(codes, 1/delay); used; to friends."""
    column(w, "codes")[:] = np.arange(N) % 6
    column(w, "day_activated")[:] = w.day - np.arange(N) % 5
    w.terms["code_delay_days"][:] = delay
    w.terms["p_code_used"][:], w.terms["share_codes_to_friends"][:] = 0.6, 0.7
    for fixed in (True, False):
        w.terms["code_delay_form"][:] = FIXED_DELAY if fixed else FIXED_DELAY + 1
        row = np.array(every())[:, 0]
        delays, uses, gifts = (
            np.array([u(w, stream, *each) for each in every()])
            for stream in (Stream.CODE_DELAY, Stream.CODE_USE, Stream.CODE_TO_FRIEND)
        )
        codes, age = row % 6, row % 5
        ripe = np.where(age >= delay - 1, codes, 0)
        if not fixed:
            ripe = stats.binom(codes, 1 / delay).ppf(delays).astype(int)
        used = stats.binom(ripe, 0.6).ppf(uses).astype(int)
        to_friends = stats.binom(used, 0.7).ppf(gifts).astype(int)
        parts = np.column_stack([to_friends, used - to_friends, ripe - used])
        expected = [tuple(part) for part in parts.tolist()]
        agrees([tuple(map(int, rules.passes_codes(w, row, p))) for row, p in every()], expected, 8)


def test_demand_is_the_poisson_quantile_of_rate_novelty_value_and_segment(w: World) -> None:
    """λ·nov(age)·value·segment, never above 600."""
    assert offer.MAX_DEMAND == 600.0
    w = calm(w)
    column(w, "day_activated")[:] = w.day - np.arange(N) % 9
    w.terms["value"][:] = (1.0, 0.5, 2.0)
    w.novelty[:] = 0.3 + 0.7 * np.exp(-np.arange(w.novelty.shape[1]) / 4.0)
    w.kinds["demand"][:] = 1.5
    w.person["rate"][:] = np.random.default_rng(5).gamma(0.5, 6.0, N)
    w.person["rate"][-20:] = 1e4
    expected = []
    for row, p in every():
        nov = 0.3 + 0.7 * math.exp(-(row % 9) / 4.0)
        mean = float(w.person[row].rate) * nov * (1.0, 0.5, 2.0)[p] * 1.5
        expected.append(int(stats.poisson(min(mean, 600.0)).ppf(u(w, Stream.DEMAND, row, p))))
    agrees([int(rules.wants_clips(w, row, p)) for row, p in every()], expected, 20)


@pytest.mark.parametrize("leftover", [0.0, 0.5, 1.0])
def test_a_pack_as_a_whole_is_weighed_against_the_clips_wanted(w: World, leftover: float) -> None:
    """P = Λ((ω + log(clips + κ(S - clips)) - log price)/scale), at most the pack is wanted."""
    scale = w.market[0].price_noise = 0.7
    prices, size = (0.5, 2.0, 6.0), 7
    w.terms["log_pack_usd"][:] = np.log(prices)
    w.terms["pack_clips"][:] = size
    w.terms["pack_leftover_worth"][:] = leftover
    for clips in (1, 3, 7, 20):
        wanted = min(clips, size)
        worth = wanted + leftover * (size - wanted)
        expected = [
            u(w, Stream.BUY, row, p)
            < expit((float(w.person[row].willingness) + math.log(worth / prices[p])) / scale)
            for row, p in every()
        ]
        agrees([bool(rules.buys(w, row, p, clips)) for row, p in every()], expected)


def test_luck_on_the_border_buys_no_pack(w: World) -> None:
    scale = w.market[0].price_noise = 0.7
    w.terms["pack_clips"][:] = 1
    w.person["willingness"][:] = 0.0
    for row, x in on_the_border(
        lambda row: u(w, Stream.BUY, row, 0), lambda x: math.log(x / (1 - x)), logistic
    ):
        w.terms["log_pack_usd"][0] = -x * scale
        if -w.terms[0].log_pack_usd / scale == x:
            assert not rules.buys(w, row, 0, 1)


def test_shares_are_binomial_quantiles_each_with_its_own_luck(w: World) -> None:
    w.terms["p_share_friends"][:], w.terms["p_share_feed"][:] = 0.3, 0.6
    for ask, stream, chance in (
        (rules.shares_friends, Stream.SHARE_FRIENDS, 0.3),
        (rules.shares_feed, Stream.SHARE_FEED, 0.6),
    ):
        expected = [
            int(stats.binom(row % 8, chance).ppf(u(w, stream, row, p))) for row, p in every()
        ]
        agrees([int(ask(w, row, p, row % 8)) for row, p in every()], expected, 4)


def test_hits_are_the_days_at_the_quota_of_the_last_seven() -> None:
    for bits in range(256):
        assert staying.n_hits(bits) == (bits & 0b111_1111).bit_count()


@pytest.mark.parametrize("slot", range(len(DRAWN_AHEAD)))
def test_a_rule_takes_the_word_that_was_drawn_ahead(w: World, slot: int) -> None:
    """Only that of its own stream, platform and place, and only where there is one."""
    drawn = Drawn.nothing(len(NAMES), 2)
    stream, middle = DRAWN_AHEAD[slot], 0.5 + 2.0**-33
    drawn.words[slot, 1, 1] = 2**31
    w = w._replace(drawn=drawn)
    for bits, place in ((0, 1), (1 << slot, 0), (0xFF - (1 << slot), 1)):
        drawn.have[1, 1], drawn.place[0] = bits, place
        assert sight.luck(w, np.uint64(stream), 5, 1) == u(w, stream, 5, 1)
    drawn.have[1, 1], drawn.place[0] = 1 << slot, 1
    assert sight.luck(w, np.uint64(stream), 5, 1) == middle
    assert sight.luck(w, np.uint64(stream), 5, 0) == u(w, stream, 5, 0)
    other = DRAWN_AHEAD[slot - 1]
    assert sight.luck(w, np.uint64(other), 5, 1) == u(w, other, 5, 1)
    assert sight.luck(w, np.uint64(Stream.NOTICE), 5, 1) == u(w, Stream.NOTICE, 5, 1)


# Paying and leaving


@pytest.mark.parametrize("per_friend", [0.0, 0.47, 1.0, -0.3])
def test_the_plan_is_taken_by_its_logit(w: World, per_friend: float) -> None:
    """Λ(a0 + a1·log(1 + hits) + a2·friends who pay + a3·ω - a4·log price)."""
    rng = np.random.default_rng(6)
    paying = rng.random((3, N)) < 0.4
    w = see(w, nobody(), paying)
    column(w, "hits")[:] = rng.integers(0, 128, (3, N))
    for field, value in {
        "subscribe_intercept": -1.0, "subscribe_hits": 0.8, "subscribe_friends": per_friend,
        "subscribe_willingness": 0.5, "subscribe_price": 0.3, "log_plan_usd": math.log(20.0),
    }.items():  # fmt: skip
        w.terms[field][:] = value
    w.terms["subscribe_hits"][1:] = 1.0, 0.0
    expected = []
    for row, p in every():
        x = -1.0 + (0.8, 1.0, 0.0)[p] * math.log1p(int(column(w, "hits")[p, row]).bit_count())
        x += per_friend * paying[p][friends(w, row)].sum()
        x += 0.5 * float(w.person[row].willingness) - 0.3 * math.log(20.0)
        expected.append(u(w, Stream.SUBSCRIBE, row, p) < expit(x))
    agrees([bool(rules.subscribes(w, row, p)) for row, p in every()], expected)


@pytest.mark.parametrize("per_friend", [0.5, 1.0, 3.0])
def test_just_as_many_payers_as_are_needed_are_enough(w: World, per_friend: float) -> None:
    """Half a millionth of a friend above the border, with every friend paying."""
    w = see(w, nobody(), ~nobody())
    for field in ("subscribe_hits", "subscribe_willingness", "subscribe_price"):
        w.terms[field][:] = 0.0
    w.terms["subscribe_friends"][:] = per_friend
    for row in rows():
        luck, n = u(w, Stream.SUBSCRIBE, row, 0), len(friends(w, row))
        border = math.log(luck / (1 - luck)) - per_friend * n
        w.terms["subscribe_intercept"][0] = border + 5e-7 * per_friend
        assert rules.subscribes(w, row, 0)
        w.terms["subscribe_intercept"][0] = border - 5e-7 * per_friend
        assert not rules.subscribes(w, row, 0)


def test_luck_on_the_border_takes_no_plan(w: World) -> None:
    for field in (
        "subscribe_hits",
        "subscribe_friends",
        "subscribe_willingness",
        "subscribe_price",
    ):
        w.terms[field][:] = 0.0
    for row, x in on_the_border(
        lambda row: u(w, Stream.SUBSCRIBE, row, 0), lambda x: math.log(x / (1 - x)), logistic
    ):
        w.terms["subscribe_intercept"][0] = x
        assert not rules.subscribes(w, row, 0)


def test_renewals_fail_less_and_less(w: World) -> None:
    """The k-th with α/(α + β + k - 1), k = days since subscribing / 30."""
    alpha, beta = 0.668, 3.806
    w.terms["paid_churn_alpha"][:], w.terms["paid_churn_beta"][:] = alpha, beta
    month = 1 + np.arange(N) % 4
    late = w._replace(day=200)
    column(w, "day_subscribed")[:] = 200 - 30 * month
    expected = [
        u(late, Stream.CANCEL, row, p) < alpha / (alpha + beta + month[row] - 1)
        for row, p in every()
    ]
    agrees([bool(rules.cancels(late, row, p)) for row, p in every()], expected)
    column(w, "day_subscribed")[:] = 170
    for row, a in on_the_border(
        lambda row: u(late, Stream.CANCEL, row, 0),
        lambda x: x / (1 - x),
        lambda a: a / (a + 1.0 + 1 - 1.0),
    ):
        w.terms["paid_churn_alpha"][0], w.terms["paid_churn_beta"][0] = a, 1.0
        assert not rules.cancels(late, row, 0)
    # 30 days to a bill: 59 days after, the first renewal is still the one that counts.
    column(w, "day_subscribed")[:] = 200 - 59
    w.terms["paid_churn_alpha"][:], w.terms["paid_churn_beta"][:] = 1.0, 0.0
    assert all(rules.cancels(late, row, 0) for row in rows())


def test_leaving_is_the_own_chance_bent_by_what_is_felt(w: World) -> None:
    """1 - (1 - p)^exp(push); push = γ_q·hits/7 - γ_x·feed - γ_n·share of friends there."""
    rng = np.random.default_rng(7)
    present = rng.random((3, N)) < 0.5
    w = see(calm(w), present, nobody())
    column(w, "hits")[:] = rng.integers(0, 128, (3, N))
    column(w, "dropout")[:] = rng.random((3, N)) * 0.9
    column(w, "dropout")[:, :10] = 1.0
    column(w, "hits")[:, -60:] = 0b111_1111  # a push of 1 where the weight is 1
    w.terms["feed_views"][:] = 0.6
    on = np.array([(0.0, 0.0, 0.0), (1.0, 0.0, 1.0), (0.9, 0.8, 1.5)])
    for setting in (on, on[[1, 2, 0]], np.roll(on, 1, axis=1), [[1.0, 0.0, 0.0]] * on, 0.0 * on):
        for field, values in zip(
            ("dropout_quota_hits", "dropout_feed", "dropout_friends"), setting.T, strict=True
        ):
            w.terms[field][:] = values
        w, expected = derived(w), []
        for row, p in every():
            hits, feed, near = setting[p]
            mine = friends(w, row)
            push = hits * int(column(w, "hits")[p, row]).bit_count() / 7.0 - feed * 0.6
            push -= near * present[p][mine].sum() / max(len(mine), 1)
            chance = 1.0 - (1.0 - float(column(w, "dropout")[p, row])) ** math.exp(push)
            expected.append(u(w, Stream.LEAVE, row, p) < chance)
        agrees([bool(rules.leaves(w, row, p)) for row, p in every()], expected)


def test_who_has_no_friend_leaves_by_his_own_chance(w: World) -> None:
    lonely = np.flatnonzero(np.diff(w.indptr) == 0)
    assert lonely.size > 0
    w.terms["dropout_friends"][:] = 5.0
    w.terms["dropout_quota_hits"][:] = w.terms["dropout_feed"][:] = 0.0
    for row in lonely:
        for p in P:
            luck = u(w, Stream.LEAVE, int(row), p)
            column(w, "dropout")[p, row] = np.nextafter(np.float32(luck), np.float32(1.0))
            assert rules.leaves(w, row, p)
            column(w, "dropout")[p, row] = np.nextafter(np.float32(luck), np.float32(0.0))
            assert not rules.leaves(w, row, p)


def test_luck_on_the_border_stays(w: World) -> None:
    """A chance of a drop-out is kept in single precision, in which few draws are exact."""
    w, exact = calm(w), 0
    for day in range(60):
        today = w._replace(day=day)
        for row, p in every():
            luck = u(today, Stream.LEAVE, row, p)
            if float(np.float32(luck)) == luck:
                exact += 1
                column(w, "dropout")[p, row] = luck
                assert not rules.leaves(today, row, p)
    assert exact > 30
