"""Write docs/PERFORMANCE.md from the JSON of a benchmark run (the last step of ``make bench``)."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.execution import PAYS_ROWS
from tests.benchmarks.workloads import ROOT

#: What the scan reads of everybody: the byte that tells whether anything can happen, and on two
#: platforms the exposure by friends.
SCAN_BYTES = 5
PAGE = ROOT / "docs" / "PERFORMANCE.md"
HEAD = """# Performance

Written by `make bench`; do not edit. {machine}, {date}, commit {commit}. Everything is from one
run of that command, each workload in a process of its own, compiled code warm. Shared machines are
noisy: read ratios, not seconds. `make bench-compare REV=...` times two revisions in turn.

A *user-day* is one user living one day with all platforms of the scenario; most users on most days
have nothing to decide, and cost one byte and one random number per platform.
"""


class Run:
    """The benchmarks of one run."""

    def __init__(self, path: Path) -> None:
        self.data = json.loads(path.read_text(encoding="utf-8"))
        self.benchmarks = self.data["benchmarks"]

    def infos(self, test: str) -> list[dict[str, Any]]:
        """Return what the benchmarks of one test noted."""
        return [
            {**(one["params"] or {}), **one["extra_info"]}
            for one in self.benchmarks
            if one["name"].split("[")[0] == f"test_{test}"
        ]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return a table in Markdown, numbers to the right."""
    head = list(head)
    lines = [f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def pace(info: dict[str, Any]) -> float:
    """Return million user-days a second."""
    return float(info["user_days"]) / info["run_seconds"] / 1e6


def baseline(run: Run) -> list[str]:
    """Describe W1 to W3, memory and threads."""
    two = {info["option_users"]: info for info in run.infos("full_baseline")}
    one = {info["option_users"]: info for info in run.infos("full_baseline_on_one_thread")}
    limits = run.infos("limits_of_the_machine")
    rows = []
    for users, info in two.items():
        per_user = info["column_bytes"] / users
        total = sum(
            info.get(part, 0.0)
            for part in ("graph_seconds", "build_seconds", "run_seconds", "files_seconds")
        )
        rows.append(
            (
                f"{users:,.0f} users",
                f"{info['run_seconds']:.2f} s",
                f"{pace(info):.0f} M/s",
                f"{pace(one[users]):.0f} M/s",
                f"{one[users]['run_seconds'] / info['run_seconds']:.2f}",
                f"{info['graph_seconds']:.2f} s",
                f"{info['build_seconds']:.2f} s",
                f"{info['files_seconds']:.2f} s" if "files_seconds" in info else "–",
                f"{total:.1f} s",
                f"{per_user:.0f}",
                f"{info['graph_bytes'] / users:.0f}",
                f"{info['peak_bytes'] / 1e9:.2f} GB",
            )
        )
    lines = [
        "## The full baseline",
        "",
        "2025-05-20 to 2026-04-30, two platforms, friends of mean degree 20, threads as the market "
        f"chooses: one up to {2 * PAYS_ROWS:,} users, then two.",
        "",
        *table(
            ("size", "simulation", "user-days", "one thread", "threads gain", "graph",
             "population", "files", "in all", "bytes/user, columns", "bytes/user, graph",
             "peak memory"), rows,
        ),
    ]  # fmt: skip
    sizes = sorted(two)
    for small, large in itertools.pairwise(sizes):
        ratio = (two[large]["run_seconds"] / large) / (two[small]["run_seconds"] / small)
        lines.append(f"- Time per user, {large:,.0f} against {small:,.0f} users: {ratio:.2f}.")
    largest = max(two.values(), key=lambda info: info["user_days"])
    for info in limits:
        floor = 1e6 * SCAN_BYTES * 346 / info["sequential_bytes_per_second"]
        taken = largest["run_seconds"] / largest["option_users"] * 1e6
        lines.append(
            f"- This machine, one thread, in the same run: "
            f"{info['sequential_bytes_per_second'] / 1e9:.1f} GB/s in sequence, "
            f"{info['random_reads_per_second'] / 1e6:.0f} M random reads a second (256 MiB). "
            f"Reading {SCAN_BYTES} bytes of every user every day takes {floor:.2f} s per million "
            f"users on one thread; the largest run takes {taken:.2f} s per million on two."
        )
    return [*lines, ""]


def small(run: Run) -> list[str]:
    """Describe the run that sweeps make by the ten thousand."""
    rows = [
        (
            f"{info['option_users']:,.0f} users",
            *(f"{1e3 * info[f'{part}_seconds']:.1f} ms" for part in ("build", "days", "file")),
            f"{1e3 * info['run_seconds']:.0f} ms",
        )
        for info in run.infos("small_run")
    ]
    paces = [
        (
            f"{info['option_users']:,.0f} users",
            f"{info['option_runs']:,}",
            f"{info['runs_per_second']:.1f}",
        )
        for info in run.infos("throughput")
    ]
    return [
        "## A small run",
        "",
        "A run of the full baseline in a worker of a sweep, on one thread, graph and people there",
        "already: seconds of the processor.",
        "",
        *table(("size", "build", "days", "file", "in all"), rows),
        "An ensemble of seeds on two workers, each with a graph and people of its own, on the",
        "clock.",
        "",
        *table(("size", "runs", "runs a second"), paces),
    ]


def mesa(run: Run) -> list[str]:
    """Describe W4."""
    best = max(run.infos("full_baseline"), key=pace)
    rows = [
        (
            "every user thinks over every platform each day"
            if info.get("option_daily")
            else "every user a stepped agent, passed over when nothing can happen",
            f"{pace(info) * 1e3:,.0f} k/s",
            f"{pace(best) / pace(info):,.0f}",
        )
        for info in run.infos("plain_mesa")
    ]
    return [
        "## Against plain Mesa",
        "",
        "The same market, 20,000 users, all promoted to Mesa agents, stepped in Python; same bits.",
        "",
        *table(("plain Mesa", "user-days", "compiled loop is faster by"), rows),
    ]


def peers(run: Run) -> list[str]:
    """Describe the bare adoption rule."""
    infos = run.infos("bare_adoption")
    sizes = sorted({info["n_users"] for info in infos})
    speed = {
        (info["name"], info["n_users"]): info["user_steps"] / info["run_seconds"] / 1e6
        for info in infos
    }
    names = list(dict.fromkeys(info["name"] for info in infos))
    rows = [
        (name, *(f"{speed[name, n]:,.2f}" if (name, n) in speed else "–" for n in sizes))
        for name in names
    ]
    ours = names[0]
    lines = [
        "## The bare adoption rule, here and elsewhere",
        "",
        "Million user-steps a second, 30 steps, small world of degree 10; what each system does is",
        "said in `tests/benchmarks/peers.py`. The kernels alone do what the others do. The whole",
        "market makes, shares and counts a clip of every adopter on every day, keeps money and a",
        "record, and adopts exactly the same users, on any number of threads.",
        "",
        *table(("system", *(f"{n:,} users" for n in sizes)), rows),
    ]
    for name in names[1:]:
        ratios = [
            f"{speed[ours, n] / speed[name, n]:,.1f} at {n:,}" for n in sizes if (name, n) in speed
        ]
        lines.append(f"- {ours} against {name}: {', '.join(ratios)}.")
    return [*lines, ""]


def graphs(run: Run) -> list[str]:
    """Describe W5."""
    rows = [
        (
            info["family"],
            f"{info['run_seconds']:.2f} s",
            f"{info['edges'] / info['run_seconds'] / 1e6:.1f} M/s",
            f"{info['peak_bytes'] / 1e9:.2f} GB",
        )
        for info in run.infos("graph_families")
    ]
    return [
        "## Graphs",
        "",
        "A million users, mean degree 20, into compressed rows. `power_law_cluster` is sequential",
        "by its definition (each user chooses among the friends of those before). The same seed",
        "gives the same graph for any number of threads.",
        "",
        *table(("family", "time", "edges", "peak memory"), rows),
    ]


def scaling(run: Run) -> list[str]:
    """Describe W6 and W8."""
    lines = ["## Scaling", "", "200,000 users, two threads, the full baseline.", ""]
    for test, key in (
        ("scaling_with_platforms", "platforms"),
        ("scaling_with_degree", "degree"),
        ("scaling_with_days", "until"),
    ):
        rows = [
            (str(info[key]), f"{info['run_seconds']:.2f} s", f"{pace(info):.0f} M/s")
            for info in run.infos(test)
        ]
        lines += table((key, "simulation", "user-days"), rows)
    lines += ["## Start-up", "", "A fresh process, machine code on disk.", ""]
    what = {
        "import": "`import sim`",
        "list": "`clipmarket list`",
        "run": "a first run of 1,000 users to 2025-10-05",
    }
    rows = [(what[info["what"]], f"{info['run_seconds']:.2f} s") for info in run.infos("start_up")]
    return [*lines, *table(("what", "time"), rows)]


def main() -> None:
    """Read the JSON, write the page."""
    run = Run(Path(sys.argv[1]))
    info = run.data["machine_info"]
    cpu = info.get("cpu", {})
    machine = f"Python {info['python_version']}, {cpu.get('count', '?')} cores"
    head = HEAD.format(
        machine=machine,
        date=run.data["datetime"][:10],
        commit=str(run.data["commit_info"].get("id", "unknown"))[:12],
    )
    parts = [baseline, small, mesa, peers, graphs, scaling]
    PAGE.write_text(
        "\n".join([head, *(line for part in parts for line in part(run))]), encoding="utf-8"
    )
    print(f"Written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
