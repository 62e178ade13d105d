"""What the arms of a question came to: bands over replicates, paired changes, words for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from scenarios.asking.bands import INSIDE, Band, verdict
from scenarios.asking.conditioned import ENDS, End, Ends
from scenarios.asking.question import REFERENCE, Asked, Measure, Number, Question, Values
from scenarios.inputs.assumptions import Inputs
from sim.errors import unknown_name
from sim.numbers import amount

#: One assumption decides if it moves a number so many times as far as all others together.
_FAR_MORE = 2.0


@dataclass(frozen=True)
class Findings:
    """Measured numbers of a question.

    Parameters
    ----------
    question
        What was asked.
    scenarios
        Arms by label, the reference first.
    ensembles
        Replicates of each arm; the same luck in all arms.
    swings
        Assumption id to the change of the answer's number at both ends of its range, as far as
        targets allow (empty: not varied). NaN where it has no value there.
    ends
        Assumption and end to what targets allow of the way there.
    drawn
        (replicates) inputs of the draw that each replicate has; empty where all have the central
        values.
    central
        What was found at the central values, where replicates are draws.
    """

    question: Question
    scenarios: Mapping[str, Any]
    ensembles: Mapping[str, Any]
    swings: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    ends: Ends = field(default_factory=dict)
    drawn: tuple[Inputs, ...] = ()
    central: Findings | None = None

    def get(self, arm: str, measure: Measure) -> Values:
        """Return (replicates,) values of an arm."""
        if arm not in self.ensembles:
            raise unknown_name("arm", arm, self.ensembles)
        return measure.of(self.ensembles[arm])

    def value(self, arm: str, measure: Measure) -> Band:
        """Return a measure of an arm, with its band."""
        return Band.of(self.get(arm, measure), measure.unit)

    def change(self, arm: str, measure: Measure, against: str = REFERENCE) -> Band:
        """Return by how much an arm differs from another at the same luck."""
        difference = self.get(arm, measure) - self.get(against, measure)
        return Band.of(difference, measure.unit, signed=True)

    def ratio(self, arm: str, measure: Measure, against: str = REFERENCE) -> Band:
        """Return the relative change against another arm at the same luck."""
        base = self.get(against, measure)
        with np.errstate(divide="ignore", invalid="ignore"):
            return Band.of(self.get(arm, measure) / base - 1.0, "share", signed=True)

    def leaders(self, measure: Measure, among: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return the arms with the most of a measure: the highest median, and its equals.

        Equals are those from which, at the same luck, the first cannot be told.

        Parameters
        ----------
        among
            Arms to choose from; all variants if not given.
        """
        arms = self.variants if among is None else among
        first = max(arms, key=lambda arm: self.value(arm, measure).middle)

        def equals(arm: str) -> bool:
            return not verdict(self.change(first, measure, arm), "more", "", "")

        return (first, *(arm for arm in arms if arm != first and equals(arm)))

    def work(self, number: Number) -> Band:
        """Return any number made of measures, with its band over replicates."""
        return Band.of(self.values(number), number.unit, number.signed)

    def values(self, number: Number) -> Values:
        """Return (replicates,) values of a number, each with the inputs of its own draw."""
        seen: dict[tuple[str, Measure], Values] = {}

        def get(arm: str, measure: Measure) -> Values:
            if (arm, measure) not in seen:
                seen[arm, measure] = self.get(arm, measure)
            return seen[arm, measure]

        with np.errstate(divide="ignore", invalid="ignore"):
            if not self.drawn:
                return number.of(Asked(get, self.inputs))
            each = [
                number.of(Asked(lambda arm, m, r=r: get(arm, m)[r : r + 1], own))  # type: ignore[misc]
                for r, own in enumerate(self.drawn)
            ]
        return np.concatenate(each)

    @cached_property
    def inputs(self) -> Inputs:
        """Facts and assumptions behind the arms."""
        return self.question.inputs()

    @property
    def variants(self) -> tuple[str, ...]:
        """Labels of the arms apart from the reference."""
        return tuple(arm for arm in self.ensembles if arm != REFERENCE)

    @cached_property
    def number(self) -> Band:
        """The one number of the answer, with its band from replicates."""
        return self.work(self.question.number)

    @cached_property
    def chance(self) -> Band:
        """The number at the central values: what chance alone does to it."""
        if self.central is None:
            return self.number
        return self.central.work(self.question.number)

    @cached_property
    def assumed(self) -> Band:
        """The number at the central values, with the range that single assumptions give it.

        An end may be infinite; where it has no value (`valueless`) it sets none.
        """
        moves = [move for pair in self.swings.values() for move in pair if not np.isnan(move)]
        middle = self.chance.middle
        low, high = middle + min([0.0, *moves]), middle + max([0.0, *moves])
        return self.chance._replace(low=low, high=high)

    @cached_property
    def drivers(self) -> tuple[str, ...]:
        """Assumptions by how far they move the number, the strongest first."""
        reach = {one: self._reach(one) for one in self.swings}
        return tuple(sorted((one for one in reach if reach[one] > 0.0), key=lambda o: -reach[o]))

    def _reach(self, one: str) -> float:
        """Return how far an assumption moves the number; infinite if to no end, or to no value."""
        low, high = (np.inf if np.isnan(move) else move for move in self.swings[one])
        far = max(abs(low), abs(high))
        return float(far if np.isinf(far) else max(far, abs(high - low)))

    @cached_property
    def valueless(self) -> tuple[tuple[str, End], ...]:
        """Assumptions, and ends of them, at which the number has no value."""
        return tuple(
            (one, end)
            for one, moves in self.swings.items()
            for end, move in zip(ENDS, moves, strict=True)
            if np.isnan(move)
        )

    @property
    def alone(self) -> str:
        """The assumption that decides by itself: it moves the number more than all others do."""
        if not self.drivers:
            return ""
        first, *others = (self._reach(one) for one in self.drivers)
        rest = float(np.sqrt(np.sum(np.square(others)))) if others else 0.0
        return (
            self.drivers[0] if first > _FAR_MORE * rest or np.isinf(first) > np.isinf(rest) else ""
        )

    @property
    def headline(self) -> str:
        """The answer in a few sentences, the first of which is enough."""
        return self.question.answer(self)

    @property
    def sentences(self) -> tuple[str, str]:
        """The first sentence of the answer, and the rest."""
        first, stop, rest = self.headline.partition(". ")
        return f"{first}." if stop else first, rest

    @property
    def bands(self) -> str:
        """Say both bands of the number and which of them is wider."""
        number = self.question.number
        n = next(iter(self.ensembles.values())).n
        what = f"{number.text[:1].upper()}{number.text[1:]}: {self.number}"
        if self.central is not None:
            return f"{what}; the band holds {INSIDE:.0%} of {n} markets that agree with what was " \
                   f"published, chance included. {self._chance_said}"  # fmt: skip
        chance = f"{what}; the band holds {INSIDE:.0%} of {n} replicates."
        if not self.swings:
            return f"{chance} Assumptions were not varied."
        assumed = self.assumed
        wider = assumed.width > self.number.width
        first = self.drivers[0] if self.drivers else "none"
        decides = f"{first} alone decides it" if self.alone else f"{first} moves it most"
        return (
            f"{chance} Moving one assumption at a time, as far as the targets stay met, gives "
            f"{self.range_said}; {decides}. {'Assumptions' if wider else 'Chance'} "
            f"{'dominate' if wider else 'dominates'} the uncertainty.{self._valueless_said}"
        )

    @property
    def _chance_said(self) -> str:
        """Say what chance alone does, and what assumptions do one at a time."""
        said = f"Chance alone, at the central values: {self.chance}."
        if not self.drivers:
            return said
        decides = "alone decides it" if self.alone else "moves it most"
        return f"{said} Of single assumptions {self.drivers[0]} {decides}.{self._valueless_said}"

    @property
    def range_said(self) -> str:
        """The range that assumptions leave, in words; an end that is none is said to be none."""
        _, low, high, unit, signed, _ = self.assumed
        ends = [
            "no lower end" if np.isneginf(low) else amount(low, unit, signed),
            "no upper end" if np.isposinf(high) else amount(high, unit, signed),
        ]
        return " to ".join(ends)

    @property
    def _valueless_said(self) -> str:
        if not self.valueless:
            return ""
        where = ", ".join(f"the {end} end of {one}" for one, end in self.valueless)
        return f" It has no value at {where}."
