"""Where the runs of a sweep are done: local processes, or a Dask cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor

from sim.errors import ConfigError

#: Seconds to wait for a cluster.
_CLUSTER_SECONDS = 10


@contextlib.contextmanager
def executor_of(workers: int | None, cluster: str | None) -> Iterator[Executor | None]:
    """Yield what the runs are to be done on; None leaves the choice to the sweep."""
    if workers is not None and cluster is not None:
        raise ConfigError("--workers and --cluster: give one of them.")
    if cluster is not None:
        with cluster_executor(cluster) as executor:
            yield executor
    elif workers is not None:
        from sim.experiments import LocalProcesses

        local = LocalProcesses(workers)
        try:
            yield local
        finally:
            local.shutdown(cancel_futures=True)
    else:
        yield None


@contextlib.contextmanager
def cluster_executor(address: str) -> Iterator[Executor]:
    """Yield the executor of a Dask cluster.

    Raises
    ------
    ConfigError
        If there is no scheduler at the address, or Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(
            "--cluster: needs Dask. Install it: pip install 'clipmarket[experiments]'."
        ) from None
    try:
        client = Client(address, timeout=_CLUSTER_SECONDS)
    except (OSError, ValueError, ImportError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ConfigError(
            f"--cluster {address}: no scheduler answers ({reason}). Start one: dask scheduler, and "
            "dask worker on each machine."
        ) from error
    with client:
        yield client.get_executor(pure=False)
