"""Questions: each can be asked by name, by file and from a notebook, and says what it rests on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import scenarios
from scenarios import baseline, bundled, smaller_quota
from scenarios.asking.answers import certainty
from scenarios.asking.bands import Band, verdict
from scenarios.asking.conditioned import ENDS, Allowed, Ends
from scenarios.asking.findings import Findings
from scenarios.asking.lab import Lab, Size, lab
from scenarios.asking.question import REFERENCE, Measure, Number, Question, Values, read
from scenarios.asking.question_page import page_of
from scenarios.asking.swings import swings
from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.forces import COUPLING, without_forces
from sim.coupling import is_coupled
from sim.errors import ConfigError, UnknownNameError
from sim.experiments import Serial
from sim.numbers import amount
from sim.scenario import Scenario
from tests.scenarios.test_coupling import contested
from tests.worlds import CHECKED, recorded, small

ROOT = Path(__file__).resolve().parents[2]
NAMES = [name for name in scenarios.CATALOGUE if name != "baseline"]
#: The assumptions that the short question moves; all of them would take a minute.
MOVED = ("A5", "A41", "A59", "A60")
#: Small, and over before invites are: enough to see that everything works together.
TINY = Size(n_users=1_000, replicates=2, assumption_users=1_000, assumption_replicates=1)


@pytest.fixture(scope="module")
def tiny() -> Iterator[Lab]:
    """Return a lab in which every end counts whole: so few people keep targets by chance alone."""
    with lab(TINY, Serial()) as opened:
        ends = {(one, end): Allowed() for one in load_inputs().assumptions for end in ENDS}
        opened.ends = lambda inputs: ends  # type: ignore[method-assign]
        yield opened


def asked(name: str) -> Question:
    return read(scenarios.load(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_question_has_all_its_parts_and_its_arms_differ(name: str) -> None:
    """Reading checks that facts and assumptions exist; an arm that changes nothing asks nothing."""
    question = asked(name)
    assert question.asks.endswith("?")
    assert question.name == name
    assert question.evidence
    assert question.assumptions
    assert question.text.startswith("Differs from the baseline in")
    prints = {label: arm.fingerprint for label, arm in question.arms().items()}
    assert len(set(prints.values())) == len(prints) >= 3
    for measure in question.measures:
        assert any(measure.platform in arm.platforms for arm in question.arms().values())


@pytest.mark.parametrize("name", NAMES)
def test_a_question_runs_by_name_by_file_and_from_a_notebook(name: str) -> None:
    """By name and file the command runs the same scenario; `build` gives a market of it."""
    by_name = scenarios.scenario_of(name)
    by_file = scenarios.scenario_of(str(ROOT / "scenarios" / f"{name}.py"))
    assert by_name.fingerprint == by_file.fingerprint
    assert by_name.name == name
    market = scenarios.load(name).build(n_users=300, seed=2, execution=CHECKED)
    assert market.run("2025-10-03").n_days == market.config.day(market.date)


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_holds_a_number_of_its_own(name: str) -> None:
    """Numbers are measured, or come from facts by id: no digit stands in a phrase of `answer`."""
    tree = ast.parse((ROOT / "scenarios" / f"{name}.py").read_text())
    function = next(
        n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "answer"
    )
    # How a value is written (":.2f") is in the tree too.
    formats = {id(n.format_spec) for n in ast.walk(function) if isinstance(n, ast.FormattedValue)}
    said = " ".join(
        str(part.value)
        for joined in ast.walk(function)
        if isinstance(joined, ast.JoinedStr) and id(joined) not in formats
        for part in joined.values
        if isinstance(part, ast.Constant)
    )
    # Ids of assumptions and facts, and names that hold digits.
    said = re.sub(r"\bA\d+|\b[A-Z]{3}\d{3}\b|Veo 3", "", said)
    assert not re.search(r"\d", said), said


def test_assumptions_move_every_arm_of_a_question() -> None:
    """An arm that is not built on the inputs it is given would hide what it rests on."""
    inputs = load_inputs()
    for name in NAMES:
        question = asked(name)
        own = question.inputs()
        moved = own.with_value("A5", inputs.assumptions["A5"].high)
        before, after = question.arms(own), question.arms(moved)
        # Two arms set the wish for clips themselves.
        kept = {label for label in before if before[label].fingerprint == after[label].fingerprint}
        assert kept <= {"every download a user", "10 clips wanted a day"}, name


def test_a_measure_agrees_with_the_results_it_sums() -> None:
    market = small(1_000, until="2025-10-10")
    results = market.run()
    span = ("sora", "2025-10-01", "2025-10-10")
    days = results.array("installs")[-10:, 1]
    assert Measure("installs", *span).of_one(results) == days.sum()
    users = results.array("daily_active")[-10:, 1]
    assert Measure("daily_active", *span).of_one(results) == pytest.approx(users.mean())
    cash = results.array("cash_usd")[-1, 1]
    assert Measure("cash_usd", *span).of_one(results) == cash


def test_a_measure_refuses_what_cannot_be_measured() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'installs'"):
        Measure("instals", "sora", "2025-10-01", "2025-10-02")
    with pytest.raises(ConfigError, match="must not be after"):
        Measure("installs", "sora", "2025-10-03", "2025-10-02")


def test_a_module_without_a_question_is_told_what_it_lacks() -> None:
    with pytest.raises(ConfigError, match="has no MEASURES"):
        read(baseline)


def test_bands_are_written_as_people_say_them() -> None:
    assert str(Band(3.3e6, 3.2e6, 3.4e6, "people")) == "3.3 M people (3.2 to 3.4 M)"
    assert str(Band(0.12, 0.1, 0.14, "share", signed=True)) == "+12 % (+10 to +14 %)"
    assert str(Band(-2e6, -3e6, 9e5, "USD")) == "-$2 M (-$3 M to $900 k)"
    assert str(Band(1.3, 1.3, 1.3, "USD/clip")) == "$1.3 per clip"
    assert str(Band.of(np.array([np.nan]))) == "no value"
    assert amount(75e3, "USD/day") == "$75 k per day"


def test_a_verdict_follows_the_band_and_not_the_median() -> None:
    words = ("more", "less", "cannot tell")
    assert verdict(Band(1.0, 0.1, 2.0), *words) == "more"
    assert verdict(Band(1.0, -0.1, 2.0), *words) == "cannot tell"
    assert verdict(Band(-1.0, -2.0, -0.1), *words) == "less"


@pytest.mark.parametrize("contest", [False, True])
def test_an_assumption_about_another_platform_touches_sora_only_through_the_contest(
    contest: bool,
) -> None:
    """Where no force couples them the lab spares such runs. Here they are made, bit for bit.

    Few of the baseline are on both: here all are told of both, so that many are.
    """
    inputs = load_inputs()
    histories = []
    for value in (inputs.value("A41"), inputs.assumptions["A41"].high):
        scenario = contested(baseline.scenario(inputs.with_value("A41", value)))
        scenario = scenario if contest else without_forces(scenario, COUPLING)
        assert is_coupled(scenario) == contest
        market = small(1_500, scenario=scenario, until="2025-11-10")
        market.run()
        histories.append(recorded(market, "sora"))
    same = {name: np.array_equal(series, histories[1][name])
            for name, series in histories[0].items()}  # fmt: skip
    assert all(same.values()) != contest, [name for name in same if not same[name]]


def short_question() -> Question:
    """Return the question about the quota, asked over a few days of November."""
    question = asked("smaller_quota")
    cost = Measure("compute_usd", "sora", "2025-11-28", "2025-12-03")
    number = Number("saved", "share", lambda get: get("6 free clips", cost) / get(REFERENCE, cost))

    def answer(found: Findings) -> str:
        return f"Compute changes by {found.ratio('6 free clips', cost)}. That is all."

    def inputs() -> Inputs:
        given = question.inputs()
        every = {
            one.id: one if one.id in MOVED else one.model_copy(update={"low": None, "high": None})
            for one in given.assumptions.values()
        }
        return replace(given, assumptions=every)

    def variants(given: Inputs) -> dict[str, Scenario]:
        arms = smaller_quota.variants(given)
        return {label: arms[label] for label in ("6 free clips", "3 free clips")}

    return replace(
        question, measures=(cost,), number=number, answer=answer, inputs=inputs, variants=variants
    )


@pytest.fixture(scope="module")
def found(tiny: Lab) -> Findings:
    return tiny.ask(short_question())


def test_arms_share_luck_until_they_differ(found: Findings) -> None:
    """Before the cut both worlds are the same, replicate by replicate."""
    before = Measure("clips", "sora", "2025-09-30", "2025-11-27")
    for arm in found.variants:
        assert np.array_equal(found.get(arm, before), found.get(REFERENCE, before))


def test_both_bands_are_there_and_one_is_named(found: Findings) -> None:
    number, assumed = found.number, found.assumed
    assert assumed.low <= number.middle <= assumed.high
    assert assumed.width > 0.0
    assert found.drivers
    strongest = max(found.swings, key=lambda one: np.nanmax(np.abs(found.swings[one])))
    low, high = found.swings[found.drivers[0]]
    assert max(abs(low), abs(high), abs(high - low)) >= np.nanmax(np.abs(found.swings[strongest]))
    assert found.drivers[0] in found.bands
    assert "Assumptions dominate" in found.bands or "Chance dominates" in found.bands


def test_in_the_contest_everything_is_moved(found: Findings) -> None:
    """The number is of Sora alone, and Google's own may matter; what no arm reads does not."""
    assert {"A5", "A41", "A59"} <= set(found.swings)
    assert found.swings["A60"] == (0.0, 0.0)


