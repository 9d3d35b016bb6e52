"""Quantized checkpoints: which library their weights need, and what is said where they cannot be run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from embspace.encoders.layout import read_object
from embspace.errors import EncoderError

_LIBRARIES = {
    "bitsandbytes": "bitsandbytes",
    "bitsandbytes_4bit": "bitsandbytes",
    "bitsandbytes_8bit": "bitsandbytes",
    "gptq": "optimum gptqmodel",
    "awq": "gptqmodel",
    "torchao": "torchao",
    "hqq": "hqq",
    "quanto": "optimum-quanto",
    "compressed-tensors": "compressed-tensors",
    "aqlm": "aqlm",
    "eetq": "eetq",
    "fp8": "accelerate",
}
"""quantization method -> what to install, where transformers' own message does not say"""


def quantization_method(folder: Path) -> str | None:
    """The method by which a checkpoint's weights are quantized; None where they are not."""
    config = read_object(folder / "config.json")
    texts = [config, *(one for one in config.values() if isinstance(one, dict) and "quantization_config" in one)]
    for one in texts:
        settings = one.get("quantization_config")
        if isinstance(settings, dict) and settings:
            return str(settings.get("quant_method") or "bitsandbytes")
    return None


def quantization_error(error: Exception, name: str, method: str, device: str) -> EncoderError:
    """What to say where a quantized checkpoint could not be opened.

    Args:
        error: what transformers raised.
        name: of the checkpoint.
        method: by which it is quantized.
        device: where it was to run.
    """
    told = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    if isinstance(error, ImportError):
        given = re.search(r"pip install [^`'\")]*[^`'\") .]", told)
        install = given.group(0) if given else f"pip install {_LIBRARIES.get(method, method)}"
        return EncoderError(
            f"{name} is quantized with {method}, and a library that it needs is not installed: `{install}`. ({told})"
        )
    if device == "cpu" and re.search(r"\b(gpu|cuda|xpu|accelerator|mps)\b", told, re.IGNORECASE):
        return EncoderError(
            f"{name} is quantized with {method}, which does not run on a CPU: {told} "
            "Open it on a machine with a GPU, or take the checkpoint that is not quantized."
        )
    return EncoderError(f"{name} is quantized with {method} and cannot be opened: {told}")


def architecture(config: Any) -> Any:
    """The class of transformers that wrote a checkpoint, head and all; None where it is unknown.

    Quantized weights are read into this class: which of them are quantized is told by names that begin at the head.
    """
    import transformers

    for one in getattr(config, "architectures", None) or ():
        found = getattr(transformers, str(one), None)
        if isinstance(found, type) and issubclass(found, transformers.PreTrainedModel):
            return found
    return None
