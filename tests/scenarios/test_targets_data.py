"""Targets are data: numbers by id, one vintage of each matter, known on their day."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from scenarios.claiming.claim_file import CLAIMS_FILE
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.derivations import DERIVATIONS, derived
from scenarios.inputs.facts import load_facts
from scenarios.inputs.known import facts_as_of, known_on
from scenarios.inputs.target_file import TARGETS_FILE, load_target_file
from scenarios.inputs.targets import Target, compare_to_facts, targets
from sim.errors import ClipmarketError, ConfigError, UnknownNameError
from tests.test_fuzz import broken_text
from tests.worlds import small

FACTS = load_facts()
LAST = dt.date(2025, 12, 31)
#: What the README shows, as before targets were data: name, low, high, tolerance.
SHOWN = [
    ("installs, first day", 110_000, 110_000, 0.25),
    ("installs, first week", 1_200_000, 1_200_000, 0.25),
    ("installs to 18 Oct", 2_600_000, 2_600_000, 0.25),
    ("installs to 31 Oct", 2_913_250, 4_500_000, 0.25),
    ("Android, first day", 470_000, 470_000, 0.25),
    ("installs, November", 3_300_000, 3_300_000, 0.25),
    ("installs, December", 2_200_000, 2_200_000, 0.25),
    ("daily users, November", 673_000, 1_000_000, 0.3),
    ("Veo clips to 10 Jul", 40e6, 40e6, 0.3),
    ("Veo clips to 23 Jul", 70e6, 70e6, 0.3),
    ("Veo clips to 29 Oct", 230e6, 230e6, 0.3),
    ("in-app spend, December", 540_000, 540_000, 0.4),
]


def every() -> dict[str, Target]:
    """Return every target there is, whatever its vintage."""
    file = load_target_file()
    names = [*file.vintages, ""]
    found = {one.id: one for name in names for one in targets(vintage=name)}
    return found | {one.id: one for one in targets()}


def test_what_stands_beside_a_run_is_what_it_was() -> None:
    assert [(t.name, t.low, t.high, t.tolerance) for t in targets()] == SHOWN


def test_the_file_has_no_number_of_a_fact() -> None:
    """A copied digit would stay when the fact is corrected."""
    text = TARGETS_FILE.read_text(encoding="utf-8")
    blocks = text.split("[[targets]]")[1:]
    assert len(blocks) == len(load_target_file().targets)
    for block in blocks:
        numbers = [line for line in block.splitlines() if line.startswith(("low", "high"))]
        assert numbers
        assert all('"' in line for line in numbers)


def test_no_target_rests_on_what_came_after_2025() -> None:
    for one in every().values():
        assert one.known_on <= LAST, one.id
        assert all(FACTS[fact].last_day <= LAST for fact in one.facts), one.id
        assert not any(fact.startswith("BEN") for fact in one.facts), one.id


def test_a_number_is_known_when_all_it_rests_on_is() -> None:
    for one in every().values():
        assert one.known_on >= one.last, one.id
        assert one.known_on >= max(known_on(FACTS[fact]) for fact in one.facts), one.id


def test_as_of_leaves_out_what_came_later() -> None:
    days = [dt.date(2025, 10, 31), dt.date(2025, 11, 15), dt.date(2025, 11, 30), LAST]
    known = [{one.id for one in targets(as_of=day)} for day in days]
    assert all(a < b for a, b in itertools.pairwise(known))
    assert "sora_december" not in known[2]
    assert len(known[3]) == len(SHOWN)
    assert all(one.known_on <= days[1] for one in targets(as_of=days[1], vintage="first"))


def test_the_weaker_of_two_makes_room_for_the_stronger() -> None:
    """A million in five days is a part of the first week's number, once that is published."""
    early = {one.id for one in targets(vintage="", as_of=dt.date(2025, 10, 31))}
    late = {one.id for one in targets(vintage="", as_of=LAST)}
    assert "sora_million" in early - late
    assert "sora_week_one" in late - early


def test_a_fit_takes_one_vintage_of_each_matter() -> None:
    plain, first, panel = ({one.id for one in targets(vintage=v)} for v in ("", "first", "panel"))
    assert {"sora_week_one", "sora_daily_users_peak", "sora_november"} <= plain
    assert "sora_week_one_first" not in plain
    assert "sora_week_one_first" in first
    assert "sora_week_one" not in first
    assert "sora_daily_users_peak" not in panel
    assert {one.id for one in targets(vintage="first+panel")} == (first & panel) | (
        first - plain
    ) | (panel - plain)
    file = load_target_file()
    for name in file.vintages:
        chosen = file.chosen(name)
        matters = [file.vintages[one].about for one in chosen]
        assert len(matters) == len(set(matters))
        assert name in chosen


@pytest.mark.parametrize(
    ("vintage", "told"),
    [("frist", "Did you mean 'first'"), ("first+revised", "contradict each other")],
)
def test_a_vintage_that_is_none_is_refused(vintage: str, told: str) -> None:
    with pytest.raises(ClipmarketError, match=told):
        targets(vintage=vintage)


