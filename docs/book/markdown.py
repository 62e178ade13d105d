"""Markdown as the pages of the reference need it: tables, names in code, targets and links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: Ids of facts and assumptions in running text.
_ID = re.compile(r"\b(?:[A-Z]{3,4}\d{3}|A\d{1,3})\b")


def cell(text: str) -> str:
    """Return text as it may stand in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def code(text: str) -> str:
    """Return text as code that may stand in a cell."""
    return f"`{text}`".replace("|", "\\|") if text else ""


def anchor(name: str) -> str:
    """Return the end of the address of a name; Sphinx has small letters and dashes alone."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def target(text: str, name: str) -> str:
    """Return text that a link may lead to, by the anchor of a name."""
    return f"[{text}]{{#{anchor(name)}}}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def linked(text: str, known: Iterable[str]) -> str:
    """Return text in which each id that is known leads to its row of the page of sources."""
    ids = frozenset(known)

    def link(found: re.Match[str]) -> str:
        return f"[{found[0]}](sources.md#{anchor(found[0])})" if found[0] in ids else found[0]

    return _ID.sub(link, text)
