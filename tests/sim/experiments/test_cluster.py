"""A real Dask cluster on this machine: scheduler and workers are processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scenarios.command.executor import cluster_executor
from sim.errors import ConfigError
from sim.experiments import ExperimentError, Progress, Serial, Store, sweep
from tests.worlds import tiny

pytest.importorskip("distributed")

ROOT = Path(__file__).resolve().parents[3]
POINTS = {"sora.p_active": [0.2, 0.3, 0.4], "sora.free_quota_per_day@2025-10-12": [1, 3, 30]}
SECONDS = 60


def content(folder: Path) -> dict[str, bytes]:
    files = {path.name: path.read_bytes() for path in folder.glob("runs/*/*.parquet")}
    return {**files, "frame": Store(folder).frame().to_csv().encode()}


@contextlib.contextmanager
def process(module: str, *arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a part of Dask; end it at the end."""
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=log.parent, env=environment, stdout=output, stderr=output
        ) as started,
    ):
        try:
            yield started
        finally:
            started.kill()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Yield the address of a scheduler, and its two workers."""
    file = tmp_path / "scheduler.json"
    with contextlib.ExitStack() as stack:
        where = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        stack.enter_context(
            process("dask_scheduler", *where, "--scheduler-file", str(file),
                    log=tmp_path / "scheduler.log")
        )  # fmt: skip
        wait_for(file.exists)
        workers = [
            stack.enter_context(
                process("dask_worker", "--scheduler-file", str(file), "--host", "127.0.0.1",
                        "--nthreads", "1", "--no-nanny", "--no-dashboard",
                        log=tmp_path / f"worker{i}.log")
            )
            for i in range(2)
        ]  # fmt: skip
        wait_for(lambda: "tcp://" in file.read_text())
        yield json.loads(file.read_text())["address"], workers


def wait_for(condition: object) -> None:
    end = time.monotonic() + SECONDS
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_cluster_gives_the_bytes_of_a_serial_sweep_though_a_worker_is_killed(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    address, workers = cluster
    sweep(tiny(), POINTS, 2, store=tmp_path / "serial", executor=Serial())
    used: dict[str, int] = {}

    def kill_one(progress: Progress) -> None:
        if progress.outcome is not None:
            used[progress.outcome.worker] = used.get(progress.outcome.worker, 0) + 1
        if progress.done == 4:
            os.kill(workers[0].pid, signal.SIGKILL)

    with cluster_executor(address) as executor:
        executor._client.wait_for_workers(2, timeout=SECONDS)  # type: ignore[attr-defined]
        swept = sweep(
            tiny(), POINTS, 2, store=tmp_path / "cluster", executor=executor, watch=kill_one
        )
    assert (swept.progress.done, swept.progress.failed) == (18, 0)
    assert not any(name.endswith(f":{os.getpid()}") for name in used)
    assert workers[0].wait(SECONDS) == -signal.SIGKILL
    assert content(tmp_path / "cluster") == content(tmp_path / "serial")


def told(address: str) -> str:
    """Return what is said of a cluster that cannot be used."""
    with pytest.raises(ConfigError) as problem, cluster_executor(address):
        pass
    assert len(str(problem.value).splitlines()) == 1
    return str(problem.value)


#: Makes a worker that has Dask, and not the packages.
ABSENT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "sim":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""


@contextlib.contextmanager
def scheduler(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yield the address of a scheduler without workers, and its process."""
    file = tmp_path / "scheduler.json"
    where = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with process("dask_scheduler", *where, log=tmp_path / "scheduler.log") as started:
        wait_for(lambda: file.exists() and "tcp://" in file.read_text())
        yield json.loads(file.read_text())["address"], started


def one_worker(address: str, tmp_path: Path, preload: str = "") -> Any:
    file = tmp_path / "preload.py"
    file.write_text(preload)
    return process("dask_worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny",
                   "--no-dashboard", "--preload", str(file), log=tmp_path / "worker")  # fmt: skip


def test_workers_are_asked_for_their_version_before_anything_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None there, one without the packages, one with another model: a line within seconds."""
    monkeypatch.setattr("scenarios.command.executor._CLUSTER_SECONDS", 2)
    with scheduler(tmp_path) as (address, _):
        assert "the scheduler has no worker" in told(address)
        monkeypatch.setattr("scenarios.command.executor._CLUSTER_SECONDS", SECONDS)
        with one_worker(address, tmp_path, ABSENT):
            assert "cannot load the model (ModuleNotFoundError" in told(address)
    again = tmp_path / "again"
    again.mkdir()
    with scheduler(again) as (address, _):
        other = "import sim.versions\nsim.versions.model_version = lambda: 'another'\n"
        with one_worker(address, tmp_path, other):
            assert "has another version of the model" in told(address)


def test_a_scheduler_that_dies_is_one_line_and_the_store_is_good(tmp_path: Path) -> None:
    with scheduler(tmp_path) as (address, started), one_worker(address, tmp_path):

        def kill(progress: Progress) -> None:
            if progress.done == 2:
                started.kill()

        begun = time.monotonic()
        with pytest.raises(ExperimentError) as problem, cluster_executor(address) as executor:
            sweep(tiny(), POINTS, 4, store=tmp_path / "s", executor=executor, watch=kill)
        assert time.monotonic() - begun < 2 * SECONDS
    assert len(str(problem.value).splitlines()) == 1
    store = Store(tmp_path / "s")
    assert store.notes == []
    assert 2 <= len(store) < 36


def test_a_cluster_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.command.executor._CLUSTER_SECONDS", 1)
    with (
        pytest.raises(ConfigError, match=r"--cluster tcp://127.0.0.1:9: no scheduler answers"),
        cluster_executor("tcp://127.0.0.1:9"),
    ):
        pass
