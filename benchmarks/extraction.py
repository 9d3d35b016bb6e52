"""How fast words become stored vectors, beside the plain forward pass over the same batches.

    python benchmarks/extraction.py [CHECKPOINT] [SENTENCES PER TYPE]

The plain pass is the model alone on tensors that lie ready, no hidden states kept: no tokenizing, pooling or writing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch

from embspace.corpora.records import Corpus
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.encoders.loading import load_encoder
from embspace.spaces.batching import token_budget_batches
from embspace.spaces.extraction import extract
from embspace.workspace import Workspace

ROUNDS, BUDGET = 5, 4096


def ready_batches(encoder: HuggingFaceEncoder, corpus: Corpus) -> list[dict[str, torch.Tensor]]:
    """The batches that extraction makes, padded and masked."""
    pieces = encoder.tokenize(corpus)
    sequences = np.split(pieces.ids, pieces.starts[1:])
    batches = []
    for batch in token_budget_batches(pieces.lengths, BUDGET):
        lengths = torch.from_numpy(pieces.lengths[batch])
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        ids = torch.full(mask.shape, 1)
        ids[mask] = torch.from_numpy(np.concatenate([sequences[one] for one in batch]))
        batches.append({"input_ids": ids} if mask.all() else {"input_ids": ids, "attention_mask": mask.long()})
    return batches


def seconds_of_plain_pass(encoder: HuggingFaceEncoder, batches: list[dict[str, torch.Tensor]]) -> float:
    """One pass over all batches."""
    start = time.perf_counter()
    with torch.inference_mode():
        for batch in batches:
            encoder.model(**{name: value.to(encoder.model.device) for name, value in batch.items()})
    return time.perf_counter() - start


def seconds_of_extraction(encoder: HuggingFaceEncoder, corpus: Corpus) -> tuple[float, float]:
    """From words to stored vectors of every layer in a new workspace; then the same call, which finds them."""
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for _ in range(2):
            start = time.perf_counter()
            extract(encoder, corpus, targets="words", token_budget=BUDGET, workspace=Workspace(Path(folder)))
            times.append(time.perf_counter() - start)
    return times[0], times[1]


def main(checkpoint: str = "mini", per_type: str = "40") -> None:
    """Print the table."""
    encoder = load_encoder(checkpoint)
    assert isinstance(encoder, HuggingFaceEncoder)
    corpus = synthetic_ner(per_type=int(per_type))
    n_words, batches = sum(len(sentence.words) for sentence in corpus), ready_batches(encoder, corpus)
    assert corpus.fingerprint and seconds_of_plain_pass(encoder, batches)  # warm: neither is timed
    plain, whole, again = [], [], []
    for _ in range(ROUNDS):
        plain.append(seconds_of_plain_pass(encoder, batches))
        first, second = seconds_of_extraction(encoder, corpus)
        whole.append(first)
        again.append(second)
    ratio = median(one / other for one, other in zip(plain, whole, strict=True))
    print(f"{checkpoint} on {encoder.model.device}, {torch.get_num_threads()} threads: {encoder.n_layers} layers")
    print(f"{len(corpus):,} sentences, {n_words:,} words, {len(batches)} batches of {BUDGET} pieces; {ROUNDS} rounds\n")
    print(f"{'':32}{'words/s':>10}{'seconds':>10}")
    print(f"{'plain forward pass':32}{n_words / median(plain):>10,.0f}{median(plain):>10.2f}")
    print(f"{'words to stored vectors':32}{n_words / median(whole):>10,.0f}{median(whole):>10.2f}")
    print(f"{'the same call again':32}{'':>10}{median(again):>10.3f}")
    print(f"\n{ratio:.0%} of the plain pass (median of {ROUNDS})")


if __name__ == "__main__":
    main(*sys.argv[1:])
