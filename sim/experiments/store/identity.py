"""What makes a run that run: the name of its file is a hash of everything that decides its result.

Two runs of one name have the same bits, whichever sweep asked for them; so a run is done once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.contracts import registered
from sim.errors import DataError
from sim.experiments.work.shelf import graph_file
from sim.plugins import REGISTERS
from sim.scenario import FACTS, fingerprint
from sim.syntax import function_digest
from sim.versions import model_version

#: Hex digits of a name: 128 bits, so that no two runs will ever share one by chance.
DIGITS = 32


def run_key(scenario: Mapping[str, Any], code: str = "") -> str:
    """Return the name of a run: hash of all values, the facts behind them, the model, the graph.

    Parameters
    ----------
    scenario
        `Scenario.as_dict`, seed and horizon included.
    code
        Hash of code that the scenario brings with it (`Source.code`).
    """
    return key_of(*own_parts(scenario), *other_parts(scenario, code))


def key_of(*parts: str) -> str:
    """Return the name that is made of these parts."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:DIGITS]


def own_parts(scenario: Mapping[str, Any]) -> list[str]:
    """Return what of a name follows from the scenario alone: its values, and its facts."""
    return [fingerprint(scenario), str(scenario.get("sources", {}).get(FACTS, ""))]


def other_parts(scenario: Mapping[str, Any], code: str) -> list[str]:
    """Return what else a name is made of: the model, plug-ins, the file of the graph, own code."""
    return [model_version(), plug_in_code(scenario), graph_content(scenario), code]


def plug_in_code(scenario: Mapping[str, Any]) -> str:
    """Return the digests of the strategies and interventions that a scenario names.

    The version of the model leaves them out: those that nobody names decide nothing.
    """
    named = {
        *(("strategy", s["name"]) for p in scenario["platforms"].values() for s in p["strategies"]),
        *(("intervention", event["do"]) for event in scenario["events"] if event["do"]),
    }
    if not named:
        return ""
    registered("platform")  # loads those of the distribution
    found = (REGISTERS[kind].get(name) for kind, name in sorted(named))
    return "\n".join(function_digest(function) for function in found if function is not None)


def graph_content(scenario: Mapping[str, Any]) -> str:
    """Return the hash of the file a graph is read from; nothing if the graph is drawn."""
    file = _file(str(scenario["market"]["graph"]))
    if file is None:
        return ""
    try:
        there = file.stat()
        return _sha256(file, there.st_mtime_ns, there.st_size)
    except OSError as error:
        raise DataError(
            f"{file}: {error.strerror or error}. Give the path of a file of edges."
        ) from error


_file = lru_cache(maxsize=64)(graph_file)


@lru_cache(maxsize=64)
def _sha256(file: Path, _changed: int, _size: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
