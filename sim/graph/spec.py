"""How a graph is asked for: ``small_world(degree=10, rewire=0.1)``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sim.checks import short
from sim.config import Config
from sim.errors import ConfigError, unknown_name
from sim.graph.catalogue import is_ours
from sim.graph.families import FAMILIES
from sim.number_texts import plain_number

Value = int | float | str | list[int | float | str]

_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\((.*)\)\s*)?", re.DOTALL)


@dataclass(frozen=True)
class GraphSpec:
    """A family and its parameters, checked; ``str()`` gives the text that parses to it.

    Attributes
    ----------
    family
        Name in `FAMILIES`.
    parameters
        The family's parameter model.
    """

    family: str
    parameters: Config

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise unknown_name("graph", self.family, FAMILIES)
        wanted = FAMILIES[self.family].parameters
        if not isinstance(self.parameters, wanted):
            raise ConfigError(
                f"parameters of {self.family} are {type(self.parameters).__name__}: must be "
                f"{wanted.__name__}. Use parse_graph, which fits them together."
            )

    @property
    def is_ours(self) -> bool:
        """Whether the family ships with the machine, instead of standing in a user's own file."""
        return is_ours(FAMILIES[self.family].build)

    def __str__(self) -> str:
        """Return the printable spec, defaults included."""
        if self.family == "edges":
            return f"edges({self.parameters.model_dump()['path']})"
        given = self.parameters.model_dump(exclude_none=True).items()
        inside = ", ".join(f"{name}={_text(value)}" for name, value in given)
        return f"{self.family}({inside})" if inside else self.family


def _text(value: object) -> str:
    """Write the value of a parameter so that it is read back."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _usage(family: str) -> str:
    """Return how a family is written, with the names of its parameters."""
    fields = FAMILIES[family].parameters.model_fields
    return f"{family}({', '.join(fields)})" if fields else family


def make_spec(family: str, values: Mapping[str, Value]) -> GraphSpec:
    """Check the parameters of a family.

    Raises
    ------
    UnknownNameError
        If there is no such family.
    ConfigError
        If a parameter is unknown, missing or out of bounds.
    """
    if family not in FAMILIES:
        raise unknown_name("graph", family, FAMILIES)
    where = f"graph {_usage(family)}"
    return GraphSpec(family, FAMILIES[family].parameters.parse(dict(values), where))


def _items(inside: str) -> list[str]:
    """Part parameters at commas, but not at those within a list."""
    items: list[list[str]] = []
    within = False
    for part in inside.split(",") if inside else []:
        if within:
            items[-1].append(part)
        else:
            items.append([part])
        within = "]" not in part and (within or "[" in part)
    return [",".join(parts) for parts in items]


def _value(text: str) -> Value:
    if text.startswith("[") and text.endswith("]"):
        return [_plain(item.strip()) for item in text[1:-1].split(",") if text[1:-1].strip()]
    return _plain(text)


def _plain(text: str) -> int | float | str:
    try:
        plain = plain_number(text)
    except ValueError:
        return text.strip("'\"")
    try:
        return int(plain)
    except ValueError:
        return float(plain)


def parse_graph(text: str) -> GraphSpec:
    """Read a spec: a family, with parameters by name (or in order), or ``edges(path)``.

    Raises
    ------
    UnknownNameError
        If there is no such family.
    ConfigError
        If the text is no spec, or a parameter cannot be used.

    Examples
    --------
    >>> str(parse_graph("small_world(10)"))
    'small_world(degree=10, rewire=0.1)'
    """
    call = _CALL.fullmatch(text) if isinstance(text, str) else None
    if call is None:
        raise ConfigError(
            f"graph = {short(text)}: must be a family with parameters in parentheses. Write, say, "
            "small_world(degree=10, rewire=0.1) or edges(path/to/file.txt)."
        )
    family, inside = call[1], (call[2] or "").strip()
    if family not in FAMILIES:
        raise unknown_name("graph", family, FAMILIES)
    if family == "edges":
        path = inside.removeprefix("path=").strip().strip("'\"")
        return make_spec(family, {"path": path} if path else {})
    names = list(FAMILIES[family].parameters.model_fields)
    values: dict[str, Value] = {}
    named = False
    for place, item in enumerate(_items(inside)):
        name, equals, value = (part.strip() for part in item.partition("="))
        named = named or bool(equals)
        # As Python has it; else 1,5 after a name would be one and five.
        if not named and place < len(names):
            name, value = names[place], name
        if not name or not value or name in values:
            raise ConfigError(
                f"graph = {short(text)}: {short(item.strip())} must be name=value, each name once. "
                f"Write {_usage(family)}."
            )
        values[name] = _value(value)
    return make_spec(family, values)
