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
        blank: words of a list need a blank before them.

    Attributes:
        limit: pieces of a window.
        overlap: pieces that windows share; None: half of what they hold beside special pieces.
        as_text: cut the running text; else the words one by one.
    """

    def __init__(self, folder: Path, blank: bool = False) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        self.model: Any = model.get_encoder() if model.config.is_encoder_decoder else model
        config = self.model.config
        if getattr(config, "word_embed_proj_dim", config.hidden_size) != config.hidden_size:
            config.tie_last_hidden_states = False  # the last state as the last block gives it
        self.blank = blank
        self.limit: int = 512
        self.overlap: int | None = None
        self.as_text = False

    def pieces(self, sentence: Sentence) -> tuple[list[int], list[set[int]]]:
        """Ids, and the words of each; none of a special piece, or of one that covers no text."""
        if self.as_text:
            return self.pieces_of_text(sentence)
        words = list(sentence.words)
        if self.blank:
            words = [f" {word}" if word and not word[0].isspace() else word for word in words]
        cut = self.tokenizer(words, is_split_into_words=True, return_offsets_mapping=True)
        owners = []
        for word, (start, stop) in zip(cut.word_ids(), cut["offset_mapping"], strict=True):
            owners.append(set() if word is None or start == stop else {word})
        return cut["input_ids"], owners

    def pieces_of_text(self, sentence: Sentence) -> tuple[list[int], list[set[int]]]:
        """Ids of the running text, and the words that share a letter with each."""
        cut = self.tokenizer(sentence.text, return_offsets_mapping=True)
        letters = [set(range(start, stop)) for start, stop in sentence.offsets]
        owners = []
        for start, stop in cut["offset_mapping"]:
            own = {at for at in range(start, stop) if not sentence.text[at].isspace()}
            owners.append({word for word, some in enumerate(letters) if some & own})
        return cut["input_ids"], owners

    def vectors(self, sentence: Sentence, spans: Sequence[Span], how: str = "mean") -> list[np.ndarray | None]:
        """For every span (layers, dim), or None where the tokenizer left nothing of it."""
        ids, owners = self.pieces(sentence)
        if not any(owners):
            return [None] * len(spans)
        states = self.windowed(ids, [min(some, default=-1) for some in owners])
        found: list[np.ndarray | None] = []
        for start, stop in spans:
            own = [states[at] for at, some in enumerate(owners) if any(start <= word < stop for word in some)]
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
        """(layers, dim) of each piece; of a long sentence by overlapping windows, words where most central."""
        if len(ids) <= self.limit:
            return self.read(ids)
        owned = [at for at, owner in enumerate(owners) if owner >= 0]
        head, tail = ids[: owned[0]], ids[owned[-1] + 1 :]
        body, body_owners = ids[owned[0] : owned[-1] + 1], owners[owned[0] : owned[-1] + 1]
        room = self.limit - len(head) - len(tail)
        starts = [0]
        while starts[-1] + room < len(body):
            step = max(1, room // 2) if self.overlap is None else room - self.overlap
            starts.append(min(starts[-1] + step, len(body) - room))
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
