"""Relatedness: whether words that translate each other lie nearer than words that do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from embspace.analyses.distances import Layers, layer_numbers
from embspace.analyses.pairs import Metric, Pairs, Values, check_metrics, distances, related_pairs, unrelated_pairs
from embspace.analyses.results import checkpoint_labels, result
from embspace.analyses.separation import auc, equal_edges, histogram, separation
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_SUMMARY = "checkpoint layer metric language_a language_b auc auc_low auc_high overlap overlap_low overlap_high"
_SUMMARY += " difference difference_low difference_high mean_related mean_unrelated n_related n_unrelated"
_COUNTS = "checkpoint layer metric kind low high count auc difference"


def relatedness(
    spaces: Space | Sequence[Space],
    links: pd.DataFrame | None = None,
    *,
    layer: Layers = -1,
    metric: Metric | Sequence[Metric] = ("l2", "cosine"),
    n_related: int | None = None,
    n_unrelated: int | None = None,
    bootstrap: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How far related words (translations) are nearer than unrelated ones, per checkpoint, layer and languages.

    A row per `checkpoint layer metric language_a language_b`, first of all pairs together ("all"), with

    - `auc`: the probability that a related pair is nearer than an unrelated one, 0 .. 1; 0.5 is no separation;
    - `overlap`: the share that the histograms of both have in common, 0 .. 1, sum_i min(p_i, q_i) over
      min(100, ceil(2 n^(1/3))) equal bins from the smallest to the largest distance, n of the smaller sample;
    - `difference`: mean distance of unrelated less that of related words; `mean_related mean_unrelated`;
    - `n_related n_unrelated`: pairs with a distance.

    `..._low ..._high` bound the bootstrap over pairs, drawn as if each were independent (percentiles, centered on the
    value; NaN without). "adjustment" 5.3, Fig. 1.

    Args:
        spaces: of words of one corpus, such as a model before and after training; rows with `found` count.
        links: word alignments (`parallel language_a word_a language_b word_b`): these words are related. Without
            them, entities that share `parallel` are. Unrelated are words of sentences that do not share it.
        layer: a number, several, or all of them (None); the last by default.
        metric: "l2", "cosine" (1 - cos), or both.
        n_related: of each pair of languages so many are drawn; all by default.
        n_unrelated: of each pair of languages so many are drawn; as many as are related by default.
        bootstrap: number of resamples; 0 for no interval.
        confidence: share of resamples between `low` and `high`.
        seed: of the draws; the same pairs in every checkpoint that has found the same words.
        progress: told of every layer.

    Raises:
        SettingsError: a space has no related or no unrelated words, or a setting is out of its range.
        CorpusError: `links` has not the columns of word alignments.
    """
    metrics = _checked(metric, n_related, n_unrelated, bootstrap, confidence)
    rows = []
    listed = _listed(spaces)
    for label, number, related, unrelated, found in _measured(
        listed, links, layer, metrics, (n_related, n_unrelated), seed, progress
    ):
        for name in metrics:
            near, far = found[name]
            compared: tuple[float, ...] = ()
            for code, languages in [(-1, ("all", "all")), *enumerate(related.languages)]:
                if code < 0 or len(related.languages) > 1:
                    one, other = (
                        values[np.isfinite(values) & ((code < 0) | (pairs.code == code))]
                        for values, pairs in ((near, related), (far, unrelated))
                    )
                    compared = _compared(one, other, bootstrap, confidence, seed)
                rows.append((label, number, name, *languages, *compared))
    settings = {"links": links is not None, "bootstrap": bootstrap, "confidence": confidence}
    return _result(rows, _SUMMARY, "relatedness", listed, layer, metrics, n_related, n_unrelated, seed, **settings)


