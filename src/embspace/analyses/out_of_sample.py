"""New words on an existing map, which stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import unit_rows
from embspace.analyses.map_frames import raw_vectors, shared_rows
from embspace.analyses.placement import Placement
from embspace.analyses.placement_beside import place_beside
from embspace.analyses.projection import shown_columns
from embspace.analyses.results import result as result_of
from embspace.analyses.search import nearest_rows
from embspace.analyses.transforms import on_the_mean
from embspace.errors import SettingsError
from embspace.progress import Progress

if TYPE_CHECKING:
    from embspace.spaces.space import Space

Points = NDArray[np.float64]


def place(
    result: pd.DataFrame,
    space: Space | Sequence[Space],
    new: Space | Sequence[Space],
    *,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The words of a new space on the map of another: the columns of `project`, and `nearest`.

    No point of the map moves, and new words do not see each other. t-SNE: each word begins at the median of its 15
    nearest words of the map and is optimized against the map alone, 250 iterations at perplexity 5 (openTSNE; Poličar
    et al. 2019). UMAP: begins at the mean of its neighbors, weighted, then 100 epochs against the map (30 above 10,000
    words). PCA: the map's own components. Nothing is fitted again but these: one product of the map's vectors,
    O(n dim^2). The others cost the exact neighbors of the new words, O(n m dim), and the iterations of these.

    Args:
        result: of `project`, with all its rows.
        space: what it was made from.
        new: of the same checkpoints with the same transforms; its rows with `found` are placed.
        progress: told of each layer; may cancel.

    Returns:
        A frame with `nearest`, the cosine (-1 .. 1) to the nearest word of the map (after centering): a word far from
        all has a place, but not a meaning. `.attrs["settings"]` holds those of the map under `map`.

    Raises:
        SettingsError: the map is not of these spaces, or the new one does not fit to it.
        StoreError: a vector is not finite.
    """
    several = isinstance(space, Sequence)
    spaces, others = (list(one) if isinstance(one, Sequence) else [one] for one in (space, new))
    settings = result.attrs.get("settings", {})
    _check(settings, spaces, others)
    placement = Placement(
        **{
            name: settings[name]
            for name in ("method", "dimensions", "perplexity", "neighbors", "min_distance", "seed")
            if name in settings
        }
    )
    rows, new_rows = shared_rows(spaces), shared_rows(others)
    if not len(new_rows):
        raise SettingsError("The new space has no word with a vector, so there is nothing to place.")
    axes = ["x", "y", "z"][: placement.dimensions]
    blocks = []
    for at, number, places in _maps(result, settings, several, axes, len(rows)):
        languages = spaces[at].words["language"].to_numpy(dtype=str)[rows] if settings["center"] else None
        asked = others[at].words["language"].to_numpy(dtype=str)[new_rows] if settings["center"] else None
        held = raw_vectors(spaces[at], number, rows)
        wanted = raw_vectors(others[at], number, new_rows)
        if languages is not None and asked is not None:
            held, wanted = _centered(held, languages, wanted, asked)
        blocks.append((at, number, np.nan_to_num(unit_rows(held)), places, np.nan_to_num(unit_rows(wanted))))
    # Of a joint map all layers are one reference, as they were one set of points.
    together = [blocks] if settings["frame"] == "joint" else [[one] for one in blocks]
    found = []
    for group in together:
        held, places, wanted = (np.concatenate([one[column] for one in group]) for column in (2, 3, 4))
        name = "map" if len(group) > 1 else f"layer {group[0][1]}"
        points = np.split(place_beside(placement, held, places, wanted, name, progress), len(group))
        found += [
            (at, number, one, _nearness(block, asked))
            for (at, number, block, _, asked), one in zip(group, points, strict=True)
        ]
    labels = list(settings["layers"]) if several else [""]
    shown = [shown_columns(one, new_rows) for one in others]
    if several:
        shown = [words.assign(checkpoint=label) for words, label in zip(shown, labels, strict=True)]
    table = pd.concat(
        [
            shown[at].assign(layer=number, **dict(zip(axes, points.astype(np.float32).T, strict=True)), nearest=near)
            for at, number, points, near in found
        ],
        ignore_index=True,
    )
    return result_of(table, list(table.columns), "out_of_sample", others, map=settings)


def _check(settings: dict[str, Any], spaces: list[Space], others: list[Space]) -> None:
    """Refuse a map that is not of these spaces, and new spaces that do not fit to it."""
    if settings.get("analysis") != "projection":
        raise SettingsError("The result is no map; give one of project(...), with its .attrs.")
    known = settings.get("spaces") or [settings]
    if [one["space"] for one in known] != [one.fingerprint for one in spaces]:
        raise SettingsError("The map was made from other words or another model; give the space that project(...) had.")
    if len(spaces) != len(others):
        raise SettingsError(
            f"The map has {len(spaces)} checkpoints and the new words {len(others)}; give one space for each."
        )
    for one, other in zip(spaces, others, strict=True):
        for name in ("checkpoint_fingerprint", "pooling", "transforms"):
            ours, theirs = one.recipe.get(name) or None, other.recipe.get(name) or None
            if ours != theirs:
                raise SettingsError(
                    f"The new words have {name} {theirs!r} and the map has {ours!r}; they must be equal."
                )
        if one.dim != other.dim:
            raise SettingsError(f"The new vectors are {other.dim} wide and those of the map {one.dim}.")


def _maps(
    result: pd.DataFrame, settings: dict[str, Any], several: bool, axes: list[str], n: int
) -> list[tuple[int, int, Points]]:
    """Number of the space, layer and coordinates of each map of a result."""
    layers = settings["layers"] if several else {"": settings["layers"]}
    found = []
    for at, (label, numbers) in enumerate(layers.items()):
        for number in numbers:
            here = result["layer"] == number
            if several:
                here &= result["checkpoint"] == label
            places = result.loc[here, axes].to_numpy(dtype=np.float64)
            if len(places) != n:
                raise SettingsError(f"Layer {number} of the map has {len(places)} of its {n} words; give all of them.")
            found.append((at, number, places))
    return found


def _centered(
    held: Points, languages: NDArray[np.str_], wanted: Points, asked: NDArray[np.str_]
) -> tuple[Points, Points]:
    """Both less the means of the map's languages; rows on their mean are zero."""
    strange = sorted(set(asked) - set(languages))
    if strange:
        raise SettingsError(
            f"The map is centered by language and has no words in {', '.join(strange)}, so their mean is not known."
        )
    left, new = np.empty_like(held), np.empty_like(wanted)
    for language in np.unique(languages):
        here, there = languages == language, asked == language
        mean = held[here].mean(axis=0)
        left[here], new[there] = held[here] - mean, wanted[there] - mean
    left[on_the_mean(held, left)] = 0
    new[on_the_mean(wanted, new)] = 0
    return left, new


def _nearness(held: Points, wanted: Points) -> Points:
    """(n,) the cosine of each new word to the nearest of the map; NaN where it has no direction."""
    cosines = 1 - nearest_rows(wanted, held, 1, "l2")[1][:, 0] ** 2 / 2
    return np.where(wanted.any(axis=1), cosines, np.nan)
