"""A name becomes an encoder: the one list of what can be loaded, and what is said when it cannot."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging

from embspace.encoders.base import Encoder
from embspace.encoders.checkpoints import Checkpoint, find_checkpoint, weight_files
from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.errors import EncoderError, SettingsError
from embspace.storage import fingerprint

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def load_encoder(name: str | Path, *, device: str | None = None, dtype: str | None = None) -> Encoder:
    """The encoder of a name, ready to run.

    Args:
        name: `mini`; the folder of a checkpoint; or a name on the Hugging Face hub with an optional `@revision`.
        device: a torch device; None: the GPU if there is one.
        dtype: what the model computes in: float32 (default), bfloat16 or float16.

    Raises:
        EncoderError: the checkpoint does not exist, is incomplete or damaged, or contains code.
        SettingsError: no such device or dtype.
    """
    return open_checkpoint(find_checkpoint(name), device=device, dtype=dtype)


def open_checkpoint(checkpoint: Checkpoint, *, device: str | None = None, dtype: str | None = None) -> Encoder:
    """The encoder of a checkpoint that was found; arguments and errors as of `load_encoder`."""
    if dtype is not None and dtype not in _DTYPES:
        raise SettingsError(f"A model cannot compute in {dtype!r}; possible are {', '.join(_DTYPES)}.")
    place = _device(device)
    with _quiet():
        tokenizer = _read_tokenizer(checkpoint)
        model = _read_model(checkpoint, _DTYPES[dtype or "float32"])
    nn.Module.to(model, place)
    exact = dtype in (None, "float32")
    key = checkpoint.fingerprint if exact else fingerprint([checkpoint.fingerprint, dtype])
    return HuggingFaceEncoder(checkpoint.name, model, tokenizer, key)


def _device(device: str | None) -> torch.device:
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:
        raise SettingsError(f"The device {device!r} cannot be used here: {str(error).splitlines()[0]}") from error
    return place


@contextmanager
def _quiet() -> Iterator[None]:
    """No notes and bars of transformers while it reads: what matters is checked and said here."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _read_tokenizer(checkpoint: Checkpoint) -> PreTrainedTokenizerFast:
    try:
        tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        raise EncoderError(
            f"The tokenizer of {checkpoint.name} cannot be opened: {_brief(error)} "
            "Expected a fast tokenizer (tokenizer.json) that needs no code of its own."
        ) from error
    if not tokenizer.is_fast:
        raise EncoderError(
            f"The tokenizer of {checkpoint.name} ({type(tokenizer).__name__}) is a slow one, which does not say where "
            "its pieces come from; expected a fast tokenizer (tokenizer.json)."
        )
    return tokenizer


def _read_model(checkpoint: Checkpoint, dtype: torch.dtype) -> PreTrainedModel:
    files = weight_files([path.name for path in checkpoint.folder.iterdir()])
    try:
        options: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
        config = AutoConfig.from_pretrained(checkpoint.folder, **options)
        model, report = AutoModel.from_pretrained(
            checkpoint.folder,
            config=config,
            dtype=dtype,
            use_safetensors=files[0].endswith((".safetensors", ".safetensors.index.json")),
            weights_only=True,
            output_loading_info=True,
            **_without_pooler(config),
            **options,
        )
    except pickle.UnpicklingError as error:
        raise EncoderError(
            f"{checkpoint.name}: {_named(files)} in {checkpoint.folder} was refused because it contains code that "
            "would run on loading, or is no file of weights at all. Use weights in safetensors."
        ) from error
    except Exception as error:
        if _tells_damage(error):
            raise EncoderError(
                f"{checkpoint.name}: {_named(files)} in {checkpoint.folder} is damaged or cut off ({_brief(error)}) "
                "Copy or download the weights again."
            ) from error
        raise EncoderError(f"transformers cannot open the model of {checkpoint.name}: {_brief(error)}") from error
    missing = sorted(key for key in report["missing_keys"] if "pooler" not in key)
    if missing:
        raise EncoderError(
            f"{checkpoint.name}: the weights lack {len(missing)} parts of the model that config.json describes, "
            f"{missing[0]} among them; they would be random numbers. Weights and config.json do not belong together."
        )
    return model.get_encoder() if config.is_encoder_decoder else model


def _without_pooler(config: Any) -> dict[str, Any]:
    """The pooler is no layer, and a masked LM's checkpoint has none: it would be made of random numbers."""
    kind = AutoModel._model_mapping.get(type(config), None)
    if isinstance(kind, type) and "add_pooling_layer" in inspect.signature(kind.__init__).parameters:
        return {"add_pooling_layer": False}
    return {}


def _tells_damage(error: Exception) -> bool:
    """Whether an error is one of those that readers of weights raise on a file that is not whole."""
    if isinstance(error, OSError):
        return error.errno is not None
    told = ("PytorchStreamReader", "unexpected EOF", "corrupted")
    return isinstance(error, SafetensorError | EOFError | KeyError) or any(one in str(error) for one in told)


def _named(files: list[str]) -> str:
    return files[0] if len(files) == 1 else f"one of {files[0]} and the {len(files) - 1} others"


def _brief(error: Exception) -> str:
    """The first sentence of a foreign error, which may go on for pages."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"{line[:200].rstrip('.: ')}."
