"""Whether a folder holds what a checkpoint needs; where it does not, what is missing and how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from embspace.encoders.layout import (
    ADAPTER_CONFIG,
    file_names,
    foreign_weights,
    missing_parts,
    read_object,
    tokenizer_files,
    weight_files,
)
from embspace.errors import EncoderError


def check_files(name: str, folder: Path, tokenizer: Path, *, trust_remote_code: bool = False) -> None:
    """See that a folder holds what a checkpoint needs, and needs no code of its own.

    Args:
        name: as the user called it.
        folder: of config and weights.
        tokenizer: the folder of the tokenizer.
        trust_remote_code: code of its own is no fault.

    Raises:
        EncoderError: says what is missing.
    """
    names = file_names(folder)
    if "config.json" not in names:
        raise EncoderError(
            f"{folder} has no config.json, so it is no checkpoint; expected a folder that "
            f"`save_pretrained` wrote: config.json, a tokenizer and weights.{_checkpoints_inside(folder)}"
        )
    config = read_object(folder / "config.json")
    if config.get("auto_map") and not trust_remote_code and not _is_known(config.get("model_type")):
        raise EncoderError(
            f"{name} needs Python code that comes with it (auto_map in config.json); embspace runs no code of "
            "checkpoints. Use one of an architecture that transformers has itself; or, if you trust this code, turn "
            "it on by name: `load_encoder(..., trust_remote_code=True)`."
        )
    if not tokenizer_files(file_names(tokenizer)):
        raise EncoderError(
            f"{folder} has no tokenizer; expected tokenizer.json, or a vocabulary from which one is made. "
            f"Save it there: {_how_to_save_tokenizer(config, folder)}."
        )
    weights = weight_files(names)
    if not weights:
        other = foreign_weights(names)
        raise EncoderError(
            f"{folder} has no weights; expected model.safetensors or pytorch_model.bin, whole or in parts."
            + (f" It has weights of {other} only; save them with transformers' `save_pretrained`." if other else "")
        )
    if missing := missing_parts(folder, weights):
        raise EncoderError(
            f"{name} is incomplete: {folder} lacks {len(missing)} of the parts that the index of its weights names, "
            f"{missing[0]} among them. Copy or download the rest."
        )


def _is_known(model_type: object) -> bool:
    from transformers import CONFIG_MAPPING

    return model_type in CONFIG_MAPPING


def _checkpoints_inside(folder: Path) -> str:
    """A hint at the checkpoints of a run whose folder was given instead."""
    marks = ("config.json", ADAPTER_CONFIG)
    inside = [path.name for path in folder.iterdir() if any((path / one).is_file() for one in marks)]
    steps = sorted(inside, key=lambda one: (len(one), one))
    return f" Inside it are checkpoints: {', '.join(steps[-5:])}." if steps else ""


def _how_to_save_tokenizer(config: dict[str, Any], folder: Path) -> str:
    base = config.get("_name_or_path")
    if isinstance(base, str) and base and Path(base).expanduser().resolve() != folder.resolve():
        save = f"`AutoTokenizer.from_pretrained({base!r}).save_pretrained(folder)`"
        return f"config.json says that the model was made from {base}, so {save}"
    return "`tokenizer.save_pretrained(folder)`, with the tokenizer of the model that it was made from"
