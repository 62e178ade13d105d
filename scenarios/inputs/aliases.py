"""Short names for what people vary most; anything else goes by its path, or the beginning of it."""

from __future__ import annotations

from scenarios.inputs.assumptions import Assumption, load_inputs
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


def paths_of(one: Assumption) -> tuple[str, ...]:
    """Return what an assumption sets in a scenario.

    Raises
    ------
    ConfigError
        If it says how a run is read and not what is run.
    """
    if not _in_model(one):
        raise ConfigError(f"{one.id} ({', '.join(one.paths)}): is no part of a run. Give another.")
    return tuple(one.paths)


def bounds(one: Assumption) -> tuple[float, float]:
    """Return the range to sweep.

    Raises
    ------
    ConfigError
        If it has none, or says how a run is read and not what is run.
    """
    paths_of(one)
    if one.low is None or one.high is None or not one.low < one.high:
        raise ConfigError(
            f"{one.id} ({', '.join(one.paths)}): has no range in assumptions.toml. Give values: "
            f"{one.id}=..."
        )
    return one.low, one.high


def _in_model(one: Assumption) -> bool:
    return not any(path.startswith("scenario.") for path in one.paths)


def with_range() -> list[str]:
    """Return the numbers of all assumptions that have a range to sweep."""
    return [
        one.id
        for one in load_inputs().assumptions.values()
        if _in_model(one) and one.low is not None and one.high is not None and one.low < one.high
    ]
