"""Taggers of the workspace: steps of trainings with their weights; what is no tagger is told before a job begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.layout import read_object
from embspace.encoders.trained import Run
from embspace.errors import EncoderError
from embspace.figures.checkpoint_names import short_names
from embspace.workflows.stored_space import is_local

HEAD = "ForTokenClassification"
TRAIN = (
    "Fine-tune it on the page Jobs, and choose a step of that training; or name a tagger: the folder of one, or its "
    "name on the hub."
)


def taggers(runs: Sequence[Run]) -> dict[str, str]:
    """Name -> what a menu calls it, of every step with its weights; the latest training first, its best first."""
    found: dict[str, str] = {}
    for run in runs:
        saved, best = run.saved(), run.best
        if not saved:
            continue
        order = [one for one in (best, *reversed(saved)) if one in saved]
        for step in dict.fromkeys(order):
            said = [f"best, step {step}" if step == best else f"step {step}"]
            name = run.name("best" if step == best else step)
            found.setdefault(name, f"{_title(run)}: {said[0]}")
    return _told_apart(found)


def _title(run: Run) -> str:
    """What a run was trained for and on, and of several seeds which."""
    config: Mapping[str, Any] = run.record["config"]
    short = short_names([str(config["checkpoint"])])[str(config["checkpoint"])]
    codes = dict.fromkeys(code for part in config["train"] for code in part.get("languages") or ("all",))
    seed = f", seed {run.seed}" if len(config["seeds"]) > 1 else ""
    return f"{str(config['task']).upper()} {short} {' '.join(codes)}{seed}"


def _told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Labels that are all different: those of two trainings alike with the end of the training's id."""
    every = list(names.values())
    return {
        name: label if every.count(label) == 1 else f"{label} ({name.partition('@')[0].partition('/')[0][-6:]})"
        for name, label in names.items()
    }


def check_tagger(name: str) -> None:
    """See that a checkpoint of this machine labels words; one of the hub is told by the job.

    Raises:
        EncoderError: it is not there, its weights are not stored, or it labels no words.
    """
    if not is_local(name):
        return
    found = find_checkpoint(name)
    if found.gone:
        raise EncoderError(found.gone)
    config = read_object(found.folder / "config.json")
    kinds = [str(one) for one in config.get("architectures") or ()]
    if found.adapters:
        raise EncoderError(f"{name} is an adapter; merge it into its base first, and save that with its tokenizer.")
    if not any(one.endswith(HEAD) for one in kinds):
        kind = ", ".join(kinds) or str(config.get("model_type", "unknown"))
        raise EncoderError(f"{name} ({kind}) labels no words: it is an encoder without labels. {TRAIN}")
