"""Which files of a folder make a checkpoint: told by their names, as transformers and peft read them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from embspace.errors import EncoderError

_WEIGHTS = (
    ("model.safetensors", r"model\.safetensors"),
    ("model.safetensors.index.json", r"model-.*\.safetensors"),
    ("pytorch_model.bin", r"pytorch_model\.bin"),
    ("pytorch_model.bin.index.json", r"pytorch_model-.*\.bin"),
)
_FOREIGN_WEIGHTS = {
    "TensorFlow": r"tf_model.*\.h5(\.index\.json)?",
    "Flax": r"flax_model.*\.msgpack(\.index\.json)?",
    "GGUF": r".*\.gguf",
    "ONNX": r".*\.onnx",
    "PyTorch Lightning": r".*\.ckpt",
}
_TOKENIZER = re.compile(r"tokenizer\.json|vocab\.(txt|json)|merges\.txt|tekken\.json|.*\.(model|tiktoken)")
_SETTINGS = frozenset({"config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"})
_ADAPTER_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")
ADAPTER_CONFIG = "adapter_config.json"
MODULES = "modules.json"
"""says where in a folder of sentence-transformers its transformer is"""


def file_names(folder: Path) -> set[str]:
    """The files of a folder; a link whose target is gone is none."""
    return {path.name for path in folder.iterdir() if path.is_file()}


def weight_files(names: Collection[str]) -> list[str]:
    """The files that transformers reads weights from: safetensors before pickles, whole before in parts."""
    for first, pattern in _WEIGHTS:
        if first in names:
            return sorted({first, *(name for name in names if re.fullmatch(pattern, name))})
    return []


def foreign_weights(names: Collection[str]) -> str | None:
    """Another library whose weights are there, where torch's are not."""
    for library, pattern in _FOREIGN_WEIGHTS.items():
        if any(re.fullmatch(pattern, name) for name in names):
            return library
    return None


def missing_parts(folder: Path, files: Iterable[str]) -> list[str]:
    """Parts of the weights that their index names and the folder lacks.

    Raises:
        EncoderError: the index is no JSON of the expected form.
    """
    index = next((name for name in files if name.endswith(".index.json")), None)
    if index is None:
        return []
    parts = read_object(folder / index).get("weight_map")
    if not isinstance(parts, dict):
        raise EncoderError(f"{folder / index} has no weight_map, so it names no weights. Copy the checkpoint again.")
    return sorted({str(part) for part in parts.values()} - file_names(folder))


def tokenizer_files(names: Collection[str]) -> list[str]:
    """The files that hold a vocabulary."""
    return sorted(name for name in names if _TOKENIZER.fullmatch(name))


def adapter_files(names: Collection[str]) -> list[str]:
    """The settings and weights of a peft adapter; none where one of them is missing."""
    weights = next((name for name in _ADAPTER_WEIGHTS if name in names), None)
    return [ADAPTER_CONFIG, weights] if weights and ADAPTER_CONFIG in names else []


def checkpoint_files(names: Collection[str]) -> list[str]:
    """All files that an encoder depends on."""
    found = {*weight_files(names), *tokenizer_files(names), *adapter_files(names), *(_SETTINGS & set(names))}
    return sorted(found)


def wanted_files(names: Collection[str], *, code: bool = False) -> list[str]:
    """What is downloaded of a checkpoint's files on the hub, which are named with their folders.

    Args:
        names: paths inside the repository.
        code: also the Python files.
    """
    wanted = set(checkpoint_files([name for name in names if "/" not in name]))
    if MODULES in names:
        wanted.add(MODULES)
        for folder in {name.split("/")[0] for name in names if re.match(r"0_[^/]*/[^/]+$", name)}:
            inside = [name.removeprefix(f"{folder}/") for name in names if name.startswith(f"{folder}/")]
            wanted.update(f"{folder}/{name}" for name in checkpoint_files(inside))
    if code:
        wanted.update(name for name in names if name.endswith(".py"))
    return sorted(wanted)


def transformer_folder(folder: Path) -> Path:
    """Where the transformer is: in a folder of sentence-transformers where its modules.json says, else the folder.

    Raises:
        EncoderError: modules.json names no transformer.
    """
    if not (folder / MODULES).is_file():
        return folder
    modules = _read(folder / MODULES)
    for module in modules if isinstance(modules, list) else []:
        if isinstance(module, dict) and str(module.get("type", "")).split(".")[-1] == "Transformer":
            inside = (folder / str(module.get("path", ""))).resolve()
            if inside.is_dir() and inside.is_relative_to(folder.resolve()):
                return inside if inside != folder.resolve() else folder
            raise EncoderError(f"{folder / MODULES} places the transformer in {inside}, which is not in this folder.")
    if (folder / "config.json").is_file() and weight_files(file_names(folder)):
        return folder
    raise EncoderError(
        f"{folder / MODULES} names no Transformer among its modules, so there are no layers to read; "
        "expected a model of sentence-transformers that is built on one."
    )


def read_object(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object.

    Raises:
        EncoderError: it is something else.
    """
    value = _read(path)
    if not isinstance(value, dict):
        raise EncoderError(f"{path} is not a JSON object; expected settings by name. Copy the checkpoint again.")
    return value


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise EncoderError(f"{path} is not JSON: {error}. Copy the checkpoint again.") from error
