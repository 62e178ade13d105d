"""Numbers and stories: each scenario is a file with one question; this is their catalogue."""

from __future__ import annotations

import ast
import importlib
import importlib.resources
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sim.errors import ClipmarketError, ConfigError, DataError, unknown_name
from sim.moved import moved

if TYPE_CHECKING:
    from sim.scenario import Scenario

#: Name on the command line to module. A new scenario is one file and one line here.
CATALOGUE = {
    "baseline": "scenarios.baseline",
    "smaller_quota": "scenarios.smaller_quota",
    "paid_launch": "scenarios.paid_launch",
    "cheaper_clips": "scenarios.cheaper_clips",
    "google_push": "scenarios.google_push",
    "bought_reach": "scenarios.bought_reach",
    "open_launch": "scenarios.open_launch",
    "referral": "scenarios.referral",
    "bundled": "scenarios.bundled",
    "new_entrant": "scenarios.new_entrant",
    "professional": "scenarios.professional",
    "copyright": "scenarios.copyright",
    "decline": "scenarios.decline",
    "friend_graph": "scenarios.friend_graph",
    "headline": "scenarios.headline",
    "survive": "scenarios.survive",
    "stop_rule": "scenarios.stop_rule",
    "more_gpus": "scenarios.more_gpus",
}

#: Before the rooms were made.
moved(
    {
        "scenarios.build": "scenarios.inputs.sizing",
        "scenarios.assumptions": "scenarios.inputs.assumptions",
        "scenarios.facts": "scenarios.inputs.facts",
        "scenarios.fact_points": "scenarios.inputs.fact_points",
        "scenarios.aliases": "scenarios.inputs.aliases",
        "scenarios.targets": "scenarios.inputs.targets",
        "scenarios.question": "scenarios.asking.question",
        "scenarios.findings": "scenarios.asking.findings",
        "scenarios.lab": "scenarios.asking.lab",
        "scenarios.answers": "scenarios.asking.answers",
        "scenarios.attribution": "scenarios.asking.attribution",
        "scenarios.frontiers": "scenarios.asking.frontiers",
        "scenarios.use": "scenarios.asking.closed_form",
        "scenarios.report": "scenarios.asking.question_page",
        "scenarios.sweep_options": "scenarios.command.points",
    }
)


def load(name: str) -> ModuleType:
    """Return the module of a scenario, by name or by path of a file.

    Raises
    ------
    UnknownNameError
        If there is no such name; gives the nearest.
    DataError, ConfigError
        If a file is missing, cannot be run, or has no ``scenario()``.
    """
    name = str(name) if isinstance(name, Path) else name
    if not isinstance(name, str):
        raise unknown_name("scenario", name, CATALOGUE)
    if name in CATALOGUE:
        return importlib.import_module(CATALOGUE[name])
    if not name.endswith(".py"):
        raise unknown_name("scenario", name, CATALOGUE)
    module = loaded_file(Path(name))
    if not callable(getattr(module, "scenario", None)):
        raise ConfigError(
            f"{name}: defines no scenario(). A scenario file has a function scenario() that "
            "returns a Scenario; see scenarios/baseline.py."
        )
    return module


def scenario_of(name: str) -> Scenario:
    """Return the scenario itself, by name or by path of a file.

    Raises
    ------
    UnknownNameError, DataError, ConfigError
        As `load`; also if ``scenario()`` fails or returns something else.
    """
    from sim.scenario import Scenario

    module = load(name)
    try:
        made = module.scenario()
    except ClipmarketError:
        raise
    except Exception as error:
        if name in CATALOGUE:
            raise
        raise _cannot_run(Path(name), error) from error
    if not isinstance(made, Scenario):
        raise ConfigError(
            f"{name}: scenario() returns {type(made).__name__}: must be a Scenario. "
            "See scenarios/baseline.py."
        )
    return made


def questions(name: str) -> list[str]:
    """Return the names that a name stands for: itself, or every scenario with a question."""
    if name != "all":
        return [name]
    return [one for one in CATALOGUE if hasattr(load(one), "MEASURES")]


def loaded_file(path: Path) -> ModuleType:
    """Run somebody's file under a name of its own, and return it as a module.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be run.
    """
    name = f"scenario_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise DataError(f"{path}: no such file. Give a scenario's name or the path of its file.")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name while it is being run.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ClipmarketError:
        raise
    except Exception as error:
        raise _cannot_run(path, error) from error
    return module


def _cannot_run(path: Path, error: Exception) -> DataError:
    """Say in one line what is wrong with a file that somebody wrote: it may raise anything."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == path.absolute()]
    line = error.lineno if isinstance(error, SyntaxError) else next(reversed(lines), None)
    place = f"{path}, line {line}" if line else f"{path}"
    text = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return DataError(f"{place}: cannot be run: {type(error).__name__}: {text}. Correct the file.")


def first_line(module: ModuleType) -> str:
    """Return the first line of a scenario's docstring."""
    return (module.__doc__ or "").strip().splitlines()[0] if module.__doc__ else ""


def first_lines() -> dict[str, str]:
    """Return `first_line` of each scenario, by name, read without running any of them."""
    found = {}
    for name, module in CATALOGUE.items():
        text = importlib.resources.files(module.rpartition(".")[0]).joinpath(
            f"{module.rpartition('.')[2]}.py"
        )
        doc = ast.get_docstring(ast.parse(text.read_text(encoding="utf-8"))) or ""
        found[name] = doc.partition("\n")[0]
    return found
