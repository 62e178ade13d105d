"""TOML files as plain tables, and what their entries must be."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from sim.checks import short
from sim.config import Config
from sim.errors import ConfigError, DataError, unknown_name
from sim.text_files import read_text

#: What a block of a list of tables is.
Block = TypeVar("Block", bound=Config)


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


def named_blocks(
    data: Mapping[str, Any], table: str, kind: type[Block], key: str, file: str
) -> dict[str, Block]:
    """Return the blocks of a list of tables by their name, in order.

    Parameters
    ----------
    kind, key
        What each is, and its field that is the name.
    file
        Where they stand, for messages.

    Raises
    ------
    ConfigError
        If it is no list of tables, a block is not what it must be, or two have one name.
    """
    found: dict[str, Block] = {}
    for block in as_list(data.get(table, ()), table, dict, f"[[{table}]]"):
        one = kind.parse(block, f"{file}, {short(block.get(key, '?'))}")
        name = getattr(one, key)
        if name in found:
            raise ConfigError(f"{file}: {name} is given twice in [[{table}]]. Rename one of them.")
        found[name] = one
    return found


def check_keys(block: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    """Refuse entries that a table does not have."""
    for key in block:
        if key not in allowed:
            raise ConfigError(f"{where}: {unknown_name('key', key, allowed)}")
