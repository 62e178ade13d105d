"""Kill -9 at any moment: after going on, the store is that of an undisturbed sweep."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sim.experiments import Serial, Store, sweep
from sim.experiments.store.run_file import check_run
from tests.sim.experiments.doomed import N_RUNS, POINTS, REPLICATES
from tests.worlds import tiny

ROOT = Path(__file__).resolve().parents[3]
KILLED = -9


def content(folder: Path) -> dict[str, bytes]:
    files = {path.name: path.read_bytes() for path in folder.glob("runs/*/*.parquet")}
    return {**files, "frame": Store(folder).frame().to_csv().encode()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed") / "store"
    sweep(tiny(), POINTS, REPLICATES, store=folder, executor=Serial())
    return content(folder)


def run(folder: Path, moment: str) -> tuple[bool, bool]:
    """Run the sweep until it is done or killed; return whether it is done, and was hit."""
    command = [sys.executable, "-m", "tests.sim.experiments.doomed", str(folder), moment]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.returncode in (0, KILLED), ended.stderr
    done = ended.returncode == 0
    if done:
        assert f"{N_RUNS} runs: {N_RUNS} done, 0 left" in ended.stdout
    return done, not done or "struck" in ended.stdout


def check(folder: Path, n_stored: int, undisturbed: dict[str, bytes]) -> int:
    """Check a store after a kill: whole files alone, none lost; return how many there are."""
    if not (folder / "store.json").exists():
        return n_stored
    store = Store(folder)
    assert store.notes == []
    assert len(store) >= n_stored
    assert len(store.frame()) == 2 * len(store)
    for key in store.sizes:
        check_run(store.path(key))
        assert store.path(key).read_bytes() == undisturbed[f"{key}.parquet"]
    return len(store)


def survives(folder: Path, moments: Iterator[str], undisturbed: dict[str, bytes]) -> int:
    """Kill a sweep at one moment after the other until it is done; return how many hit it."""
    n_hits, n_stored, done = 0, 0, False
    while not done:
        done, hit = run(folder, next(moments, "none"))
        n_hits += hit
        n_stored = check(folder, n_stored, undisturbed)
    assert content(folder) == undisturbed
    assert not [path for path in folder.rglob(".*") if path.is_file()]
    assert not (folder / "damaged").exists()
    return n_hits


def test_a_sweep_survives_kills_of_driver_and_worker_and_within_a_write(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    moments = ["write:2", "index:2", "worker:0.01"]
    assert survives(tmp_path / "store", iter(moments), undisturbed) >= 2


def random_moments() -> Iterator[str]:
    """Yield moments for ever, under a fixed seed."""
    rng = np.random.default_rng(20)
    while True:
        kind = str(rng.choice(["driver", "worker", "write", "rename", "index"]))
        timed = kind in ("driver", "worker")
        yield f"{kind}:{rng.uniform(0, 0.3):.3f}" if timed else f"{kind}:{rng.integers(1, 5)}"


@pytest.mark.slow
def test_a_sweep_survives_ten_kills_at_random_moments(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    """As many sweeps as it takes for ten kills to hit one."""
    moments = random_moments()
    n_hits, turn = 0, 0
    while n_hits < 10:
        n_hits += survives(tmp_path / str(turn), moments, undisturbed)
        turn += 1
