"""A space: the vectors of words at every layer, with a table that says which words they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from embspace.corpora.records import Corpus
from embspace.corpora.sentences import SHOWN
from embspace.errors import SettingsError, StoreError
from embspace.spaces import manifest, shards, store
from embspace.spaces.shelf import mark_used
from embspace.storage import fingerprint


def open_space(folder: Path) -> Space:
    """The space that is stored in a folder; sizes are checked now, checksums of a layer when it is first read.

    Raises:
        StoreError: the space is incomplete, damaged, or of another version.
    """
    space = Space(_Stored(folder))
    mark_used(folder)
    return space


class _Stored:
    """The open files of a space, shared by all views of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.head = store.read_head(folder)
        plans = store.plans_of(self.head)
        found = [manifest.stored_shard(folder, index, plan) for index, plan in enumerate(plans)]
        self.manifests = [one for one in found if one is not None]
        self.layers: tuple[int, ...] = tuple(self.head["layers"])
        if len(self.manifests) < len(plans):
            raise StoreError(
                f"{folder} is incomplete: {len(self.manifests)} of {len(plans)} shards are stored. "
                "Extract again; it goes on where it stopped."
            )
        for index, one in enumerate(self.manifests):
            shards.check_files(folder, self.head, index, one)
        self.vectors = [shards.open_vectors(folder, index, one) for index, one in enumerate(self.manifests)]
        self.starts = np.concatenate([[0], np.cumsum([one.shape[1] for one in self.manifests])]).astype(np.int64)
        self._checked: set[tuple[int, int]] = set()

    @cached_property
    def words(self) -> pd.DataFrame:
        tables = [shards.read_words(self.folder, index, one) for index, one in enumerate(self.manifests)]
        return pa.concat_tables(tables).to_pandas()

    @cached_property
    def sentences(self) -> pd.DataFrame:
        frame = store.read_sentences(self.folder, self.head, SHOWN).to_pandas()
        return frame.rename_axis("sentence")

    @cached_property
    def corpus(self) -> Corpus:
        return store.read_corpus(self.folder, self.head)

    def layer(self, layer: int, rows: NDArray[np.int64] | None) -> NDArray[np.float32]:
        """The rows (None: all) of a layer, by its place among those that are stored; in their order."""
        result = np.empty((int(self.starts[-1]) if rows is None else len(rows), self.head["dim"]), np.float32)
        if rows is None:
            for index, (first, stop) in enumerate(pairwise(self.starts)):
                result[first:stop] = self._checked_layer(index, layer)
            return result
        owner = np.searchsorted(self.starts, rows, side="right") - 1
        for index in np.unique(owner).tolist():
            here = owner == index
            result[here] = self._checked_layer(index, layer)[rows[here] - self.starts[index]]
        return result

    def _checked_layer(self, index: int, layer: int) -> NDArray[Any]:
        """A layer of a shard, its checksum compared when it is first read."""
        vectors = self.vectors[index]
        if (index, layer) not in self._checked:
            shards.check_layer(self.folder, index, self.manifests[index], vectors, layer)
            self._checked.add((index, layer))
        return vectors[layer]


