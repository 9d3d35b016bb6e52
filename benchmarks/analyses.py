"""Time and memory of the analyses of one layer, how they grow, and ratios against scikit-learn or all pairs.

    python benchmarks/analyses.py [--words 100000] [--width 768] [--pairs 1000000] [--threads 2] [--only NAME ...]

Made-up vectors in float16 on disk under `--scratch`, ten languages of parallel entities; every measurement is a process
of its own with `--threads` threads. Seconds are the median of `--repeats` calls after one that warms up, reading the
layer apart; memory is the kernel's high-water mark (VmHWM) of the first call above what the process held before, so the
layer itself (float32) is in it. Growth is the exponent b of time ~ n^b from a quarter of the size to all of it. Peers
compute the same number over `--peer-words` words (each pair formed); the ratio is their time over ours at that size, in
one process, and both values are checked to be equal to 1e-6.
"""

from __future__ import annotations

import argparse
import json
import math
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

from made_up import IN_SENTENCE, LANGUAGES, Layer, Turned, write_vectors
from resident import forget_peak, memory_mib

EXACT = 1e-6
NAMES = ("mean cosine", "similarity", "grouping", "relatedness", "isotropy with its interval")
NAMES += ("whitening", "change", "CKA", "neighbor overlap", "probe", "isotropy, all measures and intervals")


def calls(space: Any, pairs: int) -> dict[str, Callable[[], Callable[[], Any]]]:
    """Name of an analysis -> what makes it ready and gives the call that is timed."""
    from embspace.analyses.change import change
    from embspace.analyses.cka import cka
    from embspace.analyses.grouping import grouping
    from embspace.analyses.isotropy import isotropy
    from embspace.analyses.neighbor_overlap import neighbor_overlap
    from embspace.analyses.probes import probe
    from embspace.analyses.relatedness import relatedness
    from embspace.analyses.similarity import similarity
    from embspace.analyses.transformation import transform

    def related() -> Callable[[], Any]:
        links = space.in_sentences(pairs)
        return lambda: relatedness(space, links, layer=0, metric="l2", bootstrap=0)

    def whitened() -> Callable[[], Any]:
        return lambda: transform(space, "whiten").layer(0)

    turned: Any = Turned(space)
    return {
        "mean cosine": lambda: lambda: isotropy(space, 0, bootstrap=0),
        "similarity": lambda: lambda: similarity(space, 0),
        "grouping": lambda: lambda: grouping(space, layer=0),
        "relatedness": related,
        "isotropy with its interval": lambda: lambda: isotropy(space, 0),
        "isotropy, all measures and intervals": lambda: lambda: isotropy(space, 0, measures="all"),
        "probe": lambda: lambda: probe(space, 0),
        "whitening": whitened,
        "change": lambda: lambda: change(space, turned, layer=0),
        "CKA": lambda: lambda: cka(space, turned, layer=0),
        "neighbor overlap": lambda: lambda: neighbor_overlap(space, turned, layer=0),
    }


def seconds(call: Callable[[], Any], repeats: int) -> float:
    """The median of several calls."""
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def one(name: str, path: Path, words: int, pairs: int, repeats: int) -> dict[str, float]:
    """Seconds and MiB of one analysis, in this process."""
    space = Layer(path, words)
    call = calls(space, pairs)[name]()
    reading = seconds(lambda: space.layer(0), repeats)
    before = memory_mib("VmRSS")
    forget_peak()
    found = call()
    peak = memory_mib("VmHWM") - before
    facts = {"words": words, "peak": peak, "layer": words * space.dim * 4 / 2**20, "read": reading}
    if name == "relatedness":
        first = found.iloc[0]
        facts |= {"related": float(first["n_related"]), "unrelated": float(first["n_unrelated"])}
    return facts | {"seconds": seconds(call, repeats)}


def peers(space: Any, pairs: int, repeats: int) -> list[dict[str, Any]]:
    """Ours beside the peer that forms every pair, over the same words, in this process."""
    from sklearn.metrics import roc_auc_score, silhouette_score
    from sklearn.metrics.pairwise import cosine_similarity, paired_cosine_distances, paired_euclidean_distances

    from embspace.analyses.grouping import grouping
    from embspace.analyses.pairs import related_pairs, unrelated_pairs

    vectors = space.layer(0).astype(np.float64)
    words = space.words
    language = words["language"].to_numpy()

    def pairwise(code: str) -> float:
        found = cosine_similarity(vectors[language == code])
        n = len(found)
        return float((found.sum() - n) / (n * (n - 1)))

    def parallel() -> float:
        merged = words.assign(row=np.arange(len(words))).merge(
            words.assign(row=np.arange(len(words))), on="parallel", suffixes=("_a", "_b")
        )
        cosines = 1 - paired_cosine_distances(vectors[merged["row_a"]], vectors[merged["row_b"]])
        means = merged.assign(value=cosines).groupby(["language_a", "language_b"])["value"].mean()
        return float(means["be", "tr"])

    ready = calls(space, pairs)
    isotropic, similar = ready["mean cosine"](), ready["similarity"]()
    found = [
        ("mean cosine", "scikit-learn, cosine_similarity", isotropic, lambda: [pairwise(code) for code in LANGUAGES],
         lambda ours: float(ours["value"].iloc[0]), lambda theirs: theirs[0]),
        ("similarity", "scikit-learn, paired_cosine_distances", similar, parallel,
         lambda ours: float(ours.set_index(["language_a", "language_b"])["value"]["be", "tr"]), float),
        ("grouping", "scikit-learn, silhouette_score alone, by language and by type", lambda: grouping(space, layer=0),
         lambda: [silhouette_score(vectors, words[by].to_numpy(), metric="cosine") for by in ("language", "type")],
         lambda ours: float(ours.query("measure == 'silhouette' and factor == 'language'")["value"].iloc[0]),
         lambda theirs: float(theirs[0])),
    ]  # fmt: skip
    rows = [_beside(*given, repeats=repeats) for given in found]
    links = space.in_sentences(pairs)
    ours = calls(space, pairs)["relatedness"]()
    related = related_pairs(space, links, None, 0)
    drawn = unrelated_pairs(space, related, None, 0)

    def distances() -> float:
        near, far = (paired_euclidean_distances(vectors[some.one], vectors[some.other]) for some in (related, drawn))
        return float(roc_auc_score([0] * len(near) + [1] * len(far), np.concatenate([near, far])))

    peer = "scikit-learn, paired_euclidean_distances, roc_auc_score (pairs given)"
    rows.append(
        _beside("relatedness", peer, ours, distances, lambda frame: float(frame["auc"].iloc[0]), float, repeats=repeats)
    )
    return rows


