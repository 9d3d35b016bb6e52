"""Memory of a large extraction above the model's own, and of reading one layer of what it stored.

    python benchmarks/memory.py [--words 1000000] [--geometry 12x256] [--scratch /tmp] [--workers 1]

A model of XLM-R's kind with random weights (heads 64 wide, inner width four times the width), sentences of SyntheticNER
or `--text FOLDER`, all words, all layers, float16 on disk (1,000,000 words of 12 x 256: 6.7 GB under `--scratch`,
removed in the end). Peaks are the kernel's own high-water mark (VmHWM) of a process that does nothing else, set back
before each step. "The model's own" is what the process holds after importing and loading it; the corpus (its words as
Python strings) is told apart.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from resident import forget_peak, mapped_mib, memory_mib
from sentences import add_text_options, corpus_of, text_of

_MIB = 2**20


class Lines:
    """Progress as lines on standard error, one for each twentieth of a stage."""

    def __init__(self) -> None:
        self._name, self._total, self._done, self._told, self._start = "", 0, 0, 0, 0.0

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Open a stage."""
        self._name, self._total, self._done, self._told, self._start = name, total or 0, 0, 0, time.perf_counter()

    def advance(self, count: int = 1, note: str = "") -> None:
        """Count."""
        self._done += count
        if self._total and self._done * 20 // self._total > self._told:
            self._told = self._done * 20 // self._total
            spent = time.perf_counter() - self._start
            left = spent / self._done * (self._total - self._done)
            print(f"  {self._name}: {self._done:,} of {self._total:,}, {self._done / spent:,.0f}/s, {left:.0f} s left, "
                  f"peak {memory_mib('VmHWM'):,.0f} MiB", file=sys.stderr, flush=True)  # fmt: skip


def extracting(model: str, sentences: Path, workspace: Path, workers: int) -> dict[str, float]:
    """Extract in this process; MiB at each step."""
    from embspace.encoders.loading import load_encoder
    from embspace.spaces.extraction import extract
    from embspace.workspace import Workspace

    encoder = load_encoder(model, device="cpu")
    found = {"model": memory_mib("VmRSS")}
    corpus = corpus_of([tuple(words) for words in json.loads(sentences.read_text(encoding="utf-8"))])
    found["corpus"] = memory_mib("VmRSS") - found["model"]
    forget_peak()
    start = time.perf_counter()
    several: dict[str, Any] = {"workers": workers} if workers > 1 else {}
    source = model if workers > 1 else encoder
    space = extract(source, corpus, targets="words", workspace=Workspace(workspace), progress=Lines(), **several)
    found |= {"seconds": time.perf_counter() - start, "peak": memory_mib("VmHWM"), "words": space.n_words}
    return found


