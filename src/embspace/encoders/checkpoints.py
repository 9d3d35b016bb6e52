"""A checkpoint as files on this machine: found by name, checked, and fingerprinted without reading it into a model."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from embspace.encoders.adapters import base_name, read_adapter, split_adapter
from embspace.encoders.completeness import check_files
from embspace.encoders.fingerprints import files_fingerprint
from embspace.encoders.layout import (
    ADAPTER_CONFIG,
    adapter_files,
    checkpoint_files,
    file_names,
    tokenizer_files,
    transformer_folder,
    weight_files,
)
from embspace.encoders.quantization import quantization_method
from embspace.encoders.remote_code import code_fingerprint, own_code
from embspace.encoders.trained import find_step, is_trained
from embspace.errors import EncoderError
from embspace.storage import fingerprint
from embspace.workspace import data_folder

_DEEPEST = 8
"""adapters on adapters; more of them name each other in a circle"""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a checkpoint's files are.

    Attributes:
        name: as the user called it.
        folder: holds config and weights; of an adapter, those of its base.
        fingerprint: of these files' bytes; of a hub checkpoint, its commit.
        tokenizer: the folder that holds the tokenizer.
        adapters: folders of peft adapters, to be put on the weights one after the other.
        code: Python files that come with the checkpoint are run.
        code_revision: the commit of the hub repository they are kept in, where that is another one.
        gone: why the weights are not there, though what was read with them may be stored; empty: they are.
    """

    name: str
    folder: Path
    fingerprint: str
    tokenizer: Path
    adapters: tuple[Path, ...] = ()
    code: bool = False
    code_revision: str | None = None
    gone: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder that was found by a name, and the fingerprint that its name on the hub gives it."""

    name: str
    folder: Path
    key: str | None = None


def find_checkpoint(name: str | Path, *, trust_remote_code: bool = False) -> Checkpoint:
    """The checked files of a checkpoint; of the hub, downloaded if need be.

    Args:
        name: `mini`, a folder, a name on the Hugging Face hub with an optional `@revision`, `BASE+ADAPTER`, or a step
            of a training run, as `find_step` takes it.
        trust_remote_code: see `load_encoder`.

    Raises:
        EncoderError: there is none, it lacks files, needs code of its own to run, or the hub is out of reach.
    """
    return _find(name, trust_remote_code, 0)


def encoder_fingerprint(checkpoint: Checkpoint, dtype: str | None = None) -> str:
    """The fingerprint of the encoder that `open_checkpoint` makes of a checkpoint, without opening it.

    Args:
        checkpoint: what `find_checkpoint` gave. Quantization and code are settings of its files, so they count.
        dtype: what the model computes in; None and float32 are the same, unless the weights are quantized.
    """
    exact = dtype is None or (dtype == "float32" and quantization_method(checkpoint.folder) is None)
    return checkpoint.fingerprint if exact else fingerprint([checkpoint.fingerprint, dtype])


def _find(name: str | Path, trust: bool, depth: int) -> Checkpoint:
    given = str(name)
    if depth > _DEEPEST:
        raise EncoderError(f"{given} stands on more than {_DEEPEST} adapters; do they name each other as their base?")
    halves = split_adapter(given)
    if halves is not None:
        base, adapter = halves
        place = _place(adapter, False, trust)
        if not adapter_files(file_names(place.folder)):
            raise EncoderError(f"{adapter} is no adapter: {place.folder} lacks {ADAPTER_CONFIG} or its weights.")
        read_adapter(place.folder, adapter, trust_remote_code=trust)
        return _put_on(_find(base, trust, depth + 1), place, given)
    if isinstance(name, str) and is_trained(name):
        step = find_step(name)
        if step.gone:
            return Checkpoint(name, step.folder, step.fingerprint, step.folder, gone=step.gone)
        return _whole(_Place(name, step.folder, step.fingerprint), False)
    place = _place(name, isinstance(name, Path), trust)
    names = file_names(place.folder)
    if ADAPTER_CONFIG not in names or (not adapter_files(names) and weight_files(names)):
        return _whole(place, trust)
    if not adapter_files(names):
        raise EncoderError(
            f"{place.folder} has {ADAPTER_CONFIG} but no weights of the adapter; expected adapter_model.safetensors."
        )
    settings = read_adapter(place.folder, given, trust_remote_code=trust)
    if weight_files(names) and "config.json" in names:
        return _put_on(_whole(place, trust), place, given)
    base = base_name(place.folder, given, settings)
    try:
        found = _find(base, trust, depth + 1)
    except EncoderError as error:
        raise EncoderError(
            f"{given} is an adapter on {base}, which cannot be opened: {error} "
            f"If the base is elsewhere, give it too: BASE+{given}."
        ) from error
    return _put_on(found, place, given)


def _place(name: str | Path, is_path: bool, trust: bool) -> _Place:
    given, path = str(name), Path(name).expanduser()
    if given == "mini":
        return _Place(given, data_folder() / "models" / "mini")
    if path.is_dir():
        return _Place(given, path.resolve())
    if path.is_file():
        raise EncoderError(f"{given} is a file; give the folder that holds config.json, tokenizer and weights.")
    if is_path or re.match(r"[./~\\]", given) or given.partition("@")[0].count("/") > 1:
        raise EncoderError(f"The folder {given} does not exist; give the folder of a checkpoint, or a name on the hub.")
    from embspace.encoders.hub import hub_folder

    repository, _, revision = given.partition("@")
    folder, commit = hub_folder(repository, revision or None, code=trust)
    return _Place(given, folder, fingerprint(["hub", repository, commit]))


def _whole(place: _Place, trust: bool) -> Checkpoint:
    """A checkpoint that stands by itself."""
    folder = transformer_folder(place.folder)
    tokenizer = folder if tokenizer_files(file_names(folder)) else place.folder
    check_files(place.name, folder, tokenizer, trust_remote_code=trust)
    key = place.key or files_fingerprint(folder, checkpoint_files(file_names(folder)))
    if tokenizer != folder and not place.key:
        key = fingerprint(["tokenizer", key, _adapter_key(tokenizer)])
    references = own_code(folder, tokenizer) if trust else []
    if not references:
        return Checkpoint(place.name, folder, key, tokenizer)
    code, revision = code_fingerprint(place.name, folder, references)
    key = fingerprint(["code", key, code])
    return Checkpoint(place.name, folder, key, tokenizer, code=True, code_revision=revision)


def _put_on(base: Checkpoint, place: _Place, name: str) -> Checkpoint:
    """An adapter on its base; the tokenizer is the adapter's, if it has one."""
    return replace(
        base,
        name=name,
        fingerprint=fingerprint(["adapter", base.fingerprint, place.key or _adapter_key(place.folder)]),
        tokenizer=place.folder if tokenizer_files(file_names(place.folder)) else base.tokenizer,
        adapters=(*base.adapters, place.folder),
    )


def _adapter_key(folder: Path) -> str:
    """The fingerprint of an adapter's own files: its weights, settings and tokenizer."""
    names = file_names(folder)
    own = set(checkpoint_files(names)) - set(weight_files(names)) - {"config.json"}
    return files_fingerprint(folder, sorted(own))
