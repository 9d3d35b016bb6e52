"""Sentences become pieces, by a fast tokenizer: word by word, or as running text by character offsets."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizerFast

from embspace.corpora.records import Sentence
from embspace.encoders.base import Pieces
from embspace.errors import EncoderError

_AT_ONCE = 1024
"""sentences tokenized in one call: the tokenizer's own records are large"""

Owners = tuple[list[int], list[tuple[int, int]]]
"""the word of each piece, -1: of none; and further (piece, word) pairs"""


class Cut:
    """How a checkpoint cuts sentences, without its weights; small enough to be sent to another process.

    Args:
        name: of the checkpoint.
        tokenizer: a fast one.
        n_pieces: that the model has.
    """

    def __init__(self, name: str, tokenizer: PreTrainedTokenizerFast, n_pieces: int) -> None:
        self._name, self._tokenizer, self._n_pieces = name, tokenizer, n_pieces
        self._prefix = _lacks_prefix(tokenizer)

    def tokenize(self, sentences: Sequence[Sentence], as_text: bool = False) -> Pieces:
        """The pieces of sentences, special pieces added, nothing truncated.

        A piece that covers no text (a lone prefix mark) belongs to no word.

        Args:
            sentences: what is cut into pieces.
            as_text: cut the running text, and give each piece to the words that it overlaps; else cut word by word.

        Raises:
            EncoderError: the tokenizer has a piece that the model has not.
        """
        if as_text:
            pieces = self._pieces(sentences, lambda one: one.text, _words_of_offsets, is_pretokenized=False)
        else:
            pieces = self._pieces(sentences, self._prefixed, _words_of_pieces, is_pretokenized=True)
        if len(pieces.ids) and pieces.ids.max() >= self._n_pieces:
            raise EncoderError(
                f"{self._name}: the tokenizer has piece {pieces.ids.max()}, the model only {self._n_pieces} pieces; "
                "tokenizer and model do not belong together."
            )
        return pieces

    def piece_texts(self, ids: Sequence[int]) -> list[str]:
        """The pieces as the vocabulary writes them."""
        return [str(self._tokenizer.backend_tokenizer.id_to_token(int(one))) for one in ids]

    def _pieces(
        self,
        sentences: Sequence[Sentence],
        given: Callable[[Sentence], Any],
        owners_of: Callable[[Sentence, Any], Owners],
        is_pretokenized: bool,
    ) -> Pieces:
        backend = self._tokenizer.backend_tokenizer
        if backend.truncation is not None or backend.padding is not None:
            backend.no_truncation()
            backend.no_padding()
        ids, words, lengths, also = [], [], [], []
        for at in range(0, len(sentences), _AT_ONCE):
            some = sentences[at : at + _AT_ONCE]
            found = backend.encode_batch([given(one) for one in some], is_pretokenized=is_pretokenized)
            for sentence, one in zip(some, found, strict=True):
                owners, more = owners_of(sentence, one)
                also += [(len(ids) + piece, word) for piece, word in more]
                lengths.append(len(owners))
                ids += one.ids
                words += owners
        flat = [np.asarray(values, np.int64) for values in (ids, lengths, words)]
        return Pieces(flat[0], flat[1], flat[2], np.asarray(also, np.int64).reshape(-1, 2))

    def _prefixed(self, sentence: Sentence) -> Sequence[str]:
        if not self._prefix:
            return sentence.words
        return [word if not word or word[0].isspace() else f" {word}" for word in sentence.words]


def _words_of_pieces(_: Sentence, encoding: Any) -> Owners:
    """As the tokenizer tells; a piece that covers no text belongs to no word."""
    return [
        -1 if word is None or start == stop else word
        for word, (start, stop) in zip(encoding.word_ids, encoding.offsets, strict=True)
    ], []


def _words_of_offsets(sentence: Sentence, encoding: Any) -> Owners:
    """Every word that a piece overlaps in the text; blanks at a piece's ends do not count."""
    text = sentence.text
    starts, stops = [one[0] for one in sentence.offsets], [one[1] for one in sentence.offsets]
    words, also = [], []
    for piece, (start, stop) in enumerate(encoding.offsets):
        while start < stop and text[start].isspace():
            start += 1
        while start < stop and text[stop - 1].isspace():
            stop -= 1
        first, last = bisect_right(stops, start), bisect_left(starts, stop) - 1
        own = [word for word in range(first, last + 1) if starts[word] < stops[word]] if start < stop else []
        words.append(own[0] if own else -1)
        also += [(piece, word) for word in own[1:]]
    return words, also


def _lacks_prefix(tokenizer: PreTrainedTokenizerFast) -> bool:
    """Whether words need a blank before them: some tokenizers tell the start of a word by it alone.

    They are byte-level BPE, and those that turn blanks into marks without setting one at the start (Gemma). The blank
    is put before the words rather than asked for with `add_prefix_space`: generic tokenizers ignore that option, and
    those that split by a pattern of their own first (Qwen) put a blank before every part of a word.
    """
    whole = json.loads(tokenizer.backend_tokenizer.to_str())
    before, first = whole.get("normalizer") or {}, whole.get("pre_tokenizer") or {}
    steps = [*before.get("normalizers", [before]), *first.get("pretokenizers", [first])]
    kinds = {step.get("type") for step in steps}
    if any(step.get("type") == "ByteLevel" and not step.get("add_prefix_space") for step in steps):
        return True
    if any(step.get("type") == "Metaspace" and step.get("prepend_scheme") == "never" for step in steps):
        return True
    marked = any(step.get("type") == "Replace" and step.get("content") == "▁" for step in steps)
    return marked and not kinds & {"Prepend", "Metaspace"}
