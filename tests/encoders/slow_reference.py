"""Vectors of words by the plainest way there is: transformers alone, a sentence at a time, loops in Python.

Nothing of embspace is used but the records of sentences. No padding, no batches, eager attention.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from embspace.corpora.records import Sentence

Span = tuple[int, int]


class SlowModel:
    """A checkpoint read one sentence at a time.

    Args:
        folder: of the checkpoint.
        limit: pieces that the model reads at once.
        blank: words of a list need a blank before them.
    """

    def __init__(self, folder: Path, limit: int, blank: bool = False, dtype: torch.dtype = torch.float32) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        model = AutoModel.from_pretrained(folder, dtype=dtype, attn_implementation="eager").eval()
        self.model: Any = model.get_encoder() if model.config.is_encoder_decoder else model
        config = self.model.config
        if getattr(config, "word_embed_proj_dim", config.hidden_size) != config.hidden_size:
            config.tie_last_hidden_states = False  # the last state as the last block gives it
        self.limit, self.blank = limit, blank

    def pieces(self, sentence: Sentence) -> tuple[list[int], list[int]]:
        """Ids, and the word of each; -1: of a special piece, or of one that covers no text."""
        words = list(sentence.words)
        if self.blank:
            words = [f" {word}" if word and not word[0].isspace() else word for word in words]
        cut = self.tokenizer(words, is_split_into_words=True, return_offsets_mapping=True)
        owners = []
        for word, (start, stop) in zip(cut.word_ids(), cut["offset_mapping"], strict=True):
            owners.append(-1 if word is None or start == stop else word)
        return cut["input_ids"], owners

    def vectors(self, sentence: Sentence, spans: Sequence[Span], how: str = "mean") -> list[np.ndarray | None]:
        """For every span (layers, dim), or None where the tokenizer left nothing of it."""
        ids, owners = self.pieces(sentence)
        if not any(start <= owner < stop for owner in owners for start, stop in spans):
            return [None] * len(spans)
        states = self.windowed(ids, owners)
        found: list[np.ndarray | None] = []
        for start, stop in spans:
            own = [states[at] for at, owner in enumerate(owners) if start <= owner < stop]
            found.append(pooled(own, how) if own else None)
        return found

    def read(self, ids: list[int]) -> list[np.ndarray]:
        """(layers, dim) of each piece."""
        with torch.inference_mode():
            mask = torch.ones(1, len(ids), dtype=torch.long)
            output = self.model(torch.tensor([ids]), attention_mask=mask, output_hidden_states=True)
        layers = torch.stack([one[0].float() for one in output.hidden_states])
        return [layers[:, at].numpy() for at in range(len(ids))]

    def windowed(self, ids: list[int], owners: list[int]) -> list[np.ndarray]:
        """(layers, dim) of each piece; of a long sentence by windows that overlap by half, words where most central."""
        if len(ids) <= self.limit:
            return self.read(ids)
        owned = [at for at, owner in enumerate(owners) if owner >= 0]
        head, tail = ids[: owned[0]], ids[owned[-1] + 1 :]
        body, body_owners = ids[owned[0] : owned[-1] + 1], owners[owned[0] : owned[-1] + 1]
        room = self.limit - len(head) - len(tail)
        starts = [0]
        while starts[-1] + room < len(body):
            starts.append(min(starts[-1] + max(1, room // 2), len(body) - room))
        read = [self.read([*head, *body[at : at + room], *tail]) for at in starts]
        states = read[0][: len(head)]
        for place, owner in enumerate(body_owners):
            unit = [at for at, other in enumerate(body_owners) if other == owner] if owner >= 0 else [place]
            if not any(at <= unit[0] and unit[-1] < at + room for at in starts):
                unit = [place]
            central = [min(unit[0] - at, at + room - 1 - unit[-1]) for at in starts]
            best = central.index(max(central))
            states.append(read[best][len(head) + place - starts[best]])
        return [*states, *read[-1][len(read[-1]) - len(tail) :]] if tail else states


def pooled(own: list[np.ndarray], how: str) -> np.ndarray:
    """One vector of several, by the formula of its name."""
    if how == "first":
        return own[0]
    if how == "last":
        return own[-1]
    total = own[0].copy()
    for one in own[1:]:
        total = np.maximum(total, one) if how == "max" else total + one
    return total / len(own) if how == "mean" else total
