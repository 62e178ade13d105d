"""How a market is run: choices that cost time and can never change a result."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.checks import as_whole, short
from sim.errors import ConfigError

if TYPE_CHECKING:
    import numpy.typing as npt

#: Set to 1 to check conservation after every day of every run.
CHECK_VARIABLE = "CLIPMARKET_CHECK"
#: Fewer items than these are never split.
SMALL = 2_000
#: A thread pays from so many rows of a scan, or so many people whose friends are looked at.
PAYS_ROWS = 75_000
PAYS_FRIENDS = 2_000
_LINE = 64


def available_cores() -> int:
    """Return the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Return the process's own pool; a forked child must not inherit one without its threads."""
    return ThreadPoolExecutor(threads, thread_name_prefix="clipmarket")


@dataclass(frozen=True)
class Execution:
    """Threads, and whether conservation is checked every day.

    Parameters
    ----------
    threads
        Threads of the compiled loops; by default every core there is, or fewer in a market so small
        that the hand-over would cost more than it gains.
    check
        Check that people, codes, clips and cents are conserved, every day; by default what the
        environment variable ``CLIPMARKET_CHECK`` says.
    """

    threads: int | None = None
    check: bool = field(default_factory=lambda: os.environ.get(CHECK_VARIABLE, "") == "1")

    def __post_init__(self) -> None:
        if self.threads is None:
            return
        threads = as_whole(self.threads)
        if threads is None:
            raise ConfigError(
                f"threads = {short(self.threads)}: must be a whole number. Use 1 or 2."
            )
        object.__setattr__(self, "threads", threads)
        if not 1 <= threads <= 256:
            raise ConfigError(f"threads = {self.threads}: must be 1 to 256. Use 1 or 2.")

    def workers(self, n: int, pays: int = PAYS_ROWS) -> int:
        """Return among how many threads n items are split, if a thread pays from so many."""
        if self.threads is not None:
            return self.threads if n >= SMALL else 1
        return max(1, min(available_cores(), n // pays))

    def edges(self, n: int, pays: int = PAYS_ROWS) -> list[int]:
        """Return where ``range(n)`` is split among the threads: parts of equal size, nearly."""
        workers = self.workers(n, pays)
        # Multiples of 64: no two threads write into one line of memory.
        inner = [n * k // workers // _LINE * _LINE for k in range(1, workers)]
        return [0, *inner, n]

    def edges_by(self, before: npt.NDArray[np.int64]) -> list[int]:
        """Return where rows are split so that each thread has as many items.

        Parameters
        ----------
        before
            (n + 1,) items that stand before each row, ascending, such as the indptr of a graph.
        """
        n = before.size - 1
        even = self.edges(n)
        inner = [int(np.searchsorted(before, before[n] * row // n)) for row in even[1:-1]]
        return [0, *inner, n]

    def spread(
        self, n: int, work: Callable[[int, int, int], Any], edges: Sequence[int] | None = None
    ) -> list[Any]:
        """Split ``range(n)`` among the threads and return what each part returned, in order.

        Parameters
        ----------
        work
            Called with (worker, first, one past the last); must release the GIL to gain anything.
        edges
            Where to split, from 0 to n, if the parts should not be of equal size.
        """
        edges = self.edges(n) if edges is None else edges
        workers = len(edges) - 1
        if workers == 1:
            return [work(0, 0, n)]
        pool = _pool(workers, os.getpid())
        futures = [pool.submit(work, k, edges[k], edges[k + 1]) for k in range(1, workers)]
        first = work(0, edges[0], edges[1])
        return [first, *(future.result() for future in futures)]
