"""How parameters are declared: frozen, typed, with unit, bounds and a line of meaning each.

A field is declared once, with `par`. Its bounds reject bad input at the edge, its unit and meaning
make the reference table of the docs, and ``fixed=True`` marks what is drawn or laid out when a
market is built and therefore cannot be changed by an intervention afterwards.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core.core_schema import ValidationInfo

from sim.checks import plain, short
from sim.errors import ConfigError, unknown_name
from sim.number_texts import plain_number, plain_whole

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass as _ModelMetaclass
else:
    _ModelMetaclass = type(BaseModel)

M = TypeVar("M", bound="Config")
#: No quantity of a market is larger, in any unit; amounts of money stay within 64 bits of cents.
LARGEST = 1e15
#: No market or graph has more: rows are int32, uids 32 bits wide.
MAX_USERS = 2_000_000_000

# date.fromisoformat also takes 20251231 and 2025-W01-1.
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def par(
    default: Any,
    unit: str,
    text: str,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    step: int | None = None,
    fixed: bool = False,
    endless: bool = False,
    couples: bool = False,
) -> Any:
    """Declare one parameter.

    Parameters
    ----------
    default
        Value when nothing is said; ``...`` makes the parameter compulsory.
    unit
        Unit in words; "share" and "count" are units too.
    text
        What the number means, in one sentence.
    low, high
        Inclusive bounds.
    above
        Exclusive lower bound.
    step
        The value is a multiple of it.
    fixed
        True if the value cannot change once a market is built.
    endless
        True if infinity is a value too; it always is where the default is infinite.
    couples
        True if any value but the default makes one platform bear on another (`sim.coupling`).
    """
    return Field(
        default,
        ge=low,
        le=high,
        gt=above,
        multiple_of=step,
        description=text,
        json_schema_extra={
            "unit": unit,
            "fixed": fixed,
            "endless": endless,
            "couples": couples,
        },
    )


def declared(config: type[BaseModel], field: str) -> Mapping[str, Any]:
    """Return what `par` was told of a field beyond bounds and meaning: unit, fixed, couples."""
    extra = config.model_fields[field].json_schema_extra
    return extra if isinstance(extra, dict) else {}


class _OneLine(_ModelMetaclass):
    """What makes parameter sets: whoever calls the class gets one line where a value cannot be."""

    def __call__(self, *given: Any, **values: Any) -> Any:
        try:
            return super().__call__(*given, **values)
        except ValidationError as error:
            made: Any = self
            raise first_problem(made, error, made.__name__) from None


class Config(BaseModel, metaclass=_OneLine):
    """Base of all parameter sets: frozen, unknown keys refused, no silent conversion of text."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=True, ser_json_inf_nan="strings"
    )

    @field_validator("*")
    @classmethod
    def _finite_unless_declared(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse NaN anywhere, and infinity unless it is declared as a value."""
        if type(value) is float and -LARGEST <= value <= LARGEST:
            return value  # as nearly all are
        if isinstance(value, dict | tuple):
            _refuse_nan(value)
        elif isinstance(value, float) and not math.isfinite(value):
            field = cls.model_fields[str(info.field_name)]
            endless = isinstance(field.default, float) and math.isinf(field.default)
            endless |= bool(declared(cls, str(info.field_name)).get("endless"))
            if math.isnan(value) or not endless:
                raise ValueError("must be a finite number")
        elif isinstance(value, float) and abs(value) > LARGEST:
            raise ValueError(f"must be from {-LARGEST:g} to {LARGEST:g}")
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _no_switch_or_number_in_disguise(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse what pydantic would convert without a word: true is no number, 0 is no date."""
        wanted = _annotation(cls, str(info.field_name))
        kind = type(value)
        if (kind is float or kind is int) and dt.date not in _kinds(wanted):
            return value  # as nearly all are
        return _undisguised(wanted, _plain_within(value))

    @classmethod
    def parse(cls: type[M], data: dict[str, Any], where: str) -> M:
        """Validate a mapping; on failure raise one clear line.

        Raises
        ------
        ConfigError
            Says which value was given, what is allowed, and where to set it.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise first_problem(cls, error, where) from None

    def changed(self: M, where: str, **values: Any) -> M:
        """Return a copy with some values replaced, validated like the original."""
        return type(self).parse({**dict(self), **values}, where)


def _plain_within(value: Any) -> Any:
    """Return a value, or a table or list of values, as Python's own."""
    if type(value) is dict:
        return {key: _plain_within(one) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_plain_within, value))
    return plain(value)


