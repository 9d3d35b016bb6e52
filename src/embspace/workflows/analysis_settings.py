"""Settings of analyses: read off the arguments of their functions, checked, and told by their docstrings."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from embspace.errors import SettingsError
from embspace.workflows.analysis import Analysis, Table, resolve
from embspace.workflows.settings import read_value


@dataclass(frozen=True, slots=True)
class Setting:
    """A keyword argument of an analysis that a user may set.

    Attributes:
        name: of the argument.
        hint: its type; Any where the annotation names a type of a library.
        default: its value if not set; `REQUIRED`: there is none.
        help: what the docstring says of it.
    """

    name: str
    hint: Any
    default: Any
    help: str


REQUIRED: Any = inspect.Parameter.empty
"""the default of a setting that has none"""

_GIVEN = {"progress", "workspace", "links"}
"""arguments that are no settings"""


@cache
def settings_of(path: str, skip: int = 1) -> tuple[Setting, ...]:
    """The arguments of an analysis that can be set: those after the first `skip` and of plain types."""
    function = resolve(path)
    said = _helps(inspect.getdoc(function) or "")
    names = vars(importlib.import_module(function.__module__))
    found = []
    for argument in list(inspect.signature(function).parameters.values())[skip:]:
        if argument.name in _GIVEN:
            continue
        hint = _evaluated(argument.annotation, names)
        if hint is not None:
            found.append(Setting(argument.name, hint, argument.default, said.get(argument.name, "")))
    return tuple(found)


def all_settings(analysis: Analysis) -> tuple[Setting, ...]:
    """The settings of all tables of an analysis, each name once."""
    found: dict[str, Setting] = {}
    for table in analysis.tables.values():
        for one in settings_of(table.run, first_setting(analysis, table)):
            found.setdefault(one.name, one)
    return tuple(found.values())


def first_setting(analysis: Analysis, table: Table) -> int:
    """How many arguments a table's function takes before its settings."""
    return 2 if analysis.takes == "pair" and not table.derived else 1


def read_settings(analysis: Analysis, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings in JSON form as the functions take them, those at their defaults left out.

    Raises:
        SettingsError: one is unknown, or has a value that is not possible.
    """
    known = {one.name: one for one in all_settings(analysis)}
    if unknown := sorted(set(values) - set(known)):
        raise SettingsError(f"There is no setting {unknown[0]!r}; there are {', '.join(known) or 'none'}.")
    found = {
        name: read_value(_several(value, known[name].hint), known[name].hint, name) for name, value in values.items()
    }
    usual = _defaults(analysis)
    return {name: value for name, value in sorted(found.items()) if any(value != one for one in usual[name])}


def check_required(analysis: Analysis, values: Mapping[str, Any], files: Sequence[str] = ()) -> None:
    """Look whether everything is said that an analysis does not do without.

    Raises:
        SettingsError: a setting or a file is missing; says how to give it.
    """
    name = next(iter(analysis.tables))
    if analysis.given and analysis.given.needed and not files:
        option = f"--{analysis.given.argument} {analysis.given.example}"
        raise SettingsError(f"{name} needs {analysis.given.argument}: embspace analyze {name} {option}")
    for one in all_settings(analysis):
        if one.default is REQUIRED and values.get(one.name) in (None, ""):
            raise SettingsError(f"{name} needs {one.name}: --set {one.name}=... ({one.help.rstrip('.')}).")


def _several(value: Any, hint: Any) -> Any:
    """A value alone as a list of one, where only lists are possible: k=1 as k=[1]."""
    alone = isinstance(value, int | float | str)
    return (value,) if alone and get_origin(hint) in (tuple, list, Sequence) else value


def _defaults(analysis: Analysis) -> dict[str, list[Any]]:
    """What each setting is if not set; tables may differ."""
    found: dict[str, list[Any]] = {}
    for table in analysis.tables.values():
        for one in settings_of(table.run, first_setting(analysis, table)):
            found.setdefault(one.name, []).append(one.default)
    return found


def _helps(text: str) -> dict[str, str]:
    """What a docstring says of each argument."""
    part = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE)
    if not part:
        return {}
    lines = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", part[1], re.MULTILINE)
    return {name: re.sub(r"\s+", " ", said).strip() for name, said in lines}


def _evaluated(annotation: Any, names: Mapping[str, Any]) -> Any:
    """The type of an annotation if it is made of plain types; None if not."""
    try:
        hint = eval(annotation, dict(names)) if isinstance(annotation, str) else annotation
    except (NameError, AttributeError):
        return None  # of a name that is imported for type checkers alone
    return hint if _plain(hint) else None


def _plain(hint: Any) -> bool:
    origin, options = get_origin(hint), get_args(hint)
    if origin is Literal or hint in (bool, int, float, str, NoneType, None, Any, ...):
        return True
    return origin in (tuple, list, dict, Sequence, Mapping, Union, UnionType) and all(map(_plain, options))
