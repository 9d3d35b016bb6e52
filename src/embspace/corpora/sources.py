"""Anything -> a corpus: files, tables, data frames, datasets, lists, names; the one door."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from embspace.corpora import tables
from embspace.corpora.entries import same_name
from embspace.corpora.file_readers import Reading
from embspace.corpora.formats import read_files
from embspace.corpora.guessing import guess, shared_name
from embspace.corpora.languages import language_code
from embspace.corpora.records import Corpus, Entailment, Question, Sentence
from embspace.corpora.squad import Flaw
from embspace.corpora.table_rows import Columns, sentences_of_rows
from embspace.corpora.text_files import file_sum
from embspace.corpora.words import split_words
from embspace.errors import CorpusError
from embspace.progress import Progress
from embspace.workspace import Workspace

HUB = "hf:"
_MOST_FILES = 1000
"""texts in a list that may be paths"""
_MOST_CODES = 4
"""languages that are named in the name of a corpus"""


@dataclass(frozen=True, slots=True)
class Opened:
    """Sentences that are read as they are asked for, once, and where they come from.

    Attributes:
        sentences: read once.
        name: made of the names of the files; of several also of their languages or number.
        format: of `formats.FORMATS`, or what it was.
        reason: why this format; empty where it was said.
        origin: names of files and their SHA-256.
        counted: filled while reading: what was mended or left out, and how often.
        records: filled while reading: the pairs of NLI or the questions whose texts the sentences are.
        flaws: filled while reading: file -> its answers that are not where it says.
    """

    sentences: Iterator[Sentence]
    name: str
    format: str
    reason: str = ""
    origin: dict[str, str] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    records: list[Entailment | Question] = field(default_factory=list)
    flaws: dict[str, list[Flaw]] = field(default_factory=dict)


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
        name: of the corpus; empty: made of the source: of the first file's name and the languages or number of files.
        format: of files, one of `formats.FORMATS`; None: guessed.
        columns: of tables, what is in which: `{"text": "sentence", "language": "lang"}`; None: by their names.
        limit: how many sentences are read at most; of the catalog as of `open_corpus`.
        workspace: where the catalog's added corpora lie.
        **options: of the format's reader (`scheme="iob1"`); of `hf:` names `config`, `split` and `streaming`; of
            mappings `parallel=True` where the lists are translations of each other, line by line.

    Raises:
        CorpusError: the source is of another kind, or cannot be read; says where, and what was expected.
    """
    from embspace.corpora.catalog import names, open_corpus

    if limit is not None and limit < 1:
        raise CorpusError(f"{limit} sentences were asked for; expected 1 or more.")
    if isinstance(source, Corpus) and limit is None:
        return source
    if isinstance(source, str) and not source.startswith(HUB) and format is None and not _is_there(source):
        if _looks_like_path(source) and not any(same_name(source, one) for one in names(workspace)):
            raise CorpusError(f"{source}: no such file, and no corpus of that name.")
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
    if isinstance(source, Sequence) and _are_files(source):
        return _open_files([Path(path) for path in source], codes, format, columns, options)
    if isinstance(source, Mapping) and not hasattr(source, "column_names"):
        if wrong := [option for option in options if option != "parallel"]:
            raise CorpusError(f"{wrong[0]} is no setting for texts of languages; there is parallel.")
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


def name_of(paths: Sequence[Path], codes: Sequence[str]) -> str:
    """Of one file the beginning of its name; of several that and their languages or how many they are."""
    stem = paths[0].name.split(".")[0] or paths[0].name
    if len(paths) == 1:
        return stem
    if len(codes) == len(set(codes)) == len(paths):
        shared = shared_name(paths, codes)
        if shared is None and len({path.name.split(".")[0] for path in paths}) == 1:
            shared = stem
        if shared is not None:
            languages = "-".join(codes) if len(codes) <= _MOST_CODES else f"{len(codes)}-languages"
            return f"{shared}-{languages}" if shared else languages
    return f"{stem}-and-{len(paths) - 1}-more"


def counted(sentences: Iterable[Sentence], progress: Progress) -> Iterator[Sentence]:
    """The sentences, counted as they are read; stops where the reader of the progress asks for it."""
    progress.stage("reading", None, "sentences")
    number = 0
    for number, one in enumerate(sentences, 1):
        if number % 1000 == 0:
            progress.advance(1000)
        yield one
    if number % 1000:
        progress.advance(number % 1000)


def _codes(language: str | Sequence[str]) -> tuple[str, ...]:
    return (
        tuple(part.strip() for part in language.split(",") if part.strip())
        if isinstance(language, str)
        else tuple(language)
    )


def _is(source: Any, module: str, *names: str) -> bool:
    """Whether an object is of a class, without loading its library."""
    return any(kind.__module__.split(".")[0] == module and kind.__name__ in names for kind in type(source).__mro__)


def _are_files(source: Sequence[Any]) -> bool:
    """Whether a sequence is of files: paths, or texts without blanks of which one at least is the path of a file."""
    if not source or not all(isinstance(one, str | Path) for one in source):
        return False
    if any(isinstance(one, Path) for one in source):
        return True
    if len(source) > _MOST_FILES or any(" " in one and not _is_there(one) for one in source):
        return False
    return any(_is_there(one) for one in source)


def _is_there(path: str) -> bool:
    """Whether a text is the path of a file or folder; a long text may be none."""
    with suppress(OSError):
        return Path(path).exists()
    return False


def _looks_like_path(text: str) -> bool:
    return bool(re.search(r"[/\\]|\.(gz|\w*conll\w*|iob2?|txt|[ct]sv|jsonl?|parquet)$", text)) and " " not in text


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
    filled = reading.counted, reading.records, reading.flaws
    return Opened(sentences, name_of(paths, codes), format, reason, origin, *filled)


def _of_mapping(source: Mapping[str, Sequence[Any]], parallel: bool = False) -> Iterator[Sentence]:
    """Language -> texts or lists of words."""
    for code, texts in source.items():
        if isinstance(texts, str | bytes | Path) or not isinstance(texts, Sized):
            raise CorpusError(
                f"{code!r}: expected a list of texts in this language, got {texts!r:.60}. Files are given as a list of "
                "paths, with language=, a code for each."
            )
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
        elif isinstance(item, Path):
            raise CorpusError(f"{place}: {item} is a path; files are given as a list, such as sorted(...).")
        else:
            raise CorpusError(f"{place}: expected a text or a list of words, got {item!r:.80}.")
