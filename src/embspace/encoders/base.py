"""The contract of an encoder: sentences -> pieces -> states of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    """

    ids: NDArray[np.int64]
    lengths: NDArray[np.int64]
    words: NDArray[np.int64]

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.words) == int(self.lengths.sum()):
            raise ValueError(
                f"pieces: {len(self.ids)} ids, {len(self.words)} owners, lengths sum to {int(self.lengths.sum())}"
            )

    @property
    def starts(self) -> NDArray[np.int64]:
        """(n_sentences,) index of each sentence's first piece."""
        return np.concatenate([[0], np.cumsum(self.lengths)[:-1]]).astype(np.int64)


@runtime_checkable
class Encoder(Protocol):
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

    def tokenize(self, sentences: Sequence[Sentence]) -> Pieces:
        """The pieces of pre-split sentences, special pieces added."""
        ...

    def piece_texts(self, ids: Sequence[int]) -> list[str]:
        """The pieces as the vocabulary writes them."""
        ...

    def states(self, batch: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """States of a batch of id sequences: (n_layers, n_pieces, dim), sentences one after the other, no padding."""
        ...
