"""Maps: the words of a space in two or three dimensions, layers and checkpoints in one frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.displacement import displacement, summary
from embspace.analyses.distances import layer_numbers
from embspace.analyses.map_frames import Frame, Maps, Slice, same_depth
from embspace.analyses.placement import Method, Placement
from embspace.analyses.results import checkpoint_labels, result
from embspace.errors import SettingsError
from embspace.progress import Progress
from embspace.workspace import Workspace, current_workspace

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_SHOWN = ["text", "language", "type", "entity", "tag", "sentence", "n_pieces", "pieces", "parallel", "start", "stop"]


def project(
    space: Space | Sequence[Space],
    *,
    layer: int | Sequence[int] | Literal["all"] = -1,
    method: Method = "tsne",
    dimensions: int = 2,
    perplexity: float = 70,
    neighbors: int = 15,
    min_distance: float = 0.1,
    center: Literal["language"] | None = None,
    frame: Frame = "chained",
    seed: int = 0,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The words of spaces on a map: a row per word and layer (and checkpoint), with `layer x y (z) displacement`.

    Vectors are brought to unit length after centering; t-SNE and UMAP see their Euclidean distances, which rank as
    cosines do. Layers and checkpoints share one frame. Chained: the output layer of the first is placed first, each
    lower layer starts from the one above it and is rotated and scaled onto it, and so does each layer of the next
    checkpoint from the layer of equal depth before it; coordinates are the same whichever other layers are asked for.
    Joint: all layers asked for are placed in one run, their rows stacked, so that places on different maps have equal
    meaning; n rows of k layers cost as much as n k points, and hold them in memory at once.
    Coordinates are stored under `workspace.maps` and found again. "exploring" Fig. 1, 2.

    Args:
        space: its rows with `found` are placed; a selection, or a view by `transform`, is placed by itself. Several,
            one for each checkpoint: of the same words in the same order, those found in all; they may have other widths
            (chained) and depths.
        layer: a number (negative ones count from the output), several, or "all". Layer 0 is the embeddings; reaching a
            layer takes the layers between it and the output where they are chained.
        method: "tsne" (openTSNE), "umap" or "pca".
        dimensions: 2 or 3. In 3 t-SNE runs by Barnes-Hut, at about twice the time of 2.
        perplexity: of t-SNE; at most a third of the other points.
        neighbors: of UMAP.
        min_distance: of UMAP.
        center: "language" subtracts the mean of each language first, in each layer.
        frame: "chained" or "joint".
        seed: of t-SNE and UMAP.
        workspace: where coordinates are kept; the current one by default.
        progress: told of every layer's iterations; may cancel.

    Returns:
        The columns of `space.words` that figures show, `context` (the sentence), of a list of spaces `checkpoint`, and
        `displacement`: from the place in the next lower layer of the result, of several checkpoints from that in the
        layer of equal depth of the one before, in spreads (root mean square distance from the center) of that map; NaN
        where nothing is before. `.attrs`: `settings`; `trustworthiness` by layer, of several checkpoints
        `{checkpoint: {layer: ...}}`; `displacement`, a list of `{checkpoint, layer, from_checkpoint, from_layer,
        median, far}`, `far` the share of words beyond half a spread.

    Raises:
        SettingsError: a setting is out of its range, for these points or at all; there are fewer than 3 points; the
            spaces are not of the same words.
        StoreError: a vector is not finite.
    """
    placement = Placement(method, dimensions, perplexity, neighbors, min_distance, seed)
    if center not in (None, "language"):
        raise SettingsError(f'center={center!r} is not possible; it is None or "language".')
    if frame not in get_args(Frame):
        raise SettingsError(f'frame={frame!r} is not possible; it is "chained" or "joint".')
    several = isinstance(space, Sequence)
    spaces = list(space) if several else [space]
    if not spaces:
        raise SettingsError("There is no space to place; give one or more.")
    slices = [Slice(at, number) for at, one in enumerate(spaces) for number in layer_numbers(one, layer)]
    maps = Maps(spaces, placement, center, workspace or current_workspace(), progress)
    placement.check(len(maps.rows) * (len(slices) if frame == "joint" else 1))
    made = maps.joint(slices) if frame == "joint" else {one: maps.chained(one) for one in slices}
    labels = checkpoint_labels(spaces)
    axes = ["x", "y", "z"][:dimensions]
    moved = _moved(spaces, slices, {one: found.coordinates for one, found in made.items()})
    shown = [shown_columns(one, maps.rows) for one in spaces]
    if several:
        shown = [words.assign(checkpoint=label) for words, label in zip(shown, labels, strict=True)]
    parts = [
        shown[one.at].assign(
            layer=one.layer,
            **dict(zip(axes, made[one].coordinates.T, strict=True)),
            displacement=moved[one][1] if one in moved else np.nan,
        )
        for one in slices
    ]
    numbers = {label: [one.layer for one in slices if one.at == at] for at, label in enumerate(labels)}
    found = pd.concat(parts).reset_index(drop=True)
    found = result(
        found,
        list(found.columns),
        "projection",
        spaces,
        layers=numbers if several else numbers[labels[0]],
        center=center,
        frame=frame,
        **placement.recipe(),
    )
    trust = {
        label: {one.layer: made[one].trustworthiness for one in slices if one.at == at}
        for at, label in enumerate(labels)
    }
    found.attrs["trustworthiness"] = trust if several else trust[labels[0]]
    found.attrs["displacement"] = [
        {
            "checkpoint": labels[one.at],
            "layer": one.layer,
            "from_checkpoint": labels[before.at],
            "from_layer": before.layer,
            **summary(distances),
        }
        for one, (before, distances) in moved.items()
    ]
    return found


def shown_columns(space: Space, rows: NDArray[np.int64]) -> pd.DataFrame:
    """The columns of the words on a map that figures show."""
    words = space.words.iloc[rows]
    shown = words[_SHOWN].reset_index(drop=True)
    shown["context"] = space.sentences["text"].reindex(words["sentence"]).to_numpy()
    return shown


def _moved(
    spaces: Sequence[Space], slices: Sequence[Slice], maps: dict[Slice, NDArray[np.float32]]
) -> dict[Slice, tuple[Slice, NDArray[np.float64]]]:
    """For each slice that has one before it in the result: which that is, and how far each word is from there."""
    found: dict[Slice, Any] = {}
    for one in slices:
        if len(spaces) == 1:
            lower = [other for other in slices if other.layer < one.layer]
            before = max(lower) if lower else None
        elif one.at:
            layers = [other.layer for other in slices if other.at == one.at - 1]
            before = Slice(one.at - 1, same_depth(spaces[one.at - 1], layers, spaces[one.at], one.layer))
        else:
            before = None
        if before is not None:
            found[one] = before, displacement(maps[before], maps[one])
    return found
