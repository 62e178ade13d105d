"""A figure that a chart returns is seen in a notebook, whoever has loaded what before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
_SHELL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
"""
_DRAW = """
import numpy as np
from sim.report.bands import arms
figure = arms({"a": np.arange(9.0)}, "Title", "USD", "#1f77b4", "Source: a test.", "a")
data, _ = shell.display_formatter.format(figure)
print(data.get("image/png", b"")[1:4])
"""


def ran(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_figure_is_shown_where_pyplot_was_never_loaded() -> None:
    """Without the house's own way of showing it, IPython has nothing but its name."""
    assert ran(f"{_SHELL}{_DRAW}print('matplotlib.pyplot' in sys.modules)").split() == [
        "b'PNG'", "False"
    ]  # fmt: skip


@pytest.mark.parametrize("later", [False, True])
def test_what_pyplot_tells_ipython_stays(later: bool) -> None:
    """Its pictures have the user's own settings."""
    theirs = (
        "from matplotlib.figure import Figure\n"
        "shell.display_formatter.formatters['image/png'].for_type(Figure, lambda f: b'-own')\n"
    )
    first, second = ("import sim.report\n", theirs) if later else (theirs, "")
    assert ran(f"{_SHELL}{first}{second}{_DRAW}").strip() == "b'own'"


def test_outside_of_ipython_nothing_of_it_is_loaded() -> None:
    assert ran("import sys, sim.report; print('IPython' in sys.modules)").strip() == "False"


def test_no_library_asks_for_widgets() -> None:
    """A red line about tqdm would stand in every notebook that screens assumptions."""
    code = "import sim, warnings; warnings.warn('IProgress not found. Please update', Warning)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
