"""Values in the address of a page: readers that check what a reader of the page may have typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from embspace.errors import CorpusError, EmbspaceError, SettingsError

Value = TypeVar("Value")
Reader = Callable[[Sequence[str]], Any]


def write(value: object, start: object) -> dict[str, str | list[str]]:
    """Query parameters of a dataclass: the fields that differ from those of `start`."""
    found: dict[str, str | list[str]] = {}
    for one in fields(value):  # pyright: ignore[reportArgumentType]
        given = getattr(value, one.name)
        if given != getattr(start, one.name):
            found[one.name] = [str(item) for item in given] if isinstance(given, tuple) else shown(given)
    return found


def read(
    start: Value, readers: Mapping[str, Reader], parameters: Mapping[str, Sequence[str]]
) -> tuple[Value, list[str]]:
    """A dataclass with what the query parameters say, and a sentence for each of them that is not possible."""
    value, notices = start, []
    for name, values in parameters.items():
        if name not in readers or not values:
            continue
        try:
            value = replace(value, **{name: readers[name](values)})  # pyright: ignore[reportArgumentType, reportCallIssue]
        except (EmbspaceError, ValueError) as error:
            notices.append(notice(name, values, error))
    return value, notices


def notice(name: str, values: Sequence[str], error: Exception) -> str:
    """What is said of a parameter that is not possible."""
    reason = str(error) if isinstance(error, EmbspaceError) else "That is not a number."
    return f"The address asks for {name} = {', '.join(values)[:80]}. {reason} The usual is shown."


def shown(value: object) -> str:
    """A value as the address says it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def one_of(options: Mapping[str, object]) -> Reader:
    """A reader of one of some names."""

    def reader(values: Sequence[str]) -> str:
        if values[-1] not in options:
            raise SettingsError(f"Possible are {', '.join(options)}.")
        return values[-1]

    return reader


def within(least: float, most: float, kind: type[int] | type[float]) -> Reader:
    """A reader of a number in a range."""

    def reader(values: Sequence[str]) -> float:
        value = kind(values[-1])
        if not least <= value <= most:
            raise SettingsError(f"Possible is {least:g} to {most:g}.")
        return value

    return reader


def name_of_checkpoint(text: str) -> str:
    """A name that may be one of a checkpoint.

    Raises:
        SettingsError: it cannot be one.
    """
    name = text.strip()
    if not name or len(name) > 500 or not name.isprintable():
        raise SettingsError("That is no name of a checkpoint.")
    return name


def name_of_corpus(text: str) -> str:
    """A name that may be one of a corpus.

    Raises:
        CorpusError: it cannot be one.
    """
    name = text.strip()
    if not name or len(name) > 200 or not name.isprintable():
        raise CorpusError("That is no name of a corpus.")
    return name


def some_names(values: Sequence[str]) -> tuple[str, ...]:
    """Names, such as those of languages or transforms, each once.

    Raises:
        SettingsError: one of them cannot be a name.
    """
    found = tuple(dict.fromkeys(value.strip() for value in values if value.strip()))
    if any(len(name) > 100 or not name.isprintable() for name in found):
        raise SettingsError("These are no names.")
    return found
