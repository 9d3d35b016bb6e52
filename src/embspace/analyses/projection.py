"""Maps: the words of a space in two or three dimensions, its layers in one frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import layer_numbers, unit_rows
from embspace.analyses.map_store import read_map, write_map
from embspace.analyses.placement import Method, Placement, trustworthiness
from embspace.analyses.transforms import aligned
from embspace.analyses.transforms import center as centered
from embspace.errors import SettingsError, StoreError
from embspace.progress import Progress
from embspace.storage import fingerprint
from embspace.workspace import Workspace, current_workspace

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_VERSION = 1  # of the arithmetic below; a change makes every stored map anew
_SHOWN = ["text", "language", "type", "entity", "sentence", "n_pieces", "pieces", "parallel", "start", "stop"]


def project(
    space: Space,
    *,
    layer: int | Sequence[int] | Literal["all"] = -1,
    method: Method = "tsne",
    dimensions: int = 2,
    perplexity: float = 70,
    neighbors: int = 15,
    min_distance: float = 0.1,
    center: Literal["language"] | None = None,
    seed: int = 0,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The words of a space on a map: a row per word and layer, with the columns of `space.words` and `layer x y (z)`.

    Vectors are brought to unit length after centering; t-SNE and UMAP see their Euclidean distances, which rank as
    cosines do. Layers share one frame: the output layer is placed first, then each lower layer starts from the one
    above it and is rotated and scaled onto it. A layer's coordinates are the same whichever others are asked for, and
    each is stored under `workspace.maps` and found again. "exploring" Fig. 1, 2.

    Args:
        space: its rows with `found` are placed; a selection is placed by itself.
        layer: a number (negative ones count from the output), several, or "all". Layer 0 is the embeddings; reaching a
            layer takes the layers between it and the output.
        method: "tsne" (openTSNE), "umap" or "pca".
        dimensions: 2 or 3. In 3 t-SNE runs by Barnes-Hut, at about twice the time of 2.
        perplexity: of t-SNE; at most a third of the other points.
        neighbors: of UMAP.
        min_distance: of UMAP.
        center: "language" subtracts the mean of each language first.
        seed: of t-SNE and UMAP.
        workspace: where coordinates are kept; the current one by default.
        progress: told of every layer's iterations; may cancel.

    Returns:
        A frame with `context` (the sentence), `.attrs["settings"]`, and `.attrs["trustworthiness"]` per layer.

    Raises:
        SettingsError: a setting is out of its range, for these points or at all; there are fewer than 3 points.
        StoreError: a vector is not finite.
    """
    placement = Placement(method, dimensions, perplexity, neighbors, min_distance, seed)
    if center not in (None, "language"):
        raise SettingsError(f'center={center!r} is not possible; it is None or "language".')
    layers = layer_numbers(space, layer)
    rows = np.flatnonzero(space.words["found"].to_numpy(dtype=bool))
    placement.check(len(rows))
    maps: dict[int, NDArray[np.float32]] = {}
    trust: dict[int, float] = {}
    chain = _chain(space, rows, placement, center, workspace or current_workspace(), progress)
    for number, coordinates, recipe in chain:
        if number in layers:
            maps[number], trust[number] = coordinates, recipe["trustworthiness"]
        if number == min(layers):
            break
    words = space.words.iloc[rows]
    shown = words[_SHOWN].reset_index(drop=True)
    shown["context"] = space.sentences["text"].reindex(words["sentence"]).to_numpy()
    axes = ["x", "y", "z"][:dimensions]
    result = pd.concat([shown.assign(layer=one, **dict(zip(axes, maps[one].T, strict=True))) for one in layers])
    result = result.reset_index(drop=True)
    result.attrs["settings"] = {
        "analysis": "projection",
        "space": space.fingerprint,
        "layers": layers,
        "n_layers": space.n_layers,
        "transforms": list(space.recipe.get("transforms", ())),
        "center": center,
        **placement.recipe(),
    }
    result.attrs["trustworthiness"] = {one: trust[one] for one in layers}
    return result


def _chain(
    space: Space,
    rows: NDArray[np.int64],
    placement: Placement,
    center: str | None,
    workspace: Workspace,
    progress: Progress | None,
) -> Iterator[tuple[int, NDArray[np.float32], dict[str, Any]]]:
    """Yield (layer, coordinates, recipe) from the output layer down, each found in the store or placed and stored."""
    languages = space.words["language"].to_numpy(dtype=str)[rows]
    frame: dict[str, Any] = {
        "version": _VERSION,
        "space": space.fingerprint,
        "rows": fingerprint(rows.tobytes()),
        "center": center,
        **placement.recipe(),
    }
    above: NDArray[np.float64] | None = None
    for position, number in enumerate(sorted(space.layers, reverse=True)):
        recipe = {**frame, "position": position, "layer": number}
        key = fingerprint(recipe)
        stored = read_map(workspace.maps, key, (len(rows), placement.dimensions))
        if stored is None:
            vectors = _vectors(space, number, rows, languages if center else None)
            name = f"layer {number}"
            found = placement.place(vectors, above, name=name, progress=progress)
            if above is not None:
                found = aligned(found, above)
            recipe["stored"] = space.stored  # to remove the map together with its space
            recipe["trustworthiness"] = trustworthiness(vectors, found, placement.seed)
            stored = found.astype(np.float32), recipe
            write_map(workspace.maps, key, *stored)
        # What is stored is what the next layer starts from, so that a chain taken up again is the same chain.
        above = stored[0].astype(np.float64)
        yield number, stored[0], stored[1]


def _vectors(space: Space, number: int, rows: NDArray[np.int64], groups: NDArray[Any] | None) -> NDArray[np.float64]:
    """(n, dim) unit rows of a layer; a row without a direction (on the mean of its language) is zero."""
    vectors = np.asarray(space.layer(number))[rows].astype(np.float64)
    wrong = int((~np.isfinite(vectors).all(axis=1)).sum())
    if wrong:
        raise StoreError(
            f"Layer {number} has {wrong} vectors with values that are not finite numbers, of {len(rows)}. float16 "
            'holds values up to 65504: extract the space again with dtype="float32".'
        )
    return np.nan_to_num(unit_rows(vectors if groups is None else centered(vectors, groups)))
