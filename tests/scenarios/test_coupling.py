"""What a run leaves out changes no bit of what it measures: for every parameter and scenario."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest

import scenarios
from scenarios import baseline, google_push
from scenarios.asking.lab import is_elsewhere, needed_for
from scenarios.asking.question import read
from sim.config import Config
from sim.coupling import alone, bearing_on, is_coupled
from sim.market import Market
from sim.market_config import MarketConfig
from sim.metrics import CATALOGUE
from sim.platform_config import StrategyConfig
from sim.results import Results
from sim.scenario import Scenario
from tests.worlds import CHECKED, small_scenario

#: Both platforms are there by then, invites have opened, surfaces are switched on.
UNTIL = "2025-12-20"
ONE_OF_EACH = ("installs", "sora"), ("compute_usd", "google")


def contested() -> Scenario:
    """Return the baseline with both platforms so well known and liked that few use only one."""
    scenario = baseline.scenario()
    for platform in scenario.platforms:
        for name, value in (("utility", 1.0), ("interest_per_day", 0.05), ("friend_utility", 0.5)):
            scenario = scenario.set(f"{platform}.{name}", value)
    return scenario


def ran(scenario: Scenario) -> Results:
    return Market(scenario, execution=CHECKED).run()


def same_days(first: Results, second: Results, platform: str) -> bool:
    """Say whether every metric of a platform is the same to the bit, but for those across."""
    a, b = (results.platforms.index(platform) for results in (first, second))
    return all(
        np.array_equal(first.array(name)[:, a], second.array(name)[:, b], equal_nan=True)
        for name, one in CATALOGUE.items()
        if not one.across
    )


def other_value(config: Config, name: str) -> Any:
    """Return another value that a field may have; None if it is a table or hangs on others."""
    field, value = type(config).model_fields[name], getattr(config, name)
    if get_origin(field.annotation) is Literal:
        return next(form for form in get_args(field.annotation) if form != value)
    if isinstance(value, float):
        most = min((one.le for one in field.metadata if hasattr(one, "le")), default=np.inf)
        return float(min(1.5 * value + 3.0, most))
    return dt.date(2025, 11, 1) if name == "report_from" else None


FIELDS = [
    name
    for name in MarketConfig.model_fields
    if other_value(baseline.scenario().market, name) is not None
]


def test_every_field_that_may_change_is_tried() -> None:
    extras: dict[str, Any] = {n: f.json_schema_extra for n, f in MarketConfig.model_fields.items()}
    assert {name for name, extra in extras.items() if not extra["fixed"]} <= set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_of_the_market_couples_platforms_only_if_it_says_so(name: str) -> None:
    """A new rule by which platforms are felt by each other, and that nobody declared, fails here.

    Where it is declared, the difference must show: otherwise this run could not see it.
    """
    base = small_scenario(400, scenario=contested(), until=UNTIL)
    scenario = base.with_market(**{name: other_value(base.market, name)})
    assert scenario != base
    whole, part = ran(scenario), ran(scenario.without_platform("google"))
    assert same_days(whole, part, "sora") != is_coupled(scenario)


@pytest.mark.parametrize("name", scenarios.CATALOGUE)
def test_no_scenario_feels_a_platform_that_is_left_out(name: str) -> None:
    scenario = small_scenario(400, scenario=scenarios.scenario_of(name), until=UNTIL)
    whole = None
    for platform in scenario.platforms:
        part = alone(scenario, [("installs", platform)])
        if part is scenario:
            assert is_coupled(scenario)
            continue
        assert list(part.platforms) == [platform]
        whole = whole or ran(scenario)
        assert same_days(whole, ran(part), platform)


def test_whatever_may_look_at_rivals_couples() -> None:
    """A strategy, an intervention that acts on the market, a burden of rivals; not the baseline."""
    base = baseline.scenario()
    sora = base.platforms["sora"]
    thinks = sora.changed("sora", strategies=(StrategyConfig(name="stop_rule"),))
    acts = base.event("quota_cut").changed("event", do="anything")
    assert not is_coupled(base)
    for scenario in (
        base.set("market.rival_penalty", 1.0),
        base.with_platform("sora", thinks),
        replace(base, events=(acts,)),
    ):
        assert is_coupled(scenario)
        assert alone(scenario, [("installs", "google")]) is scenario


def test_what_is_measured_of_one_platform_may_hang_on_others() -> None:
    base = baseline.scenario()
    assert bearing_on(base, ONE_OF_EACH[:1]) == {"sora"}
    assert bearing_on(base, ONE_OF_EACH) == {"sora", "google"}
    for name in ("multi_homers", "share_active", "share_clips"):
        assert bearing_on(base, [(name, "sora")]) == {"sora", "google"}
    assert bearing_on(base, [("installs", "vibes")]) == frozenset()
    assert alone(base, [("installs", "vibes")]) is base


def test_assumptions_of_a_rival_are_moved_where_his_users_are_counted() -> None:
    """People on both hang on both platforms, though the number is one of Google's."""
    number = google_push.BOTH_PART
    question = replace(read(google_push), number=number)
    arms, measures = needed_for(question)
    inputs = question.inputs()
    of_sora = next(
        one
        for one in inputs.assumptions.values()
        if all(path.startswith("sora.") for path in one.paths)
    )
    plain = [question.arms(inputs)[arm] for arm in arms]
    assert {measure.platform for measure in measures} == {"google"}
    assert not is_elsewhere(of_sora, plain, measures)
    starts = [measure for measure in measures if measure.metric != "multi_homers"]
    assert is_elsewhere(of_sora, plain, starts)
