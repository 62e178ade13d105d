"""The book: the reference has everything that there is, and its pages lead where they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from docs.book import api, build, commands, metrics, parameters, sources
from scenarios import CATALOGUE, baseline
from scenarios.inputs.assumptions import load_inputs
from sim.config import Config, declared
from sim.interventions import Event, Opening
from sim.market_config import MarketConfig, Region, Segment
from sim.metrics import CATALOGUE as METRICS
from sim.platform_config import PlatformConfig, StrategyConfig

ROOT = Path(__file__).resolve().parent.parent
SETS: dict[str, type[Config]] = {
    "market": MarketConfig, "market.regions.REGION": Region, "market.segments.SEGMENT": Segment,
    "PLATFORM": PlatformConfig, "PLATFORM.strategies": StrategyConfig, "event:ID": Event,
    "event:ID.open": Opening,
}  # fmt: skip
_FIRST = re.compile(r"^\| (?:\[`?([^`\]]+)`?\]\{#([^}]+)\}|`([^`]+)`)", re.MULTILINE)


def rows(page: str) -> dict[str, str]:
    """Return the lines of all tables of a page by what their first cell names."""
    return {
        next(filter(None, _FIRST.match(line).groups())): line  # type: ignore[union-attr]
        for line in page.splitlines()
        if _FIRST.match(line)
    }


@cache
def of_parameters() -> dict[str, str]:
    return rows(parameters.page())


@pytest.mark.parametrize("prefix", SETS)
def test_every_parameter_stands_in_the_reference(prefix: str) -> None:
    """With its unit and its meaning; walked from the classes that a scenario is made of."""
    fields = SETS[prefix].model_fields
    assert fields
    for name, info in fields.items():
        line = of_parameters()[f"{prefix}.{name}"]
        assert declared(SETS[prefix], name)["unit"] in line, name
        assert (info.description or "").split("|")[0] in line, name


def test_the_reference_has_no_parameter_that_is_none() -> None:
    """A platform's parameters are its class's own; a group that is left out, or new, is noticed."""
    wanted = {f"{prefix}.{name}" for prefix, owner in SETS.items() for name in owner.model_fields}
    assert of_parameters().keys() == wanted


def test_every_value_of_the_baseline_stands_with_its_source() -> None:
    scenario = baseline.scenario()
    for path, source in scenario.sources.items():
        owner, _, rest = path.partition(".")
        if owner in scenario.platforms or owner == "market":
            kind = "market" if owner == "market" else "PLATFORM"
            line = of_parameters()[f"{kind}.{rest.partition('.')[0]}"]
            assert f"(sources.md#{source.lower()})" in line, path


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("market.n_users", "whole number from 1 to 2,000,000,000"),
        ("market.rate_shape", "number from 0.01, inf"),
        ("market.contagion", "share, count, threshold"),
        ("market.report_from", "date or none"),
        ("PLATFORM.invites_required", "true, false"),
    ],
)
def test_what_is_allowed_is_told_in_words(path: str, allowed: str) -> None:
    assert f"| {allowed} |" in of_parameters()[path]


def test_every_metric_stands_in_the_reference() -> None:
    found = rows(metrics.page())
    assert found.keys() == METRICS.keys()
    for name, one in METRICS.items():
        assert f"| {one.unit} |" in found[name]
        assert one.text in found[name]


def test_every_assumption_fact_and_event_stands_in_the_reference() -> None:
    inputs, found = load_inputs(), rows(sources.page())
    for name, one in inputs.assumptions.items():
        assert all(f"`{path}`" in found[name] for path in one.paths)
    assert inputs.facts.keys() <= found.keys()
    assert {event.id for event in baseline.scenario().events} <= found.keys()


def test_every_command_stands_with_its_options() -> None:
    sections = re.split(r"^## ", commands.page(), flags=re.MULTILINE)
    found = {text.partition("\n")[0].strip("`"): text for text in sections}
    for name, command in commands.commands():
        for one in command.params:
            told = [*one.opts] if one.opts[0].startswith("-") else [one.metavar or one.name]
            for option in told:
                assert f"`{option}`".replace("|", "\\|") in found[name], (name, option)
            assert one.help, (name, one.name)
    assert {"run", "sweep", "calibrate"} <= found.keys()
    assert all(f"| `{name}` |" in found["Names"] for name in CATALOGUE)


@pytest.mark.parametrize("key", api.PAGES)
def test_every_name_of_the_api_is_there_and_says_what_it_is(key: str) -> None:
    for module, given in api.PAGES[key][1].items():
        owner = sys.modules.get(module) or __import__(module, fromlist=["_"])
        for name in api.names(module, given):
            assert (getattr(owner, name).__doc__ or "").strip(), f"{module}.{name}"


def links(pages: Path) -> Iterator[tuple[Path, str]]:
    """Yield the page and the file of each link, and each entry of a list of pages."""
    for path in pages.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        for one in re.findall(r"\]\(([^)<#:]+\.(?:md|ipynb))[)#]", text):
            yield path, one
        for block in re.findall(r"```\{toctree\}\n(.*?)```", text, re.DOTALL):
            entries = [line for line in block.splitlines() if line and line[0] != ":"]
            yield from ((path, entry) for entry in entries)


def test_pages_are_laid_out_and_lead_to_pages(tmp_path: Path) -> None:
    """Documents keep their words; a name in backticks becomes a link, but not in code."""
    build.lay_out(tmp_path)
    found = list(links(tmp_path))
    assert len(found) > 100
    for page, link in found:
        start = tmp_path if link[0] == "/" else page.parent
        pattern = str((start / link.lstrip("/")).relative_to(tmp_path)) if ".." not in link else ""
        target = (start / link.lstrip("/")).resolve()
        there = target.is_file() or target.with_name(f"{target.name}.md").is_file()
        assert there or (pattern and list(tmp_path.glob(pattern))), (page, link)
    for page in build.documents():
        text = (tmp_path / page).read_text(encoding="utf-8")
        for picture in re.findall(r"!\[[^\]]*\]\(([^):]+)\)", text):
            assert (tmp_path / page).with_name(picture).is_file(), (page, picture)
    assert len(list(tmp_path.glob("notebooks/*.ipynb"))) == len(build.notebooks())


def test_names_of_documents_become_links_outside_of_code() -> None:
    pages = {"ODD": "explanation/ODD.md", "01_first_market": "notebooks/01_first_market.ipynb"}
    text = (
        "See `docs/ODD.md`, `notebooks/01_first_market.ipynb`, `NONE.md`.\n```\n`docs/ODD.md`\n```"
    )
    assert build.linked(text, pages) == (
        "See [`docs/ODD.md`](/explanation/ODD.md), "
        "[`notebooks/01_first_market.ipynb`](/notebooks/01_first_market.ipynb), `NONE.md`.\n"
        "```\n`docs/ODD.md`\n```"
    )


def test_every_document_has_a_place_in_the_book() -> None:
    """Also one that is new: what explains, unless it is said to be something else."""
    placed = {path: page.partition("/")[0] for page, path in build.documents().items()}
    assert placed.keys() >= set((ROOT / "docs").glob("*.md"))
    assert placed[ROOT / "docs/SCENARIOS.md"] == "howto"
    assert placed[ROOT / "docs/ODD.md"] == "explanation"
    lists = {page.stem: page.read_text(encoding="utf-8") for page in build.BOOK.glob("*.md")}
    for page in build.documents():
        part = page.partition("/")[0]
        assert f"{part}/*" in lists[part] or page.removesuffix(".md") in lists[part], page


def told() -> list[tuple[str, str]]:
    """Return the commands that the tutorial tells a reader to give, with their page."""
    found = []
    for path in sorted((ROOT / "docs/book/tutorial").glob("*.md")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("python -m scenarios "):
                found.append((path.stem, line))
    return found


@pytest.mark.parametrize(("page", "line"), told())
def test_the_tutorial_gives_commands_that_exist(page: str, line: str) -> None:
    known = dict(commands.commands())
    name, *words = shlex.split(line)[3:]
    options = {option for one in known[name].params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_each_of_the_five_steps_of_the_tutorial_gives_a_command() -> None:
    assert len({page for page, _ in told()}) == 5


def test_the_pins_of_sphinx_are_kept() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[><=]", one)[0] for one in project["optional-dependencies"]["docs"]}
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert wanted <= {line.partition("==")[0] for line in pinned}


#: Builds the book where nothing can be asked of the net.
_OFFLINE = """
import socket, sys
def refuse(*_):
    raise OSError("no network")
