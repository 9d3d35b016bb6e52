"""From words to stored vectors: a corpus through an encoder, shard by shard."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from embspace.corpora.records import Corpus
from embspace.encoders.base import Encoder
from embspace.errors import EncoderError, SettingsError
from embspace.progress import Progress, Silent
from embspace.spaces import store
from embspace.spaces.batching import token_budget_batches
from embspace.spaces.manifest import stored_shard
from embspace.spaces.pooling import check_pooling, pool
from embspace.spaces.reading import Reading, Spans, plan_shards, read_shard, target_spans
from embspace.spaces.sentences import sentence_table
from embspace.spaces.space import Space, open_space
from embspace.spaces.windows import windowed_states
from embspace.storage import fingerprint
from embspace.workspace import Workspace, current_workspace

_SHARD_BYTES = 128 * 2**20


def extract(
    checkpoint: str | Path | Encoder,
    corpus: Corpus,
    *,
    targets: str = "auto",
    pooling: str = "mean",
    dtype: str = "float16",
    device: str | None = None,
    token_budget: int = 4096,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
    shard_bytes: int = _SHARD_BYTES,
) -> Space:
    """The vectors of a corpus's words at every layer of a model; stored, and found again by the next call.

    A run that was stopped goes on with the shards that are missing.

    Args:
        checkpoint: a name for `load_encoder`, or an encoder.
        corpus: sentences of words.
        targets: `entities` (a vector per sentence's entity), `words`, or `auto`: entities where every sentence has one.
        pooling: how a word's pieces become one vector: mean, sum, max, first, last.
        dtype: how vectors are stored: float16 (a shard that would overflow: float32) or float32.
        device: a torch device for a checkpoint given by name; None: the GPU if there is one.
        token_budget: pieces of one forward pass, padding included.
        workspace: where spaces are stored; None: the current one.
        progress: is told the stages `reading` and `extracting`, counted in words; may raise `Cancelled`.
        shard_bytes: vectors of one shard.

    Raises:
        EncoderError: the checkpoint cannot be opened or run.
        CorpusError: there is nothing to extract.
        SettingsError: a setting is out of range.
        StoreError: the disk refuses, or what is stored is damaged.
    """
    check_pooling(pooling)
    if dtype not in ("float16", "float32"):
        raise SettingsError(f"dtype = {dtype!r} cannot be stored; possible are float16 and float32.")
    if token_budget < 1 or shard_bytes < 1:
        raise SettingsError("token_budget and shard_bytes must be 1 or more.")
    progress = progress or Silent()
    progress.stage("reading", sum(len(sentence.words) for sentence in corpus), "words")
    spans, targets = target_spans(corpus, targets, progress)
    source = _source(checkpoint, device)
    recipe: dict[str, Any] = {
        "checkpoint_fingerprint": source.fingerprint,
        "corpus_fingerprint": corpus.fingerprint,
        "targets": targets,
        "pooling": pooling,
        "dtype": dtype,
        "layers": "all",
        "token_budget": token_budget,
    }
    key = fingerprint({"format": store.FORMAT, **recipe})
    folder = (workspace or current_workspace()).spaces / key
    if store.is_complete(folder):
        return open_space(folder)
    encoder = source if isinstance(source, Encoder) else _open(source, device)
    if not (folder / "space.json").exists():
        names = {"checkpoint": encoder.name, "corpus": corpus.name, "languages": list(corpus.languages)}
        row_bytes = encoder.n_layers * encoder.dim * np.dtype(dtype).itemsize
        head = {
            "fingerprint": key,
            "recipe": names | recipe,
            "made_with": _surroundings(encoder),
            "n_words": sum(map(len, spans)),
            "layers": list(range(encoder.n_layers)),
            "model_layers": encoder.n_layers,
            "dim": encoder.dim,
        }
        store.write_space(folder, head, sentence_table(corpus), plan_shards(spans, max(1, shard_bytes // row_bytes)))
    _extract_missing(encoder, corpus, spans, folder, pooling, dtype, token_budget, progress)
    store.finish(folder)
    return open_space(folder)


def _source(checkpoint: str | Path | Encoder, device: str | None) -> Any:
    """What has a fingerprint: the encoder given, or a checkpoint's files; the weights are not loaded for it."""
    if isinstance(checkpoint, str | Path):
        from embspace.encoders.checkpoints import find_checkpoint

        return find_checkpoint(checkpoint)
    if device is not None:
        raise SettingsError(f"device = {device!r} is for checkpoints given by name; {checkpoint.name} has its device.")
    return checkpoint


def _open(source: Any, device: str | None) -> Encoder:
    from embspace.encoders.loading import open_checkpoint

    return open_checkpoint(source, device=device)


def _surroundings(encoder: Encoder) -> dict[str, Any]:
    """What bits may depend on, beside the recipe."""
    packages = {name: version(name) for name in ("embspace", "torch", "transformers")}
    return {**packages, "encoder": type(encoder).__name__, "threads": torch.get_num_threads()}


def _extract_missing(
    encoder: Encoder,
    corpus: Corpus,
    spans: Sequence[Spans],
    folder: Path,
    pooling: str,
    dtype: str,
    token_budget: int,
    progress: Progress,
) -> None:
    """Make and commit the shards that are not stored yet; the next one is tokenized while the model runs."""
    plans = store.plans_of(store.read_head(folder))
    missing = [index for index, plan in enumerate(plans) if not stored_shard(folder, index, plan)]
    progress.stage("extracting", sum(plan.rows for plan in plans), "words")
    progress.advance(sum(plan.rows for index, plan in enumerate(plans) if index not in set(missing)))
    with ThreadPoolExecutor(1) as ahead:
        waiting = [ahead.submit(read_shard, encoder, corpus, spans, plans[index]) for index in missing[:1]]
        for index, following in zip(missing, [*missing[1:], None], strict=True):
            reading = waiting.pop().result()
            if following is not None:
                waiting.append(ahead.submit(read_shard, encoder, corpus, spans, plans[following]))
            vectors = _vectors(encoder, reading, pooling, token_budget, progress)
            in_windows = _in_windows(encoder, reading)
            store.write_shard(folder, index, plans[index], reading.table, vectors, dtype, in_windows)
            note = f"{in_windows} words read in windows" if in_windows else ""
            progress.advance(int((reading.n_pieces == 0).sum()), note)


def _vectors(
    encoder: Encoder, reading: Reading, pooling: str, token_budget: int, progress: Progress
) -> NDArray[np.float32]:
    """The rows of a shard, (n_layers, n_rows, dim); NaN where the tokenizer left nothing of a word."""
    vectors = np.full((encoder.n_layers, len(reading.n_pieces), encoder.dim), np.nan, np.float32)
    starts, lengths, needed = reading.pieces.starts, reading.pieces.lengths, reading.needed
    for batch in token_budget_batches(lengths[needed], token_budget):
        places = [slice(starts[one], starts[one] + lengths[one]) for one in needed[batch]]
        rows = np.concatenate([reading.rows[place] for place in places])
        kept = np.unique(rows[rows >= 0])
        local = torch.from_numpy(np.where(rows >= 0, np.searchsorted(kept, rows), -1))
        with torch.inference_mode():
            states = _states(encoder, reading, places, token_budget)
            pooled = pool(states, local.to(states.device), len(kept), pooling)
            if not torch.isfinite(pooled).all():
                raise EncoderError(
                    f"{encoder.name} gives states that are no finite numbers; its weights are damaged, or it "
                    "overflows in half precision: load it with dtype='float32'."
                )
        vectors[:, kept] = pooled.cpu().numpy()
        progress.advance(len(kept))
    return vectors


def _states(encoder: Encoder, reading: Reading, places: Sequence[slice], token_budget: int) -> torch.Tensor:
    """The states of some sentences, (n_layers, n_pieces, dim); what does not fit in memory is read by halves."""
    ids = [reading.pieces.ids[place] for place in places]
    try:
        if len(ids[0]) <= encoder.max_pieces:
            return encoder.states(ids)
        if len(ids) == 1:
            words = reading.pieces.words[places[0]]
            return windowed_states(encoder.states, ids[0], words, encoder.max_pieces, token_budget)
    except torch.OutOfMemoryError as error:
        if len(ids) == 1:
            raise EncoderError(
                f"A sentence of {len(ids[0])} pieces does not fit in the memory of {encoder.name}'s device; "
                "take a smaller token_budget, or device='cpu'."
            ) from error
    half = len(places) // 2
    parts = [_states(encoder, reading, some, token_budget) for some in (places[:half], places[half:])]
    return torch.cat(parts, dim=1)


def _in_windows(encoder: Encoder, reading: Reading) -> int:
    """How many rows were read in windows."""
    long = np.repeat(reading.pieces.lengths > encoder.max_pieces, reading.pieces.lengths)
    return len(np.unique(reading.rows[long & (reading.rows >= 0)]))
