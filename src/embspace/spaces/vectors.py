"""The vectors of a shard: batches through the encoder, each layer pooled as it comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from embspace.encoders.base import Encoder
from embspace.errors import EncoderError
from embspace.spaces.batching import token_budget_batches
from embspace.spaces.landing import Landing, NotFiniteError
from embspace.spaces.pooling import Bags, pool_layer
from embspace.spaces.reading import Reading
from embspace.spaces.recipe import Settings
from embspace.spaces.windows import windowed_states

Ids = NDArray[np.int64]
Vectors = NDArray[Any]
"""float16 or float32"""


class ShardVectors:
    """Makes the vectors of shards.

    Args:
        encoder: the model.
        settings: how.
        budget: pieces of one forward pass, padding included.
    """

    def __init__(self, encoder: Encoder, settings: Settings, budget: int) -> None:
        self._encoder, self._settings, self._budget = encoder, settings, budget
        self._layers = settings.wanted_layers(encoder.n_layers)
        self.longest = min(settings.window or encoder.max_pieces, encoder.max_pieces)

    def make(self, reading: Reading, advance: Callable[[int, int], object]) -> Vectors:
        """The rows of a shard, (n_layers, n_rows, dim); NaN where the tokenizer left nothing of a word.

        In float16 where that is how they are stored and all values fit; else in float32.

        Args:
            reading: the shard.
            advance: is told rows and pieces that are done.

        Raises:
            EncoderError: the model gives numbers that are not finite; names the layer and words.
        """
        if self._settings.stored_dtype == "float16":
            counted = _Counted(advance)
            try:
                return self._fill(reading, torch.float16, counted)
            except NotFiniteError:
                advance = counted.again()
        try:
            return self._fill(reading, torch.float32, advance)
        except NotFiniteError:
            raise EncoderError(self._what_is_not_finite(reading)) from None

    def _fill(self, reading: Reading, dtype: torch.dtype, advance: Callable[[int, int], object]) -> Vectors:
        kind = np.float16 if dtype == torch.float16 else np.float32
        vectors = np.empty((len(self._layers), len(reading.n_pieces), self._encoder.dim), kind)
        vectors[:, reading.n_pieces == 0] = np.nan
        landing = Landing(vectors)
        for block, rows, n_pieces in self._blocks(reading, dtype):
            landing.put(block, rows)
            advance(len(rows), n_pieces)
        landing.flush()
        return vectors

    def _blocks(self, reading: Reading, dtype: torch.dtype) -> Iterator[tuple[torch.Tensor, Ids, int]]:
        """(n_layers, n_rows, dim) blocks, their rows, and how many pieces were read for them."""
        links = reading.sentence_links
        needed = np.flatnonzero(np.diff(links))
        with torch.inference_mode():
            for batch in token_budget_batches(reading.pieces.lengths[needed], self._budget):
                yield from self._block(reading, links, needed[batch], dtype)

    def _block(
        self, reading: Reading, links: Ids, sentences: Ids, dtype: torch.dtype
    ) -> Iterator[tuple[torch.Tensor, Ids, int]]:
        """The block of some sentences; what does not fit in memory is read by halves."""
        try:
            found = self._pooled(reading, links, sentences, dtype)
        except torch.OutOfMemoryError as error:
            if len(sentences) == 1:
                raise EncoderError(
                    f"A sentence of {reading.pieces.lengths[sentences[0]]} pieces does not fit in the memory of "
                    f"{self._encoder.name}'s device; take a smaller token_budget, or device='cpu'."
                ) from error
            found = None
        if found is not None:
            yield found
            return
        half = len(sentences) // 2
        for some in (sentences[:half], sentences[half:]):
            yield from self._block(reading, links, some, dtype)

    def _pooled(
        self, reading: Reading, links: Ids, sentences: Ids, dtype: torch.dtype
    ) -> tuple[torch.Tensor, Ids, int]:
        starts, lengths = reading.pieces.starts, reading.pieces.lengths
        parts = [reading.links[links[one] : links[one + 1]] for one in sentences]
        here = np.concatenate(parts)
        shift = np.cumsum(lengths[sentences]) - lengths[sentences] - starts[sentences]
        pieces = here[:, 0] + np.repeat(shift, [len(part) for part in parts])
        begins = np.flatnonzero(np.append(True, here[1:, 1] != here[:-1, 1]))
        rows = here[begins, 1]
        block, bags = None, None
        for number, states in self._states(reading, sentences):
            if block is None or bags is None:
                block = torch.empty(len(self._layers), len(rows), self._encoder.dim, dtype=dtype, device=states.device)
                bags = Bags.of(pieces, begins, states.device)
            pooled = pool_layer(states, bags, self._settings.pooling)
            block[number].copy_(pooled)
        assert block is not None
        return block, rows, int(lengths[sentences].sum())

    def _states(self, reading: Reading, sentences: Sequence[int] | Ids) -> Iterator[tuple[int, torch.Tensor]]:
        """The (n_pieces, dim) states of the wanted layers, each with its place among them."""
        starts, lengths = reading.pieces.starts, reading.pieces.lengths
        ids = [reading.pieces.ids[starts[one] : starts[one] + lengths[one]] for one in sentences]
        if len(ids[0]) <= self.longest:
            wanted = {layer: number for number, layer in enumerate(self._layers)}
            for layer, states in enumerate(self._encoder.layers(ids, self._layers[-1])):
                if layer in wanted:
                    yield wanted[layer], states
        elif len(ids) == 1:
            words = reading.pieces.words[starts[sentences[0]] :][: len(ids[0])]
            yield from enumerate(
                windowed_states(self._wanted, ids[0], words, self.longest, self._budget, self._settings.overlap)
            )
        else:
            yield from self._several(reading, sentences)

    def _several(self, reading: Reading, sentences: Sequence[int] | Ids) -> Iterator[tuple[int, torch.Tensor]]:
        """Of sentences some of which are too long: each by itself, laid end to end."""
        each = [torch.stack([states for _, states in self._states(reading, [one])]) for one in sentences]
        yield from enumerate(torch.cat(each, dim=1))

    def _wanted(self, batch: Sequence[Ids]) -> torch.Tensor:
        found = enumerate(self._encoder.layers(batch, self._layers[-1]))
        return torch.stack([states for layer, states in found if layer in self._layers])

    def _what_is_not_finite(self, reading: Reading) -> str:
        """Names the first layer that is not finite, and some of its words."""
        words = reading.table.column("text").to_pylist()
        for block, rows, _ in self._blocks(reading, torch.float32):
            bad = ~block.isfinite().all(dim=2)
            if bad.any():
                place = int(bad.any(dim=1).nonzero()[0])
                named = ", ".join(repr(words[rows[one]]) for one in bad[place].nonzero().flatten().tolist()[:3])
                return (
                    f"{self._encoder.name} gives states that are no finite numbers: at layer {self._layers[place]}, "
                    f"of {int(bad[place].sum())} words of a batch of {len(rows)}, such as {named}. Its weights are "
                    "damaged, or it overflows in half precision: compute in dtype='float32'."
                )
        return f"{self._encoder.name} gives states that are no finite numbers, but not always; check its device."


class _Counted:
    """Counts what was reported, so that work done twice is reported once."""

    def __init__(self, advance: Callable[[int, int], object]) -> None:
        self._advance, self._rows, self._skip = advance, 0, 0

    def __call__(self, rows: int, pieces: int) -> None:
        skipped = min(self._skip, rows)
        self._skip -= skipped
        self._rows += rows - skipped
        self._advance(rows - skipped, pieces)

    def again(self) -> _Counted:
        """From the beginning: what was reported before is not reported again."""
        self._skip = self._rows
        return self