socket.socket.connect = socket.getaddrinfo = refuse
from pathlib import Path
from docs.book.build import build
sys.exit(build(Path(sys.argv[1])))
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("sphinx") is None, reason="make docs installs Sphinx")
def test_the_book_builds_without_a_warning_or_a_network(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _OFFLINE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    html = tmp_path / "html"
    assert (html / "index.html").is_file()
    assert 'id="a16"' in (html / "reference/sources.html").read_text(encoding="utf-8")
    assert "Market.run" in (html / "reference/api/market.html").read_text(encoding="utf-8")
    loaded = r'<(?:script|link|img)[^>]*(?:src|href)="https?://'
    for page in html.rglob("*.html"):
        assert not re.search(loaded, page.read_text(encoding="utf-8")), page


@pytest.mark.slow
@pytest.mark.skipif(find_spec("sphinx") is None, reason="make docs installs Sphinx")
def test_a_link_that_leads_nowhere_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made = build.generated()
    made["reference/metrics.md"] += "\n[nowhere](no_such_page.md)\n"
    monkeypatch.setattr(build, "generated", lambda: made)
    assert build.build(tmp_path) != 0
    assert "no_such_page" in capfd.readouterr().err


@pytest.mark.slow
def test_the_commands_of_the_tutorial_run(tmp_path: Path) -> None:
    """As they stand, one after the other, in an empty folder, with a reader's settings."""
    own = ROOT / "docs/book/tutorial/ten_clips.py"
    (tmp_path / own.name).write_bytes(own.read_bytes())
    env = {k: v for k, v in os.environ.items() if not k.startswith("CLIPMARKET_")}
    for page, line in told():
        done = subprocess.run(
            [sys.executable, *shlex.split(line)[1:]], cwd=tmp_path, capture_output=True, text=True,
            env={**env, "PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (page, line, done.stderr)
