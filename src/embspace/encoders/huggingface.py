"""Any model of transformers as an encoder: encoders and decoders, all layers in one forward pass."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from embspace.corpora.records import Sentence
from embspace.encoders.base import Pieces
from embspace.encoders.packed import PackedStates, packed_states
from embspace.errors import EncoderError

_NO_LIMIT = 10**9
"""tokenizers without a limit of their own say 1e30"""
_AT_ONCE = 1024
"""sentences tokenized in one call: the tokenizer's own records are large"""


class HuggingFaceEncoder:
    """A model and its fast tokenizer.

    Layer 0 is the embedding output, layer l the output of the l-th block. The last layer is what the model returns as
    its last hidden state: with a final layer norm (GPT-2, XLM-R XL) it is the normalized one, as transformers has it.

    Args:
        name: as the user called it.
        model: takes `output_hidden_states`; is set to eval mode.
        tokenizer: a fast one.
        fingerprint: of weights and tokenizer.

    Raises:
        EncoderError: the model does not return its embeddings and every layer.
    """

    def __init__(self, name: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, fingerprint: str) -> None:
        self.name, self.fingerprint = name, fingerprint
        self.model = model.eval()
        self.tokenizer = tokenizer
        config = model.config.get_text_config()
        if getattr(config, "use_cache", False):
            config.use_cache = False
        embeddings = model.get_input_embeddings()
        assert isinstance(embeddings, nn.Embedding)
        self._n_pieces = embeddings.num_embeddings
        pads = [one for one in (config.pad_token_id, tokenizer.pad_token_id) if isinstance(one, int) and one >= 0]
        self._pad = next((one for one in pads if one < self._n_pieces), 0)
        self._prefix = _lacks_prefix(tokenizer)
        self.max_pieces = _longest(model, tokenizer)
        self._packed, self._packed_of = None, ()
        self.n_layers, _, self.dim = self._probe().shape
        blocks = getattr(config, "num_hidden_layers", None)
        if blocks is not None and self.n_layers != blocks + 1:
            raise EncoderError(
                f"{name} returns {self.n_layers} hidden states; expected the embeddings and its {blocks} layers."
            )

    def packed(self) -> PackedStates | None:
        """The pass without padding, where no gradients are asked for and the model can be run so; else None."""
        if torch.is_grad_enabled():
            return None
        weights = tuple((one.data_ptr(), 0 if one.is_inference() else one._version) for one in self.model.parameters())
        if weights != self._packed_of:
            self._packed, self._packed_of = packed_states(self.model, self._padded), weights
        return self._packed

    def _probe(self) -> torch.Tensor:
        with torch.inference_mode():
            try:
                return self.states([np.full(2, self._n_pieces - 1, np.int64)])
            except (TypeError, ValueError, RuntimeError) as error:
                raise EncoderError(
                    f"{self.name} ({type(self.model).__name__}) does not turn text alone into states of its layers: "
                    f"{str(error).splitlines()[0]}"
                ) from error

    def tokenize(self, sentences: Sequence[Sentence]) -> Pieces:
        """The pieces of pre-split sentences, special pieces added, nothing truncated.

        A piece that covers no text (a lone prefix mark) belongs to no word.

        Raises:
            EncoderError: the tokenizer has a piece that the model has not.
        """
        backend = self.tokenizer.backend_tokenizer
        if backend.truncation is not None or backend.padding is not None:
            backend.no_truncation()
            backend.no_padding()
        ids, words, lengths = [], [], []
        for at in range(0, len(sentences), _AT_ONCE):
            texts = [self._prefixed(sentence) for sentence in sentences[at : at + _AT_ONCE]]
            for one in backend.encode_batch(texts, is_pretokenized=True):
                lengths.append(len(one.ids))
                ids.extend(one.ids)
                words.extend(
                    -1 if word is None or start == stop else word
                    for word, (start, stop) in zip(one.word_ids, one.offsets, strict=True)
                )
        pieces = Pieces(*(np.asarray(values, np.int64) for values in (ids, lengths, words)))
        if len(pieces.ids) and pieces.ids.max() >= self._n_pieces:
            raise EncoderError(
                f"{self.name}: the tokenizer has piece {pieces.ids.max()}, the model only {self._n_pieces} pieces; "
                "tokenizer and model do not belong together."
            )
        return pieces

    def _prefixed(self, sentence: Sentence) -> Sequence[str]:
        if not self._prefix:
            return sentence.words
        return [word if not word or word[0].isspace() else f" {word}" for word in sentence.words]

    def piece_texts(self, ids: Sequence[int]) -> list[str]:
        """The pieces as the vocabulary writes them."""
        return [str(self.tokenizer.backend_tokenizer.id_to_token(int(one))) for one in ids]

    def states(self, batch: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """States of a batch of id sequences, by one forward pass; of BERT's family on a CPU, without padding.

        Shorter sequences are padded on the right and masked, so positions count from the first piece and a decoder sees
        none of the padding; sequences of equal length carry no mask, which lets attention take its fastest kernel.

        Returns:
            (n_layers, n_pieces, dim) float32, sequences one after the other, no padding; on the model's device.

        Raises:
            EncoderError: a sequence is longer than `max_pieces`.
        """
        longest = max(len(ids) for ids in batch)
        if longest > self.max_pieces:
            raise EncoderError(f"{self.name} reads {self.max_pieces} pieces at once; the batch has {longest}.")
        packed = self.packed()
        return packed(batch) if packed and packed.takes(batch) else self._padded(batch)

    def _padded(self, batch: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """The states by the model's own pass, of sequences padded and masked."""
        lengths = torch.tensor([len(ids) for ids in batch])
        longest = int(lengths.max())
        padded = torch.full((len(batch), longest), self._pad)
        for row, ids in zip(padded, batch, strict=True):
            row[: len(ids)] = torch.from_numpy(ids)
        device = self.model.device
        real = torch.arange(longest) < lengths[:, None]
        mask = None if real.all() else real.long().to(device)
        hidden = self.model(padded.to(device), attention_mask=mask, output_hidden_states=True).hidden_states
        if hidden is None or any(one.shape[:2] != padded.shape for one in hidden):
            raise EncoderError(f"{self.name} does not return a state of every piece at every layer.")
        if mask is None:
            return torch.stack([one.flatten(0, 1) for one in hidden]).float()
        kept = real.flatten().nonzero().squeeze(1).to(device)
        return torch.stack([one.flatten(0, 1).index_select(0, kept) for one in hidden]).float()


def _lacks_prefix(tokenizer: PreTrainedTokenizerFast) -> bool:
    """Byte-level BPE tells the start of a word by the blank before it, which a list of words has not.

    The blank is put before the words rather than asked for with `add_prefix_space`: generic tokenizers ignore that
    option, and those that split by a pattern of their own first (Qwen) put a blank before every part of a word.
    """
    first = json.loads(tokenizer.backend_tokenizer.to_str()).get("pre_tokenizer") or {}
    steps = first.get("pretokenizers", [first])
    return any(step.get("type") == "ByteLevel" and not step.get("add_prefix_space") for step in steps)


def _longest(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> int:
    """The longest sequence: the positions the model has, or the tokenizer's limit where that is smaller."""
    limits = [tokenizer.model_max_length] if tokenizer.model_max_length < _NO_LIMIT else []
    positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limits.append(positions - _position_offset(model, positions))
    return min(limits, default=512)


def _position_offset(model: PreTrainedModel, positions: int) -> int:
    """RoBERTa and its kin count positions from padding_idx + 1; their table of positions knows the padding."""
    for name, module in model.named_modules():
        if not (isinstance(module, nn.Embedding) and name.endswith("position_embeddings")):
            continue
        if module.padding_idx is not None and module.num_embeddings == positions:
            return int(module.padding_idx) + 1
    return 0
