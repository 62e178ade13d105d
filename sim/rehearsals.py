"""Machine code that another process makes while this one makes the rest: the first run, halved.

One kernel takes as long to compile as all others together. It is known which, and what types it is
called with needs no more than a tiny market: so at the first kernel for which no code is kept, a
process is started that rehearses the long one and keeps its code on disk. Who then calls it waits
for that process, and finds the code. Whatever goes wrong with a rehearsal costs only its time.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from typing import Any

import numba

from sim.execution import available_cores

#: Seconds after which a rehearsal is no longer waited for.
PATIENCE_SECONDS = 300.0
_START = (
    "import importlib, json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "module, _, name = sys.argv[2].rpartition('.'); "
    "getattr(importlib.import_module(module), name)()"
)


class Rehearsals:
    """Which kernels are worth a process of their own, and the processes."""

    def __init__(self) -> None:
        self._wanted: dict[Any, str] = {}
        self._running: dict[Any, subprocess.Popen[bytes]] = {}

    def want(self, kernel: Any, rehearsal: str) -> None:
        """Take note of a kernel.

        Parameters
        ----------
        rehearsal
            Full name of a function that calls the kernel as a market does, or compiles it.
        """
        self._wanted[kernel] = rehearsal

    def begin(self, missed: Any) -> None:
        """Start what is wanted and not kept, once: a kernel was called for which there is no code.

        A process that has one core to itself (a worker, a rehearsal) starts none.
        """
        if missed in self._wanted or numba.config.NUMBA_NUM_THREADS < 2 or available_cores() < 2:
            return
        while self._wanted:
            kernel, rehearsal = self._wanted.popitem()
            if kernel._cache.can_keep_code and not kernel._cache.has_code:
                with contextlib.suppress(OSError):
                    self._running[kernel] = _process(rehearsal)

    def wait(self, kernel: Any) -> None:
        """Wait until the rehearsal of a kernel, if there is one, is over."""
        process = self._running.pop(kernel, None)
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_SECONDS)


def _process(rehearsal: str) -> subprocess.Popen[bytes]:
    place = {"NUMBA_CACHE_DIR": numba.config.CACHE_DIR} if numba.config.CACHE_DIR else {}
    return subprocess.Popen(
        [sys.executable, "-c", _START, json.dumps(sys.path), rehearsal],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **place, "NUMBA_NUM_THREADS": "1"},
        # Ctrl-C ends the run, and leaves the code for the next one.
        process_group=0,
    )


REHEARSALS = Rehearsals()
