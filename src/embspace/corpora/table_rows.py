"""Rows of named cells -> sentences: which column is what, and what a cell says."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, TypeAlias

from embspace.corpora.languages import LANGUAGES, language_code
from embspace.corpora.records import Entity, Sentence
from embspace.corpora.words import split_words
from embspace.errors import CorpusError

Columns: TypeAlias = Mapping[str, str | int | None]
"""what is in which column; see `sentences_of_rows`"""
Row: TypeAlias = tuple[str, Mapping[str, Any]]
"""where it stands, and its cells by the names of their columns"""

ROLES: dict[str, tuple[str, ...]] = {
    "text": ("text", "sentence", "content"),
    "words": ("words", "tokens"),
    "language": ("language", "lang", "locale"),
    "tags": ("tags", "ner_tags", "upos", "pos_tags"),
    "parallel": ("parallel", "parallel_id", "group"),
    "entity": ("entity",),
    "entity_type": ("entity_type", "type"),
    "entity_id": ("entity_id",),
    "entity_start": ("entity_start",),
    "entity_stop": ("entity_stop",),
    "starts": ("starts",),
    "stops": ("stops",),
    "source": ("source",),
}
"""what a column may hold -> the names that it is known by"""


def sentences_of_rows(
    rows: Iterable[Row], language: str = "", columns: Columns | None = None, source: str = "", ids: str = ""
) -> Iterator[Sentence]:
    """Yield a sentence per row, or one per language where each language has a column of its own.

    Args:
        rows: a place for errors, and cells by the names of their columns.
        language: BCP 47 code of rows that do not say one.
        columns: of `ROLES` or a language code -> its column (None: there is none); those that are not given are found
            by their names. Long tables have `text` or `words` (a list, a JSON list, or words between blanks) and
            perhaps `language`, `tags`, `parallel`, `entity` (as it stands in the text) or its first word and the one
            behind it, `entity_type`, `entity_id`, `starts` and `stops` of words, `source`. Wide tables have a column
            per language, named by its code; `parallel` or the row's number is their id.
        source: of rows that do not say one.
        ids: what stands before the numbers of rows that are ids.

    Raises:
        CorpusError: a column is not there, none has words, or a cell cannot be used; says where.
    """
    known: dict[
        tuple[str, ...], tuple[dict[str, str], dict[str, str]]
    ] = {}  # rows of JSON may differ in what they have
    for number, (place, row) in enumerate(rows, 1):
        translation = row.get("translation")
        cells = {**row, **translation} if isinstance(translation, Mapping) else row
        names = tuple(cells)
        if names not in known:
            known[names] = find_columns([str(name) for name in names], columns, place)
        roles, wide = known[names]
        if wide:
            group = _text(cells.get(roles["parallel"]), place) if "parallel" in roles else ""
            for code, name in wide.items():
                if text := _text(cells.get(name), place).strip():
                    words, offsets = split_words(text)
                    yield Sentence(words, code, text, offsets, parallel=group or f"{ids}{number}", source=source)
        else:
            yield _sentence({role: cells.get(name) for role, name in roles.items()}, language, source, place)


def find_columns(
    names: Sequence[str], given: Columns | None = None, place: str = "The table"
) -> tuple[dict[str, str], dict[str, str]]:
    """What is in which column: of `ROLES` -> column, and language code -> column (where languages have columns).

    Raises:
        CorpusError: a column that is given is not there, or none has words.
    """
    roles: dict[str, str] = {}
    wide: dict[str, str] = {}
    for role, column in (given or {}).items():
        if role not in ROLES:
            role = language_code(role, f"{place}: columns")
        if column is None:
            continue
        if str(column) not in names:
            near = get_close_matches(str(column), names, 1, 0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise CorpusError(f"{place}: there is no column {column!r}.{hint} There are {', '.join(names)}.")
        (roles if role in ROLES else wide)[role] = str(column)
    named, codes = known_columns(names)
    roles = {role: name for role, name in named.items() if role not in (given or {})} | roles
    if wide or "text" in roles or "words" in roles:
        return roles, wide
    if not codes:
        raise CorpusError(
            f"{place}: no column holds text. There are {', '.join(names)[:300]}; say which it is, such as "
            f"columns={{'text': {names[-1] if names else 'name'!r}}}."
        )
    return roles, codes


def known_columns(names: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """What columns are by their names: of `ROLES` -> column; where none holds text, language code -> column."""
    lower = {name.lower().strip(): name for name in reversed(names)}
    roles = {
        role: next(lower[name] for name in known if name in lower)
        for role, known in ROLES.items()
        if any(name in lower for name in known)
    }
    codes = {} if "text" in roles or "words" in roles else {name: name for name in names if name in LANGUAGES}
    # `en` alone, beside what is not known, may as well be a cell of a table whose first line names nothing.
    return roles, codes if len(codes) > 1 or not set(names) - {*codes, *roles.values()} else {}


def find_entity(sentence: Sentence, name: str, kind: str, id: str, place: str) -> Entity:
    """The entity that stands in a sentence's text as `name`, as whole words, at its first place.

    Raises:
        CorpusError: it does not.
    """
    at = sentence.text.find(name)
    while at >= 0 and name:
        starts = [index for index, span in enumerate(sentence.offsets) if span[0] == at]
        stops = [index for index, span in enumerate(sentence.offsets) if span[1] == at + len(name)]
        if starts and stops:
            return Entity(starts[0], stops[-1] + 1, kind, id or f"{kind}:{' '.join(name.casefold().split())}")
        at = sentence.text.find(name, at + 1)
    raise CorpusError(
        f"{place}: the entity {name!r} does not stand in the text as whole words: {sentence.text[:80]!r}."
    )


def _sentence(cells: Mapping[str, Any], language: str, source: str, place: str) -> Sentence:
    text, words = _text(cells.get("text"), place), _list(cells.get("words"), place)
    tags, source = _list(cells.get("tags"), place), _text(cells.get("source"), place) or source
    if words is None and not text.strip():
        raise CorpusError(f"{place}: there is no text. Leave such rows out, or name another column.")
    if words is not None and "" in words:
        raise CorpusError(f"{place}: word {words.index('') + 1} is empty; leave it out, with its tag.")
    code = language_code(_text(cells.get("language"), place) or language, place)
    if words is None:
        text = text.strip()
        # Tags are of words between blanks; only without them may the splitter say what a word is.
        words, offsets = split_words(text) if tags is None else _located(text.split(), text, place)
    elif text:
        offsets = _given_offsets(cells, words, text, place) or _located(words, text, place)[1]
    else:
        offsets = ()
    parallel = _text(cells.get("parallel"), place) or None
    given = None if tags is None else tuple(tags)
    try:
        sentence = Sentence(
            tuple(words), code, text if offsets else "", offsets, given, parallel=parallel, source=source
        )
        entity = _entity(sentence, cells, place)
        return sentence if entity is None else replace(sentence, entity=entity)
    except CorpusError as error:
        said = str(error).removeprefix(f"{source}: ").removeprefix(f"{place}: ")
        raise CorpusError(f"{place}: {said}") from error


def _given_offsets(
    cells: Mapping[str, Any], words: Sequence[str], text: str, place: str
) -> tuple[tuple[int, int], ...] | None:
    """`starts` and `stops` of words, where a row has them."""
    starts, stops = (_list(cells.get(name), place) for name in ("starts", "stops"))
    if not starts or not stops:
        return None
    if not len(starts) == len(stops) == len(words):
        raise CorpusError(f"{place}: {len(words)} words, but {len(starts)} starts and {len(stops)} stops.")
    pairs = zip(starts, stops, strict=True)
    found = tuple((_number(start, "starts", place), _number(stop, "stops", place)) for start, stop in pairs)
    for word, (start, stop) in zip(words, found, strict=True):
        if not 0 <= start <= stop <= len(text):
            raise CorpusError(
                f"{place}: the word {word!r} of characters {start} to {stop} lies outside its text of {len(text)}."
            )
    return found


def _entity(sentence: Sentence, cells: Mapping[str, Any], place: str) -> Entity | None:
    kind, id = _text(cells.get("entity_type"), place) or "ENTITY", _text(cells.get("entity_id"), place)
    start, stop = _text(cells.get("entity_start"), place), _text(cells.get("entity_stop"), place)
    if start and stop:
        return Entity(_number(start, "entity_start", place), _number(stop, "entity_stop", place), kind, id)
    name = _text(cells.get("entity"), place)
    return find_entity(sentence, name, kind, id, place) if name else None


def _located(words: Sequence[str], text: str, place: str) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Words and where they stand in the text, each behind the one before."""
    offsets, at = [], 0
    for word in words:
        start = text.find(word, at)
        if start < 0:
            raise CorpusError(f"{place}: the word {word!r} does not stand in the text behind the words before it.")
        at = start + len(word)
        offsets.append((start, at))
    return tuple(words), tuple(offsets)


def _text(value: Any, place: str) -> str:
    """A cell as text; empty where there is none. Numbers that pandas turned into fractions are whole again."""
    if isinstance(value, str):
        return value
    if (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or type(value).__name__ in ("NAType", "NaTType")
    ):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bytes | Mapping | list | tuple | set) or getattr(value, "ndim", 0):
        raise CorpusError(
            f"{place}: expected text in a cell, got {type(value).__name__}: {value!r:.60}; lists are of words or tags."
        )
    return str(value)


def _number(text: str, column: str, place: str) -> int:
    if not text.strip().isdecimal():
        raise CorpusError(f"{place}: expected a number from 0 in {column}, got {text[:40]!r}.")
    return int(text)


def _list(value: Any, place: str) -> list[str] | None:
    """A cell as a list: one, JSON, or what blanks part; None where there is none."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        text = _text(value, place).strip()
        if not text:
            return None
        value = text.split()
        if text.startswith("["):
            with suppress(ValueError):  # then it is a word
                value = json.loads(text)
    return [_text(one, place) for one in value]
