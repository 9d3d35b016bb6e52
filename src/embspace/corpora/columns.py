"""Files with a word a row, a blank line behind each sentence: what every such format shares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from embspace.corpora.records import Sentence
from embspace.corpora.tags import spans_to_tags, tags_to_spans
from embspace.corpora.text_files import numbered_lines, write_lines
from embspace.errors import CorpusError

Row = tuple[int, list[str]]
"""line number from 1, cells"""


def blocks(path: Path | str, least: int, most: int | None = None) -> Iterator[tuple[list[str], list[Row]]]:
    """Yield the comments (`# ...`) and rows of each sentence of a tab-separated file.

    Args:
        path: of the file.
        least: the fewest columns of a row.
        most: the most; None: any number.

    Raises:
        CorpusError: a row has another number of columns, or comments stand inside a sentence.
    """
    comments: list[str] = []
    rows: list[Row] = []
    for number, line in numbered_lines(path):
        if not line.strip():
            if rows:
                yield comments, rows
            comments, rows = [], []
        elif line[0] == "#" and "\t" not in line:
            if rows:
                raise CorpusError(f"{path}, line {number}: a comment inside a sentence; a blank line is missing.")
            comments.append(line)
        else:
            cells = line.split("\t")
            if len(cells) < least or (most and len(cells) > most):
                wanted = str(least) if least == most else f"{least} to {most}" if most else f"{least} or more"
                raise CorpusError(
                    f"{path}, line {number}: expected {wanted} tab-separated columns, got {len(cells)}: {line[:60]!r}."
                )
            rows.append((number, cells))
    if rows:
        yield comments, rows


def comment_value(comments: Iterable[str], key: str) -> str | None:
    """The value of the comment `# key = value`, or None."""
    exact, loose = f"# {key} = ", re.compile(rf"#\s*{key}\s*=\s*(.*)")
    for line in comments:
        if line.startswith(exact):
            return line[len(exact) :]
        if found := loose.fullmatch(line):
            return found[1]
    return None


def iob2(
    tags: Sequence[str],
    scheme: str | None,
    repaired: Counter[str] | None,
    place: Callable[[int], str],
) -> tuple[str, ...]:
    """Tags of a file in IOB2, whatever scheme it is in; as they are where `scheme` is None."""
    if scheme is None:
        return tuple(tags)
    return spans_to_tags(tags_to_spans(tags, scheme, repaired=repaired, place=place), len(tags))


def check_order(path: Path | str, number: int, cell: str, expected: int) -> None:
    """Raises CorpusError unless a row's number is the expected one: a row or a blank line is missing."""
    if cell != str(expected):
        raise CorpusError(
            f"{path}, line {number}: expected word {expected}, got {cell!r}; "
            "a row or the blank line between two sentences is missing."
        )


def write_blocks(
    path: Path | str,
    sentences: Iterable[Sentence],
    lines_of: Callable[[int, Sentence], Iterable[str]],
    *,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
    languages: bool = False,
) -> int:
    """Write the lines of each sentence and a blank one; how many sentences they were.

    Args:
        path: of the file; `.gz`: packed.
        sentences: what is written.
        lines_of: number of a sentence from 0, sentence -> its lines.
        before: the file's first lines.
        after: its last.
        languages: whether the format tells the languages of its sentences.

    Raises:
        CorpusError: there are no sentences; one has no words; a cell is empty; languages that the format cannot tell.
    """
    count, language = 0, None

    def lines() -> Iterator[str]:
        nonlocal count, language
        for sentence in sentences:
            where = f"{path}: sentence {count} ({sentence.source or sentence.text[:40]!r})"
            language = language or sentence.language
            if not languages and sentence.language != language:
                raise CorpusError(
                    f"{where} is in {sentence.language!r}, those before in {language!r}; write a file each."
                )
            if not sentence.words:
                raise CorpusError(f"{where} has no words; leave it out.")
            try:
                yield from lines_of(count, sentence)
            except _UnfitError as error:
                raise CorpusError(f"{where}: {error}") from None
            yield ""
            count += 1
        if not count:
            raise CorpusError(f"{path} was not written: there are no sentences.")

    write_lines(path, chain(before, lines(), after))
    return count


class _UnfitError(Exception):
    """A cell that a format cannot hold; `write_blocks` says where it stands."""


def unfit(what: str) -> Exception:
    """What `lines_of` raises for a sentence that the format cannot hold."""
    return _UnfitError(what)


def joined(cells: Sequence[str], separator: str = "\t") -> str:
    """A row of cells, none of which may be empty or hold the separator."""
    for cell in cells:
        if not cell or separator in cell or "\t" in cell or "\r" in cell or "\n" in cell:
            raise unfit(f"the cell {cell!r} is empty or holds a separator, and could not be read again.")
    return separator.join(cells)


def tags_of(sentence: Sentence) -> tuple[str, ...]:
    """The tags of a sentence that must have some."""
    if sentence.tags is None:
        raise unfit("it has no tags.")
    return sentence.tags
