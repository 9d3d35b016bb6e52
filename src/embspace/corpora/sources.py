"""Anything -> a corpus: files, tables, data frames, datasets, lists, names; the one door."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embspace.corpora import tables
from embspace.corpora.formats import Reading, read_files
from embspace.corpora.guessing import guess
from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.table_rows import Columns, language_code, sentences_of_rows
from embspace.corpora.words import split_words
from embspace.errors import CorpusError
from embspace.progress import Progress
from embspace.workspace import Workspace

HUB = "hf:"


@dataclass(frozen=True, slots=True)
class Opened:
    """Sentences that are read as they are asked for, once, and where they come from.

    Attributes:
        sentences: read once.
        name: made of the names of the files.
        format: of `formats.FORMATS`, or what it was.
        reason: why this format; empty where it was said.
        origin: names of files and their SHA-256.
        counted: filled while reading: what was mended or left out, and how often.
    """

    sentences: Iterator[Sentence]
    name: str
    format: str
    reason: str = ""
    origin: dict[str, str] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)


def corpus(
    source: Any,
    *,
    language: str | Sequence[str] = (),
    name: str = "",
    format: str | None = None,
    columns: Columns | None = None,
    limit: int | None = None,
    workspace: Workspace | None = None,
    **options: Any,
) -> Corpus:
    """A corpus of whatever there is.

    Args:
        source: a name of the catalog; a file or several (plain text, CSV, TSV, JSON lines, Parquet, CoNLL, CoNLL-U,
            WikiANN, UNER, parallel text); a list of texts or of lists of words; a mapping language -> list of texts; a
            pandas data frame; a Hugging Face dataset, or `"hf:NAME"` of one; sentences; a corpus.
        language: BCP 47 code, where the source does not say it; of several files one each; of a pair of languages two;
            of the catalog those that are taken.
        name: of the corpus; empty: made of the source.
        format: of files, one of `formats.FORMATS`; None: guessed.
        columns: of tables, what is in which: `{"text": "sentence", "language": "lang"}`; None: by their names.
        limit: how many sentences are read at most; of the catalog as of `open_corpus`.
        workspace: where the catalog's added corpora lie.
        **options: of the format's reader (`scheme="iob1"`); of `hf:` names `config`, `split` and `streaming`; of
            mappings `parallel=True` where the lists are translations of each other, line by line.

    Raises:
        CorpusError: the source is of another kind, or cannot be read; says where, and what was expected.
    """
    from itertools import islice

    from embspace.corpora.catalog import open_corpus

    if isinstance(source, Corpus) and not limit:
        return source
    if isinstance(source, str) and not source.startswith(HUB) and format is None and not Path(source).exists():
        return open_corpus(source, languages=_codes(language) or None, limit=limit, workspace=workspace)
    opened = open_source(source, language=language, format=format, columns=columns, **options)
    found = Corpus(name or opened.name, islice(opened.sentences, limit))
    if not len(found):
        raise CorpusError(f"{opened.name}: there are no sentences in it.")
    return found


def open_source(
    source: Any,
    *,
    language: str | Sequence[str] = (),
    format: str | None = None,
    columns: Columns | None = None,
    **options: Any,
) -> Opened:
    """The sentences of anything but the catalog, read as they are asked for; arguments as of `corpus`.

    Raises:
        CorpusError: the source is of another kind, or its format cannot be guessed.
    """
    codes = _codes(language)
    one = codes[0] if codes else ""
    if isinstance(source, Corpus):
        return Opened(iter(source), source.name, "sentences")
    if isinstance(source, str) and source.startswith(HUB):
        name = source.removeprefix(HUB)
        return Opened(
            tables.read_dataset(tables.load_dataset(name, **options), language=one, columns=columns, source=name),
            name,
            "dataset",
        )
    if isinstance(source, str | Path):
        return _open_files([Path(source)], codes, format, columns, options)
    if isinstance(source, Sequence) and source and all(isinstance(path, Path) for path in source):
        return _open_files(source, codes, format, columns, options)
    if isinstance(source, Mapping) and not hasattr(source, "column_names"):
        return Opened(_of_mapping(source, **options), "texts", "texts")
    if options:
        raise CorpusError(f"{next(iter(options))} is no setting for {type(source).__name__}.")
    if _is(source, "pandas", "DataFrame"):
        frame: Any = source
        return Opened(tables.read_frame(frame, language=one, columns=columns), "table", "data frame")
    if _is(source, "datasets", "DatasetDict", "IterableDatasetDict"):
        raise CorpusError(f"This is a dataset of several splits; take one: {', '.join(map(repr, source))}.")
    if hasattr(source, "features") and hasattr(source, "__iter__"):
        title = str(getattr(getattr(source, "info", None), "dataset_name", None) or "dataset")
        return Opened(tables.read_dataset(source, language=one, columns=columns, source=title), title, "dataset")
    if isinstance(source, Iterable) and not isinstance(source, bytes):
        return Opened(_of_items(source, one), "texts", "texts")
    raise CorpusError(
        f"A {type(source).__name__} is no corpus; expected files, a name of the catalog, texts, lists of words, a data "
        "frame or a dataset."
    )


def counted(sentences: Iterable[Sentence], progress: Progress) -> Iterator[Sentence]:
    """The sentences, counted as they are read; stops where the reader of the progress asks for it."""
    progress.stage("reading", None, "sentences")
    for number, one in enumerate(sentences, 1):
        if number % 1000 == 0:
            progress.advance(1000)
        yield one


def file_sum(path: Path) -> str:
    """The SHA-256 of a file."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _codes(language: str | Sequence[str]) -> tuple[str, ...]:
    return (
        tuple(part.strip() for part in language.split(",") if part.strip())
        if isinstance(language, str)
        else tuple(language)
    )


