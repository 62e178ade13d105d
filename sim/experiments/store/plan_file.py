"""Which runs a command asked for, as a file: the name of each run by replicate and point."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sim.errors import DataError
from sim.experiments.store import sealed

#: Where a plan says which paths its replicates drew, each their own.
DRAWN = "drawn"


def write_plan(path: Path, names: npt.NDArray[np.str_], about: Mapping[str, Any]) -> None:
    """Write the names of runs.

    Parameters
    ----------
    names
        (replicates, points) name of each run.
    about
        What is said of them: scenario, design, paths; `DRAWN`, if replicates are draws.
    """
    replicates, points = np.indices(names.shape)
    columns = {
        "run": pa.array(names.ravel().tolist(), pa.string()),
        "replicate": replicates.ravel(),
        "point": points.ravel(),
    }
    sealed.write_table(path, pa.table(columns), {**about, "shape": list(names.shape)})


def read_plan(path: Path, shape: tuple[int, int]) -> npt.NDArray[np.str_]:
    """Return the (replicates, points) names of runs.

    Raises
    ------
    DataError
        If the file is not as it was written, or of another size.
    """
    table, about = sealed.read_table(path)
    if about.get("shape") != list(shape) or table.num_rows != shape[0] * shape[1]:
        raise DataError(f"{path}: is a plan of another size")
    return table["run"].to_numpy().astype(str).reshape(shape)  # type: ignore[no-any-return]


def check_plan(path: Path) -> None:
    """Read a plan whole.

    Raises
    ------
    DataError
        If it is not as it was written.
    """
    _, about = sealed.read_table(path)
    rows, columns = about.get("shape", (0, 0))
    read_plan(path, (rows, columns))


def drawn_paths(path: Path) -> frozenset[str]:
    """Return the paths that the replicates of a plan drew; none of a file that cannot be read."""
    try:
        _, about = sealed.read_table(path)
    except DataError:
        return frozenset()
    return frozenset(map(str, about.get(DRAWN, ())))
