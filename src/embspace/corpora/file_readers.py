"""Files of a format -> sentences: what readers of one file need to be readers of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from embspace.corpora import nli, parallel, squad
from embspace.corpora.parallel import Words, split_at_blanks
from embspace.corpora.plain_text import read_plain_text
from embspace.corpora.records import Entailment, Question, Sentence
from embspace.corpora.table_rows import Columns
from embspace.corpora.words import split_words

MOVED = "answers moved to where they stand"
LEFT_OUT = "answers left out: not in the paragraph, or there more than once"
EMPTY = "answers left out: no text"
FLAWS = (MOVED, LEFT_OUT, EMPTY)
"""what is counted of answers that are not where their file says"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is said of files, beside their format.

    Attributes:
        languages: BCP 47 codes; how many and of what, the format says.
        columns: of tables; as of `table_rows.sentences_of_rows`.
        options: of the format's reader, by name, such as `scheme`, `tag` or `word`; with `repair`, tags that break
            their scheme are mended; with `tokenized`, words are what blanks part.
        counted: filled while reading: what was mended or left out, and how often.
        records: filled while reading: the pairs or questions whose texts the sentences are.
        flaws: filled while reading: file -> its answers that are not where it says.
    """

    languages: tuple[str, ...] = ()
    columns: Columns | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    records: list[Entailment | Question] = field(default_factory=list)
    flaws: dict[str, list[squad.Flaw]] = field(default_factory=dict)

    def language_of(self, number: int) -> str | None:
        """Of the file of that number, from 0; the last one that is said is that of those behind it too."""
        return self.languages[min(number, len(self.languages) - 1)] if self.languages else None


Read: TypeAlias = Callable[[Sequence[Path], Reading], Iterator[Sentence]]


def each_file(reader: Callable[..., Iterator[Sentence]]) -> Read:
    """Of a reader of one file in one language, called for each file."""

    def read(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
        options = dict(reading.options)
        if options.pop("repair", False):
            options["repaired"] = reading.counted
        for number, path in enumerate(paths):
            yield from reader(path, reading.language_of(number), **options)

    return read


def each_table(reader: Callable[..., Iterator[Sentence]]) -> Read:
    """Of a reader of tables."""

    def read(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
        for number, path in enumerate(paths):
            code, ids = reading.language_of(number) or "", _own_ids(paths, number)
            yield from reader(path, language=code, columns=reading.columns, ids=ids, **reading.options)

    return read


def each_pair(reader: Callable[..., Iterator[parallel.Translation]]) -> Read:
    """Of a reader of one file in two languages."""

    def read(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
        for number, path in enumerate(paths):
            found = reader(path, reading.languages[:2])
            yield from parallel.sentences_of(found, _splitter(reading), ids=_own_ids(paths, number))

    return read


def all_files(reader: Callable[[Mapping[str, Path]], Iterator[parallel.Translation]]) -> Read:
    """Of a reader of files in different languages that belong together."""

    def read(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
        found = reader(dict(zip(reading.languages, paths, strict=True)))
        return parallel.sentences_of(found, _splitter(reading), ids="")

    return read


def read_text(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
    """Yield the lines that are not blank, of files of one language each."""
    split = _splitter(reading)
    for number, path in enumerate(paths):
        for line in read_plain_text(path):
            words, offsets = split(line)
            yield Sentence(words, reading.language_of(number) or "", line, offsets, source=path.name)


def read_nli(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
    """Yield premise and hypothesis of each labeled pair; translations of a pair have its id."""
    unlabeled = Counter[str]()
    for number, path in enumerate(paths):
        ids = _own_ids(paths, number) if len(set(reading.languages)) == 1 else ""
        for pair in nli.read_nli(path, language=reading.language_of(number), unlabeled=unlabeled):
            one = replace(pair, id=f"{ids}{pair.id}")
            premise = _sentence(one.premise, one.languages[0], f"{one.id}:premise", path, reading)
            hypothesis = _sentence(one.hypothesis, one.languages[1], f"{one.id}:hypothesis", path, reading)
            if premise and hypothesis:
                reading.records.append(one)
            else:
                reading.counted["pairs left out: a blank text"] += 1
            yield from filter(None, (premise, hypothesis))
    reading.counted.update({f"pairs without a label, {code}": count for code, count in unlabeled.items()})


def read_squad(paths: Sequence[Path], reading: Reading) -> Iterator[Sentence]:
    """Yield every paragraph once, before its questions; translations of a question have its id."""
    for number, path in enumerate(paths):
        code, before = reading.language_of(number) or "", None
        ids = _own_ids(paths, number) if len(set(reading.languages)) == 1 else ""
        flaws: list[squad.Flaw] = []
        paragraph: Sentence | None = None
        read: set[str] = set()
        for found in squad.read_squad(path, code, flaws=flaws):
            read.add(found.id)
            one = replace(found, id=f"{ids}{found.id}")
            if one.paragraph != before:
                before = one.paragraph
                paragraph = _sentence(one.paragraph, code, f"{one.id}:paragraph", path, reading)
                yield from filter(None, [paragraph])
            question = _sentence(one.question, code, f"{one.id}:question", path, reading)
            if paragraph and question:
                reading.records.append(one)
            else:
                reading.counted["questions left out: a blank text"] += 1
            yield from filter(None, [question])
        if flaws:
            reading.flaws.setdefault(path.name, []).extend(flaws)
            reading.counted.update(MOVED if one.found is not None else LEFT_OUT if one.text else EMPTY for one in flaws)
            if lost := {one.question for one in flaws} - read:
                reading.counted["questions left out: none of their answers has a place"] += len(lost)


def _sentence(text: str, code: str, parallel: str, path: Path, reading: Reading) -> Sentence | None:
    """The sentence of a text; None, and counted, where it is blank."""
    words, offsets = split_words(text)
    if words:
        return Sentence(words, code, text, offsets, parallel=parallel, source=path.name)
    reading.counted[f"blank {parallel.rpartition(':')[2]}"] += 1
    return None


def _own_ids(paths: Sequence[Path], number: int) -> str:
    """What stands before the ids of one of several files, whose rows are numbered each for itself."""
    return f"{number + 1}:" if len(paths) > 1 else ""


def _splitter(reading: Reading) -> Callable[[str], Words]:
    return split_at_blanks if reading.options.get("tokenized") else split_words
