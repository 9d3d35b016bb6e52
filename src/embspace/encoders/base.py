"""The contract of an encoder: sentences -> pieces -> states of every layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from embspace.corpora.records import Sentence

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Pieces:
    """Tokenized sentences without padding.

    Attributes:
        ids: (n_pieces,) vocabulary indices of all sentences, one after the other.
        lengths: (n_sentences,) pieces of each sentence, special ones included.
        words: (n_pieces,) index of the piece's word in its sentence, -1 for special pieces.
        also: (n, 2) further (piece, word) pairs: a piece of running text may belong to two words.
    """

    ids: NDArray[np.int64]
    lengths: NDArray[np.int64]
    words: NDArray[np.int64]
    also: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.words) == int(self.lengths.sum()):
            raise ValueError(
                f"pieces: {len(self.ids)} ids, {len(self.words)} owners, lengths sum to {int(self.lengths.sum())}"
            )

    @property
    def starts(self) -> NDArray[np.int64]:
        """(n_sentences,) index of each sentence's first piece."""
        return (np.cumsum(self.lengths) - self.lengths).astype(np.int64)


class Cuts(Protocol):
    """What turns sentences into pieces."""

    def tokenize(self, sentences: Sequence[Sentence], as_text: bool = False) -> Pieces:
        """The pieces of sentences, special pieces added: of their words, or of their running text."""
        ...

    def piece_texts(self, ids: Sequence[int]) -> list[str]:
        """The pieces as the vocabulary writes them."""
        ...


@runtime_checkable
class Encoder(Cuts, Protocol):
    """A model that turns words into vectors at n_layers = L + 1 layers, embeddings first.

    Attributes:
        name: as the user called it.
        dim: width of a state.
        n_layers: embeddings and L layers.
        max_pieces: the longest sequence it reads, special pieces included.
        fingerprint: of weights and tokenizer.
    """

    name: str
    dim: int
    n_layers: int
    max_pieces: int
    fingerprint: str

    @property
    def way(self) -> str:
        """How states are computed here; the last bits depend on it, so it may be set to one that was recorded."""
        ...

    @way.setter
    def way(self, recorded: str) -> None: ...

    def layers(self, batch: Sequence[NDArray[np.int64]], upto: int | None = None) -> Iterator[torch.Tensor]:
        """Yield the (n_pieces, dim) states of layers 0 .. upto (None: all), sequences one after the other, unpadded."""
        ...

    def states(self, batch: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """States of all layers: (n_layers, n_pieces, dim) float32."""
        ...