def relatedness_distances(
    spaces: Space | Sequence[Space],
    links: pd.DataFrame | None = None,
    *,
    layer: Layers = -1,
    metric: Metric | Sequence[Metric] = ("l2", "cosine"),
    n_related: int | None = None,
    n_unrelated: int | None = None,
    bins: int = 100,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Histograms of the distances of `relatedness`: `checkpoint layer metric kind low high count auc difference`.

    A row per bin low <= distance < high of `kind` "related" or "unrelated"; bins of equal width from the smallest to
    the largest distance of both kinds. `auc` and `difference` (of the distances, not of the bins) are those of all
    pairs. Vectors are gone through in blocks; 8 bytes per pair and metric are kept. "adjustment" Fig. 1.

    Args:
        spaces: as of `relatedness`, like all that has no other meaning here.
        links: word alignments, or None: entities that share `parallel` are related.
        layer: a number, several, or all of them (None); the last by default.
        metric: "l2", "cosine" (1 - cos), or both.
        n_related: of each pair of languages so many are drawn; all by default.
        n_unrelated: of each pair of languages so many are drawn; as many as are related by default.
        bins: number of bins.
        seed: of the draws.
        progress: told of every layer.

    Raises:
        SettingsError: as of `relatedness`.
        CorpusError: `links` has not the columns of word alignments.
    """
    metrics = _checked(metric, n_related, n_unrelated, 0, 0.95)
    if bins < 1:
        raise SettingsError(f"bins={bins} is not possible; it is 1 or more, often 20 to 200.")
    rows = []
    listed = _listed(spaces)
    for label, number, _, _, found in _measured(
        listed, links, layer, metrics, (n_related, n_unrelated), seed, progress
    ):
        for name in metrics:
            near, far = (values[np.isfinite(values)] for values in found[name])
            if not len(near) or not len(far):
                continue
            edges = equal_edges(min(near.min(), far.min()), max(near.max(), far.max()), bins)
            apart = auc(near, far), float(far.mean() - near.mean())
            for kind, values in (("related", near), ("unrelated", far)):
                counts = histogram(values, edges)
                rows += [
                    (label, number, name, kind, low, high, int(count), *apart)
                    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
                ]
    settings = {"links": links is not None, "bins": bins}
    return _result(
        rows, _COUNTS, "relatedness_distances", listed, layer, metrics, n_related, n_unrelated, seed, **settings
    )


def _measured(
    spaces: Sequence[Space],
    links: pd.DataFrame | None,
    layer: Layers,
    metrics: list[Metric],
    sizes: tuple[int | None, int | None],
    seed: int,
    progress: Progress | None,
) -> Iterator[tuple[str, int, Pairs, Pairs, dict[Metric, tuple[Values, Values]]]]:
    """Yield checkpoint, layer, the pairs of both kinds, and their distances by metric."""
    layers = [layer_numbers(space, layer) for space in spaces]
    progress = progress or Silent()
    progress.stage("relatedness", sum(map(len, layers)), "layers")
    for space, label, numbers in zip(spaces, checkpoint_labels(spaces), layers, strict=True):
        related = related_pairs(space, links, sizes[0], seed)
        unrelated = unrelated_pairs(space, related, sizes[1], seed)
        for number in numbers:
            vectors = space.layer(number)
            near, far = distances(vectors, related, metrics), distances(vectors, unrelated, metrics)
            del vectors
            yield label, number, related, unrelated, {name: (near[name], far[name]) for name in metrics}
            progress.advance()


def _compared(near: Values, far: Values, bootstrap: int, confidence: float, seed: int) -> tuple[float, ...]:
    means = (float(one.mean()) if len(one) else np.nan for one in (near, far))
    if not len(near) or not len(far):
        return (*[np.nan] * 9, *means, len(near), len(far))
    found = separation(near, far, bootstrap, confidence, seed)
    return (*found.auc, *found.overlap, *found.difference, *means, len(near), len(far))


def _listed(spaces: Space | Sequence[Space]) -> list[Space]:
    listed = list(spaces) if isinstance(spaces, Sequence) else [spaces]
    if not listed:
        raise SettingsError("relatedness: no space was given; give one, or a list of them.")
    return listed


def _checked(
    metric: Metric | Sequence[Metric],
    n_related: int | None,
    n_unrelated: int | None,
    bootstrap: int,
    confidence: float,
) -> list[Metric]:
    for name, value in (("n_related", n_related), ("n_unrelated", n_unrelated)):
        if value is not None and value < 1:
            raise SettingsError(f"{name}={value} is not possible; it is 1 or more, or None.")
    if bootstrap < 0 or not 0 < confidence < 1:
        raise SettingsError(
            f"bootstrap={bootstrap}, confidence={confidence} is not possible; the number of resamples is 0 or more, "
            "often 1000, and the confidence between 0 and 1, often 0.95."
        )
    return check_metrics(metric)


def _result(
    rows: list[tuple[Any, ...]],
    columns: str,
    name: str,
    spaces: list[Space],
    layer: Layers,
    metrics: list[Metric],
    n_related: int | None,
    n_unrelated: int | None,
    seed: int,
    **settings: Any,
) -> pd.DataFrame:
    shared = {"layers": layer_numbers(spaces[0], layer), "metric": metrics, "seed": seed}
    return result(
        rows, columns.split(), name, spaces, n_related=n_related, n_unrelated=n_unrelated, **shared, **settings
    )
