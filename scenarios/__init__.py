"""Numbers and stories: each scenario is a file with one question; this is their catalogue."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from sim.errors import ConfigError, DataError, unknown_name

#: Name on the command line to module. A new scenario is one file and one line here.
CATALOGUE = {
    "baseline": "scenarios.baseline",
}


def load(name: str) -> ModuleType:
    """Return the module of a scenario, by name or by path of a file.

    Raises
    ------
    UnknownNameError
        If there is no such name; gives the nearest.
    DataError, ConfigError
        If a file is missing, cannot be run, or has no ``scenario()``.
    """
    if name in CATALOGUE:
        return importlib.import_module(CATALOGUE[name])
    if not name.endswith(".py"):
        raise unknown_name("scenario", name, CATALOGUE)
    module = _from_file(Path(name))
    if not callable(getattr(module, "scenario", None)):
        raise ConfigError(
            f"{name}: defines no scenario(). A scenario file has a function scenario() that "
            "returns a Scenario; see scenarios/baseline.py."
        )
    return module


def _from_file(path: Path) -> ModuleType:
    """Run a scenario file under a name of its own."""
    if not path.is_file():
        raise DataError(f"{path}: no such file. Give a scenario's name or the path of its file.")
    spec = importlib.util.spec_from_file_location(f"scenario_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise DataError(
            f"{path}: not a Python file. Give a scenario's name or the path of its file."
        )
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, ImportError, NameError, UnicodeDecodeError, ValueError) as error:
        text = " ".join(str(error).split())
        raise DataError(f"{path}: cannot be run: {type(error).__name__}: {text}.") from error
    return module


def question(module: ModuleType) -> str:
    """Return the first line of a scenario's docstring."""
    return (module.__doc__ or "").strip().splitlines()[0] if module.__doc__ else ""
