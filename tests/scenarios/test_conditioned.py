"""Ends of ranges count as far as targets allow, and an end that is none is said to be none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from scenarios import smaller_quota
from scenarios.asking.answers import certainty
from scenarios.asking.conditioned import ENDS, Allowed, Measured, allowed_ends, allowed_value
from scenarios.asking.findings import Findings
from scenarios.asking.question import Measure, Values, read
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.targets import targets
from sim.scenario import Scenario

INPUTS = load_inputs()


def world(power: float) -> Measured:
    """Return what answers for runs: all as seen, times a power of the press."""

    def measured(
        jobs: Sequence[Scenario], measures: Sequence[Measure]
    ) -> list[dict[Measure, Values]]:
        press = INPUTS.value("A11")
        found = []
        for job in jobs:
            rel = (job.platforms["sora"].press_per_day / press) ** power
            found.append({m: np.array([_as_seen(m) * rel]) for m in measures})
        return found

    return measured


def _as_seen(measure: Measure) -> float:
    pool = float(INPUTS.value("A45"))
    for target in targets():
        if target.platform == measure.platform and str(target.last) == measure.date:
            part = pool if target.platform == "google" else 1.0
            return math.sqrt(target.low * target.high) * part
    return 0.0  # the two days before Android's first


@pytest.mark.parametrize("power", [1.0, 0.5, 0.1])
def test_an_end_goes_as_far_as_no_target_is_lost(power: float) -> None:
    """Installs go with press^power, so 25 % is reached at (end/value)^(part·power)."""
    ends = allowed_ends(INPUTS, world(power))
    one = INPUTS.assumptions["A11"]
    for end, limit in zip(ENDS, (math.log(0.75), math.log(1.25)), strict=True):
        whole = math.log(float(getattr(one, end)) / one.value) * power
        exact = limit / whole
        found = ends["A11", end]
        if exact >= 1.0:
            assert found == Allowed()
        else:
            assert found.part == math.floor(exact * 8.0) / 8.0
            assert "installs, first week" in found.lost
        value = allowed_value(INPUTS, ends, "A11", end)
        assert value == pytest.approx(one.value * math.exp(whole / power * found.part))
    assert ends["A16", "high"] == Allowed(), "what no target feels goes to its end"
    assert set(ends["A45", "low"].lost) == {t.name for t in targets() if t.platform == "google"}


def test_retention_moves_with_what_goes_along() -> None:
    """At each end three numbers are one curve; half way each of them is half way."""
    there = INPUTS.moved("A35", "low")
    assert [there.value(one) for one in ("A33", "A34", "A35")] == [1.0, 0.67, 0.067]
    half = INPUTS.moved("A35", "low", 0.5)
    assert half.value("A35") == pytest.approx(math.sqrt(INPUTS.value("A35") * 0.067))
    assert half.value("A33") == pytest.approx(math.sqrt(0.5))
    assert INPUTS.moved("A35", "low", 0.0).value("A35") == pytest.approx(INPUTS.value("A35"))


def found(swings: dict[str, tuple[float, float]]) -> Findings:
    """Return findings whose number is 100, with some swings."""
    question = read(smaller_quota)
    number = replace(question.number, of=lambda get: np.full(5, 100.0), unit="USD", signed=False)

    class Runs:
        n = 5

    return Findings(replace(question, number=number), {}, {"baseline": Runs()}, swings)


def test_an_infinite_end_is_told_and_not_dropped() -> None:
    one = found({"A5": (-20.0, math.inf), "A7": (-1.0, 1.0)})
    assert one.assumed.high == math.inf
    assert "$80 to no upper end" in one.bands
    assert "no upper end" in certainty(one)
    assert one.drivers[0] == "A5"
    assert one.alone == "A5"


def test_where_there_is_no_value_is_told() -> None:
    one = found({"A5": (math.nan, 3.0), "A7": (-1.0, 1.0)})
    assert one.valueless == (("A5", "low"),)
    assert "It has no value at the low end of A5." in one.bands
    assert "at some of them there is none" in certainty(one)


def test_one_assumption_that_decides_is_named() -> None:
    assert found({"A5": (-20.0, 30.0), "A7": (-1.0, 1.0)}).alone == "A5"
    assert found({"A5": (-20.0, 30.0), "A7": (-20.0, 20.0)}).alone == ""
    assert "A5 alone decides it" in found({"A5": (-20.0, 30.0), "A7": (-1.0, 1.0)}).bands