def _is(source: Any, module: str, *names: str) -> bool:
    """Whether an object is of a class, without loading its library."""
    return any(kind.__module__.split(".")[0] == module and kind.__name__ in names for kind in type(source).__mro__)


def _open_files(
    paths: Sequence[Path],
    codes: tuple[str, ...],
    format: str | None,
    columns: Columns | None,
    options: Mapping[str, Any],
) -> Opened:
    for path in paths:
        if not path.is_file():
            raise CorpusError(f"{path}: no such file{' (it is a folder; name its files)' if path.is_dir() else ''}.")
    reason = ""
    if format is None:
        guessed = guess(paths)
        format, reason = guessed.format, guessed.reason
        codes, options = codes or guessed.languages, {**guessed.options, **options}
        columns = columns or guessed.columns
    reading = Reading(codes, columns, options)
    sentences = read_files(format, paths, reading)
    origin = {path.name: file_sum(path) for path in paths}
    return Opened(sentences, paths[0].name.split(".")[0] or paths[0].name, format, reason, origin, reading.counted)


def _of_mapping(source: Mapping[str, Sequence[Any]], parallel: bool = False) -> Iterator[Sentence]:
    """Language -> texts or lists of words."""
    sizes = {code: len(texts) for code, texts in source.items()}
    if parallel and len(set(sizes.values())) > 1:
        counts = ", ".join(f"{code} {size:,}" for code, size in sizes.items())
        raise CorpusError(f"Translations line by line need equally many texts; these have: {counts}.")
    for code, texts in source.items():
        for number, one in enumerate(_of_items(texts, code)):
            yield Sentence(one.words, one.language, one.text, one.offsets, parallel=str(number)) if parallel else one


def _of_items(items: Iterable[Any], language: str) -> Iterator[Sentence]:
    """Texts, lists of words, mappings or sentences."""
    for number, item in enumerate(items):
        place = f"Item {number}"
        if isinstance(item, Sentence):
            yield item
        elif isinstance(item, Mapping):
            yield from sentences_of_rows([(place, item)], language)
        elif isinstance(item, str):
            if not item.strip():
                raise CorpusError(f"{place}: the text is empty; leave it out.")
            words, offsets = split_words(item)
            yield Sentence(words, language_code(language, place), item, offsets)
        elif isinstance(item, Sequence) and item and all(isinstance(word, str) and word for word in item):
            yield Sentence(tuple(item), language_code(language, place))
        else:
            raise CorpusError(f"{place}: expected a text or a list of words, got {item!r:.80}.")
