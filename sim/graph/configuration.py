"""Configuration models: the degree law is given, everything else is chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from pydantic import model_validator

from sim.config import Config, par
from sim.errors import ConfigError
from sim.graph.catalogue import family, need_room
from sim.graph.csr import Csr, csr_from_edges
from sim.graph.stubs import (
    LOGNORMAL,
    POISSON,
    POWER_LAW,
    draw_degrees,
    mend_pairing,
    mix_circulant,
    shuffled,
    stubs_of,
)


class Configuration(Config):
    """Degree law with its mean; sigma and max_degree, exponent only where the law has them."""

    law: Literal["lognormal", "power_law", "poisson", "regular"] = par(
        "lognormal", "law", "Law of the number of friends."
    )
    degree: float = par(20.0, "friends/user", "Mean number of friends.", low=0, high=500)
    sigma: float | None = par(
        None, "log friends", "Spread of a lognormal; 1 if not given.", above=0, high=3
    )
    exponent: float | None = par(
        None, "exponent", "Of the density of a power law; 2.5 if not given.", above=2, high=10
    )
    max_degree: int | None = par(
        None, "friends/user", "Most friends; sqrt(degree * users) if not given.", low=1
    )

    @model_validator(mode="after")
    def _fits_the_law(self) -> Configuration:
        users_of = {
            "sigma": ("lognormal",),
            "exponent": ("power_law",),
            "max_degree": ("lognormal", "power_law", "poisson"),
        }
        for name, laws in users_of.items():
            if getattr(self, name) is not None and self.law not in laws:
                raise ValueError(f"{name} belongs to law = {' or '.join(laws)}, not to {self.law}")
        if self.law == "regular" and self.degree != int(self.degree):
            raise ValueError(f"degree = {self.degree:g} must be whole for law = regular")
        if self.law in ("lognormal", "power_law") and self.degree == 0:
            raise ValueError(f"degree must be > 0 for law = {self.law}")
        return self


def _solve(mean_of: Callable[[float], float], low: float, high: float, mean: float) -> float:
    """Return where the rising function `mean_of` reaches `mean`, by bisection."""
    for _ in range(200):
        middle = 0.5 * (low + high)
        if mean_of(middle) < mean:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _lognormal_location(mean: float, sigma: float, cap: int) -> float:
    """Return mu such that a lognormal, cut down to `cap`, has this mean."""

    def normal_cdf(z: float) -> float:
        return 0.5 * math.erfc(-z / math.sqrt(2.0))

    def capped_mean(mu: float) -> float:
        z = (math.log(cap) - mu) / sigma
        return math.exp(mu + sigma * sigma / 2) * normal_cdf(z - sigma) + cap * normal_cdf(-z)

    return _solve(capped_mean, math.log(mean) - sigma * sigma, math.log(cap) + 10 * sigma, mean)


def _power_law_location(mean: float, exponent: float, cap: int) -> float:
    """Return the least value of a power law that ends at `cap` and has this mean."""

    def mean_from(least: float) -> float:
        # Moments are integrals of x ** -exponent over least .. cap, in units of `least`.
        ratio = cap / least
        first = (1.0 - ratio ** (2.0 - exponent)) / (exponent - 2.0)
        zeroth = (1.0 - ratio ** (1.0 - exponent)) / (exponent - 1.0)
        return float(least * first / zeroth)

    return _solve(mean_from, mean * 1e-9, cap * (1.0 - 1e-9), mean)


@family(Configuration)
def configuration(n_users: int, parameters: Configuration, seed: np.uint64) -> Csr:
    """Draw a degree for every user from a law and pair the edge ends at random.

    Loops and repeated edges are dropped, which lowers the degrees of hubs a little; an odd last end
    stays unpaired. The mean of the drawn degrees is `degree`, the cap included. With law = regular
    nothing is dropped: bad pairs are switched with random edges, so every degree is exact, and the
    law of the graph is close to uniform.

    Laws: lognormal (sigma, default 1), power_law (density x ** -exponent, default 2.5), both
    rounded at random to whole friends; poisson; regular. max_degree defaults to
    sqrt(degree * n_users), where dropped edges begin to matter (for poisson: n_users - 1).

    References
    ----------
    Molloy and Reed (1995), Random Structures and Algorithms 6; Catanzaro, Boguna and
    Pastor-Satorras (2005), "Generation of uncorrelated random scale-free networks", Phys. Rev. E 71
    (the cap); McKay and Wormald (1990), Journal of Algorithms 11 (the switches).
    """
    need_room("configuration", parameters.degree, n_users)
    mean, law = parameters.degree, parameters.law
    if law == "regular":
        return _regular(n_users, int(mean), seed)
    if law == "poisson":
        cap = min(n_users - 1, parameters.max_degree or n_users - 1)
        degrees = draw_degrees(seed, n_users, POISSON, mean, 0.0, cap)
    else:
        cap = parameters.max_degree or max(math.ceil(mean) + 1, int(math.sqrt(mean * n_users)))
        cap = min(cap, n_users - 1)
        if mean >= cap:
            raise ConfigError(
                f"configuration: degree = {mean:g} with degrees of at most {cap}: must be smaller "
                f"for law = {law}. Lower degree, or raise max_degree or the number of users."
            )
        if law == "lognormal":
            sigma = 1.0 if parameters.sigma is None else parameters.sigma
            location = _lognormal_location(mean, sigma, cap)
            degrees = draw_degrees(seed, n_users, LOGNORMAL, location, sigma, cap)
        else:
            exponent = 2.5 if parameters.exponent is None else parameters.exponent
            location = _power_law_location(mean, exponent, cap)
            degrees = draw_degrees(seed, n_users, POWER_LAW, location, exponent, cap)
    stubs = shuffled(seed, stubs_of(degrees))
    return csr_from_edges(n_users, stubs.reshape(-1, 2))


def _regular(n_users: int, degree: int, seed: np.uint64) -> Csr:
    if n_users * degree % 2:
        raise ConfigError(
            f"configuration: law = regular, degree = {degree} with {n_users:,} users: users x "
            "degree must be even, as every friendship has two ends. Add one user or one friend."
        )
    if n_users * degree >= 2**31:
        raise ConfigError(
            f"configuration: law = regular, degree = {degree} with {n_users:,} users: users x "
            "degree must be < 2,147,483,648. Use fewer users or a smaller degree."
        )
    if degree == 0:
        return np.zeros(n_users + 1, np.int64), np.zeros(0, np.int32)
    if n_users <= 4 * degree:
        edges = mix_circulant(seed, n_users, degree)
    else:
        order = shuffled(seed, np.arange(n_users * degree, dtype=np.int32))
        edges = mend_pairing(seed, degree, order)
    return csr_from_edges(n_users, edges)
