"""Parallel text: line-aligned files, files joined by id, tables and joint lines -> translations -> sentences.

The writers stand in `parallel_writing`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import TypeAlias

from embspace.corpora.records import Sentence
from embspace.corpora.text_files import numbered_lines, rows
from embspace.corpora.words import split_words
from embspace.errors import CorpusError

SEPARATOR = "|||"
Words: TypeAlias = tuple[tuple[str, ...], tuple[tuple[int, int], ...]]
"""words, and the (start, stop) of each"""


@dataclass(frozen=True, slots=True)
class Translation:
    """One text in several languages: `texts` maps language -> text, `id` is shared by all of them.

    A language whose text is empty is not in `texts`. Of one source no two groups have the same id.
    """

    id: str
    texts: Mapping[str, str]
    source: str


@dataclass(slots=True)
class Dropped:
    """What `complete` left out: how many groups, and how many of them lack each language."""

    groups: int = 0
    lacking: Counter[str] = field(default_factory=Counter)


def read_lines(files: Mapping[str, Path], *, start: int = 0, stop: int | None = None) -> Iterator[Translation]:
    """Yield the translations of line-aligned (Moses) files, lines start <= n < stop counted from 0.

    Raises:
        CorpusError: the files have different numbers of lines (the message has them).
    """
    source = _source(files)
    streams = {language: numbered_lines(path) for language, path in files.items()}
    for index in count() if stop is None else range(stop):
        found = {language: next(stream, None) for language, stream in streams.items()}
        if all(line is None for line in found.values()):
            return
        if not all(found.values()):
            sizes = {
                language: index + bool(line) + sum(1 for _ in streams[language]) for language, line in found.items()
            }
            counts = ", ".join(f"{files[language]} {size:,}" for language, size in sizes.items())
            raise CorpusError(f"Line-aligned files need equally many lines; these have: {counts}.")
        if index >= start:
            texts = {language: line[1].strip() for language, line in found.items() if line and line[1].strip()}
            yield Translation(str(index), texts, source)


def read_ids(
    files: Mapping[str, Path], *, columns: int = 2, text: int = 1, keep: Mapping[int, str] | None = None
) -> Iterator[Translation]:
    """Yield the translations of tab-separated files joined by the id in their first column.

    Args:
        files: language -> file; column 0 is the id, column `text` the text.
        columns: how many columns every row has.
        text: the index of the text's column.
        keep: column -> value that a row must have to be taken (`{1: "train"}`).
    """
    joined: dict[str, dict[str, str]] = {}
    for language, path in files.items():
        for _, cells in rows(path, columns):
            if cells[text].strip() and all(cells[column] == value for column, value in (keep or {}).items()):
                joined.setdefault(cells[0], {})[language] = cells[text].strip()
    source = _source(files)
    for key, texts in joined.items():
        yield Translation(key, texts, source)


def read_pairs(
    path: Path | str, languages: tuple[str, str], *, limit: int | None = None, dropped: Dropped | None = None
) -> Iterator[Translation]:
    """Yield the translations of a two-column file; pairs with an empty side are left out, and counted in `dropped`."""
    yield from complete(islice(read_two_columns(path, languages), limit), languages, dropped)


def read_two_columns(path: Path | str, languages: tuple[str, str]) -> Iterator[Translation]:
    """Yield the translations of a tab-separated file of two columns; of a pair with an empty side the other one.

    Raises:
        CorpusError: a row has not two columns (file and line).
    """
    return read_table(path, dict(zip(languages, (0, 1), strict=True)), width=2)


def read_table(
    path: Path | str, columns: Mapping[str, int | str], *, key: int | str | None = None, width: int | None = None
) -> Iterator[Translation]:
    """Yield the translations of a tab-separated file.

    Args:
        path: of the file.
        columns: language -> its column, by name (then the first line names the columns) or by number from 0.
        key: the column of the ids, by name or number; None: the line number is the id.
        width: how many columns every row has; None: as many as the first.

    Raises:
        CorpusError: a column that is not there, a row with another number of columns, or an id twice.
    """
    wanted = {**columns} if key is None else {**columns, "": key}
    named = any(isinstance(column, str) for column in wanted.values())
    source, at, seen = _source({"": Path(path)}), dict[str, int](), set[str]()
    for number, cells in rows(path, width or _width(path)):
        if number == 1:
            at = {language: _column(column, cells, path) for language, column in wanted.items()}
            if named:
                continue
        id = cells[at[""]].strip() if key is not None else str(number)
        if id in seen:
            raise CorpusError(f"{path}, line {number}: the id {id!r} stands in a line before; ids are given once.")
        if key is not None:
            seen.add(id)
        yield Translation(id, _texts({language: cells[at[language]] for language in columns}), source)


def read_joint(path: Path | str, languages: tuple[str, str]) -> Iterator[Translation]:
    """Yield the translations of a file with `source ||| target` on each line, as fast_align takes.

    Raises:
        CorpusError: a line that has not one `|||`.
    """
    source = _source({"": Path(path)})
    for number, line in numbered_lines(path):
        sides = line.split(SEPARATOR)
        if len(sides) != 2:
            raise CorpusError(f"{path}, line {number}: expected `source ||| target`, got {len(sides) - 1} `|||`.")
        yield Translation(str(number), _texts(dict(zip(languages, sides, strict=True))), source)


def read_tatoeba(path: Path | str, languages: tuple[str, str]) -> Iterator[Translation]:
    """Yield the pairs of tatoeba.org's "Sentence pairs" (id, text, id, text), or of a file of two columns.

    The line-aligned files of LASER's Tatoeba test sets are read by `read_lines`.

    Raises:
        CorpusError: a row has neither four columns nor two.
    """
    if _width(path) == 2:
        yield from read_two_columns(path, languages)
        return
    source = _source({"": Path(path)})
    for _, cells in rows(path, 4):
        yield Translation(f"{cells[0]}-{cells[2]}", _texts(dict(zip(languages, cells[1::2], strict=True))), source)


def complete(
    translations: Iterable[Translation], languages: Sequence[str], dropped: Dropped | None = None
) -> Iterator[Translation]:
    """Only the groups that have a text in each of `languages`; the others are counted in `dropped`."""
    for one in translations:
        lacking = [language for language in languages if language not in one.texts]
        if not lacking:
            yield one
        elif dropped is not None:
            dropped.groups += 1
            dropped.lacking.update(lacking)


def join(translations: Iterable[Translation], language: str) -> list[Translation]:
    """Translations merged where their text in `language` is the same (the pairs of several files become groups)."""
    joined: dict[str, Translation] = {}
    rest: list[Translation] = []
    for one in translations:
        key = one.texts.get(language)
        if key is None:
            rest.append(one)
        elif key in joined:
            joined[key] = Translation(joined[key].id, {**one.texts, **joined[key].texts}, joined[key].source)
        else:
            joined[key] = one
    return [*joined.values(), *rest]


def sentences_of(
    translations: Iterable[Translation],
    split: Callable[[str], Words] = split_words,
    languages: Sequence[str] | None = None,
    ids: str | None = None,
) -> Iterator[Sentence]:
    """Yield a sentence per text, those of one group after another and with the same `parallel`.

    Args:
        translations: of one source or of several.
        split: a text -> its words and their offsets; `split_at_blanks` where the text is tokenized.
        languages: only these; None: all.
        ids: what stands before the ids in `parallel`; None: the source of each and a colon.
    """
    for one in translations:
        for language, text in one.texts.items():
            if languages is None or language in languages:
                words, offsets = split(text)
                before = f"{one.source}:" if ids is None else ids
                yield Sentence(words, language, text, offsets, parallel=before + one.id, source=one.source)


def split_at_blanks(text: str) -> Words:
    """The words of tokenized text: what blanks and tabs part, as word aligners count them."""
    found = list(re.finditer(r"[^ \t]+", text))
    return tuple(match[0] for match in found), tuple(match.span() for match in found)


def _texts(cells: Mapping[str, str]) -> dict[str, str]:
    return {language: cell.strip() for language, cell in cells.items() if cell.strip()}


def _width(path: Path | str) -> int:
    """How many columns the first row has."""
    with closing(numbered_lines(path)) as lines:
        return next(lines)[1].count("\t") + 1


def _column(column: int | str, first: Sequence[str], path: Path | str) -> int:
    """The number of a column by its name in the first line, or by its number."""
    if isinstance(column, str) and column in first:
        return first.index(column)
    if isinstance(column, int) and 0 <= column < len(first):
        return column
    raise CorpusError(f"{path}, line 1: no column {column!r}; the line has {len(first)}: {', '.join(first)[:200]}.")


def _source(files: Mapping[str, Path]) -> str:
    """Folder and common name of files, language and endings apart: `multi30k/train` of `multi30k/train.en.txt.gz`.

    The ids of two sources may be the same, so the files of a folder need to be told apart.
    """
    names = [_stem(Path(path), language) for language, path in files.items()]
    shared = []
    for parts in zip(*names, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    folder = Path(next(iter(files.values()))).parent.name
    return f"{folder}/{'.'.join(shared)}" if shared else folder


def _stem(path: Path, language: str) -> list[str]:
    return [part for part in path.name.split(".") if part not in (language, "txt", "tsv", "gz")]
