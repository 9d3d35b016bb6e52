"""The pretraining loop: batch -> states -> masked-token loss (+ contrast) -> step; saved, resumed, ended by budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import PreTrainedModel

from embspace.progress import Progress
from embspace.training.checkpoint import checkpoints, load_checkpoint, save_checkpoint
from embspace.training.pretraining.batches import Batch, Pieces
from embspace.training.pretraining.config import PretrainConfig
from embspace.training.pretraining.contrast import contrast_loss, mean_states
from embspace.training.pretraining.mlm import masked_token_loss
from embspace.training.schedule import trapezoid

Report = Callable[[dict[str, float]], None]


def train(
    model: PreTrainedModel, pieces: Pieces, config: PretrainConfig, folder: Path, progress: Progress, report: Report
) -> dict[str, float]:
    """Train in place, from the newest complete checkpoint in `folder` if there is one.

    Returns:
        steps, pieces seen, and minutes over all the run's sittings.
    """
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, betas=(0.9, 0.98), weight_decay=config.weight_decay
    )
    step, seen, before, decay_start = 0, 0, 0.0, None
    if found := checkpoints(folder):
        state = load_checkpoint(found[-1])
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step, seen, before, decay_start = (state[key] for key in ("step", "seen", "minutes", "decay_start"))
    start = saved = time.monotonic()
    total = config.steps or round((config.minutes or 0) * 60)
    progress.stage("pretraining", total, "steps" if config.steps else "seconds")
    progress.advance(step if config.steps else round(before * 60))
    mean: dict[str, float] = {}
    model.train()
    while True:
        minutes = before + (time.monotonic() - start) / 60
        if decay_start is None and _decay_begins(config, step, minutes):
            decay_start = step
        decay_steps = round((decay_start or 0) * config.decay / (1 - config.decay))
        over = decay_start is not None and step >= decay_start + decay_steps
        if over or (config.steps and step >= config.steps) or (time.monotonic() - saved) / 60 > config.save_minutes:
            saved = time.monotonic()
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint(
                folder, step, {**state, "step": step, "seen": seen, "minutes": minutes, "decay_start": decay_start}
            )
        if over or (config.steps and step >= config.steps):
            return {"steps": step, "pieces": seen, "minutes": minutes}
        rate = trapezoid(step, warmup=config.warmup, decay_start=decay_start, decay_steps=decay_steps)
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * rate
        batch = pieces.batch(step)
        losses = loss_terms(model, batch, config)
        optimizer.zero_grad(set_to_none=True)
        sum(losses.values(), torch.zeros(())).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, seen = step + 1, seen + batch.n_pieces
        for name, value in losses.items():
            mean[name] = 0.98 * mean.get(name, value.item()) + 0.02 * value.item()
        note = " ".join(f"{name} {value:.3f}" for name, value in mean.items())
        elapsed = before * 60 + time.monotonic() - start
        progress.advance(1 if config.steps else round(elapsed) - round(minutes * 60), note)
        if step % 50 == 0:
            report({"step": step, "pieces": seen, "minutes": elapsed / 60, "rate": rate, **mean})


def _decay_begins(config: PretrainConfig, step: int, minutes: float) -> bool:
    if config.steps is not None:
        return step >= round(config.steps * (1 - config.decay))
    return config.minutes is not None and minutes >= config.minutes * (1 - config.decay)


def loss_terms(model: PreTrainedModel, batch: Batch, config: PretrainConfig) -> dict[str, torch.Tensor]:
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
        losses["contrast"] = config.contrast_weight * torch.stack(terms).mean()
    return losses


@torch.no_grad()
def held_out_loss(model: PreTrainedModel, pieces: Pieces, config: PretrainConfig) -> dict[str, dict[str, float]]:
    """Per language: masked-token loss in nats, top-1 accuracy, and the loss of the language's own unigrams."""
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
        result[language] = {"loss": loss / count, "top1": hits / count, "unigram": unigram / count}
    return result
