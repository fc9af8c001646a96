"""Frozen dataclasses to JSON and back; numbers that JSON has no word for travel as text."""

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Callable
from typing import Any

_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_WORDS = {str(number): word for word, number in _NON_FINITE.items()}
_PLAIN_TYPES = {str, int, bool, type(None)}


def to_plain(value: Any) -> Any:
    """Dataclasses, tuples and floats as what `json.dumps(allow_nan=False)` accepts."""
    if type(value) in _PLAIN_TYPES:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _WORDS[str(value)]
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name)) for name in _names(type(value))}
    return value


@functools.cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def from_plain(kind: Any, value: Any) -> Any:
    """Read a plain value back as `kind` (a dataclass, tuple[X, ...], dict[str, X], X | None, or a scalar).

    Keys a newer writer added are passed over, keys an older one did not know take the field's default.
    ValueError when the value cannot be one of `kind`.
    """
    return _reader(kind)(value)


@functools.cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What reads one kind; made once, since thousands of journals are read when a home is listed."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        read = _reader(arguments[0])
        return lambda value: None if value is None else read(value)
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(typing.cast(type, kind))
    if origin is tuple:
        return _tuple_reader(_reader(arguments[0]))
    if origin is dict:
        return _dict_reader(_reader(arguments[1]))
    return _read_float if kind is float else functools.partial(_read_exactly, kind)


def _dataclass_reader(kind: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    readers = [(field.name, _reader(hints[field.name])) for field in dataclasses.fields(kind)]

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{kind.__name__} must be an object")
        try:
            return kind(**{name: read(value[name]) for name, read in readers if name in value})
        except TypeError as error:
            raise ValueError(f"{kind.__name__}: {error}") from None

    return read


def _tuple_reader(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: tuple([read(item) for item in _checked(list, value)])


def _dict_reader(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: {str(key): read(item) for key, item in _checked(dict, value).items()}


def _read_float(value: Any) -> float:
    if type(value) is float:
        return value
    if isinstance(value, str) and value in _NON_FINITE:
        return _NON_FINITE[value]
    if type(value) is int and abs(value) < 2**1023:
        return float(value)
    raise _unexpected(float, value)


def _read_exactly(kind: type, value: Any) -> Any:
    if type(value) is kind:
        return value
    raise _unexpected(kind, value)


def _checked(kind: type, value: Any) -> Any:
    if isinstance(value, kind):
        return value
    raise _unexpected(kind, value)


def _unexpected(kind: Any, value: Any) -> ValueError:
    return ValueError(f"expected {getattr(kind, '__name__', kind)}, found {type(value).__name__}")
