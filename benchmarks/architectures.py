"""Models of other architectures: words to stored vectors beside each model's own plain forward pass.

    python benchmarks/architectures.py [KIND ...] [--sentences 600] [--geometry 6x256] [--text FOLDER] [--rounds 3]

Random weights, trained tokenizers; all layers, float32, float16 on disk. The plain pass is `plain_pass.py` at its
fastest budget; both run in turn in this process, ratios are of a round. `difference` is the greatest between what is
stored (here in float32) and the model run sentence by sentence, over the first 20 sentences.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.encoders.loading import load_encoder
from embspace.spaces.extraction import extract
from embspace.workspace import Workspace
from extraction import beside_the_plain_pass
from machine import markdown, processor
from random_models import KINDS, Geometry, geometry_of, random_model, save, train_tokenizer
from sentences import add_text_options, corpus_of, text_of


def difference(encoder: HuggingFaceEncoder, sentences: list[tuple[str, ...]]) -> float:
    """The greatest between stored vectors (float32) and means over the model's own states of each sentence."""
    corpus = corpus_of(sentences)
    with tempfile.TemporaryDirectory() as folder:
        space = extract(encoder, corpus, targets="words", workspace=Workspace(Path(folder)), stored_dtype="float32")
        stored = np.stack([space.layer(layer) for layer in range(space.n_layers)])
    worst, at = 0.0, 0
    for sentence in corpus:
        pieces = encoder.tokenize([sentence])
        with torch.inference_mode():
            states = encoder.model(torch.from_numpy(pieces.ids)[None], output_hidden_states=True).hidden_states
        hidden = torch.stack(states)[:, 0].numpy()
        for word in range(len(sentence.words)):
            own = hidden[:, pieces.words == word]
            if own.shape[1]:
                worst = max(worst, float(np.abs(own.mean(axis=1) - stored[:, at]).max()))
            at += 1
    return worst


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", help=f"of {' '.join(KINDS)}; default: all")
    parser.add_argument("--sentences", type=int, default=600)
    parser.add_argument("--geometry", default="6x256", metavar="LAYERSxWIDTH")
    parser.add_argument("--vocabulary", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="JSON")
    add_text_options(parser)
    options = parser.parse_args(arguments)
    text = text_of(options)
    sentences = text.spread(options.sentences)
    corpus = corpus_of(sentences)
    every = [words for found in text.by_language.values() for words in found]
    geometry: Geometry = geometry_of(f"any-{options.geometry}")[1]
    tokenizers: dict[str, Any] = {}
    found: dict[str, Any] = {"machine": processor(), "threads": torch.get_num_threads(), "text": text.name, "kinds": {}}
    rows = []
    for kind in options.kinds or KINDS:
        how = KINDS[kind][1]
        if how not in tokenizers:
            tokenizers[how] = train_tokenizer(how, every, options.vocabulary)
        with tempfile.TemporaryDirectory() as folder:
            place = save(Path(folder) / kind, random_model(kind, geometry, tokenizers[how]), tokenizers[how])
            encoder = load_encoder(place, device="cpu")
            assert isinstance(encoder, HuggingFaceEncoder)
            one = beside_the_plain_pass(encoder, corpus, options.rounds)
            one["difference"] = difference(encoder, sentences[:20])
        found["kinds"][kind] = one
        budget = min(one["seconds_of_budgets"], key=lambda budget, one=one: one["seconds_of_budgets"][budget])
        speeds = [f"{one['words'] / one[what]:,.0f}" for what in ("plain", "embspace")]
        rows.append(
            [kind, f"{one['pieces']:,}", *speeds, f"{one['share']:.2f}", str(budget), f"{one['difference']:.1e}"]
        )
        print(f"{kind}: {rows[-1][1:]}", flush=True)
    facts = found["machine"]
    print(f"\n{text.name}: {len(corpus):,} sentences, {sum(map(len, sentences)):,} words; {options.geometry}, random "
          f"weights, {found['threads']} threads, medians of {options.rounds} rounds; {facts['cpu']}, "
          f"torch {facts['torch']}, transformers {facts['transformers']}\n")  # fmt: skip
    header = [
        "",
        "pieces",
        "plain pass, words/s",
        "embspace, words/s",
        "of the plain pass",
        "fastest budget",
        "difference",
    ]
    print(markdown(header, rows))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
