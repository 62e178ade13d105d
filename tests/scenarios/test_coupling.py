"""What a run leaves out changes no bit of what it measures: for every parameter and scenario."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest

import scenarios
from scenarios import baseline, google_push
from scenarios.asking.question import read
from scenarios.asking.swings import is_elsewhere, needed_for
from scenarios.inputs.forces import COUPLING, without_forces
from sim.config import Config, declared
from sim.counts import Count
from sim.coupling import alone, bearing_on, is_coupled
from sim.interventions import Event, Opening
from sim.market import Market
from sim.market_config import MarketConfig
from sim.metrics import CATALOGUE, DERIVED, RECORDED, Metric
from sim.platform_config import PlatformConfig, StrategyConfig
from sim.results import Results
from sim.scenario import Scenario
from tests.worlds import BUSY_PLATFORM, CHECKED, START, busy_scenario, date, small_scenario

#: Both platforms are there by then, invites have opened, surfaces are switched on.
UNTIL = "2025-12-20"
ONE_OF_EACH = ("installs", "sora"), ("compute_usd", "google")


def contested(scenario: Scenario | None = None) -> Scenario:
    """Return the baseline with both platforms so well known and liked that few use only one."""
    scenario = scenario or baseline.scenario()
    liked = {"utility": 1.0, "interest_per_day": 0.05, "friend_utility": 0.5, "dropout_alpha": 0.05}
    for platform in scenario.platforms:
        for name, value in liked.items():
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
    apart = without_forces(contested(), COUPLING)
    base = small_scenario(400, scenario=apart, until=UNTIL)
    scenario = base.with_market(**{name: other_value(base.market, name)})
    assert scenario != base
    whole, part = ran(scenario), ran(scenario.without_platform("google"))
    assert same_days(whole, part, "sora") != is_coupled(scenario)


#: Fields by which a platform is known or shown; strategies couple as such (`is_coupled`).
NO_MECHANISM = {"label", "owner", "color", "facts", "strategies"}
#: Every mechanism of a platform, those too that the busy one leaves off; but not switching.
RICH: dict[str, Any] = {
    **BUSY_PLATFORM, "press_per_day": 0.05, "opening_pulse_per_day": 0.05, "p_recall": 0.5,
    "rel_awareness_closed": 0.5, "dropout_feed": 0.2, "novelty_floor": 0.5, "friction": 0.3,
    "reach_per_day": {"tube": 0.05}, "owned_cpm_usd": 5.0,
    "referral_reward_usd": 1.0, "fixed_usd_per_day": 3.0, "ad_elasticity": 0.7,
    "feed_saturation_views": 0.5, "subscribe_hits": 0.3, "subscribe_willingness": 0.2,
    "subscribe_price": 0.1, "store_fee": 0.15, "freshened_on": date(20),
    "dropout_rival_friends": 0.0,
}  # fmt: skip
#: An offer so small that people feel it.
OFFERED: dict[str, Any] = {
    "needs_reason": True, "feed_worth": 0.2, "leave_no_reason_per_day": 0.1, "offer_utility": 1.0,
    "free_quota_per_day": 1, "pack_usd": 50.0, "subscription_usd_per_month": None,
}  # fmt: skip
#: Two plans whose prices are weighed.
TIERS: dict[str, Any] = {
    "high_plan_usd_per_month": 10.0, "plan_other_usd": 5.0, "high_plan_other_usd": 6.0,
    "high_plan_quota_per_day": 12, "subscribe_intercept": 0.0,
}  # fmt: skip
#: What else must be for a field to mean anything.
BESIDE: dict[str, dict[str, Any]] = {
    "moore_factor_per_year": {"learning": "moore"},
    "opening_pulse_at_launch": {"launch": date(5)},
    "cost_date": {"learning": "moore", "moore_factor_per_year": 50.0},
    "friend_utility_threshold": {"friend_utility_form": "threshold"},
    **dict.fromkeys(
        ("needs_reason", "feed_worth", "leave_no_reason_per_day", "offer_utility"), OFFERED
    ),
    **dict.fromkeys(
        ("high_plan_other_usd", "high_plan_quota_per_day", "high_plan_usd_per_month"), TIERS
    ),
}


#: Names of places have no next value.
ELSEWHERE = {
    "plan_surface": "tube",
    "surface_quota_per_day": {"tube": 4},
    "cpi_by_system": {"phone": 3.0},
    "rel_cpi_by_region": {"all": 0.8},
    "reach_regions": {"tube": []},
}


def another(name: str, value: Any) -> Any:
    """Return another value that a field of a platform may have."""
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    field = PlatformConfig.model_fields[name]
    kinds = get_args(field.annotation) or (field.annotation,)
    if isinstance(value, bool):
        return not value
    if isinstance(value, dt.date):
        return value + dt.timedelta(days=5)
    if isinstance(value, str):
        return next((k for k in kinds if isinstance(k, str) and k != value), "another")
    if isinstance(value, dict):
        return {entry: 2.0 * number for entry, number in value.items()}
    if value is None:
        return date(-99) if dt.date in kinds else 0.5
    most = min((one.le for one in field.metadata if hasattr(one, "le")), default=np.inf)
    if isinstance(value, int):
        return value + 1 if value < most else value - 1
    more = 1.5 * value + 0.3 if np.isfinite(value) else 2.0
    return more if more <= most else value / 2.0


@cache
def beside_a_rival(
    name: str = "", changed: bool = False, chi: float = 0.0, zeta: float = 0.0
) -> Results:
    """Run two rich platforms, to which access opens on day 5; one field of "b" may be changed.

    Parameters
    ----------
    chi, zeta
        Burden of a second platform; how far "a" loses people to more friends on "b".
    """
    rival = {**RICH, **BESIDE.get(name, {})}
    if changed:
        default = START if name == "launch" else PlatformConfig.model_fields[name].default
        rival[name] = another(name, rival.get(name, default))
    everywhere = Opening(regions=("all",), os=("phone",))
    events = [
        Event(id=f"open {one}", date=date(5), platform=one, open=everywhere) for one in ("a", "b")
    ]
    scenario = busy_scenario(
        400, "erdos_renyi(degree=6)", 60, events,
        {"a": {**RICH, "dropout_rival_friends": zeta}, "b": rival}, opened=False,
        rival_penalty=chi, visit_substitution=0.0, clip_substitution=0.0,
        surfaces={"tube": {"phone": 0.5}},
    )  # fmt: skip
    assert is_coupled(scenario) == (chi + zeta > 0.0 or bool(couples(name) and changed))
    return ran(scenario)


def couples(name: str) -> Any:
    return name and declared(PlatformConfig, name).get("couples")


#: Couples since who has it feels his rivals, not they him.
FEELS = "dropout_rival_friends"


@pytest.mark.parametrize("name", sorted({*PlatformConfig.model_fields} - NO_MECHANISM))
def test_a_value_of_a_platform_is_felt_by_its_rival_only_if_it_says_so(name: str) -> None:
    """Also by one that is declared tomorrow: it is tried as soon as it is there.

    At home every value must show: otherwise this run could not see what it does elsewhere.
    """
    plain = beside_a_rival(name if name in BESIDE else "")
    other = beside_a_rival(name, changed=True)
    assert not same_days(plain, other, "b"), "put what this field needs into RICH or BESIDE"
    assert same_days(plain, other, "a") != bool(couples(name) and name != FEELS)


@pytest.mark.parametrize("force", ["chi", "zeta"])
@pytest.mark.parametrize("name", ["interest_per_day", "utility", "p_dropout", "running", "launch"])
def test_a_value_that_a_rival_feels_is_found(name: str, force: str) -> None:
    """The test above is only worth something if it can fail: χ and ζ make the same values felt."""
    plain, other = (
        beside_a_rival(**{force: 1.0}),
        beside_a_rival(name, changed=True, **{force: 1.0}),
    )
    assert not same_days(plain, other, "a")


def test_a_platforms_value_couples_where_it_is_declared_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the start or from an event on; at its default it does nothing."""
    extra: Any = PlatformConfig.model_fields["friction"].json_schema_extra
    monkeypatch.setitem(extra, "couples", True)
    base = without_forces(small_scenario(), COUPLING)
    base = base.set("sora.friction", 0.0).set("google.friction", 0.0)
    later = Event(id="later", date="2025-10-01", platform="google", set={"friction": 1.0})
    dearer = Event(id="later", date="2025-10-01", platform="google", multiply={"friction": 2.0})
    assert not is_coupled(base)
    for scenario in (
        base.set("google.friction", 1.0), base.with_event(later), base.with_event(dearer),
    ):  # fmt: skip
        assert is_coupled(scenario)
        assert alone(scenario, [("installs", "sora")]) is scenario