def reading(folder: Path) -> dict[str, float]:
    """Open a space and read one layer in this process; MiB at each step."""
    from embspace.spaces.space import open_space

    before = memory_mib("VmRSS")
    forget_peak()
    start = time.perf_counter()
    space = open_space(folder)
    opened, seconds_open = memory_mib("VmHWM") - before, time.perf_counter() - start
    forget_peak()
    resting, start = memory_mib("VmRSS"), time.perf_counter()
    layer = space.layer(space.n_layers // 2)
    seconds = time.perf_counter() - start
    mapped, touched = mapped_mib(folder, "vectors-")
    return {
        "open": opened,
        "seconds_open": seconds_open,
        "seconds_layer": seconds,
        "peak": memory_mib("VmHWM") - resting,
        "array": layer.nbytes / _MIB,
        "stored": sum(path.stat().st_size for path in folder.glob("vectors-*")) / _MIB,
        "layers": space.n_layers,
        "mapped": mapped,
        "touched": touched,
    }


def in_a_process(*arguments: object) -> dict[str, float]:
    """What this script prints with `--step`, run in a process of its own."""
    command = [sys.executable, __file__, "--step", *map(str, arguments)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()[-1])


def measure(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """A part of a long run first, to tell how long it takes; then all of it, and reading."""
    from machine import processor
    from random_models import KINDS, geometry_of, random_model, save, train_tokenizer

    text, geometry = text_of(options), geometry_of(f"xlmr-{options.geometry}")[1]
    every = [words for found in text.by_language.values() for words in found]
    tokenizer = train_tokenizer(KINDS["xlmr"][1], every, options.vocabulary)
    model = save(scratch / "model", random_model("xlmr", geometry, tokenizer), tokenizer)
    needed = options.words * (geometry.layers + 1) * geometry.width * 2
    if shutil.disk_usage(scratch).free < 1.3 * needed:
        raise SystemExit(f"{scratch} has no room for {needed / 1e9:.1f} GB; choose another --scratch or fewer --words.")
    found: dict[str, Any] = {
        "text": text.name,
        "machine": processor(),
        "geometry": options.geometry,
        "gb": needed / 1e9,
    }
    steps = [("trial", 20_000)] if options.words >= 100_000 else []
    for name, words in [*steps, ("extracting", options.words)]:
        file = scratch / "sentences.json"
        file.write_text(json.dumps(text.words(words), ensure_ascii=False), encoding="utf-8")
        found[name] = in_a_process("extracting", model, file, scratch / name, options.workers)
        if name == "trial":
            seconds = found[name]["seconds"] / words * options.words
            print(f"about {seconds:.0f} s for {options.words:,} words", file=sys.stderr, flush=True)
    [space] = (scratch / "extracting" / "spaces").iterdir()
    return found | {"reading": in_a_process("reading", space)}


def report(found: dict[str, Any]) -> str:
    """The table."""
    from machine import markdown

    one, read, trial = found["extracting"], found["reading"], found.get("trial")
    above = one["peak"] - one["model"]
    rows = [
        ["the process after importing and loading the model", f"{one['model']:,.0f}"],
        ["the corpus, as words in Python", f"{one['corpus']:,.0f}"],
        ["**extraction's peak above the model's own**, the corpus in it", f"**{above:,.0f}**"],
        ["extraction's peak above model and corpus", f"{above - one['corpus']:,.0f}"],
        ["vectors on disk", f"{read['stored']:,.0f}"],
        ["opening the space, above importing", f"{read['open']:,.0f}"],
        ["vectors' files mapped after reading one layer", f"{read['mapped']:,.0f}"],
        ["of these touched", f"{read['touched']:,.0f}"],
        ["one layer as stored", f"{read['stored'] / read['layers']:,.0f}"],
        ["one layer as the float32 array that `layer` gives", f"{read['array']:,.0f}"],
        ["peak of reading it, the array in it", f"{read['peak']:,.0f}"],
    ]  # fmt: skip
    if trial:
        few = trial["peak"] - trial["model"] - trial["corpus"]
        rows.insert(4, [f"the same with {trial['words']:,.0f} words", f"{few:,.0f}"])
    facts = found["machine"]
    return (
        f"{one['words']:,.0f} words of {found['text']}, {found['geometry']} with random weights, all layers, "
        f"{found['gb']:.1f} GB of float16; {one['seconds']:.0f} s, {one['words'] / one['seconds']:,.0f} words/s; "
        f"opening took {read['seconds_open']:.2f} s, a layer {read['seconds_layer']:.2f} s; {facts['cpu']}, "
        f"torch {facts['torch']}"
        "\n\n" + markdown(["MiB", ""], rows)
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=1_000_000)
    parser.add_argument("--geometry", default="12x256", metavar="LAYERSxWIDTH")
    parser.add_argument("--vocabulary", type=int, default=30_000)
    parser.add_argument("--workers", type=int, default=1, help="more than one: the peak is that of the first process")
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--out", type=Path, help="JSON")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    add_text_options(parser)
    options = parser.parse_args(arguments)
    if options.step:
        what, *given = options.step
        if what == "reading":
            print(json.dumps(reading(Path(given[0]))))
        else:
            print(json.dumps(extracting(given[0], Path(given[1]), Path(given[2]), int(given[3]))))
        return
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="embspace-memory-") as folder:
        found = measure(options, Path(folder))
    print(report(found))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
