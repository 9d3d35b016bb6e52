"""A space of a million words: seconds to open it, and what a layer costs in time and in bytes read from the disk.

    python benchmarks/opening.py [--words 1000000] [--shards 52] [--layers 13] [--dim 192] [--root FOLDER]

The space is written once with random vectors. Every figure is of a process of its own, with the files of the space
out of the page cache (`POSIX_FADV_DONTNEED`), and with them in it. `mincore` says which pages a layer brought in.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import mmap
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.sentences import sentence_table
from embspace.spaces import shards as shards_of
from embspace.spaces import store
from embspace.spaces.manifest import Plan
from embspace.spaces.space import open_space
from embspace.storage import fingerprint

_PAGE = mmap.PAGESIZE


def write(folder: Path, words: int, shards: int, layers: int, dim: int) -> None:
    """A space of random vectors, a sentence of twenty words after the other."""
    rng = np.random.default_rng(0)
    corpus = Corpus("a million words", [Sentence(("word",) * 20, "en")] * (words // 20))
    rows = np.diff(np.linspace(0, words // 20, shards + 1).astype(int))
    stops = np.cumsum(rows)
    key = fingerprint([words, shards, layers, dim])
    plans = [Plan(int(stop - count), int(stop), 20 * int(count), key) for stop, count in zip(stops, rows, strict=True)]
    recipe = {"checkpoint": "random", "corpus": corpus.name, "corpus_fingerprint": corpus.fingerprint}
    head = {"fingerprint": key, "recipe": recipe, "n_words": sum(plan.rows for plan in plans), "dim": dim}
    head |= {"layers": list(range(layers)), "model_layers": layers}
    store.write_space(folder, head, sentence_table(corpus), plans)
    for index, plan in enumerate(plans):
        number = np.repeat(np.arange(plan.first, plan.stop), 20)
        at = np.tile(np.arange(20), plan.stop - plan.first)
        texts = {"text": ["word"] * plan.rows, "language": ["en"] * plan.rows, "pieces": ["wo rd"] * plan.rows}
        numbers = {"sentence": number, "start": 5 * at, "stop": 5 * at + 4, "position": at, "n_pieces": at * 0 + 2}
        empty = {name: [None] * plan.rows for name in ("tag", "entity", "type", "parallel")}
        table = pa.table(texts | numbers | empty | {"found": [True] * plan.rows}, schema=shards_of.WORDS)
        vectors = rng.standard_normal((layers, plan.rows, dim), np.float32)
        shards_of.write_shard(folder, index, plan, table, vectors, "float16", 0)


def forget(folder: Path) -> None:
    """Put the files of a space out of the page cache."""
    for path in folder.iterdir():
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def resident(folder: Path) -> int:
    """Bytes of the files of vectors that are in the page cache."""
    libc, found = ctypes.CDLL(None, use_errno=True), 0
    for path in folder.glob("vectors-*.npy"):
        with open(path, "rb") as stream:
            view = np.frombuffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
            pages = np.zeros(-(-len(view) // _PAGE), np.uint8)
            place, size = ctypes.c_void_p(view.ctypes.data), ctypes.c_size_t(len(view))
            if libc.mincore(place, size, ctypes.c_void_p(pages.ctypes.data)):
                raise OSError(ctypes.get_errno(), "mincore")
            found += int((pages & 1).sum()) * _PAGE
    return found


def measure(folder: Path) -> dict[str, float]:
    """Open the space and read a layer, in this process."""
    before = _read_bytes()
    start = time.perf_counter()
    space = open_space(folder)
    opened, opening = time.perf_counter() - start, _read_bytes() - before
    cached = resident(folder)
    start = time.perf_counter()
    vectors = space.layer(-1)
    return {
        "open, s": opened,
        "open, MB read": opening / 1e6,
        "vectors cached after opening, MB": cached / 1e6,
        "first layer, s": time.perf_counter() - start,
        "vectors cached after one layer, MB": resident(folder) / 1e6,
        "one layer, MB": vectors.size * space.stored_dtype.itemsize / 1e6,
        "all layers, MB": vectors.size * space.stored_dtype.itemsize * len(space.layers) / 1e6,
        "the layer again, s": _timed(lambda: space.layer(-1)),
        "words, s": _timed(lambda: space.words),
    }


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _read_bytes() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("read_bytes")).split()[1])


def main() -> None:
    """Write the space, measure in fresh processes, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("words", 1_000_000), ("shards", 52), ("layers", 13), ("dim", 192), ("repeats", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--root", type=Path, help="where the space is written; a temporary folder without it")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure)))
        return
    with tempfile.TemporaryDirectory(dir=asked.root) as root:
        folder = Path(root) / "space"
        write(folder, asked.words, asked.shards, asked.layers, asked.dim)
        print(f"{asked.words:,} words, {asked.shards} shards, {asked.layers} layers of {asked.dim}")
        for state in ("not cached", "cached"):
            found = []
            for _ in range(asked.repeats):
                if state == "not cached":
                    forget(folder)
                command = [sys.executable, __file__, "--measure", str(folder)]
                found.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
            for name in found[0]:
                if state == "not cached" or "cached" not in name:
                    values = sorted(one[name] for one in found)
                    middle, ends = values[len(values) // 2], f"({values[0]:.3f} .. {values[-1]:.3f})"
                    print(f"{state:<11} {name:<36} {middle:10.3f}  {ends}")


if __name__ == "__main__":
    main()
