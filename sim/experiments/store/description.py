"""What a store says of itself: its format, and the scenario against which runs are described."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from sim.checks import short
from sim.errors import DataError
from sim.experiments.store import differences
from sim.experiments.store.inventory import entries
from sim.experiments.store.lock import LOCK
from sim.experiments.store.sealed import read_json, write_json
from sim.scenario import Scenario
from sim.versions import code_version

FORMAT = "clipmarket store 2"
_NAME = "store.json"


def check_place(folder: Path) -> None:
    """Refuse what is no store of this version, and no place to make one.

    Raises
    ------
    DataError
        Saying what is there.
    """
    if os.path.lexists(folder / _NAME):
        read_base(folder)
        return
    # A lock alone is what another process leaves that is about to make the store.
    others = (entry.name for entry in entries(folder) if entry.name != LOCK)
    if any(not name.startswith(".") for name in others):
        raise DataError(
            f"{folder}: there are files that are no store of runs. Give an empty folder, or one "
            "that is not there yet."
        )


def create(folder: Path, base: Scenario) -> None:
    """Make a folder a store, unless it is one."""
    check_place(folder)
    if not os.path.lexists(folder / _NAME):
        about = {"format": FORMAT, "base": base.as_dict(), "code": code_version()}
        write_json(folder / _NAME, about)


def read_base(folder: Path) -> dict[str, Any]:
    """Return the values against which runs are described, by their paths.

    Raises
    ------
    DataError
        If there is no store, or one that cannot be used.
    """
    path = folder / _NAME
    if not os.path.lexists(path):
        raise DataError(f"{folder}: no store of runs. Give the folder of a sweep.")
    try:
        return differences.flat(read_json(path)["base"])
    except (DataError, LookupError, TypeError, AttributeError) as error:
        given = _format_of(path)
        if given not in (None, FORMAT):
            raise DataError(
                f"{folder}: a store of another version ({short(given)}, not {FORMAT!r}). Nothing "
                "in it was touched. Give another folder."
            ) from error
        raise DataError(
            f"{path}: cannot be read as a store's description. Nothing was touched. Put it back, "
            "or give another folder."
        ) from error


def _format_of(path: Path) -> str | None:
    """Return the format that a description names, if one can be made out at all."""
    try:
        about = from_json(path.read_bytes())
    except (OSError, ValueError):
        return None
    return about.get("format") if isinstance(about, dict) else None


def read_scenario(folder: Path) -> Scenario:
    """Return the scenario against which runs are described."""
    return Scenario.from_dict(read_json(folder / _NAME)["base"])
