"""Questions about paragraphs in SQuAD's JSON (SQuAD, XQuAD, MLQA, TyDi gold passage), in and out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from embspace.corpora.records import Question
from embspace.corpora.text_files import numbered_lines, write_lines
from embspace.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Flaw:
    """An answer that is not where its file says.

    Attributes:
        question: its id.
        text: the answer's.
        start: where it was said to begin, in characters.
        found: where it stands, being there once; None: nowhere or more than once, and so left out.
    """

    question: str
    text: str
    start: int
    found: int | None


def read_squad(
    path: Path | str, languages: str | tuple[str, str], *, flaws: list[Flaw] | None = None
) -> Iterator[Question]:
    """Yield the questions of a file; the file is parsed at once, the questions are made one by one.

    An answer that is not at its offset is moved to where it stands in the paragraph if it stands there once, else left
    out; a question that thereby loses all its answers is left out too. Questions without any answer are kept: their
    paragraph has none (SQuAD 2), or a test set hides it, as those of XTREME do with answers of no letter, which are
    left out here and stand among the flaws.

    Args:
        path: of the file, `.gz` alike.
        languages: of questions and paragraphs, which the format does not tell: one for both, or (question, paragraph).
        flaws: takes the answers that were moved or left out.

    Raises:
        CorpusError: no JSON, or not SQuAD's (the message has the place).
    """
    both = (languages, languages) if isinstance(languages, str) else languages
    for number, article in enumerate(_list(_parsed(path), "data", f"{path}")):
        place = f"{path}, data[{number}]"
        title = _field(article, "title", str, place) if "title" in _object(article, place) else ""
        for part, paragraph in enumerate(_list(article, "paragraphs", place)):
            spot = f"{place}.paragraphs[{part}]"
            context = _field(paragraph, "context", str, spot)
            for index, asked in enumerate(_list(paragraph, "qas", spot)):
                where = f"{spot}.qas[{index}]"
                id = str(_field(asked, "id", (str, int), where))
                given = list(_answers(asked, where))
                answers = tuple(_placed(id, context, given, flaws))
                if answers or not any(text for text, _ in given):
                    yield Question(id, _field(asked, "question", str, where), context, answers, both, title)


def cross_lingual(questions: Iterable[Question], paragraphs: Iterable[Question]) -> Iterator[Question]:
    """Yield the questions of one language about the paragraphs of another, joined by id.

    Those that are in both, in the order of `paragraphs`, whose answers they have.

    Raises:
        CorpusError: an id that `questions` has twice.
    """
    asked: dict[str, Question] = {}
    for one in questions:
        if one.id in asked:
            raise CorpusError(f"Question {one.id} stands twice among the questions, which are joined by id.")
        asked[one.id] = one
    for one in paragraphs:
        if one.id in asked:
            languages = asked[one.id].languages[0], one.languages[1]
            yield Question(one.id, asked[one.id].question, one.paragraph, one.answers, languages, one.title)


def write_squad(questions: Iterable[Question], path: Path | str, *, version: str = "1.1") -> int:
    """Write questions in SQuAD's JSON, those that follow each other about one paragraph together; how many.

    Raises:
        CorpusError: questions in several languages, which the format cannot tell.
        StoreError: the disk is full or refuses the write.
    """
    every = list(questions)
    if len({one.languages for one in every}) > 1:
        raise CorpusError(f"{path}: a SQuAD file has one language of questions and one of paragraphs; write several.")
    data = [
        {
            "title": title,
            "paragraphs": [
                {"context": context, "qas": [_asked(one) for one in about]}
                for context, about in groupby(article, lambda one: one.paragraph)
            ],
        }
        for title, article in groupby(every, lambda one: one.title)
    ]
    write_lines(path, [json.dumps({"version": version, "data": data}, ensure_ascii=False)])
    return len(every)


def _asked(one: Question) -> dict[str, Any]:
    answers = [{"text": text, "answer_start": start} for text, start in one.answers]
    return {"id": one.id, "question": one.question, "answers": answers}


def _placed(
    id: str, context: str, given: Iterable[tuple[str, int]], flaws: list[Flaw] | None
) -> Iterator[tuple[str, int]]:
    """The answers that are where they say, or can be found."""
    for text, start in given:
        found: int | None = start
        if start < 0 or not text or not context.startswith(text, start):
            first = context.find(text) if text else -1
            found = first if first >= 0 and context.find(text, first + 1) < 0 else None
            if flaws is not None:
                flaws.append(Flaw(id, text, start, found))
        if found is not None:
            yield text, found


def _answers(asked: Any, where: str) -> Iterator[tuple[str, int]]:
    for number, one in enumerate(_list(asked, "answers", where)):
        place = f"{where}.answers[{number}]"
        start = _field(one, "answer_start", (int, str), place)
        if not str(start).removeprefix("-").isdecimal():
            raise CorpusError(f"{place}: expected 'answer_start' to be a number, got {start!r}.")
        yield _field(one, "text", str, place), int(start)  # TQuAD writes the number as text


def _parsed(path: Path | str) -> Any:
    text = "\n".join(line for _, line in numbered_lines(path))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{path}, line {error.lineno}, column {error.colno}: no JSON: {error.msg}.") from error


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CorpusError(f"{where}: expected an object, as in SQuAD's JSON, got {type(value).__name__}.")
    return value


def _field(value: Any, key: str, kind: type | tuple[type, ...], where: str) -> Any:
    known = _object(value, where)
    if key not in known or not isinstance(known[key], kind) or isinstance(known[key], bool):
        names = " or ".join(one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)))
        got = f"{known[key]!r:.60}" if key in known else f"only {', '.join(known)}"
        raise CorpusError(f"{where}: expected {key!r} ({names}), as in SQuAD's JSON, got {got}.")
    return known[key]


def _list(value: Any, key: str, where: str) -> list[Any]:
    return _field(value, key, list, where)
