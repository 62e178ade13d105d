"""A store survives whatever is done to its folder: one line each, and nothing lost."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim.errors import DataError
from sim.experiments import Serial, Store, sweep
from sim.experiments.store.differences import difference, flat
from sim.experiments.store.identity import run_key
from sim.experiments.store.index import Index
from sim.experiments.store.run_file import as_file, read_about
from sim.files import write_aside
from sim.market import Market
from sim.metrics import CATALOGUE
from sim.minding import MINDS
from sim.scenario import FACTS
from tests.worlds import tiny

POINTS = {"sora.free_quota_per_day": [1, 3, 30], "sora.p_active": [0.2, 0.4]}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "store"
    sweep(tiny(), POINTS, 2, store=folder, executor=Serial())
    return folder


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """A store of 12 runs that a test may ill-treat."""
    folder = tmp_path / "store"
    subprocess.run(["cp", "-r", str(finished), str(folder)], check=True)
    return folder


def again(folder: Path, **options: object) -> tuple[int, list[str]]:
    """Give the same command again; return how many runs it did, and what it remarked."""
    swept = sweep(tiny(), POINTS, 2, store=folder, executor=Serial(), **options)  # type: ignore[arg-type]
    assert swept.progress.done == 12
    # That nobody minds the quota that is varied here is told too, and no matter of the store.
    notes = [note for note in swept.progress.notes if MINDS not in note]
    return swept.progress.done - swept.progress.found, notes


def runs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("runs/*/*.parquet"))}


def test_a_run_is_one_file_with_its_days_and_what_ties_it_to_its_origin(finished: Path) -> None:
    key = run_key(
        tiny(seed=2).set("sora.p_active", 0.4).set("sora.free_quota_per_day", 3).as_dict()
    )
    path = Store(finished).path(key)
    expected = Market(
        tiny(seed=2).set("sora.p_active", 0.4).set("sora.free_quota_per_day", 3)
    ).run()
    days = pd.read_parquet(path)
    assert list(days.columns) == ["run", "seed", "date", "platform", *CATALOGUE]
    np.testing.assert_array_equal(days["clips"].to_numpy().reshape(-1, 2), expected.array("clips"))
    about = read_about(path)
    manifest = about["manifest"]
    assert about["facts_sha256"] == tiny().sources[FACTS]
    for part in ("scenario_sha256", "graph_sha256", "seed"):
        assert manifest[part] == expected.manifest[part]
    assert manifest["code"]["sources_sha256"]
    assert about["totals"]["sora"]["clips"] == expected.total("clips")[1]


def test_the_name_hangs_on_everything_that_decides_the_result(tmp_path: Path) -> None:
    base = tiny()
    others = [
        base.with_market(seed=2),
        base.set("sora.p_active", 0.31),
        base.moved("copyright", "2025-10-04"),
        base.with_market(until="2025-10-19"),
    ]
    keys = {run_key(scenario.as_dict()) for scenario in [base, *others]}
    assert len(keys) == 5
    assert run_key(base.renamed("x").as_dict()) == run_key(base.as_dict())
    facts = {**base.as_dict(), "sources": {FACTS: "other facts"}}
    assert run_key(facts) != run_key(base.as_dict())
    edges = tmp_path / "edges.txt"
    edges.write_text("0 1\n1 2\n")
    own = tiny(3, graph=f"edges({edges})").as_dict()
    before = run_key(own)
    edges.write_text("0 1\n0 2\n1 2\n")
    assert run_key(own) != before


def test_the_model_version_is_part_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = run_key(tiny().as_dict())
    monkeypatch.setattr("sim.experiments.store.identity.model_version", lambda: "another")
    assert run_key(tiny().as_dict()) != before


def test_the_same_run_gives_the_same_bytes() -> None:
    first, second = (as_file(Market(tiny()).run()) for _ in range(2))
    assert first.content == second.content


def test_the_frame_has_parameters_as_columns_and_totals_by_their_rule(finished: Path) -> None:
    frame = Store(finished).frame()
    assert len(frame) == 12 * 2
    assert set(frame["status"]) == {"done"}
    assert set(frame["seed"]) == {1, 2}
    assert sorted(set(frame["sora.p_active"])) == [0.2, 0.4]
    assert sorted(set(frame["sora.free_quota_per_day"])) == [1, 3, 30]
    days = Store(finished).daily(["installs", "active"], platform="sora")
    sora = frame[frame["platform"] == "sora"].set_index("run")
    by_run = days.groupby("run")
    np.testing.assert_allclose(by_run["installs"].sum(), sora["installs"])
    np.testing.assert_allclose(by_run["active"].last(), sora["active"])


def test_duckdb_and_pandas_read_the_folder_as_it_is(finished: Path) -> None:
    frame = Store(finished).frame()
    pd.testing.assert_frame_equal(pd.read_parquet(finished / "summary.parquet"), frame)
    assert len(pd.read_parquet(finished / "runs")) == 12 * 26 * 2
    found = duckdb.sql(
        f"""
        select s."sora.p_active" as p, sum(d.clips) as clips
        from '{finished}/runs/*/*.parquet' d join '{finished}/summary.parquet' s
        using (run, platform) where platform = 'sora' group by p order by p
        """
    ).df()
    expected = frame[frame["platform"] == "sora"].groupby("sora.p_active")["clips"].sum()
    np.testing.assert_allclose(found["clips"], expected)


def test_nothing_is_run_twice(copy: Path) -> None:
    before = runs(copy)
    assert again(copy) == (0, [])
    assert runs(copy) == before


def test_a_sweep_over_more_values_does_only_what_is_new(copy: Path) -> None:
    more = {**POINTS, "sora.p_active": [0.2, 0.3, 0.4]}
    swept = sweep(tiny(), more, 3, store=copy, executor=Serial())
    assert (swept.progress.found, swept.progress.done) == (12, 27)


def test_values_beyond_the_sweep_are_columns_too(copy: Path) -> None:
    """Another sweep in the same folder: columns are whatever differs anywhere."""
    sweep(tiny().set("google.utility", 0.5), {}, 1, store=copy, executor=Serial())
    frame = Store(copy).frame()
    assert len(frame) == 13 * 2
    assert frame["google.utility"].nunique() == 2
    assert frame.loc[frame["google.utility"] == 0.5, "sora.free_quota_per_day"].eq(30).all()


def test_the_index_is_rebuilt_from_the_files(copy: Path) -> None:
    frame = Store(copy).frame()
    for segment in Index(copy / "index").segments():
        segment.unlink()
    pd.testing.assert_frame_equal(Store(copy).frame(), frame)  # without writing anything
    with Store(copy, tiny()) as store:
        assert store.rebuild() == 12
    assert len(Index(copy / "index").segments()) == 1
    pd.testing.assert_frame_equal(Store(copy).frame(), frame)


def test_a_broken_index_is_one_line_and_no_loss(copy: Path) -> None:
    frame = Store(copy).frame()
    (segment,) = Index(copy / "index").segments()
    segment.write_bytes(segment.read_bytes()[:-40])
    store = Store(copy)
    assert len(store.notes) == 1
    assert "damaged" in store.notes[0]
    pd.testing.assert_frame_equal(store.frame(), frame)
    assert again(copy)[0] == 0


def test_segments_of_the_index_stay_few(tmp_path: Path) -> None:
    """Each swallows what is no larger: as the digits of a binary counter, log2(n) at most."""
    index = Index(tmp_path)
    row = dict.fromkeys(("size", "seed"), 1) | dict.fromkeys(("scenario", "model", "differs"), "")
    for i in range(40):
        index.add([{"run": f"{i:032x}", "platform": "p", **row}])
        assert len(index.segments()) <= np.log2(i + 1) + 1
    assert index.read(["run"]).num_rows == 40


def test_a_run_that_stands_in_two_segments_is_read_once(tmp_path: Path) -> None:
    """A process killed between writing a merged segment and removing the old ones leaves both."""
    index = Index(tmp_path)
    row = {"run": "a" * 32, "size": 1, "seed": 1, "scenario": "", "model": "", "differs": ""}
    index.add([{**row, "platform": "p"}, {**row, "platform": "q"}])
    (segment,) = index.segments()
    (tmp_path / "00000007.parquet").write_bytes(segment.read_bytes())
    assert index.read(["run", "platform"]).num_rows == 2


def test_a_truncated_file_is_put_aside_and_done_again(copy: Path) -> None:
    before = runs(copy)
    path = copy / "runs" / next(iter(before))[:2] / next(iter(before))
    path.write_bytes(path.read_bytes()[:-100])
    assert len(Store(copy).sizes) == 11
    count, notes = again(copy)
    assert count == 1
    assert len(notes) == 1
    assert str(path) in notes[0]
    assert "put aside" in notes[0]
    assert runs(copy) == before
    assert (copy / "damaged" / path.name).is_file()


def test_an_empty_file_that_no_index_knows_is_put_aside_too(copy: Path) -> None:
    """What a power cut may leave: a name without content."""
    before = runs(copy)
    for segment in Index(copy / "index").segments():
        segment.unlink()
    path = copy / "runs" / next(iter(before))[:2] / next(iter(before))
    path.write_bytes(b"")
    count, notes = again(copy)
    assert (count, len(notes)) == (1, 1)
    assert runs(copy) == before


def test_damage_within_a_file_is_found_by_its_checksums(copy: Path) -> None:
    name, content = next(iter(runs(copy).items()))
    path = copy / "runs" / name[:2] / name
    spoiled = bytearray(content)
    column = pq.read_metadata(path).row_group(0).column(10)
    spoiled[column.data_page_offset + column.total_compressed_size - 3] ^= 0xFF
    path.write_bytes(bytes(spoiled))
    with Store(copy, tiny()) as store:
        assert [line.partition(":")[0] for line in store.check()] == [str(path)]
    assert again(copy)[0] == 1
    assert runs(copy)[name] == content


def test_foreign_files_are_told_and_left_alone(copy: Path) -> None:
    (copy / "runs" / "notes.txt").write_text("mine")
    (copy / "runs" / "00").mkdir(exist_ok=True)
    (copy / "runs" / "00" / "mine.parquet").write_text("mine")
    count, notes = again(copy)
    assert count == 0
    assert len(notes) == 2
    assert all("left alone" in note for note in notes)
    assert (copy / "runs" / "notes.txt").read_text() == "mine"


def test_a_foreign_file_under_the_name_of_a_run_makes_room_unharmed(copy: Path) -> None:
    name, content = next(iter(runs(copy).items()))
    path = copy / "runs" / name[:2] / name
    pd.DataFrame({"x": [1]}).to_parquet(path)
    mine = path.read_bytes()
    count, notes = again(copy)
    assert (count, len(notes)) == (1, 1)
    assert (copy / "damaged" / name).read_bytes() == mine
    assert runs(copy)[name] == content


def test_what_a_killed_writer_had_begun_is_swept_away(copy: Path) -> None:
    halves: list[Path] = []

    def die(path: Path) -> None:
        halves.append(path)
        raise KeyboardInterrupt

    for name in ("runs/ab/abcdef.parquet", "store.json", "index/00000002.parquet",
                 "plans/a.parquet", "failed/b.json"):  # fmt: skip
        with pytest.raises(KeyboardInterrupt):
            write_aside(copy / name, die)
        halves[-1].write_bytes(b"PAR1 half")  # a kill, unlike Ctrl-C, gives nobody time to tidy
    assert Store(copy).notes == []
    assert all(path.exists() for path in halves)  # one who only reads touches nothing
    assert again(copy) == (0, [])
    assert not any(path.exists() for path in halves)


def test_a_store_of_another_version_is_refused_untouched(copy: Path) -> None:
    about = json.loads((copy / "store.json").read_text())
    (copy / "store.json").write_text(json.dumps({**about, "format": "clipmarket store 0"}))
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    for base in (None, tiny()):
        with pytest.raises(DataError, match=r"another version .*'clipmarket store 0'"):
            Store(copy, base)
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "clipmarket store 2"}'])
def test_a_broken_description_is_one_line(copy: Path, text: str) -> None:
    (copy / "store.json").write_text(text)
    with pytest.raises(DataError, match="store") as problem:
        Store(copy, tiny())
    assert len(str(problem.value).splitlines()) == 1
    assert len(runs(copy)) == 12


def test_runs_of_another_version_of_the_model_are_kept_and_told(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = runs(copy)
    for module in ("identity", "store"):
        monkeypatch.setattr(f"sim.experiments.store.{module}.model_version", lambda: "f" * 64)
    count, notes = again(copy)
    assert count == 12
    assert len(notes) == 1
    assert "12 runs are of another version of the model" in notes[0]
    assert runs(copy).items() >= before.items()
    assert Store(copy).frame()["model"].nunique() == 2


def test_a_folder_with_other_things_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="no store of runs"):
        Store(tmp_path, tiny())
    with pytest.raises(DataError, match="no store of runs"):
        Store(tmp_path / "nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_writers_are_told_apart(copy: Path) -> None:
    with (
        Store(copy, tiny()),
        pytest.raises(DataError, match=f"another process .process {os.getpid()}"),
    ):
        Store(copy, tiny())
    Store(copy, tiny()).close()


def test_a_full_disk_stops_in_one_line_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The eighth file does not fit; after room is made the same command does the rest."""
    folder = tmp_path / "store"
    write = Path.write_bytes
    written = []

    def until_full(path: Path, content: bytes) -> int:
        if path.suffix == ".parquet" and len(written) == 7:
            write(path, content[:100])
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", until_full)
    with pytest.raises(DataError, match="No space left on device") as problem:
        sweep(tiny(), POINTS, 2, store=folder, executor=Serial())
    assert len(str(problem.value).splitlines()) == 1
    monkeypatch.undo()
    stored = runs(folder)
    assert 0 < len(stored) < 12
    assert not list(folder.rglob(".*"))
    count, notes = again(folder)
    assert (count, notes) == (12 - len(stored), [])
    assert runs(folder).items() >= stored.items()


