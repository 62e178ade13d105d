"""Old names of modules: scripts of before still run, and are told."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

import agents  # noqa: F401  tells which of its modules went where
import scenarios  # noqa: F401
from sim.moved import _MOVED

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("old", sorted(_MOVED.names))
def test_an_old_name_leads_to_the_new_one(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    new = _MOVED.names[old]
    place = ROOT.joinpath(*old.split("."))
    assert not place.exists()
    assert not place.with_suffix(".py").exists()
    monkeypatch.delitem(sys.modules, old, raising=False)
    with pytest.warns(DeprecationWarning, match=new):
        module = importlib.import_module(old)
    there = importlib.import_module(new)
    names = [name for name in vars(there) if not name.startswith("__")]
    assert names
    assert all(getattr(module, name) is getattr(there, name) for name in names)
    assert there.__spec__ is not None
    assert there.__spec__.name == new


def test_what_never_was_is_still_not_there() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("scenarios.nothing")
    assert importlib.util.find_spec("sim.nothing") is None
