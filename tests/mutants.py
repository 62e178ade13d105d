"""Do the tests notice when the model is wrong? Change one thing at a time, and see which fail.

``make mutants`` (``python -m tests.mutants``) changes a sign, an operator, a comparison or a
constant of the files below, one at a time and in memory only, runs fast tests against each mutant
with compilation switched off, and writes docs/MUTANTS.md. A mutant is caught by the first test that
fails (or hangs, or cannot be imported); it meets only tests that run the changed function, the
quickest first. Mutants that no test can catch, since they compute the
same, are named in `tests/mutants_equivalent.py` with the reason.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "MUTANTS.md"
_OF_AGENTS = "tests/agents"
#: Tests of each file, the likeliest to notice first.
TARGETS: dict[str, tuple[str, ...]] = {
    file: tuple(f"{_OF_AGENTS}/test_{name}.py" for name in names)
    for file, names in {
        "agents/day/rules.py": ("rules", "choice", "histories", "tiring"),
        "agents/day/choice.py": ("choice", "rules", "histories"),
        "agents/day/sight.py": ("rules", "choice", "histories", "staying"),
        "agents/day/attention.py": ("attention",),
        "agents/day/staying.py": ("staying", "rules", "offer"),
        "agents/day/creating.py": ("creating", "attention", "rules"),
        "agents/platforms/exposure.py": ("exposure", "histories"),
        "agents/platforms/ledger.py": ("ledger", "histories"),
        "agents/platforms/rounding.py": ("ledger",),
    }.items()
}
TARGETS["sim/season.py"] = ("tests/sim/test_season.py",)
#: A mutant that has not failed by then hangs: the tests of one file take a few seconds.
TIMEOUT_SECONDS = 60
_ENVIRONMENT = {
    "NUMBA_DISABLE_JIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
_PYTEST = ("-q", "-p", "no:cacheprovider", "-m", "not slow")
_OVERRIDE = ("-o", "addopts=--import-mode=importlib --strict-markers", "-o", "filterwarnings=")

_OPERATORS: dict[type[ast.AST], type[Any]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
#: A comparison is moved by its boundary, and turned around.
_COMPARISONS: dict[type[ast.AST], tuple[type[Any], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
_NAMES = {"min": "max", "max": "min"}
#: Types, texts of errors and decorators compute nothing.
_SKIPPED_FIELDS = ("annotation", "returns", "decorator_list")
_SKIPPED_NODES = (ast.Raise, ast.JoinedStr)


class Mutant(NamedTuple):
    """One change of one file."""

    file: str
    line: int
    function: str  # qualified name, or of the class
    in_function: bool
    name: str
    apply: Callable[[], Any]
    tree: ast.Module


class Outcome(NamedTuple):
    """What became of a mutant: "caught", "survived"; and the test that failed first."""

    status: str
    test: str


def changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Yield the changes of one node as (field, new value)."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        if type(node.op) in _OPERATORS:
            yield "op", _OPERATORS[type(node.op)]()
    elif isinstance(node, ast.Compare):
        for other in _COMPARISONS.get(type(node.ops[0]), ()):
            yield "ops", [other(), *node.ops[1:]]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "op", ast.UAdd()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "op", ast.UAdd()  # +x is x, as far as truth goes
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "value", not node.value
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield "value", node.value + 1
    elif isinstance(node, ast.Name) and node.id in _NAMES:
        yield "id", _NAMES[node.id]


def mutants(file: str, source: str) -> list[Mutant]:
    """Return all mutants of a file; each changes the same tree in place, once applied."""
    tree = ast.parse(source)
    found: list[Mutant] = []
    seen: Counter[str] = Counter()

    def visit(node: ast.AST, inside: str, shown: ast.AST, runs: bool) -> None:
        if isinstance(node, _SKIPPED_NODES):
            return
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            inside = f"{inside}.{node.name}" if inside else node.name
            runs = isinstance(node, ast.FunctionDef)
        for field, value in changes(node):
            whole = shown if isinstance(node, ast.Constant | ast.Name) else node
            old, before = getattr(node, field), _text(whole)
            setattr(node, field, value)
            name = f"{inside or 'module'}: {before} → {_text(whole)}"
            setattr(node, field, old)
            seen[name] += 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            line = getattr(node, "lineno", 0)
            found.append(Mutant(file, line, inside, runs, name, _setter(node, field, value), tree))
        for field, value in ast.iter_fields(node):
            if field in _SKIPPED_FIELDS:
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    visit(child, inside, node, runs)

    visit(tree, "", tree, False)
    return found


def _setter(node: ast.AST, field: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(node, field, value)


def _text(node: ast.AST) -> str:
    """Write a node in one line: of a statement with a body, its head alone."""
    text = ast.unparse(ast.fix_missing_locations(node))
    return " ".join(text.split("\n")[0].split()).rstrip(":")[:140]


class Instead(MetaPathFinder, Loader):
    """Import hook: one module's code is replaced."""

    def __init__(self, module: str, path: Path, code: CodeType) -> None:
        self.module, self.path, self.code = module, path, code

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Answer for the module alone."""
        if name != self.module:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def create_module(self, spec: Any) -> None:
        """Leave the making of the module to Python."""

    def exec_module(self, module: Any) -> None:
        """Run the mutant's code."""
        exec(self.code, module.__dict__)


