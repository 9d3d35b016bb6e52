"""The model of a checkpoint, its adapters put on: weights read without running code, whole or not at all."""

from __future__ import annotations

import inspect
import pickle
import re
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

from embspace.encoders.checkpoints import Checkpoint
from embspace.encoders.foreign_errors import brief, tells_damage
from embspace.encoders.layout import file_names, weight_files
from embspace.encoders.merging import apply_adapter
from embspace.encoders.quantization import architecture, quantization_error, quantization_method
from embspace.errors import EncoderError

DeviceMap = str | dict[str, int | str]

_NO_ADAPTER = {"subfolder": "-"}
"""keeps transformers from looking for an adapter by itself: adapters are put on here, and seen to fit"""


def read_model(
    checkpoint: Checkpoint, device: torch.device, dtype: torch.dtype | None, device_map: DeviceMap | None = None
) -> PreTrainedModel:
    """The model of a checkpoint, without a head, on its device or devices.

    Args:
        checkpoint: what `find_checkpoint` gave.
        device: where it runs, unless device_map says.
        dtype: what it computes in; None: float32, or what a quantized checkpoint was made for.
        device_map: as `from_pretrained` takes it.

    Raises:
        EncoderError: the weights are damaged, incomplete, of another model, contain code, or need what is not here.
    """
    if checkpoint.gone:
        raise EncoderError(checkpoint.gone)
    method = quantization_method(checkpoint.folder)
    try:
        model = _read(checkpoint, device, dtype, device_map, method)
    except EncoderError:
        raise
    except pickle.UnpicklingError as error:
        raise EncoderError(
            f"{checkpoint.name}: {_named(checkpoint)} was refused because it contains code that "
            "would run on loading, or is no file of weights at all. Use weights in safetensors."
        ) from error
    except Exception as error:
        raise _explained(error, checkpoint, device, device_map, method) from error
    for folder in checkpoint.adapters:
        apply_adapter(model, folder, checkpoint.name, merge=method is None)
    if model.config.is_encoder_decoder:
        model = model.get_encoder()
    if device_map is None and method is None:
        nn.Module.to(model, device)
        if checkpoint.adapters and dtype is not None:
            nn.Module.to(model, dtype)
    else:
        _gather(model)
    return model


def _read(
    checkpoint: Checkpoint,
    device: torch.device,
    dtype: torch.dtype | None,
    device_map: DeviceMap | None,
    method: str | None,
) -> PreTrainedModel:
    options: dict[str, Any] = {"trust_remote_code": checkpoint.code, "local_files_only": True}
    if checkpoint.code_revision:
        options["code_revision"] = checkpoint.code_revision
    config = AutoConfig.from_pretrained(checkpoint.folder, **options)
    kind: Any = AutoModel
    if method is not None:
        kind = (None if checkpoint.code else architecture(config)) or AutoModel
        options["device_map"] = device_map or {"": device}
    elif device_map is not None:
        options["device_map"] = device_map
    if kind is AutoModel:
        options |= _without_pooler(config)
    model, report = kind.from_pretrained(
        checkpoint.folder,
        config=config,
        dtype=dtype or ("auto" if method else torch.float32),
        use_safetensors=_weights(checkpoint)[0].endswith((".safetensors", ".safetensors.index.json")),
        weights_only=True,
        output_loading_info=True,
        ignore_mismatched_sizes=True,
        adapter_kwargs=dict(_NO_ADAPTER),
        **options,
    )
    base = model if kind is AutoModel or config.is_encoder_decoder else model.base_model
    _check_report(checkpoint.name, report, "" if base is model else f"{model.base_model_prefix}.")
    return base


def _check_report(name: str, report: Any, inside: str) -> None:
    """See that every weight of the model was in the files, with the shape it has in the model."""
    odd = sorted((one for one in report["mismatched_keys"] if one[0].startswith(inside)), key=lambda one: one[0])
    if odd:
        key, found, expected = odd[0]
        raise EncoderError(
            f"{name}: {len(odd)} of the weights have another shape than config.json describes; {key} is "
            f"{tuple(found)}, expected {tuple(expected)}. Weights and config.json do not belong together."
        )
    missing = sorted(key for key in report["missing_keys"] if key.startswith(inside) and "pooler" not in key)
    if missing:
        raise EncoderError(
            f"{name}: the weights lack {len(missing)} parts of the model that config.json describes, "
            f"{missing[0]} among them; they would be random numbers. Weights and config.json do not belong together."
        )


def _explained(
    error: Exception, checkpoint: Checkpoint, device: torch.device, device_map: DeviceMap | None, method: str | None
) -> EncoderError:
    name = checkpoint.name
    if method is None and device_map is not None and re.search(r"pip install '?accelerate", str(error)):
        return EncoderError(f"{name}: a device_map needs a library that is not installed: `pip install accelerate`.")
    if method is None and tells_damage(error):
        return EncoderError(
            f"{name}: {_named(checkpoint)} is damaged or cut off ({brief(error)}) Copy or download the weights again."
        )
    if method is not None:
        return quantization_error(error, name, method, "cpu" if device_map is None else str(device_map))
    placed = f" with device_map = {device_map!r}" if device_map is not None else ""
    return EncoderError(f"transformers cannot open the model of {name}{placed}: {brief(error)}")


def _gather(model: PreTrainedModel) -> None:
    """Let a model that lies on several devices give its states on the one where its input was."""
    places: Any = getattr(model, "hf_device_map", None)
    if not places or len({str(one) for one in places.values()}) < 2:
        return
    from accelerate.hooks import AlignDevicesHook, add_hook_to_module

    add_hook_to_module(model, AlignDevicesHook(io_same_device=True), append=True)


def _without_pooler(config: Any) -> dict[str, Any]:
    """The pooler is no layer, and a masked LM's checkpoint has none: it would be made of random numbers."""
    kind = AutoModel._model_mapping.get(type(config), None)
    if isinstance(kind, type) and "add_pooling_layer" in inspect.signature(kind.__init__).parameters:
        return {"add_pooling_layer": False}
    return {}


def _weights(checkpoint: Checkpoint) -> list[str]:
    return weight_files(file_names(checkpoint.folder))


def _named(checkpoint: Checkpoint) -> str:
    files = _weights(checkpoint)
    told = files[0] if len(files) == 1 else f"one of {files[0]} and the {len(files) - 1} others"
    return f"{told} in {checkpoint.folder}"
