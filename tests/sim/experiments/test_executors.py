"""Local workers: each by itself, none missed when it dies, none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path

import pytest

from sim.errors import ConfigError
from sim.execution import available_cores
from sim.experiments import ExperimentError, LocalProcesses, Serial
from sim.experiments.work import driving
from sim.experiments.work.driving import batches_of, drive
from sim.experiments.work.executors import opened
from sim.experiments.work.running import Task, prepare, run_task, worker_name
from sim.experiments.work.shelf import shared_graph, shelf
from sim.experiments.work.worker import WorkerDiedError
from tests.worlds import tiny

ROOT = Path(__file__).resolve().parents[3]


def alive(pid: int) -> bool:
    """Return whether a process lives; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone_within(pid: int, seconds: float) -> bool:
    """Return whether a process ends within some seconds."""
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


def test_calls_run_in_processes_of_their_own(local: LocalProcesses) -> None:
    pids = {f.result() for f in [local.submit(os.getpid) for _ in range(6)]}
    assert os.getpid() not in pids
    assert pids <= set(local.pids)


def test_what_a_call_raises_comes_back(local: LocalProcesses) -> None:
    """A TimeoutError or OSError of the call itself is no death of the worker."""
    before = set(local.pids)
    for error in (ZeroDivisionError, TimeoutError, OSError):
        with pytest.raises(error):
            local.submit(_raise, error).result()
    with pytest.raises(RuntimeError, match="_AwkwardError"):
        local.submit(_raise, _AwkwardError).result()
    assert before <= set(local.pids)


def _raise(error: type[Exception]) -> None:
    raise error("on purpose")


class _AwkwardError(Exception):
    def __reduce__(self) -> str:
        raise TypeError("cannot be pickled")


def test_a_killed_worker_breaks_its_own_call_and_is_replaced() -> None:
    """Whichever of the two calls it was at."""
    with LocalProcesses(2) as executor:
        calls = [executor.submit(time.sleep, 3.0) for _ in range(2)]
        pid = executor.submit(os.getpid)
        while len(executor.pids) < 2 or not all(c.running() for c in calls):
            time.sleep(0.02)
        victim = executor.pids[0]
        os.kill(victim, signal.SIGKILL)
        ends = [call.exception(timeout=60) for call in calls]
        assert sorted(map(type, ends), key=str) == sorted([type(None), WorkerDiedError], key=str)
        assert pid.result(timeout=60) != victim


def test_a_stuck_worker_is_ended() -> None:
    with LocalProcesses(1) as executor:
        stuck = executor.submit_within(0.3, time.sleep, 60)
        with pytest.raises(TimeoutError):
            stuck.result(timeout=30)
        assert executor.submit(worker_name).result(timeout=30) == worker_name().replace(
            str(os.getpid()), str(executor.pids[0])
        )


def test_shutting_down_ends_every_process_at_once() -> None:
    executor = LocalProcesses(1)
    running, queued = executor.submit(time.sleep, 60), executor.submit(time.sleep, 60)
    while not executor.pids:
        time.sleep(0.02)
    (pid,) = executor.pids
    begun = time.monotonic()
    executor.shutdown(cancel_futures=True)
    assert time.monotonic() - begun < 10
    assert queued.cancelled()
    assert isinstance(running.exception(), WorkerDiedError)
    assert gone_within(pid, 5)
    with pytest.raises(RuntimeError, match="shut down"):
        executor.submit(os.getpid)


