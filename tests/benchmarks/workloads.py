"""One workload in a process of its own, so that its memory is its own: prints a line of JSON.

``python -m tests.benchmarks.workloads market --users 1e6 --threads 2`` and so on; the tests of this
folder call it, and so can anybody.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def peak_bytes() -> int:
    """Return the most memory this process ever held.

    What `resource` says includes the process that started this one, before it became this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def small_scenario(args: argparse.Namespace) -> Any:
    """Return the baseline in the size asked for."""
    from scenarios import baseline
    from scenarios.inputs.sizing import sized

    scenario = baseline.scenario()
    for k in range(args.platforms - len(scenario.platforms)):
        like = scenario.platforms["sora"].changed("copy", label=f"Copy {k}")
        scenario = scenario.with_platform(f"copy{k}", like)
        for event in scenario.events:
            if event.platform == "sora":
                named = {"id": f"{event.id}_{k}", "platform": f"copy{k}"}
                scenario = scenario.with_event(event.changed("copy", **named))
    return sized(scenario, int(args.users), graph=args.graph, until=args.until)


def market(args: argparse.Namespace) -> dict[str, Any]:
    """Run the baseline; report what each part took, and memory.

    The first run warms up what is compiled; of ``--rounds`` runs the fastest counts.
    """
    from sim.execution import Execution
    from sim.graph import build_graph
    from sim.market import Market

    run = Execution(threads=args.threads or None, check=False)
    scenario = small_scenario(args)
    config = scenario.market
    warm_up = scenario.with_market(n_users=5_000, until=min(config.until, dt.date(2025, 10, 5)))
    Market(warm_up, execution=run).run()
    started = time.perf_counter()
    graph = build_graph(config.graph, config.n_users, config.seed)
    graph_seconds = time.perf_counter() - started
    best: dict[str, Any] = {}
    for _ in range(args.rounds):
        started = time.perf_counter()
        made = Market(scenario, graph, run)
        built = time.perf_counter()
        results = made.run()
        ran = time.perf_counter()
        found = {"build_seconds": built - started, "run_seconds": ran - built}
        if args.files:
            with tempfile.TemporaryDirectory() as folder:
                results.save(folder)
            found["files_seconds"] = time.perf_counter() - ran
        if not best or found["run_seconds"] < best["run_seconds"]:
            best = found
    return {
        **best,
        "graph_seconds": graph_seconds,
        "edges": graph.n_edges,
        "graph_bytes": graph.nbytes,
        "column_bytes": made.users.columns.nbytes,
        "user_days": config.n_users * config.n_days,
        "installs": int(made.record.past("installs").sum()),
        "peak_bytes": peak_bytes(),
    }


def small_run(args: argparse.Namespace) -> dict[str, Any]:
    """Do a run as a worker of a sweep does, on a graph and people it has already.

    Seconds of the processor, of each part the least of ``--rounds``: building, days, file.
    """
    from sim.experiments.store.run_file import as_file
    from sim.experiments.work.running import Task, market_of

    task = Task(small_scenario(args).as_dict(), threads=1)
    now = time.process_time
    parts: dict[str, float] = {}
    for turn in range(args.rounds + 1):
        started = now()
        made = market_of(task)
        built = now()
        results = made.run()
        ran = now()
        as_file(results)
        found = {"build": built - started, "days": ran - built, "file": now() - ran}
        if turn > 0:  # the first one draws, and loads what is compiled
            parts = {name: min(one, parts.get(name, one)) for name, one in found.items()}
    days = made.config.n_days
    return {
        **{f"{name}_seconds": one for name, one in parts.items()},
        "run_seconds": sum(parts.values()),
        "user_days": made.config.n_users * days,
    }


def throughput(args: argparse.Namespace) -> dict[str, Any]:
    """Run an ensemble of ``--runs`` seeds on two workers; report runs a second on the clock."""
    from sim.experiments import LocalProcesses, ensemble

    scenario = small_scenario(args)
    with LocalProcesses(2) as executor:
        ensemble(scenario, 2, executor=executor)  # loads what is compiled
        started = time.perf_counter()
        ensemble(scenario, args.runs, executor=executor)
        seconds = time.perf_counter() - started
    return {"run_seconds": seconds, "runs_per_second": args.runs / seconds}


