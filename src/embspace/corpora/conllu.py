"""CoNLL-U (Universal Dependencies), and the names of Universal NER in the same shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from embspace.corpora.columns import (
    Row,
    blocks,
    comment_value,
    iob2,
    joined,
    tags_of,
    unfit,
    write_blocks,
)
from embspace.corpora.conllu_tokens import find_tokens, put_together, read_tokens, words_of
from embspace.corpora.records import Sentence
from embspace.corpora.tags import check_scheme
from embspace.errors import CorpusError, SettingsError

_COLUMNS = {"lemma": 2, "upos": 3, "xpos": 4, "feats": 5, "deprel": 7}


def read_conllu(
    path: Path | str,
    language: str,
    *,
    tag: str | None = "upos",
    multiword: str = "split",
    parallel: bool = False,
    text: bool = True,
) -> Iterator[Sentence]:
    """Yield the sentences of a CoNLL-U file; empty nodes (`8.1`) are left out.

    Offsets are those in `# text`; without it the text is put together from the words and `SpaceAfter=No`.

    Args:
        path: of the file, `.gz` alike.
        language: BCP 47 code of the sentences.
        tag: the column that becomes the tags: upos, xpos, lemma, feats, deprel; None: none.
        multiword: a token of several words (`1-2 del`, `1 de`, `2 el`) gives its words (`split`), which share its
            offsets unless their letters add up to it; or is a word itself (`whole`), its tags joined by `+`.
        parallel: `# sent_id` becomes `parallel`: treebanks such as PUD are translations of each other.
        text: whether `# text` is taken.

    Raises:
        CorpusError: a row has not ten columns, is out of order, or its word is not in `# text` (file, line, word).
    """
    if tag is not None and tag not in _COLUMNS:
        raise SettingsError(f"Unknown column {tag!r} of CoNLL-U; possible are {', '.join(_COLUMNS)}.")
    if multiword not in {"split", "whole"}:
        raise SettingsError(f"multiword is {multiword!r}; possible are split and whole.")
    for sentence, _ in _read(path, language, 10, _COLUMNS[tag] if tag else None, multiword, parallel, text):
        yield sentence


def read_uner(
    path: Path | str,
    language: str,
    *,
    scheme: str = "iob2",
    repaired: Counter[str] | None = None,
    parallel: bool = False,
    text: bool = True,
) -> Iterator[Sentence]:
    """Yield the sentences of a Universal NER file: number, word and tag of a name, with the comments of CoNLL-U.

    Args:
        path: of the file (`.iob2`).
        language: BCP 47 code of the sentences.
        scheme: of the tags; they come out as IOB2.
        repaired: tags that break the scheme are mended and counted here; None: they are an error.
        parallel: `# sent_id` becomes `parallel`.
        text: whether `# text` is taken; else words are joined by blanks.

    Raises:
        CorpusError: fewer than 3 columns, a row out of order, a word that is not in `# text`, a tag that breaks the
            scheme (file, line, word).
    """
    check_scheme(scheme)
    for sentence, lines in _read(path, language, None, 2, "split", parallel, text):

        def place(at: int, sentence: Sentence = sentence, lines: Sequence[int] = lines) -> str:
            return f"{path}, line {lines[at]}, word {sentence.words[at]!r}"

        yield replace(sentence, tags=iob2(sentence.tags or (), scheme, repaired, place))


def write_conllu(path: Path | str, sentences: Iterable[Sentence], *, tag: str = "upos") -> int:
    """Write CoNLL-U with `# sent_id`, `# text`, `SpaceAfter=No` and multiword tokens; how many sentences they were.

    `sent_id` is `parallel`, or the sentence's number from 1. Words that share their offsets are one multiword token.

    Args:
        path: of the file; `.gz`: packed.
        sentences: all of one language; marked entities are left out.
        tag: the column that the tags are written to; sentences without tags have `_`.

    Raises:
        CorpusError: the text has more than the words and blanks, or a word is written otherwise in it.
    """
    if tag not in _COLUMNS:
        raise SettingsError(f"Unknown column {tag!r} of CoNLL-U; possible are {', '.join(_COLUMNS)}.")

    def lines(number: int, sentence: Sentence) -> Iterator[str]:
        yield from _comments(number, sentence)
        for first, stop, after in _written(sentence):
            cells = ["_"] * 9 + ["_" if after else "SpaceAfter=No"]
            if stop > first + 1:
                start, end = sentence.offsets[first]
                yield joined([f"{first + 1}-{stop}", sentence.text[start:end], *cells[2:]])
                cells[9] = "_"
            for at in range(first, stop):
                cells[0], cells[1] = str(at + 1), sentence.words[at]
                cells[_COLUMNS[tag]] = sentence.tags[at] if sentence.tags else "_"
                yield joined(cells)

    return write_blocks(path, sentences, lines)


def write_uner(path: Path | str, sentences: Iterable[Sentence]) -> int:
    """Write number, word, tag, `-` and `-`, with `# sent_id` and `# text`; how many sentences they were."""

    def lines(number: int, sentence: Sentence) -> Iterator[str]:
        yield from _comments(number, sentence)
        for _ in _written(sentence):
            pass
        for at, (word, tag) in enumerate(zip(sentence.words, tags_of(sentence), strict=True), 1):
            yield joined([str(at), word, tag, "-", "-"])

    return write_blocks(path, sentences, lines)


def _read(
    path: Path | str,
    language: str,
    columns: int | None,
    column: int | None,
    multiword: str,
    parallel: bool,
    text: bool,
) -> Iterator[tuple[Sentence, list[int]]]:
    """Yield each sentence and the lines of its words; ten `columns` end in MISC, any number (None) has none."""
    for comments, rows in blocks(path, columns or 3, columns):
        tokens = read_tokens(path, rows, columns and columns - 1)
        written = _text(comments) if text else None
        if written is None:
            written, spans = put_together(tokens)
        else:
            spans = find_tokens(path, written, tokens)
        words, offsets, tags = words_of(tokens, spans, written, column, multiword)
        sentence = Sentence(
            words,
            language,
            text=written,
            offsets=offsets,
            tags=tags,
            parallel=_sent_id(path, comments, rows) if parallel else None,
            source=f"{Path(path).name}, line {rows[0][0]}",
        )
        yield sentence, [number for token in tokens for number, _ in token.rows]


def _text(comments: Sequence[str]) -> str | None:
    text = comment_value(comments, "text")
    return text if text and text.strip() else None


def _sent_id(path: Path | str, comments: Sequence[str], rows: Sequence[Row]) -> str:
    value = comment_value(comments, "sent_id")
    if not value:
        raise CorpusError(f"{path}, line {rows[0][0]}: the sentence has no `# sent_id`, by which it would be parallel.")
    return value.strip()


def _comments(number: int, sentence: Sentence) -> Iterator[str]:
    name = str(number + 1) if sentence.parallel is None else sentence.parallel
    for value in (name, sentence.text):
        if "\t" in value or "\n" in value or "\r" in value:
            raise unfit(f"{value[:60]!r} holds a tab or a line break; make it a blank.")
    if not name or name != name.strip():
        raise unfit(f"its parallel id {name!r} is empty or has blanks around it.")
    yield f"# sent_id = {name}"
    yield f"# text = {sentence.text}"


def _written(sentence: Sentence) -> Iterator[tuple[int, int, bool]]:
    """(first word, stop, whether a blank or the end follows) of each token of a sentence's text."""
    at, first = 0, 0
    while first < len(sentence.words):
        start, end = sentence.offsets[first]
        stop = first + 1
        while stop < len(sentence.words) and sentence.offsets[stop] == (start, end):
            stop += 1
        written, word = sentence.text[start:end], sentence.words[first]
        if start < at or sentence.text[at:start].strip() or (stop == first + 1 and written != word):
            raise unfit(f"the word {word!r} stands in the text as {sentence.text[at:end]!r}.")
        if written != written.strip() or not written:
            raise unfit(f"the word {word!r} is blank or has blanks around it.")
        rest = sentence.text[end:]
        yield first, stop, not rest or rest[0].isspace()
        first, at = stop, end
    if sentence.text[at:].strip():
        raise unfit(f"no word covers the text's end, {sentence.text[at:][:40]!r}.")
