"""One adapter with all its variants in one process on one core; commands in, answers out, a JSON line each.

    python worker.py ADAPTER.py MODEL_FOLDER SENTENCES.json LIMIT CORE

An adapter has `extract(model, sentences, variant)` -> (layers, words, dim) float32, words of all sentences in order,
layer 0 the embeddings; or something that its `vectors(result)` turns into that. It may have `prepare(model, sentences,
variant)`, which is not timed, `discard(result)`, `facts(variant)`, and `TOLERANCE` (absolute, relative) where what it
gives is rounded. The first, untimed call on four sentences loads the model. An array of one layer is compared with the
last one.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import sys
import time
import traceback
import warnings
from functools import cache
from pathlib import Path
from typing import Any

replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print goes to the log
warnings.filterwarnings("ignore")
adapter, model, sentences_file, limit, core = sys.argv[1:6]
os.sched_setaffinity(0, {int(core)})
here = Path(__file__).resolve().parent
sys.path += [str(Path(adapter).parent), str(here.parent)]

import numpy as np  # noqa: E402

with open(sentences_file, encoding="utf-8") as file:
    sentences: list[list[str]] = json.load(file)[: int(limit) or None]


def memory(key: str) -> float:
    """MiB of this process."""
    rows = Path("/proc/self/status").read_text().splitlines()
    return next(int(row.split()[1]) / 1024 for row in rows if row.startswith(key))


@cache
def module() -> Any:
    """The adapter, under a name that no library has."""
    with contextlib.suppress(ImportError):
        import torch

        torch.set_num_threads(1)
    spec = importlib.util.spec_from_file_location("adapter_under_test", adapter)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def optional(name: str, *arguments: Any) -> Any:
    """What the adapter's function gives, None where it has none."""
    return getattr(module(), name)(*arguments) if hasattr(module(), name) else None


def load(variant: str) -> dict[str, Any]:
    """Open the model by a first call."""
    for part in (sentences[:4], sentences):
        optional("prepare", model, part, variant)
    optional("discard", module().extract(model, sentences[:4], variant))
    return {"mib_loaded": memory("VmRSS"), **(optional("facts", variant) or {})}


def run(variant: str) -> tuple[Any, dict[str, Any]]:
    """One measured call."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before, cpu, start = memory("VmRSS"), time.process_time(), time.perf_counter()
    result = module().extract(model, sentences, variant)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    found = {"seconds": seconds, "cpu": cpu, "mib_before": before, "mib_peak": memory("VmHWM")}
    return result, found | (result if isinstance(result, dict) else {})


def as_array(result: Any) -> Any:
    """The vectors of a result, None where it has none."""
    return module().vectors(result) if result is not None and hasattr(module(), "vectors") else result


def compare(got: Any, reference: str) -> dict[str, Any]:
    """How far vectors are from the reference, word by word."""
    if not isinstance(got, np.ndarray):
        return {}
    wanted = np.load(reference, mmap_mode="r")[:, : sum(map(len, sentences))]
    if len(got) == 1:
        wanted = wanted[-1:]
    if got.shape != wanted.shape:
        return {"why": f"shape {got.shape}, reference {wanted.shape}", "layers": len(got)}
    absolute, relative = getattr(module(), "TOLERANCE", (1e-4, 0.0))
    worst, off, cosine = 0.0, np.zeros(got.shape[1], bool), 1.0
    for ours, theirs in zip(got, wanted, strict=True):
        missing = ~theirs.any(axis=1)  # a word without pieces: zero in the reference
        ours = np.where(missing[:, None] & np.isnan(ours), 0, ours)
        difference = np.nan_to_num(np.abs(ours - theirs), nan=np.inf)
        off |= (difference > absolute + relative * np.abs(theirs)).any(axis=1)
        worst = max(worst, float(difference.max()))
        lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
        cosine = min(cosine, float(((ours * theirs).sum(axis=1)[~missing] / lengths[~missing]).min()))
    found = {"max_difference": worst, "words_off": int(off.sum()), "words": len(off), "least_cosine": cosine}
    return found | {"layers": len(got)}


def main() -> None:
    """Answer until the commands end."""
    result = None
    for line in sys.stdin:
        command = json.loads(line)
        answer: dict[str, Any] = {}
        try:
            match command["do"]:
                case "load":
                    answer = load(command["variant"])
                case "run":
                    optional("discard", result)
                    result = None
                    result, answer = run(command["variant"])
                case "save":
                    np.save(command["to"], as_array(result))
                case "compare":
                    answer = compare(as_array(result), command["to"])
                    optional("discard", result)
                    result = None
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), file=replies, flush=True)
    optional("discard", result)


if __name__ == "__main__":
    main()