class FirstFailure:
    """Pytest plugin: remember which test failed first."""

    test = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the first failure."""
        if report.failed and not self.test:
            self.test = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        """Keep a file that cannot be imported."""
        if report.failed and not self.test:
            self.test = f"{report.nodeid} (import)"


class WhoRunsWhat(FirstFailure):
    """Pytest plugin: which functions of a file each test runs, and how long it takes."""

    def __init__(self, file: str) -> None:
        self.file = str(ROOT / file)
        self.functions: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Any:
        """Watch every call during one test, its fixtures included."""
        ran: set[str] = set()

        def watch(frame: Any, event: str, _: Any) -> None:
            if event == "call" and frame.f_code.co_filename == self.file:
                ran.add(frame.f_code.co_qualname)

        began = time.perf_counter()
        sys.setprofile(watch)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            self.functions[item.nodeid] = sorted(ran)
            self.seconds[item.nodeid] = time.perf_counter() - began


def in_child(work: Callable[[], Any]) -> tuple[int, int]:
    """Start a silent process that writes what its work returns; give its id, and where to read."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            with os.fdopen(write, "w") as pipe:
                json.dump(work(), pipe)
        finally:
            os._exit(0)
    os.close(write)
    return pid, read


def answer(read: int) -> Any:
    """Read what a process wrote; None if it was ended before."""
    with os.fdopen(read) as pipe:
        text = pipe.read()
    return json.loads(text) if text else None


def test_map(file: str) -> tuple[dict[str, list[str]], str]:
    """Return, for each function of a file, the tests that run it, quickest first; and a failure."""

    def work() -> Any:
        watcher = WhoRunsWhat(file)
        pytest.main([*_PYTEST, *_OVERRIDE, *TARGETS[file]], plugins=[watcher])
        return watcher.functions, watcher.seconds, watcher.test

    pid, read = in_child(work)
    os.waitpid(pid, 0)
    functions, seconds, failed = answer(read) or ({}, {}, "the run")
    quickest = sorted(functions, key=lambda test: seconds[test])
    by_function: dict[str, list[str]] = {"": quickest}
    for test in quickest:
        for function in functions[test]:
            by_function.setdefault(function, []).append(test)
    return by_function, failed


def run_tests(mutant: Mutant, tests: list[str]) -> tuple[str, str]:
    """Run tests against a mutant until one fails."""
    if not tests:
        return "survived", ""
    signal.alarm(TIMEOUT_SECONDS)
    path = ROOT / mutant.file
    module = mutant.file.removesuffix(".py").replace("/", ".")
    mutant.apply()
    code = compile(ast.fix_missing_locations(mutant.tree), str(path), "exec")
    sys.meta_path.insert(0, Instead(module, path, code))
    first = FirstFailure()
    status = pytest.main(["-x", *_PYTEST, *_OVERRIDE, *tests], plugins=[first])
    return ("survived", "") if status == pytest.ExitCode.OK else ("caught", first.test)


def load_all_but_agents() -> None:
    """Import once what every mutant needs, so that each process only imports what it changes."""
    import mesa  # noqa: F401
    import networkx  # noqa: F401
    import numba  # noqa: F401
    import pandas  # noqa: F401
    import scipy.sparse.csgraph
    import scipy.special
    import scipy.stats  # noqa: F401

    assert not any(name.split(".")[0] == "agents" for name in sys.modules)


