"""What is done to a stored space: read whole and checked, made whole, or written for another program."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from embspace.errors import SettingsError
from embspace.progress import Progress
from embspace.workspace import Workspace

Kind = Literal["zarr", "safetensors", "numpy", "projector"]


@dataclass(frozen=True, slots=True)
class VerifyConfig:
    """Which space is read whole."""

    space: str
    """the name of its folder, or how it begins"""

    def __post_init__(self) -> None:
        _check_name(self.space)


@dataclass(frozen=True, slots=True)
class RepairConfig:
    """Which space is made whole, and with what."""

    space: str
    """the name of its folder, or how it begins"""
    checkpoint: str | None = None
    """where the model lies; None: where the recipe says"""
    device: str | None = None
    """a torch device; None: the GPU if there is one"""

    def __post_init__(self) -> None:
        _check_name(self.space)


@dataclass(frozen=True, slots=True)
class ExportConfig:
    """Which space is written, where, and how."""

    space: str
    """the name of its folder, or how it begins"""
    output: str
    """the file or folder to write"""
    kind: Kind = "zarr"
    layers: tuple[int, ...] | None = None
    """the model's layer numbers; None: all that are stored (projector: the last of them)"""
    force: bool = False
    """replace an export that is there"""

    def __post_init__(self) -> None:
        _check_name(self.space)
        if not self.output.strip():
            raise SettingsError("output is empty: name the file or folder to write.")
        if self.layers is not None and not self.layers:
            raise SettingsError("layers is empty: give numbers, 0 for the embeddings and -1 for the last, or none.")


def run(config: VerifyConfig | RepairConfig | ExportConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Do it, and say what was found or made.

    Returns:
        `space`, the name of its folder, and: of verify `good problems`; of repair `problems remade swept foreign`; of
        export `kind path`.

    Raises:
        StoreError: there is no such space, it cannot be repaired or read, the disk refuses, or (export) something
            stands at the path.
        EncoderError: (repair) the checkpoint that made the space is not there.
        SettingsError: (export) a layer is not stored, or Zarr is not installed.
    """
    folder = _folder(config.space, workspace)
    if isinstance(config, VerifyConfig):
        from embspace.spaces.store import verify

        problems = verify(folder, progress)
        return {"space": folder.name, "good": not problems, "problems": problems}
    if isinstance(config, RepairConfig):
        from embspace.spaces.repair import repair

        done = repair(folder, checkpoint=config.checkpoint, device=config.device, progress=progress)
        return {"space": folder.name, **asdict(done)}
    from embspace.spaces.export import export
    from embspace.spaces.space import open_space

    written = export(
        open_space(folder),
        Path(config.output),
        config.kind,
        layers=config.layers,
        force=config.force,
        progress=progress,
    )
    return {"space": folder.name, "kind": config.kind, "path": str(written)}


def _folder(name: str, workspace: Workspace) -> Path:
    """The folder of a space; a whole name is itself, even where that of a copy begins with it."""
    from embspace.spaces.shelf import find_space, space_folders

    whole = [folder for folder in space_folders(workspace) if folder.name == name]
    return whole[0] if whole else find_space(name, workspace)


def _check_name(space: str) -> None:
    if not space:
        raise SettingsError("space is empty: name a stored space, or how its fingerprint begins.")
