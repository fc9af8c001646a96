"""Frozen dataclasses to JSON and back; numbers that JSON has no word for travel as text."""

import dataclasses
import functools
import math
import types
import typing
from typing import Any

_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_plain(value: Any) -> Any:
    """Dataclasses, tuples and floats as what `json.dumps(allow_nan=False)` accepts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    return value


def from_plain(kind: Any, value: Any) -> Any:
    """Read a plain value back as `kind` (a dataclass, tuple[X, ...], dict[str, X], X | None, or a scalar).

    Keys a newer writer added are passed over, keys an older one did not know take the field's default.
    ValueError when the value cannot be one of `kind`.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else from_plain(arguments[0], value)
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(typing.cast(type, kind), value)
    if origin is tuple and isinstance(value, list):
        return tuple(from_plain(arguments[0], item) for item in value)
    if origin is dict and isinstance(value, dict):
        return {str(key): from_plain(arguments[1], item) for key, item in value.items()}
    return _read_scalar(kind, value)


def _read_dataclass(kind: type, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{kind.__name__} must be an object")
    hints = _type_hints(kind)
    try:
        return kind(**{name: from_plain(hint, value[name]) for name, hint in hints.items() if name in value})
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from None


def _read_scalar(kind: Any, value: Any) -> Any:
    if kind is float:
        if isinstance(value, str) and value in _NON_FINITE:
            return _NON_FINITE[value]
        if type(value) is float or (type(value) is int and abs(value) < 2**1023):
            return float(value)
    elif type(value) is kind:
        return value
    raise ValueError(f"expected {getattr(kind, '__name__', kind)}, found {type(value).__name__}")


@functools.cache
def _type_hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
