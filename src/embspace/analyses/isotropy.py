"""Isotropy: how evenly the words of each language point in all directions, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from embspace.analyses.distances import Layers, directed, layer_numbers, unit_rows
from embspace.analyses.isotropy_measures import (
    Rows,
    bootstrapped,
    contributions,
    effective_dimension,
    iso_score,
    mean_cosine,
    partition_isotropy,
    top_share,
)
from embspace.analyses.results import checkpoint_labels, result
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_TOPS = {"top_1": 1, "top_3": 3, "top_5": 5}
_OF_VECTORS: dict[str, Callable[[Rows], float]] = {
    "isoscore": iso_score,
    "partition": partition_isotropy,
    "effective_dimension": effective_dimension,
}
MEASURES = ("mean_cosine", *_OF_VECTORS, *_TOPS)
"""what `isotropy` can measure"""


def isotropy(
    spaces: Space | Sequence[Space],
    layer: Layers = None,
    *,
    measures: str | Sequence[str] = "mean_cosine",
    bootstrap: int = 500,
    confidence: float = 0.95,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How isotropic each language's words are, per layer: `layer language measure value low high n`.

    | measure | range | isotropic | source |
    |---|---|---|---|
    | `mean_cosine` | -1 .. 1, exact over all pairs | 0 | "exploring" 4.1, Ethayarajh (2019) |
    | `isoscore` | 0 .. 1 | 1 | Rudman et al. (2022) |
    | `partition` | 0 .. 1 | 1 | Mu and Viswanath (2018) |
    | `effective_dimension` | 1 .. dim, participation ratio | dim | |
    | `top_1` `top_3` `top_5` | the largest dimensions' share of the mean cosine | | Timkey, van Schijndel (2021) |

    `low` and `high` bound the percentile bootstrap over words (of the same dimensions for `top_k`). Measures of the
    spectrum have none (NaN): a resample repeats words, and so always has a narrower spectrum than its sample.
    Of fewer than two words, or equal ones where the spectrum is asked for, `value` is NaN.

    Args:
        spaces: their rows with `found` and a direction count, `n` of them; of several, a column `checkpoint` is first.
        layer: a number, several, or all of them (None).
        measures: "all", or one or several of the above.
        bootstrap: number of resamples; 0 for no interval. Each costs as much as the mean cosine itself.
        confidence: share of resamples between `low` and `high`.
        seed: of the resamples.
        progress: told of every layer.

    Raises:
        SettingsError: there is no such measure or layer, or the numbers are out of range.
    """
    asked = _asked(measures, bootstrap, confidence)
    several = isinstance(spaces, Sequence)
    listed = list(spaces) if several else [spaces]
    rows = [
        (*([label] if several else []), number, language, *one)
        for label, number, language, members in _languages(listed, layer, "isotropy", progress or Silent())
        for one in _measured(members, asked, bootstrap, confidence, seed)
    ]
    columns = [*(["checkpoint"] if several else []), "layer", "language", "measure", "value", "low", "high", "n"]
    settings = {
        "layers": layer_numbers(listed[0], layer),
        "measures": asked,
        "bootstrap": bootstrap,
        "confidence": confidence,
        "seed": seed,
    }
    return result(rows, columns, "isotropy", listed, **settings)


