"""How fast words become stored vectors, beside the plain forward pass and beside what people use.

    python benchmarks/extraction.py [CHECKPOINT] [SENTENCES PER TYPE]
    python benchmarks/extraction.py --peers DIR [--only MODEL ...] [--systems NAME ...] [--rounds 3] [--core 1]

Alone it measures embspace and the plain pass in this process, on sentences of SyntheticNER or `--text FOLDER`. With
`--peers` it measures the libraries, models and sentences that `benchmarks/peers/setup.sh DIR` made, each system in a
process of its own on one core, in turn; what they give is compared with the model run sentence by sentence. Memory
mapped from the weights' file counts in the peaks. The plain pass is `plain_pass.py`: the model alone on ready tensors.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer

from embspace.corpora.records import Corpus
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.encoders.loading import load_encoder
from embspace.spaces.extraction import extract
from embspace.workspace import Workspace
from machine import PRODUCTS, gflops, linear_weights, markdown, processor, useful_flop
from peers.report import block
from peers.rounds import SYSTEMS, measure, summarize
from plain_pass import fastest_budget, run_plain_pass
from sentences import add_text_options, corpus_of, text_of


def seconds_of_extraction(encoder: HuggingFaceEncoder, corpus: Corpus, **options: Any) -> tuple[float, float]:
    """From words to stored vectors of every layer in a new workspace; then the same call, which finds them."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            start = time.perf_counter()
            extract(encoder, corpus, targets="words", workspace=Workspace(Path(folder)), **options)
            times.append(time.perf_counter() - start)
    return times[0], times[1]


def beside_the_plain_pass(encoder: HuggingFaceEncoder, corpus: Corpus, rounds: int) -> dict[str, Any]:
    """Medians of embspace and the plain pass, in turn in this process, and the ratio of each round.

    What embspace reads in windows, being longer than the model's limit, the plain pass reads cut off.
    """
    pieces = encoder.tokenize(corpus)
    sequences = [one[: encoder.max_pieces] for one in np.split(pieces.ids, pieces.starts[1:])]
    pad = encoder.tokenizer.pad_token_id or 0
    batches, budgets = fastest_budget(encoder.model, sequences, pad)  # type: ignore[arg-type]
    assert corpus.fingerprint and seconds_of_extraction(encoder, corpus)  # warm: neither is timed
    plain, whole, again = [], [], []
    for _ in range(rounds):
        plain.append(run_plain_pass(encoder.model, batches))
        first, second = seconds_of_extraction(encoder, corpus)
        whole.append(first)
        again.append(second)
    flop = useful_flop(linear_weights(encoder.model), encoder.n_layers - 1, encoder.dim, pieces.lengths.tolist())
    return {
        "sentences": len(corpus),
        "words": sum(len(sentence.words) for sentence in corpus),
        "pieces": len(pieces.ids),
        "layers": encoder.n_layers,
        "gflop": flop / 1e9,
        "seconds_of_budgets": budgets,
        "plain": median(plain),
        "embspace": median(whole),
        "again": median(again),
        "share": median(a / b for a, b in zip(plain, whole, strict=True)),
    }


