"""TOML files as plain tables, and what their entries must be."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.checks import short
from sim.errors import ConfigError, DataError, unknown_name
from sim.text_files import read_text


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file as a mapping.

    Raises
    ------
    DataError
        If it is missing, no text, broken or nested without end; names the file and the place.
    """
    text = read_text(path, "a TOML file")
    try:
        return tomllib.loads(text)
    # ValueError: broken TOML, a number of thousands of digits.
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not a readable TOML file: {_one_line(error)}.") from error


def _one_line(error: BaseException) -> str:
    """Return what an error says in one short line, without its full stop."""
    text = " ".join(str(error).split()).rstrip(".")
    return text if len(text) <= 200 else text[:200] + "…"


def as_table(value: Any, where: str) -> Mapping[str, Any]:
    """Return a table as it is; anything else is refused."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} = {short(value)}: must be a table, such as [{where}].")
    return value


def as_list(value: Any, where: str, of: type, what: str) -> tuple[Any, ...]:
    """Return a list of tables or names as a tuple; anything else is refused."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, of) for one in value):
        raise ConfigError(f"{where} = {short(value)}: must be a list of {what}.")
    return tuple(value)


def check_keys(block: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    """Refuse entries that a table does not have."""
    for key in block:
        if key not in allowed:
            raise ConfigError(f"{where}: {unknown_name('key', key, allowed)}")
