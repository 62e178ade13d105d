"""The register of graph families: a parameter model and a builder for each name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from sim.config import Config
from sim.errors import ConfigError
from sim.graph.csr import Csr

Builder = Callable[[int, Any, np.uint64], Csr]
B = TypeVar("B", bound=Builder)


@dataclass(frozen=True)
class Family:
    """One entry of the catalogue.

    Attributes
    ----------
    parameters
        The parameter model.
    build
        ``(n_users, parameters, seed) -> (indptr, indices)``.
    """

    parameters: type[Config]
    build: Builder


#: Name to family; filled by `family` when `sim.graph.families` is imported.
FAMILIES: dict[str, Family] = {}


#: Modules whose families nobody else may replace.
_OURS = "sim.graph."


def is_ours(build: Builder) -> bool:
    """Whether a builder ships with the machine, instead of standing in a user's own file."""
    return build.__module__.startswith(_OURS)


def family(parameters: type[Config]) -> Callable[[B], B]:
    """Put a builder into `FAMILIES` under its own name; it may stand in a file of one's own.

    Parameters
    ----------
    parameters
        What the family takes, declared with `sim.config.par`, in the order in which a spec may give
        them without names. A field ``degree`` is the mean number of friends. `check_family` tries
        whether the family keeps the promises of the catalogue.

    Raises
    ------
    ConfigError
        If the name is that of a family of the machine: it would silently become another graph.
    """

    def register(build: B) -> B:
        name = build.__name__
        if name in FAMILIES and is_ours(FAMILIES[name].build) and not is_ours(build):
            raise ConfigError(f"graph family {name}: the name is taken. Give it another name.")
        FAMILIES[name] = Family(parameters, build)
        return build

    return register


def need_room(name: str, degree: float, n_users: int) -> None:
    """Refuse a mean degree that so few users cannot have."""
    if degree > n_users - 1:
        raise ConfigError(
            f"{name}: degree = {degree:g} with {n_users:,} users: must be <= {n_users - 1}, "
            "as nobody has more friends than there are others. Use more users or a smaller degree."
        )
