"""The version of the model changes with what decides results, and with nothing else."""

from __future__ import annotations

import ast
import inspect
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim import metrics, versions
from sim.config import par
from sim.counts import Count, of_one
from sim.syntax import digest, parse

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the packages that may be edited."""
    for package in ("sim", "agents"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__p*"))
    return tmp_path


def edit(root: Path, file: str, old: str, new: str) -> None:
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


WORDS = {
    "results": ("sim/results.py", "What a run came to", "What it came to"),
    "a chart": ("sim/report/charts.py", "import annotations\n", "import annotations\n\nX = 1\n"),
    "an experiment": ("sim/experiments/sweeps.py", "import annotations\n",
                      "import annotations\n\nX = 1\n"),
    "a docstring": ("agents/day/rules.py", '"""The rules of one', '"""All rules of one'),
    "a comment": ("sim/rng.py", "# Chosen without a branch", "# Taken without a branch"),
    "an error message": ("sim/market_config.py", "must not be before start", "is before start"),
    "the words of errors": ("sim/errors.py", "import annotations\n",
                            "import annotations\n\nX = 1\n"),
    "what a parameter means": ("sim/activity_config.py", "visits today, given", "is there, given"),
    "what a metric means": ("sim/metrics.py", "Clips made.", "All clips."),
    "what is meant by cause": ("sim/metrics.py", "Exposures by {c}", "Exposed by {c}"),
    "what a count means": ("sim/counts.py", "Clips sent to friends.", "Clips shared."),
    "what is counted across": ("sim/counts.py", "Are there and were", "Are here and were"),
    "a strategy": ("agents/platforms/strategies.py", "0.8 * max_burn", "0.7 * max_burn"),
}  # fmt: skip
RESULTS = {
    "a rule": ("agents/day/rules.py", "strength * shared_by", "strength + shared_by"),
    "an enum": ("sim/rng.py", "NOTICE = 10", "NOTICE = 9"),
    "a constant of traits": ("agents/traits.py", "_LOGIT_MAX = 23.0", "_LOGIT_MAX = 24.0"),
    "a unit": ("sim/platform_config.py", '"hazard per view", "η', '"per view", "η'),
    "the name of a metric": ("sim/metrics.py", '_derived("clips"', '_derived("all_clips"'),
    "how days make a month": (
        "sim/counts.py", 'one clip that day.", "people", "mean"', '", "people", "last"'
    ),
    "a default": ("sim/platform_config.py", '"#777777"', '"#777778"'),
    "the order of the day": ("sim/market.py", "platform.decide()", "platform.decide() or 0"),
    "a sum": ("sim/periods.py", "np.add.at", "np.subtract.at"),
    "the ledger": ("agents/platforms/ledger.py", "import annotations\n",
                   "import annotations\n\nX = 1\n"),
}  # fmt: skip


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_words_charts_and_strategies_keep_the_version(
    copy: Path, words: tuple[str, str, str]
) -> None:
    before = versions.model_modules(copy)
    edit(copy, *words)
    assert versions.model_modules(copy) == before


@pytest.mark.parametrize("change", RESULTS.values(), ids=RESULTS)
def test_what_decides_results_makes_another_version(
    copy: Path, change: tuple[str, str, str]
) -> None:
    before = versions.model_modules(copy)
    edit(copy, *change)
    assert len(versions.model_modules(copy).items() - before.items()) == 1


#: Modules that a run loads only to show, keep or check what it did.
BESIDE = {
    "scenarios": "writes the scenario down; what it says is in the run's name",
    "sim.cohorts": "makes retention of counts that were recorded",
    "sim.files": "writes files",
    "sim.memory": "tells how much room there is",
    "sim.provenance": "tells where results come from",
    "sim.results": "takes the record and shows it; its sums stand in sim.periods",
    "sim.series": "shows a metric of the record",
    "sim.syntax": "makes the version",
    "sim.versions": "makes the version",
}


def test_everything_that_a_run_loads_is_in_the_version_or_named_with_a_reason() -> None:
    code = (
        "import sys, json\n"
        "from tests.worlds import tiny\n"
        "from sim.market import Market\n"
        "Market(tiny(until='2025-10-02')).run()\n"
        "print(json.dumps([m for m in sys.modules if m.split('.')[0] in ('sim', 'agents')]))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(json.loads(run.stdout))
    decided = set(versions.model_modules(ROOT))
    assert decided >= {"agents.day.rules", "sim.graph.kernels", "sim.metrics", "sim.periods"}
    assert loaded - decided - set(versions.NO_RESULT) == set(BESIDE) & loaded
    assert not decided & set(versions.NO_RESULT)


SOURCE = '''
import os

def f(x: int) -> int:
    """Words."""
    if x < 0:
        raise ValueError(f"x = {x}")
    assert x, "no x"
    return x + 1
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Words."""', '"""Other words."""'),
        ('    """Words."""\n', ""),
        ("x + 1", "x   + 1  # one more"),
        ("x: int", "x: float"),
        ('ValueError(f"x = {x}")', 'TypeError("x")'),
        ('"no x"', '"x?"'),
    ],
)
def test_a_digest_is_blind_to_words(old: str, new: str) -> None:
    assert old in SOURCE
    assert digest(parse(SOURCE.replace(old, new))) == digest(parse(SOURCE))


