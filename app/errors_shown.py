"""Which wrong words the page of errors shows, and the same words as a selection for the Map."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from embspace.analyses.wrong_words import type_of
from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.synthetic_ner import entities
from embspace.storage import fingerprint
from labelling import Labelling
from selections import Selection, of_sentences

PLACE, ORGANIZATION, CLUB = "LOC", "ORG", "club"
_WHOSE = {"any": "", "first": "of A alone", "second": "of B alone", "both": "of both"}


def of_clubs(words: pd.DataFrame, sentences: Sequence[Sentence]) -> pd.DataFrame:
    """Words of organizations that are taken for places; of SyntheticNER those of clubs, which cities name.

    Args:
        words: of `wrong_words`.
        sentences: by their numbers.
    """
    gold = words["gold"].map(type_of) == ORGANIZATION
    taken = (words["first"].map(type_of) == PLACE) | (words["second"].map(type_of) == PLACE)
    found = words.loc[(gold & taken).to_numpy()]
    clubs = {one.id for one in entities(ORGANIZATION) if one.kind == CLUB}
    numbers = [number for number in found["sentence"].unique().tolist() if _may_be_club(sentences[number], clubs)]
    return found.loc[found["sentence"].isin(numbers)]


def _may_be_club(sentence: Sentence, clubs: set[str]) -> bool:
    return sentence.entity is None or sentence.entity.id in clubs


def shown_words(view: Labelling, words: pd.DataFrame) -> pd.DataFrame:
    """The wrong words whose case, language and type a view asks for; a type is asked of the word, not the sentence."""
    rows = pd.Series(True, index=words.index)
    if view.case != "any" and view.beside:
        rows &= words["case"] == view.case
    if view.only:
        rows &= words["language"] == view.only
    if view.type:
        rows &= words["types"].map(lambda types: view.type in types.split())
    return words.loc[rows]


def types_of(words: pd.DataFrame) -> list[str]:
    """The types that words are wrong about, by name."""
    return sorted({kind for text in words["types"].unique() for kind in str(text).split()})


def selection_of(view: Labelling, words: pd.DataFrame, sentences: Corpus) -> Selection:
    """The words of the errors as the Map has points: the entity of each sentence, or each wrong word by itself."""
    about = [view.checkpoint, view.beside, view.case, view.only, view.type, view.clubs, sentences.fingerprint]
    said = [_WHOSE[view.case], view.only, view.type, "clubs" if view.clubs else ""]
    name = " ".join(["errors", *(one for one in said if one and one.isprintable())])
    name = "".join(one if one.isalnum() or one in " .-_" else "-" for one in name)[:50].rstrip(" .-")
    spans: list[tuple[int, int, int]] = []
    if all(one.entity is not None for one in sentences):
        for number in words["sentence"].unique().tolist():
            entity = sentences[number].entity
            assert entity is not None
            spans.append((number, entity.start, entity.stop))
    else:
        rows = words.loc[:, ["sentence", "position"]].itertuples(index=False, name=None)
        spans = [(int(number), int(position), int(position) + 1) for number, position in rows]
    return of_sentences(f"{name} {fingerprint(about)[:6]}", view.checkpoint, sentences, spans)