def test_workers_end_with_a_parent_that_was_killed() -> None:
    """Even in the middle of a call: no orphan goes on computing for nobody."""
    code = (
        "import time; from sim.experiments import LocalProcesses; e = LocalProcesses(1); "
        "e.submit(time.time).result(); e.submit(time.sleep, 60); print(e.pids[0], flush=True); "
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone_within(pid, 10)


def test_the_main_module_is_not_run_again_in_workers(tmp_path: Path) -> None:
    """A script needs no `if __name__ == "__main__"`, which start methods of Python ask for."""
    script = tmp_path / "mine.py"
    script.write_text(
        "print('once')\nfrom sim.experiments import LocalProcesses\nimport math\n"
        "with LocalProcesses(1) as e:\n    print(e.submit(math.sqrt, 16).result())\n"
    )
    run = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert run.stdout.split() == ["once", "4.0"], run.stderr


def test_a_task_whose_worker_always_dies_is_given_up_and_the_rest_is_done(
    local: LocalProcesses,
) -> None:
    """Only the guilty one of a batch: the others are tried again by themselves."""
    task = Task(tiny(until="2025-09-26").as_dict())
    deadly = Task({**task.scenario, "name": "deadly"})
    groups = [[task, deadly, task], [task]]
    found = sorted(
        ((place, o.status, o.error) for place, _, o in
         drive(batches_of(groups), local, len, runner=_deadly_batch)), key=lambda one: one[0]
    )  # fmt: skip
    assert [status for _, status, _ in found] == ["done", "died", "done", "done"]
    assert "3 times" in found[1][2]


def _deadly_batch(tasks: list[Task], finish: object) -> list[object]:
    from sim.experiments.work.running import Outcome

    if any(task.scenario["name"] == "deadly" for task in tasks):
        os.kill(os.getpid(), signal.SIGKILL)
    return [Outcome("done", 1) for _ in tasks]


def test_a_run_that_is_stuck_beyond_its_timeout_loses_its_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What no clock within the run can end, because it never gets that far."""
    monkeypatch.setattr(driving, "GRACE_SECONDS", 0.2)
    task = Task(tiny().as_dict(), timeout=0.1)
    with LocalProcesses(1) as executor:
        executor.submit(time.sleep, 0).result()
        batches = batches_of([[task]])
        (found,) = drive(batches, executor, len, runner=_stuck_batch)
    assert found[2].status == "timeout"
    assert "stuck" in found[2].error


def _stuck_batch(tasks: list[Task], finish: object) -> list[object]:
    time.sleep(60)
    return []


class _Broken(Executor):
    """A pool of the standard library after one of its workers died."""

    def submit(self, fn: object, /, *args: object, **kwargs: object) -> Future[object]:
        future: Future[object] = Future()
        future.set_exception(BrokenExecutor("a child process terminated abruptly"))
        return future


def test_a_pool_that_breaks_is_one_line() -> None:
    task = Task(tiny().as_dict())
    with pytest.raises(ExperimentError, match=r"the executor broke .*a child process") as problem:
        list(drive(batches_of([[task]]), _Broken(), len))
    assert len(str(problem.value).splitlines()) == 1


def test_small_work_stays_in_this_process_and_large_work_gets_workers_that_stay() -> None:
    with opened(None, 1e6) as small:
        assert isinstance(small, Serial)
    with opened(None) as first, opened(None) as second:
        assert first is second
    if available_cores() > 1:
        assert isinstance(first, LocalProcesses)
        with pytest.raises(ZeroDivisionError), opened(None):
            raise ZeroDivisionError
        with pytest.raises(RuntimeError, match="shut down"):
            first.submit(os.getpid)


@pytest.mark.parametrize("workers", [0, -1, 5000])
def test_a_number_of_workers_that_makes_no_sense_is_refused(workers: int) -> None:
    with pytest.raises(ConfigError, match=f"workers = {workers}"):
        LocalProcesses(workers)


def test_runs_of_one_seed_share_their_graph() -> None:
    market = tiny().market
    assert shared_graph(market) is shared_graph(tiny(mean_clips=1.0).market)
    assert shared_graph(market) is not shared_graph(tiny(seed=2).market)


def test_the_shelf_of_graphs_is_bounded_in_bytes() -> None:
    one = shared_graph(tiny().market).nbytes
    two_fit = shelf(kept_bytes=int(2.5 * one))
    first, second = (two_fit(tiny(seed=seed).market) for seed in (1, 2))
    assert two_fit(tiny(seed=1).market) is first
    two_fit(tiny(seed=3).market)
    assert two_fit(tiny(seed=1).market) is first  # used after seed 2, so kept
    assert two_fit(tiny(seed=2).market) is not second
    tight = shelf(kept_bytes=1)
    assert tight(tiny().market) is tight(tiny().market)


def test_a_graph_file_that_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "edges.txt"
    file.write_text("0 1\n1 2\n")
    market = tiny(3, graph=f"edges({file})").market
    before = shared_graph(market).n_edges
    file.write_text("0 1\n1 2\n0 2\n")
    assert (before, shared_graph(market).n_edges) == (2, 3)


def test_a_scenario_file_is_loaded_before_its_runs(tmp_path: Path) -> None:
    """Strategies register themselves when their file is loaded; a worker has not done so yet."""
    file = tmp_path / "registers.py"
    file.write_text(
        "from agents import strategy\n\n@strategy\ndef always_cheap(situation):\n    return {}\n"
    )
    prepare(str(file))
    prepare(str(file))
    from agents import STRATEGIES

    assert "always_cheap" in STRATEGIES
    STRATEGIES.remove("always_cheap")


def test_a_task_is_small() -> None:
    import pickle

    task = Task(tiny().as_dict())
    assert len(pickle.dumps(task)) < 20_000
    assert run_task(pickle.loads(pickle.dumps(task))).n_days == 26
