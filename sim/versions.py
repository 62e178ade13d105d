"""Which code it was: commit and sources for people, the version of the model for stored runs."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sim.contracts import DEFAULT_AGENTS
from sim.syntax import digest, imports, parse

_ROOT = Path(__file__).resolve().parent.parent
#: The bits of the results hang on these.
_NUMERICAL = ("numpy", "numba", "scipy")
_LIBRARIES = ("mesa", "numpy", "numba", "scipy", "networkx", "pandas")

#: Where a scenario becomes a run, and where its days become totals.
MODEL_ROOTS = ("sim.market", "sim.periods", DEFAULT_AGENTS)
#: Modules that a run loads and that cannot change it, each with the reason.
NO_RESULT = {
    "agents.people.ways": "names what to use instead of what there is not",
    "sim": "finds names in other modules",
    "sim.batches": "finds the seed of a run, which stands in its scenario",
    "sim.collection": "tells when to look for garbage",
    "sim.code_cache": "keeps machine code: the same code, sooner",
    "sim.copies": "refuses copies",
    "sim.errors": "words messages",
    "sim.moved": "finds modules under their old names",
    "sim.numbers": "words numbers",
    "sim.rehearsals": "makes machine code: the same code, sooner",
    "sim.stamps": "tells machine code of before from that of now",
}
#: What these decorate is looked up by name, and decides only the runs whose data name it.
NAMED_BY_DATA = ("strategy", "intervention")
#: What is told the meaning of a parameter, metric or count, and as which of its arguments.
TEXTS = {
    "par": 2, "Metric": 2, "_flow": 1, "_stock": 1, "_money": 1, "_derived": 2, "of_one": 0,
    "Count": 0,
}  # fmt: skip


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


@cache
def environment() -> dict[str, str]:
    """Return the versions of Python and of the libraries that compute."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _LIBRARIES}}


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
    sources = hashlib.sha256()
    for folder in ("sim", "agents"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            sources.update(path.read_bytes())
    return {
        "clipmarket": _version("clipmarket"),
        "commit": commit or "unknown",
        "sources_sha256": sources.hexdigest(),
    }


@cache
def model_version() -> str:
    """Return a hash of what turns a scenario into bits: the model, and the libraries it stands on.

    Words, what a parameter or metric means, charts, experiments and the strategies that no data
    name keep it.
    """
    parts = [f"{module} {made_of}" for module, made_of in sorted(model_modules(_ROOT).items())]
    parts += (f"{name} {_version(name)}" for name in _NUMERICAL)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def model_modules(root: Path) -> dict[str, str]:
    """Return the modules that decide results, each with the digest of what it does.

    They are what `MODEL_ROOTS` import when they are loaded, and what that imports in turn.

    Parameters
    ----------
    root
        Folder of the packages.
    """
    made_of: dict[str, str] = {}
    waiting, known = [*MODEL_ROOTS], {*NO_RESULT}
    while waiting:
        module = waiting.pop()
        file = _file(root, module)
        if module in known or file is None:
            continue
        known.add(module)
        tree = parse(file.read_bytes())
        made_of[module] = digest(tree, without=NAMED_BY_DATA, texts=TEXTS)
        waiting += (whole for name in imports(tree) for whole in _with_packages(name))
    return made_of


def _with_packages(module: str) -> list[str]:
    """Return a module and the packages around it, which are loaded first."""
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _file(root: Path, module: str) -> Path | None:
    """Return the file of a module of the project, or nothing for anything else."""
    place = root.joinpath(*module.split("."))
    return next((f for f in (place.with_suffix(".py"), place / "__init__.py") if f.is_file()), None)
