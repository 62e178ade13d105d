"""Machine code is made anew when, and only when, something that it hangs on has changed."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import pytest
from numba.core.dispatcher import Dispatcher

import agents
import sim
from sim.stamps import UnknownKindError, stamp

KERNEL = '''\
"""A kernel."""
import numpy as np
from enum import IntEnum
from typing import NamedTuple
from sim.compiled import either_way, kernel, rule, scalar
import toy_rules
from toy_rules import half

class Color(IntEnum):
    """Colors."""
    RED = 1
    BLUE = 2

class Place(NamedTuple):
    x: int
    y: int

_LIMIT = np.int64(7)

@scalar
def twice(x):
    """Return two times x."""
    return 2 * x

@either_way
def order(x, decide):
    # by hand
    return decide.third(x)

@kernel
def run(x, most=3):
    """Do all of it."""
    if x == Color.RED:
        return Place(int(twice(x)), 1).x
    return half(x) + order(x, toy_rules) + min(_LIMIT, most)

@kernel
def other(x):
    return x
'''
RULES = '''\
"""Rules."""
from sim.compiled import rule
STEP = 4.0

@rule
def deep(x):
    return x + STEP

@rule
def half(x):
    return deep(x) / 2

@rule
def third(x):
    return x / 3
'''


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Return a function that writes the toy and loads it afresh."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def fresh(kernels: str = KERNEL, rules: str = RULES) -> Any:
        (tmp_path / "toy.py").write_text(kernels)
        (tmp_path / "toy_rules.py").write_text(rules)
        for name in ("toy", "toy_rules"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module("toy")

    yield fresh
    for name in ("toy", "toy_rules"):
        sys.modules.pop(name, None)


SAME = {
    "docstring of the kernel": (("Do all of it.", "Does everything."), None),
    "docstring of the module": (('"""A kernel."""', '"""Kernels.\n\nMore of them.\n"""'), None),
    "docstring of what is called": (("Return two times x.", "Double."), None),
    "docstring of an enum": (('"""Colors."""', '"""Two colors."""'), None),
    "comment": (("# by hand", "# by hand, or by foot\n    # and slowly"), None),
    "lines above": (("_LIMIT =", "\n\n\n_LIMIT ="), None),
    "another kernel": (("return x\n", "return x + 1\n"), None),
    "words of the rules": (None, ('"""Rules."""', '"""Rules of the game."""')),
}
OTHER = {
    "the kernel": (("if x == ", "if x != "), None),
    "a constant": (("np.int64(7)", "np.int64(8)"), None),
    "the kind of a constant": (("np.int64(7)", "np.int32(7)"), None),
    "a default": (("most=3", "most=4"), None),
    "a literal": (("return 2 * x", "return 3 * x"), None),
    "an enum": (("RED = 1", "RED = 5"), None),
    "order of fields": (("    x: int\n    y: int", "    y: int\n    x: int"), None),
    "a called function": (None, ("deep(x) / 2", "deep(x) / 2.5")),
    "a function two calls down": (None, ("x + STEP", "x - STEP")),
    "a constant two calls down": (None, ("STEP = 4.0", "STEP = 5.0")),
    "a constant of one type to another": (None, ("STEP = 4.0", "STEP = 4")),
    "a function of a module that is handed over": (None, ("x / 3", "x / 4")),
    "how a function is compiled": (("@scalar\ndef twice", "@rule\ndef twice"), None),
}


def _edited(load: Callable[..., Any], kernels: Any, rules: Any) -> Any:
    texts = []
    for text, edit in ((KERNEL, kernels), (RULES, rules)):
        assert edit is None or edit[0] in text
        texts.append(text if edit is None else text.replace(*edit))
    return load(*texts)


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_words_and_layout_leave_machine_code_alone(load: Callable[..., Any], edit: Any) -> None:
    before = stamp(load().run)
    assert stamp(_edited(load, *edit).run) == before


@pytest.mark.parametrize("edit", OTHER.values(), ids=OTHER)
def test_whatever_a_kernel_reaches_makes_it_anew(load: Callable[..., Any], edit: Any) -> None:
    toy = load()
    before, untouched = stamp(toy.run), stamp(toy.other)
    toy = _edited(load, *edit)
    assert stamp(toy.run) != before
    assert stamp(toy.other) == untouched


def test_a_value_of_unknown_kind_is_told() -> None:
    @numba.njit
    def odd() -> Any:
        return UNKNOWN

    with pytest.raises(UnknownKindError, match="UNKNOWN is a object"):
        stamp(odd)


UNKNOWN = object()


def kernels() -> dict[str, Dispatcher]:
    """Return everything compiled in the packages, by module and name."""
    found = {}
    for package in (sim, agents):
        for entry in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            module = importlib.import_module(entry.name)
            for name, value in vars(module).items():
                if isinstance(value, Dispatcher) and value.__module__ == entry.name:
                    found[f"{entry.name}.{name}"] = value
    return found


def test_every_kernel_has_a_stamp_of_its_own() -> None:
    stamps = {name: stamp(function) for name, function in kernels().items()}
    assert len(stamps) > 50
    assert len(set(stamps.values())) == len(stamps)


def test_a_stamp_is_the_same_in_another_process() -> None:
    code = (
        "from agents.day.loop import live_day; from sim.stamps import stamp; print(stamp(live_day))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == stamp(kernels()["agents.day.loop.live_day"])


def test_kernels_of_the_graph_do_not_hang_on_the_rules_of_the_day() -> None:
    from sim.stamps import _text

    reached, waiting = set(), [kernels()["sim.graph.kernels.grow_triads"].py_func]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += _text(one)[1]
    assert len(reached) > 5
    assert not [one for one in reached if getattr(one, "__module__", "").startswith("agents")]
