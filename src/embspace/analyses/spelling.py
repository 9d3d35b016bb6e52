"""Spelling: how far apart names are written, in Latin letters (TNLD)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from Levenshtein import distance

from embspace.analyses.romanization import romanized
from embspace.corpora.filling import SOURCE
from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.synthetic_ner import entity_names
from embspace.errors import CorpusError

Names = Mapping[str, Mapping[str, str]]


def tnld(a: str, b: str, language_a: str, language_b: str) -> float:
    """The transliterated normalized Levenshtein distance of two names, 0 (the same letters) to 1.

    LD(t(a), t(b)) / max(|t(a)|, |t(b)|), t = transliteration to Latin letters; case counts. "exploring" 3.2.

    Args:
        a: a name in `language_a`.
        b: a name in `language_b`.
        language_a: BCP 47 code.
        language_b: BCP 47 code.

    Raises:
        CorpusError: a name is empty, or has a letter that cannot be romanized.
    """
    one, other = romanized(a, language_a), romanized(b, language_b)
    if not one or not other:
        raise CorpusError(
            f"TNLD compares names, but {a!r} and {b!r} are not both words of Latin letters once romanized."
        )
    return distance(one, other) / max(len(one), len(other))


def spelling(corpus: Corpus, *, names: Names | None = None) -> pd.DataFrame:
    """The mean TNLD between parallel entities: `language_a language_b value n`, both orders and the diagonal.

    Entities are parallel when they share their id; `n` is their number, `value` lies in 0 .. 1 (NaN where n is 0).

    Args:
        corpus: with marked entities.
        names: entity id -> language -> the name to compare. SyntheticNER knows its nominatives; elsewhere an entity
            goes by the form that the corpus writes most often in a language (of equally frequent ones the shortest).

    Raises:
        CorpusError: the corpus marks no entities, or a name cannot be romanized.
    """
    written = _names(corpus, names)
    if not any(written.values()):
        raise CorpusError(f"{corpus.name}: no sentence has a marked entity, so there are no names to compare.")
    rows = []
    for one, other in combinations_with_replacement(corpus.languages, 2):
        shared = [id for id in written[one] if id in written[other]]
        values = [tnld(written[one][id], written[other][id], one, other) for id in shared]
        value = float(np.mean(values)) if values else float("nan")
        rows += [(a, b, value, len(values)) for a, b in dict.fromkeys([(one, other), (other, one)])]
    result = pd.DataFrame(rows, columns=["language_a", "language_b", "value", "n"])
    result.attrs["settings"] = {"analysis": "spelling", "corpus": corpus.name, "fingerprint": corpus.fingerprint}
    return result


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
