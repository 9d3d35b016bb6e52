"""Errors: sentences where one tagger errs and another does not, and organizations that are taken for places."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pandas as pd

from embspace.analyses.predictions import Predictions, joined, trained
from embspace.analyses.results import result
from embspace.analyses.wrong_words import type_of
from embspace.corpora.synthetic_ner import entities
from embspace.corpora.tags import tags_to_spans
from embspace.errors import SettingsError

_SENTENCES = [
    *("sentence", "language", "wrong", "right", "n_words", "n_wrong", "types"),
    *("marked", "words", "gold", "predicted_wrong", "predicted_right"),
]


class _Tagged(NamedTuple):
    """A sentence of one system."""

    language: str
    words: tuple[str, ...]
    gold: tuple[str, ...]
    predicted: tuple[str, ...]


def tagging_errors(
    predictions: Predictions,
    wrong: str | None = None,
    right: str | None = None,
    *,
    language: str | None = None,
    type: str | None = None,
    gold: str | None = None,
    predicted: str | None = None,
) -> pd.DataFrame:
    """The sentences where the system `wrong` errs and the system `right` does not, with both predictions.

    Columns: `sentence language wrong right n_words n_wrong types marked words gold predicted_wrong predicted_right`, a
    row per sentence. `types` are the entity types, of gold or prediction, that words are wrong about; `marked` is the
    sentence with every wrong word in brackets, `[Empoli: B-ORG → B-LOC]`; words and tags are joined by blanks.
    ("architectures", error analysis; "exploring" 3.3.)

    Args:
        predictions: of one system or several, for the same sentences, with gold tags.
        wrong: the system that errs; None: the first.
        right: the one that does not; None: the other of two; where there is one system, all its errors are shown, and
            `right` and `predicted_right` are empty.
        language: BCP 47; None: all.
        type: of entities that words are wrong about, in gold or prediction; None: all.
        gold: of wrong words the type in gold, such as ORG, or O; None: all.
        predicted: of the same words the type that `wrong` predicts, such as LOC, or O; None: all.

    Raises:
        SettingsError: a system, language or type does not occur, or the systems have other words or gold tags.
    """
    table = joined(predictions, of="tagging_errors")
    systems = list(dict.fromkeys(table["system"]))
    wrong = _one_of(wrong if wrong is not None else systems[0], systems, "system")
    others = [one for one in systems if one != wrong]
    if right is None and len(others) > 1:
        raise SettingsError(
            f"tagging_errors: name in right= the system that does not err; there are {', '.join(others)}."
        )
    right = _one_of(right, systems, "system") if right is not None else others[0] if others else None
    if right == wrong:
        raise SettingsError(f"tagging_errors: {wrong!r} cannot err and not err; there are {', '.join(systems)}.")
    if language is not None:
        _one_of(language, list(dict.fromkeys(table["language"])), "language")
    asked = {"type": type, "gold": gold, "predicted": predicted}
    known = sorted({type_of(str(tag)) for name in ("gold", "predicted") for tag in table[name].unique()})
    for one in asked.values():
        if one is not None:
            _one_of(one, known, "type")
    left, other = _sentences(table, wrong), _sentences(table, right) if right is not None else {}
    if right is not None:
        _check_same(left, other, wrong, right)
    rows = []
    for number, one in left.items():
        beside = other.get(number)
        if one.predicted == one.gold or (beside and beside.predicted != one.gold):
            continue
        if language not in (None, one.language):
            continue
        about = [(type_of(a), type_of(b)) for a, b in zip(one.gold, one.predicted, strict=True) if a != b]
        if not any(
            (type is None or type in pair) and gold in (None, pair[0]) and predicted in (None, pair[1])
            for pair in about
        ):
            continue
        types = ", ".join(sorted({kind for pair in about for kind in pair} - {"O"}))
        tags = " ".join(one.gold), " ".join(one.predicted), " ".join(beside.predicted) if beside else ""
        about_it = len(one.words), len(about), types, _marked(one), " ".join(one.words)
        rows.append((number, one.language, wrong, right or "", *about_it, *tags))
    settings = {"wrong": wrong, "right": right, "language": language, **asked}
    told: dict[str, Any] = {"trained": known} if (known := trained(predictions)) else {}
    return result(rows, _SENTENCES, "tagging_errors", **settings, sentences=len(left), **told)


def organizations(predictions: Predictions) -> pd.DataFrame:
    """What organizations are taken for, by name: `system language entity kind n ORG LOC PER O other`.

    `entity` is as its words stand in the sentence, `n` how often; the counts after it say as what: `ORG` where just its
    words were predicted so, else the type that most of its other words were given (of equals the first of these
    columns; `other`: a further type, or ORG with other ends). `kind` is what SyntheticNER knows of the name: club,
    company, media, international, science, or empty. Clubs that are named after their cities are what falls among
    places ("exploring" 3.3). Sorted by share of LOC, the largest first.

    Args:
        predictions: of one system or several, with gold tags that have a type ORG.

    Raises:
        SettingsError: no word has the gold tag of an organization.
    """
    table = joined(predictions, of="organizations")
    kinds, counts = _kinds(), dict[tuple[str, str, str], Counter[str]]()
    for system in dict.fromkeys(table["system"]):
        for one in _sentences(table, system).values():
            spans = set(tags_to_spans(one.predicted, repaired=Counter()))
            for start, stop, kind in tags_to_spans(one.gold, repaired=Counter()):
                if kind != "ORG":
                    continue
                taken = "ORG" if (start, stop, kind) in spans else _most(one.predicted[start:stop])
                key = system, one.language, " ".join(one.words[start:stop])
                counts.setdefault(key, Counter())[taken] += 1
    if not counts:
        raise SettingsError("organizations: no word has the gold tag of an ORG; give sentences with some.")
    rows = [
        (*key, kinds.get(key[1:], ""), found.total(), *(found[one] for one in (*_TAKEN, "other")))
        for key, found in counts.items()
    ]
    columns = ["system", "language", "entity", "kind", "n", *_TAKEN, "other"]
    found = pd.DataFrame(rows, columns=columns)
    order = found.assign(_share=found["LOC"] / found["n"]).sort_values(
        ["_share", "LOC"], ascending=False, kind="stable"
    )
    told: dict[str, Any] = {"trained": known} if (known := trained(predictions)) else {}
    told["systems"] = list(dict.fromkeys(table["system"]))
    return result(order.drop(columns="_share").reset_index(drop=True), columns, "organizations", **told)


_TAKEN = ("ORG", "LOC", "PER", "O")


def _most(tags: tuple[str, ...]) -> str:
    """What most words of an organization were taken for, beside ORG itself; other: all are ORG, but the ends differ."""
    types = Counter(kind if (kind := type_of(one)) in _TAKEN else "other" for one in tags)
    types.pop("ORG", None)
    return max((*_TAKEN, "other"), key=lambda one: types[one]) if types else "other"


def _kinds() -> dict[tuple[str, str], str]:
    """(language, name) -> kind of every organization of SyntheticNER."""
    return {(language, name): entity.kind for entity in entities("ORG") for language, name in entity.names.items()}


def _sentences(table: pd.DataFrame, system: str) -> dict[int, _Tagged]:
    """The sentences of a system by their numbers."""
    found: dict[int, _Tagged] = {}
    rows = table.loc[table["system"] == system]
    for number, own in rows.groupby("sentence", sort=False):
        words, gold, predicted = (tuple(map(str, own[name])) for name in ("word", "gold", "predicted"))
        found[int(str(number))] = _Tagged(str(own["language"].iloc[0]), words, gold, predicted)
    return found


def _check_same(left: dict[int, _Tagged], other: dict[int, _Tagged], wrong: str, right: str) -> None:
    for number in dict.fromkeys([*left, *other]):
        one, two = left.get(number), other.get(number)
        if one is None or two is None:
            raise SettingsError(
                f"tagging_errors: sentence {number} is in {(wrong if one else right)!r} alone; compare predictions for "
                "the same sentences."
            )
        for what in ("words", "gold"):
            if getattr(one, what) != getattr(two, what):
                raise SettingsError(
                    f"tagging_errors: {wrong!r} and {right!r} have other {what} in sentence {number} "
                    f"({' '.join(one.words)[:60]!r}); compare predictions for the same sentences, in one encoding."
                )


def _marked(one: _Tagged) -> str:
    triples = zip(one.words, one.gold, one.predicted, strict=True)
    return " ".join(word if gold == found else f"[{word}: {gold} → {found}]" for word, gold, found in triples)


def _one_of(value: str, known: list[str], what: str) -> str:
    if value not in known:
        raise SettingsError(f"tagging_errors: there is no {what} {value!r}; there are {', '.join(known)}.")
    return value
