"""Words per second of extraction by one and by more worker processes, on all cores and pinned to one.

    python benchmarks/workers.py [CHECKPOINT] [--model KIND-LAYERSxWIDTH] [--words 30000] [--workers 1 2] [--rounds 3]

The checkpoint is given by name, so each call loads it, as a user's would: loading is in the seconds. With a core per
worker two workers should come to twice the speed of one pinned to one core; one worker on all cores uses threads.
Settings take turns; ratios are of a round.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from machine import markdown, processor
from random_models import KINDS, geometry_of, random_model, save, train_tokenizer
from resident import memory_mib
from sentences import add_text_options, corpus_of, text_of


def one_call(options: argparse.Namespace, sentences: list[tuple[str, ...]]) -> dict[str, float]:
    """Seconds and peak memory of one extraction in this process, imports and the corpus not counted."""
    import embspace.encoders.loading  # noqa: F401
    from embspace.spaces.extraction import extract
    from embspace.workspace import Workspace

    corpus = corpus_of(sentences)
    workers = {"workers": options.number} if options.number > 1 else {}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        workspace = Workspace(Path(folder))
        extract(options.checkpoint, corpus, targets="words", device="cpu", workspace=workspace, **workers)
        return {"seconds": time.perf_counter() - start, "mib_peak": memory_mib("VmHWM")}


def in_a_process(checkpoint: str, number: int, cores: set[int], file: Path) -> dict[str, float]:
    """`one_call` in a new process that may use `cores`."""
    command = [sys.executable, __file__, checkpoint, "--number", str(number), "--sentences-file", str(file)]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    return json.loads(done.stdout.splitlines()[-1])


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", nargs="?", default="mini")
    parser.add_argument("--model", help="a random model in place of the checkpoint, as xlmr-12x768")
    parser.add_argument("--words", type=int, default=30_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--cores", choices=["all", "one", "both"], default="both", help="that the processes may use")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="JSON")
    parser.add_argument("--number", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--sentences-file", type=Path, help=argparse.SUPPRESS)
    add_text_options(parser)
    options = parser.parse_args(arguments)
    if options.number:
        sentences = [tuple(words) for words in json.loads(options.sentences_file.read_text(encoding="utf-8"))]
        print(json.dumps(one_call(options, sentences)))
        return
    text = text_of(options)
    sentences = text.words(options.words)
    cores = os.sched_getaffinity(0)
    given = {"all": [cores], "one": [{max(cores)}], "both": [cores, {max(cores)}]}[options.cores]
    settings = [(number, chosen) for number in options.workers for chosen in given]
    runs: dict[tuple[int, int], list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sentences.json"
        file.write_text(json.dumps(sentences, ensure_ascii=False), encoding="utf-8")
        checkpoint = options.checkpoint
        if options.model:
            kind, geometry = geometry_of(options.model)
            every = [words for found in text.by_language.values() for words in found]
            tokenizer = train_tokenizer(KINDS[kind][1], every)
            checkpoint = str(save(Path(folder) / options.model, random_model(kind, geometry, tokenizer), tokenizer))
        for number in range(options.rounds):
            for workers, chosen in settings:
                one = in_a_process(checkpoint, workers, chosen, file)
                runs.setdefault((workers, len(chosen)), []).append(one)
                print(f"round {number + 1}, {workers} workers, {len(chosen)} cores: {one}", file=sys.stderr, flush=True)
    words, facts = sum(map(len, sentences)), processor()
    rows, first = [], next(iter(runs.values()))
    for (workers, number), found in runs.items():
        seconds = median(one["seconds"] for one in found)
        ratio = median(a["seconds"] / b["seconds"] for a, b in zip(first, found, strict=True))
        peak = max(one["mib_peak"] for one in found)
        rows.append([f"{workers} on {number} cores", f"{words / seconds:,.0f}", f"{seconds:.1f}", f"{ratio:.2f}",
                     f"{peak:,.0f}"])  # fmt: skip
    print(f"{options.model or options.checkpoint}; {text.name}: {len(sentences):,} sentences, {words:,} words; "
          f"medians of {options.rounds} rounds; {facts['cpu']}, torch {facts['torch']}\n")  # fmt: skip
    print(markdown(["workers", "words/s", "seconds", "times the first", "peak MB of the first process"], rows))
    if options.out:
        told: list[Any] = [{"workers": key[0], "cores": key[1], "runs": found} for key, found in runs.items()]
        options.out.write_text(json.dumps({"machine": facts, "words": words, "runs": told}, indent=1))


if __name__ == "__main__":
    main()
