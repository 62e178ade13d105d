"""Money: a cash book in whole cents, and what marketing buys for it.

Amounts inside the book are integers, so every day reconciles to the cent; the functions after it
are pure and in USD. Cost per clip, lifetime value and break-even: `agents.platforms.economics`.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from enum import StrEnum
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agents.platforms.rounding import cents as cents  # part of this module's words
from sim.checks import Floats, in_range, short
from sim.errors import ConfigError, DataError, unknown_name

IntArray: TypeAlias = NDArray[np.int64]

#: Days for which a book has room at first, and gets more when it is full.
_ROOM = 64
_LARGEST = int(np.iinfo(np.int64).max)


class Entry(StrEnum):
    """What money is booked under; `sign` tells how an amount moves cash (0: it does not)."""

    sign: int

    def __new__(cls, name: str, sign: int, doc: str) -> Self:
        """Attach the sign and the meaning to the name."""
        entry = str.__new__(cls, name)
        entry._value_ = name
        entry.sign = sign
        entry.__doc__ = doc
        return entry

    PACKS = "packs", 1, "Clip packs sold, before store fees."
    SUBSCRIPTIONS = "subscriptions", 1, "Subscriptions credited to video, before store fees."
    OTHER_REVENUE = "other_revenue", 1, "Any other receipt, such as advertising."
    STORE_FEES = "store_fees", -1, "The share of sales that the app stores keep."
    COMPUTE = "compute", -1, "GPU time for all clips, free and paid."
    MARKETING = "marketing", -1, "Paid media."
    REWARDS = "rewards", -1, "Referral and invite rewards."
    FIXED = "fixed", -1, "Cost that does not move with use."
    FUNDING = "funding", 1, "Cash put in by the owner."
    OWNED_MEDIA = "owned_media", 0, "Opportunity cost of own surfaces: shown, never paid in cash."


ENTRIES: tuple[Entry, ...] = tuple(Entry)
_NAMES: tuple[str, ...] = tuple(str(entry) for entry in ENTRIES)
_COLUMN: dict[str, int] = {entry: column for column, entry in enumerate(ENTRIES)}
_SIGN_OF: tuple[int, ...] = tuple(entry.sign for entry in ENTRIES)
_SIGNS: IntArray = np.array(_SIGN_OF, dtype=np.int64)


def _whole_cents(name: str, value: int, day: int | None = None) -> int:
    # Amounts are checked many times a day: the plain case comes first, names are put together late.
    if type(value) is int and -_LARGEST <= value <= _LARGEST:
        return value
    try:
        amount = operator.index(value)
    except TypeError:
        raise ConfigError(
            f"{name} = {value!r}: must be a whole number of cents. Convert USD with cents()."
        ) from None
    if abs(amount) > _LARGEST:
        of_day = "" if day is None else f" of day {day}"
        raise ConfigError(
            f"{name}{of_day} = {amount}: must fit 64 bits (at most {_LARGEST} cents). "
            "Check its unit."
        )
    return amount


class Ledger:
    """The cash book of one platform: one open day, closed days behind it.

    Parameters
    ----------
    opening_cents
        Cash before day 0, cents; may be negative (debt).

    Attributes
    ----------
    n_days
        Number of closed days, which is the index of the open day.
    """

    def __init__(self, opening_cents: int) -> None:
        self.opening_cents = _whole_cents("opening_cents", opening_cents)
        self.n_days = 0
        # A row a day: amounts by entry, then closing cash. Rows of days to come are blank.
        self._book: IntArray = np.zeros((_ROOM, len(ENTRIES) + 1), np.int64)
        # Python integers: a sum too large for the arrays is seen, not wrapped around.
        self._today = [0] * len(ENTRIES)

    @property
    def entries(self) -> IntArray:
        """(n_days, n_entries) cents of each closed day, columns as `ENTRIES`; read-only."""
        return _read_only(self._book[: self.n_days, :-1])

    @property
    def cash(self) -> IntArray:
        """(n_days,) closing cash of each closed day, cents; read-only."""
        return _read_only(self._book[: self.n_days, -1])

    @property
    def cash_now(self) -> int:
        """Cash with what the open day has booked so far, cents."""
        return self.closed_cents + sum(
            s * amount for s, amount in zip(_SIGN_OF, self._today, strict=True)
        )

    def post(self, day: int, entry: str, cents: int) -> None:
        """Book an amount on the open day; see `post_all`."""
        self.post_all(day, {entry: cents})

    def post_all(self, day: int, amounts: Mapping[str, int]) -> None:
        """Book amounts on the open day, all or none; the entry's sign moves cash.

        Parameters
        ----------
        day
            Day index; the first day not yet closed.
        amounts
            By `Entry` or its name: whole cents, at least 0.

        Raises
        ------
        ConfigError, UnknownNameError
            If the day is not open, or an amount or its entry is not what it must be.
        """
        self._must_be_open(day)
        today = self._today.copy()
        for entry, given in amounts.items():
            if entry not in _COLUMN:
                raise unknown_name("ledger entry", entry, ENTRIES)
            amount = _whole_cents(entry, given)
            if amount < 0:
                raise ConfigError(
                    f"{entry} = {amount} cents: must be ≥ 0. Choose the entry whose sign you mean."
                )
            column = _COLUMN[entry]
            today[column] = _whole_cents(entry, today[column] + amount, day)
        self._today = today

    def close_day(self, day: int) -> dict[str, int]:
        """Close the open day and return its amounts by entry, plus ``"cash"``, all in cents."""
        self._must_be_open(day)
        closing = _whole_cents("closing cash", self.cash_now, day)
        self._make_room(1)
        self._book[self.n_days] = [*self._today, closing]
        self.n_days += 1
        closed = dict(zip(_NAMES, self._today, strict=True))
        self._today = [0] * len(ENTRIES)
        return closed | {"cash": closing}

    def take(self, days: IntArray) -> None:
        """Close days that were booked elsewhere: (days, n_entries + 1) cents, then closing cash."""
        self._make_room(len(days))
        self._book[self.n_days : self.n_days + len(days)] = days
        self.n_days += len(days)
        if len(days) > 0:
            self._today = [0] * len(ENTRIES)

    @property
    def closed_cents(self) -> int:
        """Cash of the last closed day, cents."""
        return int(self._book[self.n_days - 1, -1]) if self.n_days else self.opening_cents

    @property
    def today(self) -> list[int]:
        """Cents that the open day has booked so far, by entry."""
        return self._today.copy()

    def _make_room(self, days: int) -> None:
        more = self.n_days + days - len(self._book)
        if more > 0:
            self._book = np.pad(self._book, ((0, max(more, _ROOM)), (0, 0)))

    def reconcile(self) -> None:
        """Check that each closing cash is the opening cash plus all signed entries to date.

        Raises
        ------
        AssertionError
            Naming the first day that is off, and by how much.
        """
        expected = self.opening_cents + np.cumsum(self.entries @ _SIGNS)
        wrong = np.flatnonzero(self.cash != expected)
        if wrong.size:
            day = int(wrong[0])
            raise AssertionError(
                f"day {day}: closing cash {self.cash[day]} cents, entries give {expected[day]}"
            )

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        """Return everything the ledger knows, as plain arrays that it no longer shares."""
        return {
            "entry_names": np.array(_NAMES),
            "opening_cents": np.array(self.opening_cents, dtype=np.int64),
            "entries": self.entries.copy(),
            "cash": self.cash.copy(),
            "today": np.array(self._today, dtype=np.int64),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, NDArray[np.generic]]) -> Self:
        """Rebuild a ledger from `state_dict`.

        Raises
        ------
        DataError
            If an array is missing, of another shape or type, or the book does not reconcile.
        """
        like = cls(0).state_dict()
        given = {name: np.asarray(array) for name, array in state.items()}
        n_days = given["cash"].size if "cash" in given else 0
        shapes = {name: array.shape for name, array in like.items()}
        shapes |= {"entries": (n_days, len(ENTRIES)), "cash": (n_days,)}
        names = given.pop("entry_names", np.array([]))
        types = {name: f"{array.dtype}{array.shape}" for name, array in given.items()}
        expected = {name: f"int64{shapes[name]}" for name in like if name != "entry_names"}
        if types != expected or not np.array_equal(names, like["entry_names"]):
            raise DataError(
                f"saved ledger holds {short(types, 300)} for {short(names.tolist(), 300)}: must "
                f"hold {expected} for {list(_NAMES)}. Save the market again "
                "with this version."
            )
        ledger = cls(int(given["opening_cents"]))
        ledger._book, ledger.n_days = np.column_stack([given["entries"], given["cash"]]), n_days
        ledger._today = [int(amount) for amount in given["today"]]
        try:
            ledger.reconcile()
        except AssertionError as error:
            raise DataError(
                f"saved ledger does not reconcile: {error}. Save the market again."
            ) from error
        return ledger

    def copy(self) -> Self:
        """Return a ledger with the same past and open day that shares nothing with this one."""
        return type(self).from_state(self.state_dict())

    def _must_be_open(self, day: int) -> None:
        if day != self.n_days:
            raise ConfigError(
                f"day = {day}: must be the open day, {self.n_days}. Close days in order, once each."
            )


def _read_only(view: IntArray) -> IntArray:
    view.flags.writeable = False
    return view


def paid_reach(
    budget_usd: Floats, cpi_usd: Floats, elasticity: Floats, budget_reference_usd: Floats
) -> Floats:
    """Return the people that a media budget brings: (B/CPI)·(B/B0)^(elasticity - 1).

    `cpi_usd` is the average cost per install at the reference budget B0 (facts BEN001-004); an
    elasticity below 1 says that the easiest people are bought first. No budget reaches nobody.
    """
    cpi = in_range("cpi_usd", cpi_usd, 0, ends="(]")
    reference = in_range("budget_reference_usd", budget_reference_usd, 0, ends="(]")
    power = in_range("elasticity", elasticity, 0, 1, ends="(]")
    budget = in_range("budget_usd", budget_usd, 0)
    # The same formula with B gathered in one power, which is finite at B = 0.
    return reference / cpi * (budget / reference) ** power


def budget_for(
    installs: Floats, cpi_usd: Floats, elasticity: Floats, budget_reference_usd: Floats
) -> Floats:
    """Return the media budget that brings so many people, the inverse of `paid_reach`."""
    paid_reach(0.0, cpi_usd, elasticity, budget_reference_usd)  # the same bounds hold
    wanted = in_range("installs", installs, 0)
    return budget_reference_usd * (wanted * cpi_usd / budget_reference_usd) ** (1 / elasticity)


def marginal_cpi(
    budget_usd: Floats, cpi_usd: Floats, elasticity: Floats, budget_reference_usd: Floats
) -> Floats:
    """Return the USD that the next install costs, 1/(dn/dB): CPI/elasticity at the reference."""
    paid_reach(budget_usd, cpi_usd, elasticity, budget_reference_usd)  # the same bounds hold
    return cpi_usd / elasticity * (budget_usd / budget_reference_usd) ** (1 - elasticity)


def owned_media_usd(impressions: Floats, cpm_usd: Floats) -> Floats:
    """Price own surfaces at what others would pay: impressions x USD per thousand / 1000."""
    shown = in_range("impressions", impressions, 0)
    return shown * in_range("cpm_usd", cpm_usd, 0) / 1000
