"""Figures in notebooks: a chart that a cell ends with is seen, however it was made.

IPython knows how to show a figure of matplotlib from the moment on at which pyplot is loaded. The
charts of this room are made without pyplot, which keeps every figure it makes alive; so a notebook
that had drawn nothing else showed ``<Figure size ...>`` and no picture.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Of a picture in a notebook that pyplot has not set up; charts in files are finer.
NOTEBOOK_DPI = 80
_FIGURE = ("matplotlib.figure", "Figure")


def as_png(figure: Figure) -> bytes:
    """Return a figure as a picture of a notebook."""
    from sim.report.style import drawing

    buffer = io.BytesIO()
    with drawing():
        figure.savefig(buffer, format="png", dpi=NOTEBOOK_DPI)
    return buffer.getvalue()


def show_figures() -> None:
    """Have IPython show figures, if it is what runs here and pyplot has not told it how."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    pictures = shell.display_formatter.formatters["image/png"]
    try:
        pictures.lookup_by_type(".".join(_FIGURE))
    except KeyError:
        pictures.for_type_by_name(*_FIGURE, as_png)
