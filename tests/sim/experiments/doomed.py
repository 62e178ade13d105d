"""A sweep that is killed: ``python -m tests.sim.experiments.doomed DIR MOMENT``.

Moments: ``none``; ``driver:S`` and ``worker:S``, S seconds after the first run is done; ``write:N``
halfway through the N-th file of a run, ``rename:N`` between writing and renaming it, ``index:N``
after the N-th segment of the index is written and before those it swallows are removed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from sim.experiments import LocalProcesses, Progress, sweep
from sim.experiments.store import store as store_module
from tests.worlds import tiny

POINTS = {"sora.p_active": [0.2, 0.4], "sora.free_quota_per_day@2025-10-12": [1, 3, 6, 30]}
REPLICATES = 2
N_RUNS = 16


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def doom_writing(kind: str, number: int) -> None:
    """Die at the N-th write of a kind."""
    counted = [0]

    def is_due() -> bool:
        counted[0] += 1
        return counted[0] == number

    if kind == "index":
        unlink = Path.unlink

        def unlink_or_die(path: Path, missing_ok: bool = False) -> None:
            if path.parent.name == "index" and is_due():
                die()
            unlink(path, missing_ok)

        Path.unlink = unlink_or_die  # type: ignore[method-assign]
        return
    write = Path.write_bytes

    def write_or_die(path: Path, content: bytes) -> int:
        due = path.suffix == ".parquet" and is_due()
        n = write(path, content[: len(content) // 2] if due and kind == "write" else content)
        if due:
            die()
        return n

    Path.write_bytes = write_or_die  # type: ignore[method-assign, assignment]


def main(folder: str, moment: str) -> None:
    """Run the sweep, or as much of it as the moment leaves time for."""
    kind, _, when = moment.partition(":")
    store_module.FLUSH_ROWS = 8  # so that the index is written often
    if kind in ("write", "rename", "index"):
        doom_writing(kind, int(when))
    workers = LocalProcesses(2)
    armed: list[bool] = []

    def strike() -> None:
        time.sleep(float(when))
        if kind == "driver":
            die()
        for pid in workers.pids[:1]:
            os.kill(pid, signal.SIGKILL)
            print("struck", flush=True)

    def watch(progress: Progress) -> Any:
        if progress.run is not None and kind in ("driver", "worker") and not armed:
            armed.append(True)
            threading.Thread(target=strike, daemon=True).start()

    swept = sweep(tiny(), POINTS, REPLICATES, store=folder, executor=workers, watch=watch)
    workers.shutdown()
    print(swept.progress)


if __name__ == "__main__":
    main(*sys.argv[1:3])
