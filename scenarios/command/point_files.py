"""Files of points: a CSV file or a Parquet file, whose columns are paths or their short names."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.checks import short
from sim.errors import ClipmarketError, DataError
from sim.number_texts import plain_number
from sim.text_files import PARQUET, first_bytes, read_text

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario import Scenario

_WHAT = "a CSV file with paths as first line"
#: What separates columns elsewhere, in words.
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
#: A Parquet file may hold any number of equal cells in a few bytes.
_MOST_CELLS = 100_000_000
_NO_INDEX = (
    "Name it, or save without the index that pandas and R put in front: to_csv(path, index=False), "
    "write.csv(x, path, row.names = FALSE)."
)


def read_points(path: str | Path, scenario: Scenario) -> pd.DataFrame:
    """Read a table of points.

    Raises
    ------
    DataError
        In terms of the file: which line or column, and what to do.
    """
    path = Path(path)
    if first_bytes(path, _WHAT).startswith(PARQUET):
        points = _parquet(path)
        points.columns = _meant([str(name) for name in points], path, scenario)
        return points
    return _csv(path, scenario)


def _meant(names: list[str], path: Path, scenario: Scenario) -> list[str]:
    """Return the paths that the names of columns mean, each once."""
    from scenarios.inputs.aliases import ALIASES
    from sim.experiments.paths import whole_path

    meant: dict[str, str] = {}
    for name in names:
        try:
            whole = whole_path(scenario, name, ALIASES)
        except ClipmarketError as error:
            hint = f" {_NO_INDEX}" if name.startswith("Unnamed") else ""
            raise DataError(f"{path}: column {short(name)}: {error}{hint}") from error
        if whole in meant:
            raise DataError(
                f"{path}: columns {short(meant[whole])} and {short(name)} are the same, {whole}. "
                "Keep one of them."
            )
        meant[whole] = name
    return list(meant)


def _csv(path: Path, scenario: Scenario) -> pd.DataFrame:
    """Read a CSV file; rows that are longer or shorter than the first line are not guessed at."""
    import pandas as pd

    text = read_text(path, _WHAT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    names: list[str] = []
    paths: list[str] = []
    rows: list[list[str]] = []
    seen: dict[tuple[str, ...], int] = {}
    line = 1
    try:
        for given in reader:
            row = [cell.strip() for cell in given]
            if any(row) or len(row) > 1:
                if not names:
                    _check_first_line(row, path, line)
                    names, paths = row, _meant(row, path, scenario)
                else:
                    _check_row(row, names, path, line)
                    there = seen.setdefault(tuple(row), line)
                    if there != line:
                        raise DataError(
                            f"{path}, line {line}: is the same point as line {there}. Keep one; "
                            "for more seeds give --replicates."
                        )
                    rows.append(row)
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{path}, line {line}: broken CSV ({error}). Put a cell with commas or line breaks in "
            "double quotes, and double a quote inside it."
        ) from error
    if not rows:
        raise DataError(f"{path}: holds no point. Give paths as first line and a point a line.")
    columns = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            name: pd.Series(_typed(cells), dtype=object)
            for name, cells in zip(paths, columns, strict=True)
        }
    )


def _check_first_line(names: list[str], path: Path, line: int) -> None:
    if len(names) == 1:
        for mark, word in _SEPARATORS.items():
            if mark in names[0]:
                raise DataError(
                    f"{path}, line {line}: columns are separated by {word} ({mark!r}). Save the "
                    "file with commas between columns and points in decimal numbers."
                )
    if not names[-1] and len(names) > 1:
        raise DataError(
            f"{path}, line {line}: ends with a comma, and a column without a name is no path. Take "
            "away the comma at the end of each line."
        )
    for number, name in enumerate(names, 1):
        if not name:
            raise DataError(f"{path}, line {line}: column {number} has no name. {_NO_INDEX}")
        if name in names[: number - 1]:
            raise DataError(f"{path}, line {line}: {short(name)} stands twice. Keep one column.")


def _check_row(row: list[str], names: list[str], path: Path, line: int) -> None:
    if len(row) != len(names):
        raise DataError(
            f"{path}, line {line}: has {len(row)} cells, and the first line has {len(names)}. Give "
            "each path a value and a point in decimal numbers; quote a cell that holds a comma."
        )
    for name, cell in zip(names, row, strict=True):
        if not cell:
            raise DataError(
                f"{path}, line {line}: {short(name)} is empty. Give each point a value for each "
                "path."
            )


def _typed(cells: tuple[str, ...]) -> list[Any]:
    """Return a column as whole numbers, as numbers, or as the text it is."""
    try:
        plain = [plain_number(cell) for cell in cells]
    except ValueError:
        return list(cells)
    if all(text.lstrip("+-").isdigit() and len(text) < 30 for text in plain):
        return [int(text) for text in plain]
    return [float(text) for text in plain] if _all_have_digits(plain) else list(cells)


def _all_have_digits(cells: list[str]) -> bool:
    """Return whether no cell is infinity or NaN, which the field itself must take or refuse."""
    return not any(cell.lower().lstrip("+-").startswith(("inf", "nan")) for cell in cells)


def _parquet(path: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = pq.ParquetFile(path).metadata
        n_cells = about.num_rows * about.num_columns
        if n_cells > _MOST_CELLS:
            raise DataError(f"{path}: {n_cells:,} cells; at most {_MOST_CELLS:,}. Give fewer rows.")
        return pd.read_parquet(path)
    except DataError:
        raise
    except (OSError, LookupError, TypeError, ValueError, pa.ArrowException) as error:
        raise DataError(
            f"{path}: a Parquet file that cannot be read ({short(str(error))}). Save it again, or "
            "as CSV."
        ) from error
