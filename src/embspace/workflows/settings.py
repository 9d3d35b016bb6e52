"""Configs from and to JSON: frozen dataclasses whose annotations are checked, so that wrong settings are named."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from embspace.errors import SettingsError, refuse

Config = TypeVar("Config")


def from_json(kind: type[Config], value: object, where: str = "the settings") -> Config:
    """The config of type `kind` that a JSON object says; lists become tuples, whole numbers floats where asked.

    Raises:
        SettingsError: a key is unknown or missing, a value has the wrong type, or settings contradict each other; names
            all of them, a line each, and what is possible.
    """
    return _made(kind, value, where, "")


def _made(kind: type[Config], value: object, where: str, named: str) -> Config:
    """The config; what its own checks say begins with `named`."""
    assert is_dataclass(kind)
    if not isinstance(value, Mapping):
        raise SettingsError(f"{where}: expected an object with named settings, not {value!r}.")
    known = {one.name: one for one in fields(kind)}
    unknown = sorted(set(map(str, value)) - set(known))
    problems = [f"{where}: unknown setting {name!r}; known are {', '.join(known)}." for name in unknown]
    required = [name for name, one in known.items() if one.default is MISSING and one.default_factory is MISSING]
    problems += [f"{where}: the setting {name!r} is missing." for name in required if name not in value]
    hints, given = get_type_hints(kind), dict[str, Any]()
    for name in (one for one in known if one in value):
        try:
            given[name] = read_value(value[name], hints[name], f"{where}: {name}")
        except SettingsError as error:
            problems.append(str(error))
    made = None
    if given.keys() >= set(required):
        try:
            made = kind(**given)
        except SettingsError as error:
            problems += [named + line for line in str(error).splitlines()]
    if problems or made is None:
        raise SettingsError("\n".join(problems))
    return made


def read_toml(kind: type[Config], path: Path, changes: Mapping[str, Any] | None = None) -> Config:
    """The config of type `kind` that a TOML file says, with `changes` put in its place.

    Raises:
        SettingsError: the file is missing or not TOML, or settings are not possible: all of them, a line each.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML: {error}.") from error
    return from_json(kind, table | dict(changes or {}), str(path))


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
        return value if isinstance(hint, type) and isinstance(value, hint) else _made(hint, value, where, f"{where}: ")  # pyright: ignore[reportArgumentType]
    origin, options = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if isinstance(value, Mapping) and (config := next(filter(is_dataclass, options), None)):
            return read_value(value, config, where)  # what is wrong inside is to be told
        for option in options:
            try:
                return read_value(value, option, where)
            except SettingsError:
                continue
    elif origin in (tuple, list, Sequence) and isinstance(value, list | tuple):
        places = [f"{where} {number}" if is_dataclass(options[0]) else where for number in range(1, len(value) + 1)]
        return (list if origin is list else tuple)(_each(value, options[0], places))
    elif origin in (dict, Mapping) and isinstance(value, Mapping):
        return {key: read_value(item, options[1], f"{where}: {key}") for key, item in value.items()}
    elif origin is Literal:
        if any(value == option and type(value) is type(option) for option in options):
            return value
    elif hint is float and type(value) in (int, float):
        return float(value)
    elif type(value) is hint:  # not isinstance: True is no number here
        return value
    raise SettingsError(f"{where} = {value!r} is not possible; expected {_describe(hint)}.")


def _each(values: Sequence[Any], hint: Any, places: Sequence[str]) -> Iterator[Any]:
    problems = []
    for value, place in zip(values, places, strict=True):
        try:
            yield read_value(value, hint, place)
        except SettingsError as error:
            problems.append(str(error))
    refuse(problems)


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
