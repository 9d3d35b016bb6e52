"""Bilingual dictionaries: MUSE's word pairs and tables with named columns -> a frame of pairs, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from embspace.corpora.languages import language_code
from embspace.corpora.tables import find_delimiter, read_cells
from embspace.corpora.text_files import numbered_lines, write_lines
from embspace.errors import CorpusError

COLUMNS = ("language_a", "word_a", "language_b", "word_b")
"""of a dictionary: a pair of words that translate each other per row"""
_Row: TypeAlias = tuple[str, str, str, str]
_NAME = re.compile(r"([a-z]{2})[-_]([a-z]{2})(?:[._-].*)?")


def read_dictionary(path: str | Path | Sequence[str | Path], languages: tuple[str, str] | None = None) -> pd.DataFrame:
    """The pairs of words of bilingual dictionaries: `language_a word_a language_b word_b`, a row per pair.

    Args:
        path: a file or several, `.gz` alike: two words on each line between blanks or a tab (MUSE), where a word holds
            blanks only beside a tab; or a CSV or TSV whose first line names these four columns.
        languages: BCP 47 codes of first and second words; None: as the file's name begins (`en-es.0-5000.txt`), or as
            the table says.

    Raises:
        CorpusError: a line has not two words, or the languages are not told (file and line, and what to do).
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(one) for one in path]
    if not paths:
        raise CorpusError("No dictionary was named.")
    if languages is not None:
        _check_languages(tuple(languages), "languages")
    rows = [row for one in paths for row in _rows(one, languages)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype("str")


def write_dictionary(dictionary: pd.DataFrame, path: Path | str) -> int:
    """Write pairs of words as `read_dictionary` reads them, packed where the name ends in `.gz`; how many.

    Args:
        dictionary: with the columns `language_a word_a language_b word_b`.
        path: `.txt`: MUSE's two words a line, of two languages; `.tsv`: the four named columns.

    Raises:
        CorpusError: a column is missing, a word is empty or holds a tab or a line break, or `.txt` is asked to hold
            pairs of several languages.
        StoreError: the disk is full or refuses the write.
    """
    path = Path(path)
    kind = Path(path.name.removesuffix(".gz")).suffix
    if absent := [one for one in COLUMNS if one not in dictionary.columns]:
        raise CorpusError(f"{path} was not written: no column {absent[0]!r}; a dictionary has {', '.join(COLUMNS)}.")
    if kind not in (".txt", ".tsv"):
        raise CorpusError(f"{path}: expected a name that ends in .txt (two words a line) or .tsv (four columns).")
    table = [tuple(map(str, row)) for row in dictionary[list(COLUMNS)].itertuples(index=False, name=None)]
    if kind == ".txt" and len(pairs := {(row[0], row[2]) for row in table}) > 1:
        several = ", ".join(f"{one}-{other}" for one, other in sorted(pairs))
        raise CorpusError(f"{path}: two words a line cannot tell {several} apart; write .tsv, or a file for each.")

    def lines() -> Iterator[str]:
        if kind == ".tsv":
            yield "\t".join(COLUMNS)
        for number, row in enumerate(table, 1):
            for cell in row:
                if not cell.strip() or "\t" in cell:
                    raise CorpusError(f"{path}, pair {number}: {cell[:60]!r} is no word; it is empty or holds a tab.")
            yield "\t".join(row if kind == ".tsv" else row[1::2])

    return write_lines(path, lines()) - (kind == ".tsv")


def languages_of_dictionary(name: str) -> tuple[str, str] | None:
    """The two languages that a file's name begins with, as MUSE names them: `en`, `es` of `en-es.0-5000.txt`."""
    found = _NAME.fullmatch(name.removesuffix(".gz"))
    return (found[1], found[2]) if found and found[1] != found[2] else None


def _rows(path: Path, languages: tuple[str, str] | None) -> Iterator[_Row]:
    with closing(numbered_lines(path)) as lines:
        first = next(lines)[1]
    if any(re.search(rf"\b{name}\b", first, re.I) for name in COLUMNS):
        yield from _table_rows(path, languages)
        return
    codes = languages or languages_of_dictionary(path.name)
    if codes is None:
        raise CorpusError(
            f"{path}: the name does not begin with two languages; name it like en-es.txt, or say "
            "languages=('en', 'es'), those of the first and of the second words."
        )
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        words = [word.strip() for word in (line.split("\t") if "\t" in line else re.split(" +", line.strip(" ")))]
        if len(words) != 2 or not all(words):
            raise CorpusError(
                f"{path}, line {number}: expected two words between a blank or a tab, got {line[:80]!r}. Part "
                "expressions of several words by a tab."
            )
        yield codes[0], words[0], codes[1], words[1]


def _table_rows(path: Path, languages: tuple[str, str] | None) -> Iterator[_Row]:
    rows = read_cells(path, find_delimiter(path))
    number, first = next(rows)
    names = [cell.strip().lower() for cell in first]
    if absent := [name for name in COLUMNS if name not in names]:
        raise CorpusError(
            f"{path}, line {number}: no column {absent[0]!r}; a table of a dictionary has {', '.join(COLUMNS)}."
        )
    at = [names.index(name) for name in COLUMNS]
    for number, cells in rows:
        row = tuple(cells[index].strip() for index in at)
        place = f"{path}, line {number}"
        if not row[1] or not row[3]:
            raise CorpusError(f"{place}: a word is missing; a pair has two.")
        codes = row[0], row[2]
        _check_languages(codes, place)
        if languages and set(codes) != set(languages):
            raise CorpusError(
                f"{place}: a pair of {' and '.join(codes)}, but languages are {' and '.join(languages)}; a table says "
                "them itself, leave `languages` out."
            )
        yield row[0], row[1], row[2], row[3]


def _check_languages(codes: Sequence[str], place: str) -> None:
    if len(codes) != 2 or codes[0] == codes[1]:
        raise CorpusError(f"{place}: a dictionary is of two different languages; got {', '.join(codes)}.")
    for code in codes:
        language_code(code, place)
