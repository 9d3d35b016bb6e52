"""Two spaces of the same words: a model before and after training, or two layers of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embspace.analyses.distances import Layers, layer_numbers
from embspace.errors import SettingsError

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_PLACE = ["text", "language", "sentence", "position"]


def check_same_words(before: Space, after: Space) -> NDArray[np.int64]:
    """The rows that are found in both.

    Raises:
        SettingsError: the rows are not the same words; names the first that differs. Or none is found in both.
    """
    one, other = before.words, after.words
    advice = "Extract the same corpus with both checkpoints, with the same targets, and select the same words."
    if before.n_words != after.n_words:
        raise SettingsError(
            f"Change compares the same words, and here there are {before.n_words} before and {after.n_words} after. "
            + advice
        )
    for column in _PLACE:
        apart = np.flatnonzero(one[column].to_numpy() != other[column].to_numpy())
        if len(apart):
            row = int(apart[0])
            raise SettingsError(
                f"Change compares the same words, and here the {column} of word {row} is {one[column].iloc[row]!r} "
                f"before and {other[column].iloc[row]!r} after. {advice}"
            )
    found = np.flatnonzero(one["found"].to_numpy(dtype=bool) & other["found"].to_numpy(dtype=bool))
    if not len(found):
        raise SettingsError(
            "Change compares words that both tokenizers have found, and here there are none: extract a corpus in a "
            "language that both can write."
        )
    return found


def layer_pairs(before: Space, after: Space, layer: Layers, layer_after: Layers) -> list[tuple[int, int]]:
    """The layers that are compared, one with one.

    Args:
        before: a space.
        after: another, or the same.
        layer: of `before`: a number, several, or all of them (None).
        layer_after: of `after`, as many; the same by default.

    Raises:
        SettingsError: there is no such layer, or they are not as many.
    """
    ones, others = layer_numbers(before, layer), layer_numbers(after, layer if layer_after is None else layer_after)
    if len(ones) != len(others):
        raise SettingsError(
            f"Layers are compared one with one, and here {len(ones)} stand against {len(others)}: name as many in "
            "`layer` and in `layer_after`."
        )
    return list(zip(ones, others, strict=True))


def drawn(rows: NDArray[np.int64], sample: int | None, seed: int) -> NDArray[np.int64]:
    """`sample` of the rows at random, ascending; all where there are no more, or for None.

    Raises:
        SettingsError: `sample` is below 1.
    """
    if sample is not None and sample < 1:
        raise SettingsError(f"sample={sample} is not possible; it is 1 or more, or None for all words.")
    if sample is None or len(rows) <= sample:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, sample, replace=False))
