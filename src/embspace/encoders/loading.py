"""A name becomes an encoder: the one list of what can be loaded, and what is said when it cannot."""

from __future__ import annotations

import logging as standard
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from transformers.utils import logging

from embspace.encoders.base import Encoder
from embspace.encoders.checkpoints import Checkpoint, encoder_fingerprint, find_checkpoint
from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.encoders.model_reading import DeviceMap, read_model
from embspace.encoders.tokenizer_reading import check_vocabulary, read_tokenizer
from embspace.errors import SettingsError

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_MAPS = ("auto", "balanced", "balanced_low_0", "sequential")


def load_encoder(
    name: str | Path,
    *,
    device: str | None = None,
    dtype: str | None = None,
    device_map: DeviceMap | None = None,
    trust_remote_code: bool = False,
) -> Encoder:
    """The encoder of a name, ready to run.

    Args:
        name: `mini`; the folder of a checkpoint, of a peft adapter, or of a sentence-transformers model; a name on the
            Hugging Face hub with an optional `@revision` (branch, tag, commit); a step of a training run, `job:ID@STEP`
            or `run:KEY@STEP` (without a step the best one); or `BASE+ADAPTER`, each of these.
            An adapter is merged into its base, `adapter_config.json`'s unless given.
        device: a torch device; None: the GPU if there is one.
        dtype: what the model computes in: float32, bfloat16 or float16; None: float32, or what a quantized checkpoint
            was made for.
        device_map: for models larger than one device: `auto`, or module -> device; needs accelerate.
        trust_remote_code: run the Python files that come with a checkpoint whose architecture transformers has not.
            They may do anything that you may do on this machine; they count in the fingerprint.

    Raises:
        EncoderError: the checkpoint does not exist, is incomplete or damaged, contains code, or needs a library.
        SettingsError: no such device, device_map or dtype.
    """
    checkpoint = find_checkpoint(name, trust_remote_code=trust_remote_code)
    return open_checkpoint(checkpoint, device=device, dtype=dtype, device_map=device_map)


def open_checkpoint(
    checkpoint: Checkpoint,
    *,
    device: str | None = None,
    dtype: str | None = None,
    device_map: DeviceMap | None = None,
) -> Encoder:
    """The encoder of a checkpoint that was found; arguments and errors as of `load_encoder`."""
    if dtype is not None and dtype not in _DTYPES:
        raise SettingsError(f"A model cannot compute in {dtype!r}; possible are {', '.join(_DTYPES)}.")
    if device is not None and device_map is not None:
        raise SettingsError(f"device = {device!r} and device_map both say where a model runs; give one of them.")
    if isinstance(device_map, str) and device_map not in _MAPS:
        raise SettingsError(f"device_map = {device_map!r}; possible are {', '.join(_MAPS)}, or module -> device.")
    place = open_device(device)
    with quiet():
        tokenizer = read_tokenizer(checkpoint)
        model = read_model(checkpoint, place, _DTYPES[dtype] if dtype else None, device_map)
    check_vocabulary(checkpoint.name, tokenizer, model)
    return HuggingFaceEncoder(checkpoint.name, model, tokenizer, encoder_fingerprint(checkpoint, dtype))


def open_device(device: str | None) -> torch.device:
    """A device by its name; None: the GPU if there is one.

    Raises:
        SettingsError: it cannot be used here.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:
        raise SettingsError(f"The device {device!r} cannot be used here: {str(error).splitlines()[0]}") from error
    return place


@contextmanager
def quiet() -> Iterator[None]:
    """No notes and bars of other libraries while they read: what matters is checked and said here."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    disabled = standard.root.manager.disable
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    standard.disable(max(disabled, standard.ERROR))
    try:
        yield
    finally:
        standard.disable(disabled)
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
