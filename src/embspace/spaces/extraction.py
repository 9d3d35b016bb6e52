"""From words to stored vectors: a corpus through an encoder, shard by shard."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embspace.corpora.records import Corpus
from embspace.corpora.sentences import sentence_table
from embspace.encoders.base import Encoder
from embspace.encoders.devices import on_threads, threads_each
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent
from embspace.spaces import store
from embspace.spaces.batching import fitting_budget
from embspace.spaces.making import make_shards
from embspace.spaces.manifest import stored_shard
from embspace.spaces.model import Model
from embspace.spaces.reading import Spans, comes_as_text, plan_shards, target_spans
from embspace.spaces.recipe import Settings
from embspace.spaces.space import Space, open_space
from embspace.spaces.workers import make_in_processes
from embspace.storage import fingerprint
from embspace.workspace import Workspace, current_workspace, in_its_workspace

_SHARD_BYTES = 128 * 2**20


@in_its_workspace
def extract(
    checkpoint: str | Path | Encoder,
    corpus: Corpus,
    *,
    targets: str = "auto",
    tokenize_as: str = "auto",
    pooling: str = "mean",
    layers: str | int | Sequence[int] = "all",
    dtype: str | None = None,
    stored_dtype: str = "float16",
    window: int | None = None,
    overlap: int | None = None,
    token_budget: int | None = None,
    device: str | None = None,
    device_map: str | None = None,
    workers: int = 1,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
    shard_bytes: int = _SHARD_BYTES,
) -> Space:
    """The vectors of a corpus's words at the layers of a model; stored, and found again by the next call.

    A run that was stopped goes on with the shards that are missing; several runs of the same share the work.

    Args:
        checkpoint: a name for `load_encoder`, or an encoder.
        corpus: sentences of words.
        targets: `entities` (a vector per sentence's entity), `words`, or `auto`: entities where every sentence has one.
        tokenize_as: `words` (each word by itself), `text` (the running text, words by their character offsets), or
            `auto`: text where the corpus is running text, words where it is tagged.
        pooling: how a word's pieces become one vector: mean, sum, max, first, last.
        layers: `all`, or numbers from 0 (embeddings) to the last (also -1); the model is run no further than the last.
        dtype: what the model computes in: float32 (None), bfloat16 or float16.
        stored_dtype: how vectors are stored: float16 (a shard that would overflow: float32) or float32.
        window: the most pieces read at once, special ones included; None: the model's limit.
        overlap: pieces that windows share; None: half a window.
        token_budget: pieces of one forward pass, padding included; None: what fits the device.
        device: a torch device for a checkpoint given by name; None: the GPU if there is one.
        device_map: `auto` spreads a model that is larger than one device over all there are.
        workers: processes that share the work; on several GPUs one after the other.
        workspace: where spaces are stored; None: the current one.
        progress: is told the stages `reading` and `extracting`, counted in words; may raise `Cancelled`.
        shard_bytes: vectors of one shard.

    Raises:
        EncoderError: the checkpoint cannot be opened or run.
        CorpusError: there is nothing to extract.
        SettingsError: a setting is out of range.
        StoreError: the disk refuses, or what is stored is damaged.
    """
    progress = progress or Silent()
    settings = Settings.of(
        layers,
        token_budget,
        targets=targets,
        tokenize_as=tokenize_as,
        pooling=pooling,
        stored_dtype=stored_dtype,
        window=window,
        overlap=overlap,
    )
    if workers < 1 or shard_bytes < 1:
        raise SettingsError("workers and shard_bytes must be 1 or more.")
    model = Model(checkpoint, device, dtype, device_map)
    with on_threads(threads_each(workers)) if workers > 1 else nullcontext():
        folder, spans = _begin(model, corpus, settings, workspace or current_workspace(), shard_bytes, progress)
    if not store.is_complete(folder):
        if workers > 1:
            make_in_processes(folder, model, workers, progress)
        else:
            make_shards(folder, model.encoder(), progress, corpus=corpus, spans=spans)
    store.finish(folder)
    return open_space(folder)


@in_its_workspace
def extract_part(
    checkpoint: str | Path | Encoder,
    corpus: Corpus,
    part: tuple[int, int],
    *,
    dtype: str | None = None,
    device: str | None = None,
    device_map: str | None = None,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
    shard_bytes: int = _SHARD_BYTES,
    **settings: Any,
) -> tuple[int, int]:
    """Make one part of a space's shards: the same on any machine, in any order, any number of times.

    Args:
        checkpoint: as of `extract`.
        corpus: as of `extract`, the same for all parts.
        part: (i, n): the i-th of n, counted from 1.
        dtype: as of `extract`.
        device: as of `extract`.
        device_map: as of `extract`.
        workspace: as of `extract`; the same folder for all parts, on a network folder for several machines.
        progress: as of `extract`.
        shard_bytes: as of `extract`.
        settings: the others of `extract`.

    Returns:
        How many shards are stored, and how many the space has.

    Raises:
        SettingsError: there is no such part.
        EmbspaceError: as of `extract`.
    """
    number, parts = part
    if not 1 <= number <= parts:
        raise SettingsError(f"There is no part {number} of {parts}; parts are counted from 1 to {max(parts, 1)}.")
    progress = progress or Silent()
    asked = Settings.of(settings.pop("layers", "all"), settings.pop("token_budget", None), **settings)
    model = Model(checkpoint, device, dtype, device_map)
    folder, spans = _begin(model, corpus, asked, workspace or current_workspace(), shard_bytes, progress)
    plans = store.plans_of(store.read_head(folder))
    mine = range(number - 1, len(plans), parts)
    if any(stored_shard(folder, index, plans[index]) is None for index in mine):
        make_shards(folder, model.encoder(), progress, corpus=corpus, spans=spans, mine=mine)
    if store.is_complete(folder):
        store.finish(folder)
    stored = sum(stored_shard(folder, index, plan) is not None for index, plan in enumerate(plans))
    return stored, len(plans)


def _begin(
    model: Model, corpus: Corpus, settings: Settings, workspace: Workspace, shard_bytes: int, progress: Progress
) -> tuple[Path, Sequence[Spans]]:
    """Say on disk what the space will be, if that is not said yet; returns its folder and the targets."""
    progress.stage("reading", sum(len(sentence.words) for sentence in corpus), "words")
    spans, targets = target_spans(corpus, settings.targets, progress)
    as_text = settings.tokenize_as == "text" or (settings.tokenize_as == "auto" and comes_as_text(corpus))
    settings = replace(settings, targets=targets, tokenize_as="text" if as_text else "words")
    recipe: dict[str, Any] = {
        "checkpoint_fingerprint": model.fingerprint,
        "corpus_fingerprint": corpus.fingerprint,
        "dtype": model.precision,
        **settings.to_recipe(),
    }
    key = fingerprint({"format": store.FORMAT, **recipe})
    folder = workspace.spaces / key
    if (folder / "space.json").exists():
        store.keep_corpus(folder, corpus)
        return folder, spans
    encoder = model.encoder()
    wanted = settings.wanted_layers(encoder.n_layers)
    names = {"checkpoint": encoder.name, "corpus": corpus.name, "languages": list(corpus.languages)}
    head = {
        "fingerprint": key,
        "recipe": names | recipe,
        "made_with": _surroundings(encoder, settings),
        "n_words": sum(map(len, spans)),
        "layers": wanted,
        "model_layers": encoder.n_layers,
        "dim": encoder.dim,
    }
    row_bytes = len(wanted) * encoder.dim * np.dtype(settings.stored_dtype).itemsize
    plans = plan_shards(spans, max(1, shard_bytes // row_bytes))
    store.write_space(folder, head, sentence_table(corpus), plans)
    return folder, spans


def _surroundings(encoder: Encoder, settings: Settings) -> dict[str, Any]:
    """What the last bits may depend on, beside the recipe: a run that goes on takes the same."""
    packages = {name: version(name) for name in ("embspace", "torch", "transformers")}
    budget = settings.token_budget
    return {
        **packages,
        "encoder": type(encoder).__name__,
        "way": encoder.way,
        "threads": torch.get_num_threads(),
        "token_budget": fitting_budget(encoder) if isinstance(budget, str) else budget,
    }
