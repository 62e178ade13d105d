"""One self-contained page: the answer first, then chart, table, what drives it, and sources.

Nothing is loaded from anywhere: figures are inline, there is no script, and the page reads on a
phone and in print.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from sim.files import write_text_aside

if TYPE_CHECKING:
    from jinja2 import Template
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Table:
    """Cells as they are to be read.

    Parameters
    ----------
    columns
        Headings; the first column holds labels, the others numbers.
    rows
        Cells, as many as headings.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Exhibit:
    """A part of the page: a title, a few sentences, a figure, a table.

    Parameters
    ----------
    alt
        What the figure shows, for those who cannot see it; the title if not given.
    wide
        The figure keeps its width on a phone, where it is then moved sideways.
    """

    title: str
    text: str = ""
    figure: Figure | None = None
    table: Table | None = None
    alt: str = ""
    wide: bool = False

    @property
    def image(self) -> str:
        """The figure as a data URI; empty if there is none."""
        return "" if self.figure is None else data_uri(self.figure)


@dataclass(frozen=True)
class Reference:
    """A fact or assumption by id, as it stands below the page."""

    id: str
    value: str
    text: str


@dataclass(frozen=True)
class Page:
    """Everything on a page.

    Parameters
    ----------
    question, headline, more
        What was asked, the answer in a sentence, and what else belongs to it.
    bands
        How sure it is: both bands, and which of them dominates.
    about
        What differs from the baseline.
    exhibits
        Charts and tables, in order.
    assumptions, evidence
        References by id.
    manifest
        What ties the numbers to code, data, graph and seed.
    """

    title: str
    question: str
    headline: str
    more: str = ""
    bands: str = ""
    about: str = ""
    exhibits: Sequence[Exhibit] = ()
    assumptions: Sequence[Reference] = ()
    evidence: Sequence[Reference] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)

    def html(self) -> str:
        """Return the page."""
        manifest = json.dumps(self.manifest, indent=1, default=str)
        return _template().render(page=self, manifest=manifest)

    def write(self, path: Path) -> Path:
        """Write the page whole, or not at all, and return its path."""
        text = self.html()
        write_text_aside(path, text)
        return path


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("sim.report"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")


def data_uri(figure: Figure) -> str:
    """Return a figure as SVG inside a URI; the same figure gives the same text."""
    from sim.report.style import as_svg

    return "data:image/svg+xml;base64," + base64.b64encode(as_svg(figure)).decode("ascii")