def alone(options: argparse.Namespace) -> dict[str, Any]:
    """Measure and print embspace beside the plain pass."""
    encoder = load_encoder(options.checkpoint, dtype=options.dtype)
    assert isinstance(encoder, HuggingFaceEncoder)
    per_type: int = options.per_type
    if options.text:
        text = text_of(options)
        corpus, name = corpus_of(text.spread(33 * per_type)), text.name
    else:
        corpus, name = synthetic_ner(per_type=per_type), "SyntheticNER"
    found = beside_the_plain_pass(encoder, corpus, options.rounds)
    products = {product: gflops(product) for product in PRODUCTS}
    best = max(value for product, value in products.items() if options.dtype in product)
    facts = processor()
    print(f"{options.checkpoint} on {encoder.model.device} in {options.dtype}, {torch.get_num_threads()} threads: "
          f"{found['layers']} layers")  # fmt: skip
    print(f"{name}: {found['sentences']:,} sentences, {found['words']:,} words, {found['pieces']:,} pieces; medians of "
          f"{options.rounds} rounds")  # fmt: skip
    print(f"{facts['cpu']}, flags {' '.join(facts['flags'])}; products of 2048 x 2048 x 2048, GFLOP/s: "  # type: ignore
          + ", ".join(f"{product} {value:.0f}" for product, value in products.items()))  # fmt: skip
    swept = ", ".join(f"{budget} {seconds:.2f}" for budget, seconds in found["seconds_of_budgets"].items())
    print(f"plain pass, seconds by budget of pieces, the fastest is used: {swept}")
    rows = [
        [name, f"{found['words'] / seconds:,.0f}", f"{found['pieces'] / seconds:,.0f}", f"{seconds:.2f}",
         f"{found['gflop'] / seconds:.0f} ({found['gflop'] / seconds / best:.0%})"]
        for name, seconds in (("plain forward pass", found["plain"]), ("words to stored vectors", found["embspace"]))
    ]  # fmt: skip
    rows.append(["the same call again", "", "", f"{found['again']:.3f}", ""])
    header = ["", "words/s", "pieces/s", "seconds", "useful GFLOP/s (of the best product)"]
    print("\n" + markdown(header, rows))
    print(f"\n{found['share']:.0%} of the plain pass (median of {options.rounds})")
    return found | {"checkpoint": options.checkpoint, "text": name, "machine": facts, "products": products}


def beside_peers(options: argparse.Namespace) -> dict[str, Any]:
    """Measure and print every system on every model of the folder."""
    work: Path = options.peers.resolve()
    source = json.loads((work / "source.json").read_text())
    systems = {name: SYSTEMS[name] for name in options.systems or SYSTEMS}
    out: dict[str, Any] = {"machine": processor(), "text": source["text"], "core": options.core, "models": {}}
    for model in options.only or source["models"]:
        sentences = json.loads((work / f"{model}.sentences.json").read_text(encoding="utf-8"))
        tokenizer = AutoTokenizer.from_pretrained(work / "models" / model)
        pieces = tokenizer(sentences, is_split_into_words=True)["input_ids"]
        lengths = [[len(words), len(ids)] for words, ids in zip(sentences, pieces, strict=True)]
        config = AutoConfig.from_pretrained(work / "models" / model)
        with torch.device("meta"):
            weights = linear_weights(AutoModel.from_config(config))
        layers, width = config.num_hidden_layers, config.hidden_size
        found = measure(model, work, systems, options.rounds, options.core, width >= 768,
                        lambda line: print(line, file=sys.stderr, flush=True))  # fmt: skip
        rows = summarize(found, lengths, lambda own, w=weights, n=layers, d=width: useful_flop(w, n, d, own))
        words, tokens = (sum(length[at] for length in lengths) for at in (0, 1))
        about = {"sentences": len(sentences), "words": words, "pieces": tokens, "rounds": options.rounds, **out}
        print("\n" + block(model, about, rows), flush=True)
        out["models"][model] = {"rows": rows, "measured": found, "words": words, "pieces": tokens}
        _write(out, options.out or work / "results.json")
    return out


def _write(found: dict[str, Any], file: Path | None) -> None:
    if file:
        file.write_text(json.dumps(found, indent=1), encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    """Print the tables; the same as JSON goes to `--out` (with `--peers`: DIR/results.json)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", nargs="?", default="mini")
    parser.add_argument("per_type", nargs="?", type=int, default=40)
    add_text_options(parser)
    parser.add_argument(
        "--dtype", default="float32", choices=["float32", "bfloat16"], help="what the model computes in"
    )
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--peers", type=Path, metavar="DIR")
    parser.add_argument("--only", nargs="+", metavar="MODEL")
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), metavar="NAME")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--out", type=Path, help="JSON")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (3 if options.peers else 5)
    if options.peers:
        beside_peers(options)
    else:
        _write(alone(options), options.out)


if __name__ == "__main__":
    main()
