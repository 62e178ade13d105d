"""The posterior on disk: draws of all assumptions together, and what they were fitted to.

One row a draw: ``draw``, ``weight``, ``structure`` (of `scenarios.fitting.rivals`), then a column
for each assumption by its id. What it is made of stands in the file itself, so that a draw never
parts from its stamp.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.fitting.priors import Prior, inputs_with, priors
from scenarios.fitting.rivals import FITTED
from scenarios.inputs.assumptions import DATA, Inputs
from sim.checks import chosen, in_range, short
from sim.displayed import table_html
from sim.errors import DataError, unknown_name
from sim.files import write_aside
from sim.formulas import Array
from sim.numbers import brief

#: The posterior that comes with the model: fitted to all that was published.
SHIPPED = DATA / "posterior.parquet"

_KEY = b"clipmarket posterior"
_FORMAT = 2
_HEAD = ("draw", "weight", "structure")
#: What must be said of a posterior.
ABOUT = ("format", "central", "vintage", "as_of", "n_users", "seed", "facts", "targets", "model")


@dataclass(frozen=True)
class Posterior:
    """Draws of assumptions that belong together.

    Parameters
    ----------
    names
        Ids of the assumptions.
    values
        (draws, assumptions).
    weights
        (draws,) above 0; they sum to 1.
    structures
        (draws,) names of `scenarios.fitting.rivals.FITTED`.
    central
        Value of each assumption at the central point.
    about
        Vintage, day, size and hashes of what it was made from.
    """

    names: tuple[str, ...]
    values: Array
    weights: Array
    structures: tuple[str, ...]
    central: Mapping[str, float]
    about: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        n = len(set(self.structures))
        return (
            f"<Posterior as of {self.about['as_of']} · {len(self):,} draws of {len(self.names)} "
            f"assumptions · {n} structure{'s' if n != 1 else ''}>"
        )

    def _repr_html_(self) -> str:
        """Return what the data taught: central value, median and 90 % of each such assumption."""
        rows = []
        for name, central in self.central.items():
            drawn = self.values[:, self.names.index(name)]
            low, middle, high = weighted_quantiles(drawn, self.weights, (0.05, 0.5, 0.95))
            rows.append([name, *map(brief, (central, middle, low, high))])
        columns = ["assumption", "central", "median", "90 % from", "to"]
        return table_html(columns, rows, repr(self).strip("<>"))

    def inputs(self, inputs: Inputs, draw: int) -> Inputs:
        """Return inputs with the values of one draw.

        Raises
        ------
        ConfigError
            If there is no such draw.
        """
        return inputs_with(inputs, self.at(draw))

    def at(self, draw: int) -> dict[str, float]:
        """Return the value of each assumption in one draw."""
        row = self.values[int(in_range("draw", draw, 0, len(self) - 1))]
        return dict(zip(self.names, map(float, row), strict=True))

    def of(self, structure: str) -> Posterior:
        """Return the draws of one structure alone.

        Raises
        ------
        UnknownNameError
            If it has none of it.
        """
        chosen("structure", structure, dict.fromkeys(self.structures))
        own = np.array([one == structure for one in self.structures])
        kept = self.weights[own]
        return Posterior(
            self.names, self.values[own], kept / kept.sum(), (structure,) * int(own.sum()),
            self.central, self.about,
        )  # fmt: skip

    def drawn(self, n: int, seed: int) -> npt.NDArray[np.int64]:
        """Return n draws, in proportion to weights, each as evenly often as can be."""
        rng = np.random.default_rng(seed)
        places = (np.arange(n) + rng.random()) / n
        found = np.searchsorted(np.cumsum(self.weights), places)
        return rng.permutation(np.minimum(found, len(self) - 1))


def weighted_quantiles(values: Array, weights: Array, levels: Sequence[float]) -> Array:
    """Return the values below which so much of the weight lies."""
    order = np.argsort(values)
    below = (np.cumsum(weights[order]) - weights[order] / 2.0) / weights.sum()
    return np.asarray(np.interp(levels, below, values[order]))


def write_posterior(path: Path, posterior: Posterior) -> None:
    """Write a posterior to a Parquet file."""
    columns: dict[str, Any] = {
        "draw": np.arange(len(posterior), dtype=np.int32),
        "weight": np.asarray(posterior.weights, np.float64),
        "structure": list(posterior.structures),
    }
    columns |= {name: posterior.values[:, k] for k, name in enumerate(posterior.names)}
    about = {"format": _FORMAT, "central": dict(posterior.central), **posterior.about}
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(about, sort_keys=True)})
    write_aside(path, lambda aside: pq.write_table(table, aside, compression="zstd"))


def read_posterior(path: str | Path, inputs: Inputs) -> Posterior:
    """Read a posterior, and check it against the assumptions it is of.

    Raises
    ------
    DataError
        One line, if the file is missing or broken, or holds values outside of their ranges.
    """
    path = Path(path)
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file. Make one: python -m scenarios calibrate.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            f"{path}: is no readable Parquet file ({short(' '.join(str(error).split()), 80)}). "
            "Make it anew: python -m scenarios calibrate."
        ) from error
    about = _about(path, table)
    ranges = {one.id: one for one in priors(inputs)}
    names = tuple(name for name in table.column_names if name not in _HEAD)
    strange = [name for name in names if name not in ranges]
    lacking = [name for name in _HEAD if name not in table.column_names]
    if strange or lacking or not names or not table.num_rows:
        raise DataError(
            f"{path}: must have columns {', '.join(_HEAD)}, and assumptions with a prior, and a "
            f"row or more (missing: {short(lacking)}; unknown: {short(strange)}). Make it anew."
        )
    values = np.column_stack([_numbers(path, table, name) for name in names])
    weights = _numbers(path, table, "weight")
    low, high = (
        np.array([getattr(ranges[name], end) for name in names]) for end in ("low", "high")
    )
    outside = np.argwhere(~((values >= low) & (values <= high)))
    if len(outside):
        row, column = outside[0]
        one = ranges[names[column]]
        raise DataError(
            f"{path}, draw {row}: {one.id} = {values[row, column]:g}: must lie in its range, "
            f"{one.low:g} to {one.high:g}. Make it anew."
        )
    if not (weights > 0.0).all() or not np.isfinite(weights.sum()):
        raise DataError(f"{path}: weight must be above 0 in every row. Make it anew.")
    structures = tuple(map(str, table["structure"].to_pylist()))
    unknown = [one for one in structures if one not in FITTED]
    if unknown:
        raise DataError(f"{path}: {unknown_name('structure', unknown[0], FITTED)} Make it anew.")
    central = _central(path, about.pop("central"), ranges)
    return Posterior(names, values, weights / weights.sum(), structures, central, about)


def _central(path: Path, given: Any, ranges: Mapping[str, Prior]) -> dict[str, float]:
    """Return the central point, each value within its range."""
    is_table = isinstance(given, dict) and all(isinstance(v, float) for v in given.values())
    if is_table and all(n in ranges and ranges[n].has(v) for n, v in given.items()):
        return dict(given)
    raise DataError(f"{path}: its central point is none of these assumptions. Make it anew.")


def _about(path: Path, table: pa.Table) -> dict[str, Any]:
    text = (table.schema.metadata or {}).get(_KEY)
    try:
        about = json.loads(text) if text is not None else None
    except ValueError:
        about = None
    if not isinstance(about, dict) or about.get("format") != _FORMAT or set(about) != set(ABOUT):
        raise DataError(
            f"{path}: does not say what it was fitted to, or in another way than here. Make it "
            "anew: python -m scenarios calibrate."
        )
    return about


def _numbers(path: Path, table: pa.Table, name: str) -> Array:
    try:
        found = np.asarray(table[name].to_numpy(zero_copy_only=False), np.float64)
    except (ValueError, TypeError, pa.ArrowException) as error:
        raise DataError(f"{path}: column {name} must hold numbers. Make it anew.") from error
    return found
