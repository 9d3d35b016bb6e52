"""Configs from and to JSON: frozen dataclasses whose annotations are checked, so that wrong settings are named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from embspace.errors import SettingsError

Config = TypeVar("Config")


def from_json(kind: type[Config], value: object, where: str = "the settings") -> Config:
    """The config of type `kind` that a JSON object says; lists become tuples, whole numbers floats where asked.

    Raises:
        SettingsError: a key is unknown or missing, or a value has the wrong type; names it and what is possible.
    """
    assert is_dataclass(kind)
    if not isinstance(value, Mapping):
        raise SettingsError(f"{where}: expected an object with named settings, not {value!r}.")
    known = {one.name: one for one in fields(kind)}
    if unknown := sorted(set(map(str, value)) - set(known)):
        raise SettingsError(f"{where}: unknown setting {unknown[0]!r}; known are {', '.join(known)}.")
    for name, one in known.items():
        if name not in value and one.default is MISSING and one.default_factory is MISSING:
            raise SettingsError(f"{where}: the setting {name!r} is missing.")
    hints = get_type_hints(kind)
    return kind(**{name: read_value(given, hints[name], f"{where}: {name}") for name, given in value.items()})


def to_json(config: object) -> dict[str, Any]:
    """The JSON form of a config: what `from_json` reads back into an equal one."""
    assert is_dataclass(config) and not isinstance(config, type)
    return json.loads(json.dumps(asdict(config)))


def read_value(value: Any, hint: Any, where: str) -> Any:
    """A JSON value as a type annotation wants it; one of type Any is taken as it is.

    Raises:
        SettingsError: it has another type; says which is expected.
    """
    if hint is Any:
        return value
    if is_dataclass(hint):
        return value if isinstance(hint, type) and isinstance(value, hint) else from_json(hint, value, where)  # pyright: ignore[reportArgumentType]
    origin, options = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        for option in options:
            try:
                return read_value(value, option, where)
            except SettingsError:
                continue
    elif origin in (tuple, list, Sequence) and isinstance(value, list | tuple):
        return (list if origin is list else tuple)(read_value(item, options[0], where) for item in value)
    elif origin in (dict, Mapping) and isinstance(value, Mapping):
        return dict(value)
    elif origin is Literal:
        if any(value == option and type(value) is type(option) for option in options):
            return value
    elif hint is float and type(value) in (int, float):
        return float(value)
    elif type(value) is hint:  # not isinstance: True is no number here
        return value
    raise SettingsError(f"{where} = {value!r} is not possible; expected {_describe(hint)}.")


def _describe(hint: Any) -> str:
    origin, options = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(_describe(option) for option in options)
    if origin is Literal:
        return " or ".join(json.dumps(option) for option in options)
    if origin in (tuple, list, Sequence):
        return f"a list, each {_describe(options[0])}"
    if origin in (dict, Mapping):
        return "an object with named values"
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"}
    return names.get(hint, getattr(hint, "__name__", str(hint)))
