"""An encoder without weights: states that follow from the pieces by arithmetic, the same in every process."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from embspace.corpora.records import Corpus, Entity, Sentence
from embspace.encoders.base import Pieces

_WORDS = ["river", "stone", "вада", "горад", "Stadt", "nehir", "város", "село", "light", "word"]


class HashEncoder:
    """Cuts words into threes of letters; a layer is the mean of a piece, its neighbors, and the layer before.

    Args:
        n_layers: embeddings and the layers above.
        dim: width.
        pause: seconds that a batch takes, so that a kill meets work in progress.
        seed: other ones are other models.
    """

    max_pieces = 48
    way = "hash"

    def __init__(self, n_layers: int = 4, dim: int = 16, pause: float = 0.0, seed: int = 0) -> None:
        self.n_layers, self.dim, self.pause, self.seed = n_layers, dim, pause, seed
        self.name, self.fingerprint = f"hash-{seed}", f"hash {n_layers} {dim} {seed}"
        self.sentences = 0

    def tokenize(self, sentences: Sequence[Sentence], as_text: bool = False) -> Pieces:
        """Threes of letters; words of control characters have none."""
        ids, owners, lengths = [], [], []
        for one in sentences:
            own = [
                (zlib.crc32(word[at : at + 3].encode()), number)
                for number, word in enumerate(one.words)
                if word.isprintable()
                for at in range(0, len(word), 3)
            ]
            ids += [1, *(piece for piece, _ in own), 2]
            owners += [-1, *(number for _, number in own), -1]
            lengths.append(len(own) + 2)
        return Pieces(np.array(ids, np.int64), np.array(lengths, np.int64), np.array(owners, np.int64))

    def piece_texts(self, ids: Sequence[int]) -> list[str]:
        """Numbers as texts."""
        return [f"{one:x}" for one in ids]

    def layers(self, batch: Sequence[NDArray[np.int64]], upto: int | None = None) -> Iterator[torch.Tensor]:
        """Yield the (n_pieces, dim) states of layers 0 .. upto."""
        self.sentences += len(batch)
        time.sleep(self.pause)
        lengths = [len(ids) for ids in batch]
        turns = np.arange(1, self.dim + 1) * (self.seed + 1)
        flat = np.concatenate(batch).astype(np.float64)[:, None]
        states = torch.from_numpy(np.sin(flat * turns % 1000.0).astype(np.float32))
        for layer in range(self.n_layers if upto is None else upto + 1):
            if layer:
                parts = []
                for one in states.split(lengths):
                    parts.append((one + one.roll(1, 0) + one.roll(-1, 0)) * 0.6)
                states = torch.cat(parts)
            yield states

    def states(self, batch: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """(n_layers, n_pieces, dim)."""
        return torch.stack(list(self.layers(batch)))


def made_up_corpus(sentences: int, seed: int, name: str = "made up") -> Corpus:
    """Sentences of 1 to 60 random words with all that a sentence can carry: tags, entities, translations, odd words."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(sentences):
        words = [str(rng.choice(_WORDS)) + str(rng.integers(100)) for _ in range(rng.integers(1, 60))]
        if number % 7 == 3:
            words[0] = "\x07"  # which the encoder drops
        entity = Entity(0, 1, "LOC", f"place {number % 5}") if number % 3 == 0 else None
        tags = tuple("X" for _ in words) if number % 2 else None
        language, source = ("en", "be", "tr")[number % 3], f"made up:{number}"
        parallel = f"p{number // 3}" if number % 4 else None
        made.append(Sentence(tuple(words), language, tags=tags, entity=entity, parallel=parallel, source=source))
    return Corpus(name, made)
