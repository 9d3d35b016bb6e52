"""Nearest cross-lingual neighbors: for a word in its sentence, the nearest words of other languages in theirs."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import Layers, layer_numbers
from embspace.analyses.results import result
from embspace.analyses.sampling import check_sample, chosen_languages, rows_of_layer, sampled_rows
from embspace.analyses.search import CSLS, Indices, Metric, Values, check_metric, nearest_rows, usable
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

COLUMNS = ["layer", "query_row", "query", "query_language", "query_context", "query_start", "query_stop"]
COLUMNS += ["language", "rank", "row", "text", "context", "start", "stop", "value", "translation"]


def neighbors(
    space: Space,
    query: str | int | Sequence[int] | None = None,
    *,
    query_language: str | None = None,
    layer: Layers = -1,
    k: int = 5,
    metric: Metric = "cosine",
    languages: Sequence[str] | None = None,
    sample: int | None = 1000,
    distinct: bool = False,
    most: int = 10,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The k nearest words of each other language, in their sentences, exactly: a row per query, language and rank.

    Columns: `layer`; `query_row query query_language query_context query_start query_stop`, the word, its sentence and
    where it stands there, in characters; `language rank row text context start stop`, the neighbor's, `rank` from 1;
    `value`: cosine (-1 .. 1, 1 the same direction), distance (`l2`, less is nearer) or CSLS (-4 .. 4, with the mean
    cosines to the 10 nearest among the candidates of the two languages); `translation`: the two sentences are
    translations of each other. A language with fewer words than k gives fewer rows. "mlma" 4; CSLS: Conneau et al.
    2018, 2.3.

    Args:
        space: its rows with `found` and a direction count.
        query: a written word (all its occurrences, `most` of them, evenly spread), the number of a row, or several
            numbers; None: `most` words at random.
        query_language: of a written word the occurrences in this language alone, as one form may stand in several; of
            words at random those of it; None: any.
        layer: a number, several, or all of them (None); layer 0 beside another compares with static vectors.
        k: neighbors in each language.
        metric: cosine, l2 or csls.
        languages: those searched; by default all but the query's own.
        sample: sentences of each language, at random, whose words are candidates; None: all.
        distinct: each written form once, its nearest occurrence.
        most: of the occurrences of a written word.
        seed: of the sentences (and words) that are drawn.
        progress: told of every language of every layer.

    Raises:
        SettingsError: a word, row, language, layer or metric that there is not, or no candidates.
    """
    layers = layer_numbers(space, layer)
    check_metric(metric)
    check_sample(sample)
    if k < 1 or most < 1:
        raise SettingsError(f"k={k} and most={most} are not possible; both are 1 or more.")
    searched = chosen_languages(space, languages)
    spoken = space.words["language"].to_numpy(dtype=str)
    asked = query_rows(space, query, most, seed, query_language)
    sources = [str(one) for one in dict.fromkeys(spoken[asked])]
    needed = list(dict.fromkeys(searched + (sources if metric == "csls" else [])))
    pools = {one: sampled_rows(space, one, sample, seed) for one in needed}
    pairs = [(one, other) for one in sources for other in searched if languages is not None or one != other]
    progress = progress or Silent()
    progress.stage("neighbors", len(layers) * len(pairs), "languages")
    every = np.unique(np.concatenate([asked, *pools.values()]))
    found: list[pd.DataFrame] = []
    for number in layers:
        vectors = rows_of_layer(space, number, every)
        kept = usable(vectors)
        pooled = {one: np.intersect1d(rows, every[kept]) for one, rows in pools.items()}

        def of(rows: NDArray[np.int64], vectors: NDArray[np.float32] = vectors) -> NDArray[np.float32]:
            return vectors[np.searchsorted(every, rows)]

        for one, other in pairs:
            queries = asked[(spoken[asked] == one) & kept[np.searchsorted(every, asked)]]
            rows = pooled[other]
            own = np.where(np.isin(queries, rows), np.searchsorted(rows, queries), -1) if one == other else None
            if len(queries) and len(rows) > (own is not None):
                given = of(pooled[one]) if metric == "csls" and own is None and len(pooled[one]) else None
                forms = _forms(space, rows) if distinct else None
                near = _nearest(of(queries), of(rows), k, metric, own, given, forms)
                found.append(_frame(number, queries, other, rows, *near))
            progress.advance()
    if not found:
        raise SettingsError(
            f"There is no word to compare with: of {', '.join(searched)} none but the query itself has a vector. "
            "Choose other languages, or extract a corpus with several."
        )
    settings = {"layers": layers, "k": k, "metric": metric, "languages": None if languages is None else searched}
    settings |= {"query": query if isinstance(query, str) else None, "query_language": query_language}
    settings |= {"queries": len(asked), "sample": sample}
    settings |= {"distinct": distinct, "seed": seed} | ({"csls_k": CSLS} if metric == "csls" else {})
    return result(_told(space, pd.concat(found, ignore_index=True)), COLUMNS, "neighbors", space, **settings)