@pytest.mark.parametrize(
    ("old", "new"),
    [("x + 1", "x + 1.0"), ("x < 0", "x <= 0"), ("x + 1", "y + 1"), ("return x", "x"),
     ("import os", "import io"), ("def f", "@g\ndef f"), ("x < 0", "not x")],
)  # fmt: skip
def test_a_digest_sees_what_is_done(old: str, new: str) -> None:
    assert old in SOURCE
    assert digest(parse(SOURCE.replace(old, new))) != digest(parse(SOURCE))


def test_functions_with_a_decorator_can_be_left_out() -> None:
    marked = SOURCE + "\n@strategy\ndef g(x):\n    return 1\n"
    assert digest(parse(marked), without=["strategy"]) == digest(parse(SOURCE))
    assert digest(parse(marked)) != digest(parse(SOURCE))


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("par(1, 'm', 'Size.')", "par(1, 'm', 'Length.')", True),
        ("par(1, 'm', text='Size.')", "par(1, 'm', text='Length.')", True),
        ("par(1, 'm', f'{a}.')", "par(1, 'm', f'{b}.')", True),
        ("par(1, 'm', 'Size.')", "par(1, 'km', 'Size.')", False),
        ("par(1, 'm', size)", "par(1, 'm', length)", False),
        ("par(1, 'm', 2)", "par(1, 'm', 3)", False),
        ("part(1, 'm', 'Size.')", "part(1, 'm', 'Length.')", False),
        ("class Count:\n    A = 'Size.'", "class Count:\n    A = 'Length.'", True),
        ("class Count:\n    A = 'Size.', 'm'", "class Count:\n    A = 'Length.', 'm'", True),
        ("class Count:\n    A = 'Size.', 'm'", "class Count:\n    A = 'Size.', 'km'", False),
        ("class Count:\n    A = 1", "class Count:\n    A = 2", False),
        ("class Kinds:\n    A = 'Size.'", "class Kinds:\n    A = 'Length.'", False),
    ],
)
def test_only_the_text_of_what_is_described_is_left_out(old: str, new: str, same: bool) -> None:
    """And only where it is asked for: what somebody's own function does with words is not known."""
    texts = {"par": 2, "Count": 0}
    assert (digest(parse(old), texts=texts) == digest(parse(new), texts=texts)) == same
    assert digest(parse(old)) != digest(parse(new))


def test_the_place_of_each_text_is_where_it_is_declared() -> None:
    """And nobody else has such a name in what decides results."""
    places = {
        name: list(inspect.signature(function).parameters).index("text")
        for name, function in vars(metrics).items()
        if name in versions.TEXTS and function.__module__ == metrics.__name__
    }
    places |= {"par": list(inspect.signature(par).parameters).index("text")}
    places |= {"of_one": list(inspect.signature(of_one).parameters).index("text")}
    # The first that a member is given, after the class itself.
    places["Count"] = list(inspect.signature(Count._new_member_).parameters).index("text") - 1
    assert places == versions.TEXTS
    defined = [
        node.name
        for module in versions.model_modules(ROOT)
        for file in [ROOT.joinpath(*module.split("."))]
        for path in (file.with_suffix(".py"), file / "__init__.py")
        if path.is_file()
        for node in ast.walk(parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in versions.TEXTS
    ]
    assert sorted(defined) == sorted(versions.TEXTS)
