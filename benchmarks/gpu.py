"""Extraction on a GPU: how near it comes to the model's own pass, and which limit binds.

    python benchmarks/gpu.py [--device cuda] [--geometry 12x768 24x1024] [--sentences 30000] [--words 100000]

XLM-R with random weights in bfloat16, `mini`'s tokenizer, SyntheticNER. Two tasks: entity words, all layers pooled on
the device (little to move); all words of all layers stored (float16; 24 layers 1,024 wide are 51 kB a word). Each is
measured beside the plain pass (`plain_pass.py`) over the same sentences, in turn, and beside what each stage would take
alone: the plain pass, the tokenizer, the copy from the device, the checksum, writing and syncing. The stage that takes
longest is the limit. Utilization is useful FLOP (linear layers and attention over real pieces) per second, of the
measured peak of a bfloat16 product. Needs up to 10 GB under `--scratch`, removed in the end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer

from embspace.corpora.records import Corpus
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.encoders.loading import load_encoder
from embspace.spaces.extraction import extract
from embspace.storage import crc32
from embspace.workspace import Workspace, data_folder
from machine import linear_weights, markdown, processor, useful_flop
from plain_pass import fastest_budget, run_plain_pass
from random_models import geometry_of, random_model, save
from sentences import corpus_of, shipped

_ROWS = 250_002
"""pieces of XLM-R's vocabulary"""


def wait(device: str) -> None:
    """Until the device has done what it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def seconds_of(device: str, work: Any, repeats: int = 5) -> float:
    """The least of some repeats after one more."""
    work()
    times = []
    for _ in range(repeats):
        wait(device)
        start = time.perf_counter()
        work()
        wait(device)
        times.append(time.perf_counter() - start)
    return min(times)


def peak_flops(device: str, size: int) -> float:
    """FLOP/s of a bfloat16 product of size x size x size."""
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    return 2 * size**3 / (seconds_of(device, lambda: left @ right, 20) or 1e-9)


def link_rate(device: str, mib: int) -> float:
    """Bytes/s from the device into pinned memory."""
    there = torch.zeros(mib * 2**20, dtype=torch.uint8, device=device)
    here = torch.empty(there.shape, dtype=torch.uint8, pin_memory=device.startswith("cuda"))
    return there.numel() / seconds_of(device, lambda: here.copy_(there, non_blocking=True))


def disk_rate(folder: Path, mib: int) -> float:
    """Bytes/s of writing and syncing a file."""
    data = np.random.default_rng(0).bytes(mib * 2**20)

    def write() -> None:
        with open(folder / "rate", "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    rate = len(data) / seconds_of("cpu", write, 3)
    (folder / "rate").unlink()
    return rate


def checksum_rate(mib: int) -> float:
    """Bytes/s of the store's checksum."""
    data = np.random.default_rng(0).bytes(mib * 2**20)
    return len(data) / seconds_of("cpu", lambda: crc32(data), 3)


def task(encoder: HuggingFaceEncoder, corpus: Corpus, targets: str, rates: dict[str, float], options: Any) -> dict:
    """Medians of one task beside the plain pass, and what its stages take alone."""
    device = str(encoder.model.device)
    start = time.perf_counter()
    pieces = encoder.tokenize(corpus)
    tokenizing = time.perf_counter() - start
    sequences: Any = np.split(pieces.ids, pieces.starts[1:])
    batches, budgets = fastest_budget(
        encoder.model, sequences, int(str(encoder.tokenizer.pad_token_id)), options.budgets
    )
    plain, whole, shape = [], [], (0, 0, 0)
    for number in range(options.rounds + 1):
        folder = Path(tempfile.mkdtemp(dir=options.scratch, prefix="embspace-gpu-"))
        passed = run_plain_pass(encoder.model, batches)
        wait(device)
        start = time.perf_counter()
        space = extract(encoder, corpus, targets=targets, workspace=Workspace(folder))
        spent = time.perf_counter() - start
        shape = space.n_layers, space.n_words, space.dim
        shutil.rmtree(folder)
        if number:  # the first warms
            plain.append(passed)
            whole.append(spent)
        print(f"  {targets}: plain {passed:.2f} s, embspace {spent:.2f} s", file=sys.stderr, flush=True)
    size = 2 * shape[0] * shape[1] * shape[2]
    stages = {
        "model (plain pass)": median(plain),
        "tokenizer": tokenizing,
        "device to host": size / rates["link"],
        "checksum": size / rates["checksum"],
        "disk (write and sync)": size / rates["disk"],
    }
    flop = useful_flop(linear_weights(encoder.model), shape[0] - 1, shape[2], pieces.lengths.tolist())
    seconds = median(whole)
    limit = max(stages, key=lambda one: stages[one])
    return {
        "targets": targets,
        "words_read": sum(len(sentence.words) for sentence in corpus),
        "pieces": len(pieces.ids),
        "vectors": shape[1],
        "bytes": size,
        "seconds": seconds,
        "plain": median(plain),
        "share": median(a / b for a, b in zip(plain, whole, strict=True)),
        "utilization": flop / seconds / rates["peak"],
        "plain_utilization": flop / median(plain) / rates["peak"],
        "stages": stages,
        "limit": limit,
        "of_limit": stages[limit] / seconds,
        "budgets": budgets,
    }


