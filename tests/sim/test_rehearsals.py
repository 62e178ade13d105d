"""The long kernel is compiled by another process, once, and only where that serves."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numba
import pytest

from agents.day.loop import live_day
from agents.people.rehearsal import rehearse
from sim import rehearsals
from sim.rehearsals import Rehearsals
from tests.worlds import small

TOY = """\
from sim.compiled import kernel

@kernel
def long_one(x):
    return x + 1

@kernel
def short_one(x):
    return x - 1

def rehearse():
    long_one(1)
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 2)
    monkeypatch.setattr(rehearsals, "available_cores", lambda: 2)
    (tmp_path / "toy_to_rehearse.py").write_text(TOY)
    importlib.invalidate_caches()
    yield importlib.import_module("toy_to_rehearse")
    sys.modules.pop("toy_to_rehearse", None)


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> Rehearsals:
    """Rehearsals of the toy alone, in place of those of the project."""
    made = Rehearsals()
    for module in ("sim.compiled", "sim.code_cache"):
        monkeypatch.setattr(f"{module}.REHEARSALS", made)
    return made


def test_a_market_calls_the_long_kernel_as_it_was_rehearsed() -> None:
    rehearse()
    before = list(live_day.signatures)
    small(n_users=300).step()
    assert live_day.signatures == before


def test_code_of_another_process_is_found(toy: ModuleType, ours: Rehearsals) -> None:
    ours.want(toy.long_one, "toy_to_rehearse.rehearse")
    assert toy.short_one(3) == 2  # no code is kept: the rehearsal begins
    assert ours._running
    assert toy.long_one(3) == 4
    assert toy.long_one.stats.cache_hits
    assert not ours._running


def test_what_is_kept_is_not_rehearsed(toy: ModuleType, ours: Rehearsals) -> None:
    toy.long_one(1)
    ours.want(toy.long_one, "toy_to_rehearse.rehearse")
    toy.short_one(3)
    assert not ours._running


def test_a_process_with_one_core_rehearses_nothing(
    toy: ModuleType, ours: Rehearsals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 1)
    ours.want(toy.long_one, "toy_to_rehearse.rehearse")
    toy.short_one(3)
    assert not ours._running
    assert toy.long_one(3) == 4


def test_a_rehearsal_that_fails_costs_nothing(toy: ModuleType, ours: Rehearsals) -> None:
    ours.want(toy.long_one, "toy_to_rehearse.nothing_of_this_name")
    toy.short_one(3)
    assert toy.long_one(3) == 4
    assert not toy.long_one.stats.cache_hits
