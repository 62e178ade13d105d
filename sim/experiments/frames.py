"""A store as frames: one tidy table of what runs came to, and their days."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.experiments.differences import EVENT, ON
from sim.experiments.index import SCHEMA
from sim.metrics import CATALOGUE, metric

if TYPE_CHECKING:
    from sim.experiments.store import Store

#: Columns of the tidy table that are neither parameters nor metrics.
HEAD = ("run", "scenario", "seed", "status", "error")


def tidy(store: Store, keys: list[str] | None = None) -> pd.DataFrame:
    """Return the table of `Store.frame`."""
    rows: pd.DataFrame = pa.concat_tables(
        [store.index.read(), pa.Table.from_pylist(store.pending, SCHEMA)],
        promote_options="permissive",
    ).to_pandas()
    rows = rows.drop_duplicates(["run", "platform"], keep="last")
    wanted = store.sizes.keys() if keys is None else store.sizes.keys() & set(keys)
    rows = rows[rows["run"].isin(wanted)]
    rows.insert(0, "status", "done")
    rows.insert(1, "error", "")
    failed = _failed(store, keys)
    if not failed.empty:
        rows = pd.concat([rows, failed], ignore_index=True)
    differs = [_parsed(text) for text in rows.pop("differs")]
    parameters = _parameters(store, differs)
    rows = rows.drop(columns="size")
    if rows["model"].nunique() < 2:
        rows = rows.drop(columns="model")
    head = [name for name in (*HEAD, "model") if name in rows]
    names = [*head, *parameters, "platform", *(name for name in CATALOGUE if name in rows)]
    frame = pd.concat([rows, pd.DataFrame(parameters, index=rows.index)], axis=1)[names]
    if keys is None:
        return frame.sort_values(["run", "platform"], kind="stable", ignore_index=True)
    place = {key: i for i, key in enumerate(keys)}
    order = frame["run"].map(place)
    return frame.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def parameters_of(frame: pd.DataFrame) -> list[str]:
    """Return the columns of a tidy table that are parameters."""
    inner = {*HEAD, "model", "platform", *CATALOGUE}
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


@lru_cache(maxsize=4096)
def _parsed(text: str) -> dict[str, Any]:
    return json.loads(text)  # type: ignore[no-any-return]


def _parameters(store: Store, differs: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return a column for every value in which some run differs from the base of the store."""
    paths = sorted({path for one in differs for path in one})
    columns = {}
    for path in paths:
        usual = store.base.get(path, ON if path.startswith(EVENT) and "." not in path else None)
        columns[path] = [one.get(path, usual) for one in differs]
    return columns


def daily_frame(
    store: Store, metrics: list[str], keys: list[str] | None, platform: str | None
) -> pd.DataFrame:
    """Return the table of `Store.daily`."""
    columns = ["run", "date", "platform", *(metric(name).name for name in metrics)]
    chosen = sorted(store.sizes) if keys is None else [key for key in keys if key in store.sizes]
    only = None if platform is None else [("platform", "=", platform)]
    tables = [pq.read_table(store.path(key), columns=columns, filters=only) for key in chosen]
    if not tables:
        return pd.DataFrame(columns=columns)
    frame: pd.DataFrame = pa.concat_tables(tables, promote_options="permissive").to_pandas()
    return frame.astype({"run": str, "platform": str})
