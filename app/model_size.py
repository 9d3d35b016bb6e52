"""How large a checkpoint is and how fast this machine multiplies: a first training is timed by that."""

from __future__ import annotations

import json
import time
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from embspace.corpora.synthetic_ner import synthetic_ner


def flops_of_piece(model: Path) -> float | None:
    """Multiplications and additions of a piece forward and back, in the matrices of all layers; None: not told."""
    try:
        config = json.loads((model / "config.json").read_text("utf-8"))
        width, layers = config["hidden_size"], config["num_hidden_layers"]
        return 6.0 * layers * (4 * width**2 + 2 * width * config["intermediate_size"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def n_parameters(model: Path) -> float:
    """The numbers in a checkpoint's layers and its table of pieces, about; 0: not told."""
    try:
        config = json.loads((model / "config.json").read_text("utf-8"))
        return (flops_of_piece(model) or 0.0) / 6 + config["vocab_size"] * config["hidden_size"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0


def n_layers(model: Path) -> int | None:
    """The layers of a checkpoint, embeddings not counted; None: its folder does not tell."""
    try:
        return int(json.loads((model / "config.json").read_text("utf-8"))["num_hidden_layers"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@lru_cache(maxsize=64)
def pieces_per_word(model: Path, languages: tuple[str, ...]) -> float | None:
    """Into how many pieces a checkpoint cuts a word, on some sentences of SyntheticNER; None: its folder cannot tell.

    Args:
        model: the folder.
        languages: of SyntheticNER.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    except Exception:  # the library raises nothing narrower
        return None
    words = [one.words for one in synthetic_ner(languages, per_type=10)]
    pieces = tokenizer.encode_batch(words, is_pretokenized=True, add_special_tokens=False)
    return sum(len(one.ids) for one in pieces) / sum(map(len, words))


@lru_cache(maxsize=64)
def words_of_sentence(languages: tuple[str, ...]) -> float:
    """The words of a sentence of SyntheticNER, the mean."""
    some = synthetic_ner(languages, per_type=10)
    return sum(len(one.words) for one in some) / len(some)


@cache
def speed() -> float:
    """Operations in float32 that a core does in a second, the best of three products of matrices.

    Time that others take of it is not counted: what a machine does that has nothing else to do.
    """
    one, times = np.ones((768, 768), np.float32), []
    with threadpool_limits(1):
        for _ in range(3):
            began = time.thread_time()
            np.matmul(one, one)
            times.append(time.thread_time() - began)
    return 2 * 768**3 / max(min(times), 1e-9)
