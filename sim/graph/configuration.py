"""Configuration models: the degree law is given, everything else is chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from sim.config import Config, par
from sim.errors import ConfigError
from sim.graph.catalogue import family, need_room
from sim.graph.csr import Csr, csr_from_edges
from sim.graph.exact_degrees import MAX_STUBS, graph_of_degrees, starts_of
from sim.graph.stubs import (
    GEOMETRIC,
    LOGNORMAL,
    POISSON,
    POWER_LAW,
    circulant,
    draw_degrees,
    mixed,
    shuffled,
    stubs_of,
)

#: Mean number of friends of a law that takes one, if none is given.
USUAL_DEGREE = 20.0
USUAL_EXPONENT = 2.5
#: A power law's exponents: with 2 the mean is that of the cap, with 10 everybody has the least.
EXPONENTS = (2.0, 10.0)


class Configuration(Config):
    """Degree law with its mean, or all degrees; other parameters only where the law has them."""

    law: Literal["lognormal", "power_law", "poisson", "geometric", "regular", "list"] = par(
        "lognormal", "law", "Law of the number of friends."
    )
    degree: float | None = par(
        None, "friends/user", "Mean number of friends; 20 if not given.", low=0, high=500
    )
    sigma: float | None = par(
        None, "log friends", "Spread of a lognormal; 1 if not given.", above=0, high=3
    )
    exponent: float | None = par(
        None, "exponent", "Of the density of a power law; 2.5 if not given.",
        above=EXPONENTS[0], high=EXPONENTS[1],
    )  # fmt: skip
    max_degree: int | None = par(
        None, "friends/user", "Most friends; sqrt(degree * users) if not given.", low=1
    )
    min_degree: int | None = par(
        None, "friends/user", "Fewest friends; if not given, what the mean leaves.", low=0, high=500
    )
    degrees: tuple[Annotated[int, Field(ge=0)], ...] | None = par(
        None, "friends/user", "Friends of each user, in order of rows: [3, 2, 2, 1]."
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        """Say what is left out: the law of a list, the mean of a law that is not fixed without."""
        if not isinstance(data, dict):
            return data
        filled = {name: value for name, value in data.items() if value is not None}
        if "degrees" in filled:
            return {"law": "list", **filled}
        fixed = filled.get("law") == "power_law" and {"exponent", "min_degree"} <= set(filled)
        return filled if fixed or filled.get("law") == "list" else {"degree": USUAL_DEGREE} | filled

    @model_validator(mode="after")
    def _fits_the_law(self) -> Configuration:
        users_of = {
            "sigma": ("lognormal",),
            "exponent": ("power_law",),
            "max_degree": ("lognormal", "power_law", "poisson", "geometric"),
            "min_degree": ("lognormal", "power_law", "geometric"),
            "degree": ("lognormal", "power_law", "poisson", "geometric", "regular"),
            "degrees": ("list",),
        }
        for name, laws in users_of.items():
            if getattr(self, name) is not None and self.law not in laws:
                raise ValueError(f"{name} belongs to law = {' or '.join(laws)}, not to {self.law}")
        if self.law == "list" and self.degrees is None:
            raise ValueError("law = list needs degrees, such as degrees=[3, 2, 2, 1]")
        self._check_mean()
        return self

    def _check_mean(self) -> None:
        degree, least = self.degree, self.min_degree
        if self.law == "power_law" and least is not None:
            if least == 0:
                raise ValueError("min_degree must be >= 1 for law = power_law")
            if degree is not None and self.exponent is not None:
                raise ValueError("give two of degree, exponent and min_degree: they fix the third")
        if degree is None:
            return
        if self.law == "regular" and degree != int(degree):
            raise ValueError(f"degree = {degree:g} must be whole for law = regular")
        if self.law in ("lognormal", "power_law") and degree == 0:
            raise ValueError(f"degree must be > 0 for law = {self.law}")
        if least is not None and (degree < least or (degree == least and self.law != "geometric")):
            bound = ">=" if self.law == "geometric" else ">"
            raise ValueError(f"degree = {degree:g} must be {bound} min_degree = {least}")


def _solve(mean_of: Callable[[float], float], low: float, high: float, mean: float) -> float:
    """Return where the rising function `mean_of` reaches `mean`, by bisection."""
    for _ in range(200):
        middle = 0.5 * (low + high)
        if mean_of(middle) < mean:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _lognormal_location(mean: float, sigma: float, least: int, cap: int) -> float:
    """Return mu such that a lognormal, cut to `least` and `cap`, has this mean."""

    def normal_cdf(z: float) -> float:
        return 0.5 * math.erfc(-z / math.sqrt(2.0))

    def capped_mean(mu: float) -> float:
        whole = math.exp(mu + sigma * sigma / 2)
        z = (math.log(cap) - mu) / sigma
        found = whole * normal_cdf(z - sigma) + cap * normal_cdf(-z)
        if least:
            z = (math.log(least) - mu) / sigma
            found += least * normal_cdf(z) - whole * normal_cdf(z - sigma)
        return found

    low = math.log(mean) - sigma * sigma - (50 * sigma if least else 0)
    return _solve(capped_mean, low, math.log(cap) + 10 * sigma, mean)


def _power_law_mean(least: float, exponent: float, cap: int) -> float:
    """Return the mean of a power law from `least` to `cap`."""
    # Moments are integrals of x ** -exponent over least .. cap, in units of `least`.
    ratio = cap / least
    first = (1.0 - ratio ** (2.0 - exponent)) / (exponent - 2.0)
    zeroth = (1.0 - ratio ** (1.0 - exponent)) / (exponent - 1.0)
    return float(least * first / zeroth)


def _power_law(mean: float, parameters: Configuration, cap: int) -> tuple[float, float]:
    """Return least value and exponent; the mean fixes the one that is not given."""
    least, exponent = parameters.min_degree, parameters.exponent
    if least is None:
        steep = USUAL_EXPONENT if exponent is None else exponent
        return (
            _solve(lambda x: _power_law_mean(x, steep, cap), mean * 1e-9, cap * (1.0 - 1e-9), mean),
            steep,
        )
    if exponent is not None:
        return float(least), exponent
    flat, steep = EXPONENTS[0] + 1e-6, EXPONENTS[1]
    ends = [_power_law_mean(least, x, cap) for x in (steep, flat)]
    if not ends[0] <= mean <= ends[1]:
        raise ConfigError(
            f"configuration: degree = {mean:g} with degrees from {least} to {cap}: must be from "
            f"{ends[0]:.4g} to {ends[1]:.4g} for law = power_law, whose exponent is from "
            f"{EXPONENTS[1]:g} to {EXPONENTS[0]:g}. Change degree or min_degree."
        )
    return float(least), -_solve(lambda x: _power_law_mean(least, -x, cap), -steep, -flat, mean)


def _geometric_location(mean: float, least: int, cap: int) -> float:
    """Return the chance of one friend more, for degrees from `least`, cut down to `cap`."""
    return _solve(lambda q: least + q / (1 - q) * (1 - q ** (cap - least)), 0.0, 1 - 1e-12, mean)


@family(Configuration)
def configuration(n_users: int, parameters: Configuration, seed: np.uint64) -> Csr:
    """Draw a degree for every user from a law and pair the edge ends at random.

    Loops and repeated edges are dropped, which lowers the degrees of hubs a little, below
    min_degree too; an odd last end stays unpaired. The mean of the drawn degrees is `degree`, the
    cap included. With law = regular and law = list nothing is dropped: bad pairs are switched with
    random edges, so every degree is exact, and the law of the graph is close to uniform.

    Laws: lognormal (sigma, default 1), power_law (density x ** -exponent, default 2.5), both
    rounded at random to whole friends; poisson; geometric (P(k) = (1 - q) q ** (k - min_degree)
    from min_degree on, 0 by default); regular; list (degrees, an entry for each row). max_degree
    defaults to sqrt(degree * n_users), where dropped edges begin to matter (for poisson and
    geometric: n_users - 1). A lognormal has min_degree in place of whatever is below. Of a power
    law two of degree, exponent and min_degree are given, and fix the third.

    References
    ----------
    Molloy and Reed (1995), Random Structures and Algorithms 6; Catanzaro, Boguna and
    Pastor-Satorras (2005), "Generation of uncorrelated random scale-free networks", Phys. Rev. E 71
    (the cap); McKay and Wormald (1990), Journal of Algorithms 11 (the switches); Clauset, Shalizi
    and Newman (2009), SIAM Review 51 (a power law from a least value on).
    """
    if parameters.degrees is not None:
        return graph_of_degrees(n_users, np.array(parameters.degrees, np.int64), seed)
    if parameters.degree is not None:
        need_room("configuration", parameters.degree, n_users)
    if parameters.law == "regular":
        return _regular(n_users, int(parameters.degree or 0), seed)
    stubs = shuffled(seed, stubs_of(_drawn(n_users, parameters, seed)))
    return csr_from_edges(n_users, stubs.reshape(-1, 2))


def _drawn(n_users: int, parameters: Configuration, seed: np.uint64) -> npt.NDArray[np.int64]:
    """Return a degree for every user."""
    law, least = parameters.law, parameters.min_degree or 0
    mean = parameters.degree
    if mean is None:
        # Without a cap; only the default cap and what is refused depend on it.
        exponent = parameters.exponent or USUAL_EXPONENT
        mean = least * (exponent - 1.0) / (exponent - 2.0)
        lowest = float(least)
    else:
        lowest = mean
    heavy = law in ("lognormal", "power_law")
    usual = max(math.ceil(lowest) + 1, int(math.sqrt(mean * n_users))) if heavy else n_users - 1
    cap = min(parameters.max_degree or usual, n_users - 1)
    # Everybody at the least, which is the mean, is a law too; only the geometric one has it.
    alike = law == "geometric" and lowest == least == cap
    if lowest >= cap and law != "poisson" and not alike:
        name = "min_degree" if parameters.degree is None else "degree"
        raise ConfigError(
            f"configuration: {name} = {lowest:g} with degrees of at most {cap}: must be smaller "
            f"for law = {law}. Lower {name}, or raise max_degree or the number of users."
        )
    shape = 0.0
    if law == "poisson":
        code, location = POISSON, mean
    elif law == "geometric":
        code, location = GEOMETRIC, _geometric_location(mean, least, cap)
    elif law == "lognormal":
        shape = 1.0 if parameters.sigma is None else parameters.sigma
        code, location = LOGNORMAL, _lognormal_location(mean, shape, least, cap)
    else:
        code = POWER_LAW
        location, shape = _power_law(mean, parameters, cap)
    degrees = draw_degrees(seed, n_users, code, location, shape, float(least), cap)
    return np.asarray(degrees, np.int64)


def _regular(n_users: int, degree: int, seed: np.uint64) -> Csr:
    if n_users * degree % 2:
        raise ConfigError(
            f"configuration: law = regular, degree = {degree} with {n_users:,} users: users x "
            "degree must be even, as every friendship has two ends. Add one user or one friend."
        )
    if n_users * degree > MAX_STUBS:
        raise ConfigError(
            f"configuration: law = regular, degree = {degree} with {n_users:,} users: users x "
            "degree must be < 2,147,483,648. Use fewer users or a smaller degree."
        )
    degrees = np.full(n_users, degree, np.int64)
    if degree == 0 or n_users > 4 * degree:
        return graph_of_degrees(n_users, degrees, seed)
    owner = np.repeat(np.arange(n_users, dtype=np.int32), degrees)
    edges = mixed(seed, circulant(n_users, degree), owner, starts_of(degrees))
    return csr_from_edges(n_users, edges)
