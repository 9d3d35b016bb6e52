"""The pretraining loop: batch -> states -> masked-token loss (+ contrast) -> step; saved, resumed, ended by budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from transformers import PreTrainedModel

from embspace.progress import Cancelled, Progress
from embspace.training.checkpoint import checkpoints, load_checkpoint, save_checkpoint
from embspace.training.pretraining.batches import Batch, Pieces
from embspace.training.pretraining.config import PretrainConfig
from embspace.training.pretraining.contrast import contrast_loss, mean_states
from embspace.training.pretraining.mlm import masked_token_loss
from embspace.training.schedule import trapezoid
from embspace.training.stopping import Boundaries

Report = Callable[[dict[str, float]], None]


@dataclass
class _Clock:
    """Where a run stands: steps, pieces seen, minutes over all sittings, and the step where the decay began."""

    step: int = 0
    seen: int = 0
    minutes: float = 0.0
    decay_start: int | None = None

    def decay_steps(self, config: PretrainConfig) -> int:
        return round((self.decay_start or 0) * config.decay / (1 - config.decay))

    def over(self, config: PretrainConfig) -> bool:
        if config.steps is not None:
            return self.step >= config.steps
        return self.decay_start is not None and self.step >= self.decay_start + self.decay_steps(config)


def train(
    model: PreTrainedModel, pieces: Pieces, config: PretrainConfig, folder: Path, progress: Progress, report: Report
) -> dict[str, float]:
    """Train in place, from the newest complete checkpoint in `folder` if there is one.

    Cancelling saves a checkpoint first. With `steps` the run is a function of config and material alone: interrupted
    and resumed it ends with the same weights, bit for bit on one machine; with `minutes` the clock decides its end.

    Returns:
        steps, pieces seen, and minutes over all the run's sittings.
    """
    with Boundaries(progress) as held:  # a signal waits for the end of a step
        return _train(model, pieces, config, folder, held, report)


def _train(
    model: PreTrainedModel, pieces: Pieces, config: PretrainConfig, folder: Path, progress: Progress, report: Report
) -> dict[str, float]:
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, betas=(0.9, 0.98), weight_decay=config.weight_decay
    )
    clock = _resume(model, optimizer, folder)
    unit = "steps" if config.steps else "seconds"
    progress.stage("pretraining", config.steps or round((config.minutes or 0) * 60), unit)
    progress.advance(clock.step if config.steps else round(clock.minutes * 60))
    sitting, before, saved = time.monotonic(), clock.minutes, time.monotonic()
    mean: dict[str, float] = {}
    model.train()
    try:
        while not clock.over(config):
            if clock.decay_start is None and _decay_begins(config, clock):
                clock.decay_start = clock.step
            rate = trapezoid(
                clock.step, warmup=config.warmup, decay_start=clock.decay_start, decay_steps=clock.decay_steps(config)
            )
            batch = pieces.batch(clock.step)
            weight = 1.0 if clock.step < config.light_contrast_steps else config.contrast_weight
            losses = _update(model, optimizer, loss_terms(model, batch, config, weight), config.learning_rate * rate)
            passed = before + (time.monotonic() - sitting) / 60
            ticks = round(passed * 60) - round(clock.minutes * 60)
            clock.step, clock.seen, clock.minutes = clock.step + 1, clock.seen + batch.n_pieces, passed
            mean |= {name: 0.98 * mean.get(name, value) + 0.02 * value for name, value in losses.items()}
            if clock.step % 50 == 0:
                report({"step": clock.step, "pieces": clock.seen, "minutes": passed, "rate": rate, **mean})
            if time.monotonic() - saved > config.save_minutes * 60:
                saved = time.monotonic()
                _save(model, optimizer, clock, folder)
            progress.advance(
                1 if config.steps else ticks, " ".join(f"{name} {value:.3f}" for name, value in mean.items())
            )
    except (Cancelled, KeyboardInterrupt):
        _save(model, optimizer, clock, folder)
        raise
    _save(model, optimizer, clock, folder)
    return {"steps": clock.step, "pieces": clock.seen, "minutes": clock.minutes}


def _update(
    model: PreTrainedModel, optimizer: torch.optim.Optimizer, losses: dict[str, torch.Tensor], rate: float
) -> dict[str, float]:
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    sum(losses.values(), torch.zeros(())).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return {name: value.item() for name, value in losses.items()}


def _save(model: PreTrainedModel, optimizer: torch.optim.Optimizer, clock: _Clock, folder: Path) -> None:
    save_checkpoint(
        folder, clock.step, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "clock": asdict(clock)}
    )


def _resume(model: PreTrainedModel, optimizer: torch.optim.Optimizer, folder: Path) -> _Clock:
    if not (found := checkpoints(folder)):
        return _Clock()
    state = load_checkpoint(found[-1])
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return _Clock(**state["clock"])


def _decay_begins(config: PretrainConfig, clock: _Clock) -> bool:
    if config.steps is not None:
        return clock.step >= round(config.steps * (1 - config.decay))
    return config.minutes is not None and clock.minutes >= config.minutes * (1 - config.decay)


def loss_terms(
    model: PreTrainedModel, batch: Batch, config: PretrainConfig, contrast_weight: float
) -> dict[str, torch.Tensor]:
    """The losses of a batch by name: `mlm` always, `contrast` for aligned groups."""
    with torch.autocast("cpu", torch.bfloat16, enabled=config.bf16):
        output = model.base_model(
            batch.ids, attention_mask=batch.attention, position_ids=batch.positions, output_hidden_states=True
        )
        losses = {"mlm": masked_token_loss(output.last_hidden_state, batch.labels, model.lm_head)}
    if batch.groups is not None:
        terms = [
            contrast_loss(mean_states(output.hidden_states[layer], batch.attention), batch.groups, config.temperature)
            for layer in config.contrast_layers
        ]
        losses["contrast"] = contrast_weight * torch.stack(terms).mean()
    return losses


@torch.no_grad()
def held_out_loss(model: PreTrainedModel, pieces: Pieces, config: PretrainConfig) -> dict[str, dict[str, float]]:
    """Per language with held-out text: masked-token loss in nats, top-1 accuracy, loss of the language's unigrams."""
    model.eval()
    result = {}
    for language in pieces.held_out:
        loss = hits = unigram = count = 0.0
        counts = torch.full((len(pieces.tokenizer),), 0.1)
        for one in pieces.text[language]:
            counts.index_add_(0, torch.from_numpy(one[0]).long(), torch.ones(len(one[0])))
        frequency = (counts / counts.sum()).log()
        for batch in pieces.held_out_batches(language):
            states = model.base_model(
                batch.ids, attention_mask=batch.attention, position_ids=batch.positions
            ).last_hidden_state
            where = batch.labels != -100
            scores = model.lm_head(states[where]).float().log_softmax(-1)
            target = batch.labels[where]
            loss -= scores.gather(1, target[:, None]).sum().item()
            hits += (scores.argmax(-1) == target).sum().item()
            unigram -= frequency[target].sum().item()
            count += len(target)
        if count:
            result[language] = {"loss": loss / count, "top1": hits / count, "unigram": unigram / count}
    return result
