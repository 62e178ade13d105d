"""Sweeps: the same results on any executor, branched or not, and nothing that ends them halfway."""

from __future__ import annotations

import json
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.errors import ConfigError
from sim.experiments import (
    ExperimentError,
    LocalProcesses,
    Progress,
    Serial,
    Store,
    latin,
    sobol,
    sweep,
    table,
)
from sim.experiments.store.run_file import RunFile, as_file
from sim.experiments.work import branching, running
from sim.experiments.work.branching import Twig, first_difference, run_together
from sim.experiments.work.running import Task
from sim.interventions import Event
from sim.market import Market
from sim.scenario import Scenario
from tests.worlds import TINY_START, TINY_UNTIL, tiny

POLICY = "sora.free_quota_per_day@2025-10-14"
POINTS = {POLICY: [1, 3, 30], "event:copyright.date": ["2025-10-03", "2025-10-08"]}


def content(folder: Path) -> dict[str, bytes]:
    """Return every run of a store, and what all came to."""
    files = {path.name: path.read_bytes() for path in folder.glob("runs/*/*.parquet")}
    frame = Store(folder).frame()
    return {**files, "frame": frame.to_csv().encode()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The sweep run one by one, each run from its start."""
    folder = tmp_path_factory.mktemp("serial") / "store"
    sweep(tiny(), POINTS, 2, store=folder, executor=Serial(), branch=False)
    return content(folder)


@pytest.mark.parametrize("branch", [False, True])
@pytest.mark.parametrize("kind", ["serial", "threads", "processes"])
def test_any_executor_branched_or_not_gives_the_same_bytes(
    kind: str, branch: bool, undisturbed: dict[str, bytes], local: LocalProcesses, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(3) as threads:
        executors: dict[str, Executor] = {
            "serial": Serial(), "threads": threads, "processes": local
        }  # fmt: skip
        sweep(tiny(), POINTS, 2, store=tmp_path / "s", executor=executors[kind], branch=branch)
    assert content(tmp_path / "s") == undisturbed


def test_a_shared_past_is_simulated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days lived, by hand: 19 to the evening of 13 October, then 7 for each of three runs."""
    lived: list[int] = []
    count = Market.count_days
    monkeypatch.setattr(Market, "count_days", lambda self, n: (lived.append(n), count(self, n))[1])
    monkeypatch.setattr(branching, "_KEPT", type("Kept", (), {})())
    tasks = [Task(policy(quota).as_dict()) for quota in (1, 3, 30)]
    assert [o.status for o in run_together(tasks, as_file)] == ["done"] * 3
    assert sum(lived) == 19 + 3 * 7
    # The next batch of this seed finds the trunk as it stands.
    run_together([Task(policy(quota).as_dict()) for quota in (5, 6)], as_file)
    assert sum(lived) == 19 + 3 * 7 + 2 * 7


def policy(quota: int, date: str = "2025-10-14", scenario: Scenario | None = None) -> Scenario:
    event = Event(id="cut", date=date, platform="sora", set={"free_quota_per_day": quota})
    return (scenario or tiny()).with_event(event)


TREES = {
    "one date": [policy(q) for q in (1, 2, 3)],
    "dates one after the other": [policy(1, d) for d in ("2025-10-02", "2025-10-09", "2025-10-16")],
    "a split within a split": [
        policy(q, d, tiny().moved("copyright", c))
        for c in ("2025-10-01", "2025-10-06") for q, d in ((1, "2025-10-10"), (2, "2025-10-12"))
    ],
    "an event that never happens": [tiny(), tiny().without("copyright"), policy(2)],
    "from the first day": [policy(q, TINY_START) for q in (1, 2)],
    "before the start": [policy(q, "2025-01-01") for q in (1, 2)],
    "after the end": [policy(q, "2026-01-01") for q in (1, 2)],
    "the last day": [policy(q, TINY_UNTIL) for q in (1, 2)],
    "twice the same": [tiny(), tiny().renamed("again")],
    "nothing in common": [tiny(), tiny(seed=2), tiny().set("sora.p_active", 0.1)],
    "an event that is undone": [
        tiny().with_event(Event(id="cut", date="2025-10-03", platform="sora",
                                set={"free_quota_per_day": 0}, undo_on=day))
        for day in ("2025-10-05", "2025-10-09")
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", TREES)
def test_a_tree_of_runs_has_the_bytes_of_single_runs(case: str) -> None:
    """Also with what other batches left on the shelf of trunks before."""
    tasks = [Task(scenario.as_dict()) for scenario in TREES[case]]
    for order in (tasks, tasks[::-1]):
        together = [outcome.value for outcome in run_together(order, as_file)]
        alone = [as_file(running.run_task(task)) for task in order]
        assert [one and one.content for one in together] == [one.content for one in alone]


def test_runs_part_on_the_first_date_on_which_their_events_differ() -> None:
    def parts(*scenarios: Scenario) -> str:
        return str(first_difference([Twig(0, Task(s.as_dict())) for s in scenarios]))

    assert parts(policy(1), policy(2)) == "2025-10-14"
    assert parts(policy(1), policy(1, "2025-10-02")) == "2025-10-02"
    assert parts(tiny(), tiny().moved("copyright", "2025-10-09")) == "2025-10-03"
    assert parts(tiny(), tiny()) == "None"


def test_a_failed_point_is_kept_with_its_error_and_the_sweep_goes_on(tmp_path: Path) -> None:
    """The file of edges has three users, so only n_users = 3 can be run."""
    edges = tmp_path / "edges.txt"
    edges.write_text("0 1\n1 2\n")
    base = tiny(3, graph=f"edges({edges})")
    points = {"market.n_users": [3, 4], "sora.p_active": [0.2, 0.3]}
    folder = tmp_path / "store"

    def run(**options: bool) -> Progress:
        return sweep(base, points, store=folder, executor=Serial(), **options).progress

    assert (run().done, run().failed, run().found) == (2, 2, 2)
    failed = Store(folder).frame().query("status == 'failed'")
    assert len(failed) == 2
    assert failed["error"].str.contains("graph has 3 users, the market 4").all()
    assert set(failed["market.n_users"]) == {4}
    assert failed["platform"].isna().all()
    again = run(retry_failed=True)
    assert (again.done, again.failed, again.left) == (2, 2, 0)


def test_a_run_that_takes_too_long_is_given_up_and_can_be_tried_again(tmp_path: Path) -> None:
    """However slow the machine, a microsecond is too short, and an hour is enough."""
    folder = tmp_path / "store"
    first = sweep(tiny(), {}, 2, store=folder, executor=Serial(), timeout=1e-6).progress
    assert (first.done, first.failed) == (0, 2)
    assert Store(folder).frame()["status"].tolist() == ["timeout"] * 2
    assert Store(folder).frame()["error"].str.contains("longer timeout").all()
    kept = sweep(tiny(), {}, 2, store=folder, executor=Serial(), timeout=3600).progress
    assert (kept.done, kept.failed) == (0, 2)
    last = sweep(tiny(), {}, 2, store=folder, executor=Serial(), timeout=3600, retry_failed=True)
    assert (last.progress.done, last.progress.failed) == (2, 0)
    assert Store(folder).failures == {}


def test_progress_is_told_at_the_beginning_after_each_run_and_at_the_end(tmp_path: Path) -> None:
    told = []
    sweep(tiny(), {POLICY: [1, 2]}, store=tmp_path, executor=Serial(),
          watch=lambda p: told.append((str(p), p.run is not None)))  # fmt: skip
    assert told == [
        ("2 runs: 0 done, 2 left", False),
        ("2 runs: 1 done, 1 left", True),
        ("2 runs: 2 done, 0 left", True),
        ("2 runs: 2 done, 0 left", False),
    ]


class _Interrupted(Serial):
    """Ctrl-C while the third call is on its way."""

    calls = 0

    def submit(self, fn: object, /, *args: object, **kwargs: object) -> Future[object]:
        self.calls += 1
        if self.calls > 3:
            raise KeyboardInterrupt
        return super().submit(fn, *args, **kwargs)  # type: ignore[arg-type]


def test_an_interrupted_sweep_goes_on_where_it_stopped(
    undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        sweep(tiny(), POINTS, 2, store=tmp_path, executor=_Interrupted())
    n_stored = len(Store(tmp_path))
    assert 0 < n_stored < 12
    assert not list(tmp_path.rglob(".*"))
    swept = sweep(tiny(), POINTS, 2, store=tmp_path, executor=Serial())
    assert swept.progress.found == n_stored
    assert content(tmp_path) == undisturbed


def test_the_plan_is_kept_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sweep(tiny(), POINTS, 2, store=tmp_path, executor=Serial())
    monkeypatch.setattr("sim.experiments.plan.made", None)  # it would have to be worked out anew
    second = sweep(tiny(), POINTS, 2, store=tmp_path, executor=Serial())
    assert second.plan.keys == first.plan.keys
    assert second.frame()["seed"].tolist() == [1, 1, 2, 2] * 6


def test_a_broken_plan_is_made_anew(tmp_path: Path) -> None:
    first = sweep(tiny(), POINTS, store=tmp_path, executor=Serial())
    (plan,) = (tmp_path / "plans").iterdir()
    plan.write_bytes(plan.read_bytes()[:50])
    assert sweep(tiny(), POINTS, store=tmp_path, executor=Serial()).plan.keys == first.plan.keys


def test_points_that_come_to_the_same_run_are_one(tmp_path: Path) -> None:
    usual = tiny().platforms["sora"].p_active
    swept = sweep(tiny(), {"sora.p_active": [usual, str(usual)]}, store=tmp_path, executor=Serial())
    assert swept.progress.total == 1


def test_another_model_on_a_worker_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.experiments.store.run_file.key_of", lambda *parts: "0" * 32)
    swept = sweep(tiny(), {}, store=tmp_path, executor=Serial())
    assert swept.progress.failed == 1
    assert "another version" in swept.frame()["error"][0]
    assert len(Store(tmp_path)) == 0


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ({"sora.p_activ": [1]}, "Did you mean 'p_active'"),
        ({"sora.p_active": [2]}, "point 1 .*p_active = 2"),
        ({"sora.p_active": []}, "give one value or more"),
        ({"sora.p_active": "0.5..0.1"}, "first end must be below"),
        ({"sora.p_active": "0.1..0.5"}, "a grid needs values"),
        ({"sora.p_active": "0..0.5:log"}, "above 0"),
        ({"sora.p_active": "a..b:3"}, "both ends must be numbers"),
        ({"event:packs.date": "1..2:3"}, "both ends must be dates"),
        ({"sora.learning": "0..1:3"}, "no number"),
        ({"event:pack.date": ["2025-10-01"]}, "Did you mean 'packs'"),
        ({"event:packs.when": ["2025-10-01"]}, "date, set.FIELD"),
        ({"event:packs.date": ["soon"]}, "must be a date"),
        ({"event:packs": ["maybe"]}, "on or off"),
        ({"market.n_users@2025-10-01": [5]}, "only values of a platform"),
        ({"sora.taste_sd@2025-10-01": [5]}, "drawn when the market is built"),
    ],
)
def test_a_point_that_cannot_be_is_refused_before_anything_is_run(
    points: dict[str, object], words: str, tmp_path: Path
) -> None:
    with pytest.raises((ConfigError, KeyError), match=words) as problem:
        sweep(tiny(), points, store=tmp_path / "s", executor=Serial())
    assert len(str(problem.value).splitlines()) == 1
    assert not (tmp_path / "s" / "runs").exists()


def test_designs_cover_what_they_say() -> None:
    """A Latin hypercube has one point in each of n slices of each factor; a Sobol' sequence of
    2**m points too; whole numbers and dates stay what they are, both ends included."""
    ranges = {
        "sora.p_active": "0.2..0.6",
        "sora.cpi_usd": "1..100:log",
        "sora.free_quota_per_day": (1, 4),
        "event:packs.date": "2025-10-01..2025-10-08",
    }
    for design in (latin(tiny(), ranges, 32), sobol(tiny(), ranges, 32)):
        frame = pd.DataFrame(list(design.points))
        slices = np.floor((frame["sora.p_active"] - 0.2) / 0.4 * 32).astype(int)
        assert sorted(slices) == list(range(32))
        decades = np.floor(np.log10(frame["sora.cpi_usd"]) * 16).astype(int)
        assert sorted(decades) == list(range(32))
        assert frame["sora.free_quota_per_day"].value_counts().to_dict() == dict.fromkeys(
            (1, 2, 3, 4), 8
        )
        assert set(frame["event:packs.date"]) == {f"2025-10-0{day}" for day in range(1, 9)}
    assert latin(tiny(), ranges, 8).points == latin(tiny(), ranges, 8).points
    assert latin(tiny(), ranges, 8, seed=2).points != latin(tiny(), ranges, 8).points


def test_a_table_of_points_is_taken_row_by_row(tmp_path: Path) -> None:
    points = pd.DataFrame({"sora.p_active": [0.2, 0.3], "sora.free_quota_per_day": [3, 30]})
    frame = sweep(tiny(), points, store=tmp_path, executor=Serial()).frame()
    sora = frame[frame["platform"] == "sora"]
    assert sora["sora.p_active"].tolist() == [0.2, 0.3]
    assert sora["sora.free_quota_per_day"].tolist() == [3, 30]
    with pytest.raises(ConfigError, match="a cell is empty"):
        table(pd.DataFrame({"sora.p_active": [0.2, None]}))


class _Stuck(Executor):
    """Never ready: to see how many batches are handed out ahead."""

    def __init__(self) -> None:
        self._max_workers = 2
        self.submitted = 0

    def submit(self, fn: object, /, *args: object, **kwargs: object) -> Future[object]:
        self.submitted += 1
        future: Future[object] = Future()
        if self.submitted == 4:
            future.set_exception(RuntimeError("enough"))
        return future


def test_no_more_is_handed_out_than_keeps_the_workers_busy(tmp_path: Path) -> None:
    """So a sweep of a million runs holds a handful of tasks at a time."""
    executor = _Stuck()
    with pytest.raises(ExperimentError, match="enough"):
        sweep(tiny(), {"sora.p_active": "0.1..0.9:50"}, store=tmp_path, executor=executor)
    assert executor.submitted == 4


def test_a_failure_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    sweep(tiny(), {}, store=tmp_path, executor=Serial(), timeout=1e-6)
    (failure,) = (tmp_path / "failed").glob("*.json")
    json.loads(failure.read_text())
    failure.write_text("{")
    swept = sweep(tiny(), {}, store=tmp_path, executor=Serial())
    assert (swept.progress.done, len(swept.progress.notes)) == (1, 1)


OWN = """
from agents import strategy
from scenarios import baseline
from scenarios.inputs.sizing import sized
from sim.platform_config import StrategyConfig

@strategy
def night_shift(situation):
    return {"marketing_usd_per_day": BUDGET}

def scenario():
    base = sized(baseline.scenario(), 400, 1, until="2025-10-06").with_market(start="2025-09-28")
    sora = base.platforms["sora"].changed("x", strategies=[StrategyConfig(name="night_shift")])
    return base.with_platform("sora", sora)
"""


def test_a_scenario_of_ones_own_brings_its_code_along(tmp_path: Path) -> None:
    """Workers load its file before they run it; a change in it is another run."""
    import scenarios

    file, folder = tmp_path / "mine.py", tmp_path / "store"
    spent = []
    for budget in (1000.0, 2000.0):
        file.write_text(OWN.replace("BUDGET", str(budget)))
        with LocalProcesses(1) as fresh:
            swept = sweep(scenarios.load(str(file)), {}, store=folder, executor=fresh)
        assert (swept.progress.done, swept.progress.found) == (1, 0), swept.frame()["error"]
        spent.append(swept.frame()["marketing_usd"].sum())
    assert spent[1] == 2 * spent[0] > 0
    assert len(Store(folder)) == 2


def test_timing_is_no_part_of_a_store(tmp_path: Path) -> None:
    """Or no two sweeps could be equal byte for byte."""
    for name in ("a", "b"):
        sweep(tiny(), {POLICY: [1, 2]}, store=tmp_path / name, executor=Serial())
        time.sleep(0.01)
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_an_interrupt_between_writing_and_counting_is_told_as_it_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, seen = Store.add, []

    def add(store: Store, run: RunFile) -> None:
        write(store, run)
        if len(store) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Store, "add", add)
    with pytest.raises(KeyboardInterrupt):
        sweep(tiny(), POINTS, store=tmp_path, executor=Serial(), watch=seen.append)
    assert len(Store(tmp_path)) == 2
    assert (seen[-1].done, seen[-1].left) == (2, 4)