def test_derived_numbers_are_made_of_facts() -> None:
    assert derived("week_one", FACTS) == 1_200_000
    assert derived("first_vintage", FACTS) == 627_000 + 25 * (84_400 + 98_500) / 2
    assert derived("needed_d1", FACTS) == pytest.approx(0.1 * 673 / 182)
    assert derived("double_counting", FACTS) == pytest.approx(math.sqrt(1_000 / 673))
    assert derived("compute_by_users", FACTS) == pytest.approx(1_413_000 * 1.3)
    assert derived("SOR016.high", FACTS) == 4_500_000
    assert all(math.isfinite(rule(FACTS)) and rule(FACTS) > 0 for rule in DERIVATIONS.values())
    for name, told in (("week_on", "week_one"), ("SOR010.mid", "low"), ("SOR010.high", "high")):
        with pytest.raises(ClipmarketError, match=told):
            derived(name, FACTS)


def test_every_derivation_vendor_and_definition_is_used() -> None:
    """What no target names would be a number that nobody checks."""
    file = load_target_file()
    named = {one.low for one in file.targets.values()} | {o.high for o in file.targets.values()}
    named |= {one.factor for one in file.definitions.values()}
    named |= {one["value"] for one in tomllib.loads(CLAIMS_FILE.read_text())["claims"]}
    assert set(DERIVATIONS) <= named
    assert {one.vendor for one in file.targets.values()} == set(file.vendors)
    assert {one.definition for one in file.targets.values()} == set(file.definitions)
    assert {one.vintage for one in file.targets.values()} == {"", *file.vintages}
    assert set(file.published) <= set(FACTS)


def test_facts_are_known_from_their_last_day_or_their_publication_on() -> None:
    day = dt.date(2025, 10, 31)
    known = facts_as_of(FACTS, day)
    assert all(one.last_day <= day for one in known.values())
    assert "SOR009" in known
    assert "SOR003" not in known  # the revised number of a day a month before
    assert "SOR003" in facts_as_of(FACTS, dt.date(2025, 11, 5))
    assert known.sha256 == FACTS.sha256
    for fact_id in load_target_file().published:
        assert known_on(FACTS[fact_id]) >= FACTS[fact_id].last_day


def test_double_counting_has_the_spread_of_its_range() -> None:
    """A uniform over the log of the ratio of two vendors has the sd of its width over √12."""
    ratio = FACTS["SOR042"].number / FACTS["SOR041"].number
    given = load_target_file().definitions["daily_users_app_and_web"].log_sd
    assert given == pytest.approx(math.log(ratio) / math.sqrt(12), abs=0.01)


def test_readings_ask_a_run_for_what_was_counted() -> None:
    def over(metric: str, platform: str, first: dt.date, last: dt.date) -> float:
        asked.add(metric)
        return float(first.day) if first == last else 60.0

    asked: set[str] = set()
    found = every()
    assert found["sora_daily_users_peak"].reading(over, found["sora_daily_users_peak"]) == 30.0
    by_users = found["sora_clips_by_users"]
    assert by_users.reading(over, by_users) == 15.0  # of one day, 2025-11-15
    veo = found["veo_to_10_jul"]
    assert veo.reading(over, veo) == 60.0
    assert (veo.is_worldwide, veo.pool_share) == (True, load_inputs().value("A45"))
    assert (by_users.is_worldwide, by_users.pool_share) == (False, 1.0)
    assert asked == {"daily_active", "clips"}


def test_a_run_answers_retention_by_its_cohorts() -> None:
    results = small(2_000, seed=3, until="2025-12-31").run()
    one = every()["sora_d7_panel"]
    table = results.cohorts().loc["sora"]
    weeks = table[(table.index >= "2025-10-01") & (table.index <= "2025-12-01")]
    expected = (weeks["D7"] * weeks["activated"]).sum() / weeks["activated"].sum()
    assert one.simulated(results) == pytest.approx(float(expected))
    assert np.isfinite(compare_to_facts(results)["simulated"]).all()


BROKEN = {
    "vendor": ('vendor = "sherwood"', 'vendor = "sherwod"', "Did you mean 'sherwood'"),
    "vintage": ('vintage = "sherwood"', 'vintage = "sherwod"', "Did you mean 'sherwood'"),
    "replaces": ('replaces = "sora_million"', 'replaces = "sora"', "unknown target"),
    "error": ("log_sd = 0.45", "log_sd = 0.2", "above that of its vendor"),
    "twice": ('id = "sora_million"', 'id = "sora_day_one"', "given twice"),
    "two defaults": ('name = "first"\n', 'name = "first"\nis_default = true\n', "second default"),
    "bound of a range": ('bound = "at_least"', 'bound = "at_least"\nhigh = "one"', "beside bound"),
    "reading": ('reading = "jump"', 'reading = "leap"', "reading"),
    "no facts": ('facts = ["SOR025"]', "facts = []", "must name what it rests on"),
    "key": ('name = "installs, first day"', 'nmae = "x"', "nmae"),
    "date": ("on = 2025-10-08", 'on = "soon"', "date"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_of_targets_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    old, new, told = BROKEN[case]
    text = TARGETS_FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "targets.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ClipmarketError, match=told) as caught:
        load_target_file(path)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ConfigError | UnknownNameError)


def test_files_of_targets_broken_anywhere_are_read_or_answered_in_one_line(tmp_path: Path) -> None:
    text = TARGETS_FILE.read_text(encoding="utf-8")
    told: list[str] = []
    n = 60
    for seed in range(n):
        path = tmp_path / f"{seed}.toml"
        broken = broken_text(np.random.default_rng([7, seed]), text)
        path.write_bytes(broken.encode("utf-8", "surrogatepass"))
        try:
            load_target_file(path)
        except ClipmarketError as error:
            told.append(str(error))
    assert [text for text in told if "\n" in text or len(text) > 1_500] == []
    assert n // 20 < len(told) < n
