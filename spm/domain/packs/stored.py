"""Records as JSON and back, exactly: decimals, dates and instants as text."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def stored_form(value: object) -> object:
    """A value as JSON holds it."""
    if value is None or isinstance(value, bool | int | str):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [stored_form(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: stored_form(getattr(value, f.name)) for f in fields(value)}
    raise TypeError(type(value).__name__)


def arguments_of(kind: type[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a record; a field that was not stored keeps its default."""
    hints = get_type_hints(kind)
    names = {field.name for field in fields(kind)}
    unknown = set(stored) - names
    if unknown:
        raise KeyError(*unknown)
    return {name: restored(hints[name], value) for name, value in stored.items()}


def restored(kind: Any, value: Any) -> Any:
    """A value of a type from its stored form."""
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        if value is None:
            return None
        (kind,) = (part for part in get_args(kind) if part is not NoneType)
        return restored(kind, value)
    if origin is tuple:
        parts = get_args(kind)
        if parts[-1] is Ellipsis:
            return tuple(restored(parts[0], part) for part in value)
        return tuple(restored(p, v) for p, v in zip(parts, value, strict=True))
    if is_dataclass(kind):
        assert isinstance(kind, type)  # noqa: S101 - a type hint
        return kind(**arguments_of(kind, value))
    if kind in {date, datetime}:
        return kind.fromisoformat(value)
    if kind in {int, str, bool}:
        if type(value) is not kind:
            raise TypeError(value)
        return value
    return kind(value)
