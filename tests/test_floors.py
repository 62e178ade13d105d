"""The house stands on its floors: notebooks, tests → scenarios → agents → sim."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Beyond, a file has a second idea inside.
MOST_LINES = 300
PACKAGES = ("sim", "agents", "scenarios")
#: What each floor may import of this project.
ALLOWED = {
    "sim": {"sim"},
    "agents": {"agents", "sim"},
    "scenarios": {"scenarios", "agents", "sim"},
    "tests": {"tests", "scenarios", "agents", "sim"},
    "notebooks": {"scenarios", "agents", "sim"},
}
#: Libraries that cost time to load: `import sim` does without them.
HEAVY = ("matplotlib", "mesa", "networkx", "numba", "pandas", "pyarrow", "scipy")

# Platforms are data: only scenarios knows their names. Words are split at underscores and capitals,
# so that OpenAI, open_ai and sora2 are found, and a word that merely contains "veo" is not.
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PLATFORM = re.compile(r"(?<![a-z])(sora|veo|open_?ai|google)(?![a-z])", re.IGNORECASE)

#: Public names that stand twice, and why they may.
SAME_NAME = {
    "Array": "types in annotations: any column, and a metric by day and platform",
    "BLOCK": "users looked at together, by the scan and by those who are awake",
    "COLUMNS": "each table has its own",
    "FORMAT": "each kind of file has its own mark",
    "Floats": "types in annotations: with plain numbers, and arrays alone",
    "IntArray": "types in annotations, equal; the ledger has nothing else of a graph",
    "Replicates": "what runs them, and the option that says how many",
    "Status": "of a user on a platform, and of a run",
    "Twin": "of a market, in expectation, and of a graph, of the same degrees",
    "Users": "the population, and the option that says how many",
    "WORDS": "numbers a 32-bit word can hold, and what a row of the index says of its run",
}


def modules(*floors: str) -> list[Path]:
    """Return the Python files of the floors, relative to the project."""
    return sorted(
        path.relative_to(ROOT) for floor in floors for path in (ROOT / floor).rglob("*.py")
    )


def trees(path: Path) -> Iterator[ast.AST]:
    """Yield the syntax tree of a module, or of each code cell of a notebook."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        yield ast.parse(text, str(path))
        return
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            lines = "".join(cell["source"]).splitlines()
            # IPython's own lines (%magic, !shell) are no Python and import nothing.
            yield ast.parse("\n".join("" if line[:1] in "%!" else line for line in lines))