def _beside(
    name: str,
    peer: str,
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    value: Callable[[Any], float],
    same: Callable[[Any], float],
    *,
    repeats: int,
) -> dict[str, Any]:
    mine, other = value(ours()), same(theirs())
    if not math.isclose(mine, other, abs_tol=EXACT):
        raise AssertionError(f"{name}: {mine} is not what {peer} gives, {other}.")
    times = seconds(ours, repeats), seconds(theirs, repeats)
    return {"name": name, "peer": peer, "seconds": times[0], "peer_seconds": times[1], "apart": abs(mine - other)}


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Everything, each in a process of its own."""
    path = folder / "vectors.npy"
    write_vectors(path, options.words, options.width)
    found: dict[str, Any] = {"words": options.words, "width": options.width, "threads": options.threads}
    found["sizes"] = {}
    for name in options.only or NAMES:
        # Relatedness grows with the pairs, everything else with the words.
        sizes = [(options.words // part, options.pairs // part) for part in (4, 2, 1)]
        if name == "relatedness":
            sizes = [(options.words, pairs) for _, pairs in sizes]
        found["sizes"][name] = [
            _process(options, "one", name, path, words, pairs) | {"pairs": pairs} for words, pairs in sizes
        ]
        print(name, found["sizes"][name][-1], file=sys.stderr, flush=True)
    found["peer_words"] = options.peer_words
    found["peers"] = (
        _process(options, "peers", path, options.peer_words, options.peer_words * 10) if not options.only else []
    )
    return found


def _process(options: argparse.Namespace, *step: object) -> Any:
    threads = {key: str(options.threads) for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    command = [sys.executable, __file__, "--repeats", str(options.repeats), "--step", *map(str, step)]
    done = subprocess.run(command, env=os.environ | threads, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, step))} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def growth(sizes: list[dict[str, float]], of: str) -> float:
    """The exponent of time over the first and the last size, reading left out."""
    first, last = sizes[0], sizes[-1]
    spent = [max(one["seconds"] - one["read"], 1e-6) for one in (first, last)]
    return math.log(spent[1] / spent[0]) / math.log(last[of] / first[of])


def report(found: dict[str, Any]) -> str:
    """The tables."""
    from machine import markdown, processor

    facts = processor()
    rows, beside = [], []
    for name, sizes in found["sizes"].items():
        last, of = sizes[-1], "pairs" if name == "relatedness" else "words"
        what = name
        if name == "relatedness":
            what = f"relatedness of {last['related']:,.0f} related and {last['unrelated']:,.0f} unrelated pairs"
        rows.append(
            [what, f"{last['seconds']:.2f}", f"{last['seconds'] - last['read']:.2f}", f"{last['peak']:,.0f}",
             f"{last['peak'] - last['layer']:,.0f}", f"{growth(sizes, of):.2f}"]
        )  # fmt: skip
    for row in found["peers"]:
        ratio = row["peer_seconds"] / row["seconds"]
        spent = f"{row['peer_seconds']:.2f}", f"{row['seconds']:.2f}"
        beside.append([f"{row['name']}: {row['peer']}", *spent, f"{ratio:.1f}"])
    header = ["one layer", "s", "s without reading", "peak MiB", "above the layer", "growth"]
    first = f"{found['words']:,} x {found['width']}, {found['threads']} threads; {facts['cpu']}, {facts['cores']} cores"
    second = f"{found['peer_words']:,} words, every pair formed; values equal to {EXACT:g}"
    tables = markdown(header, rows), markdown(["peer", "s", "embspace s", "ratio"], beside)
    return f"{first}\n\n{tables[0]}" + (f"\n\n{second}\n\n{tables[1]}" if beside else "")


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--peer-words", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=NAMES, help="these, and no peers")
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        what, *given = options.step
        if what == "one":
            name, path, words, pairs = given
            print(json.dumps(one(name, Path(path), int(words), int(pairs), options.repeats)))
        else:
            path, words, pairs = given
            print(json.dumps(peers(Layer(Path(path), int(words)), int(pairs), options.repeats)))
        return
    if options.words < max(4 * IN_SENTENCE * len(LANGUAGES), options.peer_words):
        parser.error("--words is at least 800, and at least --peer-words")
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="embspace-analyses-") as folder:
        found = measure(options, Path(folder))
    print(report(found))


if __name__ == "__main__":
    main()