def test_what_cannot_matter_is_not_moved() -> None:
    """Where no force couples platforms, Google's own are left out of a number of Sora alone."""
    question = short_question()
    apart = replace(
        question,
        reference=lambda given: without_forces(question.reference(given), COUPLING),
        variants=lambda given: {
            arm: without_forces(one, COUPLING) for arm, one in question.variants(given).items()
        },
    )
    nothing: Ends = {(one, end): Allowed() for one in MOVED for end in ENDS}

    def run(jobs: Sequence[Scenario]) -> list[dict[Measure, Values]]:
        return [dict.fromkeys(question.measures, np.ones(1)) for _ in jobs]

    for asked_of, moved in ((question, set(MOVED)), (apart, set(MOVED) - {"A41"})):
        assert set(swings(asked_of, 1.0, nothing, run)) == moved


def test_an_answer_says_how_much_the_data_can_tell(found: Findings) -> None:
    """From the ends of the range: a sign, an order of magnitude, or a factor."""
    middle = found.number.middle
    assert certainty(replace(found, swings={})) == "Assumptions were not varied."
    kept = "Values that keep the targets"
    open_sign = replace(found, swings={"A5": (-2.0 * middle, middle)})
    assert certainty(open_sign) == f"{kept} leave its sign open. A5 decides it alone."
    wide = replace(found, swings={"A5": (-0.9 * middle, 0.0)})
    assert certainty(wide).startswith(f"{kept} leave ")
    narrow = replace(found, swings={"A5": (0.0, middle)})
    assert certainty(narrow).startswith(
        "Values that keep the targets tell it to within a factor of 2."
    )


