"""A draw of SyntheticNER in two parts, to learn from and to choose by, that have no name and no frame in common."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from embspace.corpora.filling import Context, fill
from embspace.corpora.languages import check_languages
from embspace.corpora.records import Corpus
from embspace.corpora.splits import hold_entities, hold_frames, largest_remainders
from embspace.corpora.synthetic_ner import contexts, draw_pairs, entities
from embspace.corpora.templates import CODES, TYPES, NamedEntity
from embspace.errors import CorpusError, SettingsError


def held_count(sentences: int, share: float) -> int:
    """How many of some sentences of a language are held out: a share, but neither none nor all of them."""
    return max(1, min(sentences - 1, int(share * sentences + 0.5)))


def divide(
    languages: Sequence[str] | None, *, per_type: Mapping[str, int], share: float, split: str = "train", seed: int = 0
) -> tuple[Corpus, Corpus]:
    """(sentences to train on, those to choose by): together as many as `synthetic_ner` draws, alike in all languages.

    Neither frames nor entities of the one are in the other, and entities that share a name in any language are on one
    side; openings are shared, as between the halves of the corpus. What is held out depends on the split and the share
    alone, so that draws of other seeds and languages keep apart, too.

    Args:
        languages: codes; None: all eleven.
        per_type: sentences by type and language.
        share: of the sentences, above 0 and below 1.
        split: train or test.
        seed: of the drawing.

    Raises:
        CorpusError: an unknown language, or more sentences than are possible, or fewer than two.
        SettingsError: the share is out of its range.
    """
    if not 0 < share < 1:
        raise SettingsError(f"A share of {share:g} cannot be held out; give more than 0 and less than 1.")
    codes = check_languages(CODES if languages is None else languages, CODES)
    total = sum(per_type.values())
    if total < 2:
        raise CorpusError("One sentence cannot be divided into two parts; draw more, or hold nothing out.")
    held = dict(zip(per_type, largest_remainders([*per_type.values()], held_count(total, share)), strict=True))
    return (
        _filled(codes, {type: number - held[type] for type, number in per_type.items()}, share, split, seed, False),
        _filled(codes, held, share, split, seed, True),
    )


def _filled(
    codes: Sequence[str], numbers: Mapping[str, int], share: float, split: str, seed: int, held: bool
) -> Corpus:
    pairs: list[tuple[Context, NamedEntity]] = []
    # Of frames and of entities so much that a share of the sentences could be four times as many.
    part = math.sqrt(share) / 2
    names = hold_entities([one for type in TYPES for one in entities(type, split)], part)
    frames = hold_frames([context.frame for type in TYPES for context in contexts(type, split)], part)
    for type, number in numbers.items():
        if number:
            fitting = [one for one in entities(type, split) if (one.id in names) == held]
            around = [one for one in contexts(type, split) if (one.frame.id in frames) == held]
            where = f"the part of the {split} split that is {'' if held else 'not '}held out"
            pairs += draw_pairs(type, number, around, fitting, where, seed)
    name = f"SyntheticNER {split}: all entities{', held out' if held else ''}"
    return Corpus(name, (fill(context, one, code) for code in codes for context, one in pairs))
