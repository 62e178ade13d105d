"""Every name in backticks in the docs is one that exists: a path, a target, a name of the code."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("sim", "agents", "scenarios")
#: Docs that people write; those that commands write quote whatever they measured.
DOCS = ("README.md", "CONTRIBUTING.md", "docs/ODD.md", "docs/DESIGN.md", "docs/EXPERIMENTS.md",
        "docs/SCENARIOS.md")  # fmt: skip
#: Words of other projects, and of a shell or a language.
FOREIGN = frozenset({
    "edges", "filelock", "flock", "forceinline", "FunctionCache", "IntFlag", "kill", "networkx",
    "numba", "parallel", "ProcessPoolExecutor", "register_jitable",
})  # fmt: skip
#: What a reader holds in his hands in a notebook; the names after it are those of its class.
HELD = frozenset({"market", "results", "users", "user", "found", "scenario", "effect"})
#: Files that a reader is told to make.
TO_MAKE = frozenset({"half_price.py", "ten_clips.py", "third.toml"})
_SPAN = re.compile(r"`([^`\n]+)`")
_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"[\w.-]+(/[\w.*-]+)*(/|\.(py|toml|csv|md|ipynb|json|txt))")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_NAME = re.compile(r"[A-Za-z_]\w*")


def spans(text: str) -> Iterator[str]:
    """Yield what stands in backticks, code blocks left out, without call parentheses."""
    for span in _SPAN.findall(_BLOCK.sub("", text)):
        yield re.sub(r"\(.*\)$", "", span.strip().removeprefix("@"))


@cache
def modules() -> dict[str, str]:
    """Return every module, by its whole name and by its last part."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            whole = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[whole] = whole
            found.setdefault(whole.rpartition(".")[2], whole)
    return found


@cache
def words() -> frozenset[str]:
    """Return every name that the code or its data use."""
    found: set[str] = set(modules()) | FOREIGN
    for folder in (*PACKAGES, "tests", "docs/examples"):
        for path in (ROOT / folder).rglob("*.py"):
            if path == Path(__file__):
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                for field in ("id", "name", "attr", "arg"):
                    found.add(str(getattr(node, field, "")))
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.update(_NAME.findall(node.value))
    for file in [*(ROOT / "scenarios/data").glob("*.toml"), ROOT / "Makefile",
                 ROOT / "pyproject.toml", ROOT / "scenarios/data/facts.csv"]:  # fmt: skip
        found.update(_NAME.findall(file.read_text(encoding="utf-8")))
    return frozenset(found)


def resolves(dotted: str) -> bool:
    """Return whether a dotted name leads somewhere: module, then attributes; or one of a class."""
    parts = dotted.split(".")
    if parts[0] in HELD:
        return all(part in words() for part in parts)
    for n in range(len(parts), 0, -1):
        module = modules().get(".".join(parts[:n]))
        if module is not None:
            return _leads(importlib.import_module(module), parts[n:])
    return all(part in words() for part in parts)


def _leads(owner: object, parts: list[str]) -> bool:
    for place, part in enumerate(parts):
        if hasattr(owner, part):
            owner = getattr(owner, part)
        elif isinstance(owner, type):  # an attribute that only its instances have
            return all(rest in words() for rest in parts[place:])
        else:
            return False
    return True


def wrong(span: str) -> str:
    """Say what is wrong with a span; nothing if it resolves, or is no name at all."""
    if span.startswith("make "):
        target = span.split()[1]
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        return "" if re.search(rf"^{re.escape(target)}:", makefile, re.M) else "no such target"
    if (
        span in TO_MAKE
        or span.startswith("python -m scenarios ")
        or " " in span
        or span.startswith(("out/", "-"))
    ):
        return ""
    if _PATH.fullmatch(span) and ("/" in span or (ROOT / span).suffix == ".py"):
        made = span.count("/") == 1 and span.rstrip("/") in words()  # a folder that a run makes
        return "" if made or list(ROOT.glob(span.rstrip("/"))) else "no such file"
    if (ROOT / span).suffix in (".toml", ".csv", ".png", ".parquet", ".html", ".json"):
        made = ["daily", "monthly", "chart", "page", "manifest", "store"]
        return "" if span.split(".")[0] in made or list(ROOT.rglob(span)) else "no such file"
    if _DOTTED.fullmatch(span):
        return "" if resolves(span) else "leads nowhere"
    if _NAME.fullmatch(span):
        return "" if span in words() else "nothing is called so"
    return ""


@pytest.mark.parametrize("doc", DOCS)
def test_every_name_in_backticks_resolves(doc: str) -> None:
    found = {span: wrong(span) for span in spans((ROOT / doc).read_text(encoding="utf-8"))}
    assert found
    assert {span: why for span, why in found.items() if why} == {}


@pytest.mark.parametrize(
    ("span", "why"),
    [
        ("rules.visits", ""),
        ("agents.day.use.make_clips", ""),
        ("agents/day/use.py", ""),
        ("make test", ""),
        ("daily_active", ""),
        ("sora.free_quota_per_day", ""),
        ("rules.wisits", "leads nowhere"),
        ("agents.use.make_clips", "leads nowhere"),
        ("agents/use.py", "no such file"),
        ("make tests", "no such target"),
        ("dayly_active", "nothing is called so"),
    ],
)
def test_a_stale_name_is_found(span: str, why: str) -> None:
    assert wrong(span) == why
