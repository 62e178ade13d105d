"""The register of graph families: a parameter model and a builder for each name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from sim.errors import ConfigError
from sim.graph.csr import Csr


class GraphParameters(BaseModel):
    """Base of the parameters of a family: frozen, unknown names are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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

    parameters: type[GraphParameters]
    build: Builder


#: Name to family; filled by `family` when `sim.graph.families` is imported.
FAMILIES: dict[str, Family] = {}


def family(parameters: type[GraphParameters]) -> Callable[[B], B]:
    """Put a builder into `FAMILIES` under its own name."""

    def register(build: B) -> B:
        FAMILIES[build.__name__] = Family(parameters, build)
        return build

    return register


def need_room(name: str, degree: float, n_users: int) -> None:
    """Refuse a mean degree that so few users cannot have."""
    if degree > n_users - 1:
        raise ConfigError(
            f"{name}: degree = {degree:g} with {n_users:,} users: must be <= {n_users - 1}, "
            "as nobody has more friends than there are others. Use more users or a smaller degree."
        )
