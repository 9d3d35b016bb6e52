"""Translations -> line-aligned files, `source ||| target` and tables, as `parallel` reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from embspace.corpora import text_files
from embspace.corpora.parallel import SEPARATOR, Translation
from embspace.errors import CorpusError


def write_lines(translations: Iterable[Translation], files: Mapping[str, Path]) -> int:
    """Write line-aligned files, an empty line where a group has no text in a language; how many lines each has.

    Raises:
        CorpusError: a text holds a line break.
        StoreError: the disk is full or refuses the write.
    """
    groups = list(translations)
    for language, path in files.items():
        text_files.write_lines(path, (one.texts.get(language, "") for one in groups))
    return len(groups)


def write_joint(translations: Iterable[Translation], path: Path | str, languages: tuple[str, str]) -> int:
    """Write `source ||| target` lines, the empty side of an incomplete pair left empty; how many.

    Raises:
        CorpusError: a text holds a line break, or `|||`.
        StoreError: the disk is full or refuses the write.
    """
    lines = (f" {SEPARATOR} ".join(cells) for cells in _cells(translations, languages, SEPARATOR))
    return text_files.write_lines(path, lines)


def write_table(translations: Iterable[Translation], path: Path | str, languages: Sequence[str]) -> int:
    """Write a tab-separated file with a column `id` and one per language, named in the first line; how many groups.

    `read_table(path, {language: language, ...}, key="id")` reads it again.

    Raises:
        CorpusError: an id or text holds a line break or a tab.
        StoreError: the disk is full or refuses the write.
    """

    def lines() -> Iterator[str]:
        yield "\t".join(("id", *languages))
        for cells in _cells(translations, languages, "\t", ids=True):
            yield "\t".join(cells)

    return text_files.write_lines(path, lines()) - 1


def _cells(
    translations: Iterable[Translation], languages: Sequence[str], separator: str, *, ids: bool = False
) -> Iterator[list[str]]:
    for one in translations:
        cells = [*([one.id] if ids else []), *(one.texts.get(language, "") for language in languages)]
        for cell in cells:
            if separator in cell:
                raise CorpusError(f"{one.source}, group {one.id}: {separator!r} in {cell[:60]!r} would part columns.")
        yield cells
