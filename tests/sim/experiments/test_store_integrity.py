"""What a store says is what was written: any changed bit, name, total, plan or file is found."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import ClipmarketError, DataError
from sim.experiments import Serial, Store, sweep
from sim.experiments.store.sealed import read_json, read_table, table_bytes, write_json
from sim.metrics import CATALOGUE
from tests.worlds import tiny

POINTS = {"sora.p_active": [0.2, 0.4]}
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "store"
    sweep(tiny(until="2025-10-06"), POINTS, 2, store=folder, executor=Serial())
    with Store(folder, tiny()) as store:
        failed = tiny().as_dict()
        store.add_failure("f" * 32, failed, "failed", "it broke", "where")
    return folder


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "store"))


def again(folder: Path) -> tuple[int, int, list[str]]:
    """Give the same command again: runs asked for, runs done anew, remarks."""
    swept = sweep(tiny(until="2025-10-06"), POINTS, 2, store=folder, executor=Serial())
    found = swept.progress
    return found.total, found.done - found.found, found.notes


def told(folder: Path) -> tuple[Any, Any]:
    """Return every number that a store tells of: totals with parameters, and days."""
    store = Store(folder)
    return store.frame().sort_index(axis=1), store.daily(list(CATALOGUE))


def read(folder: Path) -> str | tuple[list[str], tuple[Any, Any]]:
    """Return remarks and numbers, or the line with which a store is refused."""
    try:
        return Store(folder).notes, told(folder)
    except ClipmarketError as error:
        return str(error)


def files(folder: Path) -> list[Path]:
    kinds = ("store.json", "runs/*/*.parquet", "index/*.parquet", "plans/*.parquet", "failed/*")
    return [path for kind in kinds for path in sorted(folder.glob(kind))]


def test_a_flipped_bit_anywhere_is_told_or_changes_no_number(copy: Path) -> None:
    """In every kind of file; a reader then either says so or reads what was written."""
    frame, days = told(copy)
    chance = random.Random(1)
    kept = {path: path.read_bytes() for path in files(copy)}
    assert len({path.parent.name for path in kept}) >= 6
    for path, content in kept.items():
        for _ in range(15):
            flipped = bytearray(content)
            flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            path.write_bytes(flipped)
            found = read(copy)
            if isinstance(found, str):
                assert len(found.splitlines()) == 1
                continue
            notes, now = found
            assert notes or (now[0].equals(frame) and now[1].equals(days)), path
        path.write_bytes(content)
    assert told(copy)[0].equals(frame)


def rewrite(path: Path, change: Callable[[pa.Table, dict[str, Any]], Any]) -> None:
    """Write another content under a name, digest and all: as a program would that means to."""
    table, about = read_table(path)
    table, about = change(table, about)
    path.write_bytes(table_bytes(table, about, use_dictionary=["run", "platform"]))


def _other_days(other: Path) -> Callable[[pa.Table, dict[str, Any]], Any]:
    return lambda table, about: (read_table(other)[0], about)


def _totals(table: pa.Table, about: dict[str, Any]) -> Any:
    about["totals"]["sora"]["installs"] += 1.0
    return table, about


def _parameters(table: pa.Table, about: dict[str, Any]) -> Any:
    about["manifest"]["parameters"]["platforms"]["sora"]["p_active"] = 0.99
    return table, about


def _derived(table: pa.Table, about: dict[str, Any]) -> Any:
    at = table.schema.get_field_index("compute_usd")
    more = pa.array(table["compute_usd"].to_numpy() + 1.0)
    return table.set_column(at, "compute_usd", more), about


def _fewer_days(table: pa.Table, about: dict[str, Any]) -> Any:
    return table.slice(2), about


def _nothing(table: pa.Table, about: dict[str, Any]) -> Any:
    return table, {"format": about["format"], "run": about["run"]}


@pytest.mark.parametrize("what", ["days", "totals", "parameters", "cost", "fewer", "nothing"])
def test_a_check_works_out_again_what_a_file_says(copy: Path, what: str) -> None:
    one, other = sorted(copy.glob("runs/*/*.parquet"))[:2]
    changes = {
        "days": _other_days(other), "totals": _totals, "parameters": _parameters,
        "cost": _derived, "fewer": _fewer_days, "nothing": _nothing,
    }  # fmt: skip
    assert Store(copy).check() == []
    rewrite(one, changes[what])
    shutil.rmtree(copy / "index")
    if what == "nothing":  # what the index is made of is missing: found without a check
        notes = again(copy)[2]
    else:
        with Store(copy, tiny()) as store:
            notes = store.check()
    assert len(notes) == 1
    assert one.name in notes[0]
    assert (copy / "damaged" / one.name).is_file()
    if what != "nothing":
        assert again(copy)[1] == 1


def test_a_check_compares_the_index_with_the_files(copy: Path) -> None:
    frame, _ = told(copy)
    (segment,) = (copy / "index").glob("*.parquet")
    table, about = read_table(segment)
    at = table.schema.get_field_index("clips")
    doubled = pa.array(table["clips"].to_numpy() * 2.0)
    segment.write_bytes(table_bytes(table.set_column(at, "clips", doubled), about))
    assert not told(copy)[0].equals(frame)
    assert len(Store(copy).check()) == 1
    with Store(copy, tiny()) as store:
        (note,) = store.check()
    assert "4 runs" in note
    assert told(copy)[0].equals(frame)


def _half(path: Path) -> None:
    pq.write_table(pq.read_table(path).slice(0, 2), path)


def _other_name(path: Path) -> None:
    table = pq.read_table(path)
    names = ["0" * 32, *table["run"].to_pylist()[1:]]
    pq.write_table(table.set_column(0, "run", pa.array(names)), path)


@pytest.mark.parametrize("spoil", [_half, _other_name, lambda path: path.write_bytes(b"xx"),
                                   lambda path: (path.unlink(), path.mkdir())])  # fmt: skip
def test_a_plan_is_never_believed_half(copy: Path, spoil: Callable[[Path], Any]) -> None:
    (plan,) = (copy / "plans").iterdir()
    spoil(plan)
    with Store(copy, tiny()) as store:
        (note,) = store.check()
    assert plan.name in note
    assert again(copy) == (4, 0, [])


def test_a_broken_plan_is_made_anew_with_a_line(copy: Path) -> None:
    (plan,) = (copy / "plans").iterdir()
    content = plan.read_bytes()
    _half(plan)
    total, anew, notes = again(copy)
    assert (total, anew, len(notes)) == (4, 0, 1)
    assert "plan is made anew" in notes[0]
    assert plan.read_bytes() == content


HEAD = '{"status":"failed","error":"e","seed":1,"differs":'
ODD = {
    "a failure nested deep": ("failed/" + "e" * 32 + ".json", "[" * 100_000),
    "a failure of other types": ("failed/" + "e" * 32 + ".json", HEAD + '"abc"}'),
    "a description nested deep": ("store.json", "[" * 100_000),
    "a description of nothing": ("store.json", "null"),
    "a segment with a word in its name": ("index/1copy.parquet", "x"),
    "a segment of text": ("index/00000009.parquet", "x"),
    "a plan of somebody": ("plans/mine.txt", "x"),
}


@pytest.mark.parametrize("what", ODD)
def test_an_odd_file_is_one_line(copy: Path, what: str) -> None:
    name, text = ODD[what]
    (copy / name).write_text(text)
    found = read(copy)
    if name == "store.json":
        assert isinstance(found, str)
        assert len(found.splitlines()) == 1
        return
    assert again(copy)[:2] == (4, 0)
    frame, _ = told(copy)
    assert (frame["status"] == "done").sum() == 8


def test_folders_and_links_where_files_belong_make_room(copy: Path) -> None:
    one, other, third, _ = sorted(copy.glob("runs/*/*.parquet"))
    one.unlink()
    one.symlink_to(copy / "nowhere")
    other.unlink()
    other.mkdir()
    third.unlink()
    os.mkfifo(third)
    (copy / "runs" / "ab").mkdir(exist_ok=True)
    (copy / "runs" / "ab" / ".a.clipmarket-abcdefgh.parquet").mkdir()
    total, anew, notes = again(copy)
    assert (total, anew) == (4, 3)
    assert len(notes) == 3
    assert again(copy)[1] == 0


def test_a_file_where_the_damaged_belong_costs_nothing_but_a_line(copy: Path) -> None:
    (copy / "damaged").write_text("mine")
    one = min(copy.glob("runs/*/*.parquet"))
    one.write_bytes(b"xx")
    total, anew, notes = again(copy)
    assert (total, anew, len(notes)) == (4, 1, 1)
    assert "cannot be put aside" in notes[0]
    assert (copy / "damaged").read_text() == "mine"


def test_hidden_files_of_somebody_else_are_left_alone(copy: Path) -> None:
    names = ("runs/ab/.my.notes.json", ".backup.of.parquet", "index/.a.b.parquet", ".a.b.json")
    for name in names:
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text("mine")
    again(copy)
    assert all((copy / name).read_text() == "mine" for name in names)


BEGIN = """
import sys, time
from sim.errors import DataError
from sim.experiments import Store
from tests.worlds import tiny
base = tiny().set("sora.p_active", float(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
try:
    store = Store(sys.argv[1], base)
    print(store.base["sora.p_active"], flush=True)
    time.sleep(0.3)
    store.close()
except DataError as problem:
    print("refused", problem)
"""


def test_two_that_begin_at_once_in_a_new_folder_agree_on_its_base(tmp_path: Path) -> None:
    """The lock comes before the first look: whoever comes second is refused, or finds a store."""
    for turn in range(3):
        folder = tmp_path / str(turn) / "store"
        both = [
            subprocess.Popen(
                [sys.executable, "-c", BEGIN, str(folder), share], cwd=ROOT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )
            for share in ("0.1", "0.9")
        ]  # fmt: skip
        for one in both:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in both:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        said = [one.communicate()[0] for one in both]
        base = read_json(folder / "store.json")["base"]["platforms"]["sora"]["p_active"]
        assert {float(one) for one in said if not one.startswith("refused")} == {base}


def test_a_sealed_name_cannot_be_mistaken_for_a_seal(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Rename it"):
        write_json(tmp_path / "a.json", {"name": "clipmarket sha256 " + "0" * 64})
    write_json(tmp_path / "b.json", {"name": "clipmarket sha256 0"})
    assert read_json(tmp_path / "b.json") == {"name": "clipmarket sha256 0"}
    text = json.loads((tmp_path / "b.json").read_text())
    assert text["seal"] != "clipmarket sha256 " + "0" * 64
