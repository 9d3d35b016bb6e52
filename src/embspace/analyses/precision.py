"""Precision at k: whether the translation of a word is among its k nearest words of the other language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import Layers, layer_numbers, unit_rows
from embspace.analyses.linking import linked_rows
from embspace.analyses.results import result
from embspace.analyses.sampling import check_sample, rows_of_layer
from embspace.analyses.search import CSLS, Indices, Metric, check_metric, nearest_rows, usable
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

Dictionary = pd.DataFrame | Mapping[tuple[str, str], Sequence[tuple[str, str]]]

COLUMNS = ["layer", "language_a", "language_b", "k", "value", "n", "candidates", "missing"]
_PAIR = ["language_a", "word_a", "language_b", "word_b"]
_SLACK = 1e-12


def precision_at_k(
    space: Space,
    dictionary: Dictionary | None = None,
    *,
    links: pd.DataFrame | None = None,
    layer: Layers = None,
    k: Sequence[int] = (1, 5, 10),
    metric: Metric = "cosine",
    sample: int | None = 1000,
    lower: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The share of words of which a translation is among the k nearest words of the other language.

    Columns: `layer language_a language_b`, the words of a ask, both directions; `k`; `value` (0 .. 1; NaN where n is
    0); `n`, the words that ask; `candidates`, the words of b; `missing`, pairs of the dictionary with a word that the
    space has not. With a dictionary the words are the written forms of the space, each the mean vector of its
    occurrences, and any of a form's translations counts (Conneau et al. 2018, 3.2). With `links`, or parallel entities
    where neither is given, each occurrence seeks the occurrence that it is aligned with among all words of the
    sentences that take part. Of candidates that are equally near as the translation all count as nearer. Exact.

    Args:
        space: its rows with `found` and a direction count.
        dictionary: pairs of words: a table `language_a word_a language_b word_b`, or {(a, b): [(word, word), ...]}.
        links: word alignments, `parallel language_a word_a language_b word_b`.
        layer: a number, several, or all of them (None).
        k: one or more numbers of neighbors.
        metric: cosine, l2 or csls.
        sample: sentences of a search by links, at random, with their translations; None: all.
        lower: forms of a dictionary are compared in lower case.
        seed: of the sentences that are drawn.
        progress: told of every direction of every layer.

    Raises:
        SettingsError: no pair of the dictionary and no link is in the space, or a value that is not possible.
        CorpusError: `links` has not the columns of word alignments.
    """
    layers = layer_numbers(space, layer)
    check_metric(metric)
    check_sample(sample)
    depths = sorted({int(one) for one in ([k] if isinstance(k, int) else k)})
    if not depths or depths[0] < 1:
        raise SettingsError(f"k={k} is not possible; it is one or more numbers from 1.")
    if dictionary is not None and links is not None:
        raise SettingsError("Give a dictionary or links, not both: they ask for words and for occurrences.")
    if dictionary is None:
        owner, pairs, missing = _occurrences(space, links, sample, seed)
    else:
        owner, pairs, missing = _forms(space, _table(dictionary), lower)
    directions = [
        (str(one), str(other), pairs.loc[(pairs["language_a"] == one) & (pairs["language_b"] == other)])
        for one, other in dict.fromkeys(zip(pairs["language_a"], pairs["language_b"], strict=True))
    ]
    progress = progress or Silent()
    progress.stage("precision", len(layers) * len(directions), "directions")
    rows = np.flatnonzero(owner >= 0)
    item, languages = owner[rows], space.words["language"].to_numpy(dtype=str)
    spoken = np.empty(item.max() + 1, dtype=languages.dtype)
    spoken[item] = languages[rows]
    found = []
    for number in layers:
        vectors = _means(rows_of_layer(space, number, rows), item)
        there = np.isfinite(vectors).all(axis=1)
        for one, other, asked in directions:
            sources, targets = np.flatnonzero((spoken == one) & there), np.flatnonzero((spoken == other) & there)
            asked = asked.loc[np.isin(asked["item_a"], sources) & np.isin(asked["item_b"], targets)]
            ranks = _ranks(vectors, asked, sources, targets, depths[-1], metric) if len(asked) else np.zeros(0)
            lost = missing.get((one, other), 0)
            for depth in depths:
                value = float((ranks <= depth).mean()) if len(ranks) else float("nan")
                found.append((number, one, other, depth, value, len(ranks), len(targets), lost))
            progress.advance()
    way = "dictionary" if dictionary is not None else "parallel entities" if links is None else "links"
    settings = {"layers": layers, "k": depths, "metric": metric, "pairs": way, "seed": seed}
    settings |= {"lower": lower} if dictionary is not None else {"sample": sample}
    settings |= {"csls_k": CSLS} if metric == "csls" else {}
    return result(found, COLUMNS, "precision_at_k", space, **settings)


