"""What a sweep costs beside its runs: ``python -m tests.benchmarks.bench_sweep --runs 1000``.

The same runs three times: one after the other in this process; on local workers; and on local
workers with their past in common, since they part on a policy date in the last quarter. All three
must come to the same bytes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from scenarios import baseline
from scenarios.inputs.sizing import sized
from sim.experiments import LocalProcesses, Serial, sweep

POLICY = "sora.free_quota_per_day@2026-02-15"
POINTS = 20


class Cost(NamedTuple):
    """Seconds on the clock, and of all processors together."""

    clock: float
    processors: float


def cost(folder: Path, workers: int, n_users: int, n_seeds: int, branch: bool) -> Cost:
    """Return what one sweep costs, start and end of its workers included; 0 workers: none."""
    executor = LocalProcesses(workers) if workers else Serial()
    clock, processors = time.perf_counter(), sum(os.times()[:4])
    with executor:
        swept = sweep(
            sized(baseline.scenario(), n_users), {POLICY: list(range(1, POINTS + 1))}, n_seeds,
            store=folder, executor=executor, branch=branch,
        )  # fmt: skip
    assert swept.progress.done == swept.progress.total == POINTS * n_seeds
    return Cost(time.perf_counter() - clock, sum(os.times()[:4]) - processors)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("runs/*/*.parquet")}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="a multiple of 20")
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    n_seeds = max(1, options.runs // POINTS)
    folder = Path(tempfile.mkdtemp())
    try:
        size = (options.users, n_seeds)
        cost(folder / "warm", 0, options.users, 1, branch=True)  # compiles, if need be
        alone = cost(folder / "serial", 0, *size, branch=False)
        spread = cost(folder / "spread", options.workers, *size, branch=False)
        shared = cost(folder / "shared", options.workers, *size, branch=True)
        stores = [content(folder / name) for name in ("serial", "spread", "shared")]
        assert stores[0] == stores[1] == stores[2], "the stores differ"
    finally:
        shutil.rmtree(folder)
    n, workers = POINTS * n_seeds, options.workers
    print(f"{n} runs of {options.users:,} users, the whole horizon, policy {POLICY}")
    for name, one in (("one process", alone), (f"{workers} workers", spread),
                      (f"{workers} workers, branched", shared)):  # fmt: skip
        print(f"{name:22} {one.clock:8.1f} s on the clock {one.processors:8.1f} s of processors")
    print(f"of {workers} ideal cores:  {alone.clock / workers / spread.clock:6.1%} on the clock, "
          f"{alone.processors / spread.processors:6.1%} of processors")  # fmt: skip
    print(f"branching:        {spread.clock / shared.clock:6.2f} x on the clock, "
          f"{spread.processors / shared.processors:6.2f} x of processors")  # fmt: skip
    print("same bytes in all three stores")


if __name__ == "__main__":
    main()