class Space:
    """Vectors of words or spans at every layer of a model, read from disk; or a view of some of its rows.

    Attributes:
        n_words: rows.
        n_layers: embeddings and L layers, of the model.
        layers: the numbers of those that are stored, ascending; 0 are the embeddings.
        dim: width of a vector.
        fingerprint: of what the vectors are; a view has one of its own.
        recipe: what made it: checkpoint, corpus, targets, pooling, dtype, ...; of a view also `select`.
        path: its folder.
    """

    def __init__(
        self, stored: _Stored, rows: NDArray[np.int64] | None = None, selected: tuple[dict[str, Any], ...] = ()
    ) -> None:
        self._stored, self._rows, self._selected = stored, rows, selected
        self.path = stored.folder
        self.n_layers: int = stored.head["model_layers"]
        self.layers = stored.layers
        self.dim: int = stored.head["dim"]
        self.n_words = int(stored.starts[-1]) if rows is None else len(rows)

    def __repr__(self) -> str:
        layers = f"{len(self.layers)} layers" if len(self.layers) == self.n_layers else f"layers {[*self.layers]}"
        return f"Space({self.n_words} words, {layers}, {self.dim} wide, {self.recipe['checkpoint']!r})"

    @cached_property
    def fingerprint(self) -> str:
        """Of checkpoint, corpus and settings, and of the rows of a view."""
        return self.stored if self._rows is None else fingerprint([self.stored, self._rows.tobytes()])

    @property
    def stored(self) -> str:
        """The fingerprint of the space on disk, of which this is all or a view."""
        return self._stored.head["fingerprint"]

    @property
    def stored_dtype(self) -> np.dtype[Any]:
        """What holds all its vectors as they are stored: float16, or float32 if a shard would have overflowed."""
        return np.result_type(*(one.dtype for one in self._stored.manifests))

    @property
    def recipe(self) -> dict[str, Any]:
        """What made it."""
        recipe = dict(self._stored.head["recipe"])
        return {**recipe, "select": list(self._selected)} if self._selected else recipe

    @cached_property
    def words(self) -> pd.DataFrame:
        """A row per word or span.

        Columns: `text language sentence start stop position tag entity type parallel n_pieces pieces found`. `start`
        and `stop` are character offsets in the sentence's text, `position` is the number of the first word in the
        sentence, `pieces` the split, joined by blanks.

        Raises:
            StoreError: the table is damaged.
        """
        words = self._stored.words
        return words if self._rows is None else words.iloc[self._rows].reset_index(drop=True)

    @property
    def sentences(self) -> pd.DataFrame:
        """The corpus: `text language parallel source` by sentence number.

        Raises:
            StoreError: the table is damaged.
        """
        return self._stored.sentences

    @property
    def corpus(self) -> Corpus:
        """What was read: all sentences with words, tags and entities, also those of a view that has not all of them.

        Raises:
            StoreError: the stored corpus is damaged.
        """
        return self._stored.corpus

    def layer(self, index: int) -> NDArray[np.float32]:
        """The vectors of a layer by its number in the model: (n_words, dim) float32, NaN rows where not found.

        Args:
            index: 0 (embeddings) .. L, or -1 (the model's last) .. -L - 1; one of `layers`.

        Raises:
            SettingsError: there is no such layer, or it is not stored.
            StoreError: the vectors are damaged.
        """
        return self._stored.layer(self.layers.index(self.layer_number(index)), self._rows)

    def layer_rows(self, index: int, first: int, stop: int) -> NDArray[np.float32]:
        """The rows first <= row < stop of a layer: for who goes through it in blocks; arguments as of `layer`."""
        rows = np.arange(first, min(stop, self.n_words)) if self._rows is None else self._rows[first:stop]
        return self._stored.layer(self.layers.index(self.layer_number(index)), rows)

    def layer_number(self, index: int) -> int:
        """The number, from 0, of a layer that may be counted from the end.

        Raises:
            SettingsError: there is no such layer, or it is not stored.
        """
        if not -self.n_layers <= index < self.n_layers:
            raise SettingsError(
                f"There is no layer {index}; possible are 0 (embeddings) to {self.n_layers - 1}, or -1 (last) to "
                f"{-self.n_layers}."
            )
        number = index % self.n_layers
        if number not in self.layers:
            raise SettingsError(
                f"Layer {number} is not stored in {self.path}; stored are {', '.join(map(str, self.layers))} of the "
                f"model's 0 (embeddings) to {self.n_layers - 1}. Extract with that layer too."
            )
        return number

    def report(self) -> dict[str, int]:
        """How the words of the whole space were read.

        Returns:
            `words`; `not_found`: those of which the tokenizer left nothing; `in_windows`: those of sentences that are
            longer than what is read at once; `shards`; `in_float32`: shards with values beyond float16.

        Raises:
            StoreError: a table of words is damaged.
        """
        shards, words = self._stored.manifests, self._stored.words
        asked = self._stored.head["recipe"].get("stored_dtype")
        return {
            "words": len(words),
            "not_found": int(np.count_nonzero(~words["found"].to_numpy(dtype=bool))),
            "in_windows": sum(one.in_windows for one in shards),
            "shards": len(shards),
            "in_float32": sum(one.dtype != asked for one in shards),
        }

    def select(self, **columns: Any) -> Space:
        """A view of the words whose columns have the given values: `space.select(language="be", type=["PER", "LOC"])`.

        Raises:
            SettingsError: there is no such column.
        """
        kept, chosen = words_with(self.words, columns)
        if kept.all():
            return self
        rows = np.flatnonzero(kept) if self._rows is None else self._rows[kept]
        return Space(self._stored, rows, (*self._selected, chosen))


def words_with(words: pd.DataFrame, columns: Mapping[str, Any]) -> tuple[NDArray[np.bool_], dict[str, Any]]:
    """Which words have given values in their columns, and the values as lists.

    Raises:
        SettingsError: there is no such column.
    """
    kept = np.ones(len(words), bool)
    chosen: dict[str, Any] = {}
    for column, value in columns.items():
        if column not in words.columns:
            raise SettingsError(f"Words have no column {column!r}; possible are {', '.join(words.columns)}.")
        listed = isinstance(value, Iterable) and not isinstance(value, str)
        chosen[column] = list(value) if listed else [value]
        kept &= words[column].isin(chosen[column]).to_numpy()
    return kept, chosen
