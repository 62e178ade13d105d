"""Tables of points as people and programs save them: the points that stand there, or one line."""

import bz2
import gzip
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import baseline
from scenarios.command.points import design_of
from sim.errors import ClipmarketError, ConfigError, DataError
from sim.experiments import Design, table
from sim.experiments.paths import varied
from sim.market import Market
from tests.worlds import tiny

QUOTA, PRICE = "event:quota_cut.set.free_quota_per_day", "event:packs.set.pack_usd"
POINTS = ({QUOTA: 3, PRICE: 2.5}, {QUOTA: 6, PRICE: 4.0})


def read(folder: Path, content: str | bytes, name: str = "points.csv") -> Design:
    """Return the design of a file given as ``--table``."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return design_of(baseline.scenario(), [], None, None, path)


def parquet(**columns: Any) -> bytes:
    content = io.BytesIO()
    pd.DataFrame(columns).to_parquet(content)
    return content.getvalue()


PLAIN = "quota,price\n3,2.5\n6,4\n"
GOOD: dict[str, str | bytes] = {
    "plain": PLAIN,
    "with its mark": "\ufeff" + PLAIN,
    "UTF-16": PLAIN.encode("utf-16"),
    "gzip": gzip.compress(PLAIN.encode()),
    "bzip2": bz2.compress(PLAIN.encode()),
    "of Windows": PLAIN.replace("\n", "\r\n"),
    "blank lines": "\n" + PLAIN.replace("\n", "\n\n") + "   \n",
    "blanks around": " quota , price\n 3, 2.5\n6 ,4\n",
    "quotes": '"quota","price"\n"3","2.5"\n"6","4"\n',
    "no last line end": PLAIN.rstrip(),
    "formatted": "quota,price\n3,2.500\n6,4.000\n",
    "Parquet": parquet(quota=[3, 6], price=[2.5, 4.0]),
    "pandas": pd.DataFrame({"quota": [3, 6], "price": [2.5, 4]}).to_csv(index=False),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_table_is_read_as_it_stands(tmp_path: Path, kind: str) -> None:
    for name in ("points.csv", "points.csv.gz", "points"):
        assert read(tmp_path, GOOD[kind], name).points == POINTS


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "more cells than names": ("quota,price\n3,2,9\n6,4,9\n", "line 2: has 3 cells"),
    "fewer cells": ("quota,price\n3,2\n6\n", "line 3: has 1 cells"),
    "a decimal comma": ("quota,price\n3,2,5\n", "line 2: has 3 cells"),
    "a decimal comma in quotes": ('price\n"2,5"\n', "a comma can be read in two ways"),
    "a path twice": ("quota,quota\n3,30\n", "'quota' stands twice"),
    "a path by two names": (f"price,{PRICE}\n3,30\n", "are the same"),
    "an index of pandas": (",quota\n0,3\n1,6\n", "column 1 has no name"),
    "an index saved twice": ("Unnamed: 0,quota\n0,3\n1,6\n", "index=False"),
    "a name left out": ("quota,,price\n3,1,2\n", "column 2 has no name"),
    "commas at the end": ("quota,price,\n3,2,\n", "ends with a comma"),
    "a comma at the end of rows": ("quota,price\n3,2,\n", "line 2: has 3 cells"),
    "an empty cell": ("quota,price\n3,\n", "line 2: 'price' is empty"),
    "a row twice": ("quota,price\n3,2\n6,4\n3,2\n", "line 4: is the same point as line 2"),
    "a row twice, written otherwise": ("quota,price\n3,2.0\n3,2\n", "same as row 1"),
    "semicolons": ("quota;price\n3;2,5\n", "semicolons (';')"),
    "tabs": ("quota\tprice\n3\t2.5\n", "separated by tabs"),
    "no points": ("quota,price\n", "holds no point"),
    "nothing": ("", "holds no point"),
    "no header": ("3,2\n6,4\n", "column '3'"),
    "a lost quote": ('quota,price\n"3,2\n6,4\n', "line 2: broken CSV"),
    "Latin-1": ("quota,pr\u00e9ce\n3,2\n".encode("latin-1"), ":1: byte 0xe9 is not UTF-8"),
    "bytes of 0": (b"quota\n3\n" + bytes(3), "no text"),
    "half a Parquet file": (parquet(quota=[3, 6])[:-9], "Parquet file that cannot be read"),
    "a name of another world": ("quota,colour\n3,2\n", "column 'colour': unknown parameter"),
    "an empty cell of Parquet": (parquet(price=[2.5, None]), "row 2, event:packs.set.pack_usd"),
    "lists of Parquet": (parquet(price=[[2.5], [1.0]]), "must be a single number"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_table_that_could_be_misread_is_refused_in_its_own_terms(
    tmp_path: Path, kind: str
) -> None:
    """Pandas would shift columns into the index, number names that stand twice, or skip a line."""
    content, expected = REFUSED[kind]
    with pytest.raises(ClipmarketError) as caught:
        varied(baseline.scenario(), read(tmp_path, content).points[0])
    text = str(caught.value)
    assert expected in text
    assert len(text.splitlines()) == 1
    if "two ways" not in expected:
        assert text.startswith(f"--table {tmp_path / 'points.csv'}") or "table of points" in text


def test_what_a_run_saves_is_no_table_of_points_and_told(tmp_path: Path) -> None:
    saved = Market(tiny(until="2025-10-03", start="2025-09-30")).run().save(tmp_path / "run")
    for file in (saved / "monthly.csv", saved / "daily.parquet"):
        with pytest.raises(DataError, match=r"--table .*: column '\w+': unknown parameter"):
            design_of(baseline.scenario(), [], None, None, file)


def test_the_table_of_points_of_a_store_can_be_given_again(tmp_path: Path) -> None:
    """As ``pandas`` saves what a design holds; without the index."""
    content = pd.DataFrame(POINTS).to_csv(index=False)
    assert read(tmp_path, content).points == POINTS


def test_values_of_a_table_keep_their_kind(tmp_path: Path) -> None:
    design = read(
        tmp_path,
        "market.seed,event:packs,event:packs.date,sora.interest_fade_days\n"
        "18446744073709551615,on,2025-11-01,inf\n2,off,2025-11-02,30\n",
    )
    first = design.points[0]
    assert varied(baseline.scenario(), first).market.seed == 2**64 - 1
    assert varied(baseline.scenario(), first).platforms["sora"].interest_fade_days == math.inf
    assert first["event:packs.date"] == "2025-11-01"


PATH = "sora.p_active"
FRAMES: dict[str, tuple[Any, str]] = {
    "a path twice": (pd.DataFrame([[0.1, 0.2]], columns=[PATH] * 2), "stands twice"),
    "a path as index": (pd.DataFrame({PATH: [0.1, 0.2]}).set_index(PATH), "in the index"),
    "two in the index": (
        pd.DataFrame({"a": [1], "b": [2], PATH: [1]}).set_index(["a", "b"]), "'a', 'b'"),
    "columns of two levels": (
        pd.DataFrame([[0.1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "must be a path"),
    "numbered columns": (pd.DataFrame([[0.1], [0.2]]), "must be a path"),
    "NaN": (pd.DataFrame({PATH: [0.1, math.nan]}), "row 2, sora.p_active: a cell is empty"),
    "None": (pd.DataFrame({PATH: [0.1, None]}, dtype=object), "row 2"),
    "NA": (pd.DataFrame({PATH: pd.array([1, None], dtype="Int64")}), "row 2"),
    "NaT": (pd.DataFrame({PATH: pd.to_datetime(["2025-11-01", None])}), "row 2"),
    "an empty word": (pd.DataFrame({PATH: ["0.1", " "]}), "row 2"),
    "a time of day": (pd.DataFrame({PATH: pd.to_datetime(["2025-11-01 12:00"])}), "time of day"),
    "arrays": (pd.DataFrame({PATH: [np.arange(2)]}), "single number"),
    "a row twice": (pd.DataFrame({PATH: [0.1, 0.2, 0.1]}), "row 3 is the same as row 1"),
    "no row": (pd.DataFrame({PATH: []}), "no point"),
    "a list": ([{PATH: 0.1}], "must be a table of pandas"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_loses_no_column_and_no_cell_without_a_word(kind: str) -> None:
    given, expected = FRAMES[kind]
    with pytest.raises(ConfigError) as caught:
        table(given)
    assert expected in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_index_without_a_name_is_no_column() -> None:
    """Rows that were filtered or sorted keep their numbers, which say nothing."""
    frame = pd.DataFrame({PATH: [0.1, 0.2, 0.3]}).query(f"`{PATH}` > 0.15").sort_values(PATH)
    assert table(frame).points == ({PATH: 0.2}, {PATH: 0.3})
