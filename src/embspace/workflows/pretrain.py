"""Pretraining as a whole job: sources -> tokenizer -> start vectors -> training -> a folder that AutoModel opens."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from embspace.errors import SettingsError
from embspace.progress import Progress
from embspace.storage import fingerprint, read_json, write_aside, write_json
from embspace.training.pretraining.batches import Pieces
from embspace.training.pretraining.config import PretrainConfig, read_config
from embspace.training.pretraining.loop import held_out_loss, train
from embspace.training.pretraining.material import Material, read_material
from embspace.training.pretraining.model import new_model
from embspace.training.pretraining.svd_start import svd_embeddings
from embspace.training.pretraining.tokenizer import train_tokenizer
from embspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PretrainJob:
    """Which recipe, where its files lie, where the model goes, and the budget if not the recipe's."""

    recipe: str
    root: str
    output: str
    minutes: float | None = None
    steps: int | None = None


def run(job: PretrainJob, workspace: Workspace | None, progress: Progress) -> dict[str, Any]:
    """Pretrain and save a model; run again with the same output it goes on where it stopped.

    Returns:
        steps, pieces, minutes, and the held-out loss per language.

    Raises:
        SettingsError: the recipe is wrong, or `output` holds a run of another recipe.
    """
    config = read_config(Path(job.recipe), minutes=job.minutes, steps=job.steps)
    if config.threads:
        torch.set_num_threads(config.threads)
    output = Path(job.output)
    work = output / "training"
    _claim(work, config)
    progress.stage("reading", None)
    material = read_material(config, Path(job.root))
    tokenizer = _tokenizer(work, material, config, progress)
    progress.stage("cutting into pieces", None)
    pieces = Pieces(material, tokenizer, config)
    model = _model(work, pieces, config, progress)
    log = work / "log.jsonl"

    def report(values: dict[str, float]) -> None:
        with log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({key: round(value, 4) for key, value in values.items()}) + "\n")

    result: dict[str, Any] = train(model, pieces, config, work, progress, report)
    progress.stage("held-out loss", None)
    result["held_out"] = held_out_loss(model, pieces, config)
    save(model, tokenizer, output)
    write_json(output / "training.json", {"config": asdict(config), **result})
    return result


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write model (safetensors, float16) and tokenizer as plain transformers files."""
    model.half().save_pretrained(folder)
    model.float()
    tokenizer.save_pretrained(folder)


def _claim(work: Path, config: PretrainConfig) -> None:
    """A folder belongs to one recipe, budget aside."""
    recipe = {key: value for key, value in asdict(config).items() if key not in {"minutes", "steps", "save_minutes"}}
    mark = work / "recipe.json"
    if not mark.exists():
        write_json(mark, {"fingerprint": fingerprint(recipe), "recipe": recipe})
    elif read_json(mark)["fingerprint"] != fingerprint(recipe):
        raise SettingsError(f"{work.parent} holds the run of another recipe; choose another output folder.")


def _tokenizer(work: Path, material: Material, config: PretrainConfig, progress: Progress) -> PreTrainedTokenizerFast:
    folder = work / "tokenizer"
    if not (folder / "tokenizer.json").exists():
        progress.stage("training the tokenizer", None)
        tokenizer = train_tokenizer(material, config.vocabulary, config.tokenizer_characters, config.seed)
        tokenizer.save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def _model(work: Path, pieces: Pieces, config: PretrainConfig, progress: Progress) -> PreTrainedModel:
    start = work / "start.pt"
    if not start.exists():
        embeddings = None
        if config.svd and pieces.groups:
            progress.stage("start vectors from parallel text", None)
            groups = [
                [pair[0].tolist() for pair in group.values()] for found in pieces.groups.values() for group in found
            ]
            embeddings = svd_embeddings(groups, len(pieces.tokenizer), config.width, config.seed)
        model = new_model(config, embeddings, pieces.counts)
        write_aside(start, lambda stream: torch.save(model.state_dict(), stream))
    model = new_model(config, None, pieces.counts)
    model.load_state_dict(torch.load(start, weights_only=True))
    return model
