"""Quota cut or more GPUs: arms differ in what they say, money is counted once, words follow bands.

Words are tried on made-up findings; what the reasons of A110 and A111 say is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import baseline, load, more_gpus
from scenarios.asking.conditioned import ENDS, Allowed
from scenarios.asking.days import days_with
from scenarios.asking.findings import Findings
from scenarios.asking.lab import Lab, Size, lab
from scenarios.asking.question import LAUNCH, REFERENCE, read
from scenarios.asking.question_page import page_of
from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.forces import without_forces
from scenarios.more_gpus import (
    CLIPS,
    COMPUTE,
    CONTRIBUTION,
    CUT,
    DAYS,
    HOUR,
    LOW_CUT,
    LOW_MORE,
    LOW_NO_CUT,
    MORE,
    NO_CUT,
    NO_LIMIT,
    UNMINDED_CUT,
    UNMINDED_MORE,
    UNSERVED,
    USERS,
)
from sim.experiments import Serial
from sim.scenario import Scenario
from tests.worlds import small

INPUTS = load_inputs()
ARMS = read(more_gpus).arms()
N = 21
#: Replicates of chance alone; their band is from -.9 to .9.
CHANCE = np.linspace(-1.0, 1.0, N)


def hours_of(scenario: Scenario) -> float | None:
    return scenario.platforms["sora"].capacity_gpu_hours_per_day


# What the arms are


def test_the_capacity_of_the_record_is_the_clips_of_the_record_at_their_gpu_time() -> None:
    """SOR089, its low and its high, at 40 GPU-minutes (SOR073)."""
    clips, minutes = INPUTS.facts["SOR089"], INPUTS.facts["SOR073"].number
    one = INPUTS.assumptions["A110"]
    for hours, per_day in ((one.low, clips.low), (one.value, clips.number), (one.high, clips.high)):
        assert hours == pytest.approx(float(per_day or 0.0) * minutes / 60.0, rel=1e-3)


def test_arms_differ_in_cut_and_gpus_alone() -> None:
    cut = {arm for arm, world in ARMS.items() if any(e.id == "quota_cut" for e in world.events)}
    assert cut == {REFERENCE, LOW_CUT, UNMINDED_CUT}
    value, low = (INPUTS.value("A110"), more_gpus.fewest_hours(INPUTS))
    hours = {arm: hours_of(world) for arm, world in ARMS.items()}
    assert hours == {
        REFERENCE: value, MORE: value, NO_CUT: value, NO_LIMIT: None, LOW_CUT: low,
        LOW_NO_CUT: low, LOW_MORE: low, UNMINDED_CUT: value, UNMINDED_MORE: value,
    }  # fmt: skip
    assert without_forces(ARMS[MORE], ("limits",)) == ARMS[UNMINDED_MORE]
    limited = ARMS[REFERENCE]
    free = limited.set("sora.capacity_gpu_hours_per_day", None).without("quota_cut")
    assert free.fingerprint == ARMS[NO_LIMIT].fingerprint
    assert more_gpus.scenario().fingerprint == limited.fingerprint


def test_more_gpus_come_on_the_day_of_the_cut() -> None:
    """Twice as many from that morning on, wherever the cut is moved to."""
    for arm in (MORE, LOW_MORE, UNMINDED_MORE):
        event = ARMS[arm].event("more_gpus")
        assert str(event.date) == CUT
        assert event.multiply == {"capacity_gpu_hours_per_day": INPUTS.value("A111")}
    market = small(300, scenario=ARMS[MORE], until="2025-11-28")
    market.run("2025-11-27")
    before = market.platforms["sora"].terms.capacity_gpu_hours_per_day
    market.run()
    assert before == INPUTS.value("A110")
    assert market.platforms["sora"].terms.capacity_gpu_hours_per_day == 2.0 * before


def test_fewest_gpus_are_the_value_where_there_is_no_range() -> None:
    bare = INPUTS.assumptions["A110"].model_copy(update={"low": None, "high": None})
    without = replace(INPUTS, assumptions={**INPUTS.assumptions, "A110": bare})
    assert more_gpus.fewest_hours(without) == INPUTS.value("A110")


# What the reasons say


def test_the_capacity_binds_when_its_reason_says_so() -> None:
    """GPU-hours that the baseline orders, with and without the cut, at 20,000 users.

    A day of November is 5 % noise at this size; bounds are a few days wide.
    """
    one = INPUTS.assumptions["A110"]
    with_cut, without = (
        small(20_000, scenario=scenario, until="2026-01-31").run()
        for scenario in (baseline.scenario(), baseline.scenario().without("quota_cut"))
    )

    def days(results: Any, hours: float | None) -> pd.DatetimeIndex:
        p = results.platforms.index("sora")
        return results.dates[results.array("gpu_hours")[:, p] > float(hours or 0.0)]

    binds, low = days(with_cut, one.value), days(with_cut, one.low)
    assert str(binds[0].date()) == "2025-10-29"
    assert "2025-11-06" <= str(binds[-1].date()) <= "2025-11-18"
    assert len(binds) >= 7
    assert ((low >= "2025-11-01") & (low < CUT)).sum() >= 24
    assert (low >= "2025-12-01").sum() <= 14
    assert (low < "2026-01-10").all()
    assert str(days(without, one.low)[-1].date()) >= "2026-01-05"
    for results in (with_cut, without):
        assert (days(results, one.value) >= CUT).sum() <= 1
        assert (days(results, 2.0 * float(one.low or 0.0)) >= CUT).sum() <= 1
        high = days(results, one.high)
        assert len(high) <= 4
        assert (high < "2025-11-15").all()


# What is counted


class MadeUp:
    """Replicates of one arm: numbers by measure, 1 where nothing is given; days turned away."""

    n = N
    platforms = ("google", "sora")
    dates = pd.date_range("2025-11-01", periods=10)

    def __init__(self, scenario: Scenario, given: dict[Any, Any], away: Any) -> None:
        self.scenario, self.given, self.away = scenario, given, np.asarray(away, float)

    def total(self, *measure: str) -> np.ndarray[Any, Any]:
        values = {(m.metric, m.platform, m.since, m.date): v for m, v in self.given.items()}
        return np.broadcast_to(np.asarray(values.get(measure, 1.0), float), N)

    def array(self, name: str) -> np.ndarray[Any, Any]:
        assert name == "clips_unserved"
        away = np.broadcast_to(self.away, (N, 10))
        return np.stack([np.zeros((N, 10)), away], axis=2)


def made_up(given: dict[tuple[str, Any], Any], away: Any = 0.0) -> Findings:
    runs = {
        arm: MadeUp(scenario, {m: v for (a, m), v in given.items() if a == arm}, away)
        for arm, scenario in ARMS.items()
    }
    return Findings(read(more_gpus), ARMS, runs)


def test_paid_used_or_not_only_the_gpus_more_are_paid_for() -> None:
    """Revenue falls from 9 to 2 M; compute rises from 50 to 80 M, on GPUs that are paid anyway."""
    given = {
        (REFERENCE, CONTRIBUTION): -41e6, (REFERENCE, COMPUTE): 50e6, (REFERENCE, USERS): 100.0,
        **{(arm, CONTRIBUTION): -78e6 for arm in (NO_CUT, MORE)},
        **{(arm, COMPUTE): 80e6 for arm in (NO_CUT, MORE)},
        **{(arm, USERS): 110.0 for arm in (NO_CUT, MORE)},
        (MORE, HOUR): 1.5,
    }  # fmt: skip
    found = made_up(given)
    more = INPUTS.value("A110") * DAYS * 1.5
    assert DAYS == 124
    assert found.number.middle == -37e6
    assert found.work(more_gpus.rented(NO_CUT)).middle == -7e6
    assert found.work(more_gpus.extra_cost(MORE)).middle == pytest.approx(more)
    assert found.work(more_gpus.rented(MORE)).middle == pytest.approx(-7e6 - more)
    assert found.work(more_gpus.price_of_a_user(MORE)).middle == pytest.approx(3.7e6)
    each = found.work(more_gpus.price_of_a_user(NO_CUT, used_or_not=True))
    assert each.middle == pytest.approx(0.7e6)
    fewest = more_gpus.fewest_hours(INPUTS) * DAYS
    assert more_gpus.extra_hours(INPUTS, LOW_MORE) == pytest.approx(fewest)
    assert more_gpus.extra_hours(INPUTS, NO_CUT) == 0.0
    assert more_gpus.extra_hours(INPUTS, UNMINDED_MORE) == more_gpus.extra_hours(INPUTS, MORE)


def test_where_nobody_more_stays_a_daily_user_kept_has_no_price() -> None:
    assert made_up({}).work(more_gpus.price_of_a_user(MORE)).known == 0.0
    assert "a daily user kept costs no value" in made_up({}).headline


def test_part_turned_away_is_of_what_is_ordered() -> None:
    found = made_up({(NO_CUT, CLIPS): 3.0, (NO_CUT, UNSERVED): 1.0})
    assert found.work(more_gpus.turned_away(NO_CUT)).middle == 0.25


# What is said


@pytest.mark.parametrize(
    ("left", "words"),
    [(3.0 + CHANCE, "more GPUs leave more."), (-3.0 + CHANCE, "the cut leaves more."),
     (0.1 + CHANCE, "the band does not tell which leaves more.")],
)  # fmt: skip
def test_which_leaves_more_is_said_by_the_band(left: Any, words: str) -> None:
    first, _ = made_up({(MORE, CONTRIBUTION): 1.0 + left}).sentences
    assert first.endswith(words)


@pytest.mark.parametrize(
    ("unserved", "words"),
    [(0.05, "so GPUs are short without the cut."), (0.0, "so GPUs are hardly short by then"),
     (0.01 + 0.009 * CHANCE, "so the band does not tell whether GPUs are short by then.")],
)  # fmt: skip
def test_gpus_are_short_only_if_the_band_of_those_turned_away_says_so(
    unserved: Any, words: str
) -> None:
    assert words in made_up({(NO_CUT, UNSERVED): unserved}).headline


def test_days_on_which_people_are_turned_away_are_told() -> None:
    day = np.arange(10)
    few = np.zeros((N, 10))
    few[:7] = (day >= 2) & (day <= 4)
    always = np.broadcast_to(few[0], (N, 10))
    metric = ("clips_unserved", "sora")
    said = [days_with(made_up({}, away), REFERENCE, *metric) for away in (0.0, always, few)]
    assert said[0] == "on no day"
    assert said[1] == "on 3 days, first on 2025-11-03 and last on 2025-11-05"
    assert said[2].endswith("last on 2025-11-05, where on any (33% of replicates)")


# Asked


@pytest.fixture(scope="module")
def tiny() -> Iterator[Lab]:
    """Return a lab in which every end counts whole: so few people keep targets by chance alone."""
    size = Size(n_users=1_000, replicates=1, assumption_users=1_000, assumption_replicates=1)
    with lab(size, Serial()) as opened:
        ends = {(one, end): Allowed() for one in INPUTS.assumptions for end in ENDS}
        opened.ends = lambda inputs: ends  # type: ignore[method-assign]
        yield opened


def test_the_question_is_asked_and_shown(tiny: Lab) -> None:
    """Small: before the cut all arms on as many GPUs are one; both new assumptions are moved."""
    question = read(load("more_gpus"))
    moved = ("A110", "A111")

    def inputs() -> Inputs:
        every = {
            name: one if name in moved else one.model_copy(update={"low": None, "high": None})
            for name, one in INPUTS.assumptions.items()
        }
        return replace(INPUTS, assumptions=every)

    found = tiny.ask(replace(question, inputs=inputs))
    assert set(found.swings) == set(moved)
    before = replace(CLIPS, since=LAUNCH, date=more_gpus.EVE)
    for arm, cut in more_gpus.AGAINST.items():
        np.testing.assert_array_equal(found.get(arm, before), found.get(cut, before))
    assert (found.get(NO_LIMIT, UNSERVED) == 0.0).all()
    text = page_of(found, tiny).html()
    assert "When GPUs are short" in text
    assert "nan" not in found.headline
