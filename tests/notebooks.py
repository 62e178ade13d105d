"""Execute the notebooks and keep what their cells give: ``make notebooks``.

Each runs in a folder of its own that is thrown away, so that no run of before helps it and nothing
is left beside it. What is kept is text, tables and small pictures; times and versions are not.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
#: Small pictures: a notebook is read on a screen, and its outputs lie in the repository.
_SMALL = "--InlineBackend.print_figure_kwargs={'dpi': 72, 'bbox_inches': 'tight'}"
#: Whatever a cell shows is kept as one of these.
KEPT = ("image/png", "text/markdown", "text/html", "text/plain")


def executed(path: Path, folder: Path) -> Any:
    """Return a notebook with its outputs, run from top to bottom in a folder.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    with mock.patch.dict(os.environ, PYTHONPATH=str(ROOT)):  # of this tree, whatever is installed
        os.environ.pop("MPLBACKEND", None)  # a notebook has its own
        NotebookClient(
            notebook, timeout=300, record_timing=False, extra_arguments=[_SMALL],
            resources={"metadata": {"path": str(folder)}},
        ).execute()  # fmt: skip
    return tidy(notebook)


def tidy(notebook: Any) -> Any:
    """Return a notebook without what differs from machine to machine."""
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    })  # fmt: skip
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        for output in cell.get("outputs", []):
            data = output.get("data")
            if data is not None:
                output.data = nbformat.from_dict({k: v for k, v in data.items() if k in KEPT})
                output.metadata = nbformat.from_dict({})
    return notebook


def main(names: list[str]) -> None:
    """Execute the notebooks whose names begin so, or all, and write them back."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        if names and not path.name.startswith(tuple(names)):
            continue
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            notebook = executed(path, Path(folder))
        text = nbformat.writes(notebook).rstrip("\n") + "\n"
        path.write_text(text, encoding="utf-8")
        took = time.perf_counter() - begun
        print(f"{path.name}: {took:.0f} s, {len(text.encode()) / 1e3:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
