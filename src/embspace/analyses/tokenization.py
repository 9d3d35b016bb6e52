"""Tokenization: how the model splits the words of each language."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from embspace.spaces.space import Space


def tokenization(space: Space) -> pd.DataFrame:
    """One row per written form: `language text type n_pieces pieces count`, the most frequent first in each language.

    A form that the tokenizer splits in two ways (by what stands beside it) has a row for each; words without pieces
    (`found` is false) have 0 pieces.
    """
    columns = ["language", "text", "type", "n_pieces", "pieces"]
    words = space.words[columns].assign(pieces=space.words["pieces"].fillna(""), count=1)
    result = words.groupby(columns, sort=False, dropna=False, observed=True, as_index=False).agg(count=("count", "sum"))
    first = pd.Categorical(result["language"], categories=list(dict.fromkeys(words["language"]))).codes
    result = result.iloc[np.lexsort((-result["count"].to_numpy(), first))].reset_index(drop=True)
    result.attrs["settings"] = {"analysis": "tokenization", "space": space.fingerprint}
    return result


def fertility(result: pd.DataFrame) -> pd.DataFrame:
    """Per language of a `tokenization`: `language fertility split n`, over the occurrences of words.

    `fertility` is the mean number of pieces of a word, `split` the share of words in more than one piece, `n` the
    number of words. Words without pieces are left out. "exploring" 3.2, "lingua-franca" Table 2.
    """
    rows = []
    for language, forms in result[result["n_pieces"] > 0].groupby("language", sort=False):
        counts, pieces = np.asarray(forms["count"]), np.asarray(forms["n_pieces"])
        rows.append(
            (language, np.average(pieces, weights=counts), np.average(pieces > 1, weights=counts), counts.sum())
        )
    fertile = pd.DataFrame(rows, columns=["language", "fertility", "split", "n"])
    fertile.attrs["settings"] = result.attrs.get("settings", {}) | {"analysis": "fertility"}
    return fertile


def shared_pieces(result: pd.DataFrame) -> pd.DataFrame:
    """Pieces that two languages share: `language_a language_b value n`, both orders and the diagonal.

    `n` is the number of different pieces in both, `value` their share of the pieces in either (Jaccard, 0 .. 1).
    """
    vocabulary = {
        str(language): {piece for split in forms["pieces"] for piece in split.split()}
        for language, forms in result.groupby("language", sort=False)
    }
    rows = []
    for one, other in combinations_with_replacement(vocabulary, 2):
        both, either = vocabulary[one] & vocabulary[other], vocabulary[one] | vocabulary[other]
        value = len(both) / len(either) if either else float("nan")
        rows += [(a, b, value, len(both)) for a, b in dict.fromkeys([(one, other), (other, one)])]
    shared = pd.DataFrame(rows, columns=["language_a", "language_b", "value", "n"])
    shared.attrs["settings"] = result.attrs.get("settings", {}) | {"analysis": "shared_pieces"}
    return shared
