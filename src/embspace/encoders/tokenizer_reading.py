"""The tokenizer of a checkpoint, opened and seen to fit the model; or what is wrong with it."""

from __future__ import annotations

import re
from typing import Any

from transformers import AutoConfig, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from embspace.encoders.checkpoints import Checkpoint
from embspace.encoders.foreign_errors import brief
from embspace.errors import EncoderError


def read_tokenizer(checkpoint: Checkpoint) -> PreTrainedTokenizerFast:
    """The fast tokenizer of a checkpoint.

    Raises:
        EncoderError: it cannot be opened, needs code, or is a slow one.
    """
    options: dict[str, Any] = {"trust_remote_code": checkpoint.code, "local_files_only": True}
    if checkpoint.code_revision:
        options["code_revision"] = checkpoint.code_revision
    try:
        if not (checkpoint.tokenizer / "config.json").is_file():
            options["config"] = AutoConfig.from_pretrained(checkpoint.folder, **options)
        tokenizer = AutoTokenizer.from_pretrained(checkpoint.tokenizer, **options)
    except Exception as error:
        library = re.search(r"sentencepiece|tiktoken|protobuf", str(error), re.IGNORECASE)
        needed = f"It may need a library: `pip install {library.group(0).lower()}`. " if library else ""
        raise EncoderError(
            f"The tokenizer of {checkpoint.name} cannot be opened: {brief(error)} {needed}"
            "Expected a fast tokenizer (tokenizer.json) that needs no code of its own."
        ) from error
    if not tokenizer.is_fast:
        raise EncoderError(
            f"The tokenizer of {checkpoint.name} ({type(tokenizer).__name__}) is a slow one, which does not say where "
            "its pieces come from; expected a fast tokenizer (tokenizer.json). Make one: build the same with the "
            "`tokenizers` library from the vocabulary (and merges), see that both cut some texts alike, and save it "
            "there: `PreTrainedTokenizerFast(tokenizer_object=..., unk_token=..., pad_token=...)"
            f".save_pretrained({str(checkpoint.tokenizer)!r})`."
        )
    return tokenizer


def check_vocabulary(name: str, tokenizer: PreTrainedTokenizerFast, model: PreTrainedModel) -> None:
    """See that a model has an embedding for every piece that plain text may be cut into.

    A model may have more embeddings than the tokenizer has pieces (padded tables), and a tokenizer may have added
    tokens that the model has not (one for padding, say): both are common, and neither is refused.

    Raises:
        EncoderError: the vocabulary itself, or a piece that stands in every sentence, is beyond the embeddings.
    """
    try:
        rows = getattr(model.get_input_embeddings(), "num_embeddings", None)
    except (NotImplementedError, AttributeError):
        return  # no model of pieces; the encoder says so
    backend = tokenizer.backend_tokenizer
    if not isinstance(rows, int):
        return
    beyond = [(number, backend.id_to_token(number)) for number in backend.encode("").ids if number >= rows]
    if not beyond and backend.get_vocab_size(with_added_tokens=False) > rows:
        added = set(tokenizer.added_tokens_decoder)
        vocabulary = backend.get_vocab(with_added_tokens=False)
        beyond = [(number, piece) for piece, number in vocabulary.items() if number >= rows and number not in added]
    if beyond:
        number, piece = min(beyond)
        raise EncoderError(
            f"The tokenizer of {name} has pieces that its model has not: {piece!r} is number {number}, the model has "
            f"{rows} embeddings. Tokenizer and model do not belong together; take the tokenizer that was saved with it."
        )
