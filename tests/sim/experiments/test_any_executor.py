"""Executors of other people, and what is none: works, or one line."""

from __future__ import annotations

import math
import time
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.experiments import ExperimentError, LocalProcesses, Serial, Store, ensemble, sweep
from sim.experiments.work import driving
from sim.experiments.work.driving import batches_of, drive
from sim.experiments.work.executors import check_executor, is_deserted
from sim.experiments.work.running import Task, check_timeout
from sim.experiments.work.worker import Worker
from tests.worlds import tiny

POINTS = {"sora.p_active": [0.2, 0.3]}


def test_threads_give_what_one_thread_gives(tmp_path: Path) -> None:
    scenario = tiny(until="2025-10-01")
    with ThreadPoolExecutor(2) as threads:
        for name, executor in (("threads", threads), ("serial", Serial())):
            sweep(scenario, POINTS, 2, store=tmp_path / name, executor=executor)
    frames = [Store(tmp_path / name).frame() for name in ("threads", "serial")]
    assert len(frames[0]) > 0
    assert frames[0].equals(frames[1])


class Client:
    """Is called as Dask's is."""


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        (4, r"LocalProcesses\(4\)"),
        ("tcp://127.0.0.1:8786", r"Client\(address\).get_executor"),
        (Client(), r"client.get_executor\(pure=False\)"),
        (ThreadPoolExecutor, "made by calling it"),
        (len, "LocalProcesses"),
        (False, "LocalProcesses"),
    ],
)
def test_what_is_no_executor_is_told_with_what_to_give_instead(
    given: Any, instead: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=rf"executor = .*{instead}"):
        sweep(tiny(), POINTS, store=tmp_path / "s", executor=given)
    with pytest.raises(ConfigError, match="executor = "):
        ensemble(tiny(), replicates=2, executor=given)


def test_a_pool_of_multiprocessing_is_no_executor() -> None:
    with ThreadPool(1) as pool, pytest.raises(ConfigError, match="ProcessPoolExecutor"):
        check_executor(pool)


def test_an_executor_that_was_shut_down_is_one_line() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ExperimentError, match=r"executor broke .*shutdown"):
        list(drive(batches_of([[Task(tiny().as_dict())]]), executor, len))


class _Raises(Executor):
    """Gives back an error of its own for whatever it is asked to do."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(self.error)
        return future


@pytest.mark.parametrize(
    "error", [CancelledError(), ModuleNotFoundError("No module named 'sim'"), OSError("gone\n" * 9)]
)
def test_what_an_executor_itself_fails_at_is_one_line(error: BaseException) -> None:
    """A scheduler that died, a worker without the packages: never a page of traceback."""
    with pytest.raises(ExperimentError, match=type(error).__name__) as told:
        list(drive(batches_of([[Task(tiny().as_dict())]]), _Raises(error), len))
    assert len(str(told.value).splitlines()) == 1


class _Silent(Executor):
    """A cluster whose workers are gone: it takes calls, and nothing comes."""

    def __init__(self) -> None:
        self._client = self
        self.status = "running"

    def ncores(self) -> dict[str, int]:
        return {}

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return Future()


def test_a_cluster_without_workers_is_told_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driving, "LOOK_SECONDS", 0.1)
    begun = time.monotonic()
    with pytest.raises(ExperimentError, match="no worker is left"):
        list(drive(batches_of([[Task(tiny().as_dict())]]), _Silent(), len))
    assert time.monotonic() - begun < 10
    assert not is_deserted(Serial())


@pytest.mark.parametrize("seconds", [0, -1, math.nan, True, "60", np.float64("nan")])
def test_a_timeout_that_makes_no_sense_is_refused(seconds: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"timeout = .*above 0"):
        sweep(tiny(), POINTS, store=tmp_path / "s", timeout=seconds)


@pytest.mark.parametrize("seconds", [1e300, math.inf, 10**400, np.float32(3e38)])
def test_a_timeout_beyond_all_measure_is_none(seconds: Any) -> None:
    """The clocks of the system end earlier: at 24 days, or at 292 years."""
    limit = check_timeout(seconds)
    assert limit is not None
    assert math.isfinite(limit)
    worker = Worker()
    try:
        assert worker.ask((len, ([1],), {}), limit) == (True, 1)
    finally:
        worker.close()


@pytest.mark.parametrize("workers", [10**6, 2.5, True, "2", math.nan])
def test_a_number_of_workers_that_is_none_is_refused(workers: Any) -> None:
    with pytest.raises(ConfigError, match=r"workers = .*from 1 to 1024"):
        LocalProcesses(workers)


def test_workers_may_be_a_number_of_numpy() -> None:
    with LocalProcesses(np.int64(1)) as local:  # type: ignore[arg-type]
        assert local.n_workers == 1
