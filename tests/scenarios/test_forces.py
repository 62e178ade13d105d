"""Forces can be switched one by one, and the page on them says what the runs came to."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenarios import baseline
from scenarios.__main__ import main
from scenarios.asking import contest, twins
from scenarios.asking.bands import Band, quoted
from scenarios.asking.contest import (
    ALL_OFF,
    ALONE,
    AWAY,
    BY_CAUSE,
    RETAINED,
    SHOWN,
    STARTED,
)
from scenarios.asking.lab import Size, lab
from scenarios.command.force_page import cell, each_taken_away, overview, settings, what_they_are
from scenarios.inputs.forces import FORCES, with_forces, without_forces
from scenarios.inputs.sizing import sized
from sim.config import Config
from sim.coupling import is_coupled
from sim.errors import UnknownNameError
from sim.experiments import Serial, Store
from sim.experiments.store import kept_runs
from sim.market import Market
from sim.market_config import MarketConfig
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario
from sim.versions import model_version
from tests.scenarios.test_coupling import contested
from tests.scenarios.test_questions import short_question
from tests.test_docs import spans, wrong
from tests.worlds import CHECKED, bits, small_scenario, tiny

ROOT = Path(__file__).resolve().parents[2]
SMALL = Size(500, 2, assumption_users=500, assumption_replicates=0)
#: Replicates of chance alone.
CHANCE = np.linspace(-1.0, 1.0, 20)


def changed(a: Config, b: Config) -> set[str]:
    return {name for name in type(a).model_fields if getattr(a, name) != getattr(b, name)}


@pytest.mark.parametrize("name", FORCES)
def test_a_force_that_is_off_has_its_defaults_and_leaves_the_rest(name: str) -> None:
    force, on = FORCES[name], baseline.scenario()
    off = without_forces(on, [name])
    for field in force.market:
        assert getattr(off.market, field) == MarketConfig.model_fields[field].default
    for platform in off.platforms.values():
        for field in force.platform:
            assert getattr(platform, field) == PlatformConfig.model_fields[field].default
    assert set(force.events) == {e.id for e in on.events} - {e.id for e in off.events}
    assert changed(on.market, off.market) <= set(force.market)
    for key in on.platforms:
        assert changed(on.platforms[key], off.platforms[key]) <= set(force.platform)
    assert off.fingerprint != on.fingerprint
    assert without_forces(off, [name]).fingerprint == off.fingerprint


def test_no_field_belongs_to_two_forces() -> None:
    named = [f for one in FORCES.values() for f in (*one.market, *one.platform, *one.events)]
    assert len(named) == len(set(named))


def test_all_forces_are_the_scenario_and_none_of_them_leaves_no_contest() -> None:
    scenario = baseline.scenario()
    assert with_forces(scenario, FORCES).fingerprint == scenario.fingerprint
    assert with_forces(scenario, ()).fingerprint == without_forces(scenario).fingerprint
    assert is_coupled(scenario)
    assert not is_coupled(without_forces(scenario))
    with pytest.raises(UnknownNameError, match="rivalry"):
        without_forces(scenario, ["rivalri"])


def lived(scenario: Scenario) -> str:
    market = Market(scenario, execution=CHECKED)
    market.run()
    return bits(market)


@pytest.fixture(scope="module")
def liked() -> tuple[Scenario, str]:
    """Return a small market in which many use both apps, and its bits without any force."""
    fading = contested().set("sora.interest_fade_days", 50.0)
    scenario = small_scenario(5_000, scenario=fading, until=contest.LAST)
    return scenario, lived(without_forces(scenario))


@pytest.mark.parametrize("name", FORCES)
def test_each_force_does_something_by_itself(name: str, liked: tuple[Scenario, str]) -> None:
    scenario, off = liked
    assert lived(with_forces(scenario, [name])) != off


def test_worlds_differ_from_what_they_are_held_against_by_one_force() -> None:
    worlds = contest.worlds(baseline.scenario())
    assert len({world.fingerprint for world in worlds.values()}) == 2 + 2 * len(FORCES)
    for force in FORCES:
        world, against = ALONE[force]
        assert without_forces(worlds[world], [force]).fingerprint == worlds[against].fingerprint
        world, against = AWAY[force]
        taken = without_forces(worlds[against], [force])
        assert taken.fingerprint == worlds[world].fingerprint


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> str:
    """Leave two worlds, which is enough to see how they are run; return the one with forces."""
    kept, every = (ALL_OFF, AWAY["rivalry"].world), contest.worlds
    monkeypatch.setattr(contest, "worlds", lambda s: {k: every(s)[k] for k in kept})
    return AWAY["rivalry"].world


def test_numbers_are_those_of_the_runs_themselves(few: str) -> None:
    """Clips of Sora, its new users with Google and without, and who stays."""
    scenario = small_scenario(500, until=contest.LAST)
    with lab(SMALL, Serial()) as opened:
        found = contest.contest(opened, scenario)
    world = contest.worlds(sized(scenario, SMALL.n_users, seed=2))[few]
    both = Market(world, execution=CHECKED).run()
    single = Market(world.without_platform("google"), execution=CHECKED).run()
    p = both.platforms.index("sora")
    clips = next(one.measure for one in SHOWN if one.measure.metric == "clips")
    october = (both.dates >= clips.since).argmax()
    assert found.found[few][clips][1] == pytest.approx(both.array("clips")[october:, p].sum())
    assert found.found[few][STARTED["sora"]][1] == both.array("activations")[:, p].sum()
    apart = found.by_itself["sora"][few][STARTED["sora"]][1]
    assert apart == single.array("activations")[:, 0].sum()
    weeks = both.cohorts((30,)).loc["sora"].loc["2025-09-30":"2026-03-31"].dropna()  # type: ignore[misc]
    stay = (weeks["D30"] * weeks["activated"]).sum() / weeks["activated"].sum()
    assert found.found[few][RETAINED][1] == pytest.approx(stay)
    parts = sum(found.found[few][one] for one in BY_CAUSE.values())
    assert np.array_equal(parts, found.found[few][STARTED["sora"]])
    for name in STARTED:  # without forces the apps do not feel each other, to the bit
        assert found.pressure(ALL_OFF, name)[:3] == (0.0, 0.0, 0.0)


def test_where_nobody_starts_nobody_stays() -> None:
    market = Market(small_scenario(300, until="2025-11-08"))
    assert RETAINED.unit == "share"
    assert np.isnan(RETAINED.of_one(market.run("2025-06-30")))


def made_up(**factors: Any) -> contest.Contest:
    """Return a contest in which each force taken away multiplies everything, by replicate."""
    measures = [*(one.measure for one in SHOWN), *STARTED.values(), *BY_CAUSE.values()]
    times = {AWAY[force].world: np.asarray(factor) for force, factor in factors.items()}
    found = {
        world: dict.fromkeys(measures, times.get(world, 1.0) * np.full(CHANCE.size, 10.0))
        for world in contest.worlds(baseline.scenario())
    }
    return contest.Contest(found, dict.fromkeys(STARTED, found))


@pytest.mark.parametrize(
    ("factors", "leaders"),
    [
        ({"chart": 0.7, "floor": 0.9}, ("chart",)),
        ({"chart": 0.9, "floor": 1.2}, ("floor",)),
        ({"chart": 0.7 + 0.1 * CHANCE, "floor": 0.75}, ("chart", "floor")),
        ({"chart": 0.7 + 0.1 * CHANCE, "floor": 0.71 + 0.1 * CHANCE}, ("chart",)),
        ({"chart": 1.01 + 0.1 * CHANCE}, ()),
        ({}, ()),
    ],
)
def test_a_force_moves_a_number_furthest_where_chance_parts_it_from_others(
    factors: dict[str, Any], leaders: tuple[str, ...]
) -> None:
    """At the same luck a small lead can be told, however wide both bands are."""
    found = made_up(**factors)
    assert found.moved_by(AWAY, SHOWN[0].measure) == leaders
    said = overview(found).rows[0][-1].text
    assert said.startswith(quoted(leaders) if leaders else "nothing that chance would tell")
    rows = {row[0].text: row for row in each_taken_away(found).rows}
    assert {name for name in FORCES if rows[name][1].is_bold} == set(leaders)


def test_a_force_is_told_by_the_number_that_it_moves_furthest() -> None:
    found, (first, *_, last) = made_up(chart=0.5, floor=1.0), SHOWN
    assert found.moves(AWAY["chart"]) == tuple(one.text for one in SHOWN)
    assert _told(found) == ["nothing that chance would tell", "several alike, by up to 50 %"]
    assert found.moves(AWAY["floor"]) == ()
    changed = {first.measure: 0.1, last.measure: 30.0}
    values = dict(found.found[AWAY["chart"].world])
    values.update({measure: np.full(CHANCE.size, value) for measure, value in changed.items()})
    found = replace(found, found={**found.found, AWAY["chart"].world: values})
    assert found.moves(AWAY["chart"]) == (last.text,)
    assert _told(found) == ["nothing that chance would tell", f"“{last.text}”: +200 %"]


def _told(found: contest.Contest) -> list[str]:
    """Return what is said of the chart alone, and of the chart taken away."""
    rows = what_they_are(found, baseline.scenario()).rows
    return [one.text for one in next(row for row in rows if row[0].text == "chart")[2:4]]


def test_forces_that_do_not_mind_each_other_multiply() -> None:
    found = made_up(chart=0.5, floor=1.5, friends=0.8)
    assert found.product(AWAY, SHOWN[0].measure).middle == pytest.approx(0.5 * 1.5 * 0.8 - 1.0)
    multiplied = next(r for r in each_taken_away(found).rows if r[0].text == "all multiplied")
    assert multiplied[1].text == "-40 %"


@pytest.mark.parametrize(
    ("band", "text", "aside"),
    [
        (Band(0.2, 0.1, 0.3, "share", True), "+20 %", "(+10 to +30 %)"),
        (Band(0.2, -0.1, 0.3, "share", True), "+20 % ?", "(-10 to +30 %)"),
        (Band(0.0, 0.0, 0.0, "share", True), "0 %", ""),
        (Band(0.2, -0.1, 0.3, "share"), "20 %", "(-10 to 30 %)"),
    ],
)
def test_a_change_that_chance_does_not_tell_is_marked(band: Band, text: str, aside: str) -> None:
    assert cell(band)[:2] == (text, aside)


def test_each_field_of_a_force_is_told_with_its_value_and_source() -> None:
    scenario = baseline.scenario()
    for force in FORCES.values():
        said = settings(scenario, force)
        assert said
        assert all(re.fullmatch(r"`.+` = .+ \((A|[A-Z]{3})\d+\)", one) for one in said), said
    source = scenario.sources["market.rival_penalty"]
    expected = f"`market.rival_penalty` = {scenario.market.rival_penalty:g} ({source})"
    assert settings(scenario, FORCES["rivalry"]) == [expected]


def test_questions_are_asked_on_one_graph_each() -> None:
    """The eleventh is about graphs, the fourteenth about all answers."""
    asked = twins.asked_on_one_graph()
    assert asked.keys() == set(range(1, 16)) - {11, 14}
    for question in asked.values():
        for graph in twins.TWINS.values():
            there = twins.on_graph(question, graph).arms()
            assert {arm.market.graph for arm in there.values()} == {graph}
            assert there.keys() == question.arms().keys()


def test_a_twin_has_the_number_of_the_question_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    question = short_question()
    monkeypatch.setattr(twins, "asked_on_one_graph", lambda: {7: question})
    with lab(Size(2_000, 2, 2_000, 0), Serial()) as opened:
        (found,) = twins.twins(opened)
        assert found.own == opened.ask(question).number
        for twin, graph in twins.TWINS.items():
            other = opened.ask(twins.on_graph(question, graph)).number
            assert found.other[twin] == other != found.own
            assert found.change[twin].unit == "points"


def test_after_an_interruption_stored_runs_are_not_done_again(
    few: str, tmp_path: Path, ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(folder: str) -> contest.Contest:
        with lab(Size(300, 1, 300, 0), Serial(), folder=tmp_path / folder) as opened:
            return contest.contest(opened, tiny())

    whole, total, add = ask("whole"), len(ran), Store.add

    def interrupted(self: Store, run: kept_runs.RunFile) -> None:
        add(self, run)
        if len(self) == total - 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ask("kept")
    ran.clear()
    again = ask("kept")
    assert len(ran) == 3
    ran.clear()
    np.testing.assert_equal(dict(ask("kept").found), dict(again.found))
    np.testing.assert_equal(dict(again.found), dict(whole.found))
    assert ran == []


def test_the_command_writes_and_prints_a_row_for_each_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a short run does not reach has no value, and is said to have none."""
    short = tiny(until="2025-11-08")
    monkeypatch.setattr(baseline, "scenario", lambda: short)
    monkeypatch.chdir(tmp_path)
    main(["forces", "--users", "300", "--replicates", "1", "--seed", "3", "--no-graph"])
    printed, page = capsys.readouterr().out, Path("docs/FORCES.md").read_text(encoding="utf-8")
    sections = dict(part.split("\n", 1) for part in page.split("## ")[1:])
    for title in ("What each force is", "Each force alone", "Each force taken away"):
        rows = re.findall(r"^\| (\w[^|]*) \|", sections[title], re.M)
        assert [row for row in rows if row in FORCES] == list(FORCES)
        assert title in printed
    for one in SHOWN:
        assert f"| {one.text} |" in sections["Every force, and none"]
    assert "no value" in page
    assert "1 replicate (seed 3) of 300 users" in page
    assert model_version()[:12] in page
    assert {span: wrong(span) for span in spans(page) if wrong(span)} == {}
    assert set(Path("out/lab").glob("runs/*/*.parquet"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--users", "0"), "The option is --users"),
        (("--users", "many"), "--users 'many'"),
        (("--replicates", "0"), "replicates = 0"),
        (("--seed", "-1"), "seed = -1"),
        (("--workers", "0"), "workers = 0"),
        (("--out", ""), "must name a file"),
        (("--lab", ""), "must name a folder"),
        (("--out", "/dev/null/x/page.md"), "--out"),
        (("--graph", "well_mixed"), "--graph"),
    ],
)
def test_bad_input_of_forces_is_one_line_and_exit_code_2(
    options: tuple[str, ...],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(["forces", *options])
    said = capsys.readouterr()
    assert stop.value.code == 2
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert words in said.err
    assert list(tmp_path.iterdir()) == []


def test_the_page_of_the_project_has_every_force() -> None:
    page = (ROOT / "docs" / "FORCES.md").read_text(encoding="utf-8")
    assert all(f"\n| {name} |" in page for name in FORCES)
    assert {span: wrong(span) for span in spans(page) if wrong(span)} == {}
