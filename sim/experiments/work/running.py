"""One task, one outcome: what a worker does, wherever it is, and what it keeps between tasks.

A worker builds the graph of (spec, users, seed) once, however many runs share it, and forgets the
one unused longest when a bound of bytes is reached.
"""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from sim.checks import plain, short
from sim.errors import ClipmarketError, ConfigError, DataError
from sim.execution import Execution
from sim.experiments.work.shelf import shared_graph, shared_scenario
from sim.market import Market
from sim.results import Results

T = TypeVar("T")
#: The clock is looked at whenever so small a part of the time left has gone by, or more often.
_PART_LEFT = 50
Status = Literal["done", "failed", "timeout", "died"]


@dataclass(frozen=True)
class Task:
    """One run to be done: plain values, small, the same for every kind of worker.

    Parameters
    ----------
    scenario
        `Scenario.as_dict`, seed and horizon included.
    threads
        Threads of the run; 1 where the cores are shared by runs, None as the market chooses.
    timeout
        Seconds after which the run is given up, counted from the end of its first day, so that
        compiling is not held against it; None waits for ever.
    setup
        Module, or path of a file, to be loaded first: where strategies or agents register
        themselves.
    """

    scenario: Mapping[str, Any]
    threads: int | None = 1
    timeout: float | None = None
    setup: str | None = None

    @property
    def seed(self) -> int:
        """Key of all chance."""
        return int(self.scenario["market"]["seed"])


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What became of a task.

    Parameters
    ----------
    status
        "done", or why there is no value: "failed" (an error), "timeout", "died" (its worker did,
        more than once).
    value
        What was kept of a run that is done.
    error, details
        One line, and the traceback, of one that is not.
    seconds
        Time it took.
    worker
        Host and process.
    """

    status: Status
    value: T | None = None
    error: str = ""
    details: str = ""
    seconds: float = 0.0
    worker: str = ""


class RunTimeoutError(ClipmarketError):
    """A run took longer than its timeout."""


def check_timeout(seconds: float | None) -> float | None:
    """Return a timeout as it was given, or None.

    Raises
    ------
    ConfigError
        Unless it is a number above 0.
    """
    if seconds is None:
        return None
    number = plain(seconds)
    if isinstance(number, bool) or not isinstance(number, int | float) or not number > 0:
        raise ConfigError(f"timeout = {short(seconds)}: must be a number of seconds above 0.")
    return float(min(number, sys.float_info.max))


def run_batch(tasks: Sequence[Task], finish: Callable[[Results], T]) -> list[Outcome[T]]:
    """Do tasks one after the other in this worker; an error of one does not touch the others.

    Parameters
    ----------
    finish
        Turns results into what is sent back; a function of a module, so that it travels.
    """
    return [attempt(lambda task=task: finish(run_task(task))) for task in tasks]  # type: ignore[misc]


def attempt(work: Callable[[], T]) -> Outcome[T]:
    """Do some work and return what became of it, whatever that is."""
    begun = time.perf_counter()
    status: Status = "done"
    value, error, details = None, "", ""
    try:
        value = work()
    except RunTimeoutError as problem:
        status, error = "timeout", str(problem)
    except ClipmarketError as problem:
        status, error = "failed", str(problem)
    except Exception as problem:  # whatever it is, it belongs to this point and not to the sweep
        status, error = "failed", f"{type(problem).__name__}: {' '.join(str(problem).split())}"
        details = traceback.format_exc()
    seconds = time.perf_counter() - begun
    return Outcome(status, value, error, details, seconds, worker_name())


def run_task(task: Task) -> Results:
    """Run one scenario to its end."""
    return run_within(market_of(task), task.timeout)


def market_of(task: Task) -> Market:
    """Return the market of a task, on the graph this worker has already if it has it."""
    prepare(task.setup)
    scenario = shared_scenario(task.scenario)
    return Market(scenario, shared_graph(scenario.market), Execution(threads=task.threads))


def run_within(market: Market, timeout: float | None, until: dt.date | None = None) -> Results:
    """Run a market to its end, or to a date, or give up after some seconds.

    Raises
    ------
    RunTimeoutError
        If it takes longer.
    """
    total = market.config.n_days if until is None else market.config.day(until) + 1
    if timeout is None or market.day >= total:
        return market.run(until)
    results = market.run(market.date)
    ends, several = time.monotonic() + timeout, 1
    while market.day < total:
        begun, first = time.monotonic(), market.day
        results = market.run(market.config.date(min(first + several, total) - 1))
        now = time.monotonic()
        if now > ends and market.day < total:
            raise RunTimeoutError(
                f"not done after {timeout:g} s (day {market.day} of {total}). Give it a longer "
                "timeout, or fewer users or days."
            )
        # Twice as many days at once, as long as they take a small part of the time that is left.
        several = 2 * several if (now - begun) * _PART_LEFT < ends - now else 1
    return results


def prepare(setup: str | None) -> None:
    """Load the module in which agents or strategies register themselves: a file, as it is now."""
    if setup is None:
        return
    if not setup.endswith(".py"):
        importlib.import_module(setup)
        return
    try:
        there = os.stat(setup)
    except OSError:
        raise DataError(
            f"{setup}: no such file. The worker must see the scenario's file."
        ) from None
    _load(setup, there.st_mtime_ns, there.st_size)


@lru_cache(maxsize=1)
def _load(setup: str, _changed: int, _size: int) -> None:
    """Run a file once for as long as it stays as it is; workers outlive an edit."""
    name = f"scenario_{Path(setup).stem}"
    spec = importlib.util.spec_from_file_location(name, setup)
    if spec is None or spec.loader is None:
        raise DataError(f"{setup}: no file of Python. Give the path of a scenario's file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def worker_name() -> str:
    """Return host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"
