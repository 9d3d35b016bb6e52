"""Pairs of words across languages, related and unrelated, and their distances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import finite_rows
from embspace.analyses.linking import linked_rows
from embspace.errors import SettingsError

if TYPE_CHECKING:
    from embspace.spaces.space import Space

Metric = Literal["l2", "cosine"]
Indices = NDArray[np.int64]
Values = NDArray[np.float64]

_CELLS = 2**20  # of a block: 8 MB of float64 on each side


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows of a space.

    Attributes:
        one: (n,) rows of the first language.
        other: (n,) rows of the second.
        languages: the pairs of languages.
        code: (n,) which of `languages` each pair is of.
    """

    one: Indices
    other: Indices
    languages: list[tuple[str, str]]
    code: Indices

    def __len__(self) -> int:
        return len(self.one)


def related_pairs(space: Space, links: pd.DataFrame | None, most: int | None, seed: int) -> Pairs:
    """The linked rows, or `most` of each pair of languages, drawn without repetition.

    Raises:
        SettingsError: there are none.
        CorpusError: `links` has not the columns of word alignments.
    """
    frame = linked_rows(space, links)
    if not len(frame):
        what = (
            "none of these links joins two words that it holds: they are of another corpus, or the space is of "
            'entities (extract with targets="words")'
            if links is not None
            else "it has no entities that share `parallel`: give word alignments (links=...)"
        )
        raise SettingsError(f"Related words are needed, and in this space there are none; {what}.")
    # Links of tr-en and of en-tr are of one pair of languages, named as it came first.
    codes, names = pd.factorize(pd.concat([frame["language_a"], frame["language_b"]], ignore_index=True))
    sides = np.stack([codes[: len(frame)], codes[len(frame) :]])
    key = sides.min(axis=0) * len(names) + sides.max(axis=0)
    code = pd.factorize(key)[0]
    leading = sides[:, np.unique(code, return_index=True)[1]]
    languages = [(str(names[a]), str(names[b])) for a, b in leading.T]
    swapped = sides[0] != leading[0, code]
    a, b = frame["row_a"].to_numpy(dtype=np.int64), frame["row_b"].to_numpy(dtype=np.int64)
    found = pd.DataFrame({"code": code, "one": np.where(swapped, b, a), "other": np.where(swapped, a, b)})
    found = found.drop_duplicates()
    if most is not None:
        rng = np.random.default_rng(seed)
        parts = [
            part.iloc[np.sort(rng.choice(len(part), most, replace=False))] if len(part) > most else part
            for _, part in found.groupby("code", sort=True)
        ]
        found = pd.concat(parts)
    one, other, code = (found[name].to_numpy(dtype=np.int64) for name in ("one", "other", "code"))
    return Pairs(one, other, languages, code)


def unrelated_pairs(space: Space, related: Pairs, count: int | None, seed: int) -> Pairs:
    """Words of unpaired sentences: for each pair of languages `count`, or as many as are related, drawn at random.

    Two words are of unpaired sentences where these do not share `parallel`; two entities are moreover not the same.

    Raises:
        SettingsError: two languages have no unpaired sentences.
    """
    words = space.words
    found = words["found"].to_numpy(dtype=bool)
    language = words["language"].to_numpy(dtype=str)
    group = pd.factorize(words["parallel"])[0].astype(np.int64)  # -1: paired with nothing
    entity = pd.factorize(words["entity"])[0].astype(np.int64)
    rng = np.random.default_rng([seed, 1])

    def paired(one: Indices, other: Indices) -> NDArray[np.bool_]:
        same = (group[one] == group[other]) & (group[one] >= 0)
        return same | ((entity[one] == entity[other]) & (entity[one] >= 0))

    ones, others, codes = [], [], []
    for code, (a, b) in enumerate(related.languages):
        wanted = int((related.code == code).sum()) if count is None else count
        from_a, from_b = (np.flatnonzero(found & (language == one)) for one in (a, b))
        one, other = (rows[rng.integers(len(rows), size=wanted)] for rows in (from_a, from_b))
        for _ in range(100):
            again = np.flatnonzero(paired(one, other))
            if not len(again):
                break
            one[again], other[again] = (rows[rng.integers(len(rows), size=len(again))] for rows in (from_a, from_b))
        else:
            raise SettingsError(
                f"Unrelated words of {a} and {b} are needed, and (nearly) all their sentences are translations of "
                "one another or are about the same entity: take a corpus with more sentences or entities."
            )
        ones.append(one)
        others.append(other)
        codes.append(np.full(wanted, code, np.int64))
    return Pairs(np.concatenate(ones), np.concatenate(others), related.languages, np.concatenate(codes))


def distances(vectors: NDArray[np.float32], pairs: Pairs, metrics: list[Metric]) -> dict[Metric, Values]:
    """Metric -> (n,) distances of the pairs, in blocks; NaN where a vector is not finite or (cosine) has no length."""
    found: dict[Metric, Values] = {metric: np.empty(len(pairs)) for metric in metrics}
    step = max(1, _CELLS // max(1, vectors.shape[1]))
    for first in range(0, len(pairs), step):
        part = slice(first, first + step)
        one, other = (finite_rows(vectors[rows[part]]) for rows in (pairs.one, pairs.other))
        for metric in metrics:
            found[metric][part] = _BY[metric](one, other)
    return found


def check_metrics(metric: Metric | Sequence[Metric]) -> list[Metric]:
    """The metrics that a setting names, each once.

    Raises:
        SettingsError: one does not exist, or there is none.
    """
    asked: list[Metric] = list(dict.fromkeys([metric] if isinstance(metric, str) else metric))  # pyright: ignore
    wrong = [one for one in asked if one not in get_args(Metric)]
    if wrong or not asked:
        raise SettingsError(
            f"metric={metric!r} is not possible; it is one or several of {', '.join(get_args(Metric))}."
        )
    return asked


def _euclidean(one: Values, other: Values) -> Values:
    apart = one - other
    return np.sqrt(np.einsum("ij,ij->i", apart, apart))


def _cosine(one: Values, other: Values) -> Values:
    squares = np.einsum("ij,ij->i", one, one) * np.einsum("ij,ij->i", other, other)
    lengths = np.sqrt(np.where(squares > 0, squares, np.nan))
    return np.clip(1 - np.einsum("ij,ij->i", one, other) / lengths, 0, 2)


_BY: dict[Metric, Callable[[Values, Values], Values]] = {"l2": _euclidean, "cosine": _cosine}