@cache
def _annotation(cls: type[BaseModel], name: str) -> Any:
    """Return what is written as the type of a field; pydantic takes a while to tell."""
    return cls.model_fields[name].annotation


@cache
def _kinds(wanted: Any) -> frozenset[Any]:
    """Return the types that a field may have; looked up for all fields whenever one changes."""
    return frozenset({wanted, *get_args(wanted)})


def _undisguised(wanted: Any, value: Any) -> Any:
    """Return a value of a field, or of a table in it, unless it is of another kind."""
    if isinstance(value, Mapping) and get_origin(wanted) is dict:
        inner = get_args(wanted)[1]
        return {key: _undisguised(inner, one) for key, one in value.items()}
    kinds = _kinds(wanted)
    if kinds & {int, float} and str not in kinds:
        if isinstance(value, bool) and bool not in kinds:
            raise ValueError("must be a number, not a switch")
        if isinstance(value, str):
            return plain_number(value) if float in kinds else plain_whole(value)
    if (
        dt.date in kinds
        and value is not None
        and (
            not isinstance(value, dt.date) or value != value  # NaT of pandas is a date that is none
        )
    ):
        return iso_date(str(value))
    return value


def _refuse_nan(value: Any) -> None:
    """Refuse what is no number inside a table; infinity is for the field it is put into."""
    if isinstance(value, dict | tuple | list):
        for one in value.values() if isinstance(value, dict) else value:
            _refuse_nan(one)
    elif isinstance(value, float) and math.isnan(value):
        raise ValueError("must be finite numbers")


def first_problem(cls: type[BaseModel], error: ValidationError, where: str) -> ConfigError:
    """Turn pydantic's report into one line: given, allowed, what to do."""
    problems = error.errors()
    # A misspelled key explains the missing one, not the other way round.
    unknown = [one for one in problems if one["type"] == "extra_forbidden"]
    problem = (unknown or problems)[0]
    path = [str(part) for part in problem["loc"]]
    name = ".".join(path)
    if problem["type"] == "extra_forbidden":
        text = str(unknown_name("parameter", path[-1], cls.model_fields))
        return ConfigError(f"{where}: {text}")
    given = problem["input"]
    kind = cls.model_fields[name].annotation if name in cls.model_fields else None
    if problem["type"] == "literal_error" and get_origin(kind) is Literal:
        text = f"{where}: {name}: {unknown_name(name, given, get_args(kind))}"
        return ConfigError(f"{text} {_meaning(cls, path)}".rstrip())
    if problem["type"] == "missing":
        return ConfigError(f"{where}: {name} is missing. {_meaning(cls, path)}".rstrip())
    allowed = str(problem["msg"]).removeprefix("Value error, ")
    allowed = allowed.replace("Input should be ", "must be ")
    what = f"{name} = {short(given)}: " if name else ""
    text = f"{where}: {what}{allowed}."
    return ConfigError(f"{text} {_meaning(cls, path)}".rstrip())


def _meaning(cls: type[BaseModel], path: list[str]) -> str:
    """Return the description of the field at fault, to tell what to put there instead."""
    field = cls.model_fields.get(path[0]) if path else None
    return field.description or "" if field else ""


def iso_date(text: str) -> dt.date:
    """Return the date that is written YYYY-MM-DD, and in no other way.

    Raises
    ------
    ValueError
        If it is no date of the calendar.
    """
    try:
        if _ISO_DATE.fullmatch(text.strip()):
            return dt.date.fromisoformat(text.strip())
    except ValueError:  # such as 2025-02-30
        pass
    raise ValueError("must be a date, written YYYY-MM-DD, such as 2025-12-31")


def parse_date(text: object, what: str) -> dt.date:
    """Return a calendar date from ``2025-09-30``.

    Raises
    ------
    ConfigError
        If it is not a date of the calendar.
    """
    text = plain(text)
    if isinstance(text, dt.date) and not isinstance(text, dt.datetime):
        return text
    try:
        return iso_date(str(text))
    except ValueError as error:
        raise ConfigError(f"{what} = {short(text)}: {error}.") from None