def hunt(
    chosen: list[Mutant], tests: dict[str, dict[str, list[str]]], workers: int
) -> list[Outcome]:
    """Run the tests against every mutant, some at a time; return outcomes in order.

    A mutant of a function meets the tests that run it; one outside functions meets all.
    """
    outcomes: dict[int, Outcome] = {}
    running: dict[int, tuple[int, int]] = {}
    waiting = list(range(len(chosen)))
    while waiting or running:
        while waiting and len(running) < workers:
            i = waiting.pop(0)
            mutant, of_file = chosen[i], tests[chosen[i].file]
            inside = mutant.function if mutant.in_function else ""
            # What runs only while a module is imported is run by no test, and so by all.
            meets = of_file.get(inside) or of_file[""]
            pid, read = in_child(lambda m=mutant, t=meets: run_tests(m, t))
            running[pid] = (i, read)
        pid, _ = os.wait()
        i, read = running.pop(pid)
        # No answer: the process hung, and its alarm ended it.
        outcomes[i] = Outcome(*(answer(read) or ("caught", "(no end)")))
        if sys.stderr.isatty():
            print(f"\r{len(outcomes)} of {len(chosen)}", end="", file=sys.stderr)
    return [outcomes[i] for i in range(len(chosen))]


def page(chosen: list[Mutant], outcomes: list[Outcome], equivalent: dict[str, str]) -> str:
    """Return docs/MUTANTS.md."""
    lines = [
        "# Mutants",
        "",
        "Written by `make mutants`; do not edit. One sign, operator, comparison or constant is "
        "changed at a time, all of them, and the first test that fails catches the mutant. An "
        "equivalent mutant computes the same; each is named below with the reason, and does not "
        "count.",
        "",
        "| file | mutants | equivalent | caught | survived | share caught |",
        "|---|---|---|---|---|---|",
    ]
    pairs = list(zip(chosen, outcomes, strict=True))
    for file in (*TARGETS, None):
        mine = [(m, o) for m, o in pairs if file in (None, m.file)]
        same = sum(key(m) in equivalent for m, _ in mine)
        caught = sum(o.status == "caught" for m, o in mine if key(m) not in equivalent)
        n = len(mine) - same
        share = f"{caught / n:.1%}" if n else "-"
        lines.append(
            f"| {file or '**all**'} | {len(mine)} | {same} | {caught} | {n - caught} | {share} |"
        )
    by_test = Counter(
        o.test.partition("::")[0] or "(import)" for _, o in pairs if o.status == "caught"
    )
    lines += ["", "Caught first by: " + ", ".join(f"{t} {n}" for t, n in by_test.most_common())]
    survivors = [m for m, o in pairs if o.status == "survived" and key(m) not in equivalent]
    lines += ["", "## Survivors", ""]
    lines += [f"- {m.file}:{m.line} `{m.name}`" for m in survivors] or ["None."]
    lines += ["", "## Equivalent", ""]
    lines += [f"- {m.file}:{m.line} `{m.name}`: {equivalent[key(m)]}"
              for m, _ in pairs if key(m) in equivalent] or ["None."]  # fmt: skip
    return "\n".join(lines) + "\n"


def key(mutant: Mutant) -> str:
    """Return what names a mutant wherever its line moves."""
    return f"{mutant.file} {mutant.name}"


def main() -> None:
    """Hunt all mutants, or those of some files, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("files", nargs="*", default=list(TARGETS), help="files to change")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="mutants whose name holds this text")
    given = parser.parse_args()
    if os.environ.get("NUMBA_DISABLE_JIT") != "1":
        os.execve(sys.executable, [sys.executable, "-m", "tests.mutants", *sys.argv[1:]],
                  {**os.environ, **_ENVIRONMENT})  # fmt: skip
    from tests.mutants_equivalent import EQUIVALENT

    began = time.monotonic()
    os.chdir(ROOT)
    load_all_but_agents()
    tests = {}
    for file in given.files:
        tests[file], failed = test_map(file)
        if failed:
            sys.exit(f"{failed} fails without any mutant: mend it first.")
    everything = [m for f in given.files for m in mutants(f, (ROOT / f).read_text("utf-8"))]
    unknown = set(EQUIVALENT) - {key(m) for m in everything}
    if unknown and given.files == list(TARGETS):
        sys.exit("no such mutant any more: " + "\n".join(sorted(unknown)))
    chosen = [m for m in everything if given.only in m.name]
    outcomes = hunt(chosen, tests, given.workers)
    wrong = [key(m) for m, o in zip(chosen, outcomes, strict=True)
             if key(m) in EQUIVALENT and o.status == "caught"]  # fmt: skip
    text = page(chosen, outcomes, EQUIVALENT)
    print(text)
    print(f"{len(chosen)} mutants in {time.monotonic() - began:.0f} s")
    if len(chosen) == len(everything) and given.files == list(TARGETS):
        PAGE.write_text(text, encoding="utf-8")
    if wrong:
        sys.exit("named as equivalent, yet caught: " + "; ".join(wrong))


if __name__ == "__main__":
    main()
