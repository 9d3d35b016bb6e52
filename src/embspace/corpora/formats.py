"""The one table of formats: a name, what it looks like, what must be said of it, and how its files become sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from embspace.corpora import conll, conll2012, conllu, nli, parallel, squad, tables
from embspace.corpora.plain_text import read_plain_text
from embspace.corpora.records import Sentence
from embspace.corpora.table_rows import Columns, language_code
from embspace.corpora.words import split_words
from embspace.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Reading:
    """What is said of files, beside their format.

    Attributes:
        languages: BCP 47 codes; how many and of what, the format says.
        columns: of tables; as of `table_rows.sentences_of_rows`.
        options: of the format's reader, by name, such as `scheme`, `tag` or `word`; with `repair`, tags that break
            their scheme are mended.
        counted: filled while reading: what was mended or left out, and how often.
    """

    languages: tuple[str, ...] = ()
    columns: Columns | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)


Needs: TypeAlias = Literal["nothing", "language", "two languages", "a language per file"]
Read: TypeAlias = Callable[[Sequence[Path], Reading], Iterator[Sentence]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of corpora.

    Attributes:
        name: what `format=` takes.
        title: what it is.
        example: a line or so of it.
        needs: languages that must be said; where it is `language`, one for all files or one for each.
        options: of its reader.
        read: files -> sentences.
    """

    name: str
    title: str
    example: str
    needs: Needs
    read: Read
    options: tuple[str, ...] = ()


