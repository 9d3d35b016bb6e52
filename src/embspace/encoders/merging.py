"""A peft adapter put on the weights of its base, which then is a model like any other."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from transformers import PreTrainedModel

from embspace.encoders.layout import adapter_files, file_names
from embspace.errors import EncoderError

_PREFIX = "base_model.model."
"""before every name in an adapter's weights"""
_EMBEDDINGS = ("weight", "base_layer.weight", "original_module.weight")
"""how a whole embedding table saved with an adapter is called, after its module"""

States = dict[str, torch.Tensor]


class _Around(nn.Module):
    """What stood around the base when the adapter was made, a classifier's model say: it calls the base by a name."""

    def __init__(self, name: str, base: nn.Module) -> None:
        super().__init__()
        self.add_module(name, base)


def apply_adapter(model: PreTrainedModel, folder: Path, name: str, *, merge: bool = True) -> None:
    """Put an adapter on a model, in place.

    What an adapter holds of a head (a classifier, a language model's output) is left out: no layer depends on it.

    Args:
        model: the base, without a head; its embeddings are resized where the adapter holds a table of another size.
        folder: of the adapter.
        name: what is opened, for messages.
        merge: add it to the weights; else it is computed beside them, for a base whose weights are quantized.

    Raises:
        EncoderError: peft is not installed; the adapter is damaged, was made for another base, or changes no weights.
    """
    try:
        from peft import PeftConfig, PeftModel
        from peft.utils.save_and_load import set_peft_model_state_dict
    except ImportError as error:
        raise EncoderError(f'{name} is a peft adapter; to open it: `pip install "embspace[peft]"`.') from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            settings: Any = PeftConfig.from_pretrained(str(folder))
        except (KeyError, TypeError, ValueError) as error:
            raise EncoderError(
                f"peft cannot read the settings of the adapter {folder}: {_first_line(error)}"
            ) from error
        if settings.is_prompt_learning:
            raise EncoderError(
                f"The adapter {folder} ({settings.peft_type.value}) changes what a model reads, not its weights; "
                "expected one that changes weights, such as LoRA."
            )
        around, states = _matched(model, _read_states(folder), folder, name)
        _resize_embeddings(model, states)
        _keep_own_modules(settings, around)
        foreign = f"The adapter {folder} was not made for the base of {name} ({type(model).__name__}): "
        try:
            adapted = PeftModel(around, settings)
            report: Any = set_peft_model_state_dict(adapted, states)
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise EncoderError(foreign + _told(error)) from error
        filled = _placed(adapted, set(report.missing_keys))
        if report.unexpected_keys or filled:
            odd = [*report.unexpected_keys, *filled][0]
            raise EncoderError(foreign + f"it {'has' if report.unexpected_keys else 'lacks'} {odd}.")
        if merge:
            adapted.merge_and_unload()
            return
    adapted.eval()


def _read_states(folder: Path) -> States:
    file = folder / adapter_files(file_names(folder))[1]
    try:
        if file.suffix == ".safetensors":
            return load_file(file)
        return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise EncoderError(
            f"{file} was refused because it contains code that would run on loading, or is no file of weights at all. "
            "Use weights in safetensors."
        ) from error
    except (SafetensorError, EOFError, RuntimeError, OSError) as error:
        raise EncoderError(
            f"{file} is damaged or cut off ({_first_line(error)}). Copy or download the adapter again."
        ) from error


def _matched(model: PreTrainedModel, states: States, folder: Path, name: str) -> tuple[nn.Module, States]:
    """The module whose names the adapter's weights follow, and those weights without what belongs to a head."""
    own = {key.removeprefix(_PREFIX): value for key, value in states.items()}
    parts = {child for child, _ in model.named_children()}
    prefix = model.base_model_prefix
    if prefix and prefix not in parts and any(key.startswith(f"{prefix}.") for key in own):
        around: nn.Module = _Around(prefix, model)
        kept = {key: value for key, value in own.items() if key.startswith(f"{prefix}.")}
    else:
        around = model
        kept = {key: value for key, value in own.items() if key.split(".")[0] in parts}
    if not kept:
        first = next(iter(own), "nothing")
        raise EncoderError(
            f"The adapter {folder} was not made for the base of {name} ({type(model).__name__}), or is for its head "
            f"alone: it holds {first}, the base {', '.join(sorted(parts))}."
        )
    twice = {key for key in kept if key.replace(".modules_to_save.", ".") in kept and ".modules_to_save." in key}
    return around, {_PREFIX + key: one for key, one in kept.items() if key not in twice and not _is_pooler(key, model)}


def _is_pooler(key: str, model: PreTrainedModel) -> bool:
    """Whether a weight is of the pooler, which is no layer, where the base was opened without one."""
    return "pooler" in key.split(".") and getattr(model, "pooler", None) is None


def _resize_embeddings(model: PreTrainedModel, states: States) -> None:
    table: Any = model.get_input_embeddings()
    place = next((path for path, module in model.named_modules() if module is table), "")
    for key, value in states.items():
        if key.endswith(tuple(f"{place}.{end}" for end in _EMBEDDINGS)) and len(value) != table.num_embeddings:
            model.resize_token_embeddings(len(value), mean_resizing=False)
            return


def _keep_own_modules(settings: Any, around: nn.Module) -> None:
    """Of the modules that an adapter holds whole, those that the base has; the others are heads."""
    if getattr(settings, "modules_to_save", None):
        names = [path for path, _ in around.named_modules()]
        settings.modules_to_save = [
            one for one in settings.modules_to_save if any(f".{name}".endswith(f".{one}") for name in names)
        ] or None


def _placed(adapted: nn.Module, missing: set[str]) -> list[str]:
    """Weights of the adapter that the file did not have, though the base has a place for them."""
    trained = {name for name, weight in adapted.named_parameters() if ".default" in name or weight.requires_grad}
    return sorted(missing & trained)


def _told(error: Exception) -> str:
    """The line of a foreign error that names weights and shapes."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return next((line for line in lines if "size mismatch" in line), lines[0])[:300]


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(".")
