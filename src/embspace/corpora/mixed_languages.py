"""Pairs and questions in two languages, made of translations and their English originals ("adjustment" 4.2, 4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Literal, TypeVar, get_args

from embspace.corpora.records import Entailment, Question
from embspace.corpora.squad import cross_lingual
from embspace.errors import CorpusError, SettingsError

ENGLISH = "en"
Which = Literal["question", "paragraph"]
T = TypeVar("T", Entailment, Question)
_NAMED = 5
"""ids that an error names"""


def mixed_entailments(pairs: Iterable[Entailment], english: Iterable[Entailment], seed: int) -> list[Entailment]:
    """Pairs with either premise or hypothesis, as is drawn for each, in English ("adjustment" 4.2).

    A draw depends on the seed, the pair's id and its language alone: not on the order, nor on other pairs.

    Args:
        pairs: in one language each; the English ones are left out.
        english: has the originals, under the same ids.
        seed: of the draws.

    Returns:
        a pair for each, in their order, with its own label, id and genre.

    Raises:
        CorpusError: a pair has no English original, or two, or one with another label; or it is in two languages
            already.
    """
    found = list(_with_originals(list(pairs), english, "pairs"))
    if wrong := next((one for one, original in found if one.label != original.label), None):
        raise CorpusError(
            f"Pair {wrong.id} is {wrong.label} in {wrong.language}, and its English original is not: they are no "
            "translations of each other. Give files whose ids (pairID) are shared by translations alone."
        )
    return [
        Entailment(original.premise, one.hypothesis, one.label, (ENGLISH, one.language), one.id, one.genre)
        if _premise_is_drawn(one, seed)
        else Entailment(one.premise, original.hypothesis, one.label, (one.language, ENGLISH), one.id, one.genre)
        for one, original in found
    ]


def cross_lingual_questions(questions: Iterable[Question], english: Iterable[Question], which: Which) -> list[Question]:
    """Questions in English about paragraphs in another language, or the other way round ("adjustment" 4.4).

    Args:
        questions: in one language each; the English ones are left out.
        english: has the originals, under the same ids.
        which: what is English: the `question`, asked about the translated paragraph; or the `paragraph`, with its
            answers, that the translated question is asked about.

    Returns:
        a question for each, in their order.

    Raises:
        CorpusError: a question has no English original, or two; or it is in two languages already.
        SettingsError: `which` is neither.
    """
    if which not in get_args(Which):
        raise SettingsError(f"{which!r} cannot be English; possible are {', '.join(get_args(Which))}.")
    mixed: list[Question] = []
    for one, original in _with_originals(list(questions), english, "questions"):
        asked, about = (original, one) if which == "question" else (one, original)
        mixed += cross_lingual([asked], [about])
    return mixed


def _premise_is_drawn(one: Entailment, seed: int) -> bool:
    """One bit of a hash, which takes a fraction of the time of a generator of its own for each pair."""
    return blake2b(f"{seed}\0{one.language}\0{one.id}".encode(), digest_size=1).digest()[0] % 2 == 0


def _with_originals(records: list[T], english: Iterable[T], what: str) -> Iterator[tuple[T, T]]:
    """Each record that is not English, beside the one of its id that is."""
    originals: dict[str, T] = {}
    for one in english:
        if one.languages == (ENGLISH, ENGLISH) and originals.setdefault(one.id, one) != one:
            raise CorpusError(f"The id {one.id} stands for two different English {what}; give each an id of its own.")
    others = [one for one in records if one.languages != (ENGLISH, ENGLISH)]
    for one in others:
        if len(set(one.languages)) > 1:
            raise CorpusError(
                f"{one.id} is in two languages already ({one.language}); expected {what} in one language each."
            )
    missing = list(dict.fromkeys(one.id for one in others if one.id not in originals))
    if missing:
        more = ", ..." if len(missing) > _NAMED else ""
        raise CorpusError(
            f"{len(missing):,} of {len({one.id for one in others}):,} {what} have no English original: "
            f"{', '.join(missing[:_NAMED])}{more}. Expected English {what} under the same ids; add their file to the "
            "corpus, or leave these out."
        )
    return ((one, originals[one.id]) for one in others)
