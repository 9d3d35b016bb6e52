"""Spelling: how far apart names are written, in Latin letters (TNLD)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations, combinations_with_replacement

import numpy as np
import pandas as pd
from Levenshtein import distance

from embspace.analyses.results import result
from embspace.analyses.romanization import cased, romanized
from embspace.corpora.filling import SOURCE
from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.synthetic_ner import entity_names
from embspace.errors import CorpusError

Names = Mapping[str, Mapping[str, str]]


def tnld(a: str, b: str, language_a: str, language_b: str) -> float:
    """The transliterated normalized Levenshtein distance of two names, 0 (the same letters) to 1.

    LD(t(a), t(b)) / max(|t(a)|, |t(b)|), t = transliteration to Latin letters. "exploring" 3.2. Case counts, but where
    one of the names is in a script without capitals (東京, القاهرة) it does not.

    Args:
        a: a name in `language_a`.
        b: a name in `language_b`.
        language_a: BCP 47 code.
        language_b: BCP 47 code.

    Raises:
        CorpusError: a name is empty, or has a letter that cannot be romanized.
    """
    one, other = compared(a, b, language_a, language_b)
    if not one or not other:
        raise CorpusError(
            f"TNLD compares names, but {a!r} and {b!r} are not both words of Latin letters once romanized."
        )
    return distance(one, other) / max(len(one), len(other))


def compared(a: str, b: str, language_a: str, language_b: str) -> tuple[str, str]:
    """Two names as `tnld` compares them: romanized, in small letters where one has no capitals.

    Raises:
        CorpusError: a name has a letter that cannot be romanized.
    """
    one, other = romanized(a, language_a), romanized(b, language_b)
    return (one, other) if cased(a) and cased(b) else (one.lower(), other.lower())


def spelling(corpus: Corpus, *, names: Names | None = None) -> pd.DataFrame:
    """The mean TNLD between parallel entities: `language_a language_b value n left_out`, both orders and the diagonal.

    Entities are parallel when they share their id; `n` is the number of pairs, `value` lies in 0 .. 1 (NaN where n is
    0), `left_out` counts the pairs with a name that cannot be romanized; `spelled` lists them and says why.

    Args:
        corpus: with marked entities.
        names: entity id -> language -> the name to compare. SyntheticNER knows its nominatives; elsewhere an entity
            goes by the form that the corpus writes most often in a language (of equally frequent ones the shortest).

    Raises:
        CorpusError: the corpus marks no entities, or not one of their names can be romanized.
    """
    written = _written_names(corpus, names)
    rows = []
    for one, other in combinations_with_replacement(corpus.languages, 2):
        pairs = _pairs(written, one, other)
        values = [value for *_, value, why in pairs if not why]
        value = float(np.mean(values)) if values else float("nan")
        numbers = (value, len(values), len(pairs) - len(values))
        rows += [(one, other, *numbers)] if one == other else [(one, other, *numbers), (other, one, *numbers)]
    return _result(rows, ["language_a", "language_b", "value", "n", "left_out"], "spelling", corpus)


def spelled(corpus: Corpus, *, names: Names | None = None) -> pd.DataFrame:
    """Every pair of names that `spelling` averages.

    Columns: `language_a language_b entity name_a name_b latin_a latin_b value why`, a row per entity and pair of
    languages, in one order of the two; the farthest pair is first, the nearest last, equal ones by languages and
    entity. `latin_a` and `latin_b` are what is compared. Below stand the pairs that are left out, their `value` NaN:
    `why` says what cannot be romanized. Arguments and errors as of `spelling`.
    """
    written = _written_names(corpus, names)
    rows = [
        (one, other, *pair) for one, other in combinations(corpus.languages, 2) for pair in _pairs(written, one, other)
    ]
    rows.sort(key=lambda row: (bool(row[-1]), 0.0 if row[-1] else -row[-2], *row[:3]))
    columns = ["language_a", "language_b", "entity", "name_a", "name_b", "latin_a", "latin_b", "value", "why"]
    return _result(rows, columns, "spelled", corpus)


def _pairs(
    written: Mapping[str, Mapping[str, str]], one: str, other: str
) -> list[tuple[str, str, str, str, str, float, str]]:
    """`entity name_a name_b latin_a latin_b value why` of the entities that two languages (or one) share."""
    found = []
    for id, a in written[one].items():
        if id in written[other]:
            b = written[other][id]
            try:
                found.append((id, a, b, *compared(a, b, one, other), tnld(a, b, one, other), ""))
            except CorpusError as error:
                found.append((id, a, b, "", "", float("nan"), str(error)))
    return found


def _result(rows: Sequence[tuple[object, ...]], columns: Sequence[str], analysis: str, corpus: Corpus) -> pd.DataFrame:
    return result(rows, columns, analysis, corpus=corpus.name, fingerprint=corpus.fingerprint)


def _written_names(corpus: Corpus, names: Names | None) -> dict[str, dict[str, str]]:
    written = _names(corpus, names)
    if not any(written.values()):
        raise CorpusError(
            f"{corpus.name}: no sentence has a marked entity, so there are no names to compare; take a corpus that "
            "marks them, such as synthetic_ner."
        )
    _check_latin(corpus, written)
    return written


def _check_latin(corpus: Corpus, written: Mapping[str, Mapping[str, str]]) -> None:
    """One name that can be romanized is enough for a result; the others are left out of it."""
    refused = None
    for language, entities in written.items():
        for name in entities.values():
            try:
                if romanized(name, language):
                    return
            except CorpusError as error:
                refused = refused or error
    raise CorpusError(f"{corpus.name}: none of its names can be compared. {refused or 'All are without letters.'}")


def _names(corpus: Corpus, names: Names | None) -> dict[str, dict[str, str]]:
    """Language -> entity id -> the name that is compared."""
    forms: dict[str, dict[str, Counter[str]]] = {language: defaultdict(Counter) for language in corpus.languages}
    synthetic = False
    for sentence in corpus:
        if sentence.entity:
            forms[sentence.language][sentence.entity.id][_written(sentence)] += 1
            synthetic |= sentence.source == SOURCE
    known: Names = {entity.id: entity.names for entity in entity_names()} if synthetic else {}
    known = {**known, **(names or {})}
    return {
        language: {
            id: known.get(id, {}).get(language) or min(counts, key=lambda form: (-counts[form], len(form), form))
            for id, counts in entities.items()
        }
        for language, entities in forms.items()
    }


def _written(sentence: Sentence) -> str:
    assert sentence.entity
    start, stop = sentence.entity.start, sentence.entity.stop
    return sentence.text[sentence.offsets[start][0] : sentence.offsets[stop - 1][1]]
