"""OntoNotes in the columns of CoNLL-2012: names in brackets (`(PERSON*`, `*`, `*)`), or parts of speech."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from embspace.corpora.columns import Row, check_order, joined, tags_of, unfit, write_blocks
from embspace.corpora.records import Sentence
from embspace.corpora.tags import Span, spans_to_tags, tags_to_spans
from embspace.corpora.text_files import numbered_lines
from embspace.errors import CorpusError, SettingsError

_WORD, _POS, _NAME, _LEAST = 3, 4, 10, 12
_BRACKETS = re.compile(r"(?:\((?P<kind>[^()*\s]+))?(?P<star>\*)?(?P<end>\))?")
_TAGS = ("name", "pos")


def read_conll2012(path: Path | str, language: str, *, tag: str | None = "name") -> Iterator[Sentence]:
    """Yield the sentences of a `*_conll` file of OntoNotes, words as they are written there (`-LRB-`, `/.`).

    Args:
        path: of the file.
        language: BCP 47 code of the sentences.
        tag: `name` (named entities, as IOB2), `pos`, or None.

    Raises:
        CorpusError: fewer than 12 columns, rows out of order, words that were never filled in (`[WORD]`), brackets that
            do not match (file, line, word).
    """
    _check(tag)
    rows: list[Row] = []
    for number, line in numbered_lines(path):
        cells = [cell for cell in line.replace("\t", " ").split(" ") if cell]
        if cells and not line.startswith("#"):
            if len(cells) < _LEAST:
                raise CorpusError(
                    f"{path}, line {number}: expected {_LEAST} columns or more, as CoNLL-2012 has, got {len(cells)}."
                )
            check_order(path, number, cells[2], len(rows))
            if cells[_WORD] == "[WORD]":
                raise CorpusError(
                    f"{path}, line {number}: the words of this skeleton file are missing; "
                    "fill them in from OntoNotes first (skeleton2conll)."
                )
            rows.append((number, cells))
        elif rows:
            yield _sentence(path, language, rows, tag)
            rows = []
    if rows:
        yield _sentence(path, language, rows, tag)


def write_conll2012(
    path: Path | str, sentences: Iterable[Sentence], *, tag: str = "name", document: str | None = None
) -> int:
    """Write one document of twelve columns, of which words and tags are known; how many sentences they were.

    Args:
        path: of the file; `.gz`: packed.
        sentences: all of one language.
        tag: `name` (the tags are IOB2) or `pos`.
        document: its name; None: the file's.
    """
    _check(tag)
    name = re.sub(r"\s+", "_", document or Path(path).name.split(".")[0]) or "_"

    def lines(_: int, sentence: Sentence) -> Iterator[str]:
        tags = tags_of(sentence)
        names = _bracketed(tags) if tag == "name" else ["*"] * len(tags)
        parts = tags if tag == "pos" else ["-"] * len(tags)
        for number, cells in enumerate(zip(sentence.words, parts, names, strict=True)):
            word, part, bracket = cells
            yield joined([name, "0", str(number), word, part, "*", "-", "-", "-", "-", bracket, "-"], " ")

    return write_blocks(path, sentences, lines, before=[f"#begin document ({name}); part 000"], after=["#end document"])


def _check(tag: str | None) -> None:
    if tag is not None and tag not in _TAGS:
        raise SettingsError(f"Unknown tags {tag!r} of CoNLL-2012; possible are {', '.join(_TAGS)}.")


def _sentence(path: Path | str, language: str, rows: list[Row], tag: str | None) -> Sentence:
    tags = None
    if tag == "pos":
        tags = tuple(cells[_POS] for _, cells in rows)
    elif tag:
        tags = spans_to_tags(_spans(path, rows), len(rows))
    words = tuple(cells[_WORD] for _, cells in rows)
    return Sentence(words, language, tags=tags, source=f"{Path(path).name}, line {rows[0][0]}")


def _spans(path: Path | str, rows: list[Row]) -> Iterator[Span]:
    start, kind = 0, ""
    for at, (number, cells) in enumerate(rows):
        cell = "*" if cells[_NAME] == "-" else cells[_NAME]
        found = _BRACKETS.fullmatch(cell)
        ends = bool(found and found["end"])
        opens = found["kind"] if found else None
        if (
            not found
            or not (found["star"] or (opens and ends))
            or (opens and kind)
            or (ends and not opens and not kind)
        ):
            raise CorpusError(
                f"{path}, line {number}, word {cells[_WORD]!r}: the name {cell!r} does not fit what is open "
                f"({kind or 'nothing'}); expected (TYPE*, *, *) or (TYPE), names not nested."
            )
        if opens:
            start, kind = at, opens
        if ends:
            yield start, at + 1, kind
            kind = ""
    if kind:
        raise CorpusError(f"{path}, line {rows[-1][0]}: the sentence ends inside the name that begins with ({kind}.")


def _bracketed(tags: Sequence[str]) -> list[str]:
    cells = ["*"] * len(tags)
    try:
        spans = tags_to_spans(tags)
    except CorpusError as error:
        raise unfit(str(error)) from error
    for start, stop, kind in spans:
        if _BRACKETS.fullmatch(f"({kind})") is None:
            raise unfit(f"the type {kind!r} cannot stand in brackets.")
        cells[start] = f"({kind}" + cells[start]
        cells[stop - 1] += ")"
        if stop == start + 1:
            cells[start] = f"({kind})"
    return cells