def test_the_lab_runs_nothing_twice(tiny: Lab, found: Findings) -> None:
    again = tiny.ask(short_question())
    for arm, ensemble in found.ensembles.items():
        assert again.ensembles[arm] is ensemble


def test_a_page_says_the_answer_first_and_names_its_sources(tiny: Lab, found: Findings) -> None:
    page = page_of(found, tiny)
    text = page.html()
    assert page.headline == found.sentences[0]
    assert text.index(page.headline.split(" (")[0]) < text.index("<img")
    for source in (*found.question.evidence, *found.question.assumptions):
        assert f'id="{source}"' in text
    assert found.drivers[0] in text
    assert '"replicates": 2' in text.replace("&#34;", '"')


def test_main_arm_is_what_the_question_runs() -> None:
    arms = smaller_quota.variants()
    assert smaller_quota.scenario().fingerprint == next(iter(arms.values())).fingerprint


def test_bundling_reaches_only_those_who_use_the_surface() -> None:
    """Owned reach works through the surface: with nobody on it, the bundle changes nothing."""
    market = bundled.scenario().market
    nobody = {**market.surfaces, "chatgpt": {"ios": 0.0, "android": 0.0}}
    runs = []
    for scenario in (bundled.variants()["from launch, with invites"], baseline.scenario()):
        market = small(1_500, scenario=scenario, until="2025-10-20", surfaces=nobody)
        runs.append(market.run().array("installs"))
    assert np.array_equal(*runs)
