"""A run's name hangs on the code that decides it, and on no other."""

from __future__ import annotations

import importlib.util
import linecache
import sys
from pathlib import Path

import pytest

from sim.experiments.store.identity import run_key
from sim.experiments.work.sources import Source
from sim.platform_config import StrategyConfig
from sim.plugins import REGISTERS
from tests.worlds import tiny

PLUG_INS = """
from agents import strategy
from sim.interventions import intervention

@strategy
def one(situation):
    return {}

@strategy
def two(situation):
    return {}

@intervention
def act(market, platform):
    return {}
"""


def test_a_run_hangs_on_the_plug_ins_that_it_names_and_on_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    named = tiny()
    sora = named.platforms["sora"].changed("try", strategies=(StrategyConfig(name="one"),))
    named = named.with_platform("sora", sora)
    event = {**named.events[0].model_dump(), "id": "act", "do": "act"}
    acting = {**tiny().as_dict(), "events": [event]}

    def keys(old: str = "", new: str = "") -> list[str]:
        file = tmp_path / "plug_ins.py"
        assert old in PLUG_INS
        file.write_text(PLUG_INS.replace(old, new) if old else PLUG_INS)
        linecache.checkcache(str(file))
        spec = importlib.util.spec_from_file_location("plug_ins", file)
        assert spec is not None
        assert spec.loader is not None
        monkeypatch.setitem(sys.modules, "plug_ins", importlib.util.module_from_spec(spec))
        spec.loader.exec_module(sys.modules["plug_ins"])
        return [run_key(s) for s in (named.as_dict(), acting, tiny().as_dict())]

    def differ(a: list[str], b: list[str]) -> list[bool]:
        return [x != y for x, y in zip(a, b, strict=True)]

    try:
        before = keys()
        words = "def one(situation):\n", 'def one(situation):\n    """Words."""\n    # more\n'
        assert differ(before, keys(*words)) == [False, False, False]
        one = "def one(situation):\n    return {}", "def one(situation):\n    return {'a': 1}"
        assert differ(before, keys(*one)) == [True, False, False]
        two = "def two(situation):\n    return {}", "def two(situation):\n    return {'a': 1}"
        assert differ(before, keys(*two)) == [False, False, False]
        act = "platform):\n    return {}", "platform):\n    return {'a': 1}"
        assert differ(before, keys(*act)) == [False, True, False]
    finally:
        for kind, name in (("strategy", "one"), ("strategy", "two"), ("intervention", "act")):
            REGISTERS[kind].remove(name)


def test_a_comment_in_a_file_of_ones_own_keeps_its_runs(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text("X = 1\n")
    own = Source(tiny(), str(file))
    before = own.code
    file.write_text('"""Words."""\n\nX = 1  # one\n')
    assert own.code == before
    file.write_text("X = 2\n")
    assert own.code != before