def plain_mesa(args: argparse.Namespace) -> dict[str, Any]:
    """Run the baseline with every user a stepped Mesa agent.

    ``--daily`` makes each of them think over every platform each day, as plain Mesa would; without
    it, a promoted user to whom nothing can happen is passed over.
    """
    from agents import User
    from sim.execution import Execution
    from sim.market import Market

    class Daily(User):
        def notices(self, platform: str) -> str | None:
            return super().notices(platform)

    scenario = small_scenario(args)
    made = Market(scenario, execution=Execution(threads=1, check=False))
    made.users.promote("all", Daily if args.daily else User)
    made.step()
    started = time.perf_counter()
    made.run()
    days = scenario.market.n_days - 1
    return {
        "run_seconds": time.perf_counter() - started,
        "user_days": scenario.market.n_users * days,
        "installs": int(made.record.past("installs").sum()),
        "peak_bytes": peak_bytes(),
    }


def graph(args: argparse.Namespace) -> dict[str, Any]:
    """Build a graph, the fastest of ``--rounds``."""
    from sim.graph import build_graph

    build_graph(args.graph, 1_000, 1)
    seconds = float("inf")
    for _ in range(args.rounds):
        started = time.perf_counter()
        made = build_graph(args.graph, int(args.users), 1)
        seconds = min(seconds, time.perf_counter() - started)
    return {
        "run_seconds": seconds, "edges": made.n_edges, "graph_bytes": made.nbytes,
        "peak_bytes": peak_bytes(),
    }  # fmt: skip


def start(args: argparse.Namespace) -> dict[str, Any]:
    """Time a fresh process: importing, and a first small run."""
    code = {
        "import": "import sim",
        "list": "from scenarios.command.app import main; main(['list'])",
        "run": "from scenarios import baseline; baseline.build(n_users=1000).run('2025-10-05')",
    }[args.what]
    seconds = float("inf")
    for _ in range(args.rounds):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, stdout=subprocess.PIPE)
        seconds = min(seconds, time.perf_counter() - started)
    return {"run_seconds": seconds}


def memory_speed(args: argparse.Namespace) -> dict[str, Any]:
    """Measure the limits of this machine: sequential read, and random read of 256 MiB."""
    import numba
    import numpy as np

    @numba.njit(nogil=True)
    def gather(table, first, last):  # type: ignore[no-untyped-def]
        total = np.uint64(0)
        mask = np.uint64(table.size - 1)
        for i in range(first, last):
            total += table[(np.uint64(i) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(38) & mask]
        return total

    table = np.ones(2**26, np.uint32)
    n = 2**24
    gather(table, 0, 10)
    found = {}
    for name, work in (
        ("sequential", lambda: table.sum()),
        ("random", lambda: gather(table, 0, n)),
    ):
        best = float("inf")
        for _ in range(args.rounds):
            started = time.perf_counter()
            work()
            best = min(best, time.perf_counter() - started)
        found[name] = best
    return {
        "sequential_bytes_per_second": table.nbytes / found["sequential"],
        "random_reads_per_second": n / found["random"],
        "run_seconds": sum(found.values()),
    }


WORKLOADS = {
    f.__name__: f for f in (market, small_run, throughput, plain_mesa, graph, start, memory_speed)
}


def in_process(workload: str, **options: Any) -> dict[str, Any]:
    """Run a workload in a process of its own and return what it reports."""
    words = [sys.executable, "-m", "tests.benchmarks.workloads", workload]
    for name, value in options.items():
        if value is not False:
            words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    run = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--users", type=float, default=1e5)
    parser.add_argument("--threads", type=int, default=0, help="0: as the market chooses")
    parser.add_argument("--graph", default=None)
    parser.add_argument("--platforms", type=int, default=2)
    parser.add_argument("--until", default=None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--what", default="import")
    parser.add_argument("--files", action="store_true")
    parser.add_argument("--daily", action="store_true")
    args = parser.parse_args()
    print(json.dumps(WORKLOADS[args.workload](args)))


if __name__ == "__main__":
    main()