def read_files(name: str, paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
    """Yield the sentences of files in a format.

    Raises:
        CorpusError: the format is unknown, languages or files are too few or too many, an option is not the format's,
            or a file is not as expected (file and line).
    """
    if name not in FORMATS:
        raise CorpusError(f"There is no format {name!r}; there are {', '.join(FORMATS)}.")
    one = FORMATS[name]
    if wrong := [option for option in reading.options if option not in one.options]:
        has = f"it has {', '.join(one.options)}" if one.options else "it has none"
        raise CorpusError(f"The format {name} has no option {wrong[0]!r}; {has}.")
    if reading.columns and one.read is not _TABLES.get(name):
        raise CorpusError(f"columns are for tables ({', '.join(_TABLES)}); the format is {name}.")
    for code in reading.languages:
        language_code(code, "languages")
    given, files = len(reading.languages), len(paths)
    if not files:
        raise CorpusError("No file was named.")
    wanted = {
        "nothing": range(2),
        "language": (1, files),
        "two languages": (2,),
        "a language per file": (files,),
    }[one.needs]
    if given not in wanted:
        said = f"got {', '.join(reading.languages)}" if given else "none was given"
        needs = {"nothing": "no language or one", "language": "a language, or one per file"}.get(one.needs, one.needs)
        raise CorpusError(f"{paths[0].name}: the format {name} needs {needs}; {said}. Say them with language=.")
    if one.needs == "a language per file" and (files < 2 or len(set(reading.languages)) < files):
        raise CorpusError(
            f"The format {name} joins files of different languages; got {files} file, or a language twice."
        )
    return one.read(paths, reading)


def _each(reader: Callable[..., Iterator[Sentence]], counts: bool = False) -> Read:
    """A reader of one file in one language, called for each file; `counts`: it takes the counter."""

    def read(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
        options = dict(reading.options)
        if options.pop("repair", False):
            options["repaired"] = reading.counted
        if counts:
            options["counted"] = reading.counted
        for number, path in enumerate(paths):
            code = reading.languages[min(number, len(reading.languages) - 1)] if reading.languages else None
            yield from reader(path, code, **options)

    return read


def _table(reader: Callable[..., Iterator[Sentence]]) -> Read:
    def read(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
        for number, path in enumerate(paths):
            code = reading.languages[min(number, len(reading.languages) - 1)] if reading.languages else ""
            yield from reader(path, language=code, columns=reading.columns, **reading.options)

    return read


def _pairs(reader: Callable[..., Iterator[parallel.Translation]]) -> Read:
    def read(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
        for path in paths:
            yield from parallel.sentences_of(reader(path, reading.languages[:2], **reading.options))

    return read


def _joined(reader: Callable[[Mapping[str, Path]], Iterator[parallel.Translation]]) -> Read:
    def read(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
        return parallel.sentences_of(reader(dict(zip(reading.languages, paths, strict=True))))

    return read


def _read_text(path: Path, language: str) -> Iterator[Sentence]:
    for line in read_plain_text(path):
        words, offsets = split_words(line)
        yield Sentence(words, language, line, offsets, source=path.name)


def _read_nli(path: Path, language: str | None, *, counted: Counter[str]) -> Iterator[Sentence]:
    unlabeled = Counter[str]()
    for pair in nli.read_nli(path, language=language, unlabeled=unlabeled):
        texts = (pair.premise, pair.hypothesis)
        for what, text, code in zip(("premise", "hypothesis"), texts, pair.languages, strict=True):
            words, offsets = split_words(text)
            yield Sentence(words, code, text, offsets, parallel=f"{pair.id}:{what}", source=path.name)
    counted.update({f"pairs without a label, {code}": count for code, count in unlabeled.items()})


def _read_squad(path: Path, language: str, *, counted: Counter[str]) -> Iterator[Sentence]:
    """Every paragraph once, before its questions."""
    before = None
    flaws: list[squad.Flaw] = []
    for one in squad.read_squad(path, language, flaws=flaws):
        texts = [("question", one.question)]
        if one.paragraph != before:
            before = one.paragraph
            texts.insert(0, ("paragraph", one.paragraph))
        for what, text in texts:
            words, offsets = split_words(text)
            yield Sentence(words, language, text, offsets, parallel=f"{one.id}:{what}", source=path.name)
    counted.update({"answers that are not where the file says": len(flaws)} if flaws else {})


_TABLES: dict[str, Read] = {
    "table": _table(tables.read_csv),
    "jsonl": _table(tables.read_jsonl),
    "parquet": _table(tables.read_parquet),
}

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format(
            "text", "Plain text, a sentence a line", "It was a bright cold day in April.", "language", _each(_read_text)
        ),
        Format(
            "table",
            "CSV or TSV whose first line names the columns",
            "text,language",
            "nothing",
            _TABLES["table"],
            ("delimiter",),
        ),
        Format("jsonl", "A JSON object a line", '{"text": "...", "language": "en"}', "nothing", _TABLES["jsonl"]),
        Format("parquet", "Parquet with named columns", "text | language", "nothing", _TABLES["parquet"]),
        Format(
            "columns",
            "CoNLL columns (2002, 2003): a word a line, its tag last",
            "Washington NNP B-LOC",
            "language",
            _each(conll.read_columns),
            ("word", "tag", "scheme", "repair", "separator", "comments"),
        ),
        Format(
            "conll2012",
            "CoNLL-2012 (OntoNotes): twelve columns and more, entities in brackets",
            "bc/cnn 0 0 Washington NNP",
            "language",
            _each(conll2012.read_conll2012),
            ("tag",),
        ),
        Format(
            "conllx",
            "CoNLL-X (2006, 2007): ten columns, numbered words",
            "1\tIt\tit\tPRON",
            "language",
            _each(conll.read_conllx),
            ("tag",),
        ),
        Format(
            "conllu",
            "CoNLL-U of Universal Dependencies",
            "# text = It was",
            "language",
            _each(conllu.read_conllu),
            ("tag", "multiword", "parallel", "text"),
        ),
        Format(
            "uner",
            "Universal NER (.iob2)",
            "1\tIt\tO\t-\t-",
            "language",
            _each(conllu.read_uner),
            ("scheme", "repair", "parallel", "text"),
        ),
        Format(
            "wikiann",
            "WikiANN: language and word, tag",
            "en:Washington\tB-LOC",
            "nothing",
            _each(conll.read_wikiann),
            ("repair",),
        ),
        Format(
            "joint",
            "A sentence and its translation on each line",
            "yes ||| oui",
            "two languages",
            _pairs(parallel.read_joint),
        ),
        Format(
            "pairs",
            "Two columns: a sentence and its translation",
            "yes\toui",
            "two languages",
            _pairs(parallel.read_pairs),
        ),
        Format(
            "tatoeba", "Sentence pairs of tatoeba.org", "1\tyes\t2\toui", "two languages", _pairs(parallel.read_tatoeba)
        ),
        Format(
            "moses",
            "A file per language, translations on the same line",
            "train.en, train.be",
            "a language per file",
            _joined(parallel.read_lines),
        ),
        Format(
            "ids",
            "A file per language: an id, a sentence",
            "17\tyes",
            "a language per file",
            _joined(parallel.read_ids),
        ),
        Format(
            "nli",
            "Pairs of NLI: MultiNLI, XNLI",
            "premise, hypothesis, label",
            "nothing",
            _each(_read_nli, counts=True),
        ),
        Format(
            "squad",
            "Questions and paragraphs, as SQuAD has them",
            '{"data": [...]}',
            "language",
            _each(_read_squad, counts=True),
        ),
    )
}
"""name -> format"""
