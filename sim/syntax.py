"""What a source does, without its words: the syntax tree less docstrings, comments and messages."""

from __future__ import annotations

import ast
import hashlib
import inspect
import marshal
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from sim.collection import no_collection

#: Methods that only show an object.
_SHOWING = ("__repr__", "_repr_html_")
#: Parts of a tree that change no result: what is raised, why an assertion failed, annotations of
#: functions, and whether a name is read or written (its place says that already).
_WORDS = {
    "Raise": ("exc", "cause"),
    "Assert": ("msg",),
    "FunctionDef": ("returns",),
    "AsyncFunctionDef": ("returns",),
    "arg": ("annotation",),
    **dict.fromkeys(("Name", "Attribute", "Subscript", "Starred", "Tuple", "List"), ("ctx",)),
}


def parse(source: str | bytes) -> ast.Module:
    """Return the syntax tree of a source."""
    with no_collection():
        return ast.parse(source)


def digest(
    tree: ast.Module,
    without: Collection[str] = (),
    texts: Mapping[str, int] = MappingProxyType({}),
) -> str:
    """Return the hash of what a source does, the same on every version of Python.

    Sources have one digest if they differ only in layout, comments, docstrings, annotations of
    functions, in what they raise, and in how objects are shown.

    Parameters
    ----------
    without
        Names of decorators: functions that have one are left out.
    texts
        Functions and classes that are told what a thing means, and the place of that text among
        what they are given (or ``text=``): it is left out. In the body of a class it is the place
        within each member.
    """
    text: list[str] = []
    described = {id(part) for node in ast.walk(tree) for part in _texts(node, texts)}
    _write(tree, text, without, described)
    return hashlib.sha256("\n".join(text).encode()).hexdigest()


@cache
def function_digest(function: Callable[..., Any]) -> str:
    """Return the digest of one function: of its source, or of its bytecode if there is none."""
    try:
        source = inspect.getsource(function)
    except OSError:
        return hashlib.sha256(marshal.dumps(function.__code__)).hexdigest()
    return digest(parse(textwrap.dedent(source)))


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield what is imported when a module is loaded: modules, and names that may be modules."""
    waiting: list[ast.AST] = [*tree.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.If) and _is_for_types(node):
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
            waiting += ast.iter_child_nodes(node)


def _texts(node: ast.AST, places: Mapping[str, int]) -> Iterator[ast.expr]:
    """Yield the strings in a node that only describe."""
    given: list[ast.expr] = []
    if isinstance(node, ast.Call) and _name(node.func) in places:
        given = node.args[places[_name(node.func)] :][:1]
        given += [word.value for word in node.keywords if word.arg == "text"]
    elif isinstance(node, ast.ClassDef) and node.name in places:
        for member in (part.value for part in node.body if isinstance(part, ast.Assign)):
            told = member.elts if isinstance(member, ast.Tuple) else [member]
            given += told[places[node.name] :][:1]
    for text in given:
        if isinstance(text, ast.JoinedStr) or isinstance(getattr(text, "value", None), str):
            yield text


def _write(
    node: ast.AST, text: list[str], without: Collection[str], described: Collection[int]
) -> None:
    kind = type(node).__name__
    words = _WORDS.get(kind, ())
    text.append(kind)
    for field in node._fields:
        value = getattr(node, field, None)
        # Python's versions differ in fields that are empty nearly always.
        if field in words or value is None or value == []:
            continue
        text.append(field)
        parts: Sequence[Any] = value if isinstance(value, list) else (value,)
        for part in parts:
            if not isinstance(part, ast.AST):
                text.append(repr(part))
            elif id(part) not in described and not _is_left_out(part, without):
                _write(part, text, without, described)
        text.append("end")


def _is_left_out(node: ast.AST, without: Collection[str]) -> bool:
    """Return whether a statement changes no result, or is one of those not asked for."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.FunctionDef):
        return node.name in _SHOWING or any(_name(d) in without for d in node.decorator_list)
    return _is_for_types(node)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING"


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
