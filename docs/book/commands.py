"""The page of commands: each with its arguments and options, and what stands behind their names."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import typer

import sim.graph.families  # noqa: F401  registers them
from docs.book.markdown import cell, code, table
from scenarios import first_lines
from scenarios.command.app import app
from sim.graph.catalogue import FAMILIES
from sim.plugins import REGISTERS


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command by name, as the command line itself has it."""
    group: Any = typer.main.get_command(app)
    yield from group.commands.items()


def _usage(name: str, command: Any) -> str:
    """Return how a command is called."""
    words = ["python -m scenarios", name]
    for one in command.params:
        if one.opts[0].startswith("-"):
            continue
        word = one.metavar or one.name.upper()
        words.append(word if one.required else f"[{word}]")
    return " ".join([*words, "[OPTIONS]"] if command.params else words)


def _default(one: Any) -> str:
    """Return what holds where an option is not given."""
    if one.required:
        return "must be given"
    if one.default is None or one.default is False or one.default == "":
        return ""
    many = isinstance(one.default, list | tuple)
    return code(" ".join(map(str, one.default)) if many else str(one.default))


def _options(command: Any) -> list[list[str]]:
    return [
        [
            "<br>".join(map(code, (*one.opts, *one.secondary_opts)))
            if one.opts[0].startswith("-")
            else code(one.metavar or one.name),
            code(one.metavar or "") if one.opts[0].startswith("-") else "",
            _default(one), cell(one.help or ""),
        ]
        for one in command.params
        if not one.hidden
    ]  # fmt: skip


def _first(function: Any) -> str:
    """Return the first line of what a function says of itself."""
    return (inspect.getdoc(function) or "").partition("\n")[0]


def _named(names: Mapping[str, Any]) -> str:
    return table(["name", "what it does"], [[code(n), cell(_first(f))] for n, f in names.items()])


def page() -> str:
    """Return the page."""
    parts = [
        "# Commands\n",
        "`python -m scenarios` and `clipmarket` are the same. Whatever is wrong with the input is "
        "answered by one line and exit code 2; a Ctrl-C ends with 130, and finished files stay.",
    ]
    for name, command in commands():
        help_text = " ".join((command.help or "").split())
        parts += [f"\n## `{name}`\n", f"{help_text}\n", f"```text\n{_usage(name, command)}\n```\n"]
        rows = _options(command)
        if rows:
            parts.append(table(["option", "takes", "default", "what it does"], rows))
    asked = [[code(name), cell(text)] for name, text in first_lines().items()]
    families = {name: one.build for name, one in FAMILIES.items()}
    parts += [
        "\n## Names\n", "### Scenarios\n", table(["name", "what it asks"], asked),
        "\n### Graphs\n", _named(families),
    ]  # fmt: skip
    for kind, register in REGISTERS.items():
        if register and kind == "strategy":
            parts += ["\n### Strategies\n", _named(register)]
    return "\n".join(parts) + "\n"
