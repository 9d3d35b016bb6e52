"""Training sets of several languages: quarters of them, round robin, and a part that is held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from embspace.corpora.records import Entailment, Question, R, Record, Sentence
from embspace.errors import CorpusError, SettingsError

SCENARIOS = ("A", "B")


def quarter_mix(
    sentences: Mapping[str, Sequence[Sentence]], scenario: str = "A", seed: int = 0, *, whole: str = "en"
) -> list[Sentence]:
    """The joint training sets of "architectures": quarters of each language, language after language.

    The quarter of a language is drawn from it alone, so it is the same in both scenarios and beside any others.

    Args:
        sentences: the training set of each language, by BCP 47 code.
        scenario: A, a quarter of every language; B, all of one and a quarter of each other.
        seed: of the draw.
        whole: the language that B takes all of.

    Returns:
        of n sentences n / 4, rounded, at least one; in their order.

    Raises:
        SettingsError: unknown scenario, or B without its whole language.
    """
    if scenario not in SCENARIOS:
        raise SettingsError(f"Unknown mix {scenario!r}; possible are {', '.join(SCENARIOS)}.")
    if scenario == "B" and whole not in sentences:
        raise SettingsError(f"Mix B takes all of {whole}, and the languages are {', '.join(sentences)}; add {whole}.")
    mix: list[Sentence] = []
    for language, every in sentences.items():
        if scenario == "B" and language == whole:
            mix += every
        elif every:
            number = max(1, (len(every) + 2) // 4)
            mix += [every[place] for place in sorted(Random(f"{seed} {language}").sample(range(len(every)), number))]
    return mix


def round_robin(languages: Sequence[str]) -> list[tuple[tuple[str, ...], str]]:
    """(the languages that are trained on, the one that is tested) for each language in turn.

    Raises:
        SettingsError: fewer than two languages, or one twice.
    """
    if len(languages) < 2 or len(set(languages)) < len(languages):
        told = ", ".join(languages) or "none"
        raise SettingsError(f"Round robin trains on all languages but one: give two or more, each once, not {told}.")
    return [(tuple(other for other in languages if other != one), one) for one in languages]


def hold_out(sentences: Sequence[R], share: float, seed: int = 0) -> tuple[list[R], list[R]]:
    """(sentences to train on, sentences to choose by), each in their order; translations stay on one side.

    Records with one `parallel` are a group, and questions about one paragraph or pairs with one premise; others stand
    alone. Of the groups in the same languages the same share
    is held out, so every language has its part.

    Args:
        sentences: records of one or more languages.
        share: of the groups, above 0 and below 1; rounded, but so that neither side is empty.
        seed: of the draw.

    Raises:
        SettingsError: the share is out of its range.
        CorpusError: there are fewer than two groups.
    """
    if not 0 < share < 1:
        raise SettingsError(f"A share of {share:g} cannot be held out; give more than 0 and less than 1.")
    groups: dict[str | int, list[int]] = {}
    for place, group in enumerate(_groups(sentences)):
        groups.setdefault(group, []).append(place)
    alike: dict[tuple[str, ...], list[list[int]]] = {}
    for places in groups.values():
        alike.setdefault(tuple(sorted({sentences[place].language for place in places})), []).append(places)
    held: set[int] = set()
    for languages, found in alike.items():
        number = int(share * len(found) + 0.5)
        drawn = Random(f"{seed} {' '.join(languages)}").sample(found, number)
        held.update(place for places in drawn for place in places)
    if len(groups) < 2:
        raise CorpusError(
            f"{len(sentences)} sentences in {len(groups)} groups of translations cannot be divided into two parts; "
            "give more sentences, or sentences of their own to choose by."
        )
    if len(held) in (0, len(sentences)):
        held.symmetric_difference_update(Random(seed).choice(max(alike.values(), key=len)))
    return (
        [one for place, one in enumerate(sentences) if place not in held],
        [one for place, one in enumerate(sentences) if place in held],
    )


def _groups(records: Sequence[Record]) -> list[str | int]:
    """For each record the name of its group: its `parallel`, or the first one that it is joined with by a text."""
    names: list[str | int] = [place if one.parallel is None else one.parallel for place, one in enumerate(records)]
    texts = [
        one.paragraph if isinstance(one, Question) else one.premise if isinstance(one, Entailment) else None
        for one in records
    ]
    joined: dict[str | int, str | int] = {}

    def root(name: str | int) -> str | int:
        while name in joined:
            name = joined[name]
        return name

    first: dict[str, str | int] = {}
    for name, text in zip(names, texts, strict=True):
        if text is not None and (one := root(first.setdefault(text, name))) != (other := root(name)):
            joined[other] = one
    return [root(name) for name in names]