def geometry(name: str, rates: dict[str, float], options: Any) -> dict[str, Any]:
    """Both tasks of a geometry."""
    tokenizer = AutoTokenizer.from_pretrained(data_folder() / "models" / "mini")
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        model = random_model("xlmr", geometry_of(f"xlmr-{name}")[1], tokenizer, pieces=options.rows)
        save(Path(folder), model, tokenizer)
        del model
        encoder = load_encoder(Path(folder), device=options.device, dtype="bfloat16")
    assert isinstance(encoder, HuggingFaceEncoder)
    entities = synthetic_ner(per_type=max(1, options.sentences // 33), split="train")
    found = {
        "entities, all layers": task(encoder, entities, "entities", rates, options),
        "all words, all layers": task(encoder, corpus_of(shipped().words(options.words)), "words", rates, options),
    }
    del encoder
    if options.device.startswith("cuda"):
        torch.cuda.empty_cache()
    return found


def report(found: dict[str, Any]) -> str:
    """The tables."""
    rates, facts = found["rates"], found["machine"]
    rows, stages = [], []
    for name, tasks in found["geometries"].items():
        for kind, one in tasks.items():
            speeds = [one[what] / one["seconds"] for what in ("words_read", "pieces", "vectors")]
            share = f"{one['utilization']:.1%} ({one['plain_utilization']:.1%})"
            rate, limit = f"{one['bytes'] / one['seconds'] / 1e9:.2f}", f"{one['limit']} ({one['of_limit']:.0%})"
            cells = [*(f"{speed:,.0f}" for speed in speeds), f"{one['share']:.2f}", share, rate, limit]
            rows.append([f"{name}: {kind}", *cells])
            seconds = [f"{value:.2f}" for value in (*one["stages"].values(), one["seconds"])]
            stages.append([f"{name}: {kind}", *seconds])
    header = [
        "XLM-R, bfloat16",
        "words read/s",
        "pieces/s",
        "vectors/s",
        "of the plain pass",
        "utilization (its)",
    ]
    header += ["GB/s moved and stored", "limit (how near)"]
    names = next(iter(next(iter(found["geometries"].values())).values()))["stages"]
    return (
        f"{facts['device']}; {facts['cpu']}, {facts['cores']} cores; torch {facts['torch']}, transformers "
        f"{facts['transformers']}; bfloat16 product {rates['peak'] / 1e12:.1f} TFLOP/s, device to host "
        f"{rates['link'] / 1e9:.1f} GB/s, disk {rates['disk'] / 1e9:.2f} GB/s written and synced, checksum "
        f"{rates['checksum'] / 1e9:.1f} GB/s; random weights, medians of {found['rounds']} rounds\n\n"
        + markdown(header, rows)
        + "\n\nSeconds of each stage alone:\n\n"
        + markdown(["", *names, "the whole"], stages)
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--geometry", nargs="+", default=["12x768", "24x1024"], metavar="LAYERSxWIDTH")
    parser.add_argument("--sentences", type=int, default=30_000, help="of the entity words")
    parser.add_argument("--words", type=int, default=100_000, help="of all words stored")
    parser.add_argument("--rows", type=int, default=_ROWS, help="of the embedding")
    parser.add_argument("--budgets", type=int, nargs="+", default=[8192, 16384, 32768, 65536, 131072])
    parser.add_argument("--product", type=int, default=8192, help="size of the product that gives the peak")
    parser.add_argument("--mib", type=int, default=1024, help="of the trial copies and files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--out", type=Path, help="JSON")
    options = parser.parse_args(arguments)
    name = torch.cuda.get_device_name() if options.device.startswith("cuda") else "no GPU"
    rates = {
        "peak": peak_flops(options.device, options.product),
        "link": link_rate(options.device, options.mib),
        "disk": disk_rate(options.scratch, options.mib),
        "checksum": checksum_rate(min(options.mib, 256)),
    }
    found: dict[str, Any] = {"machine": processor() | {"device": name}, "rates": rates, "rounds": options.rounds}
    found["geometries"] = {}
    for one in options.geometry:
        print(f"{one}:", file=sys.stderr, flush=True)
        found["geometries"][one] = geometry(one, rates, options)
        if options.out:
            options.out.write_text(json.dumps(found, indent=1))
    print(report(found))


if __name__ == "__main__":
    main()
