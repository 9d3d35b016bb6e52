"""Words and tags in columns: CoNLL-2002 and -2003 and all that look like them, WikiANN, CoNLL-X."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from embspace.corpora.columns import Row, blocks, check_order, iob2, joined, tags_of, unfit, write_blocks
from embspace.corpora.records import Sentence
from embspace.corpora.tags import check_scheme, convert_tags
from embspace.corpora.text_files import numbered_lines
from embspace.errors import CorpusError, SettingsError

_DOCUMENT = "-DOCSTART-"
_CONLLX = {"lemma": 2, "cpos": 3, "pos": 4, "feats": 5}


def read_columns(
    path: Path | str,
    language: str,
    *,
    word: int = 0,
    tag: int | None = -1,
    scheme: str | None = "iob2",
    repaired: Counter[str] | None = None,
    separator: str | None = None,
    comments: bool = True,
) -> Iterator[Sentence]:
    r"""Yield the sentences of a file with a word a row and a blank line between sentences.

    The first row tells how many columns there are; `-DOCSTART-` rows end a sentence and are no words.

    Args:
        path: of the file, `.gz` alike.
        language: BCP 47 code of the sentences.
        word: the column of the words, from 0 (from the end: -1).
        tag: the column of the tags; None: none are read.
        scheme: of the file's tags: iob1 (CoNLL-2003 as it was released), iob2 or bioes; they come out as IOB2.
            None: tags of another kind, such as parts of speech, as they are.
        repaired: tags that break the scheme are mended and counted here; None: they are an error.
        separator: `"\t"`, or `" "` for runs of blanks; None: tabs where the first row has one, else blanks.
        comments: whether lines that begin with `# ` are comments. A row between tabs never is one, nor is one between
            blanks that has as many columns as the others.

    Raises:
        CorpusError: a row has another number of columns, no word, or a tag that breaks the scheme (file, line, word).
    """
    path = Path(path)
    if scheme is not None:
        check_scheme(scheme)
    for name, column in (("word", word), ("tag", tag)):
        if not isinstance(column, int) and (column is not None or name == "word"):
            raise SettingsError(f"{name}={column!r} is not possible; it is the number of a column, from 0.")
    if separator is not None and (not isinstance(separator, str) or not separator):
        raise SettingsError(f"separator={separator!r} is not possible; it is what stands between columns.")
    rows: list[Row] = []
    for row in _rows(path, separator, comments, (word,) if tag is None else (word, tag)):
        if row[1]:
            rows.append(row)
        elif rows:
            yield _sentence(path, language, rows, word, tag, scheme, repaired)
            rows = []
    if rows:
        yield _sentence(path, language, rows, word, tag, scheme, repaired)


def write_columns(
    path: Path | str, sentences: Iterable[Sentence], *, scheme: str | None = "iob2", separator: str = "\t"
) -> int:
    """Write words and tags (words alone where the sentences have no tags); how many sentences they were.

    Args:
        path: of the file; `.gz`: packed.
        sentences: all of one language; what is not word or tag is left out.
        scheme: that the tags, which are IOB2, are written in; None: as they are.
        separator: between word and tag.

    Raises:
        CorpusError: a word holds the separator or is empty, only some sentences have tags, or tags are not IOB2.
    """
    tagged: bool | None = None

    def lines(number: int, sentence: Sentence) -> Iterator[str]:
        nonlocal tagged
        tagged = sentence.tags is not None if tagged is None else tagged
        if tagged != (sentence.tags is not None):
            raise unfit("some sentences have tags and some have none.")
        tags = _written(sentence, scheme) if tagged else None
        for at, word in enumerate(sentence.words):
            line = joined((word, tags[at]) if tags else (word,), separator)
            if not line.strip() or word == _DOCUMENT or (line.startswith("# ") and "\t" not in line and not tags):
                raise unfit(f"the word {word!r} would not be read as one.")
            yield line

    return write_blocks(path, sentences, lines)


def read_wikiann(
    path: Path | str, language: str | None = None, *, repaired: Counter[str] | None = None
) -> Iterator[Sentence]:
    """Yield the sentences of a WikiANN (PAN-X) file: `en:word<TAB>tag`, IOB2.

    Files without the language before each word (as XTREME has them) are read by `read_columns`.

    Args:
        path: of the file.
        language: of the sentences; None: what stands before the words.
        repaired: as of `read_columns`.

    Raises:
        CorpusError: as of `read_columns`; a word has no language before it.
    """
    for sentence in read_columns(path, language or "und", repaired=repaired, separator="\t", comments=False):
        prefix = sentence.words[0].partition(":")[0]
        words = [word.removeprefix(f"{prefix}:") for word in sentence.words]
        for number, (word, before) in enumerate(zip(words, sentence.words, strict=True)):
            if not prefix or word == before or not word:
                raise CorpusError(
                    f"{Path(path).parent / sentence.source}, word {number + 1}: expected a word behind its language, "
                    f"such as {prefix or 'en'}:word, got {before!r}. Files without languages: read_columns."
                )
        yield Sentence(tuple(words), language or prefix, tags=sentence.tags, source=sentence.source)


def write_wikiann(path: Path | str, sentences: Iterable[Sentence]) -> int:
    """Write `lang:word<TAB>tag`; sentences may be of several languages; how many they were."""

    def lines(_: int, sentence: Sentence) -> Iterator[str]:
        for word, tag in zip(sentence.words, _written(sentence, "iob2"), strict=True):
            if not word:
                raise unfit("a word is empty.")
            yield joined((f"{sentence.language}:{word}", tag))

    return write_blocks(path, sentences, lines, languages=True)


def read_conllx(path: Path | str, language: str, *, tag: str | None = "cpos") -> Iterator[Sentence]:
    """Yield the sentences of a CoNLL-X file (2006, 2007): `ID FORM LEMMA CPOSTAG POSTAG FEATS HEAD ...`.

    Args:
        path: of the file.
        language: BCP 47 code of the sentences.
        tag: `cpos`, `pos`, `lemma`, `feats`, or None.

    Raises:
        CorpusError: a row has fewer than 6 or more than 10 columns, no word, or is not in order.
    """
    column = _conllx_column(tag)
    for _, rows in blocks(path, 6, 10):
        for expected, (number, cells) in enumerate(rows, 1):
            check_order(path, number, cells[0], expected)
            if not cells[1]:
                raise CorpusError(f"{path}, line {number}: the word is empty.")
        tags = tuple(cells[column] for _, cells in rows) if column else None
        source = f"{Path(path).name}, line {rows[0][0]}"
        yield Sentence(tuple(cells[1] for _, cells in rows), language, tags=tags, source=source)


def write_conllx(path: Path | str, sentences: Iterable[Sentence], *, tag: str = "cpos") -> int:
    """Write ten columns, of which the number, the word and the tags are known; how many sentences they were."""
    column = _conllx_column(tag)

    def lines(_: int, sentence: Sentence) -> Iterator[str]:
        for number, (word, one) in enumerate(zip(sentence.words, tags_of(sentence), strict=True), 1):
            cells = [str(number), word, *["_"] * 8]
            cells[column] = one
            yield joined(cells)

    return write_blocks(path, sentences, lines)


def _conllx_column(tag: str | None) -> int:
    if tag is not None and tag not in _CONLLX:
        raise SettingsError(f"Unknown column {tag!r} of CoNLL-X; possible are {', '.join(_CONLLX)}.")
    return _CONLLX[tag] if tag else 0


def _written(sentence: Sentence, scheme: str | None) -> tuple[str, ...]:
    tags = tags_of(sentence)
    if scheme is None:
        return tags
    try:
        return convert_tags(tags, "iob2", scheme)
    except CorpusError as error:
        raise unfit(str(error)) from error


def _rows(path: Path, separator: str | None, comments: bool, wanted: tuple[int, ...]) -> Iterator[Row]:
    """Line number and cells, no cells where a sentence ends; comments are left out."""
    columns, first = 0, 0
    for number, line in numbered_lines(path):
        if not line.strip():
            yield number, []
            continue
        cut = separator or ("\t" if "\t" in line else " ")
        cells = line.split(cut) if cut != " " else [cell for cell in line.split(" ") if cell]
        if comments and line.startswith("# ") and "\t" not in line and len(cells) != columns:
            continue
        if cells[0] == _DOCUMENT:
            yield number, []
            continue
        if not columns:
            separator, columns, first = cut, len(cells), number
            if bad := [one for one in wanted if not -columns <= one < columns]:
                raise CorpusError(f"{path}, line {number}: column {bad[0]} was asked for, but there are {columns}.")
        if len(cells) != columns:
            between = {" ": "blanks", "\t": "tabs"}.get(cut, repr(cut))
            raise CorpusError(
                f"{path}, line {number}: expected {columns} columns between {between}, as in line {first}, "
                f"got {len(cells)}: {line[:60]!r}."
            )
        if not cells[wanted[0]]:
            raise CorpusError(f"{path}, line {number}: the word is empty: {line[:60]!r}.")
        yield number, cells


def _sentence(
    path: Path,
    language: str,
    rows: list[Row],
    word: int,
    tag: int | None,
    scheme: str | None,
    repaired: Counter[str] | None,
) -> Sentence:
    tags = None
    if tag is not None:
        found = [cells[tag] if scheme is None else cells[tag].strip() for _, cells in rows]
        tags = iob2(found, scheme, repaired, lambda at: f"{path}, line {rows[at][0]}, word {rows[at][1][word]!r}")
    words = tuple(cells[word] for _, cells in rows)
    return Sentence(words, language, tags=tags, source=f"{path.name}, line {rows[0][0]}")