def test_who_does_not_say_otherwise_looks_across() -> None:
    """A metric that somebody writes is measured among all platforms unless it is declared alone."""
    assert Metric("clips_each", "clips", "Clips.").across
    assert Count.CODES_IDLE.across, "declared by its text alone"
    assert not Count.INSTALLS.across


def test_a_derived_metric_that_is_declared_alone_mixes_no_platforms() -> None:
    """Other numbers of one platform leave those of the other as they are, to the bit."""
    chance = np.random.default_rng(5)
    days = {one.name: chance.uniform(1.0, 9.0, (4, 2)) for one in RECORDED}
    days["activations"] += 99.0  # no cause of them brought more than all
    other = {name: array * [1.0, 3.0] for name, array in days.items()}

    def getter(given: dict[str, Any]) -> Any:
        def get(name: str) -> Any:
            formula = CATALOGUE[name].formula
            return given[name] if formula is None else formula(get)

        return get

    for one in DERIVED:
        assert one.formula is not None
        first, second = (np.asarray(one.formula(getter(given)))[:, 0] for given in (days, other))
        assert np.array_equal(first, second) != one.across, one.name


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
    """A strategy, an intervention that acts on the market, a burden of rivals; the baseline too."""
    assert is_coupled(baseline.scenario())
    base = without_forces(baseline.scenario(), COUPLING)
    sora = base.platforms["sora"]
    thinks = sora.changed("sora", strategies=(StrategyConfig(name="stop_rule"),))
    acts = base.event("quota_cut").changed("event", do="anything")
    assert not is_coupled(base)
    for scenario in (
        *(without_forces(baseline.scenario(), set(COUPLING) - {force}) for force in COUPLING),
        base.with_platform("sora", thinks),
        replace(base, events=(acts,)),
    ):
        assert is_coupled(scenario)
        assert alone(scenario, [("installs", "google")]) is scenario


def test_what_is_measured_of_one_platform_may_hang_on_others() -> None:
    base = without_forces(baseline.scenario(), COUPLING)
    assert bearing_on(base, ONE_OF_EACH[:1]) == {"sora"}
    assert bearing_on(base, ONE_OF_EACH) == {"sora", "google"}
    for name in ("multi_homers", "share_active", "share_clips"):
        assert bearing_on(base, [(name, "sora")]) == {"sora", "google"}
    assert bearing_on(base, [("installs", "vibes")]) == frozenset()
    assert alone(base, [("installs", "vibes")]) is base
    assert bearing_on(baseline.scenario(), ONE_OF_EACH[:1]) == {"sora", "google"}


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
    plain = [without_forces(question.arms(inputs)[arm], COUPLING) for arm in arms]
    assert {measure.platform for measure in measures} == {"google"}
    assert not is_elsewhere(of_sora, plain, measures)
    starts = [measure for measure in measures if measure.metric != "multi_homers"]
    assert is_elsewhere(of_sora, plain, starts)
    contest = [question.arms(inputs)[arm] for arm in arms]
    assert not is_elsewhere(of_sora, contest, starts)
