"""Words that taggers label wrongly, one system or two: which of them errs where, counted by language and type."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.predictions import Predictions, joined
from embspace.analyses.results import result
from embspace.errors import SettingsError

CASES = ("first", "second", "both")
"""which of two systems errs in a sentence; of one system it is always the first"""
EVERY = "any"
"""in counts: sentences with an error of any type"""
_WORDS = [*("sentence", "language", "case", "position", "word", "gold", "first", "second"), "types"]
_COUNTED = ("case", "language", "types", "sentence")


def wrong_words(predictions: Predictions, first: str | None = None, second: str | None = None) -> pd.DataFrame:
    """The wrong words of a system, or of two: `sentence language case position word gold first second types`.

    A row per word that one of them labels otherwise than gold. `case` is of its sentence: `first` where the first
    system errs in it and the second does not, `second`, or `both`; `first` and `second` are the systems' labels (of one
    system the second is empty). `types` are the types of entities, or tags, that the word is taken for and is, joined
    by blanks, without `O`. ("architectures", error analysis; "exploring" 3.3.)

    Args:
        predictions: for the same sentences, with gold tags.
        first: a system; None: the first one.
        second: another; None: the other of two, or none where there is one.

    Raises:
        SettingsError: there is no such system, or the systems have other sentences, words or gold tags.
    """
    table = joined(predictions, of="wrong_words")
    systems = list(dict.fromkeys(table["system"]))
    first = str(systems[0]) if first is None else first
    if second is None and len(systems) == 2:
        second = next(one for one in systems if one != first)
    for one in (first, second):
        if one is not None and one not in systems:
            raise SettingsError(f"wrong_words: there is no system {one!r}; there are {', '.join(systems)}.")
    if first == second:
        raise SettingsError(f"wrong_words: {first!r} is compared with itself; there are {', '.join(systems)}.")
    left = table.loc[table["system"] == first].reset_index(drop=True)
    other = left if second is None else table.loc[table["system"] == second].reset_index(drop=True)
    if second is not None:
        _check_same(left, other, first, second)
    gold, one, two = (
        of[name].to_numpy(dtype=object) for of, name in ((left, "gold"), (left, "predicted"), (other, "predicted"))
    )
    bad: NDArray[np.bool_] = one != gold
    bad_too: NDArray[np.bool_] = np.zeros(len(left), bool) if second is None else two != gold
    numbers = left["sentence"].to_numpy()
    of_first, of_second = (np.isin(numbers, np.unique(numbers[wrong])) for wrong in (bad, bad_too))
    case = np.where(of_first & of_second, "both", np.where(of_first, "first", "second"))
    rows = np.flatnonzero(bad | bad_too)
    kinds = [
        _types(gold[at], *([one[at]] if bad[at] else []), *([two[at]] if bad_too[at] else [])) for at in rows.tolist()
    ]
    chosen = left.iloc[rows]
    found = pd.DataFrame(
        {
            **{name: chosen[name].to_numpy() for name in ("sentence", "language", "position", "word", "gold")},
            "case": case[rows],
            "first": one[rows],
            "second": two[rows] if second is not None else np.full(len(rows), "", dtype=object),
            "types": kinds,
        }
    )
    held = Counter(map(str, left.drop_duplicates("sentence")["language"]))
    totals = dict(held)
    return result(found, _WORDS, "wrong_words", first=first, second=second, sentences=totals)


def error_counts(words: pd.DataFrame) -> pd.DataFrame:
    """Sentences with errors: `case language type sentences share`, of every type and of `any`.

    A sentence counts once for each type that one of its words is wrong about, and once for `any`; `share` is of the
    language's sentences.

    Args:
        words: of `wrong_words`, or rows of it.
    """
    totals: dict[str, int] = words.attrs["settings"]["sentences"]
    second = words.attrs["settings"]["second"]
    distinct = {
        (case, language, kind, number)
        for case, language, types, number in zip(*(words[name] for name in _COUNTED), strict=True)
        for kind in (*str(types).split(), EVERY)
    }
    counts = Counter(one[:3] for one in distinct)
    kinds = sorted({kind for _, _, kind, _ in distinct} - {EVERY})
    rows = [
        (case, language, kind, number, number / total if total else float("nan"))
        for case in (CASES if second is not None else CASES[:1])
        for language, total in totals.items()
        for kind in (*kinds, EVERY)
        for number in [counts.get((case, language, kind), 0)]
    ]
    columns = ["case", "language", "type", "sentences", "share"]
    settings = {name: words.attrs["settings"][name] for name in ("first", "second")}
    return result(rows, columns, "error_counts", **settings)


def _check_same(left: pd.DataFrame, other: pd.DataFrame, first: str, second: str) -> None:
    for name in ("sentence", "position", "word", "gold"):
        one, two = (of[name].to_numpy(dtype=object) for of in (left, other))
        if len(one) == len(two) and (one == two).all():
            continue
        at = int((one != two).argmax()) if len(one) == len(two) else min(len(one), len(two)) - 1
        row = left.iloc[min(at, len(left) - 1)]
        raise SettingsError(
            f"wrong_words: {first!r} and {second!r} differ in {name} at word {row['position']} of sentence "
            f"{row['sentence']} ({str(row['word'])!r}); compare predictions for the same sentences, in one encoding."
        )


def _types(*tags: object) -> str:
    return " ".join(sorted({type_of(str(tag)) for tag in tags} - {"O"}))


def type_of(tag: str) -> str:
    """The type of an entity's tag; another tag as it is."""
    prefix, hyphen, kind = tag.partition("-")
    return kind if hyphen and kind and prefix in {"B", "I", "E", "S"} else tag
