"""What a study came to, as a folder: `study.json`, and a folder of tables and figures per item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from embspace.errors import EmbspaceError, StoreError
from embspace.storage import fingerprint, read_json, write_json
from embspace.studies.config import StudyConfig
from embspace.studies.stored_output import OUTPUT, VERSION, StoredOutput, now, read_output, write_output
from embspace.studies.study import Output, Study
from embspace.workflows.settings import from_json, to_json
from embspace.workspace import Workspace

__all__ = ["OUTPUT", "RECORD", "StoredOutput", "StudyFolder", "stored_studies"]

RECORD = "study.json"
_LIBRARIES = ("embspace", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """The folder of a study with its settings; which items were asked for makes no other one."""

    path: Path

    @classmethod
    def of(cls, config: StudyConfig, workspace: Workspace) -> StudyFolder:
        """Where a study with these settings lies, or will."""
        key = fingerprint(replace(config, only=()))[:12]
        return cls(workspace.studies / f"{config.study}-{key}")

    @property
    def record(self) -> dict[str, Any]:
        """All of `study.json`: `config title items differences roles versions checkpoint runs`.

        Raises:
            StoreError: it is missing or damaged.
        """
        found = read_json(self.path / RECORD, "Run the study again to have it written.")
        if not isinstance(found, dict) or found.get("version") != VERSION:
            raise StoreError(f"{self.path / RECORD} is of another version of embspace; run the study again.")
        return found

    @property
    def config(self) -> StudyConfig:
        """The settings, with the items that were asked for last."""
        return from_json(StudyConfig, self.record["config"], str(self.path / RECORD))

    @property
    def report(self) -> Path:
        """The HTML report; it may not be there yet."""
        return self.path / "report.html"

    def begin(self, config: StudyConfig, study: Study) -> None:
        """Say what is made here, by what, of what, since when; outputs that are there stay.

        Raises:
            EncoderError: there is no such checkpoint.
            StoreError: the disk refuses.
        """
        from embspace.encoders.checkpoints import find_checkpoint

        try:
            before = self.record
        except StoreError:
            before = {}
        checkpoint = find_checkpoint(config.checkpoint)
        record = {
            "version": VERSION,
            "config": to_json(config),
            "title": study.title,
            "items": {name: item.title for name, item in study.items.items()},
            "differences": list(study.differences(config)),
            "roles": dict(study.roles),
            "sizes": dict(study.sizes(config)),
            "versions": {name: found for name in _LIBRARIES if (found := _version(name))},
            "checkpoint": {"name": checkpoint.name, "fingerprint": checkpoint.fingerprint},
            "trained": before.get("trained", {}),
            "runs": [*before.get("runs", ()), {"started": now(), "items": list(study.chosen(config)), "seconds": None}],
        }
        write_json(self.path / RECORD, record)

    def write(self, name: str, title: str, output: Output) -> None:
        """Store an item's tables and figures in the place of earlier ones; one that is missing now keeps these.

        Raises:
            StoreError: the disk refuses; what was stored before is kept.
        """
        write_output(self.path / name, title, output, self.record["checkpoint"]["fingerprint"])

    def end(self, seconds: float, trained: Mapping[str, float] | None = None) -> None:
        """Say how long it took, and how long each fine-tuning by its run, also of those that were done before."""
        record = self.record
        record["runs"][-1]["seconds"] = round(seconds, 1)
        record["trained"] = {**record["trained"], **(trained or {})}
        write_json(self.path / RECORD, record)

    def read(self) -> list[StoredOutput]:
        """Every item in the paper's order: what was made of it, or that nothing was yet; damaged ones say so.

        Raises:
            StoreError: `study.json` is missing or damaged.
        """
        record = self.record
        found = (read_output(self.path / name, title) for name, title in record["items"].items())
        return [_beside(one, record["checkpoint"]["fingerprint"]) for one in found]


def _beside(one: StoredOutput, weights: str) -> StoredOutput:
    """An item with a note where it was made with other weights than the study was run with last."""
    if one.weights in ("", weights):
        return one
    note = f"Made with other weights (fingerprint {one.weights[:8]}) than those named above; make it again."
    return replace(one, notes=(note, *one.notes))


def stored_studies(workspace: Workspace) -> list[StudyFolder]:
    """Every study of the workspace whose record can be read, the one begun last first."""
    return sorted(_studies(workspace), key=lambda one: one.record["runs"][-1]["started"], reverse=True)


def _studies(workspace: Workspace) -> Iterator[StudyFolder]:
    for path in workspace.studies.glob(f"*/{RECORD}"):
        folder = StudyFolder(path.parent)
        try:
            if folder.config and folder.record["runs"][-1]["started"]:
                yield folder
        except (EmbspaceError, KeyError, IndexError, TypeError):
            continue


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
