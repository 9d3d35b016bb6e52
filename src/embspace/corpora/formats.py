"""The one table of formats: a name, what it looks like, what must be said of it, and how its files become sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from embspace.corpora import conll, conll2012, conllu, parallel, tables
from embspace.corpora.file_readers import (
    Read,
    Reading,
    all_files,
    each_file,
    each_pair,
    each_table,
    read_nli,
    read_squad,
    read_text,
)
from embspace.corpora.languages import language_code
from embspace.corpora.records import Sentence
from embspace.errors import CorpusError, SettingsError

TABLES = ("table", "jsonl", "parquet")
"""formats with named columns"""
_FLAGS = {"repair", "tokenized", "parallel", "text", "comments"}
"""options that are true or false"""
Needs: TypeAlias = Literal["nothing", "language", "two languages", "a language per file"]


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
        SettingsError: an option has a value that is not possible.
    """
    if name not in FORMATS:
        raise CorpusError(f"There is no format {name!r}; there are {', '.join(FORMATS)}.")
    one = FORMATS[name]
    if wrong := [option for option in reading.options if option not in one.options]:
        has = f"it has {', '.join(one.options)}" if one.options else "it has none"
        raise CorpusError(f"The format {name} has no option {wrong[0]!r}; {has}.")
    for option in _FLAGS & reading.options.keys():
        if not isinstance(reading.options[option], bool):
            raise SettingsError(f"{option}={reading.options[option]!r} is not possible; it is true or false.")
    if reading.columns and name not in TABLES:
        raise CorpusError(f"columns are for tables ({', '.join(TABLES)}); the format is {name}.")
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
    if one.needs == "a language per file" and files < 2:
        raise CorpusError(f"The format {name} joins files of different languages; got one file.")
    if one.needs in ("two languages", "a language per file") and len(set(reading.languages)) < given:
        raise CorpusError(f"The format {name} is of different languages; got {', '.join(reading.languages)}.")
    return one.read(paths, reading)


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format(
            "text",
            "Plain text, a sentence a line",
            "It was a bright cold day in April.",
            "language",
            read_text,
            ("tokenized",),
        ),
        Format(
            "table",
            "CSV or TSV whose first line names the columns",
            "text,language",
            "nothing",
            each_table(tables.read_csv),
            ("delimiter",),
        ),
        Format(
            "jsonl",
            "A JSON object a line",
            '{"text": "...", "language": "en"}',
            "nothing",
            each_table(tables.read_jsonl),
        ),
        Format("parquet", "Parquet with named columns", "text | language", "nothing", each_table(tables.read_parquet)),
        Format(
            "columns",
            "CoNLL columns (2002, 2003): a word a line, its tag last",
            "Washington NNP B-LOC",
            "language",
            each_file(conll.read_columns),
            ("word", "tag", "scheme", "repair", "separator", "comments"),
        ),
        Format(
            "conll2012",
            "CoNLL-2012 (OntoNotes): twelve columns and more, entities in brackets",
            "bc/cnn 0 0 Washington NNP",
            "language",
            each_file(conll2012.read_conll2012),
            ("tag",),
        ),
        Format(
            "conllx",
            "CoNLL-X (2006, 2007): ten columns, numbered words",
            "1\tIt\tit\tPRON",
            "language",
            each_file(conll.read_conllx),
            ("tag",),
        ),
        Format(
            "conllu",
            "CoNLL-U of Universal Dependencies",
            "# text = It was",
            "language",
            each_file(conllu.read_conllu),
            ("tag", "multiword", "parallel", "text"),
        ),
        Format(
            "uner",
            "Universal NER (.iob2)",
            "1\tIt\tO\t-\t-",
            "language",
            each_file(conllu.read_uner),
            ("scheme", "repair", "parallel", "text"),
        ),
        Format(
            "wikiann",
            "WikiANN: language and word, tag",
            "en:Washington\tB-LOC",
            "nothing",
            each_file(conll.read_wikiann),
            ("repair",),
        ),
        Format(
            "joint",
            "A sentence and its translation on each line",
            "yes ||| oui",
            "two languages",
            each_pair(parallel.read_joint),
            ("tokenized",),
        ),
        Format(
            "pairs",
            "Two columns: a sentence and its translation",
            "yes\toui",
            "two languages",
            each_pair(parallel.read_two_columns),
            ("tokenized",),
        ),
        Format(
            "tatoeba",
            "Sentence pairs of tatoeba.org",
            "1\tyes\t2\toui",
            "two languages",
            each_pair(parallel.read_tatoeba),
            ("tokenized",),
        ),
        Format(
            "moses",
            "A file per language, translations on the same line",
            "train.en, train.be",
            "a language per file",
            all_files(parallel.read_lines),
            ("tokenized",),
        ),
        Format(
            "ids",
            "A file per language: an id, a sentence",
            "17\tyes",
            "a language per file",
            all_files(parallel.read_ids),
            ("tokenized",),
        ),
        Format(
            "nli",
            "Pairs of NLI: MultiNLI, XNLI",
            "premise, hypothesis, label",
            "nothing",
            read_nli,
        ),
        Format(
            "squad",
            "Questions and paragraphs, as SQuAD has them",
            '{"data": [...]}',
            "language",
            read_squad,
        ),
    )
}
"""name -> format"""
