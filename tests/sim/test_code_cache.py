"""Kept machine code saves time, and whatever is wrong with it stops nobody."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numba
import numpy as np
import pytest

TOY = '''\
import numpy as np
from typing import NamedTuple
from sim.compiled import kernel

class Place(NamedTuple):
    x: np.ndarray
    y: np.ndarray

@kernel
def first(place):
    """Return the first."""
    return place.x[0]
'''
#: Value of the toy, and whether its machine code was found.
Told = tuple[float, bool]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Told]]:
    """Return a function that loads the toy afresh, as the next process would, and calls it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def run_toy(cache: Path | str, toy: str = TOY) -> Told:
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(cache))
        (tmp_path / "toy_of_the_cache.py").write_text(toy)
        sys.modules.pop("toy_of_the_cache", None)
        importlib.invalidate_caches()
        module = importlib.import_module("toy_of_the_cache")
        place = module.Place(x=np.ones(1), y=np.zeros(1))
        return float(module.first(place)), bool(module.first.stats.cache_hits)

    yield run_toy
    sys.modules.pop("toy_of_the_cache", None)


def test_code_is_found_again_after_an_edit_of_words(
    run: Callable[..., Told], tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    assert run(cache) == (1.0, False)
    assert run(cache) == (1.0, True)
    assert run(cache, '"""Words."""\n\n\n' + TOY.replace("the first", "one")) == (1.0, True)
    assert run(cache, TOY.replace("x[0]", "x[0] + 1")) == (2.0, False)
    assert len([*cache.rglob("*.nbi")]) == 1


def test_fields_in_another_order_are_another_kernel(
    run: Callable[..., Told], tmp_path: Path
) -> None:
    run(tmp_path / "cache")
    swapped = TOY.replace("    x: np.ndarray\n", "").replace(
        "    y: np.ndarray\n", "    y: np.ndarray\n    x: np.ndarray\n"
    )
    assert run(tmp_path / "cache", swapped) == (1.0, False)


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("harm", ["cut", "empty", "foreign", "flipped"])
def test_a_spoiled_file_counts_as_none_and_is_mended(
    run: Callable[..., Told], tmp_path: Path, ending: str, harm: str
) -> None:
    cache = tmp_path / "cache"
    run(cache)
    (file,) = cache.rglob(f"*.{ending}")
    content = bytearray(file.read_bytes())
    if harm == "flipped":
        content[len(content) // 2] ^= 255
    spoiled = {"cut": content[:20], "empty": b"", "foreign": b"something else"}
    file.write_bytes(spoiled.get(harm, content))
    assert run(cache) == (1.0, False)
    assert run(cache) == (1.0, True)


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_folder_in_place_of_a_file_stops_nobody(
    run: Callable[..., Told], tmp_path: Path, ending: str
) -> None:
    run(tmp_path / "cache")
    (file,) = (tmp_path / "cache").rglob(f"*.{ending}")
    file.unlink()
    file.mkdir()
    assert run(tmp_path / "cache") == (1.0, False)


def test_code_of_another_kernel_under_the_same_name_is_not_taken(
    run: Callable[..., Told], tmp_path: Path
) -> None:
    """Two processes may give one name to what they keep; the index of one is not for the other."""
    run(tmp_path / "one")
    run(tmp_path / "two", TOY.replace("x[0]", "x[0] + 1"))
    (mine,), (other,) = ((tmp_path / n).rglob("*.nbc") for n in ("one", "two"))
    mine.write_bytes(other.read_bytes())
    assert run(tmp_path / "one") == (1.0, False)


def test_without_a_place_for_it_code_is_compiled_in_memory(
    run: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "__pycache__").write_text("no folder")
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, os.devnull)
    assert run(os.devnull) == (1.0, False)
    assert run(os.devnull) == (1.0, False)


def test_the_folder_of_the_user_stands_in_for_one_that_cannot_be_made(
    run: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "__pycache__").write_text("no folder")
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    assert run(os.devnull) == (1.0, False)
    assert run(os.devnull) == (1.0, True)


def test_a_disk_that_is_full_stops_nobody(
    run: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.code_cache._Files._save_data", full)
    assert run(tmp_path / "cache") == (1.0, False)
    assert run(tmp_path / "cache") == (1.0, False)
