"""The records that readers yield: a sentence of words, with what is known about it; and a corpus of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import Generic, TypeVar, overload

from embspace.errors import CorpusError
from embspace.storage import fingerprint


@dataclass(frozen=True, slots=True)
class Entity:
    """A named entity: words start <= i < stop of its sentence, type (PER, LOC, ORG, ...), id shared by translations."""

    start: int
    stop: int
    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as words, with what is known about it.

    Attributes:
        words: the words, punctuation apart.
        language: BCP 47 code.
        text: the sentence as written; empty: the words joined by blanks.
        offsets: (start, stop) of each word in `text`, in characters; given when `text` is.
        tags: a tag per word (BIO, UPOS), or None.
        entity: the one marked entity, or None.
        parallel: an id shared by the translations of this sentence, or None.
        source: where it comes from.
    """

    words: tuple[str, ...]
    language: str
    text: str = ""
    offsets: tuple[tuple[int, int], ...] = ()
    tags: tuple[str, ...] | None = None
    entity: Entity | None = None
    parallel: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if not self.text:
            object.__setattr__(self, "text", " ".join(self.words))
            object.__setattr__(self, "offsets", tuple(_joined_offsets(self.words)))
        if len(self.offsets) != len(self.words):
            raise CorpusError(f"{self.source}: {len(self.words)} words but {len(self.offsets)} offsets.")
        if self.tags is not None and len(self.tags) != len(self.words):
            raise CorpusError(f"{self.source}: {len(self.words)} words but {len(self.tags)} tags.")
        if self.entity and not 0 <= self.entity.start < self.entity.stop <= len(self.words):
            raise CorpusError(f"{self.source}: entity {self.entity.id} lies outside the sentence.")


LABELS = ("entailment", "neutral", "contradiction")
"""what a premise may say about a hypothesis"""


@dataclass(frozen=True, slots=True)
class AlignedPair:
    """A sentence and its translation, word by word.

    Attributes:
        source: the one sentence.
        target: the other.
        links: (word of source, word of target), from 0; sorted, each once.
    """

    source: Sentence
    target: Sentence
    links: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "links", tuple(sorted(set(self.links))))
        sizes = len(self.source.words), len(self.target.words)
        for link in self.links:
            if not all(0 <= word < size for word, size in zip(link, sizes, strict=True)):
                where = self.source.parallel or self.source.source
                raise CorpusError(f"{where}: link {link[0]}-{link[1]} lies outside {sizes[0]} and {sizes[1]} words.")

    @property
    def language(self) -> str:
        """Of the translation."""
        return self.target.language

    @property
    def parallel(self) -> str | None:
        """Shared by all translations of the sentence."""
        return self.source.parallel


@dataclass(frozen=True, slots=True)
class Entailment:
    """A premise, a hypothesis, and what the one says about the other.

    Attributes:
        premise: as written.
        hypothesis: as written.
        label: one of `LABELS`.
        languages: of premise and hypothesis, BCP 47.
        id: shared by the translations of the pair.
        genre: of the premise; empty: unknown.
    """

    premise: str
    hypothesis: str
    label: str
    languages: tuple[str, str]
    id: str
    genre: str = ""

    def __post_init__(self) -> None:
        if self.label not in LABELS:
            raise CorpusError(f"Pair {self.id}: label {self.label!r}; possible are {', '.join(LABELS)}.")

    @property
    def language(self) -> str:
        """Of both; of two languages `en+ru`, in the order of their codes."""
        return "+".join(sorted(set(self.languages)))

    @property
    def parallel(self) -> str:
        """Shared by the translations."""
        return self.id


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a paragraph, with its answers.

    Attributes:
        id: shared by the translations of the question.
        question: as written.
        paragraph: as written.
        answers: (text, start in the paragraph in characters) of each; none: the paragraph has none, or none is told.
        languages: of question and paragraph, BCP 47.
        title: of the paragraph's article; empty: unknown.
    """

    id: str
    question: str
    paragraph: str
    answers: tuple[tuple[str, int], ...]
    languages: tuple[str, str]
    title: str = ""

    def __post_init__(self) -> None:
        for text, start in self.answers:
            if start < 0 or not text or not self.paragraph.startswith(text, start):
                raise CorpusError(f"Question {self.id}: the answer {text!r} is not at {start} in its paragraph.")

    @property
    def language(self) -> str:
        """Of both; of two languages that of the question, then that of the paragraph: `en+ru`."""
        return "+".join(dict.fromkeys(self.languages))

    @property
    def parallel(self) -> str:
        """Shared by the translations."""
        return self.id


Record = Sentence | AlignedPair | Entailment | Question
"""what tasks learn from: each has `language` and `parallel`"""
R = TypeVar("R", Sentence, AlignedPair, Entailment, Question)


def _joined_offsets(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    at = 0
    for word in words:
        yield at, at + len(word)
        at += len(word) + 1


def content(one: Record) -> str:
    """As JSON, whose encoder is many times faster than a walk through the records."""
    if isinstance(one, AlignedPair):
        return json.dumps((content(one.source), content(one.target), one.links))
    if not isinstance(one, Sentence):
        return json.dumps((type(one).__name__, *astuple(one)))
    entity = one.entity and (one.entity.start, one.entity.stop, one.entity.type, one.entity.id)
    return json.dumps((one.words, one.language, one.text, one.offsets, one.tags, entity, one.parallel))


class Records(Sequence[R], Generic[R]):
    """Records of one kind under a name; two with the same content have the same fingerprint."""

    def __init__(self, name: str, records: Iterable[R]) -> None:
        self.name = name
        self.records: tuple[R, ...] = tuple(records)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[R, ...]: ...
    def __getitem__(self, index: int | slice) -> R | tuple[R, ...]:
        return self.records[index]

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {len(self)} records, languages {' '.join(self.languages)})"

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages in order of their first record."""
        return tuple(dict.fromkeys(one.language for one in self.records))

    @cached_property
    def fingerprint(self) -> str:
        """Of the records' content, not of the name, nor of the files they come from, which may be moved."""
        return fingerprint([content(one) for one in self.records])


class Corpus(Records[Sentence]):
    """Sentences under a name."""

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All of them."""
        return self.records

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}, {len(self)} sentences, languages {' '.join(self.languages)})"
