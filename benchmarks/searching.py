"""The nearest words of another language among 20,000: seconds and memory beside faiss and scikit-learn by brute force.

    python benchmarks/searching.py [--words 20000] [--width 768] [--k 10] [--threads 2] [--repeats 3]

Two languages of as many made-up words; every row is a process of its own with `--threads` threads. Seconds are the
median of `--repeats` calls after one that warms up; memory is the kernel's high-water mark (VmHWM) of the first call
above what the process held before, its vectors in float32. `nearest_rows` finds candidates in float32 and ranks them in
float64; scikit-learn is asked in float64, which is what it must agree with, and in float32; faiss knows float32 alone.
`other` counts the queries whose k neighbors are not those of scikit-learn in float64, as sets; values of embspace are
checked to be scikit-learn's to 1e-9.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from made_up import write_vectors
from resident import forget_peak, memory_mib

CSLS = 10
EXACT = 1e-9
SYSTEMS = ("scikit-learn, float64", "scikit-learn, float32", "faiss, float32", "embspace")
METRICS = ("cosine", "l2", "csls")
Found = tuple[np.ndarray, np.ndarray]


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def embspace(queries: np.ndarray, rows: np.ndarray, k: int, metric: str) -> Found:
    """`nearest_rows`."""
    from embspace.analyses.search import nearest_rows

    return nearest_rows(queries, rows, k, metric)  # pyright: ignore[reportArgumentType]


def scikit(queries: np.ndarray, rows: np.ndarray, k: int, metric: str) -> Found:
    """`NearestNeighbors(algorithm="brute")`; CSLS, which it has not, from the whole product."""
    from sklearn.metrics.pairwise import cosine_similarity
    from sklearn.neighbors import NearestNeighbors

    if metric == "csls":
        scores = cosine_similarity(queries, rows)
        near = [np.partition(side, -CSLS, axis=1)[:, -CSLS:].mean(axis=1) for side in (scores, scores.T)]
        scores *= 2
        scores -= near[0][:, None]
        scores -= near[1][None, :]
        indices = np.argpartition(scores, -k, axis=1)[:, -k:]
        values = np.take_along_axis(scores, indices, axis=1)
        order = np.argsort(-values, axis=1)
        return np.take_along_axis(indices, order, axis=1), np.take_along_axis(values, order, axis=1)
    given = {"cosine": "cosine", "l2": "euclidean"}[metric]
    values, indices = NearestNeighbors(n_neighbors=k, metric=given, algorithm="brute").fit(rows).kneighbors(queries)
    return indices, 1 - values if metric == "cosine" else values


def faiss(queries: np.ndarray, rows: np.ndarray, k: int, metric: str) -> Found:
    """`faiss.knn`; CSLS by two searches for the means and a third with them in one more dimension."""
    import faiss as library

    product = library.METRIC_INNER_PRODUCT
    if metric == "l2":
        values, indices = library.knn(queries, rows, k, metric=library.METRIC_L2)
        return indices, np.sqrt(values)
    asked, held = unit(queries), unit(rows)
    if metric == "cosine":
        values, indices = library.knn(asked, held, k, metric=product)
        return indices, values
    own = library.knn(asked, held, CSLS, metric=product)[0].mean(axis=1)
    spread = library.knn(held, asked, CSLS, metric=product)[0].mean(axis=1)
    one = np.ones((len(asked), 1), np.float32)
    values, indices = library.knn(np.hstack([2 * asked, one]), np.hstack([held, -spread[:, None]]), k, metric=product)
    return indices, values - own[:, None]


def one(system: str, metric: str, path: Path, out: Path, k: int, repeats: int) -> dict[str, float]:
    """Seconds and MiB of one search, in this process; what it found goes to `out`."""
    vectors = np.load(path).astype(np.float32)
    kind = np.float64 if system.endswith("float64") else np.float32
    queries, rows = (np.ascontiguousarray(side, dtype=kind) for side in (vectors[0::2], vectors[1::2]))
    del vectors
    call: Callable[..., Found] = {"embspace": embspace, "faiss": faiss}.get(system.partition(",")[0], scikit)
    call(queries[:200], rows[:200], k, metric)  # imports
    before = memory_mib("VmRSS")
    forget_peak()
    indices, values = call(queries, rows, k, metric)
    peak = memory_mib("VmHWM") - before
    np.savez(out, indices=indices, values=values)
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        call(queries, rows, k, metric)
        spent.append(time.perf_counter() - start)
    return {"seconds": statistics.median(spent), "peak": peak}


def measure(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Every metric by every system, each in a process of its own."""
    path = folder / "vectors.npy"
    write_vectors(path, 2 * options.words, options.width)
    found = []
    for metric in METRICS:
        for system in SYSTEMS:
            out = folder / f"{metric}-{system}.npz"
            row = {"metric": metric, "system": system} | _process(options, system, metric, path, out)
            wanted, given = (np.load(folder / f"{metric}-{one}.npz") for one in (SYSTEMS[0], system))
            same = np.sort(wanted["indices"], axis=1) == np.sort(given["indices"], axis=1)
            row["other"] = int((~same.all(axis=1)).sum())
            row["apart"] = float(np.abs(wanted["values"] - given["values"]).max())
            if system == "embspace" and (row["apart"] > EXACT or row["other"]):
                raise AssertionError(f"{metric}: {row['other']} queries differ, values by {row['apart']}.")
            print(row, file=sys.stderr, flush=True)
            found.append(row)
    return found


def _process(options: argparse.Namespace, *step: object) -> dict[str, float]:
    threads = {key: str(options.threads) for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    numbers = ["--k", str(options.k), "--repeats", str(options.repeats)]
    command = [sys.executable, __file__, *numbers, "--step", *map(str, step)]
    done = subprocess.run(command, env=os.environ | threads, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, step))} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def report(found: list[dict[str, Any]], options: argparse.Namespace) -> str:
    """The table."""
    from machine import markdown, processor

    facts, rows = processor(), []
    for row in found:
        ours = next(one for one in found if one["metric"] == row["metric"] and one["system"] == "embspace")
        rows.append(
            [f"{row['metric']}: {row['system']}", f"{row['seconds']:.2f}", f"{row['seconds'] / ours['seconds']:.2f}",
             f"{row['peak']:,.0f}", f"{row['other']:,}", f"{row['apart']:.0e}"]
        )  # fmt: skip
    head = f"{options.words:,} queries among {options.words:,} words x {options.width}, k = {options.k}"
    machine = f"{options.threads} threads; {facts['cpu']}, {facts['cores']} cores"
    columns = ["search", "s", "of embspace's", "MiB", "other neighbors", "values apart"]
    return f"{head}, {machine}\n\n{markdown(columns, rows)}"


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=20_000)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--step", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        system, metric, path, out = options.step
        print(json.dumps(one(system, metric, Path(path), Path(out), options.k, options.repeats)))
        return
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="embspace-searching-") as folder:
        print(report(measure(options, Path(folder)), options))


if __name__ == "__main__":
    main()
