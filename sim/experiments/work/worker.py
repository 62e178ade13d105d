"""A local worker: a process of its own that takes calls from a connection and answers them.

It is started afresh, never forked: threads, locks and pools of the parent do not exist in it, and
the parent's main module is not run again.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

#: What a new interpreter runs; it finds the packages where its parent does.
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from sim.experiments.work.worker import serve; serve(int(sys.argv[1]))"
)
#: One thread each: the cores are shared by workers.
_ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
}
_ORPHAN_CHECK_SECONDS = 1.0
_LONGEST_WAIT = 2e6


class WorkerDiedError(Exception):
    """The process of a worker ended, or was ended, while a call was on its way."""


class Worker:
    """The parent's end of one worker process."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), json.dumps(sys.path)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                # Ctrl-C goes to the parent alone, which then ends its workers.
                process_group=0,
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def ask(self, call: tuple[Any, ...], limit: float | None = None) -> tuple[bool, Any]:
        """Send a call (function, arguments, keywords); return whether it went well, and its value.

        The value of a call that raised is its exception.

        Raises
        ------
        WorkerDiedError
            If the process ends before it answers.
        TimeoutError
            If it does not answer within ``limit`` seconds; end the worker then.
        """
        try:
            self._connection.send(call)
            # The system counts milliseconds in 32 bits; who waits longer waits for ever.
            if not self._connection.poll(limit if limit and limit < _LONGEST_WAIT else None):
                raise TimeoutError
            good, value = self._connection.recv()
        except (EOFError, ConnectionError, pickle.UnpicklingError):
            code = self._process.wait()
            raise WorkerDiedError(f"worker {self.pid} ended with code {code}") from None
        return good, value

    def kill(self) -> None:
        """End the process, whatever it does; who waits for its answer gets `WorkerDiedError`."""
        self._process.kill()

    def close(self) -> None:
        """End the process and forget it."""
        self.kill()
        self._process.wait()
        self._connection.close()


def serve(handle: int) -> None:
    """Answer calls until the other end is closed."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    connection: Connection[Any, Any] = Connection(handle)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            function, arguments, keywords = connection.recv()
            connection.send_bytes(_answer(function, arguments, keywords))


def _answer(function: Any, arguments: Any, keywords: Any) -> bytes:
    try:
        return pickle.dumps((True, function(*arguments, **keywords)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        try:
            return pickle.dumps((False, error))
        except Exception:  # an error may hold anything, files and locks too
            return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))


def _end_with_parent(parent: int) -> None:
    """End with the parent, even if it was killed while a run was on its way."""
    while os.getppid() == parent:
        time.sleep(_ORPHAN_CHECK_SECONDS)
    os._exit(1)