def _ranks(
    vectors: NDArray[np.float64], asked: pd.DataFrame, sources: Indices, targets: Indices, depth: int, metric: Metric
) -> NDArray[np.float64]:
    """The rank of each query's nearest partner, from 1; infinite where it lies beyond `depth`."""
    queries, owner = np.unique(asked["item_a"].to_numpy(dtype=np.int64), return_inverse=True)
    gold = np.searchsorted(targets, asked["item_b"].to_numpy(dtype=np.int64))
    most = int(np.bincount(owner).max())
    # With as many more as there are translations, one that is not listed has `depth` others before it.
    wanted = min(len(targets), depth + most)
    given = vectors[sources] if metric == "csls" else None
    indices, values = nearest_rows(vectors[queries], vectors[targets], wanted, metric, sources=given)
    score = -values if metric == "l2" else values
    right = np.isin(np.arange(len(queries))[:, None] * len(targets) + indices, owner * len(targets) + gold)
    nearest_right = np.where(right, score, -np.inf).max(axis=1)
    slack = _SLACK * np.maximum(1, np.abs(nearest_right))
    before = ((score >= (nearest_right - slack)[:, None]) & ~right).sum(axis=1)
    return np.where(right.any(axis=1), before + 1.0, np.inf)


def _means(vectors: NDArray[np.float32], item: Indices) -> NDArray[np.float64]:
    """(items, dim) the mean of the rows of each item that have a direction; NaN where none has."""
    kept = usable(vectors)
    order = np.argsort(item[kept], kind="stable")
    filled, starts = np.unique(item[kept][order], return_index=True)
    means = np.full((item.max() + 1, vectors.shape[1]), np.nan)
    chosen = np.flatnonzero(kept)[order]
    if len(filled):
        sums = np.add.reduceat(vectors[chosen], starts, axis=0, dtype=np.float64)
        means[filled] = sums / np.diff(np.append(starts, len(chosen)))[:, None]
    means[~np.isfinite(unit_rows(means)).all(axis=1)] = np.nan
    return means


def _occurrences(
    space: Space, links: pd.DataFrame | None, sentences: int | None, seed: int
) -> tuple[Indices, pd.DataFrame, dict[tuple[str, str], int]]:
    """Every row that takes part is an item; links in both directions."""
    linked = linked_rows(space, links)
    words = space.words
    parallel = words["parallel"].to_numpy(dtype=object)
    groups = sorted({str(one) for one in parallel[linked["row_a"].to_numpy(dtype=np.int64)]})
    if not groups:
        what = "link is" if links is not None else "two entities are"
        raise SettingsError(
            f"No {what} in this space as parallel. Give a dictionary or word alignments (links=...) of its corpus, and "
            'extract its words (targets="words").'
        )
    if sentences is not None and len(groups) > sentences:
        rng = np.random.default_rng(seed)
        groups = list(rng.choice(groups, sentences, replace=False))
    part = pd.Series(parallel).astype(str).isin(groups).to_numpy() & words["parallel"].notna().to_numpy()
    part &= words["found"].to_numpy(dtype=bool)
    owner = np.where(part, np.cumsum(part) - 1, -1)
    for side in "ab":
        linked[f"item_{side}"] = owner[linked[f"row_{side}"].to_numpy(dtype=np.int64)]
    return owner, _both_ways(linked.loc[linked["item_a"] >= 0]), {}


def _forms(
    space: Space, dictionary: pd.DataFrame, lower: bool
) -> tuple[Indices, pd.DataFrame, dict[tuple[str, str], int]]:
    """Every written form of a language is an item; pairs of the dictionary in both directions."""
    words = space.words
    kept = words["found"].to_numpy(dtype=bool)
    texts = words["text"].astype(str)
    texts = texts.str.lower() if lower else texts
    keys = pd.MultiIndex.from_arrays([words["language"].astype(str)[kept], texts[kept]])
    forms = pd.MultiIndex.from_frame(keys.to_frame().drop_duplicates())
    owner = np.full(len(words), -1, np.int64)
    owner[kept] = forms.get_indexer(keys)
    pairs = dictionary.loc[:, _PAIR].astype(str).drop_duplicates()
    for side in "ab":
        texts = pairs[f"word_{side}"].str.lower() if lower else pairs[f"word_{side}"]
        pairs[f"item_{side}"] = forms.get_indexer(pd.MultiIndex.from_arrays([pairs[f"language_{side}"], texts]))
    pairs = _both_ways(pairs)
    there = ((pairs["item_a"] >= 0) & (pairs["item_b"] >= 0)).to_numpy(dtype=bool)
    if not there.any():
        raise SettingsError(
            f"None of the {len(dictionary):,} pairs of this dictionary has both words in the space, which has words of "
            f"{', '.join(map(str, dict.fromkeys(words['language'])))}: compare language codes and spelling."
        )
    lost = pairs.loc[~there].groupby(["language_a", "language_b"]).size()
    missing = {(str(one), str(other)): int(n) for (one, other), n in lost.items()}  # pyright: ignore
    return owner, pairs.loc[there], missing


def _both_ways(pairs: pd.DataFrame) -> pd.DataFrame:
    columns = ["language_a", "item_a", "language_b", "item_b"]
    turned = pairs.rename(columns=dict(zip(columns, columns[2:] + columns[:2], strict=True)))
    return pd.concat([pairs.loc[:, columns], turned.loc[:, columns]], ignore_index=True).drop_duplicates()


def _table(dictionary: Dictionary) -> pd.DataFrame:
    if isinstance(dictionary, pd.DataFrame):
        if absent := [one for one in _PAIR if one not in dictionary.columns]:
            raise SettingsError(
                f"The dictionary has no column {absent[0]!r}; it has a pair per row: {', '.join(_PAIR)}."
            )
        return dictionary
    rows = [(one, word, other, its) for (one, other), pairs in dictionary.items() for word, its in pairs]
    return pd.DataFrame(rows, columns=_PAIR)
