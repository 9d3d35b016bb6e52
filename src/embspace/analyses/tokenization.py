"""Tokenization: how the model splits the words of each language."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.linking import linked_rows
from embspace.analyses.results import checkpoint_labels, result
from embspace.errors import SettingsError

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_COLUMNS = ["language", "text", "type", "n_pieces", "pieces", "count"]


def tokenization(space: Space) -> pd.DataFrame:
    """One row per written form: `language text type n_pieces pieces count`, the most frequent first in each language.

    A form that the tokenizer splits in two ways (by what stands beside it) has a row for each; words without pieces
    (`found` is false) have 0 pieces. "exploring" 3.2.
    """
    return result(_forms(space.words), _COLUMNS, "tokenization", space)


def splits(spaces: Space | Sequence[Space], word: str, *, links: pd.DataFrame | None = None) -> pd.DataFrame:
    """One word's pieces in every language side by side, beside what words usually take there.

    The rows of `tokenization` that are of this word, with `fertility`, the mean number of pieces of all the space's
    words in that language (NaN where none was found). Of this word are the forms written so, whatever their case, and
    where they name entities all forms of these entities in all languages: "Washington" also finds Вашынгтон and
    Vaşington'a. With `links`, a word that names none finds the words that its occurrences are aligned with, and in
    languages that have no links with its own, those that these are aligned with. "exploring" 3.2.

    Args:
        spaces: of words or entities. Of several, a column `checkpoint` comes first.
        word: as it is written in any of the languages, or the id of an entity.
        links: word alignments, `parallel language_a word_a language_b word_b`.

    Raises:
        CorpusError: `links` has not the columns of word alignments.
        SettingsError: no space has such a word; says what is near.
    """
    several = isinstance(spaces, Sequence)
    listed = list(spaces) if several else [spaces]
    found = []
    for space, label in zip(listed, checkpoint_labels(listed), strict=True):
        words = space.words
        same = (words["text"].str.casefold() == word.casefold()) | (words["entity"] == word)
        entities = [one for one in dict.fromkeys(words["entity"][same]) if pd.notna(one)]
        meant = same | words["entity"].isin(entities)
        if links is not None and not entities:
            meant |= _aligned(space, same.to_numpy(), links)
        forms = _forms(words.loc[meant])
        usual = words.loc[words["n_pieces"] > 0].groupby("language", observed=True)["n_pieces"].mean()
        forms["fertility"] = forms["language"].map(usual).astype(float)
        if several:
            forms.insert(0, "checkpoint", label)
        found.append(forms)
    if not sum(map(len, found)):
        written = _near(pd.Series(listed[0].words["text"]), word) if listed else []
        hint = f"near are {', '.join(map(repr, written))}" if written else "space.words lists those that it has"
        raise SettingsError(f"The space has no word or entity {word!r}; {hint}.")
    columns = [*(["checkpoint"] if several else []), *_COLUMNS, "fertility"]
    return result(pd.concat(found, ignore_index=True), columns, "splits", listed, word=word)


def _aligned(space: Space, rows: NDArray[np.bool_], links: pd.DataFrame) -> NDArray[np.bool_]:
    """The rows that some rows are linked with; in languages that have none, those linked with these."""
    languages = space.words["language"].to_numpy()
    pairs = linked_rows(space, links)
    ones, others = (np.concatenate([pairs[f"row_{a}"], pairs[f"row_{b}"]]).astype(int) for a, b in ("ab", "ba"))
    near, far = np.zeros_like(rows), np.zeros_like(rows)
    near[others[rows[ones]]] = True
    far[others[near[ones]]] = True
    return near | (far & ~np.isin(languages, np.unique(languages[near | rows].astype(str))))


def _near(texts: pd.Series, word: str) -> list[str]:
    """Written forms that are nearly a word."""
    folded = texts.str.casefold()
    near = get_close_matches(word.casefold(), set(folded), 3)
    return list(dict.fromkeys(texts[folded.isin(near)]))[:3]


def fertility(tokenization: pd.DataFrame, *, by_type: bool = False) -> pd.DataFrame:
    """Per language of a `tokenization`: `language fertility split n`, over the occurrences of words.

    `fertility` is the mean number of pieces of a word, `split` the share of words in more than one piece, `n` the
    number of words. Words without pieces are left out. "exploring" 3.2, "lingua-franca" Table 2.

    Args:
        tokenization: of `tokenization`, or of `splits` for one word.
        by_type: a row per language and entity type, with a column `type` (missing for words that are no entities).
    """
    groups = ["language", "type"] if by_type else ["language"]
    rows = []
    kept = tokenization.loc[tokenization["n_pieces"] > 0]
    for key, forms in kept.groupby(groups, sort=False, dropna=False):
        counts, pieces = np.asarray(forms["count"]), np.asarray(forms["n_pieces"])
        means = np.average(pieces, weights=counts), np.average(pieces > 1, weights=counts)
        rows.append((*np.atleast_1d(np.asarray(key, dtype=object)), *means, counts.sum()))
    return _derived(pd.DataFrame(rows, columns=[*groups, "fertility", "split", "n"]), tokenization, "fertility")


def shared_pieces(tokenization: pd.DataFrame) -> pd.DataFrame:
    """Pieces that two languages share: `language_a language_b value n`, both orders and the diagonal.

    `n` is the number of different pieces in both, `value` their share of the pieces in either (Jaccard, 0 .. 1;
    NaN where there are none).
    """
    vocabulary = {
        str(language): {piece for split in forms["pieces"] for piece in split.split()}
        for language, forms in tokenization.groupby("language", sort=False)
    }
    rows = []
    for one, other in combinations_with_replacement(vocabulary, 2):
        both, either = vocabulary[one] & vocabulary[other], vocabulary[one] | vocabulary[other]
        value = len(both) / len(either) if either else float("nan")
        rows += [(a, b, value, len(both)) for a, b in dict.fromkeys([(one, other), (other, one)])]
    return _derived(
        pd.DataFrame(rows, columns=["language_a", "language_b", "value", "n"]), tokenization, "shared_pieces"
    )


def _forms(words: pd.DataFrame) -> pd.DataFrame:
    """A row per written form, split and type of a table of words, with its `count`."""
    columns = _COLUMNS[:-1]
    counted = words[columns].assign(pieces=words["pieces"].fillna(""), count=1)
    forms = counted.groupby(columns, sort=False, dropna=False, observed=True, as_index=False).agg(
        count=("count", "sum")
    )
    first = pd.Categorical(forms["language"], categories=list(dict.fromkeys(words["language"]))).codes
    return forms.iloc[np.lexsort((-forms["count"].to_numpy(), first))].reset_index(drop=True)


def _derived(frame: pd.DataFrame, origin: pd.DataFrame, analysis: str) -> pd.DataFrame:
    frame.attrs["settings"] = origin.attrs.get("settings", {}) | {"analysis": analysis}
    return frame
