"""Attack what lies on disk, and count how it is taken: ``make attack``.

Bits are flipped anywhere in a store of runs, one at a time: whoever reads it then must get every
number as it was written, or be told in one line. Saved markets are forged: something in the state
is changed and the file sealed as if it were right. What is no state of a market must be refused in
one line; what could be one is taken, and must then live to the end with every sum checked
("plausible" where that is another end).
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import ClipmarketError
from sim.execution import Execution
from sim.experiments import Serial, Store, sweep
from sim.experiments.store.sealed import read_table
from sim.market import Market
from sim.metrics import CATALOGUE
from sim.seal import seal
from tests.worlds import bits, small, tiny

Rng = np.random.Generator
HARMLESS, TOLD, PLAUSIBLE = "harmless", "told", "plausible"
SILENT, TRACEBACK = "silent", "traceback"
WAYS = (HARMLESS, TOLD, PLAUSIBLE, SILENT, TRACEBACK)
POINTS = {"sora.p_active": [0.2, 0.4]}
UNTIL = "2025-10-06"
#: Every so many flips a sweep goes on with the store, and must make it whole.
HEALED = 40
ONE_THREAD = Execution(threads=1, check=True)
#: What is written over a number, apart from the ends of what its type can hold.
ODD = (0, 1, -1, 2, 7, 255, 10**6, 0.5, -0.5, float("nan"), float("inf"), 1e300)
#: What is written over anything in the part that is text.
ODD_VALUES: tuple[Any, ...] = (
    None, -1, 0, 1, 10**6, 10**30, 0.5, float("nan"), "x", "", [], {}, [[]], {"x": 1}, True,
)  # fmt: skip


def finished(folder: Path) -> Path:
    """Make a small store with every kind of file in it."""
    sweep(tiny(until=UNTIL), POINTS, 2, store=folder, executor=Serial())
    with Store(folder, tiny(until=UNTIL)) as store:
        store.add_failure("f" * 32, tiny().as_dict(), "failed", "it broke", "where")
    return folder


def numbers(folder: Path) -> tuple[list[str], tuple[Any, ...]]:
    """Return remarks, and everything that a store tells."""
    store = Store(folder)
    told = store.frame().sort_index(axis=1), store.daily(list(CATALOGUE))
    return list(store.notes), told


def same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Return whether a store tells the same, to the last bit."""
    return all(a.equals(b) for a, b in zip(one, other, strict=True))


def judged(error: Exception) -> str:
    """Return how it is taken that something was refused."""
    lines = str(error).splitlines()
    return TOLD if isinstance(error, ClipmarketError) and len(lines) == 1 else TRACEBACK


def as_read(folder: Path, path: Path, right: tuple[Any, ...]) -> str:
    """Return how somebody fares who reads a store in which one file is not as it was written."""
    try:
        notes, now = numbers(folder)
        if path.name == "summary.parquet":
            read_table(path)
    except Exception as error:
        return judged(error)
    if any(len(note.splitlines()) != 1 for note in notes):
        return TRACEBACK
    if notes:
        return TOLD
    return HARMLESS if same(now, right) else SILENT


def as_gone_on_with(folder: Path, right: tuple[Any, ...]) -> str:
    """Return how a sweep fares that goes on with the store: all is told, all is whole again."""
    try:
        swept = sweep(tiny(until=UNTIL), POINTS, 2, store=folder, executor=Serial())
        notes, now = numbers(folder)
        read_table(folder / "summary.parquet")
    except Exception as error:
        return judged(error)
    if len(swept.plan) != 4 or notes or not same((now[1],), (right[1],)):
        return SILENT
    return TOLD if swept.progress.notes else HARMLESS


