"""Where the runs of a sweep are done: local processes, or a Dask cluster."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

from sim.errors import ConfigError, missing
from sim.versions import model_version

#: Seconds to wait for a scheduler, and for its first worker; and at the end.
_CLUSTER_SECONDS = 10
_LEAVE_SECONDS = 3
_ASKED = "__import__('sim.versions', fromlist=['model_version']).model_version()"


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
    """Yield the executor of a Dask cluster, whose workers have this very version of the model.

    Raises
    ------
    ConfigError
        If there is no scheduler at the address, no worker, one without the packages or with
        another version of them; or Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise missing("--cluster", "distributed") from None
    # What Dask says of a lost connection is a page for each; here it is one line.
    for name in ("distributed", "distributed.client", "distributed.core", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=_CLUSTER_SECONDS)
    except (OSError, ValueError, ImportError, TypeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ConfigError(
            f"--cluster {address}: no scheduler answers ({reason}). Start one: dask scheduler "
            "--host 127.0.0.1, and dask worker on each machine."
        ) from error
    try:
        _check_workers(client, address)
        yield client.get_executor(pure=False)
    finally:
        # A scheduler that is gone has nobody to take leave of.
        with contextlib.suppress(Exception):
            client.close(timeout=_LEAVE_SECONDS)


def _check_workers(client: Any, address: str) -> None:
    """Ask every worker for its version of the model before anything is computed."""
    try:
        client.wait_for_workers(1, timeout=_CLUSTER_SECONDS)
        # A text that Python itself reads: a worker without the packages can read nothing of ours.
        asked = client.run(eval, _ASKED, on_error="return")
    except TimeoutError as error:
        raise ConfigError(
            f"--cluster {address}: the scheduler has no worker, after {_CLUSTER_SECONDS} s. Start "
            f"some: dask worker {address}."
        ) from error
    except Exception as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ConfigError(
            f"--cluster {address}: its workers do not answer ({reason}). Start them again."
        ) from error
    for worker, said in asked.items():
        if isinstance(said, BaseException):
            raise ConfigError(
                f"--cluster {address}: worker {worker} cannot load the model "
                f"({type(said).__name__}: {' '.join(str(said).split())[:120]}). Install it there, "
                "or set PYTHONPATH to the folder of the checkout."
            )
        if said != model_version():
            raise ConfigError(
                f"--cluster {address}: worker {worker} has another version of the model, or of "
                "numpy, numba or scipy. Update it, and start the worker again."
            )