def dominant_dimensions(
    spaces: Space | Sequence[Space], layer: Layers = None, *, top: int = 5, progress: Progress | None = None
) -> pd.DataFrame:
    """The dimensions that make up the mean cosine: `layer language rank dimension value share n`, largest first.

    `dimension` counts from 0, `value` is what it adds to the mean cosine, `share` that as a part of it. Timkey and van
    Schijndel (2021), 3.1. Spaces, layers and rows as of `isotropy`; languages of fewer than two words have none.

    Args:
        spaces: of several, a column `checkpoint` is first.
        layer: a number, several, or all of them (None).
        top: ranks 1 .. top are given.
        progress: told of every layer.

    Raises:
        SettingsError: there is no such layer, or `top` is below 1.
    """
    if top < 1:
        raise SettingsError(f"top={top} is not possible; it is 1 or more.")
    several = isinstance(spaces, Sequence)
    listed = list(spaces) if several else [spaces]
    rows = []
    for label, number, language, members in _languages(listed, layer, "dimensions", progress or Silent()):
        units = unit_rows(members)
        units = units[directed(units)]
        if len(units) < 2:
            continue
        added = contributions(units)
        total = added.sum()
        for rank, at in enumerate(np.argsort(-added, kind="stable")[:top], start=1):
            share = added[at] / total if total else np.nan
            origin = (*([label] if several else []), number, language)
            rows.append((*origin, rank, int(at), added[at], share, len(units)))
    columns = [*(["checkpoint"] if several else []), "layer", "language", "rank", "dimension", "value", "share", "n"]
    return result(rows, columns, "dominant_dimensions", listed, layers=layer_numbers(listed[0], layer), top=top)


def _languages(
    spaces: Sequence[Space], layer: Layers, stage: str, progress: Progress
) -> Iterator[tuple[str, int, str, np.ndarray]]:
    """(checkpoint, layer, language, vectors of its words that were found), layer by layer."""
    if not spaces:
        raise SettingsError(f"{stage}: no space was given; give one, or a list of them.")
    layers = [layer_numbers(space, layer) for space in spaces]
    progress.stage(stage, sum(map(len, layers)), "layers")
    for space, label, numbers in zip(spaces, checkpoint_labels(spaces), layers, strict=True):
        found = space.words["found"].to_numpy(dtype=bool)
        languages = space.words["language"].to_numpy(dtype=str)
        for number in numbers:
            vectors = space.layer(number)
            for language in dict.fromkeys(languages):
                yield label, number, language, vectors[found & (languages == language)]
            progress.advance()


def _asked(measures: str | Sequence[str], bootstrap: int, confidence: float) -> list[str]:
    names = list(MEASURES) if measures == "all" else [measures] if isinstance(measures, str) else list(measures)
    unknown = [name for name in names if name not in MEASURES]
    if not names or unknown:
        shown = repr(unknown[0]) if unknown else "[]"
        raise SettingsError(f'measures={shown} is not possible; it is "all" or some of {", ".join(MEASURES)}.')
    if bootstrap < 0 or not 0 < confidence < 1:
        raise SettingsError(
            f"bootstrap={bootstrap}, confidence={confidence} is not possible; the number of resamples is 0 or more, "
            "often 500, and the confidence between 0 and 1, often 0.95."
        )
    return list(dict.fromkeys(names))


def _measured(
    members: np.ndarray, measures: Sequence[str], bootstrap: int, confidence: float, seed: int
) -> list[tuple[str, float, float, float, int]]:
    """(measure, value, low, high, n) of one language's vectors in a layer."""
    units = unit_rows(members)
    kept = directed(units)
    units = units if kept.all() else units[kept]
    n, tails = len(units), ((1 - confidence) / 2, (1 + confidence) / 2)
    if n < 2:
        return [(name, np.nan, np.nan, np.nan, n) for name in measures]
    values = {name: _OF_VECTORS[name](members[kept]) for name in measures if name in _OF_VECTORS}
    values |= {name: top_share(units, _TOPS[name]) for name in measures if name in _TOPS}
    values["mean_cosine"] = mean_cosine(units)
    bounds: dict[str, tuple[float, float]] = {}
    if bootstrap and not _OF_VECTORS.keys() >= set(measures):
        tops = [_TOPS[name] for name in measures if name in _TOPS]
        dims = np.argsort(-contributions(units), kind="stable")[: max(tops, default=0)]
        whole, parts = bootstrapped(units, dims, bootstrap, seed)
        for name in set(measures) - _OF_VECTORS.keys():
            drawn = parts[:, : _TOPS[name]].sum(axis=1) / whole if name in _TOPS else whole
            bounds[name] = (float(np.nanquantile(drawn, tails[0])), float(np.nanquantile(drawn, tails[1])))
    return [(name, values[name], *bounds.get(name, (np.nan, np.nan)), n) for name in measures]
