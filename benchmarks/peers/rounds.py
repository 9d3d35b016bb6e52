"""Systems in turn, A B C A B C: each adapter in a process of its own, loaded and waiting, all on one core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

_HERE = Path(__file__).resolve().parent
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TQDM_DISABLE": "1",
    "PYTHONWARNINGS": "ignore",
}


class System(NamedTuple):
    """What is measured: an adapter, its variant, and the environment it runs in (empty: this one).

    `few` is set where a system is so slow that it gets a part of the sentences (of models 768 wide, of smaller ones);
    `only` names the kinds of model that it reads, all if empty.
    """

    adapter: str
    variant: str = ""
    environment: str = ""
    few: tuple[int, int] = (0, 0)
    only: str = ""


FLOOR, REFERENCE, OURS = "plain pass", "one by one (reference)", "embspace"
SYSTEMS = {
    REFERENCE: System("reference"),
    OURS: System("embspace_extract", "float32"),
    f"{OURS} bfloat16": System("embspace_extract", "bfloat16"),
    FLOOR: System("floor", "float32"),
    f"{FLOOR} bfloat16": System("floor", "bfloat16"),
    "padded batches of 32": System("padded_batches"),
    "feature-extraction pipeline": System("feature_pipeline"),
    "sentence-transformers": System("sentence_tokens", environment="peers"),
    "flair": System("flair_layers", environment="peers-transformers4"),
    "spacy-transformers": System("spacy_trf", environment="peers-transformers4"),
    "spacy-curated-transformers": System("spacy_curated", environment="peers", only="bert"),
    "NeuroX": System("neurox_sentences", environment="peers"),
    "simalign": System("simalign_last", environment="peers"),
    "minicons": System("minicons_words", environment="peers", few=(8, 32)),
    "product torch float32": System("products", "torch float32"),
    "product oneDNN float32": System("products", "oneDNN float32"),
    "product bfloat16": System("products", "bfloat16"),
}


class Worker:
    """A process that holds an adapter."""

    def __init__(self, system: System, work: Path, model: str, limit: int, core: int) -> None:
        python = str(work / system.environment / "bin" / "python") if system.environment else sys.executable
        files = [_HERE / "adapters" / f"{system.adapter}.py", work / "models" / model, work / f"{model}.sentences.json"]
        self._log = open(work / f"log.{model}.{system.adapter}.txt", "w")  # noqa: SIM115
        self._process = subprocess.Popen(
            [python, str(_HERE / "worker.py"), *map(str, files), str(limit), str(core)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ | _ENVIRONMENT,
        )

    def ask(self, do: str, **options: Any) -> dict[str, Any]:
        """The answer to a command; `error` where there is none."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"do": do, **options}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": f"the process ended with {self._process.wait()}"}

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
        self._log.close()


def measure(
    model: str, work: Path, systems: dict[str, System], rounds: int, core: int, wide: bool, say: Callable[[str], None]
) -> dict[str, Any]:
    """Loads, runs and comparisons of each system on a model: name -> {load, runs, compared, sentences}.

    Args:
        model: a folder of `work/models`.
        work: what `setup.sh` made.
        systems: to run, in this order.
        rounds: runs of each.
        core: of the processor.
        wide: whether the model is 768 wide or wider.
        say: is told each step.
    """
    reference = work / f"{model}.reference.npy"
    workers: dict[tuple[str, str], Worker] = {}
    found: dict[str, Any] = {}
    asked: dict[str, Callable[..., dict[str, Any]]] = {}
    kind = model.rpartition("-")[0] or model
    for name, system in systems.items():
        if system.only and kind != system.only:
            continue
        limit = system.few[0 if wide else 1]
        key = system.adapter, system.environment
        if key not in workers:
            workers[key] = Worker(system, work, model, limit, core)
        answer = workers[key].ask("load", variant=system.variant)
        found[name] = {"load": answer, "runs": [], "limit": limit}
        say(f"{model} {name}: {answer}")
        if "error" not in answer:
            asked[name] = lambda do, key=key, system=system, **rest: workers[key].ask(
                do, variant=system.variant, **rest
            )
    for number in range(rounds):
        for name, ask in asked.items():
            answer = ask("run")
            found[name]["runs"].append(answer)
            if number == 0 and "error" not in answer:
                if name == REFERENCE:
                    ask("save", to=str(reference))
                found[name]["compared"] = ask("compare", to=str(reference))
            say(f"{model} round {number + 1} {name}: {answer} {found[name].get('compared', '') if not number else ''}")
    for worker in workers.values():
        worker.close()
    return found


def summarize(found: dict[str, Any], lengths: list[list[int]], flop: Callable[[list[int]], float]) -> dict[str, Any]:
    """Medians over rounds of each system that ran (of products the best); ratios are of a round, then their median.

    Args:
        found: of `measure`.
        lengths: [words, pieces] of each sentence.
        flop: useful FLOP of sentences with the given lengths in pieces.
    """
    rows: dict[str, Any] = {}
    speeds: dict[str, list[float]] = {}
    for name, one in found.items():
        runs = [run for run in one["runs"] if "seconds" in run]
        if not runs or len(runs) < len(one["runs"]):
            rows[name] = {"error": next(x["error"] for x in [one["load"], *one["runs"]] if "error" in x)}
            continue
        if "gflops" in runs[0]:
            rows[name] = {"gflops": max(run["gflops"] for run in runs)}
            continue
        own = lengths[: one["limit"] or None]
        words, pieces = (sum(length[at] for length in own) for at in (0, 1))
        seconds = [run["seconds"] for run in runs]
        speeds[name] = [words / one for one in seconds]
        rows[name] = {
            "words": words,
            "seconds": median(seconds),
            "words_per_second": words / median(seconds),
            "pieces_per_second": pieces / median(seconds),
            "words_per_cpu_second": median(words / run["cpu"] for run in runs),
            "useful_gflops": median(flop([length[1] for length in own]) / one / 1e9 for one in seconds),
            "spread": (max(seconds) - min(seconds)) / median(seconds),
            "mib_peak": max(run["mib_peak"] for run in runs),
            "mib_above_model": max(run["mib_peak"] for run in runs) - runs[0]["mib_before"],
            "budgets": one["load"].get("seconds_of_budgets"),
            **one.get("compared", {}),
        }
    for name, speed in speeds.items():
        floors = [FLOOR, f"{FLOOR} bfloat16"] if "bfloat16" in name else [FLOOR]
        for floor in (one for one in floors if one in speeds):
            key = "of_plain_pass" if floor == FLOOR else "of_bfloat16_pass"
            rows[name][key] = median(a / b for a, b in zip(speed, speeds[floor], strict=True))
        if OURS in speeds:
            rows[name]["ours_is_faster"] = median(b / a for a, b in zip(speed, speeds[OURS], strict=True))
    return rows
