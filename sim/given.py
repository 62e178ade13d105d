"""What is handed to a market when it is built: checked once, before compiled code trusts it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from sim.checks import plain, short
from sim.errors import ConfigError

M = TypeVar("M")


def built(cls: Callable[..., M], *given: Any) -> M:
    """Return a market of somebody's class, which must take what `sim.market.Market` takes.

    Raises
    ------
    ConfigError
        If it takes something else: a market could then not be loaded or branched.
    """
    try:
        inspect.signature(cls).bind(*given)
    except TypeError as error:
        name = getattr(cls, "__name__", cls)
        raise ConfigError(
            f"{name}(scenario, graph, execution, uid): {error}. To be loaded or branched, a class "
            "of markets must take these four; let it pass them on to Market."
        ) from None
    return cls(*given)


def as_json(value: Any, where: str) -> Any:
    """Return a value that a JSON file gives back as it was; numbers of numpy become Python's.

    Raises
    ------
    ConfigError
        If the file would give back something else: a list for a tuple, text for a date.
    """
    value = plain(value)
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [as_json(one, where) for one in value]
    if type(value) is dict and all(type(key) is str for key in value):
        return {key: as_json(one, f"{where}.{key}") for key, one in value.items()}
    raise ConfigError(
        f"{where} holds {short(value)} ({type(value).__name__}), which no file gives back. Keep "
        "numbers, text, lists, and tables whose keys are text."
    )


def path_of(given: object) -> Path:
    """Return the path of a file."""
    try:
        path = Path(given)  # type: ignore[arg-type]
        name = os.fsencode(path)  # a lone surrogate is in no name
        if not any(byte < ord(" ") for byte in name):
            return path
        raise TypeError("no name that a line could tell")
    except (TypeError, ValueError):
        raise ConfigError(
            f"path = {short(given)}: must be the path of a file, such as 'market.npz'."
        ) from None


def must_be(given: object, kind: type, what: str, example: str) -> None:
    """Raise ConfigError unless what was given is of a class."""
    if not isinstance(given, kind):
        raise ConfigError(
            f"{what} = {short(given)}: must be of class {kind.__name__}. Give, say, {example}."
        )


def must_be_callable(given: object, what: str) -> None:
    """Raise ConfigError unless what was given can be called, or is None."""
    if given is not None and not callable(given):
        raise ConfigError(f"{what} = {short(given)}: must be a function, or None.")


def keys_of_luck(uid: npt.ArrayLike | None, n_users: int) -> npt.NDArray[np.uint32]:
    """Return a copy of the keys given, or none at all where row i has key i.

    Raises
    ------
    ConfigError
        Unless they are as many whole numbers as there are users, each once.
    """
    given = np.zeros(0, np.uint32) if uid is None else np.asarray(uid)
    if not given.size or np.array_equal(given, np.arange(n_users)):
        return np.zeros(0, np.uint32)
    if (
        given.shape != (n_users,)
        or given.dtype.kind not in "iu"
        or not 0 <= given.min() <= given.max() < 2**32
        or np.unique(given).size != n_users
    ):
        raise ConfigError(
            f"uid of {given.dtype} {given.shape}: must be {n_users:,} whole numbers from 0 to "
            "2**32 - 1, each once. Give, say, rng.permutation(n_users)."
        )
    return np.array(given, np.uint32)
