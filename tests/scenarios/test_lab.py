"""The lab keeps its runs: asked again, or after an interruption, it does only what is missing."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from scenarios.__main__ import main
from scenarios.asking.lab import DRAWS, Lab, Size, lab
from scenarios.asking.question_page import page_of
from scenarios.command.answer import answers
from scenarios.command.report import report
from sim.experiments import Serial, Store
from sim.experiments.store import kept_runs
from tests.scenarios.test_questions import short_question
from tests.worlds import tiny

SMALL = Size(n_users=500, replicates=2, assumption_users=500, assumption_replicates=1)
#: As on the command line; two days of November are enough to see that all works together.
QUICK = ("--users", "500", "--replicates", "1", "--draws", "2", "--assumptions", "0")


def page(opened: Lab) -> str:
    return page_of(opened.ask(short_question()), opened).html()


def test_the_page_is_the_same_with_a_store_and_when_asked_again(
    tmp_path: Path, ran: list[int]
) -> None:
    with lab(SMALL, Serial()) as opened:
        plain = page(opened)
    with lab(SMALL, Serial(), folder=tmp_path / "kept") as opened:
        assert page(opened) == plain
    assert ran
    ran.clear()
    with lab(SMALL, Serial(), folder=tmp_path / "kept") as opened:
        assert page(opened) == plain
    assert ran == []


def test_after_an_interruption_only_what_is_missing_is_run(
    tmp_path: Path, ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with lab(SMALL, Serial(), folder=tmp_path / "whole") as opened:
        opened.ask(short_question())
    total = len(ran)
    ran.clear()
    add = Store.add

    def interrupted(self: Store, run: kept_runs.RunFile) -> None:
        add(self, run)
        if len(self) == total - 2:
            raise KeyboardInterrupt

    def ask() -> None:
        with lab(SMALL, Serial(), folder=tmp_path / "kept") as opened:
            opened.ask(short_question())

    with monkeypatch.context() as patch:
        patch.setattr(Store, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ask()
    ran.clear()
    ask()
    assert len(ran) == 2


def test_the_command_keeps_its_runs_and_goes_on_without_where_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    main(["report", "smaller_quota", *QUICK])
    kept = set(Path("out/lab").glob("runs/*/*.parquet"))
    assert kept
    main(["report", "smaller_quota", *QUICK, "--lab", "none"])
    with Store("out/lab", tiny()):
        main(["report", "smaller_quota", *QUICK])
        assert "nothing is kept" in capsys.readouterr().err
        with pytest.raises(SystemExit) as stop:
            main(["report", "smaller_quota", *QUICK, "--lab", "out/lab"])
        assert stop.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert sum("writing to this store" in line for line in lines) == 1
    assert set(Path("out/lab").glob("runs/*/*.parquet")) == kept


OWN = '''"""What if packs cost more on Sundays?

Differs from the baseline in a strategy.
"""

from agents.platforms.situation import strategy
from scenarios import baseline
from scenarios.asking.question import Measure, builder, main_arm
from sim.platform_config import StrategyConfig

NAME = "sundays"
MEASURES = (Measure("clips", "sora", "2025-10-01", "2025-10-31"),)


@strategy
def free_on_sundays(situation):
    wanted = {free} if situation.date.weekday() == 6 else 1
    return {{"free_quota_per_day": wanted}}


def variants(inputs=None):
    base = baseline.scenario(inputs)
    own = StrategyConfig(name="free_on_sundays", parameters={{}})
    sora = base.platforms["sora"].changed("sora", strategies=(own,))
    return {{"sundays": base.with_platform("sora", sora)}}


def scenario():
    return main_arm(variants(), NAME)


build = builder(scenario)


def answer(found):
    return f"Clips change by {{found.ratio('sundays', MEASURES[0])}}."
'''


def test_a_question_of_ones_own_brings_its_strategy_to_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And an edit of the strategy is another run: what was kept before is not taken for it."""
    monkeypatch.chdir(tmp_path)
    said = []
    for free in (1, 200, 200):
        Path("sundays.py").write_text(OWN.format(free=free), encoding="utf-8")
        main(["report", "sundays.py", *QUICK, "--users", "3000"])
        said.append(capsys.readouterr().out.splitlines()[0])
    assert said[0].startswith("Clips change by")
    assert said[0] != said[1] == said[2]


def test_commands_draw_as_many_markets_as_a_lab_does() -> None:
    for command in (answers, report):
        assert inspect.signature(command).parameters["draws"].default == DRAWS
