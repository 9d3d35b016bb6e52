"""The fine-tuning loop: examples of a step -> losses -> gradients -> step; in between scores, probes, checkpoints.

It knows no task and no objective by name. All that is random in a step is drawn from (seed, step, process), and the
order of examples from (seed, epoch): a run that was interrupted and goes on ends with the same weights, bit for bit on
a CPU.
"""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from embspace.errors import TrainingError
from embspace.progress import Cancelled, Silent
from embspace.training.batches import drawn
from embspace.training.losses import counts, portions, summed, weights_of_parts
from embspace.training.run import RunFolder
from embspace.training.schedule import warm_then_decay
from embspace.training.scoring import overall, predict, scores_by_language
from embspace.training.state import Position, State, Work
from embspace.training.stopping import Boundaries
from embspace.training.tracking import named, track
from embspace.training.windows import n_pieces, sent

LOG_EVERY = 10
"""steps whose mean losses are one line of the log; so late at most is a loss seen to be no number"""


class FineTuning(State):
    """A run under way; `train` takes it from where it stands to its last step."""

    def __init__(self, work: Work, run: RunFolder, accelerator: Accelerator, progress: Boundaries) -> None:
        super().__init__(work, run, accelerator, progress)
        self.recent: list[torch.Tensor] = []  # losses of the last steps, on the device
        self.busy, self.counted, self.note = 0.0, self.at.pieces, ""

    def train(self) -> Position:
        """Go on to the last step; `Cancelled` and Ctrl-C pass through once a checkpoint is written.

        Raises:
            TrainingError: a loss or a gradient is no number.
            StoreError: the disk refuses; the checkpoints before are kept.
        """
        at, config = self.at, self.work.config
        self.run.check_room(self.checkpoint_bytes())
        self.run.describe(self.write_description)
        self.progress.stage("training", self.steps, "steps")
        try:
            self.progress.advance(at.step)
            while True:
                ended = at.step == self.steps
                epoch_ended = at.step > 0 and (ended or at.step % self.per_epoch == 0)
                if config.probe_every and (ended or at.step % config.probe_every == 0) and at.probed < at.step:
                    self.look()
                if epoch_ended and at.scored < at.step:
                    self.score()
                saves = at.step % config.save_every == 0 if config.save_every else epoch_ended
                if at.step > 0 and (saves or ended or at.best == at.step):
                    self.save()
                if ended:
                    return at
                self.step()
                self.progress.advance(1, self.note)
        except (Cancelled, KeyboardInterrupt):
            self.save()
            raise

    def step(self) -> None:
        """One step of the optimizer, on one batch of every loss."""
        began = time.monotonic()
        work, at, accelerator, parts = self.work, self.at, self.accelerator, self.work.config.accumulate
        process, processes = accelerator.process_index, accelerator.num_processes
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()

        # 1. The batches: every process takes its parts of the step's examples.
        examples = {name: stream.at(at.step) for name, stream in self.streams.items()}
        numbers = [process * parts + part for part in range(parts)]
        batches = [
            self.losses.collate(portions(examples, number, processes * parts), drawn(work.seed, at.step, number))
            for number in numbers
        ]
        own = torch.stack([counts(one, examples, number) for one, number in zip(batches, numbers, strict=True)])
        shares = weights_of_parts(own, summed(own.sum(0), accelerator), self.losses.sums).tolist()

        # 2. The losses: means (or sums) over all parts of all processes, whose gradients are averaged: they are scaled.
        set_seed(drawn(work.seed, at.step, process))
        told = torch.zeros(len(self.streams), device=accelerator.device)
        for part, (batch, share) in enumerate(zip(batches, shares, strict=True)):
            with accelerator.no_sync(self.trained) if part < parts - 1 else nullcontext():
                losses = self.trained({name: sent(one, accelerator.device) for name, one in batch.items()})
                means = torch.stack([of * losses[name] for of, name in zip(share, self.streams, strict=True)])
                accelerator.backward((means * self.weights).sum() * processes)
            told += means.detach()

        # 3. The step. The norm is looked at too: a step by what is no number would spoil the weights.
        norm: Any = accelerator.clip_grad_norm_(self.trained.parameters(), work.config.clip or math.inf)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.recent.append(torch.cat([told, norm.detach()[None] / processes]))
        at.step += 1
        at.pieces += sum(n_pieces(one) for batch in batches for one in batch.values()) * processes
        self.busy += time.monotonic() - began
        if len(self.recent) == LOG_EVERY:
            self.tell()

    def rate(self) -> float:
        """The learning rate of the step that comes."""
        config = self.work.config
        return config.rate * warm_then_decay(self.at.step, self.steps, warmup=config.warmup, decay=config.decay)

    def tell(self) -> None:
        """Write the mean losses of the last steps into the log, and see that they are numbers."""
        if not self.recent:
            return
        names, first = [*self.streams, "gradient_norm"], self.at.step - len(self.recent) + 1
        found = summed(torch.stack(self.recent), self.accelerator)
        self.recent.clear()
        wrong = (~found.isfinite()).nonzero().tolist()
        if wrong:
            step, column = wrong[0]
            raise TrainingError(
                f"{names[column]} is {found[step, column].item()} at step {first + step} of {self.run.name}. "
                f"{self.run.last_good()} Lower the rate or the weights of objectives, clip more, and train again."
            )
        *losses, norm = found.mean(0).tolist()
        losses = dict(zip(self.streams, losses, strict=True))
        self.note = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
        pace = round((self.at.pieces - self.counted) / max(self.busy, 1e-9), 1)
        self.busy, self.counted = 0.0, self.at.pieces
        values = {"rate": self.rate(), "gradient_norm": norm, "pieces_per_second": pace}
        epoch = round(self.at.step / self.per_epoch, 4)
        self.run.log("step", durable=False, step=self.at.step, epoch=epoch, losses=losses, **values)
        told = {f"loss/{name}": value for name, value in losses.items()} | values
        track(self.accelerator, self.run, told, self.at.step)

    def score(self) -> None:
        """Score what is scored at the end of an epoch, and see whether it is the best one."""
        work, at = self.work, self.at
        self.tell()
        value = float(at.step)
        for part, sentences in (("dev", work.dev), ("test", work.test)):
            if sentences:
                self.progress.advance(0, f"scoring {part}")
                predicted = predict(work.task, self.model, sentences, self.accelerator)
                found = scores_by_language(work.task, sentences, predicted)
                about = {"part": part, "sentences": sentences.fingerprint, "epoch": -(-at.step // self.per_epoch)}
                self.run.log("scores", step=at.step, **about, scores=found)
                track(self.accelerator, self.run, named(part, found), at.step)
                if part == "dev":
                    value = overall(found)[work.task.best]
        if value > at.best_score:
            at.best, at.best_score = at.step, value
        at.scored = at.step

    def look(self) -> None:
        """Store the space of this step."""
        alone = self.accelerator.num_processes == 1
        if self.work.probe and self.accelerator.is_main_process:
            progress = self.progress if alone else Silent()  # only this process calls it
            seconds = self.work.probe.look(self.run, self.at.step, self.model, self.work.task.tokenizer, progress)
            self.at.probe_seconds += seconds
        self.accelerator.wait_for_everyone()
        self.at.probed = self.at.step

    def save(self) -> None:
        """Write a checkpoint of where the run stands, once every loss was seen to be a number."""
        self.tell()
        super().save()
