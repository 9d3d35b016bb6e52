"""The points of a map: which words are drawn, and where each is in every panel and step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.errors import SettingsError

_WORD = ["sentence", "start", "stop"]


class Slice(NamedTuple):
    """A layer of a checkpoint; None where the result is of one."""

    checkpoint: str | None
    layer: int


def slices_of(result: pd.DataFrame) -> list[Slice]:
    """Those of a result: checkpoints in its order, layers ascending.

    Raises:
        SettingsError: it has no rows.
    """
    if not len(result):
        raise SettingsError("The result has no rows, so there is nothing to draw.")
    if "checkpoint" not in result.columns:
        return [Slice(None, int(one)) for one in sorted(result["layer"].unique())]
    found: dict[str, set[int]] = {}
    for name, layers in result.groupby("checkpoint", sort=False)["layer"]:
        found[str(name)] = {int(one) for one in layers.unique()}
    return [Slice(name, one) for name, layers in found.items() for one in sorted(layers)]


def checkpoints_of(slices: Sequence[Slice]) -> int:
    """How many checkpoints slices are of; 1 where they are not as many of each."""
    counts = Counter(one.checkpoint for one in slices)
    return len(counts) if len(set(counts.values())) == 1 else 1


def n_layers(result: pd.DataFrame, one: Slice) -> int:
    """Of the model of a slice, as far as the result says."""
    settings = result.attrs.get("settings", {})
    if one.checkpoint is not None and "spaces" in settings:
        labels = list(settings.get("layers", {}))
        if one.checkpoint in labels:
            return int(settings["spaces"][labels.index(one.checkpoint)]["n_layers"])
    same = result if one.checkpoint is None else result[result["checkpoint"] == one.checkpoint]
    return int(settings.get("n_layers", same["layer"].max() + 1))


class Points:
    """The words of a result, each known in every slice.

    Args:
        result: of `project`, or some rows of it.
        most: words; of more a sample is kept, the same in every slice.
        seed: of the sample.
    """

    def __init__(self, result: pd.DataFrame, most: int, seed: int = 0) -> None:
        self._result = result
        keys = result.loc[:, _WORD]
        first = slices_of(result)[0]
        self.words = self._number(keys, first)
        self.n_words = int(self.words.max()) + 1
        self.kept = np.ones(self.n_words, dtype=bool)
        if self.n_words > most:
            languages = np.empty(self.n_words, dtype=object)
            languages[self.words] = result["language"].to_numpy()
            self.kept = stratified(languages.astype(str), most, seed)
        self.shown = self.kept[self.words]

    def rows(self, one: Slice) -> NDArray[np.int64]:
        """The rows of a slice that are drawn."""
        return np.flatnonzero(self.shown & self._within(one))

    def of_words(self, words: NDArray[np.int64], one: Slice) -> NDArray[np.int64]:
        """(n,) the rows of some words in a slice; -1 where it has not the word."""
        rows = np.full(self.n_words, -1)
        here = np.flatnonzero(self._within(one))
        rows[self.words[here]] = here
        return rows[words]

    def _within(self, one: Slice) -> NDArray[np.bool_]:
        here = self._result["layer"].to_numpy(dtype=np.int64) == one.layer
        return here if one.checkpoint is None else here & (self._result["checkpoint"] == one.checkpoint).to_numpy()

    def _number(self, keys: pd.DataFrame, first: Slice) -> NDArray[np.int64]:
        """(n,) a number of its word for each row."""
        here = self._within(first)
        size = int(here.sum())
        if size and len(keys) % size == 0:
            # As `project` gives it: every slice has the same words in the same order.
            blocks = keys.to_numpy(dtype=np.int64).reshape(-1, size, len(_WORD))
            if (blocks == blocks[0]).all():
                return np.tile(np.arange(size), len(blocks))
        within = [self._result["layer"], *([self._result["checkpoint"]] if first.checkpoint is not None else [])]
        again = keys.groupby([*_WORD, *within], sort=False).cumcount()
        return keys.assign(again=again).groupby([*_WORD, "again"], sort=False).ngroup().to_numpy(dtype=np.int64)


def stratified(groups: Sequence[str] | NDArray[np.str_], most: int, seed: int) -> NDArray[np.bool_]:
    """(n,) a random sample of `most`, each group with its share of it, and with one at least."""
    labels, codes, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    exact = sizes * (most / len(codes))
    wanted = np.maximum(np.floor(exact), 1).astype(int)
    left = most - int(wanted.sum())
    if left > 0:
        wanted[np.argsort(-(exact - np.floor(exact)), kind="stable")[:left]] += 1
    random = np.random.default_rng(seed)
    kept = np.zeros(len(codes), dtype=bool)
    for code in range(len(labels)):
        kept[random.choice(np.flatnonzero(codes == code), min(wanted[code], sizes[code]), replace=False)] = True
    return kept
