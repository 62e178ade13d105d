"""Short names for what people vary most; anything else goes by its path, or the beginning of it."""

from __future__ import annotations

from scenarios.assumptions import Assumption, load_inputs
from sim.errors import ConfigError

ALIASES = {
    "price": "event:packs.set.pack_usd",
    "quota": "event:quota_cut.set.free_quota_per_day",
    "marketing": "sora.marketing_usd_per_day",
    "cost": "sora.usd_per_gpu_hour",
}


def assumption(name: str) -> Assumption | None:
    """Return the assumption of a number such as A16, or None."""
    return load_inputs().assumptions.get(name)


def bounds(one: Assumption) -> tuple[float, float]:
    """Return the range to sweep.

    Raises
    ------
    ConfigError
        If it has none.
    """
    if one.low is None or one.high is None or not one.low < one.high:
        raise ConfigError(
            f"{one.id} ({', '.join(one.paths)}): has no range in assumptions.toml. Give values: "
            f"{one.id}=..."
        )
    return one.low, one.high
