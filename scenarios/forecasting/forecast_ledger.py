"""The ledger of forecasts: every one that was made here, with its hash; it is only added to.

It lies beside the folders of the forecasts. A folder can be written again, consistent in itself;
but it is then another forecast than that of its line, and no line of the same dates can be added.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.checks import short
from sim.errors import DataError
from sim.files import write_text_aside
from sim.text_files import read_text

LEDGER = "locked.csv"
_COLUMNS = "as_of,made_on,sha256"


def lock(root: Path, manifest: Mapping[str, Any]) -> None:
    """Add a forecast to the ledger, unless this very one is there already.

    Raises
    ------
    DataError
        As `check_may_lock`.
    """
    check_may_lock(root, manifest)
    lines, line = ledger(root), _line(manifest)
    if line in lines:
        return
    text = "\n".join([_COLUMNS, *(",".join(one) for one in [*lines, line]), ""])
    write_text_aside(root / LEDGER, text)


def check_may_lock(root: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse a forecast that is another one than was locked, and not made later.

    Raises
    ------
    DataError
        Saying which one is there.
    """
    line = _line(manifest)
    own = [one for one in ledger(root) if one[0] == line[0]]
    if own and own[-1] != line and own[-1][1] >= line[1]:
        raise DataError(
            f"{root / LEDGER}: a forecast as of {line[0]} was made on {own[-1][1]}, and is another "
            "one. A forecast is changed only with a new date: make it on a later day."
        )


def _line(manifest: Mapping[str, Any]) -> tuple[str, str, str]:
    return manifest["as_of"], manifest["made_on"], manifest["sha256"]


def ledger(root: Path) -> list[tuple[str, str, str]]:
    """Return the lines of the ledger: day, date made, hash; later ones of a day made later.

    Raises
    ------
    DataError
        If a line is none, or was not made later than the one of its day before.
    """
    path = root / LEDGER
    if not path.exists():
        return []
    header, *rest = read_text(path, "a ledger of forecasts").splitlines() or [""]
    lines = [tuple(line.split(",")) for line in rest]
    dates: dict[str, str] = {}
    for line in lines:
        if header != _COLUMNS or len(line) != 3 or dates.get(line[0], "") >= line[1]:
            raise DataError(
                f"{path}: {short(','.join(line))}: lines must be {_COLUMNS}, and those of one day "
                "each made later than the one before. Put the file back: it is only added to."
            )
        dates[line[0]] = line[1]
    return [(line[0], line[1], line[2]) for line in lines]
