"""A change of what is given or charged is told where nobody could leave over it."""

from __future__ import annotations

import pytest

import scenarios
from scenarios.__main__ import main
from scenarios.asking.question import REFERENCE, read
from sim.experiments import Serial, compare, sweep
from sim.interventions import Event
from sim.minding import LIMITS, MINDS, NEEDS_REASON, told, unminded
from sim.scenario import Scenario
from tests.worlds import tiny


def blind() -> Scenario:
    """Return a small baseline whose people come whatever is offered, and mind no limit."""
    return tiny().set(f"sora.{NEEDS_REASON}", False).set(f"sora.{MINDS}", 0.0)


def paywall(scenario: Scenario) -> Scenario:
    event = Event(id="wall", date="2025-10-01", platform="sora", set={"free_quota_per_day": 0})
    return scenario.with_event(event)


@pytest.mark.parametrize(
    "changed",
    [
        blind().set("sora.free_quota_per_day", 3),
        blind().set("sora.subscription_usd_per_month", 5.0),
        paywall(blind()),
        blind().without("quota_cut"),
        blind().moved("packs", "2025-10-10"),
    ],
)
def test_a_changed_limit_is_told_where_nobody_minds(changed: Scenario) -> None:
    assert unminded(blind(), changed) == ["sora"]
    (line,) = told(["sora"])
    assert f"sora.{MINDS} = 0" in line
    for field, value in ((MINDS, 1.0), (NEEDS_REASON, True)):
        assert unminded(blind(), changed.set(f"sora.{field}", value)) == []
    assert unminded(tiny(), changed) == ["sora"], "they did, and would not now"
    without = tiny().set(f"sora.{NEEDS_REASON}", False)
    assert unminded(without, without.set("sora.free_quota_per_day", 3)) == [], "by A59 alone"
    assert unminded(changed, tiny()) == []


def test_what_is_no_limit_is_not_told() -> None:
    assert unminded(blind(), blind().set("sora.p_active", 0.2)) == []
    assert unminded(blind(), blind().without("copyright")) == []
    assert unminded(blind(), blind().without_platform("google")) == []


def test_limits_are_fields_of_a_platform() -> None:
    fields = type(blind().platforms["sora"]).model_fields
    assert {*LIMITS, MINDS, NEEDS_REASON} <= fields.keys()


@pytest.mark.parametrize("name", [name for name in scenarios.CATALOGUE if name != "baseline"])
def test_no_question_of_the_catalogue_is_asked_of_people_who_cannot_mind(name: str) -> None:
    arms = read(scenarios.load(name)).arms()
    assert all(unminded(arms[REFERENCE], arm) == [] for arm in arms.values())


def test_a_comparison_and_a_sweep_tell() -> None:
    with pytest.warns(UserWarning, match=MINDS):
        compare(blind(), paywall(blind()), 1, executor=Serial())


def test_a_sweep_tells(tmp_path: object) -> None:
    swept = sweep(blind(), {"sora.free_quota_per_day": [3, 30]}, store=f"{tmp_path}/a",
                  executor=Serial())  # fmt: skip
    assert any(MINDS in note for note in swept.progress.notes)
    points = {"sora.free_quota_per_day": [3, 30], f"sora.{MINDS}": [1.0]}
    swept = sweep(blind(), points, store=f"{tmp_path}/b", executor=Serial())
    assert not any(MINDS in note for note in swept.progress.notes)


def test_the_command_tells(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    size = ("--users", "300", "--until", "2025-05-22", "--out", f"{tmp_path}/a")
    less = (*size, "--set", "sora.free_quota_per_day=3")
    blind_to = ("--set", f"sora.{NEEDS_REASON}=false", "--set", f"sora.{MINDS}=0")
    main(["run", "baseline", *less, *blind_to])
    assert MINDS in capsys.readouterr().err
    main(["run", "baseline", *less])
    assert capsys.readouterr().err == ""