needs_mount = pytest.mark.skipif(
    os.geteuid() != 0 or not sys.platform.startswith("linux"), reason="mounts need root on Linux"
)


def mounted(folder: Path, *options: str) -> bool:
    """Mount something on a folder; return whether this machine lets us."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True)
    return done.returncode == 0


@needs_mount
def test_a_disk_that_is_really_full_is_one_line_too(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    if not mounted(disk, "-t", "tmpfs", "-o", "size=400k", "tmpfs"):
        pytest.skip("no permission to mount")
    try:
        with pytest.raises(DataError, match="No space left on device"):
            sweep(tiny(), POINTS, 2, store=disk / "store", executor=Serial())
        stored = runs(disk / "store")
        assert 0 < len(stored) < 12
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        assert again(disk / "store")[0] == 12 - len(stored)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@needs_mount
def test_a_read_only_folder_can_be_read_and_is_refused_for_writing(copy: Path) -> None:
    frame = Store(copy).frame()
    if not mounted(copy, "--bind", str(copy)):
        pytest.skip("no permission to mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(copy)], check=True)
        pd.testing.assert_frame_equal(Store(copy).frame(), frame)
        with pytest.raises(DataError, match=r"cannot write .*Read-only file system"):
            again(copy)
    finally:
        subprocess.run(["umount", str(copy)], check=True)


def test_differences_name_what_a_command_would_set() -> None:
    base = flat(tiny().as_dict())
    changed = (
        tiny(seed=7)
        .set("google.reach_per_day.youtube", 0.5)
        .moved("packs", "2025-11-02")
        .without("shorts")
    )
    assert difference(base, flat(changed.as_dict())) == {
        "google.reach_per_day.youtube": 0.5,
        "event:packs.date": "2025-11-02",
        "event:shorts": "off",
    }
