"""What the points of a map show beside their places: colors, markers, and which are drawn over which."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.figures import theme

NOTHING, _OTHERS = "none", "others"
QUIET = (NOTHING, "O")  # words that are not marked: drawn first, faint, in gray
_TYPES = ("PER", "LOC", "ORG", "MISC")
_MIXED_FROM = 300  # points of a panel that are drawn in turns, so that no group lies over all others
_TURNS, _TRACES = 4, 160  # turns at most; fewer where a panel would have more traces than this


def values_of(result: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """The values of a column as text, missing ones as "none"."""
    codes, values = pd.factorize(result[column], use_na_sentinel=True)
    names = np.array([*(str(one) for one in values), NOTHING], dtype=object)
    return names[codes]


def order_of(result: pd.DataFrame, column: str) -> list[str]:
    """The different values of a column as text: languages by family, types as papers list them, numbers by size."""
    found = set(values_of(result, column))
    if column == "language":
        return theme.by_family(found)
    if pd.api.types.is_numeric_dtype(result[column]):
        return sorted(found, key=lambda one: (one == NOTHING, 0 if one == NOTHING else float(one)))
    return sorted(found, key=lambda one: (_TYPES.index(one) if one in _TYPES else len(_TYPES), one))


def shapes_of(result: pd.DataFrame, column: str, solid: bool) -> dict[str, str]:
    """What each value of a column is drawn as: itself, or, of more than there are markers, the rarest as `others`."""
    order, most = order_of(result, column), theme.symbol_count(solid)
    if len(order) <= most:
        return {one: one for one in order}
    counts = pd.Series(values_of(result, column)).value_counts()
    kept = set(counts.index[: most - 1])
    return {one: one if one in kept else _OTHERS for one in sorted(order, key=lambda one: one not in kept)}


def colors_of(result: pd.DataFrame, column: str, dark: bool) -> dict[str, str]:
    """Value -> color, in the legend's order."""
    order = order_of(result, column)
    if column == "language":
        return {one: theme.language_color(one, dark) for one in order}
    if pd.api.types.is_numeric_dtype(result[column]):
        return theme.number_colors(order, dark)
    quiet = {one: theme.look(dark).muted for one in order if one in QUIET}
    return theme.category_colors(one for one in order if one not in quiet) | quiet


def turns_of(
    groups: NDArray[np.object_], kinds: NDArray[np.object_], colors: Iterable[str], marks: Iterable[str]
) -> list[tuple[str, str, NDArray[np.int64]]]:
    """What is drawn after what: a group, a kind, and which points of them; what is not marked comes first."""
    found = [(group, kind) for group, kind in product(colors, marks)]
    whole = [(*one, np.flatnonzero((groups == one[0]) & (kinds == one[1]))) for one in found]
    whole = [one for one in whole if len(one[2])]
    count = min(_TURNS, _TRACES // max(1, len(whole))) if len(groups) > _MIXED_FROM else 1
    random = np.random.default_rng(0)
    parts = [np.array_split(random.permutation(here), count) if count > 1 else [here] for _, _, here in whole]
    turns = [
        (group, kind, np.sort(split[turn]))
        for turn in range(max(1, count))
        for (group, kind, _), split in zip(whole, parts, strict=True)
        if len(split[turn])
    ]
    return sorted(turns, key=lambda one: one[0] not in QUIET and one[1] not in QUIET)
