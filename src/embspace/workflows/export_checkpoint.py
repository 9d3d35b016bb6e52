"""A step of a training run as a folder for plain transformers: weights, tokenizer and a model card."""

from __future__ import annotations

import os
import shutil
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from embspace.errors import EncoderError, SettingsError, StoreError
from embspace.progress import Progress, Silent
from embspace.storage import read_json, refused, sync_folder
from embspace.workspace import Workspace, current_workspace, in_its_workspace

if TYPE_CHECKING:
    from embspace.encoders.trained import Step

CARD = "README.md"
_OWN = ("state.pt", "complete.json")
"""files of a step that transformers does not read"""
_BLOCK = 8 * 2**20
"""bytes that are copied at once"""


@dataclass(frozen=True, slots=True)
class ExportCheckpointConfig:
    """Which step of a run is written, and where."""

    checkpoint: str
    """a step of a run: job:ID@best, job:ID@last, job:ID@STEP, job:ID/SEED@STEP or run:KEY@STEP"""
    output: str
    """the folder to write; none stands there, or an empty one"""

    def __post_init__(self) -> None:
        if not self.checkpoint:
            raise SettingsError("checkpoint is empty: name a step of a training, such as job:4f2@best.")
        if not self.output.strip():
            raise SettingsError("output is empty: name the folder to write.")


@in_its_workspace
def export_checkpoint(
    checkpoint: str, folder: str | Path, *, workspace: Workspace | None = None, progress: Progress | None = None
) -> Path:
    """Write a step of a run as a folder that transformers opens by itself; returns the folder.

    It holds the model's weights and configuration, the tokenizer, and `README.md`: what it was trained on, its
    settings, its scores, the versions of the libraries. The folder stands there when it is whole.

    Args:
        checkpoint: `job:ID@best`, `job:ID/SEED@STEP`, `run:KEY@last`, ...
        folder: that is written; none stands there, or an empty one.
        workspace: where runs lie; None: the current one.
        progress: counts bytes; may raise `Cancelled`.

    Raises:
        EncoderError: that is no step of a run, or its weights are not stored.
        StoreError: something stands at the folder, the disk refuses, or a file of the step is damaged.
    """
    from embspace.encoders.trained import DONE, find_step, is_trained
    from embspace.workflows.model_card import model_card

    if not is_trained(checkpoint):
        raise EncoderError(
            f"{checkpoint!r} is no step of a training run; expected a name such as job:4f2@best. A folder or a model "
            "of the hub needs no export: transformers opens it as it is."
        )
    step = find_step(checkpoint, workspace or current_workspace())
    if step.gone:
        raise EncoderError(step.gone)
    target = export_path(folder)
    check_free(target)
    sealed = {name: facts for name, facts in read_json(step.folder / DONE)["files"].items() if name not in _OWN}
    progress = progress or Silent()
    progress.stage("exporting", sum(size for size, _ in sealed.values()), "bytes")
    aside = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
    try:
        aside.mkdir(parents=True)
        for name, (size, checksum) in sealed.items():
            _copy(step, name, aside / name, size, checksum, progress)
        with open(aside / CARD, "w", encoding="utf-8") as stream:
            stream.write(model_card(step))
            stream.flush()
            os.fsync(stream.fileno())
        sync_folder(aside)
        os.replace(aside, target)  # an empty folder gives way, another one does not
        sync_folder(target.parent)
    except OSError as error:
        check_free(target)
        raise refused(target, error) from error
    finally:
        with suppress(OSError):
            shutil.rmtree(aside, ignore_errors=True)
    return target


def export_path(folder: str | Path) -> Path:
    """The folder of an export as it is written."""
    return Path(folder).expanduser().absolute()


def check_free(target: Path) -> None:
    """See that nothing stands at a folder, or an empty one.

    Raises:
        StoreError: there is something; or it cannot be looked at.
    """
    try:
        if target.is_dir() and any(target.iterdir()):
            raise StoreError(f"{target} exists and is not empty; name another folder, or remove it first.")
        if target.exists() and not target.is_dir():
            raise StoreError(f"{target} is a file; name a folder that is not there yet.")
    except OSError as error:
        raise refused(target, error) from error


def _copy(step: Step, name: str, target: Path, size: int, checksum: int, progress: Progress) -> None:
    """Copy a file of a step and see that it is as it was written."""
    source, read, found = step.folder / name, 0, 0
    try:
        stream = open(source, "rb")  # noqa: SIM115 - closed below
    except FileNotFoundError as error:
        raise _damaged(source) from error
    with stream, open(target, "wb") as out:
        while block := stream.read(_BLOCK):
            read, found = read + len(block), zlib.crc32(block, found)
            out.write(block)
            progress.advance(len(block))
        out.flush()
        os.fsync(out.fileno())
    if (read, found) != (size, checksum):
        raise _damaged(source)


def _damaged(path: Path) -> StoreError:
    return StoreError(
        f"{path} is missing or is not as it was written, so nothing was exported. Take another step of the run, or "
        "train it again."
    )


def run(config: ExportCheckpointConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Export, and say where to: `checkpoint path`.

    Raises:
        EncoderError: that is no step of a run, or its weights are not stored.
        StoreError: something stands at the folder, or the disk refuses.
    """
    path = export_checkpoint(config.checkpoint, config.output, workspace=workspace, progress=progress)
    return {"checkpoint": config.checkpoint, "path": str(path)}
