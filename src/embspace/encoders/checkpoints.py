"""A checkpoint as files on this machine: found by name, checked, and fingerprinted without reading it into a model."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from embspace.errors import EncoderError
from embspace.storage import file_fingerprint, fingerprint
from embspace.workspace import data_folder

_WEIGHTS = (
    ("model.safetensors", r"model\.safetensors"),
    ("model.safetensors.index.json", r"model-.*\.safetensors"),
    ("pytorch_model.bin", r"pytorch_model\.bin"),
    ("pytorch_model.bin.index.json", r"pytorch_model-.*\.bin"),
)
_TOKENIZER = re.compile(r"tokenizer\.json|vocab\.(txt|json)|merges\.txt|tekken\.json|.*\.(model|tiktoken)")
_SETTINGS = frozenset({"config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"})


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a checkpoint's files are.

    Attributes:
        name: as the user called it.
        folder: holds config, tokenizer and weights.
        fingerprint: of these files' bytes; of a hub checkpoint, its commit.
    """

    name: str
    folder: Path
    fingerprint: str


def find_checkpoint(name: str | Path) -> Checkpoint:
    """The checked files of a checkpoint; of the hub, downloaded if need be.

    Args:
        name: `mini`, a folder, or a name on the Hugging Face hub with an optional `@revision`.

    Raises:
        EncoderError: there is none, it lacks files, needs code of its own to run, or the hub is out of reach.
    """
    given, path = str(name), Path(name).expanduser()
    if given == "mini":
        folder = data_folder() / "models" / "mini"
        check_files(given, folder)
        return Checkpoint(given, folder, _folder_fingerprint(folder))
    if path.is_dir():
        check_files(given, path)
        return Checkpoint(given, path.resolve(), _folder_fingerprint(path))
    if path.is_file():
        raise EncoderError(f"{given} is a file; give the folder that holds config.json, tokenizer and weights.")
    if isinstance(name, Path) or re.match(r"[./~\\]", given) or given.count("/") > 1:
        raise EncoderError(f"The folder {given} does not exist; give the folder of a checkpoint, or a name on the hub.")
    from embspace.encoders.hub import hub_folder

    repository, _, revision = given.partition("@")
    folder, commit = hub_folder(repository, revision or None)
    check_files(given, folder)
    return Checkpoint(given, folder, fingerprint(["hub", repository, commit]))


def check_files(name: str, folder: Path) -> None:
    """See that a folder holds what a checkpoint needs, and needs no code of its own.

    Raises:
        EncoderError: says what is missing.
    """
    if not (folder / "config.json").is_file():
        raise EncoderError(
            f"{folder} has no config.json, so it is no checkpoint; expected a folder that "
            "`save_pretrained` wrote: config.json, a tokenizer and weights."
        )
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise EncoderError(f"{folder / 'config.json'} is not JSON: {error}. Copy the checkpoint again.") from error
    if isinstance(config, dict) and config.get("auto_map") and not _is_known(config.get("model_type")):
        raise EncoderError(
            f"{name} needs Python code that comes with it (auto_map in config.json); embspace runs no code of "
            "checkpoints. Use one of an architecture that transformers has itself."
        )
    names = {path.name for path in folder.iterdir()}
    if not tokenizer_files(names):
        raise EncoderError(
            f"{folder} has no tokenizer; expected tokenizer.json, or a vocabulary from which one is made. "
            "Save it there: `tokenizer.save_pretrained(folder)`."
        )
    if not weight_files(names):
        raise EncoderError(
            f"{folder} has no weights; expected model.safetensors or pytorch_model.bin, whole or in parts."
        )


def _is_known(model_type: object) -> bool:
    from transformers import CONFIG_MAPPING

    return model_type in CONFIG_MAPPING


def weight_files(names: Collection[str]) -> list[str]:
    """The files that transformers reads weights from: safetensors before pickles, whole before in parts."""
    for first, pattern in _WEIGHTS:
        if first in names:
            return sorted({first, *(name for name in names if re.fullmatch(pattern, name))})
    return []


def tokenizer_files(names: Collection[str]) -> list[str]:
    """The files that hold a vocabulary."""
    return sorted(name for name in names if _TOKENIZER.fullmatch(name))


def checkpoint_files(names: Collection[str]) -> list[str]:
    """All files that an encoder depends on."""
    return sorted({*weight_files(names), *tokenizer_files(names), *(_SETTINGS & set(names))})


def _folder_fingerprint(folder: Path) -> str:
    names = checkpoint_files({path.name for path in folder.iterdir()})
    return fingerprint({name: _bytes_fingerprint(folder / name) for name in names})


def _bytes_fingerprint(path: Path) -> str:
    status = path.stat()
    return _fingerprint_once(path.resolve(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1024)
def _fingerprint_once(path: Path, size: int, changed: int) -> str:
    """A file is read once per process as long as its size and time of change stay."""
    return file_fingerprint(path)