def flips(n: int, seed: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Flip n bits, one at a time; yield how each was taken, and which it was."""
    whole, store = finished(folder / "whole"), folder / "store"
    right = numbers(whole)[1]
    paths = sorted(p for p in whole.rglob("*") if p.is_file())
    weights = np.array([path.stat().st_size for path in paths], float)
    shutil.copytree(whole, store)
    for i in range(n):
        rng = np.random.default_rng([seed, i])
        # By turns any byte, and any file: small files are as dear as large ones.
        chances = weights / weights.sum() if i % 2 else None
        chosen = paths[int(rng.choice(len(paths), p=chances))]
        path = store / chosen.relative_to(whole)
        content = chosen.read_bytes()
        place, bit = int(rng.integers(len(content))), int(rng.integers(8))
        path.write_bytes(_flipped(content, place, bit))
        found = as_read(store, path, right)
        goes_on = i % HEALED == 0 or path.parent.name == "plans" or path.stem == "summary"
        if goes_on and found in (HARMLESS, TOLD) and path.name != "store.json":
            went_on = as_gone_on_with(store, right)
            found = went_on if went_on in (SILENT, TRACEBACK) or found == HARMLESS else found
            shutil.rmtree(store)
            shutil.copytree(whole, store)
        path.write_bytes(content)
        yield found, f"{path.relative_to(store)}, byte {place:,}, bit {bit}"


def _flipped(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def forged(n: int, seed: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Forge n saved markets; yield how each was taken, and what was changed."""
    folder.mkdir(parents=True, exist_ok=True)
    market = small(300, seed=3, execution=ONE_THREAD)
    market.run("2025-10-20")
    with np.load(io.BytesIO(market.save(folder / "right.npz").read_bytes())) as file:
        arrays = {name: file[name] for name in file.files}
    meta = arrays.pop("meta.json").tobytes()
    market.run()
    right = bits(market)
    path = folder / "forged.npz"
    for i in range(n):
        rng = np.random.default_rng([seed, i])
        changed = {name: array.copy() for name, array in arrays.items()}
        values = json.loads(meta)
        what = forge_value(rng, values) if rng.random() < 0.4 else forge_array(rng, changed)
        changed["meta.json"] = np.frombuffer(json.dumps(values).encode(), np.uint8)
        with path.open("w+b") as out:
            np.savez(out, **changed)
            seal(out)
        yield as_loaded(path, right), what


def as_loaded(path: Path, right: str) -> str:
    """Return how a forged market is taken: refused in a line, or alive and well to the end.

    Parameters
    ----------
    right
        What the market comes to if it is not forged. Whoever seals another state that is possible
        gets another market, and no reader can tell.
    """
    try:
        loaded = Market.load(path, ONE_THREAD)
    except Exception as error:
        return judged(error)
    try:
        loaded.run()
        repr(loaded.results.changes())
    except Exception:
        return SILENT  # it was believed, and was no market
    return HARMLESS if bits(loaded) == right else PLAUSIBLE


def forge_array(rng: Rng, arrays: dict[str, Any]) -> str:
    """Change something in one array, its type and mostly its shape as they were."""
    name = str(rng.choice(sorted(arrays)))
    array = arrays[name]
    field = ""
    if array.dtype.names:
        field = str(rng.choice(array.dtype.names))
        array = array[field]
    if not array.size:
        del arrays[name]
        return f"{name} missing"
    flat = array.reshape(-1) if array.flags["C_CONTIGUOUS"] else array
    place = np.unravel_index(int(rng.integers(flat.size)), flat.shape)
    match int(rng.integers(6)):
        case 0 | 1 | 2:
            value = odd_of(rng, array.dtype)
            with np.errstate(all="ignore"):
                flat[place] = value
            what = f"[{int(place[0])}] = {value}"
        case 3:
            other = np.unravel_index(int(rng.integers(flat.size)), flat.shape)
            flat[place], flat[other] = flat[other].copy(), flat[place].copy()
            what = "two swapped"
        case 4:
            array[...] = odd_of(rng, array.dtype)
            what = "all the same"
        case _:
            arrays[name] = arrays[name][: arrays[name].shape[0] // 2] if array.ndim else array
            what = "halved"
    return f"{name}{'.' * bool(field)}{field}: {what}"


def odd_of(rng: Rng, dtype: np.dtype[Any]) -> Any:
    """Return something that an array of this type can hold, and mostly should not."""
    if dtype.kind in "iu":
        ends = np.iinfo(dtype)
        fit = [int(v) for v in ODD if float(v).is_integer() and ends.min <= v <= ends.max]
        return dtype.type(rng.choice([*map(str, fit), str(ends.min), str(ends.max)]))
    if dtype.kind == "f":
        return dtype.type(rng.choice(np.array(ODD, float)))
    return np.frombuffer(rng.bytes(dtype.itemsize), dtype)[0] if dtype.kind != "b" else True


def forge_value(rng: Rng, values: dict[str, Any]) -> str:
    """Change or remove something in the part of a saved market that is text."""
    inside: Any = values
    what = ""
    while True:
        keys = sorted(inside) if isinstance(inside, dict) else list(range(len(inside)))
        key = keys[int(rng.integers(len(keys)))]
        what += f"/{key}"
        deeper = isinstance(inside[key], dict | list) and len(inside[key]) > 0
        if not deeper or rng.random() < 0.15:
            break
        inside = inside[key]
    if rng.random() < 0.2:
        del inside[key]
        return f"{what} missing"
    old = inside[key]
    number = isinstance(old, int | float) and not isinstance(old, bool) and rng.random() < 0.5
    inside[key] = old + int(rng.integers(-3, 4)) if number else pick_value(rng)
    return f"{what} = {inside[key]!r}"


def pick_value(rng: Rng) -> Any:
    """Return something that does not belong there."""
    return ODD_VALUES[int(rng.integers(len(ODD_VALUES)))]


def count(taken: Iterator[tuple[str, str]], shown: int = 20) -> tuple[Counter[str], list[str]]:
    """Return how often each way, and the cases that must not be."""
    found: Counter[str] = Counter()
    wrong = []
    for how, what in taken:
        found[how] += 1
        if how in (SILENT, TRACEBACK):
            wrong.append(f"{how}: {what}")
    return found, wrong[:shown]


def main(arguments: list[str] | None = None) -> int:
    """Attack, print the counts, return 1 if anything was silent or ended in a traceback."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--flips", type=int, default=1_000)
    parser.add_argument("--forged", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    any_wrong = False
    with tempfile.TemporaryDirectory() as folder:
        for what, attack, n in (
            ("bits flipped in a store", flips, given.flips),
            ("saved markets forged", forged, given.forged),
        ):
            began = time.perf_counter()
            found, wrong = count(attack(n, given.seed, Path(folder) / attack.__name__))
            counts = ", ".join(f"{found[how]:,} {how}" for how in WAYS)
            print(f"{n:,} {what}: {counts} ({time.perf_counter() - began:.0f} s)")
            print(*(f"  {line}" for line in wrong), sep="\n", end="\n" if wrong else "")
            any_wrong |= bool(wrong)
    return int(any_wrong)


if __name__ == "__main__":
    sys.exit(main())
