"""Runs through a store: read or run, they are the same run; only what is missing is run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sim.errors import ConfigError, DataError
from sim.experiments import LocalProcesses, Serial, Store, ensemble
from sim.experiments.store import kept_runs
from sim.experiments.store.kept_runs import read_results
from sim.experiments.work.driving import ExperimentError
from sim.experiments.work.running import Task
from sim.metrics import CATALOGUE, metric
from sim.results import Results
from tests.worlds import tiny


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "kept", tiny()) as opened:
        yield opened


def assert_same(one: Results, other: Results) -> None:
    """Compare days, log, scenario and manifest, all bits of them."""
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        assert array.dtype == other.arrays[name].dtype, name
        assert array.tobytes() == other.arrays[name].tobytes(), name
    assert one.changes().equals(other.changes())
    assert one.scenario == other.scenario
    assert one.manifest == other.manifest


def test_what_is_read_is_what_was_run(store: Store, ran: list[int]) -> None:
    plain = ensemble(tiny(), 3, executor=Serial())
    first = ensemble(tiny(), 3, executor=Serial(), store=store)
    assert ran == [1, 2, 3]
    again = ensemble(tiny(), 3, executor=Serial(), store=store)
    assert ran == [1, 2, 3]
    for made, written, read in zip(plain.results, first.results, again.results, strict=True):
        assert_same(made, written)
        assert_same(made, read)
    assert not plain.results[0].changes().empty


def test_amounts_that_people_and_cents_cannot_show_exactly_come_back_exactly(store: Store) -> None:
    """A third of a person an agent, cents below a cent: the file holds people and USD."""
    odd = tiny(n_people=133.37)
    made = ensemble(odd, 1, executor=Serial(), store=store).results[0]
    (key,) = store.sizes
    assert_same(made, read_results(store.path(key)))
    assert any(array.any() for name, array in made.arrays.items() if name.endswith("_usd"))


def test_only_what_is_missing_is_run(store: Store, ran: list[int]) -> None:
    ensemble(tiny(), 2, executor=Serial(), store=store)
    ensemble(tiny(), 4, executor=Serial(), store=store)
    assert ran == [1, 2, 3, 4]
    ensemble(tiny().set("sora.p_active", 0.3), 1, executor=Serial(), store=store)
    assert ran == [1, 2, 3, 4, 1]


def test_an_interrupted_ensemble_keeps_what_is_done(
    store: Store, ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Store.add

    def interrupted(self: Store, run: kept_runs.RunFile) -> None:
        add(self, run)
        if len(self) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ensemble(tiny(), 5, executor=Serial(), store=store)
    done = len(store)
    assert done == 2
    ran.clear()
    ensemble(tiny(), 5, executor=Serial(), store=store)
    assert len(ran) == 5 - done


@pytest.mark.parametrize("part", [0.01, 0.2, 0.5, 0.7, 0.99])
def test_a_damaged_file_is_put_aside_and_its_run_done_again(
    store: Store, ran: list[int], part: float
) -> None:
    """Wherever the bit is: in a page, in the footer, in the digest itself."""
    before = ensemble(tiny(), 2, executor=Serial(), store=store)
    path = store.path(sorted(store.sizes)[0])
    content = bytearray(path.read_bytes())
    content[int(part * len(content))] ^= 8
    path.write_bytes(content)
    ran.clear()
    after = ensemble(tiny(), 2, executor=Serial(), store=store)
    assert len(ran) == 1
    assert any("damaged" in note for note in store.notes)
    assert len(list((store.folder / "damaged").iterdir())) == 1
    for one, other in zip(before.results, after.results, strict=True):
        assert_same(one, other)
    assert store.check() == []


def test_a_failure_is_not_kept_but_tried_again(
    store: Store, ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(task: Task) -> Results:
        raise MemoryError(task.seed)

    with monkeypatch.context() as patch:
        patch.setattr(kept_runs, "run_task", fails)
        with pytest.raises(ExperimentError, match="MemoryError"):
            ensemble(tiny(), 1, executor=Serial(), store=store)
    assert not store.failures
    assert ensemble(tiny(), 1, executor=Serial(), store=store).n == 1
    assert ran == [1]


def test_what_somebody_counts_is_never_read_from_a_file(store: Store, ran: list[int]) -> None:
    """The name of a run does not say which function counted; an edited one counts otherwise."""
    try:

        @metric("people", "Everybody.", counted=True)
        def everybody(market: object) -> list[int]:
            return [1, 1]

        ensemble(tiny(), 1, executor=Serial(), store=store)

        @metric("people", "Everybody, twice.", counted=True)
        def everybody(market: object) -> list[int]:  # noqa: F811
            return [2, 2]

        again = ensemble(tiny(), 1, executor=Serial(), store=store)
        assert ran == [1, 1]
        assert set(again.results[0].arrays["everybody"].ravel()) == {2}
    finally:
        del CATALOGUE["everybody"]


def test_a_file_without_a_metric_that_is_recorded_now_is_refused(store: Store) -> None:
    ensemble(tiny(), 1, executor=Serial(), store=store)
    (key,) = store.sizes
    try:

        @metric("people", "Everybody.", counted=True)
        def everybody(market: object) -> list[int]:
            return [1, 1]

        with pytest.raises(DataError, match="every metric"):
            read_results(store.path(key))
    finally:
        del CATALOGUE["everybody"]


def test_workers_read_what_workers_wrote(store: Store, local: LocalProcesses) -> None:
    made = ensemble(tiny(), 3, executor=local, store=store)
    written = {path: path.stat().st_mtime_ns for path in store.folder.glob("runs/*/*")}
    read = ensemble(tiny(), 3, executor=local, store=store)
    assert written == {path: path.stat().st_mtime_ns for path in store.folder.glob("runs/*/*")}
    for one, other in zip(made.results, read.results, strict=True):
        assert_same(one, other)


def test_what_a_store_does_not_keep_is_refused(store: Store) -> None:
    with pytest.raises(ConfigError, match="keeps no cohorts"):
        ensemble(tiny(), 1, executor=Serial(), store=store, keep_cohorts=True)
    results = ensemble(tiny(), 1, executor=Serial(), store=store).results[0]
    with pytest.raises(ConfigError, match="segments were not kept"):
        results.segments()
    with pytest.raises(ConfigError, match="cohorts were not kept"):
        results.cohorts()
    assert np.isfinite(results.array("installs")).all()
