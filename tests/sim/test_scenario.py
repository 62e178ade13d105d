"""Scenarios are values: varied, never changed; events move, vanish and are undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenarios import baseline
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.compose import compose
from sim.config import Config
from sim.errors import ConfigError, UnknownNameError
from sim.interventions import Event
from sim.market_config import MarketConfig
from sim.platform_config import GROUPS, PlatformConfig
from sim.scenario import FACTS, Scenario
from tests.worlds import small


def test_every_value_of_the_baseline_has_a_source() -> None:
    """What is neither a fact nor an assumption must be a neutral default."""
    scenario = baseline.scenario()
    inputs = load_inputs()
    for name, platform in scenario.platforms.items():
        for field, declared in PlatformConfig.model_fields.items():
            extra = declared.json_schema_extra
            assert isinstance(extra, dict)
            assert extra["unit"], field
            assert declared.description, field
            value = getattr(platform, field)
            named = any(path.startswith(f"{name}.{field}") for path in scenario.sources)
            if field not in ("label", "owner", "color", "launch", "facts"):
                assert named or value == declared.default, f"{name}.{field} = {value}"
    for source in {k: v for k, v in scenario.sources.items() if k != FACTS}.values():
        assert source in inputs.facts or source in inputs.assumptions


def test_assumptions_are_numbered_in_order_and_lie_in_their_range() -> None:
    assumptions = load_inputs().assumptions
    numbers = [int(name.removeprefix("A")) for name in assumptions]
    assert numbers == sorted(set(numbers))
    for one in assumptions.values():
        assert one.reason.endswith("."), one.id
        if one.low is not None and one.high is not None:
            assert one.low <= one.value <= one.high, one.id


def test_groups_cover_every_platform_field() -> None:
    declared = {name for group in GROUPS for name in group.model_fields}
    assert declared | {"strategies"} == set(PlatformConfig.model_fields)


def test_a_scenario_survives_the_way_through_json() -> None:
    scenario = baseline.scenario()
    again = Scenario.from_dict(scenario.as_dict())
    assert again == scenario
    assert again.fingerprint == scenario.fingerprint


def test_the_fingerprint_moves_with_every_value_and_not_with_the_name() -> None:
    scenario = baseline.scenario()
    assert scenario.renamed("other").fingerprint == scenario.fingerprint
    assert scenario.set("sora.p_active", 0.4).fingerprint != scenario.fingerprint
    assert scenario.without("shorts").fingerprint != scenario.fingerprint


def test_an_event_can_be_moved_and_removed() -> None:
    scenario = baseline.scenario()
    assert str(scenario.moved("packs", "2025-10-05").event("packs").date) == "2025-10-05"
    with pytest.raises(UnknownNameError, match="event"):
        scenario.without("packs").event("packs")
    with pytest.raises(UnknownNameError, match="Did you mean 'packs'"):
        scenario.without("pack")
    with pytest.raises(ConfigError, match="2025-13-01"):
        scenario.moved("packs", "2025-13-01")


def test_an_event_is_undone_on_its_day() -> None:
    pause = Event(
        id="pause", date="2025-06-01", undo_on="2025-06-10", platform="google",
        set={"subscriber_quota_per_day": 0},
    )  # fmt: skip
    market = small(2_000, scenario=baseline.scenario().with_event(pause))
    market.run("2025-06-20")
    clips = market.record.past("clips_subscriber")[:, 0]
    start, end = market.config.day(pause.date), market.config.day(pause.undo_on)
    assert clips[start - 5 : start].sum() > 0
    assert clips[start:end].sum() == 0
    assert clips[end:].sum() > 0


def test_without_android_nobody_on_android_starts() -> None:
    market = small(3_000, scenario=baseline.scenario().without("sora_android"))
    market.run()
    phones = market.users.where(platform="sora", os="android")
    assert (phones.column("day_activated") == -1).all()
    assert len(market.users.where(platform="sora", os="ios", status="active")) > 0


def test_earlier_events_hold_from_the_first_day() -> None:
    early = Event(id="early", date="2020-01-01", platform="google", set={"utility": 3.0})
    market = small(200, scenario=baseline.scenario().with_event(early))
    market.run("2025-05-21")
    assert market.platforms["google"].terms.utility == 3.0


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"set": {"free_quota": 3}}, "Did you mean 'free_quota_per_day'"),
        ({"set": {"taste_sd": 3}}, "drawn when the market is built"),
        ({"set": {"free_quota_per_day": -3}}, "greater than or equal to 0"),
        ({"multiply": {"invites_required": 2.0}}, "no number to multiply"),
        ({"platform": "soar"}, "Did you mean 'sora'"),
        ({"open": {"regions": ["mars"], "os": ["ios"]}}, "unknown region 'mars'"),
        ({"open": {"regions": ["rest"], "os": ["palm"]}}, "unknown os 'palm'"),
        ({"undo_on": "2025-01-01"}, "must be after"),
        ({"id": "packs"}, None),
    ],
)
def test_an_event_that_points_at_nothing_is_told(event: dict[str, object], told: str) -> None:
    whole = {"id": "new", "date": "2025-10-10", "platform": "sora", **event}
    scenario = baseline.scenario()
    if told is None:
        replaced = scenario.with_event(Event.parse(whole, "event"))
        assert len(replaced.events) == len(scenario.events)
        return
    with pytest.raises((ConfigError, UnknownNameError), match=told):
        scenario.with_event(Event.parse(whole, "event"))


def test_a_third_platform_is_data_alone() -> None:
    entrant = PlatformConfig(
        label="Entrant", launch="2025-06-01", utility=0.5, interest_per_day=0.02,
        free_quota_per_day=5, p_dropout=0.05,
    )  # fmt: skip
    opening = Event(
        id="entrant_opens", date="2025-06-01", platform="entrant",
        open={"regions": ["north_america"], "os": ["ios", "android"]},
    )  # fmt: skip
    scenario = baseline.scenario().with_platform("entrant", entrant).with_event(opening)
    results = small(2_000, scenario=scenario).run()
    assert results.platforms == ("entrant", "google", "sora")
    assert results["clips"]["entrant"].sum() > 0
    assert np.isclose(results.share.frame.iloc[-1].sum(), 1.0)


def test_configs_are_frozen_and_refuse_unknown_keys() -> None:
    market = baseline.scenario().market
    with pytest.raises(Exception, match="frozen"):
        market.n_users = 3  # type: ignore[misc]
    with pytest.raises(ConfigError, match="Did you mean 'n_users'"):
        MarketConfig.parse({**dict(market), "n_user": 3}, "market")
    assert issubclass(PlatformConfig, Config)


def test_composing_twice_gives_equal_scenarios() -> None:
    inputs = load_inputs()
    assert compose(inputs, "a").fingerprint == compose(inputs, "b").fingerprint


@pytest.mark.parametrize(
    "name", ["market", "event", "scenario", "a.b", "event:x", "a b", "", "ä", "9"]
)
def test_a_platform_has_a_name_that_no_path_can_mistake(name: str) -> None:
    base = baseline.scenario()
    with pytest.raises(ConfigError, match="Rename it") as problem:
        base.with_platform(name, base.platforms["sora"].changed("x", luck="other"))
    assert len(str(problem.value).splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    ["", " ", " a", "../x", "a/b", "a\\b", "=cmd|x", "+1", "-1", "@x", ".x", "a\nb", "a\0b",
     "x" * 101, None, 3],
)  # fmt: skip
def test_a_name_that_could_not_be_a_folder_or_a_cell_is_refused(name: Any) -> None:
    """Names become folders, titles, and cells that a spreadsheet would take for formulas."""
    with pytest.raises(ConfigError, match="Rename it") as problem:
        baseline.scenario().renamed(name)
    assert len(str(problem.value).splitlines()) == 1
    if isinstance(name, str):
        with pytest.raises(ConfigError, match=r"event .*Rename it"):
            baseline.scenario().with_event(Event(id=name, date="2025-10-01", platform="sora"))


@pytest.mark.parametrize("name", ["6 free clips", "packs $10", "été", "a.b", "A & B <i>", "100 %"])
def test_a_name_in_words_is_taken(name: str) -> None:
    assert baseline.scenario().renamed(name).name == name