def query_rows(
    space: Space,
    query: str | int | Sequence[int] | None,
    most: int = 10,
    seed: int = 0,
    language: str | None = None,
) -> Indices:
    """The rows that a query names, ascending: occurrences of a written word, or row numbers.

    Raises:
        SettingsError: no word is written so (says which are similar), none of them was found, or no such row; or the
            space has nothing in the language, or not this word.
    """
    words = space.words
    kept, spoken = words["found"].to_numpy(dtype=bool), words["language"].to_numpy(dtype=str)
    if language is not None:
        if query is not None and not isinstance(query, str):
            raise SettingsError("query_language is for a written word; rows have their language, leave it out.")
        chosen_languages(space, [language])
        kept = kept & (spoken == language)
    if query is None:
        rows = np.flatnonzero(kept)
        rng = np.random.default_rng(seed)
        chosen = np.sort(rng.choice(rows, min(most, len(rows)), replace=False))
    elif isinstance(query, str):
        texts = words["text"].astype(str)
        asked = spoken == language if language is not None else np.ones(len(words), bool)
        folded = (texts.str.casefold() == query.casefold()).to_numpy()
        same = (texts == query).to_numpy() & asked
        same = same if same.any() else folded & asked
        if not same.any() and folded.any():
            known = ", ".join(dict.fromkeys(spoken[folded]))
            raise SettingsError(f"No word of language {language!r} is written {query!r}; it stands in {known}.")
        if not same.any():
            forms = list(dict.fromkeys(texts))
            near = get_close_matches(query, forms[:50_000], n=5, cutoff=0.6)
            hint = f"Similar are {', '.join(near)}." if near else f"There are {', '.join(forms[:5])}, ..."
            raise SettingsError(f"No word of the space is written {query!r}. {hint}")
        rows = np.flatnonzero(same & kept)
        chosen = rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(np.int64))]
    else:
        numbers = np.atleast_1d(np.asarray(query))
        if not len(numbers) or not np.issubdtype(numbers.dtype, np.integer):
            raise SettingsError(f"query={query!r} is not possible; it is a written word or numbers of rows.")
        if numbers.min() < 0 or numbers.max() >= space.n_words:
            raise SettingsError(f"The space has rows 0 to {space.n_words - 1}; asked was for {numbers.max()}.")
        chosen = np.unique(numbers.astype(np.int64))
        chosen = chosen[kept[chosen]]
    if not len(chosen):
        left = "any word of this space" if query is None else repr(query)
        other = "Extract another corpus, or with another checkpoint" if query is None else "Choose another word"
        raise SettingsError(f"The tokenizer left nothing of {left}, so it has no vector (`found` is false). {other}.")
    return chosen


def _nearest(
    queries: NDArray[np.float32],
    rows: NDArray[np.float32],
    k: int,
    metric: Metric,
    own: Indices | None,
    sources: NDArray[np.float32] | None,
    forms: Indices | None,
) -> tuple[Indices, Values]:
    """(n, k) nearest rows and values; with `forms`, of each written form the nearest alone (-1: there are no more)."""
    held = len(rows) - (own is not None)
    most = min(k, held)
    if forms is None:
        return nearest_rows(queries, rows, most, metric, own=own, sources=sources)
    wanted = most
    while True:
        indices, values = nearest_rows(queries, rows, wanted, metric, own=own, sources=sources)
        chosen = [np.sort(np.unique(forms[line], return_index=True)[1])[:k] for line in indices]
        if wanted == held or all(len(places) == k for places in chosen):
            break
        wanted = min(held, 8 * wanted)
    first, value = np.full((len(queries), k), -1, np.int64), np.full((len(queries), k), np.nan)
    for at, places in enumerate(chosen):
        first[at, : len(places)], value[at, : len(places)] = indices[at, places], values[at, places]
    return first, value


def _forms(space: Space, rows: Indices) -> Indices:
    return pd.factorize(space.words["text"].to_numpy(dtype=str)[rows])[0].astype(np.int64)


def _frame(
    layer: int, queries: Indices, language: str, rows: Indices, indices: Indices, values: Values
) -> pd.DataFrame:
    there = indices >= 0
    numbers = {
        "query_row": np.repeat(queries, indices.shape[1])[there.ravel()],
        "rank": np.tile(np.arange(1, indices.shape[1] + 1), len(queries))[there.ravel()],
        "row": rows[indices[there]],
        "value": values[there],
    }
    return pd.DataFrame({"layer": layer, "language": language, **numbers})


def _told(space: Space, found: pd.DataFrame) -> pd.DataFrame:
    """The words behind row numbers, and the sentences that they stand in."""
    words, sentences = space.words, space.sentences
    found = found.sort_values(["layer", "query_row"], kind="stable", ignore_index=True)
    parallel: dict[str, pd.Series] = {}
    for prefix, row in (("query_", "query_row"), ("", "row")):
        own = words.iloc[found[row].to_numpy()].reset_index(drop=True)
        found[prefix + "text" if not prefix else "query"] = own["text"]
        if prefix:
            found["query_language"] = own["language"]
        found[f"{prefix}context"] = sentences["text"].reindex(own["sentence"]).to_numpy()
        found[f"{prefix}start"], found[f"{prefix}stop"] = own["start"], own["stop"]
        parallel[row] = own["parallel"]
    found["translation"] = (parallel["query_row"].notna() & (parallel["query_row"] == parallel["row"])).astype(bool)
    return found
