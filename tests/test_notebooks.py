"""Notebooks: one question each, answered by its cells; what they show can be shown to anybody."""

from __future__ import annotations

import ast
import base64
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks import FOLDER, executed

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_CELLS, MOST_BYTES = 15, 300_000
#: What a cell that ends with one of these shows is a picture.
DRAWING = frozenset({"plot", "arms", "over_time", "lorenz", "spread", "chart"})
#: The beginning of a path of somebody's machine; what libraries warn of.
_UNWANTED = re.compile(
    r"(?<![\w.:/<])(/(home|root|tmp|work|Users|usr|opt|var)/|[A-Z]:\\\\)|Warning|Traceback"
)
#: Its fit is linear algebra, whose last bits are those of a processor.
NOT_THE_SAME_EVERYWHERE = "06_calibration_and_forecast"


def cells(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


def ends_with(source: str) -> str:
    """Return the name of what a cell calls at its end, if that is how it ends."""
    last = ast.parse(source).body[-1]
    call = last.value if isinstance(last, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return ""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def pictures(cell: Any) -> list[bytes]:
    shown = [one.get("data", {}).get("image/png") for one in cell.outputs]
    return [base64.b64decode(one) for one in shown if one]


def conclusion(notebook_cells: list[Any]) -> str:
    return str(notebook_cells[-1].outputs[-1]["data"]["text/markdown"])


def texts(cell: Any) -> list[str]:
    """Return all text that a cell shows, pictures left out."""
    found = [cell.get("text", "") for cell in cell.outputs]
    for one in cell.outputs:
        found += [v for kind, v in one.get("data", {}).items() if kind != "image/png"]
    return ["".join(text) for text in found]


def trouble(notebook_cells: list[Any]) -> list[str]:
    """Return what nobody should see among the outputs: errors, warnings, paths of a machine."""
    found = []
    for place, cell in enumerate(notebook_cells):
        if cell.cell_type != "code":
            continue
        kinds = {(one.output_type, one.get("name", "")) for one in cell.outputs}
        found += [f"cell {place}: {' '.join(kind)}" for kind in sorted(kinds)
                  if "error" in kind or "stderr" in kind]  # fmt: skip
        found += [f"cell {place}: {text[:80]}" for text in texts(cell) if _UNWANTED.search(text)]
        if ends_with(cell.source) in DRAWING and not pictures(cell):
            found.append(f"cell {place}: no picture")
    return found


def test_there_are_seven_of_them_in_order() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == [f"{n:02}" for n in range(1, 8)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_and_light_and_was_run_from_top_to_bottom(path: Path) -> None:
    found = cells(path)
    assert len(found) <= MOST_CELLS
    assert path.stat().st_size < MOST_BYTES
    assert found[0].cell_type == "markdown"
    counts = [cell.execution_count for cell in found if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_can_be_shown(path: Path) -> None:
    """Each cell that draws holds its picture; no error, red warning or path of a machine."""
    found = cells(path)
    assert trouble(found) == []
    drawn = [one for cell in found if cell.cell_type == "code" for one in pictures(cell)]
    assert drawn
    assert all(one.startswith(b"\x89PNG") for one in drawn)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_conclusion_is_computed(path: Path) -> None:
    """The last cell shows a sentence whose numbers are those of the cells, none typed in."""
    last = cells(path)[-1]
    assert ends_with(last.source) == "Markdown"
    call: Any = ast.parse(last.source).body[-1]
    (said,) = call.value.args
    assert isinstance(said, ast.JoinedStr)
    computed = [part for part in said.values if isinstance(part, ast.FormattedValue)]
    assert len(computed) >= 3
    typed = "".join(str(p.value) for p in said.values if isinstance(p, ast.Constant))
    assert re.findall(r"\d+(?:\.\d+)?", typed) in ([], ["80"], ["95"], ["90", "80"])  # of bands
    assert re.search(r"\d", conclusion(cells(path)))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[] if path is NOTEBOOKS[0] else [pytest.mark.slow])
        for path in NOTEBOOKS
    ],
    ids=lambda path: path.stem,
)
def test_a_notebook_runs_and_says_what_it_was_committed_with(path: Path, tmp_path: Path) -> None:
    """Else the model has changed since: ``make notebooks`` writes what it says now."""
    ran = list(executed(path, tmp_path).cells)
    assert trouble(ran) == []
    if path.stem != NOT_THE_SAME_EVERYWHERE:
        assert conclusion(ran) == conclusion(cells(path))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"output_type": "stream", "name": "stderr", "text": "careful"}, "stderr"),
        ({"output_type": "stream", "name": "stdout", "text": "in /home/me/x.csv"}, "/home/me"),
        ({"output_type": "error", "ename": "E", "evalue": "", "traceback": []}, "error"),
        ({"output_type": "display_data", "metadata": {}, "data": {"text/plain": "<Figure>"}},
         "no picture"),
    ],
)  # fmt: skip
def test_trouble_is_found(output: dict[str, Any], said: str) -> None:
    cell = nbformat.v4.new_code_cell(
        "results.installs.plot()", outputs=[nbformat.from_dict(output)]
    )
    assert any(said in line for line in trouble([cell]))
