"""Parallel text: line-aligned files, files joined by id, and two-column pairs -> translations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from embspace.corpora.text_files import numbered_lines, rows
from embspace.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Translation:
    """One text in several languages: `texts` maps language -> text, `id` is shared by all of them."""

    id: str
    texts: Mapping[str, str]
    source: str


def read_lines(files: Mapping[str, Path], *, start: int = 0, stop: int | None = None) -> Iterator[Translation]:
    """Yield the translations of line-aligned (Moses) files, lines start <= n < stop counted from 0.

    Raises:
        CorpusError: the files have different numbers of lines.
    """
    streams = {language: numbered_lines(path) for language, path in files.items()}
    for index in count() if stop is None else range(stop):
        found = {language: next(stream, None) for language, stream in streams.items()}
        if all(line is None for line in found.values()):
            return
        short = [str(files[language]) for language, line in found.items() if line is None]
        if short:
            raise CorpusError(f"{short[0]} ends after line {index}; the files it is aligned with go on.")
        if index >= start:
            texts = {language: line[1].strip() for language, line in found.items() if line and line[1].strip()}
            yield Translation(str(index), texts, next(iter(files.values())).parent.name)


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
    source = next(iter(files.values())).parent.name
    for key, texts in joined.items():
        yield Translation(key, texts, source)


def read_pairs(path: Path, languages: tuple[str, str], *, limit: int | None = None) -> Iterator[Translation]:
    """Yield the translations of a two-column file."""
    for number, cells in islice(rows(path, 2), limit):
        texts = {language: cell.strip() for language, cell in zip(languages, cells, strict=True) if cell.strip()}
        if len(texts) == 2:
            yield Translation(str(number), texts, Path(path).parent.name)


def join(translations: Iterable[Translation], language: str) -> list[Translation]:
    """Translations merged where their text in `language` is the same (the pairs of several files become groups)."""
    joined: dict[str, Translation] = {}
    rest: list[Translation] = []
    for one in translations:
        key = one.texts.get(language)
        if key is None:
            rest.append(one)
        elif key in joined:
            joined[key] = Translation(joined[key].id, {**one.texts, **joined[key].texts}, one.source)
        else:
            joined[key] = one
    return [*joined.values(), *rest]
