"""The stored space that settings of an extraction name, found by reading alone: no model library is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from embspace.encoders.trained import is_trained
from embspace.errors import StoreError
from embspace.storage import read_json
from embspace.workflows.extract import ExtractConfig
from embspace.workspace import Workspace

if TYPE_CHECKING:
    from embspace.corpora.records import Corpus
    from embspace.spaces.space import Space

_DTYPES = ("float32", "bfloat16", "float16")


def find_space(config: ExtractConfig, corpus: Corpus, workspace: Workspace) -> Space | None:
    """The complete space of a corpus with the settings of an extraction, the latest one; None: there is none.

    A checkpoint of the hub counts as found by its name, one on this machine by its files.

    Raises:
        EncoderError: the checkpoint is a folder that does not exist or is incomplete.
        StoreError: the space is damaged.
    """
    from embspace.spaces import store
    from embspace.spaces.space import open_space

    wanted = _wanted(config, corpus)
    found = []
    for path in workspace.spaces.glob("*/space.json"):
        try:
            recipe = read_json(path)["recipe"]
            if _fits(recipe, wanted, config) and store.is_complete(path.parent):
                found.append(path)
        except (StoreError, KeyError, TypeError, AttributeError):
            continue  # a damaged neighbor is no reason not to find this one
    return open_space(max(found, key=lambda path: path.stat().st_mtime).parent) if found else None


def is_local(checkpoint: str) -> bool:
    """Whether a checkpoint's name means files on this machine rather than on the hub."""
    known = checkpoint == "mini" or is_trained(checkpoint)
    return known or Path(checkpoint).expanduser().exists() or checkpoint[:1] in "./~\\"


def _wanted(config: ExtractConfig, corpus: Corpus) -> dict[str, Any]:
    from embspace.encoders.checkpoints import encoder_fingerprint, find_checkpoint
    from embspace.spaces.reading import comes_as_text
    from embspace.spaces.recipe import Settings

    targets, way = config.targets, config.tokenize_as
    if targets == "auto":
        targets = "entities" if all(sentence.entity for sentence in corpus) else "words"
    if way == "auto":
        way = "text" if comes_as_text(corpus) else "words"
    names = ("pooling", "layers", "stored_dtype", "window", "overlap")
    settings = Settings.of(
        token_budget=None, targets=targets, tokenize_as=way, **{n: getattr(config, n) for n in names}
    )
    found = settings.to_recipe() | {"corpus_fingerprint": corpus.fingerprint}
    if is_local(config.checkpoint):
        weights = encoder_fingerprint(find_checkpoint(config.checkpoint), config.dtype)
        return found | {"checkpoint_fingerprint": weights}
    return found | {"checkpoint": config.checkpoint}


def _fits(recipe: dict[str, Any], wanted: dict[str, Any], config: ExtractConfig) -> bool:
    # A quantized checkpoint's precision is its own.
    precise = recipe["dtype"] == config.dtype or recipe["dtype"] not in _DTYPES
    return precise and all(recipe.get(name) == value for name, value in wanted.items())
