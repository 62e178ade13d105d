"""Time this tree against another revision, run by run in turn (``make bench-compare REV=main~3``).

A machine's speed drifts; the ratio of two runs right after each other does not. The other revision
is checked out beside the results and runs the same workload script of this tree.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.workloads import ROOT

PAIRS = 5
OPTIONS = ("market", "--users", "3e5", "--threads", "2", "--rounds", "2")


def run(tree: Path) -> dict[str, float]:
    """Run the workload on the packages of a tree."""
    script = Path(__file__).with_name("workloads.py")
    done = subprocess.run(
        [sys.executable, str(script), *OPTIONS],
        cwd=tree, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tree)},
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"{tree}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Check out, run in turn, print the ratios."""
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.exit("usage: make bench-compare REV=main~3")
    revision = sys.argv[1]
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"],
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    if not commit:
        sys.exit(f"REV = {revision!r}: no such revision. Give a commit, a branch or a tag.")
    other = ROOT / ".benchmarks" / f"tree-{commit[:12]}"
    if not other.exists():
        subprocess.run(
            ["git", "-C", str(ROOT), "worktree", "add", "--detach", str(other), commit], check=True
        )
    run(ROOT), run(other)  # compiles what is not compiled yet
    try:
        _print_ratios(revision, commit, other)
    finally:
        subprocess.run(
            ["git", "-C", str(ROOT), "worktree", "remove", "--force", str(other)], check=True
        )


def _print_ratios(revision: str, commit: str, other: Path) -> None:
    """Run the two trees in turn and print the ratios."""
    ratios: dict[str, list[float]] = {"run_seconds": [], "graph_seconds": [], "peak_bytes": []}
    for _ in range(PAIRS):
        here, there = run(ROOT), run(other)
        for name, values in ratios.items():
            values.append(here[name] / there[name])
    print(f"this tree / {revision} ({commit[:12]}), {PAIRS} pairs: {' '.join(OPTIONS)}")
    for name, values in ratios.items():
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name:14s} {middle:.3f}  ({low:.3f} to {high:.3f})")
    if here["installs"] != there["installs"]:
        print(f"results differ: {here['installs']:.0f} installs against {there['installs']:.0f}")


if __name__ == "__main__":
    main()
