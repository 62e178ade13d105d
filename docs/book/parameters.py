"""The page of parameters: each with path, unit, what is allowed, and where its value is from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from docs.book.markdown import cell, code, linked, table, target
from scenarios import baseline
from scenarios.inputs.assumptions import load_inputs
from sim.config import Config, declared
from sim.interventions import Event, Opening
from sim.market_config import MarketConfig, Region, Segment
from sim.platform_config import GROUPS, PlatformConfig, StrategyConfig
from sim.scenario import Scenario

#: What stands in a path for the name of a platform, and the like.
PLATFORM, REGION, SEGMENT, EVENT = "PLATFORM", "REGION", "SEGMENT", "ID"
#: Every set of parameters with the beginning of its paths.
OWNERS: tuple[tuple[str, type[Config]], ...] = (
    ("market", MarketConfig),
    (f"market.regions.{REGION}", Region),
    (f"market.segments.{SEGMENT}", Segment),
    *((PLATFORM, group) for group in GROUPS),
    (PLATFORM, PlatformConfig),
    (f"{PLATFORM}.strategies", StrategyConfig),
    (f"event:{EVENT}", Event),
    (f"event:{EVENT}.open", Opening),
)
_BOUNDS = (
    ("ge", "from {}"),
    ("gt", "above {}"),
    ("le", "to {}"),
    ("multiple_of", "in steps of {}"),
)
_KINDS = {bool: "true, false", str: "text", int: "whole number", float: "number"}


@dataclass(frozen=True)
class Parameter:
    """One parameter, as it was declared.

    Parameters
    ----------
    path
        How it is set, with PLATFORM and the like in place of names.
    owner, field
        Where it is declared.
    """

    path: str
    owner: type[Config]
    field: str

    @property
    def unit(self) -> str:
        """Its unit in words."""
        return str(declared(self.owner, self.field).get("unit", ""))

    @property
    def text(self) -> str:
        """What it means."""
        return self.owner.model_fields[self.field].description or ""

    @property
    def is_fixed(self) -> bool:
        """Whether no event can change it."""
        return bool(declared(self.owner, self.field).get("fixed"))

    @property
    def allowed(self) -> str:
        """What it may be: names, or the kind and the range of a number."""
        info = self.owner.model_fields[self.field]
        text = _kind(info.annotation)
        bounds = [
            how.format(written(getattr(one, bound)))
            for bound, how in _BOUNDS
            for one in info.metadata
            if getattr(one, bound, None) is not None
        ]
        if bounds:
            text = f"{text} {' '.join(bounds)}"
        return f"{text}, inf" if declared(self.owner, self.field).get("endless") else text

    @property
    def default(self) -> str:
        """What holds if nothing is said."""
        info = self.owner.model_fields[self.field]
        return "must be given" if info.is_required() else written(info.default)


def _kind(wanted: Any) -> str:
    """Return in words which values an annotation takes."""
    origin = get_origin(wanted)
    if origin is Literal:
        return ", ".join(map(str, get_args(wanted)))
    if origin in (Union, UnionType):
        return " or ".join("none" if one is NoneType else _kind(one) for one in get_args(wanted))
    if origin is dict:
        return f"table of {_kind(get_args(wanted)[1])}"
    if origin is tuple:
        return f"list of {_kind(get_args(wanted)[0])}"
    return _KINDS.get(wanted, getattr(wanted, "__name__", str(wanted)).lower())


def written(value: Any) -> str:
    """Return a value as a scenario file has it; of long tables and lists only how long they are."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isinf(value):
        return "inf"
    if isinstance(value, int | float):
        return f"{value:,.0f}" if value == int(value) else f"{value:,.6g}"
    if isinstance(value, Mapping | tuple):
        return f"{len(value)} entries" if value else "empty"
    return str(value) or "empty"


def parameters() -> Iterator[Parameter]:
    """Yield every parameter of the model, once: a platform has those of its groups, and its own."""
    seen = set()
    for prefix, owner in OWNERS:
        for field in owner.model_fields:
            path = f"{prefix}.{field}"
            if path not in seen:
                seen.add(path)
                yield Parameter(path, owner, field)


def sources_of(parameter: Parameter, scenario: Scenario) -> list[tuple[str, str]]:
    """Return path and id of each fact or assumption that sets a parameter in a scenario."""
    prefix = parameter.path.removesuffix(f".{parameter.field}")
    starts = {
        "market": ["market"],
        PLATFORM: list(scenario.platforms),
    }.get(prefix, [])
    paths = [f"{start}.{parameter.field}" for start in starts]
    return [
        (path, source)
        for path, source in scenario.sources.items()
        if any(path == one or path.startswith(f"{one}.") for one in paths)
    ]


def _held(scenario: Scenario, path: str) -> str:
    """Return what a scenario has at a path of its sources."""
    owner, *rest = path.split(".")
    found: Any = scenario.market if owner == "market" else scenario.platforms[owner]
    for part in rest:
        found = found[part] if isinstance(found, Mapping) else getattr(found, part)
    return written(found)


def _place(path: str, parameter: Parameter) -> str:
    """Return what of a path its row does not say: whose value it is, and which entry of it."""
    owner, entry = path.split(f".{parameter.field}", 1)
    said = f"{'' if owner == 'market' else owner} {entry.lstrip('.')}".strip()
    return f"{said}: " if said else ""


def page() -> str:
    """Return the page."""
    inputs, scenario = load_inputs(), baseline.scenario()
    known = {*inputs.facts, *inputs.assumptions}
    parts = [
        "# Parameters\n",
        f"Every number of a scenario. In a path {PLATFORM} stands for the name of a platform "
        f"({', '.join(map(code, scenario.platforms))}), {REGION}, {SEGMENT} and {EVENT} for names "
        "of regions, segments and events. `--set PATH=VALUE` and `Scenario.set` change one; what "
        "is marked *fixed* is drawn or laid out when a market is built, so that no event can "
        "change it later. What the baseline sets stands with the fact or the assumption behind "
        "it; all else has its default. Short names: see [assumptions](sources.md#assumptions).",
    ]
    for prefix, owner in OWNERS:
        doc = (owner.__doc__ or "").strip().partition("\n")[0]
        parts.append(f"\n## {owner.__name__}\n\n{doc}\n")
        rows = []
        for one in (
            p for p in parameters() if (p.owner, p.path.startswith(prefix)) == (owner, True)
        ):
            held = [
                f"{_place(path, one)}{cell(_held(scenario, path))} ({linked(source, known)})"
                for path, source in sources_of(one, scenario)
            ]
            fixed = " *Fixed.*" if one.is_fixed else ""
            rows.append([
                f"{target(code(one.path), f'parameter-{one.path}')}<br>{cell(one.text)}{fixed}",
                cell(one.unit), cell(one.allowed), cell(one.default), "<br>".join(held),
            ])  # fmt: skip
        parts.append(table(["parameter", "unit", "allowed", "default", "in the baseline"], rows))
    return "\n".join(parts) + "\n"
