"""Two texts read at once: how they become windows and batches, for inference and for questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from transformers import AutoConfig

from embspace.encoders.checkpoints import find_checkpoint
from embspace.errors import CorpusError, EncoderError, SettingsError
from embspace.training.tasks.heads import Head, outline, window_length
from embspace.training.windows import Batch, padded, sent

_AT_ONCE = 1024
"""pairs tokenized in one call: the tokenizer's own records are large"""


@dataclass(frozen=True, slots=True, eq=False)
class PairExample:
    """Two texts as one window.

    Attributes:
        ids: (n_pieces,) vocabulary indices, special pieces included.
        types: (n_pieces,) which of the texts a piece belongs to, 0 or 1, as the tokenizer has it.
        labels: what is predicted, of any shape, the same in a batch; -100: nothing.
        language: of the record.
        sentence: the number of the record among those that were given.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.uint8]
    labels: NDArray[np.int64]
    language: str
    sentence: int

    def __len__(self) -> int:
        return len(self.ids)


class Pairs:
    """How a checkpoint reads two texts at once, with the special pieces that its tokenizer puts around and between.

    Args:
        checkpoint: as `load_encoder` takes it; its weights are not read.
        head: what is trained on it.
        length: pieces of a window, special ones included; None: what the model reads, up to `most`.
        most: of a window whose length is not given.

    Attributes:
        tokenizer: of the checkpoint.
        length: pieces of a window.
        special: how many of them are special.
        pad: the piece that fills up rows: the tokenizer's for it, else its last of a text, else piece 0.

    Raises:
        EncoderError: the checkpoint cannot be opened, or not be trained with the head.
        SettingsError: the model does not read windows of that length, or they have no room for two texts.
    """

    def __init__(self, checkpoint: str, head: Head, length: int | None, most: int | None = None) -> None:
        given = outline(checkpoint, head)
        self.tokenizer, self._name, self._n_pieces = given.tokenizer, given.name, given.n_pieces
        found = window_length(length, given)
        self.length = min(found, most) if length is None and most is not None else found
        self.special = self.tokenizer.num_special_tokens_to_add(pair=True)
        if self.length < self.special + 2:
            raise SettingsError(
                f"length = {self.length} has no room for two texts: {given.name} puts {self.special} special pieces "
                f"beside them; give {self.special + 2} or more."
            )
        known = (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id)
        self.pad = next((one for one in known if isinstance(one, int) and 0 <= one < given.n_pieces), 0)
        config = AutoConfig.from_pretrained(find_checkpoint(checkpoint).folder, local_files_only=True)
        # RoBERTa's forward takes types too, but it has only one of them; GPT-2's takes them for pieces.
        types = getattr(config, "type_vocab_size", None) or 0
        self._typed = types > 1 and "token_type_ids" in self.tokenizer.model_input_names

    def backend(self) -> Tokenizer:
        """What the tokenizer is made of, which pads and cuts off nothing, whatever the tokenizer was told before."""
        backend = self.tokenizer.backend_tokenizer
        backend.no_padding()
        backend.no_truncation()
        return backend

    def encode(self, pairs: Sequence[tuple[str, str]], cut: str | None = None, stride: int = 0) -> Iterator[Encoding]:
        """The tokenizer's own encodings of pairs, in their order.

        Args:
            pairs: two texts each.
            cut: how windows of `length` pieces are made, `longest_first` or `only_second`; None: nothing is cut off.
            stride: pieces that an encoding shares with the next one among its `overflowing`.

        Raises:
            EncoderError: the tokenizer has a piece that the model has not.
        """
        for at in range(0, len(pairs), _AT_ONCE):
            backend = self.backend()
            if cut is not None:
                backend.enable_truncation(self.length, stride=stride, strategy=cut)
            found = backend.encode_batch(pairs[at : at + _AT_ONCE])
            backend.no_truncation()  # else it would be saved with the tokenizer
            for one in found:
                if max(one.ids, default=0) >= self._n_pieces:
                    raise EncoderError(
                        f"{self._name}: the tokenizer has piece {max(one.ids)}, the model only {self._n_pieces} "
                        "pieces; tokenizer and model do not belong together."
                    )
                yield one

    def arrays(self, one: Encoding) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """`ids` and `types` of a window; where two empty texts have no piece at all, one of padding."""
        return np.array(one.ids or [self.pad], np.int64), np.array(one.type_ids or [0], np.uint8)

    def collate(self, examples: Sequence[PairExample]) -> Batch:
        """`input_ids`, `attention_mask`, `labels`, and `token_type_ids` where the model has them and the tokenizer."""
        batch = {
            "input_ids": padded([one.ids for one in examples], self.pad),
            "attention_mask": padded([np.ones(len(one), np.int64) for one in examples], 0),
            "labels": torch.from_numpy(np.stack([one.labels for one in examples])),
        }
        if self._typed:
            batch["token_type_ids"] = padded([one.types.astype(np.int64) for one in examples], 0)
        return batch


def read_pairs(model: torch.nn.Module, batch: Batch) -> Any:
    """What a model gives for a batch of `Pairs`."""
    return model(**{name: tensor for name, tensor in batch.items() if name != "labels"})


def batches(examples: Sequence[Any], size: int) -> Iterator[list[Any]]:
    """Examples of like lengths together, the shortest first."""
    found = sorted(examples, key=len)
    for at in range(0, len(found), size):
        yield found[at : at + size]


@contextmanager
def evaluating(model: torch.nn.Module) -> Iterator[Callable[[Batch], Batch]]:
    """No dropout and no gradients; the mode is as it was afterwards. Gives what puts batches on the model's device."""
    device, was_training = next(model.parameters()).device, model.training
    model.eval()
    try:
        with torch.no_grad():
            yield lambda batch: sent(batch, device)
    finally:
        model.train(was_training)


def check_kind(task: str, records: Sequence[object], kind: type, wanted: str, format: str) -> None:
    """Raises CorpusError unless all records are of the kind that a task learns from."""
    wrong = next((one for one in records if not isinstance(one, kind)), None)
    if wrong is not None:
        raise CorpusError(
            f"The task {task} learns and scores {wanted} ({kind.__name__}), and {type(wrong).__name__} was given; name "
            f"a corpus that was added in the format {format}."
        )
