"""What a run under way holds: model, optimizer, data and position; opened where the run stands, and saved."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import PreTrainedModel

from embspace.corpora.records import AlignedPair, Record, Records, Sentence
from embspace.encoders.loading import quiet
from embspace.errors import CorpusError
from embspace.training.batches import Stream, drawn
from embspace.training.config import TrainConfig
from embspace.training.freezing import freeze
from embspace.training.losses import Losses
from embspace.training.objectives.base import Objective
from embspace.training.probing import Probe, step_fingerprint
from embspace.training.run import RunFolder
from embspace.training.stopping import Boundaries
from embspace.training.tasks.base import Task


@dataclass(frozen=True, slots=True)
class Work:
    """What a run does.

    Attributes:
        task: what is learned.
        train: labelled records to learn it from.
        dev: labelled records that choose the best epoch; none: the last one is the best.
        test: labelled records that are scored after every epoch too.
        objectives: what is learned beside the task, by name.
        unlabelled: the sentences that objectives read.
        aligned: the aligned pairs that objectives read.
        probe: what is looked at while training; None: nothing.
        config: the settings.
        seed: of all draws.
    """

    task: Task
    train: Sequence[Record]
    dev: Records[Any]
    test: Records[Any]
    objectives: Mapping[str, Objective]
    unlabelled: Sequence[Sentence]
    aligned: Sequence[AlignedPair]
    probe: Probe | None
    config: TrainConfig
    seed: int


@dataclass
class Position:
    """Where a run stands: with the weights and the optimizer's state all that it goes on from."""

    step: int = 0
    pieces: int = 0
    scored: int = 0
    probed: int = -1
    best: int = -1
    best_score: float = -math.inf
    seconds: float = 0.0
    probe_seconds: float = 0.0


class State:
    """A run as it lies in memory.

    Args:
        work: what it does.
        run: its folder, whose last checkpoint it goes on from.
        accelerator: the devices.
        progress: is told, and stops it.

    Attributes:
        model: what is trained; in `losses` with the heads of objectives, which is `trained` as the accelerator has it.
        at: where the run stands.
        streams: the examples of each loss.
        per_epoch: steps of an epoch.
        steps: of the run.
    """

    def __init__(self, work: Work, run: RunFolder, accelerator: Accelerator, progress: Boundaries) -> None:
        self.work, self.run, self.accelerator, self.progress = work, run, accelerator, progress
        task, config = work.task, work.config
        saved = run.last()

        # The model: that of the last checkpoint, else the one to fine-tune, with a head drawn from the seed.
        set_seed(drawn(work.seed))
        with quiet():
            self.model: PreTrainedModel = task.model(str(saved[0]) if saved else config.checkpoint)
        freeze(self.model, config.freeze)
        self.losses = Losses(task, work.objectives, self.model)
        self.trained, self.optimizer = accelerator.prepare(self.losses, adamw(self.losses, config))
        self.at = Position()
        if saved:
            self.losses.heads.load_state_dict(saved[1]["heads"])
            self.optimizer.load_state_dict(saved[1]["optimizer"])
            self.at = Position(**saved[1]["position"])

        # The data: a stream of examples per loss, each with epochs of its own; the task's are those of the run.
        examples = {task.name: (task.examples(work.train), config.batch)}
        for name, one in work.objectives.items():
            aligned = one.reads == "aligned"
            read = one.examples(work.aligned if aligned else work.unlabelled)
            examples[name] = read, config.adjust.batch if aligned else config.batch
        if bare := [name for name, (every, _) in examples.items() if not every]:
            raise CorpusError(f"{bare[0]} has nothing to learn from: every record of it is left out, as its notes say.")
        weights = [1.0, *(config.objectives[name] for name in work.objectives)]
        self.weights = torch.tensor(weights, device=accelerator.device)
        self.streams = {
            name: Stream(every, size, drawn(work.seed, number))
            for number, (name, (every, size)) in enumerate(examples.items())
        }
        self.per_epoch = self.streams[task.name].per_epoch
        self.steps = config.steps or config.epochs * self.per_epoch
        self.clock = time.monotonic()

    def save(self) -> None:
        """Write a checkpoint of where the run stands."""
        now, at = time.monotonic(), self.at
        at.seconds, self.clock = at.seconds + now - self.clock, now
        state = {
            "optimizer": self.optimizer.state_dict(),
            "heads": self.losses.heads.state_dict(),
            "position": asdict(at),
        }
        self.run.check_room(self.checkpoint_bytes())
        self.run.save(
            at.step,
            state,
            self.write_model,
            fingerprint=step_fingerprint(self.run.folder.name, at.step, self.model),
            best=at.best,
            keep=self.work.config.save_total_limit,
        )
        self.accelerator.wait_for_everyone()

    def write_model(self, folder: Path) -> None:
        """Model and tokenizer as plain files of transformers."""
        with quiet():
            self.model.save_pretrained(folder)
        self.work.task.tokenizer.save_pretrained(folder)

    def write_description(self, folder: Path) -> None:
        """Tokenizer and configuration alone."""
        self.work.task.tokenizer.save_pretrained(folder)
        self.model.config.save_pretrained(folder)

    def checkpoint_bytes(self) -> int:
        """What a checkpoint takes: all weights, and two moments of those that are trained."""
        weights = [*self.losses.parameters()]
        return sum(one.nbytes * (3 if one.requires_grad else 1) for one in weights)


def adamw(losses: Losses, config: TrainConfig) -> torch.optim.AdamW:
    """The optimizer of what is not frozen; biases and norms do not decay."""
    weights = [one for one in losses.parameters() if one.requires_grad]
    groups = [
        {"params": [one for one in weights if one.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [one for one in weights if one.ndim <= 1], "weight_decay": 0.0},
    ]
    first, second = config.betas
    return torch.optim.AdamW(groups, lr=config.rate, betas=(first, second), eps=config.epsilon, fused=True)
