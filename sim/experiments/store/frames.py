"""A store as frames: one tidy table of what runs came to, and their days."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.checks import names_in, short
from sim.errors import ConfigError
from sim.experiments.store.differences import EVENT, ON
from sim.experiments.store.index import once, schema
from sim.experiments.store.sealed import read_table
from sim.given import must_be
from sim.metrics import CATALOGUE, metric_of

if TYPE_CHECKING:
    from sim.experiments.store.store import Store

#: Columns of the tidy table that are neither parameters nor metrics.
HEAD = ("run", "scenario", "seed", "status", "error")


def tidy(store: Store, keys: list[str] | None = None) -> pd.DataFrame:
    """Return the table of `Store.frame`."""
    keys = None if keys is None else _keys(keys)
    table = store.index.read()
    if store.pending:
        added = pa.Table.from_pylist(store.pending, schema())
        table = once(pa.concat_tables([table, added], promote_options="permissive"))
    rows: pd.DataFrame = table.drop_columns("size").to_pandas()
    wanted = store.sizes.keys() if keys is None else store.sizes.keys() & set(keys)
    rows = rows[rows["run"].isin(wanted)].assign(status="done", error="")
    failed = _failed(store, keys)
    if not failed.empty:
        rows = pd.concat([rows, failed], ignore_index=True)
    rows = _in_order(rows, keys)
    parameters = _parameters(store, rows.pop("differs"))
    if rows["model"].nunique() < 2:
        rows = rows.drop(columns="model")
    head = [name for name in (*HEAD, "model") if name in rows]
    names = [*head, *parameters.columns, "platform", *(n for n in CATALOGUE if n in rows)]
    return pd.concat([rows, parameters], axis=1)[names]


def _keys(given: object) -> list[str]:
    keys = names_in("runs", given)
    for key in keys:
        if not isinstance(key, str) or not key.isascii():
            raise ConfigError(f"run {short(key)}: must be the name of a run, of 32 letters.")
    return keys


def _in_order(rows: pd.DataFrame, keys: list[str] | None) -> pd.DataFrame:
    """Return the rows by name of their run, or in the order asked for; platforms by name."""
    if keys is None:
        return rows.sort_values(["run", "platform"], kind="stable", ignore_index=True)
    place = rows["run"].map({key: i for i, key in enumerate(keys)})
    order = np.lexsort((rows["platform"].astype(str), place))
    return rows.iloc[order].reset_index(drop=True)


def parameters_of(frame: pd.DataFrame, drawn: Collection[str] = ()) -> list[str]:
    """Return the columns of a tidy table that are parameters.

    Parameters
    ----------
    drawn
        Paths that each replicate drew for itself (`Store.drawn_paths`): these tell no points apart.
    """
    inner = {*HEAD, "model", "platform", *CATALOGUE, *drawn}
    return [str(name) for name in frame.columns if name not in inner]


def _failed(store: Store, keys: list[str] | None) -> pd.DataFrame:
    chosen = store.failures.keys() if keys is None else store.failures.keys() & set(keys)
    return pd.DataFrame(
        [
            {
                "run": key,
                "scenario": failure.get("scenario", ""),
                "seed": failure["seed"],
                "status": failure["status"],
                "error": failure["error"],
                "differs": json.dumps(failure["differs"], sort_keys=True),
            }
            for key in sorted(chosen)
            for failure in [store.failures[key]]
        ]
    )


def _parameters(store: Store, differs: pd.Series[str]) -> pd.DataFrame:
    """Return a column for every value in which some run differs from the base of the store."""
    codes, texts = pd.factorize(differs)
    parsed = [json.loads(text) for text in texts]
    columns = {}
    for path in sorted({path for one in parsed for path in one}):
        usual = store.base.get(path, ON if path.startswith(EVENT) and "." not in path else None)
        values = _of_one_kind([one.get(path, usual) for one in parsed])
        columns[path] = pd.Series(values).to_numpy()[codes]
    return pd.DataFrame(columns, index=differs.index)


def _of_one_kind(values: list[Any]) -> list[Any]:
    """Return values of a column that a file can hold: all as text if some of them are.

    What is a number in one structure of the model may be none in another, and stand as off.
    """
    kinds = {isinstance(value, str) for value in values if value is not None}
    if len(kinds) < 2:
        return values
    return [value if value is None else str(value) for value in values]


def daily_frame(
    store: Store, metrics: list[str], keys: list[str] | None, platform: str | None
) -> pd.DataFrame:
    """Return the table of `Store.daily`."""
    names = [metric_of(name).name for name in names_in("metrics", metrics)]
    columns = ["run", "date", "platform", *names]
    keys = None if keys is None else _keys(keys)
    chosen = sorted(store.sizes) if keys is None else [key for key in keys if key in store.sizes]
    if platform is not None:
        must_be(platform, str, "platform", "'third'")
    only = None if platform is None else [("platform", "=", platform)]
    tables = [read_table(store.path(key), columns, only)[0] for key in chosen]
    if not tables:
        return pd.DataFrame(columns=columns)
    frame: pd.DataFrame = pa.concat_tables(tables, promote_options="permissive").to_pandas()
    return frame.astype({"run": str, "platform": str})
