"""Build the book: lay out what people wrote and what the code says of itself, then call Sphinx.

``python -m docs.book.build`` writes ``out/docs/html``. Files below ``docs/`` stay where they are;
pages are laid out below ``out/docs/pages`` as a reader needs them: learn, do, look up, understand.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from docs.book import api, commands, metrics, parameters, sources

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent.parent
OUT = Path("out/docs")
#: Part of the book in which a document stands that has no other place.
ELSE = "explanation"
#: Documents below docs/ by the part of the book they stand in; one that is not there is left out.
CHAPTERS: Mapping[str, tuple[str, ...]] = {
    "howto": ("SCENARIOS", "EXPERIMENTS", "SECURITY", "PERFORMANCE"),
    "reference": ("DATA",),
}  # fmt: skip
#: Files at the root of the project that are pages too.
AT_ROOT = {"howto": ("CONTRIBUTING",), "explanation": ("CHANGELOG",)}
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"(?<!\[)`(?:docs/)?([A-Z]+)\.md`|`notebooks/(\d\d_\w+)\.ipynb`")
_LINK = re.compile(r"\]\(([A-Z]+)\.md\)")
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^):]+)\)")


def generated() -> dict[str, str]:
    """Return the pages that are made from the code, by path."""
    pages = {
        "reference/parameters.md": parameters.page(),
        "reference/metrics.md": metrics.page(),
        "reference/sources.md": sources.page(),
        "reference/commands.md": commands.page(),
    }
    return pages | {f"reference/api/{key}.md": api.page(key) for key in api.PAGES}


def documents() -> dict[str, Path]:
    """Return the documents of the project by the path of their page."""
    part_of = {name: part for part, names in CHAPTERS.items() for name in names}
    found = {
        f"{part_of.get(path.stem, ELSE)}/{path.name}": path
        for path in sorted((ROOT / "docs").glob("*.md"))
    }
    for part, names in AT_ROOT.items():
        found |= {f"{part}/{name}.md": ROOT / f"{name}.md" for name in names}
    return found


def notebooks() -> dict[str, Path]:
    """Return the notebooks by the path of their page."""
    return {f"notebooks/{path.name}": path for path in sorted(ROOT.glob("notebooks/*.ipynb"))}


def linked(text: str, pages: Mapping[str, str]) -> str:
    """Return a text in which the name of a document or notebook, in backticks, is a link to it.

    Parameters
    ----------
    pages
        Name to path of the page, from the root of the book.
    """

    def link(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return f"[{found[0]}](/{pages[name]})" if name in pages else found[0]

    def moved(found: re.Match[str]) -> str:
        return f"](/{pages[found[1]]})" if found[1] in pages else found[0]

    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_LINK.sub(moved, _NAMED.sub(link, text[end : fence.start()])), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(moved, _NAMED.sub(link, text[end:]))])


def one_title(text: str) -> str:
    """Return a document with one title: each further one becomes a heading of the page."""
    parts, seen = [], False
    for line in re.split(r"(?<=\n)", text):
        is_title = line.startswith("# ")
        parts.append(f"#{line}" if is_title and seen else line)
        seen |= is_title
    return "".join(parts)


def lay_out(pages: Path) -> None:
    """Write all pages of the book below a folder, anew."""
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(BOOK, pages, ignore=_machinery)
    places = {Path(page).stem: page for page in (*documents(), *notebooks())}
    own = {path.relative_to(pages).as_posix(): path for path in pages.rglob("*.md")}
    for page, path in (own | documents()).items():
        text = path.read_text(encoding="utf-8")
        _write(pages / page, linked(text if page in own else one_title(text), places))
        if page not in own:
            for picture in _PICTURE.findall(text):
                shutil.copyfile(path.parent / picture, (pages / page).parent / Path(picture).name)
    for page, text in generated().items():
        _write(pages / page, text)
    for page, path in notebooks().items():
        (pages / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, pages / page)


def _machinery(folder: str, names: list[str]) -> list[str]:
    """Return what makes the book and is no part of it."""
    here = Path(folder) == BOOK
    return [name for name in names if name == "__pycache__" or (here and name.endswith(".py"))]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(out: Path) -> int:
    """Lay out and build the book; a warning, such as a link that leads nowhere, is an error.

    Returns
    -------
    int
        Exit code of Sphinx.
    """
    from sphinx.cmd.build import build_main

    lay_out(out / "pages")
    code: int = build_main(
        [
            "-q",
            "-W",
            "--keep-going",
            "-E",
            "-b",
            "html",
            "-c",
            str(BOOK),
            "-d",
            str(out / "trees"),
            str(out / "pages"),
            str(out / "html"),
        ]
    )
    return code  # fmt: skip


def main() -> None:
    """Build the book from the command line."""
    parser = argparse.ArgumentParser(prog="python -m docs.book.build", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="folder, else out/docs")
    out = parser.parse_args().out
    code = build(out)
    if not code:
        print(f"The book: {out / 'html' / 'index.html'}")
    sys.exit(code)


if __name__ == "__main__":
    main()
