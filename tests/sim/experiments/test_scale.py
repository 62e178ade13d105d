"""A hundred thousand finished runs: looked through, gone on with and framed in seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim.experiments import Store
from sim.experiments.design import grid
from sim.experiments.paths import varied
from sim.experiments.plan import Plan, kept
from sim.experiments.store.run_file import RunFile, as_file
from sim.experiments.sweeps import _write_summary
from sim.experiments.work.running import run_task
from sim.experiments.work.sources import Source
from sim.scenario import Scenario
from tests.worlds import tiny

ROOT = Path(__file__).resolve().parents[3]
SECONDS, GIGABYTES = 10.0, 2.0
#: What each part is, in a process of its own; the last line printed is its answer.
PARTS = {
    "listing": "store = Store(folder); answer = len(store)",
    "resuming": "answer = sweep(base(), POINTS, SEEDS, store=folder).progress.found",
    "frame": "frame = Store(folder).frame(); answer = len(frame)",
}
MEASURE = """
import json, sys, time
from pathlib import Path
from sim.experiments import Store, sweep
from tests.sim.experiments.test_scale import POINTS, SEEDS, base
folder = sys.argv[1]
begun = time.perf_counter()
{part}
seconds = time.perf_counter() - begun
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1e6
print(json.dumps([answer, seconds, peak]))
"""
POINTS = {"sora.p_active": "0.1..0.5:50", "sora.utility": "-2..2:20"}
SEEDS = 100


def base() -> Scenario:
    """Return a scenario of one day."""
    return tiny(until="2025-09-25")


def filled(folder: Path, points: dict[str, str], n_seeds: int) -> Plan:
    """Make a store in which a whole sweep is done, from one run that was simulated.

    Each file carries the name, seed and parameters of its own run, in its footer, and the days of
    the one that was; nothing that is measured reads the days.
    """
    source = Source(base())
    with Store(folder, base()) as store:
        plan = kept(folder, source, grid(base(), points), n_seeds, [])
        model = as_file(run_task(plan.task(0)))
        first_seed = base().market.seed
        for point, values in enumerate(plan.design.points):
            parameters = varied(base(), values).as_dict()
            for replicate in range(n_seeds):
                key = plan.keys[plan.asked[replicate, point]]
                seed = first_seed + replicate
                manifest = {**model.about["manifest"], "seed": seed, "parameters": parameters}
                about = {**model.about, "run": key, "manifest": manifest}
                content = model.content.replace(model.key.encode(), key.encode())
                store.add(RunFile(key, content, about))
        store.flush()
        _write_summary(store, changed=True)
    return plan


def measured(folder: Path, part: str) -> tuple[int, float, float]:
    """Return answer, seconds, and gigabytes at the most, of a part in a process of its own."""
    command = [sys.executable, "-c", MEASURE.format(part=PARTS[part]), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    answer, seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return answer, seconds, peak


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_hundred_thousand_runs_cost_seconds_and_little_memory(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    plan = filled(folder, POINTS, SEEDS)
    assert len(plan) == 100_000
    for part, expected in (("listing", 100_000), ("resuming", 100_000), ("frame", 200_000)):
        answer, seconds, peak = measured(folder, part)
        print(f"{part}: {seconds:.1f} s, {peak:.2f} GB")
        assert answer == expected
        assert seconds < SECONDS
        assert peak < GIGABYTES


def test_a_store_filled_this_way_is_one_that_a_sweep_takes_as_done(tmp_path: Path) -> None:
    """The test above measures the real thing only if this holds."""
    from sim.experiments import Serial, sweep

    points = {"sora.p_active": "0.1..0.5:5", "sora.utility": "-2..2:4"}
    plan = filled(tmp_path, points, 3)
    swept = sweep(base(), points, 3, store=tmp_path, executor=Serial())
    assert (swept.progress.found, len(plan)) == (60, 60)
    frame = swept.frame()
    assert frame["sora.p_active"].nunique() == 5
    assert frame["sora.utility"].nunique() == 4
