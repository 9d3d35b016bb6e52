"""The rows of CoNLL-U as tokens: which words they are made of, and where they stand in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embspace.corpora.columns import Row, check_order
from embspace.errors import CorpusError

_RANGE = re.compile(r"(\d+)-(\d+)")
_EMPTY = re.compile(r"\d+\.\d+")


@dataclass(slots=True)
class Token:
    """What stands in the text: a form, its words' rows, and whether a blank follows; `line` is where it is told."""

    form: str
    line: int
    blank: bool
    rows: list[Row]


def read_tokens(path: Path | str, rows: Sequence[Row], misc: int | None) -> list[Token]:
    """The tokens of a sentence; `misc` is the column that may say `SpaceAfter=No`.

    Raises:
        CorpusError: rows are out of order, a word is empty, or a range goes beyond the sentence.
    """
    tokens: list[Token] = []
    expected, stop = 1, 0
    for number, cells in rows:
        if not cells[1]:
            raise CorpusError(f"{path}, line {number}: the word is empty.")
        blank = misc is None or "SpaceAfter=No" not in cells[misc].split("|")
        if _EMPTY.fullmatch(cells[0]):
            continue
        if found := _RANGE.fullmatch(cells[0]):
            check_order(path, number, found[1], expected)
            stop = int(found[2])
            if stop < expected:
                raise CorpusError(f"{path}, line {number}: the range {cells[0]} is empty.")
            tokens.append(Token(cells[1], number, blank, []))
            continue
        check_order(path, number, cells[0], expected)
        if expected <= stop:
            tokens[-1].rows.append((number, cells))
        else:
            tokens.append(Token(cells[1], number, blank, [(number, cells)]))
        expected += 1
    if expected <= stop or not tokens:
        raise CorpusError(f"{path}, line {rows[-1][0]}: the sentence ends before word {max(stop, 1)}.")
    return tokens


def put_together(tokens: Sequence[Token]) -> tuple[str, list[tuple[int, int]]]:
    """The text that tokens and the blanks behind them make, and (start, stop) of each."""
    parts: list[str] = []
    spans, at = [], 0
    for token in tokens:
        spans.append((at, at + len(token.form)))
        parts += [token.form, " " if token.blank else ""]
        at += len(token.form) + token.blank
    return "".join(parts)[: spans[-1][1]], spans


def find_tokens(path: Path | str, text: str, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """(start, stop) of each token: between two of them the text has blanks and nothing else.

    Raises:
        CorpusError: it has something else.
    """
    spans, stop = [], 0
    for token in tokens:
        at = stop
        while not text.startswith(token.form, at):
            if at >= len(text) or not text[at].isspace():
                raise _astray(path, token, text[stop:])
            at += 1
        stop = at + len(token.form)
        spans.append((at, stop))
    if text[stop:].strip():
        raise _astray(path, tokens[-1], text[spans[-1][0] :])
    return spans


def _astray(path: Path | str, token: Token, rest: str) -> CorpusError:
    return CorpusError(
        f"{path}, line {token.line}: after the words so far `# text` goes on with {rest[:30]!r}, "
        f"where {token.form!r} and the rest are expected. Mend the file, or take the words alone: text=False."
    )


def words_of(
    tokens: Sequence[Token], spans: Sequence[tuple[int, int]], text: str, column: int | None, multiword: str
) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...], tuple[str, ...] | None]:
    """Words, their offsets and the cells of `column`; `multiword` as of `read_conllu`."""
    words: list[str] = []
    offsets: list[tuple[int, int]] = []
    tags: list[str] = []
    for token, (start, stop) in zip(tokens, spans, strict=True):
        forms = [cells[1] for _, cells in token.rows]
        found = [cells[column] for _, cells in token.rows] if column else []
        if multiword == "whole":
            words.append(token.form)
            offsets.append((start, stop))
            tags.append("+".join(found))
            continue
        words += forms
        tags += found
        if len(forms) > 1 and "".join(forms) == text[start:stop]:
            for form in forms:
                offsets.append((start, start + len(form)))
                start += len(form)
        else:
            offsets += [(start, stop)] * len(forms)
    return tuple(words), tuple(offsets), tuple(tags) if column else None
