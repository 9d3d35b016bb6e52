"""Hubs: words that are among the nearest neighbors of many words of another language."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from embspace.analyses.distances import Layers, layer_numbers
from embspace.analyses.results import result
from embspace.analyses.sampling import check_sample, chosen_languages, rows_of_layer, sampled_rows
from embspace.analyses.search import CSLS, Metric, check_metric, nearest_rows, usable
from embspace.analyses.two_way_search import sides, two_way
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

COLUMNS = ["layer", "language_a", "language_b", "row", "text", "context", "start", "stop", "count", "expected"]


def hubness(
    space: Space,
    *,
    layer: Layers = -1,
    k: int = 10,
    metric: Metric = "cosine",
    languages: Sequence[str] | None = None,
    sample: int | None = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How often each word is among the k nearest of another language's words (N_k): a row per pair and word.

    Columns: `layer language_a language_b`, the words of a ask and those of b are found, all ordered pairs, and last
    each language with itself (without the word itself); `row text context start stop`, the word of b in its sentence;
    `count`, N_k, how many words of a have it among their k nearest; `expected`, the mean N_k of the pair, which every
    word would have if none was a hub. The most frequent first in each pair. Exact. Radovanović et al. 2010.

    Args:
        space: its rows with `found` and a direction count.
        layer: a number, several, or all of them (None).
        k: neighbors of each word; fewer where a language has not so many words.
        metric: cosine, l2 or csls.
        languages: those compared; all by default.
        sample: sentences of each language, at random, whose words take part; None: all.
        seed: of the sentences that are drawn.
        progress: told of every pair of every layer.

    Raises:
        SettingsError: a language, layer or metric that there is not, or k below 1.
    """
    layers = layer_numbers(space, layer)
    check_metric(metric)
    check_sample(sample)
    if k < 1:
        raise SettingsError(f"k={k} is not possible; it is 1 or more.")
    compared = chosen_languages(space, languages)
    progress = progress or Silent()
    progress.stage("hubs", len(layers) * len(compared) ** 2, "pairs")
    pairs = sorted(product(compared, compared), key=lambda pair: pair[0] == pair[1])
    pools = {one: sampled_rows(space, one, sample, seed) for one in compared}
    found: list[pd.DataFrame] = []
    for number in layers:
        vectors, rows = {}, {}
        for one, pool in pools.items():
            of = rows_of_layer(space, number, pool)
            kept = usable(of)
            vectors[one], rows[one] = of[kept], pool[kept]
        counts = _counted(vectors, compared, k, metric, progress)
        for one, other in pairs:
            if (one, other) in counts:
                count = counts[one, other]
                order = np.argsort(-count, kind="stable")
                pair = {"layer": number, "language_a": one, "language_b": other}
                there = {"row": rows[other][order], "count": count[order], "expected": count.mean()}
                found.append(pd.DataFrame(pair | there))
    if not found:
        raise SettingsError(
            "Hubs are sought among words with vectors, and fewer than two were found here: extract a corpus with more "
            "words, or compare other languages."
        )
    settings = {"layers": layers, "k": k, "metric": metric, "languages": None if languages is None else compared}
    settings |= {"sample": sample, "seed": seed} | ({"csls_k": CSLS} if metric == "csls" else {})
    table = pd.concat(found, ignore_index=True)
    own = space.words.iloc[table["row"].to_numpy()].reset_index(drop=True)
    table = table.assign(text=own["text"], start=own["start"], stop=own["stop"])
    table["context"] = space.sentences["text"].reindex(own["sentence"]).to_numpy()
    return result(table, COLUMNS, "hubness", space, **settings)


def _counted(
    vectors: dict[str, NDArray[np.float32]], languages: Sequence[str], k: int, metric: Metric, progress: Progress
) -> dict[tuple[str, str], NDArray[np.int64]]:
    """N_k of the words of b by those of a, for each pair (a, b) that has words; both directions by one product."""
    spoken = sides(vectors, metric)
    counts: dict[tuple[str, str], NDArray[np.int64]] = {}
    for one, other in combinations_with_replacement(languages, 2):
        here, there = vectors[one], vectors[other]
        if one == other and len(here) > 1:
            own = np.arange(len(here))
            near = nearest_rows(here, here, min(k, len(here) - 1), metric, own=own)[0]
            counts[one, one] = np.bincount(near.ravel(), minlength=len(here))
        elif one != other and len(here) and len(there):
            depths = min(k, len(there)), min(k, len(here))
            near, back = two_way(spoken[one], spoken[other], depths, metric)
            counts[one, other] = np.bincount(near.ravel(), minlength=len(there))
            counts[other, one] = np.bincount(back.ravel(), minlength=len(here))
        progress.advance(1 if one == other else 2)
    return counts


def hub_skewness(result: pd.DataFrame) -> pd.DataFrame:
    """How uneven N_k is in each pair of a `hubness`: `layer language_a language_b value largest never n`.

    `value` is the skewness of N_k over the words of b, E(N - mu)^3 / sigma^3 (Radovanović et al. 2010, 2): about 0
    without hubs, the larger the more a few words are near to all; NaN where all counts are equal. `largest` is the
    highest count, `never` the share of words that are no one's neighbor (0 .. 1), `n` the words of b.
    """
    rows = []
    for _, words in result.groupby(["layer", "language_a", "language_b"], sort=False):
        pair = tuple(words.iloc[0][["layer", "language_a", "language_b"]])
        counts = words["count"].to_numpy(dtype=np.int64)
        rows.append((*pair, skewness(counts), counts.max(), float((counts == 0).mean()), len(counts)))
    table = pd.DataFrame(rows, columns=["layer", "language_a", "language_b", "value", "largest", "never", "n"])
    table.attrs["settings"] = result.attrs.get("settings", {}) | {"analysis": "hub_skewness"}
    return table


def skewness(counts: ArrayLike) -> float:
    """E(N - mu)^3 / sigma^3 over all values; NaN where they are all equal."""
    values = np.asarray(counts, dtype=np.float64)
    if not len(values) or (values == values[0]).all():
        return float("nan")
    apart = values - values.mean()
    return float((apart**3).mean() / (apart**2).mean() ** 1.5)
