"""Where tasks run: in this process, in local worker processes, or on anybody's executor."""

from __future__ import annotations

import contextlib
import math
import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from functools import cache
from typing import Any

from sim.checks import as_whole, short
from sim.errors import ConfigError
from sim.execution import available_cores
from sim.experiments.work.worker import Worker, WorkerDiedError

#: Below so many user-days, all runs together, new processes cost more than they save.
SMALL_WORK = 100e6
#: Processes on this machine.
MOST_WORKERS = 1024
#: Seconds beyond all timeouts after which a worker is held to be stuck and is ended.
GRACE_SECONDS = 120.0

_Call = tuple["Future[Any]", tuple[Any, ...], "float | None"]


class Serial(Executor):
    """Runs each call at once, in this thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the call and return its future, which is done."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class LocalProcesses(Executor):
    """Worker processes on this machine, each replaced when it dies.

    Unlike the pools of the standard library, the death of one worker breaks only the call it was
    at, and a worker that is stuck can be ended.

    Parameters
    ----------
    workers
        Processes, one thread each; by default one for each core.
    """

    def __init__(self, workers: int | None = None) -> None:
        chosen = available_cores() if workers is None else as_whole(workers)
        if chosen is None or not 1 <= chosen <= MOST_WORKERS:
            raise ConfigError(
                f"workers = {short(workers)}: must be a whole number from 1 to {MOST_WORKERS}. Use "
                "one for each core."
            )
        self.n_workers = chosen
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._workers: dict[int, Worker] = {}
        self._closed = self._stopped = False
        self._lock = threading.Lock()
        self._lanes = [
            threading.Thread(target=self._serve, args=(lane,), daemon=True)
            for lane in range(self.n_workers)
        ]
        for lane in self._lanes:
            lane.start()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that live now."""
        with self._lock:
            return [worker.pid for worker in self._workers.values()]

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a call; its future fails with `WorkerDiedError` if the worker does."""
        return self.submit_within(None, fn, *args, **kwargs)

    def submit_within(
        self, limit: float | None, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        """Queue a call whose worker is ended if it takes longer than ``limit`` seconds."""
        if self._closed:
            raise RuntimeError("cannot submit to an executor that was shut down")
        future: Future[Any] = Future()
        self._calls.put((future, (fn, args, kwargs), limit))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers: after what is queued, or (``cancel_futures``) at once."""
        self._closed = True
        if cancel_futures:
            self._stopped = True
            with contextlib.suppress(queue.Empty):
                while True:
                    call = self._calls.get_nowait()
                    if call is not None:
                        call[0].cancel()
            with self._lock:
                for worker in self._workers.values():
                    worker.kill()
        for _ in self._lanes:
            self._calls.put(None)
        if wait:
            for lane in self._lanes:
                lane.join()

    def _serve(self, lane: int) -> None:
        """Hand calls to the worker of one lane, one at a time."""
        while (item := self._calls.get()) is not None:
            future, call, limit = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                good, value = self._worker(lane).ask(call, limit)
            except Exception as error:  # the lane must live on: the call cannot be pickled, or ...
                self._drop(lane)
                future.set_exception(error)
                continue
            if good:
                future.set_result(value)
            else:
                future.set_exception(value)
        self._drop(lane)

    def _worker(self, lane: int) -> Worker:
        with self._lock:
            if self._stopped:
                raise WorkerDiedError("the executor was shut down")
            if lane not in self._workers:
                self._workers[lane] = Worker()
            return self._workers[lane]

    def _drop(self, lane: int) -> None:
        with self._lock:
            worker = self._workers.pop(lane, None)
        if worker is not None:
            worker.close()


@cache
def _local(process: int) -> LocalProcesses:
    """Return the workers of this process, which stay for the next experiment."""
    return LocalProcesses()


@contextlib.contextmanager
def opened(executor: Executor | None, work: float = math.inf) -> Iterator[Executor]:
    """Yield the executor that was given, or one of our own.

    Parameters
    ----------
    work
        User-days of all runs: what is small is done in this process.

    Raises
    ------
    ConfigError
        If what was given is no executor.
    """
    if executor is not None:
        check_executor(executor)
        yield executor
    elif work <= SMALL_WORK or available_cores() == 1:
        yield Serial()
    else:
        local = _local(os.getpid())
        try:
            yield local
        except BaseException:
            # Whatever ended the experiment, no worker shall go on with it.
            _local.cache_clear()
            local.shutdown(cancel_futures=True)
            raise


#: What people hand over for an executor, and what to hand over instead.
_INSTEAD = {
    "Client": "client.get_executor(pure=False)",
    "Cluster": "Client(cluster).get_executor(pure=False)",
    "Pool": "concurrent.futures.ProcessPoolExecutor(), or LocalProcesses()",
    "Parallel": "joblib.externals.loky.get_reusable_executor(), or LocalProcesses()",
    "str": "that of a cluster at this address: Client(address).get_executor(pure=False)",
    "int": "LocalProcesses(4)",
    "type": "an object of this class, made by calling it",
}


def check_executor(given: object) -> None:
    """Raise ConfigError, with what to give instead, unless something is an executor."""
    if isinstance(given, Executor):
        return
    kinds = [kind.__name__ for kind in type(given).__mro__]
    instead = next((text for name, text in _INSTEAD.items() if name in kinds), None)
    raise ConfigError(
        f"executor = {short(given)} ({kinds[0]}): must be an executor of concurrent.futures. Give "
        f"{instead or 'LocalProcesses(4), Serial(), or nothing'}."
    )


def is_deserted(executor: Executor) -> bool:
    """Return whether an executor that can tell (Dask's) has lost its workers or its scheduler."""
    client = getattr(executor, "_client", None)
    if client is None:
        return False
    try:
        return client.status != "running" or not client.ncores()
    except Exception:  # whatever Dask raises where nobody answers
        return True


def width(executor: Executor) -> int:
    """Return how many calls an executor works on at once, as far as it says."""
    if isinstance(executor, Serial):
        return 1
    if isinstance(executor, LocalProcesses):
        return executor.n_workers
    client = getattr(executor, "_client", None)  # Dask's executor
    if client is not None:
        if is_deserted(executor):
            return 1
        return max(1, sum(int(n) for n in client.ncores().values()))
    return int(getattr(executor, "_max_workers", 0) or available_cores())
