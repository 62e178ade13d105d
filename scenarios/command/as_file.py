"""Run a scenario's own file: ``python scenarios/baseline.py --users 1e5``."""

from __future__ import annotations

import runpy
import sys


def run_file(path: str) -> None:
    """Start the command on a file, as ``python -m scenarios run FILE`` would.

    A program of its own is started; nothing of it is imported here, since the command knows all
    scenarios.
    """
    sys.argv[1:1] = ["run", path]
    runpy.run_module("scenarios", run_name="__main__")
