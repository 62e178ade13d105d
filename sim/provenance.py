"""What ties results to code, data, graph and seed; and the files a run leaves behind."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sim.errors import DataError
from sim.graph import Graph

if TYPE_CHECKING:
    from sim.fact_point import FactPoint
    from sim.market import Market
    from sim.results import Results

_ROOT = Path(__file__).resolve().parent.parent
#: The bits of the results hang on these.
_NUMERICAL = ("numpy", "numba", "scipy")
_LIBRARIES = ("mesa", "numpy", "numba", "scipy", "networkx", "pandas")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


@cache
def code_version() -> dict[str, str]:
    """Return version, commit (with a mark if files differ from it), and hash of the sources."""

    def git(*words: str) -> str:
        try:
            run = subprocess.run(
                ["git", "-C", str(_ROOT), *words], capture_output=True, text=True, timeout=5
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return run.stdout.strip() if run.returncode == 0 else ""

    commit = git("rev-parse", "HEAD")
    if commit and git("status", "--porcelain", "--", "sim", "agents", "scenarios"):
        commit += " with changes"
    digest = hashlib.sha256()
    for folder in ("sim", "agents"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return {
        "clipmarket": _version("clipmarket"),
        "commit": commit or "unknown",
        "sources_sha256": digest.hexdigest(),
    }


@cache
def model_version() -> str:
    """Return a hash of what turns a scenario into bits: the model's sources, and the libraries.

    Charts and experiments only call the model, so a change there keeps the version.
    """
    from sim.compiled import source_stamp

    parts = [source_stamp(), *(f"{name} {_version(name)}" for name in _NUMERICAL)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


_GRAPH_HASHES: WeakKeyDictionary[Graph, str] = WeakKeyDictionary()


def _graph_hash(graph: Graph) -> str:
    """Hash a graph once, however many runs share it."""
    if graph not in _GRAPH_HASHES:
        _GRAPH_HASHES[graph] = graph.fingerprint()
    return _GRAPH_HASHES[graph]


@cache
def environment() -> dict[str, str]:
    """Return the versions of Python and of the libraries that compute."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _LIBRARIES}}


def manifest(market: Market) -> dict[str, Any]:
    """Return everything needed to get the same bits again."""
    config = market.config
    scenario = market.scenario_config
    return {
        "scenario": scenario.name,
        "scenario_sha256": scenario.fingerprint,
        "seed": config.seed,
        "days": market.record.n_days,
        "start": str(config.start),
        "until": str(config.date(max(market.record.n_days - 1, 0))),
        "users": config.n_users,
        "people": config.n_people,
        "people_per_user": config.weight,
        "graph": market.graph.name,
        "graph_sha256": _graph_hash(market.graph),
        "promoted": len(getattr(market.users, "promoted", ())),
        "code": code_version(),
        "environment": environment(),
        "parameters": scenario.as_dict(),
    }


def write_aside(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file under another name and rename it: there is a whole file, or none.

    Raises
    ------
    DataError
        If the folder cannot be written to, or the disk is full.
    """
    aside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        aside = Path(name)
        write(aside)
        # mkstemp makes private files; results are as readable as anything else that is written.
        mask = os.umask(0)
        os.umask(mask)
        aside.chmod(0o666 & ~mask)
        aside.replace(path)
    except OSError as error:
        if aside is not None:
            aside.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise DataError(
            f"cannot write {path}: {reason}. Give a folder that can be written to (--out)."
        ) from error


def write_results(results: Results, folder: Path, facts: Sequence[FactPoint] = ()) -> Path:
    """Write daily.parquet, monthly.csv, manifest.json and chart.png, each whole or not at all."""
    text = json.dumps(results.manifest, indent=2, default=str)
    write_aside(folder / "daily.parquet", lambda p: results.daily.to_parquet(p, index=False))
    write_aside(folder / "monthly.csv", lambda p: results.table("month").to_csv(p))
    figure = results.plot(facts)
    write_aside(folder / "chart.png", lambda p: figure.savefig(p))
    write_aside(folder / "manifest.json", lambda p: _write_text(p, text + "\n"))
    return folder


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
