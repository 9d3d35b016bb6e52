"""Any model of transformers as an encoder: encoders and decoders, all layers in one forward pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import groupby, islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from embspace.corpora.records import Sentence
from embspace.encoders.base import Pieces
from embspace.encoders.devices import sent
from embspace.encoders.early_exit import blocks_of, states_before
from embspace.encoders.packed import PackedStates, packed_states
from embspace.encoders.products import PRODUCTS, OneDNN, faster_product
from embspace.encoders.tokenizing import Cut
from embspace.errors import EncoderError

_NO_LIMIT = 10**9
"""tokenizers without a limit of their own say 1e30"""


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
        self._n_pieces = vocabulary_size(name, model)
        self.name, self.fingerprint = name, fingerprint
        self.model = model.eval()
        self.tokenizer = tokenizer
        config: Any = model.config.get_text_config()
        if getattr(config, "word_embed_proj_dim", 0) not in (0, getattr(config, "hidden_size", 0)):
            model.config.tie_last_hidden_states = False  # OPT 350M projects its last hidden state to another width
        if getattr(config, "use_cache", False):
            config.use_cache = False
        pads = [getattr(config, "pad_token_id", None), tokenizer.pad_token_id]
        pads = [one for one in pads if isinstance(one, int) and one >= 0]
        self._pad = next((one for one in pads if one < self._n_pieces), 0)
        self.cut = Cut(name, tokenizer, self._n_pieces)
        self.max_pieces = longest_sequence(model, tokenizer)
        self._packed, self._packed_of = None, ()
        self._laid_out: dict[int, tuple[int, torch.Tensor]] = {}
        self._product, self._blocks, self._apart = "torch", None, False
        self.n_layers, _, self.dim = self._probe().shape
        blocks = getattr(config, "num_hidden_layers", None)
        if blocks is not None and self.n_layers != blocks + 1:
            raise EncoderError(
                f"{name} returns {self.n_layers} hidden states; expected the embeddings and its {blocks} layers."
            )
        self._apart = self._sees_padding()
        self._blocks = self._trusted_blocks()
        kinds = {(type(one), one.dtype) for one in model.parameters()}  # quantized weights are of types of their own
        if kinds == {(nn.Parameter, model.dtype)} and model.device.type == "cpu":
            self._product = faster_product(self.dim, torch.get_num_threads(), model.dtype)

    @property
    def dtype(self) -> str:
        """What it computes in: float32, bfloat16, float16."""
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def way(self) -> str:
        """How states are computed: without padding or by the model's own pass, and which product multiplies.

        The last bits depend on it. It may be set to what was recorded; where that is not possible here, it stays.
        """
        with torch.inference_mode():
            return f"{'packed' if self.packed() else 'padded'}, {self._product}"

    @way.setter
    def way(self, recorded: str) -> None:
        product = recorded.rpartition(", ")[2]
        onednn = torch.backends.mkldnn.is_available() and self.model.device.type == "cpu"
        possible = product in PRODUCTS and (product == "torch" or onednn)
        if possible and product != self._product:
            self._product, self._packed, self._packed_of = product, None, ()

    def packed(self) -> PackedStates | None:
        """The pass without padding, where no gradients are asked for and the model can be run so; else None."""
        if torch.is_grad_enabled():
            return None
        weights = tuple((one.data_ptr(), 0 if one.is_inference() else one._version) for one in self.model.parameters())
        if weights != self._packed_of:
            self._packed = None  # it may hold weights of its own
            self._packed, self._packed_of = packed_states(self.model, self._padded_states, self._product), weights
        return self._packed

    def _trusted_blocks(self) -> nn.ModuleList | None:
        """The model's blocks, if what they read is what the model returns as its layers."""
        blocks = blocks_of(self.model, self.n_layers - 1)
        if blocks is None:
            return None
        batch = [np.full(2, self._n_pieces - 1, np.int64), np.full(1, self._n_pieces - 1, np.int64)]
        with torch.inference_mode():
            whole = self._padded_states(batch)[:-1]
            self._blocks = blocks
            try:
                found = torch.stack([*self._padded(batch, self.n_layers - 2)]).float()
            except (RuntimeError, KeyError, AttributeError, IndexError, TypeError, EncoderError):
                return None
        return blocks if found.shape == whole.shape and torch.equal(found, whole) else None

    def _probe(self) -> torch.Tensor:
        with torch.inference_mode():
            try:
                return self._padded_states([np.full(2, self._n_pieces - 1, np.int64)])
            except (TypeError, ValueError, RuntimeError, AttributeError, LookupError, AssertionError) as error:
                raise EncoderError(
                    f"{self.name} ({type(self.model).__name__}) does not turn text alone into states of its layers: "
                    f"{(str(error) or type(error).__name__).splitlines()[0]}"
                ) from error

    def _sees_padding(self) -> bool:
        """Whether padding changes the states of other pieces, masked or not: by convolutions, by Fourier transforms."""
        last, most = self._n_pieces - 1, min(7, self._n_pieces)
        long, short = (last - np.arange(min(length, self.max_pieces)) % most for length in (13, 4))
        with torch.inference_mode():
            alone = self._padded_states([short])
            if self._alike(self._padded_states([long, short])[:, len(long) :], alone):
                return False
            if not self._alike(self._padded_states([short]), alone):
                raise EncoderError(f"{self.name} gives other states at every call for the same pieces.")
        return True

    def _alike(self, found: torch.Tensor, wanted: torch.Tensor) -> bool:
        """Whether states are the same but for rounding; what is no number is told of later, where it is met."""
        most = 1e-3 if self.model.dtype == torch.float32 else 0.05
        return not bool(((found - wanted).norm(dim=(1, 2)) > most * wanted.norm(dim=(1, 2))).any())

    def tokenize(self, sentences: Sequence[Sentence], as_text: bool = False) -> Pieces:
        """The pieces of sentences, special pieces added, nothing truncated; see `Cut.tokenize`."""
        return self.cut.tokenize(sentences, as_text)

    def piece_texts(self, ids: Sequence[int]) -> list[str]:
        """The pieces as the vocabulary writes them."""
        return self.cut.piece_texts(ids)

    def layers(self, batch: Sequence[NDArray[np.int64]], upto: int | None = None) -> Iterator[torch.Tensor]:
        """Yield the states of each layer of a batch of id sequences, by one pass that ends with the last wanted.

        Without padding where the model can be run so; else shorter sequences are padded on the right and masked, so
        positions count from the first piece and a decoder sees none of the padding.

        Args:
            batch: the pieces of each sequence.
            upto: the last layer wanted; None: all.

        Yields:
            (n_pieces, dim) of layers 0, 1, ..., sequences one after the other, no padding; in the model's precision, on
            its device.

        Raises:
            EncoderError: a sequence is longer than `max_pieces`.
        """
        longest = max(len(ids) for ids in batch)
        if longest > self.max_pieces:
            raise EncoderError(f"{self.name} reads {self.max_pieces} pieces at once; the batch has {longest}.")
        packed = self.packed()
        found = packed(batch) if packed and packed.takes(batch) else self._padded(batch, upto)
        return islice(found, None if upto is None else upto + 1)

    def states(self, batch: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """The states of all layers: (n_layers, n_pieces, dim) float32; see `layers`."""
        return torch.stack([*self.layers(batch)]).float()

    def _padded_states(self, batch: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        return torch.stack([*self._padded(batch)]).float()

    def _padded(self, batch: Sequence[NDArray[np.int64]], upto: int | None = None) -> Iterator[torch.Tensor]:
        """The layers by the model's own pass; equal lengths carry no mask, so attention takes its fastest kernel."""
        lengths = torch.tensor([len(ids) for ids in batch])
        longest = int(lengths.max())
        if self._apart and int(lengths.min()) < longest:
            yield from self._by_length(batch, upto)
            return
        padded = torch.full((len(batch), longest), self._pad)
        for row, ids in zip(padded, batch, strict=True):
            row[: len(ids)] = torch.from_numpy(ids)
        device = self.model.device
        real = torch.arange(longest) < lengths[:, None]
        # XLM takes pieces that are the padding piece for the sequence's end if it is given no mask.
        mask = None if real.all() and not (padded == self._pad).any() else sent(real.long().numpy(), device)
        kept = None if real.all() else sent(real.flatten().nonzero().squeeze(1).numpy(), device)
        padded = sent(padded.numpy(), device)
        hidden: Sequence[torch.Tensor] | None
        with OneDNN(self._laid_out) if self._product == "oneDNN" else nullcontext():
            if upto is not None and upto < self.n_layers - 1 and self._blocks is not None:
                hidden = states_before(self._blocks, upto, lambda: self.model(padded, attention_mask=mask))
            else:
                hidden = self._hidden(self.model(padded, attention_mask=mask, output_hidden_states=True))
        if hidden is None or any(one.shape[:2] != padded.shape for one in hidden):
            raise EncoderError(f"{self.name} does not return a state of every piece at every layer.")
        for one in hidden:
            rows = one.flatten(0, 1)
            yield rows if kept is None else rows.index_select(0, kept.to(rows.device))

    def _hidden(self, output: Any) -> Sequence[torch.Tensor] | None:
        """The layers of a pass; the last one is the last hidden state, unless that is of another width (OPT 350M)."""
        hidden, last = output.hidden_states, getattr(output, "last_hidden_state", None)
        if hidden is None or last is None or last.shape != hidden[0].shape:
            return hidden
        return (*hidden[:-1], last)

    def _by_length(self, batch: Sequence[NDArray[np.int64]], upto: int | None) -> Iterator[torch.Tensor]:
        """The layers by a pass for each length of sequence."""
        order = sorted(range(len(batch)), key=lambda one: len(batch[one]))
        groups = [[*some] for _, some in groupby(order, key=lambda one: len(batch[one]))]
        passes = [[*self._padded([batch[one] for one in group], upto)] for group in groups]
        starts = np.cumsum([0, *map(len, batch)])
        places = np.concatenate([np.arange(starts[one], starts[one + 1]) for one in order])
        back = torch.from_numpy(np.argsort(places))
        for parts in zip(*passes, strict=True):
            yield torch.cat(parts)[back.to(parts[0].device)]


def vocabulary_size(name: str, model: PreTrainedModel) -> int:
    """How many pieces a model knows."""
    try:
        table = model.get_input_embeddings()
    except (NotImplementedError, AttributeError):
        table = None
    if not isinstance(table, nn.Embedding):
        raise EncoderError(
            f"{name} ({type(model).__name__}) has no table of pieces; expected a model that reads text alone."
        )
    return table.num_embeddings


def longest_sequence(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> int:
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