def imports(tree: ast.AST) -> Iterator[tuple[str, int, int]]:
    """Yield (module, level, line) of every import, wherever it stands; level > 0 is relative."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, 0, node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.level, node.lineno
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", ""))
            in {"import_module", "__import__"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            name = str(node.args[0].value)
            yield name.lstrip("."), len(name) - len(name.lstrip(".")), node.lineno


def broken_floors(floor: str, tree: ast.AST) -> list[str]:
    """Return one line for each import that reaches up or is relative."""
    found = []
    for name, level, line in imports(tree):
        if level:
            found.append(f"line {line}: relative import; write {floor}.… in full")
        top = name.partition(".")[0]
        if top in ALLOWED and top not in ALLOWED[floor]:
            found.append(f"line {line}: {floor} must not import {name}")
    return found


def platform_names(tree: ast.AST) -> list[str]:
    """Return one line for each string or name in the code that holds a platform's name.

    A string that stands alone as a statement is documentation and may speak of platforms; comments
    are not in the tree at all.
    """
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in documentation:
            continue
        for _, value in ast.iter_fields(node):
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str) and _PLATFORM.search(_CAPITAL.sub("_", text)):
                    found.append(f"line {getattr(node, 'lineno', '?')}: {text!r}")
    return found


@pytest.mark.parametrize("path", modules(*PACKAGES, "tests"), ids=str)
def test_imports_go_down(path: Path) -> None:
    """Also inside functions and under TYPE_CHECKING: a Protocol says what the floor above is."""
    for tree in trees(path):
        assert broken_floors(path.parts[0], tree) == []


def test_notebooks_import_the_packages_and_no_tests() -> None:
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            for tree in trees(path.relative_to(ROOT)):
                assert broken_floors("notebooks", tree) == [], path.name


@pytest.mark.parametrize("path", modules("sim", "agents"), ids=str)
def test_machine_and_agents_know_no_platform_by_name(path: Path) -> None:
    assert not _PLATFORM.search(str(path))
    for tree in trees(path):
        assert platform_names(tree) == [], "platforms are data: name them in scenarios/ only"


@pytest.mark.parametrize(
    "code",
    [
        "import scenarios",
        "import agents.people.users as users",
        "from agents import User",
        "def f():\n    from scenarios.inputs.facts import load_facts",
        "if TYPE_CHECKING:\n    from agents.people.users import Users",
        "importlib.import_module('agents.people.users')",
        "from . import rng",
        "from .rng import draw",
    ],
)
def test_an_import_that_breaks_the_floors_is_found(code: str) -> None:
    """The test above is only worth something if it can fail."""
    assert len(broken_floors("sim", ast.parse(code))) == 1


@pytest.mark.parametrize(
    ("code", "n_found"),
    [
        ("x = 'sora'", 1),
        ("x = f'{day} on Veo3'", 1),
        ("OPENAI_COST = 1", 1),
        ("class OpenAIStrategy: pass", 1),
        ("def google_push(): pass", 1),
        ("f(sora=1)", 1),
        ("def f(veo): return 1", 1),
        ("state.sora_cash", 1),
        ("'''Talks about Sora.'''", 0),
        ("def f():\n    '''Sora.'''", 0),
        ("x = 1  # as Google does", 0),
        ("alveolar = 'professorate'", 0),
    ],
)
def test_a_platform_name_in_the_code_is_found(code: str, n_found: int) -> None:
    assert len(platform_names(ast.parse(code))) == n_found


def defined(path: Path) -> Iterator[str]:
    """Yield the public classes and constants that a module makes itself."""
    for node in next(trees(path)).body:  # type: ignore[attr-defined]
        if isinstance(node, ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [one.id for one in node.targets if isinstance(one, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            continue
        yield from (name for name in names if name[0].isupper() and len(name) > 1)


def doubles(pairs: Iterable[tuple[str, Path]]) -> dict[str, list[str]]:
    """Return what stands at more than one place, with the places."""
    found: dict[str, list[str]] = {}
    for name, path in pairs:
        found.setdefault(name, []).append(str(path))
    return {name: places for name, places in sorted(found.items()) if len(places) > 1}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_modules_of_a_package_have_one_name(package: str) -> None:
    """Whoever looks for a module by its name finds it, whatever room it is in."""
    paths = (path for path in modules(package) if path.name != "__init__.py")
    assert doubles((path.name, path) for path in paths) == {}


def test_no_public_name_has_two_meanings() -> None:
    """Constants of the questions are left out: each is a table of one shape, with rows alike."""
    found = doubles(
        (name, path)
        for path in modules(*PACKAGES)
        for name in defined(path)
        if not (path.parent == Path("scenarios") and name.isupper())
    )
    assert found.keys() == SAME_NAME.keys(), found


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("class Graph: pass", ["Graph"]),
        ("MOST = 3", ["MOST"]),
        ("Floats: TypeAlias = float", ["Floats"]),
        ("from sim.graph import Graph", []),
        ("T = TypeVar('T')", []),
        ("_MOST = 3\nlimit = 2\ndef Function(): pass", []),
    ],
)
def test_a_name_that_is_made_is_found(code: str, names: list[str], tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(code)
    assert list(defined(path)) == names


@pytest.mark.parametrize("module", ["sim", "scenarios.command.app"])
def test_importing_loads_no_heavy_library(module: str) -> None:
    """Half a second is too long to wait; what is heavy loads when it is first used."""
    code = f"import {module}, sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


@pytest.mark.parametrize("module", PACKAGES)
def test_a_warning_from_our_own_code_is_an_error(module: str) -> None:
    """The pytest settings do this; a typing error in them would go unnoticed."""
    for name in (module, f"{module}.part"):
        with pytest.raises(DeprecationWarning):
            warnings.warn_explicit("old", DeprecationWarning, f"{name}.py", 1, module=name)


@pytest.mark.filterwarnings("ignore:old:DeprecationWarning:simpy")
def test_a_warning_inside_a_library_is_no_error() -> None:
    warnings.warn_explicit("old", DeprecationWarning, "simpy.py", 1, module="simpy")


def run_time_imports(node: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield the names that each import may mean, wherever it stands, if it is done in a run.

    What stands under TYPE_CHECKING is for the reader of types.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name,) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from ((f"{child.module}.{a.name}", f"{child.module}") for a in child.names)
        yield from run_time_imports(child)


def module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions count: a lazy circle is one all the same."""
    files = {module_name(path): path for path in modules(*PACKAGES)}
    graph: nx.DiGraph[str] = nx.DiGraph()
    for module, path in files.items():
        for tree in trees(path):
            for names in run_time_imports(tree):
                found = next((name for name in names if name in files), module)
                if found != module:
                    graph.add_edge(module, found)
    assert graph.number_of_edges() > len(files)
    assert [sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1] == []


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=str)
def test_a_file_holds_one_idea(path: Path) -> None:
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=str)
def test_no_check_is_switched_off_by_an_option_of_python(path: Path) -> None:
    """``python -O`` leaves out every ``assert``; a check that matters raises an error."""
    for tree in trees(path):
        for node in ast.walk(tree):
            assert not isinstance(node, ast.Assert), f"line {node.lineno}"
            assert not (isinstance(node, ast.Name) and node.id == "__debug__"), node.lineno


@pytest.mark.parametrize(
    "path",
    [path for path in modules(*PACKAGES) if path.parts[:2] != ("scenarios", "command")],
    ids=str,
)
def test_only_the_command_speaks_of_its_options(path: Path) -> None:
    """A notebook has no ``--users``; the command adds its options where it passes a message on."""
    for tree in trees(path):
        said = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        documentation = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(
            n, ast.Module | ast.ClassDef | ast.FunctionDef)}  # fmt: skip
        flags = [t for t in said if t not in documentation and re.search(r"(?<!\S)\(?--[a-z]+", t)]
        assert [t for t in flags if t != "--porcelain"] == []
