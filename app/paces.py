"""How fast training went, read from the logs of runs, and what that says of a new one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median

import numpy as np

from embspace.encoders.trained import Run, runs
from embspace.training.config import TrainConfig
from embspace.workspace import Workspace

MOST_RUNS = 40
"""the latest runs, whose logs are read"""
GUESSED_PIECES = 20
"""pieces of a sentence where no run of a checkpoint tells how long its steps take"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a run went.

    Attributes:
        checkpoint: that was fine-tuned.
        batch: sentences of a step.
        work: what else a step's time depends on: length, frozen layers, objectives.
        step: seconds of a step, the median.
        probe: seconds of a probe, the mean; None: there was none.
    """

    checkpoint: str
    batch: int
    work: tuple[object, ...]
    step: float
    probe: float | None


@dataclass(frozen=True, slots=True)
class Time:
    """How long a run may take.

    Attributes:
        seconds: of steps and, where their time is known, probes; scoring comes on top.
        basis: where that is from, a sentence.
        least: whether it is only known to take longer.
    """

    seconds: float
    basis: str
    least: bool = False


def read_paces(workspace: Workspace) -> list[Pace]:
    """How fast the latest runs of a workspace went, the latest first; those too short to tell are left out."""
    return [pace for run in runs(workspace)[:MOST_RUNS] if (pace := pace_of(run)) is not None]


def pace_of(run: Run) -> Pace | None:
    """How fast a run went; None: its log does not tell.

    Lines about probes and scores are written when these have ended: from the line before, whatever it is about, to one
    about steps nothing but steps was done.
    """
    config = run.record["config"]
    lines = sorted(run.log(), key=lambda line: line["time"])
    spans = [
        (after["time"] - before["time"]) / (after["step"] - before["step"])
        for before, after in pairwise(lines)
        if after["event"] == "step" and after["step"] > before.get("step", after["step"])
    ]
    probes = [one["seconds"] for one in run.log("probe")]
    if not spans:
        return None
    work = work_of(config.get("length"), config["freeze"], config["objectives"])
    return Pace(config["checkpoint"], config["batch"], work, median(spans), fmean(probes) if probes else None)


def work_of(length: int | None, freeze: int, objectives: Iterable[str]) -> tuple[object, ...]:
    """What beside checkpoint and batch the time of a step depends on."""
    return (length, freeze, *sorted(objectives))


def expected(config: TrainConfig, steps: int, paces: Sequence[Pace], model: Path | None) -> Time | None:
    """How long all seeds of a config take: by an earlier run, the most alike first, else by the size of the model.

    Args:
        config: what is to be trained.
        steps: of a seed.
        paces: of earlier runs, the latest first.
        model: the folder of the checkpoint, where it lies on this machine and a CPU computes; None: nothing is guessed.
    """
    same = [one for one in paces if one.checkpoint == config.checkpoint]
    work = work_of(config.length, config.freeze, config.objectives)
    found = sorted(same, key=lambda one: (one.work != work, one.batch != config.batch))
    if found:
        pace = found[0]
        step = pace.step * config.batch / pace.batch
        probes = pace.probe * (steps // config.probe_every + 1) if pace.probe and config.probe_every else 0.0
        alike = pace.work == work and pace.batch == config.batch
        basis = f"an earlier run of {config.checkpoint} went, {pace.step:.2g} s a step of {pace.batch}"
        basis += "" if alike else "; other settings, so only roughly"
        return Time((steps * step + probes) * len(config.seeds), basis)
    flops = model and flops_of_piece(model)
    if not flops:
        return None
    seconds = steps * config.batch * GUESSED_PIECES * flops / speed() * len(config.seeds)
    basis = (
        f"no run of {config.checkpoint} was timed yet: the multiplications of its layers at {GUESSED_PIECES} pieces a "
        "sentence, and how many this machine does in a second"
    )
    return Time(seconds, basis, least=True)


def flops_of_piece(model: Path) -> float | None:
    """Multiplications and additions of a piece forward and back, in the matrices of all layers; None: not told."""
    try:
        config = json.loads((model / "config.json").read_text("utf-8"))
        width, layers = config["hidden_size"], config["num_hidden_layers"]
        return 6.0 * layers * (4 * width**2 + 2 * width * config["intermediate_size"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def n_layers(model: Path) -> int | None:
    """The layers of a checkpoint, embeddings not counted; None: its folder does not tell."""
    try:
        return int(json.loads((model / "config.json").read_text("utf-8"))["num_hidden_layers"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@cache
def speed() -> float:
    """Operations in float32 that this machine does in a second, the best of three products of matrices."""
    one = np.ones((768, 768), np.float32)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        np.matmul(one, one)
        times.append(time.perf_counter() - began)
    return 2 * 768**3 / min(times)
