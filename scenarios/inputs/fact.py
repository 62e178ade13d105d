"""One fact: its columns, what each may hold, and how a cell of text becomes a value."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any, Literal, get_args

from pydantic import field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from sim.checks import short
from sim.config import Config, iso_date, par
from sim.errors import DataError

#: Units whose value is text: what happened, what was said, a direction.
TextUnit = Literal["date", "event", "qualitative", "quote"]
#: All units. A fact with a new unit adds it here.
Unit = Literal[
    TextUnit,
    "GPU-minutes/clip",
    "USD",
    "USD per 10 clips",
    "USD/GPU-hour",
    "USD/clip",
    "USD/day",
    "USD/half-year",
    "USD/install",
    "USD/month",
    "USD/payer",
    "USD/quarter",
    "USD/second",
    "USD/year",
    "accounts/day",
    "channels/day",
    "clips/day",
    "clips/user/day",
    "days",
    "devices/month",
    "downloads",
    "downloads/day",
    "downloads/month",
    "elasticity",
    "friends/user",
    "hops",
    "invite codes/user",
    "mean degree",
    "minutes/user/day",
    "new users per user",
    "packs/month",
    "percent",
    "percent over 3 months",
    "percent/month",
    "rank",
    "ratio",
    "subscribers",
    "users",
    "users/day",
    "users/month",
    "videos",
    "views/day",
    "x cheaper in a year",
]
TEXT_UNITS = frozenset(get_args(TextUnit))
UNITS = frozenset(get_args(Unit))

# Narrower than float(), which also takes "1_000", "nan" and digits of other scripts.
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


class Fact(Config):
    """One fact: what was measured, when, by whom, and how far to trust it."""

    id: str = par(..., "text", "For ever; parameters and docstrings refer to it.")
    date_start: date = par(..., "date", "First day the fact speaks of.")
    date_end: date | None = par(
        None, "date", "Last day, inclusive; empty for a single day or an open state."
    )
    entity: str = par(..., "text", "Company, product or benchmark.")
    metric: str = par(..., "text", "What was measured.")
    # Before the value, which is read by it.
    unit: Unit = par(..., "text", "A new unit is added to Unit in scenarios/inputs/fact.py.")
    value: float | str | None = par(
        None, "see unit", "A number; text where the unit says so; empty if unknown."
    )
    low: float | None = par(None, "see unit", "Lower bound; empty if not given.")
    high: float | None = par(None, "see unit", "Upper bound; empty if not given.")
    definition: str = par("", "text", "What exactly was counted, where the metric does not say it.")
    source: str = par(..., "text", "Who says so.")
    url: str = par("", "text", "Where; empty if only the source's name is known.")
    kind: Literal[
        "first_party", "secondary", "market_intelligence", "journalist_estimate", "analyst", "seed"
    ] = par(..., "text", "How the source knows.")
    confidence: Literal["high", "medium", "low"] = par(..., "text", "How far to trust it.")
    notes: str = par("", "text", "Caveats.")

    @field_validator("value", mode="before")
    @classmethod
    def _text_or_number(cls, cell: Any, info: ValidationInfo) -> Any:
        unit = info.data.get("unit")
        if unit == "date" and isinstance(cell, str):
            iso_date(cell)
        # Without a unit there is no telling; the unit is what is wrong then.
        return cell if unit is None or unit in TEXT_UNITS else _number(cell, unit)

    @field_validator("low", "high", mode="before")
    @classmethod
    def _bound(cls, cell: Any, info: ValidationInfo) -> Any:
        return _number(cell, info.data.get("unit"))

    # Stands last, because validators of this mode run from the last to the first.
    @field_validator("*", mode="before")
    @classmethod
    def _cell(cls, cell: Any, info: ValidationInfo) -> Any:
        """Read a cell of the file: nothing is trimmed, guessed or silently left out."""
        if not isinstance(cell, str):
            return cell
        field = cls.model_fields[str(info.field_name)]
        if cell != cell.strip():
            raise ValueError("must have no spaces at an end")
        if not cell:
            if field.is_required():
                raise ValueError("must not be empty")
            return field.default
        return cell

    @model_validator(mode="after")
    def _in_order(self) -> Fact:
        if self.date_end is not None and self.date_end < self.date_start:
            raise ValueError(
                f"date_end = {self.date_end} must not be before date_start = {self.date_start}"
            )
        check_range(self.low, self.high)
        if isinstance(self.value, float):
            if self.low is not None and self.value < self.low:
                raise ValueError(f"value = {self.value:g} must not be below low = {self.low:g}")
            if self.high is not None and self.value > self.high:
                raise ValueError(f"value = {self.value:g} must not be above high = {self.high:g}")
        return self

    @property
    def number(self) -> float:
        """The value, where it is a number.

        Raises
        ------
        DataError
            If it is text, or unknown.
        """
        return self._must_be_there("value", self.value)

    @property
    def last_day(self) -> date:
        """The last day it speaks of: of a single day, or an open state, the first."""
        return self.date_end or self.date_start

    def bound(self, end: Literal["low", "high"]) -> float:
        """Return one of its bounds.

        Raises
        ------
        DataError
            If it is not given.
        """
        return self._must_be_there(end, getattr(self, end))

    @property
    def middle(self) -> float:
        """The number halfway between the bounds.

        Raises
        ------
        DataError
            If one is not given.
        """
        return (self.bound("low") + self.bound("high")) / 2.0

    def _must_be_there(self, column: str, value: float | str | None) -> float:
        if isinstance(value, float):
            return value
        raise DataError(
            f"fact {self.id}: {column} = {short(value)}: must be a number, which is reckoned with "
            "here. Give it in facts.csv."
        )


def _number(cell: Any, unit: object) -> Any:
    """Return the number in a cell that holds text."""
    if not isinstance(cell, str):
        return cell
    number = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    if not math.isfinite(number):
        raise ValueError(
            f"is not a number, and the unit is {unit}. Write digits alone, such as 1250000 or "
            f"-0.5; for text use a unit of: {', '.join(sorted(TEXT_UNITS))}"
        )
    return number


def check_range(low: float | None, high: float | None) -> None:
    """Raise ValueError if a range ends before it begins; None is no bound."""
    if low is not None and high is not None and low > high:
        raise ValueError(f"low = {low:g} must not be above high = {high:g}")
