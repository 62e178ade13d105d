"""What a question costs: ``python -m tests.benchmarks.bench_questions`` (``make bench-questions``).

Every scenario with all its arms, 100,000 users and 20 replicates of each, and the page, as
``python -m scenarios report NAME`` does it, on all cores.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scenarios import load, questions
from scenarios.asking.question import read
from tests.benchmarks.workloads import ROOT


def seconds(name: str, options: argparse.Namespace, folder: str) -> float:
    """Return how long one question takes, from the command to its page."""
    size = ("--users", options.users, "--replicates", options.replicates, "--assumptions", "0")
    command = [sys.executable, "-m", "scenarios", "report", name, *size, "--quiet", "--out", folder]
    begun = time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    assert (Path(folder) / f"{name}.html").is_file()
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print, a line for each question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", default="100k")
    parser.add_argument("--replicates", default="20")
    options = parser.parse_args()
    print(f"{options.users} users, {options.replicates} replicates of each arm, page included")
    with tempfile.TemporaryDirectory() as folder:
        for name in questions("all"):
            n_arms = len(read(load(name)).arms())
            print(f"{name:16} {n_arms:3} arms {seconds(name, options, folder):7.1f} s", flush=True)


if __name__ == "__main__":
    main()
