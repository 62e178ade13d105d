"""The cash book reconciles to the cent; reach and acquisition cost keep their identities."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.platforms.ledger import (
    ENTRIES,
    Entry,
    Ledger,
    cents,
    marginal_cpi,
    owned_media_usd,
    paid_reach,
)
from sim.acquisition import acquisition_cost
from sim.errors import ConfigError, DataError, UnknownNameError

AMOUNTS = st.integers(0, 10**12)
POSTS = st.lists(st.tuples(st.sampled_from(ENTRIES), AMOUNTS), max_size=8)
BOOKS = st.tuples(st.integers(-(10**12), 10**12), st.lists(POSTS, max_size=6))
POSITIVE = st.floats(1e-3, 1e9)


def filled(opening_cents: int, days: list[list[tuple[Entry, int]]]) -> Ledger:
    ledger = Ledger(opening_cents)
    for day, posts in enumerate(days):
        for entry, amount in posts:
            ledger.post(day, entry, amount)
        ledger.close_day(day)
    return ledger


def two_days() -> Ledger:
    ledger = Ledger(10_000)
    ledger.post(0, Entry.PACKS, 400)
    ledger.post(0, Entry.STORE_FEES, 120)
    ledger.post(0, Entry.COMPUTE, 1_300)
    ledger.close_day(0)
    ledger.post(1, Entry.FUNDING, 50_000)
    ledger.post(1, Entry.MARKETING, 20_000)
    ledger.post(1, Entry.OWNED_MEDIA, 7_777)
    ledger.close_day(1)
    return ledger


def test_two_days_written_out_by_hand() -> None:
    """100.00 + 4.00 - 1.20 - 13.00 = 89.80; + 500.00 - 200.00 = 389.80."""
    ledger = two_days()
    assert ledger.cash.tolist() == [8_980, 38_980]
    assert ledger.entries.shape == (2, len(ENTRIES))
    ledger.reconcile()


def test_owned_media_is_booked_but_never_moves_cash() -> None:
    ledger = Ledger(5)
    ledger.post(0, Entry.OWNED_MEDIA, 1_000)
    assert ledger.close_day(0) == dict.fromkeys(ENTRIES, 0) | {"owned_media": 1_000, "cash": 5}


def test_amounts_of_one_entry_add_up_within_a_day() -> None:
    ledger = Ledger(0)
    for _ in range(3):
        ledger.post(0, "compute", 7)
    assert ledger.cash_now == -21
    assert ledger.close_day(0)["compute"] == 21
    assert ledger.cash_now == -21


def test_every_entry_has_a_sign_and_a_meaning() -> None:
    assert {entry.sign for entry in Entry} == {-1, 0, 1}
    assert [entry for entry in Entry if entry.sign == 0] == [Entry.OWNED_MEDIA]
    assert all(entry.__doc__ for entry in Entry)


@given(BOOKS)
def test_the_book_reconciles_after_any_sequence_of_posts(
    book: tuple[int, list[list[tuple[Entry, int]]]],
) -> None:
    opening, days = book
    ledger = filled(opening, days)
    ledger.reconcile()
    moved = sum(entry.sign * amount for posts in days for entry, amount in posts)
    assert ledger.cash_now == opening + moved


@given(BOOKS, POSTS)
def test_a_saved_ledger_continues_as_if_never_saved(
    book: tuple[int, list[list[tuple[Entry, int]]]], today: list[tuple[Entry, int]]
) -> None:
    """The open day is part of the state: a market can be saved between two posts."""
    ledger = filled(*book)
    for entry, amount in today:
        ledger.post(ledger.n_days, entry, amount)
    again = Ledger.from_state(ledger.state_dict())
    assert again.close_day(again.n_days) == ledger.close_day(ledger.n_days)
    assert np.array_equal(again.entries, ledger.entries)
    assert np.array_equal(again.cash, ledger.cash)


def test_a_copy_lives_on_by_itself() -> None:
    ledger = two_days()
    other = ledger.copy()
    other.post(2, Entry.FIXED, 99)
    other.close_day(2)
    assert ledger.n_days == 2
    assert ledger.cash_now == 38_980
    assert other.cash_now == 38_881


def test_closed_days_cannot_be_written() -> None:
    ledger = two_days()
    for array in (ledger.entries, ledger.cash):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_reconcile_names_the_first_day_that_is_off() -> None:
    ledger = two_days()
    ledger._book[1, -1] += 1
    with pytest.raises(AssertionError, match="day 1: closing cash 38981 cents, entries give 38980"):
        ledger.reconcile()


def test_sums_beyond_64_bits_are_refused_not_wrapped() -> None:
    largest = 2**63 - 1
    ledger = Ledger(0)
    ledger.post(0, Entry.FUNDING, largest)
    with pytest.raises(ConfigError, match="funding of day 0"):
        ledger.post(0, Entry.FUNDING, 1)
    ledger.post(0, Entry.PACKS, 1)
    with pytest.raises(ConfigError, match="closing cash of day 0"):
        ledger.close_day(0)
    assert ledger.n_days == 0


@pytest.mark.parametrize(
    ("day", "entry", "amount", "message"),
    [
        (1, "packs", 1, "day = 1: must be the open day, 0"),
        (0, "packs", -1, "packs = -1 cents: must be ≥ 0"),
        (0, "packs", 1.5, "must be a whole number of cents. Convert USD with cents"),
    ],
)
def test_a_bad_post_teaches_and_books_nothing(
    day: int, entry: str, amount: int, message: str
) -> None:
    ledger = Ledger(0)
    with pytest.raises(ConfigError, match=message):
        ledger.post(day, entry, amount)
    assert ledger.cash_now == 0


def test_amounts_are_booked_together_or_not_at_all() -> None:
    ledger = Ledger(0)
    ledger.post_all(0, {Entry.FUNDING: 70, "compute": 30})
    assert ledger.cash_now == 40
    with pytest.raises(ConfigError, match="packs = -1 cents"):
        ledger.post_all(0, {Entry.FUNDING: 5, Entry.PACKS: -1})
    assert ledger.cash_now == 40


def test_a_book_has_room_for_any_number_of_days() -> None:
    ledger = Ledger(0)
    for day in range(300):
        ledger.post(day, Entry.FUNDING, day)
        ledger.close_day(day)
    np.testing.assert_array_equal(ledger.cash, np.cumsum(np.arange(300)))
    ledger.reconcile()
    again = ledger.copy()
    again.close_day(300)
    assert again.cash[-1] == ledger.cash_now


def test_an_unknown_entry_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'compute'"):
        Ledger(0).post(0, "computer", 1)


def test_a_day_is_closed_once() -> None:
    ledger = Ledger(0)
    ledger.close_day(0)
    with pytest.raises(ConfigError, match="must be the open day, 1"):
        ledger.close_day(0)


@pytest.mark.parametrize("name", ["cash", "entries", "today", "opening_cents", "entry_names"])
def test_a_state_without_an_array_is_refused(name: str) -> None:
    state = two_days().state_dict()
    del state[name]
    with pytest.raises(DataError, match="Save the market again"):
        Ledger.from_state(state)


def test_a_state_that_does_not_reconcile_is_refused() -> None:
    state = two_days().state_dict()
    state["cash"] = state["cash"] + np.array([1, 0])
    with pytest.raises(DataError, match="does not reconcile: day 0"):
        Ledger.from_state(state)


def test_a_state_of_another_catalogue_or_type_is_refused() -> None:
    for change in (
        {"entry_names": np.array(["packs"])},
        {"cash": np.array([8_980.0, 38_980.0])},
        {"today": np.zeros(3, dtype=np.int64)},
    ):
        with pytest.raises(DataError, match="saved ledger holds"):
            Ledger.from_state(two_days().state_dict() | change)


@pytest.mark.parametrize(
    ("usd", "expected"),
    [
        (0.125, 12),  # a tie in binary: to even
        (0.375, 38),
        (-0.125, -12),
        (1.30, 130),
        (2.675, 267),  # just below the tie in binary; 100 * 2.675 would be a tie
        (0.0, 0),
    ],
)
def test_cents_round_half_to_even_once(usd: float, expected: int) -> None:
    assert cents(usd) == expected


@given(st.floats(-1e15, 1e15))
def test_cents_are_never_off_by_more_than_half_a_cent(usd: float) -> None:
    assert abs(cents(usd) - Fraction(usd) * 100) <= Fraction(1, 2)


@pytest.mark.parametrize("usd", [math.nan, math.inf, -math.inf])
def test_cents_of_no_number_are_refused(usd: float) -> None:
    with pytest.raises(ConfigError, match="must be finite"):
        cents(usd)


def test_one_million_of_marketing_costs_5_paid_1_blended_and_7_50_loaded() -> None:
    """O22: $1.0M, .2M paid + .8M organic activations, 5M free clips at $1.30; exact to 1e-9.

    paid 1.0/.2; blended 1.0/1.0; loaded (1.0 + 5 x 1.30)/1.0.
    """
    cost = acquisition_cost(1e6, 0.0, 5e6 * 1.30, 0.0, 2e5, 1e6)
    assert cost == pytest.approx((5.0, 1.0, 7.5), abs=1e-9)


@given(POSITIVE, st.integers(1, 10**8), st.integers(0, 10**8))
def test_paid_cost_times_paid_share_is_blended_cost(
    marketing: float, n_paid: int, n_organic: int
) -> None:
    """O22 for any numbers; two divisions and a product, so a few units in the last place."""
    n = n_paid + n_organic
    cost = acquisition_cost(marketing, 0.0, 0.0, 0.0, n_paid, n)
    assert cost.paid * (n_paid / n) == pytest.approx(cost.blended, rel=1e-9)
    assert cost.loaded == cost.blended


def test_loaded_cost_counts_rewards_and_owned_media() -> None:
    """10M impressions at a CPM of $5 are $50,000: over 100,000 users, 50 cents each."""
    owned = owned_media_usd(10e6, 5.0)
    assert owned == 50_000.0
    assert acquisition_cost(0.0, 1e5, 0.0, owned, 0.0, 1e5).loaded == pytest.approx(1.5)


def test_acquisition_cost_of_nobody_is_not_a_number() -> None:
    assert all(math.isnan(cost) for cost in acquisition_cost(1.0, 1.0, 1.0, 1.0, 0.0, 0.0))


def test_acquisition_cost_treats_arrays_element_by_element() -> None:
    spend = np.array([100.0, 50.0, 10.0])
    paid, n = np.array([10.0, 0.0, 0.0]), np.array([20.0, 5.0, 0.0])
    cost = acquisition_cost(spend, 0.0, 0.0, 0.0, paid, n)
    np.testing.assert_array_equal(cost.paid, [10.0, np.nan, np.nan])
    np.testing.assert_array_equal(cost.blended, [5.0, 10.0, np.nan])


def test_more_paid_than_all_activations_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"paid_activations = 3.*must be ≤ activations = 2"):
        acquisition_cost(1.0, 0.0, 0.0, 0.0, 3.0, 2.0)


def test_one_hundred_thousand_dollars_at_4_each_reach_25_000_people() -> None:
    """O33: n = B/CPI at elasticity 1, whatever the reference budget."""
    for reference in (1e5, 7.0):
        assert paid_reach(1e5, 4.0, 1.0, reference) == pytest.approx(25_000, rel=1e-12)


@pytest.mark.parametrize("elasticity", [0.5, 0.7, 1.0])
def test_marginal_cpi_at_the_reference_is_cpi_over_elasticity(elasticity: float) -> None:
    """O33, and the derivative itself: a central difference of n(B), error of order h²."""
    assert marginal_cpi(1e5, 4.0, elasticity, 1e5) == pytest.approx(4.0 / elasticity, rel=1e-12)
    for budget in (2e4, 1e5, 3e5):
        step = budget * 1e-4
        more = paid_reach(budget + step, 4.0, elasticity, 1e5)
        less = paid_reach(budget - step, 4.0, elasticity, 1e5)
        slope = (more - less) / (2 * step)
        assert marginal_cpi(budget, 4.0, elasticity, 1e5) == pytest.approx(1 / slope, rel=1e-7)


@given(POSITIVE, POSITIVE, st.floats(0.1, 1.0), POSITIVE)
def test_doubling_a_budget_never_more_than_doubles_its_reach(
    budget: float, cpi: float, elasticity: float, reference: float
) -> None:
    once, twice = paid_reach(np.array([budget, 2 * budget]), cpi, elasticity, reference)
    assert once < twice <= 2 * once * (1 + 1e-12)


def test_no_budget_reaches_nobody() -> None:
    assert paid_reach(0.0, 4.0, 0.5, 1e5) == 0.0
    np.testing.assert_array_equal(paid_reach(np.array([0.0, 1e5]), 4.0, 0.5, 1e5), [0.0, 25_000.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1.0, 4.0, 1.0, 1e5), "budget_usd = -1: must be ≥ 0"),
        ((1.0, 0.0, 1.0, 1e5), "cpi_usd = 0: must be > 0"),
        ((1.0, 4.0, 1.2, 1e5), "elasticity = 1.2: must be > 0 and ≤ 1"),
        ((1.0, 4.0, 1.0, 0.0), "budget_reference_usd = 0: must be > 0"),
        ((math.nan, 4.0, 1.0, 1.0), "budget_usd = nan: must be ≥ 0 and finite"),
    ],
)
def test_impossible_paid_media_is_refused(
    arguments: tuple[float, float, float, float], message: str
) -> None:
    for function in (paid_reach, marginal_cpi):
        with pytest.raises(ConfigError, match=message):
            function(*arguments)


def test_negative_impressions_and_spend_are_refused() -> None:
    with pytest.raises(ConfigError, match="impressions = -1"):
        owned_media_usd(-1.0, 5.0)
    with pytest.raises(ConfigError, match="rewards_usd = -1"):
        acquisition_cost(1.0, -1.0, 0.0, 0.0, 1.0, 1.0)
