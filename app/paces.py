"""How fast training went, read from the logs of runs, and what that says of a new one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any

from embspace.encoders.trained import Run, runs
from embspace.errors import SettingsError
from embspace.training.config import TrainConfig
from embspace.training.part import Part
from embspace.workflows.settings import from_json
from embspace.workspace import Workspace
from model_size import flops_of_piece, n_parameters, pieces_per_word, speed
from plan import Plan, probed_sentences

_LANGUAGES = ("en", "es", "ru", "tr")
"""whose words tell how a tokenizer cuts"""
MOST_RUNS = 40
"""the latest runs, whose logs are read"""
MOST_ALIKE = 5
"""the latest of those most alike, whose middle one tells the pace"""
GUESSED_PIECES = 20
"""pieces of a sentence where neither an earlier run nor the checkpoint's tokenizer tells"""
BESIDE = 1.6
"""the time of a step, or of labelling, in that of its products of matrices; measured with `mini`, 1.4 to 1.8"""
UPDATE = 2.6e-9
"""seconds that the optimizer takes for each number that is trained; measured with `mini`"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a run went.

    Attributes:
        checkpoint: that was fine-tuned.
        batch: sentences of a step.
        work: what else a step's time depends on: task, length, frozen layers, threads, objectives.
        step: seconds of a step, the median.
        probe: seconds of a sentence of a probe, the mean; None: there was none, or how many sentences is not known.
        pieces: of a sentence; None: not logged.
        scoring: seconds that scoring a sentence took, the least; None: nothing was scored.
    """

    checkpoint: str
    batch: int
    work: tuple[object, ...]
    step: float
    probe: float | None = None
    pieces: float | None = None
    scoring: float | None = None


@dataclass(frozen=True, slots=True)
class Time:
    """How long a run may take.

    Attributes:
        seconds: of steps, probes and scoring, as far as their time is known.
        basis: where that is from, a sentence.
        rough: whether it is from no run of the checkpoint.
    """

    seconds: float
    basis: str
    rough: bool = False


def read_paces(workspace: Workspace) -> list[Pace]:
    """How fast the latest runs of a workspace went, the latest first; those too short to tell are left out."""
    return [pace for run in runs(workspace)[:MOST_RUNS] if (pace := pace_of(run)) is not None]


def pace_of(run: Run) -> Pace | None:
    """How fast a run went; None: its log does not tell.

    Lines about probes and scores are written when these have ended: from the line before, whatever it is about, to one
    about steps nothing but steps was done, and to one about scores nothing but scoring (and a checkpoint saved).
    """
    config = run.record["config"]
    about = (config.get("task", "ner"), config.get("length"), config["freeze"])
    lines = sorted(run.log(), key=lambda line: line["time"])
    spans, scored = list[float](), list[float]()
    for before, after in pairwise(lines):
        took = after["time"] - before["time"]
        if after["event"] == "step" and after["step"] > before.get("step", after["step"]):
            spans.append(took / (after["step"] - before["step"]))
        elif after["event"] in ("scores", "test") and (count := _sentences(after["scores"])):
            scored.append(took / count)
    if not spans:
        return None
    step, batch = median(spans), config["batch"]
    looked = _probed(config)
    probes = [one["seconds"] / looked for one in run.log("probe")] if looked else []
    rates = [line["pieces_per_second"] for line in lines if line["event"] == "step" and "pieces_per_second" in line]
    return Pace(
        config["checkpoint"],
        batch,
        work_of(*about, config["objectives"], config.get("threads")),
        step,
        fmean(probes) if probes else None,
        median(rates) * step / batch if rates else None,
        min(scored) if scored else None,
    )


def _probed(config: Mapping[str, Any]) -> int:
    """The sentences of each space of a run; 0: they are of a corpus that is not looked into here."""
    probe = config.get("probe")
    try:
        return probed_sentences(probe and from_json(Part, probe, "run.json"), {})
    except SettingsError:
        return 0  # of another version


def _sentences(scores: Mapping[str, Mapping[str, Any]]) -> float:
    """How many sentences were scored."""
    return sum(of.get("sentences", 0.0) for language, of in scores.items() if language != "all")


def work_of(
    task: str, length: int | None, freeze: int, objectives: Iterable[str], threads: int | None = None
) -> tuple[object, ...]:
    """What beside checkpoint and batch the time of a step depends on."""
    return (task, length, freeze, threads, *sorted(objectives))


def expected(config: TrainConfig, sizes: Plan, paces: Sequence[Pace], model: Path | None) -> Time | None:
    """How long all seeds of a config take: by the earlier runs most alike, else by the size of the model.

    Args:
        config: what is to be trained.
        sizes: of a seed.
        paces: of earlier runs, the latest first.
        model: the folder of the checkpoint, where it lies on this machine and a CPU computes; None: nothing is guessed.
    """
    cut = pieces_per_word(model, _LANGUAGES) if model and sizes.words else None
    pieces = sizes.words * cut + 2 if sizes.words and cut else None  # and one before and one behind
    looked = sizes.probed * sizes.spaces
    same = [one for one in paces if one.checkpoint == config.checkpoint]
    work = work_of(config.task, config.length, config.freeze, config.objectives, config.threads)
    apart = [(one.work != work, one.batch != config.batch) for one in same]
    found = [one for one, far in zip(same, apart, strict=True) if far == min(apart)][:MOST_ALIKE]
    if found:
        pace = sorted(found, key=lambda one: one.step)[len(found) // 2]  # a busy hour should not tell of all others
        longer = pieces / pace.pieces if pieces and pace.pieces else 1.0
        forward = pace.step / pace.batch / 3  # where nothing was scored or looked at: a third of learning
        step = pace.step * config.batch / pace.batch * longer
        beside = looked * (pace.probe or forward) + sizes.scored * (pace.scoring or forward) * longer
        alike = pace.work == work and pace.batch == config.batch and 0.8 < longer < 1.25
        basis = f"an earlier run of {config.checkpoint} went, {pace.step:.2g} s a step of {pace.batch}"
        basis += "" if alike else "; other settings, so only roughly"
        return Time((sizes.steps * step + beside) * len(config.seeds), basis)
    flops = model and flops_of_piece(model)
    if not flops or model is None:
        return None
    each = (pieces or GUESSED_PIECES) * flops * BESIDE / speed() / (config.threads or os.cpu_count() or 1)
    step = config.batch * each + n_parameters(model) * UPDATE
    basis = (
        f"no run of {config.checkpoint} was timed yet: the multiplications of its layers at "
        f"{pieces or GUESSED_PIECES:.0f} pieces a sentence, and how many this machine does in a second when it has "
        "nothing else to do"
    )
    seconds = sizes.steps * step + (looked + sizes.scored) * each / 3
    return Time(seconds * len(config.seeds), basis, rough=True)
