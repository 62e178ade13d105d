"""Claims that have a name: what was said, as numbers of the market, by ids of facts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scenarios.asking.question import Measure
from scenarios.claiming.claims import Claim, Relation
from scenarios.inputs.assumptions import DATA, Inputs
from scenarios.inputs.derivations import derived
from scenarios.inputs.toml_tables import check_keys, named_blocks, read_toml
from sim.config import Config, par

CLAIMS_FILE = DATA / "claims.toml"


class ClaimEntry(Config):
    """One claim as it stands in the file; its number is the name of a fact or derivation."""

    name: str = par(..., "text", "As the command asks for it.")
    says: str = par(..., "text", "What was said.")
    metric: str = par(..., "text", "What of the market it is, as `sim.metrics`.")
    platform: str = par(..., "text", "Whom it is about.")
    relation: Relation = par(..., "text", "What is said of the number.")
    value: str = par(..., "name", "The number.")
    over: str = par(..., "id", "Fact that says which days.")
    facts: tuple[str, ...] = par(..., "ids", "Facts it was said in, or that speak of it.")


def named_claims(inputs: Inputs, path: Path = CLAIMS_FILE) -> Mapping[str, Claim]:
    """Return the claims of a file by name, in its order.

    Raises
    ------
    DataError, ConfigError
        One line: file, what was given, what is allowed.
    """
    data = read_toml(path)
    check_keys(data, ("claims",), path.name)
    entries = named_blocks(data, "claims", ClaimEntry, "name", path.name)
    return {name: _claim(one, inputs) for name, one in entries.items()}


def _claim(entry: ClaimEntry, inputs: Inputs) -> Claim:
    for fact in entry.facts:
        inputs.facts[fact]
    over = inputs.facts[entry.over]
    return Claim(
        Measure(entry.metric, entry.platform, str(over.date_start), str(over.last_day)),
        entry.relation,
        (derived(entry.value, inputs.facts),),
        name=entry.name,
        says=entry.says,
        facts=entry.facts,
    )
