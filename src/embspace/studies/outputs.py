"""What a study came to, as a folder: `study.json`, and a folder of tables and figures per item."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pandas as pd

from embspace.errors import EmbspaceError, StoreError
from embspace.storage import crc32, fingerprint, read_json, refused, sync_folder, write_aside, write_json
from embspace.studies.config import StudyConfig
from embspace.studies.study import Finding, Output, Study
from embspace.workflows.settings import from_json, to_json
from embspace.workspace import Workspace

if TYPE_CHECKING:
    import plotly.graph_objects as go

RECORD, OUTPUT = "study.json", "output.json"
VERSION = 1
_LIBRARIES = ("embspace", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """An item of a study as it lies in its folder.

    Attributes:
        item: such as table-2.
        title: a few words.
        made: when, ISO 8601; empty: not yet.
        tables: name -> rows, the one that stands beside the published table first.
        csv: name -> file of these tables.
        figures: name -> file, plotly's JSON.
        notes: what differs in this item, and what is to be known of its numbers.
        findings: claims of the paper that it tells of.
        missing: why there is nothing; empty: there is.
        problem: what is damaged in its files, and what to do; empty: nothing.
    """

    item: str
    title: str
    made: str = ""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    csv: Mapping[str, Path] = field(default_factory=dict)
    figures: Mapping[str, Path] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing: str = ""
    problem: str = ""

    def figure(self, name: str) -> go.Figure:
        """One of its figures, as it was drawn.

        Raises:
            StoreError: the file is missing or damaged.
        """
        import plotly.graph_objects as go

        try:
            return go.Figure(read_json(self.figures[name]), skip_invalid=True)
        except ValueError as error:
            raise StoreError(f"{self.figures[name]} is no figure: {error}") from error


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
            runs = self.record["runs"]
        except StoreError:
            runs = []
        checkpoint = find_checkpoint(config.checkpoint)
        record = {
            "version": VERSION,
            "config": to_json(config),
            "title": study.title,
            "items": {name: item.title for name, item in study.items.items()},
            "differences": list(study.differences(config)),
            "roles": dict(study.roles),
            "versions": {name: found for name in _LIBRARIES if (found := _version(name))},
            "checkpoint": {"name": checkpoint.name, "fingerprint": checkpoint.fingerprint},
            "runs": [*runs, {"started": _now(), "items": list(study.chosen(config)), "seconds": None}],
        }
        write_json(self.path / RECORD, record)

    def write(self, name: str, title: str, output: Output) -> None:
        """Store an item's tables (CSV) and figures (plotly's JSON and a picture) in the place of earlier ones.

        Raises:
            StoreError: the disk refuses; what was stored before is kept.
        """
        aside = self.path / f".{name}.{uuid4().hex[:8]}.part"
        tables, figures = _files(output.tables, ".csv"), _files(output.figures, ".json")
        try:
            for one, path in tables.items():
                _write(aside / path, output.tables[one].to_csv(index=False))
            for one, path in figures.items():
                _write(aside / path, output.figures[one].to_json() or "")
                _draw(output.figures[one], (aside / path).with_suffix(".svg"))
            files = [*tables.values(), *figures.values()]
            record = {
                "version": VERSION,
                "title": title,
                "made": _now(),
                "missing": output.missing,
                "notes": list(output.notes),
                "findings": [asdict(one) for one in output.findings],
                "tables": tables,
                "figures": figures,
                "checksums": {path: crc32((aside / path).read_bytes()) for path in files},
            }
            write_json(aside / OUTPUT, record)
            if (self.path / name).exists():
                os.replace(self.path / name, aside.with_suffix(".before.part"))
            os.replace(aside, self.path / name)
            sync_folder(self.path)
        except OSError as error:
            raise refused(self.path / name, error) from error
        finally:
            for left in (aside, aside.with_suffix(".before.part")):
                shutil.rmtree(left, ignore_errors=True)

    def end(self, seconds: float) -> None:
        """Say how long it took."""
        record = self.record
        record["runs"][-1]["seconds"] = round(seconds, 1)
        write_json(self.path / RECORD, record)

    def read(self) -> list[StoredOutput]:
        """Every item in the paper's order: what was made of it, or that nothing was yet; damaged ones say so.

        Raises:
            StoreError: `study.json` is missing or damaged.
        """
        return [self._output(name, title) for name, title in self.record["items"].items()]

    def _output(self, name: str, title: str) -> StoredOutput:
        folder = self.path / name
        if not folder.exists():
            return StoredOutput(name, title)
        try:
            return _read(name, folder)
        except (StoreError, OSError, KeyError, TypeError, AttributeError, ValueError) as error:
            what = str(error) if isinstance(error, StoreError) else f"{folder / OUTPUT} is damaged: {error!r}."
            return StoredOutput(name, title, problem=f"{what} Run the study again with only = {name}.")


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


def _read(name: str, folder: Path) -> StoredOutput:
    record = read_json(folder / OUTPUT, "")
    for path, checksum in record["checksums"].items():
        if crc32((folder / path).read_bytes()) != checksum:
            raise StoreError(f"{folder / path} is not as it was written.")
    return StoredOutput(
        name,
        record["title"],
        record["made"],
        {one: _table(folder / path) for one, path in record["tables"].items()},
        {one: folder / path for one, path in record["tables"].items()},
        {one: folder / path for one, path in record["figures"].items()},
        tuple(record["notes"]),
        tuple(Finding(**one) for one in record["findings"]),
        record["missing"],
    )


def _table(path: Path) -> pd.DataFrame:
    """A table as it was written: a column may have no name, and a language called "na" is none that is missing."""
    with open(path, encoding="utf-8", newline="") as stream:
        names = next(csv.reader(stream), [])
    if not names:
        return pd.DataFrame()
    found = pd.read_csv(path, keep_default_na=False, na_values=[""])
    found.columns = names
    return found


def _write(path: Path, text: str) -> None:
    write_aside(path, lambda stream: stream.write(text.encode()))


def _draw(figure: go.Figure, path: Path) -> None:
    """A picture of a figure, where kaleido and its browser can."""
    from embspace.figures.saving import picture_size

    try:
        width, height = picture_size(figure)
        picture = figure.to_image(format="svg", width=width, height=height)
    except Exception:  # without kaleido, or without a browser, which raises errors of many libraries: no picture
        return
    write_aside(path, lambda stream: stream.write(picture))


def _files(names: Iterable[str], ending: str) -> dict[str, str]:
    """A file's name for each name, no two the same."""
    taken = {OUTPUT}
    found = {}
    for name in names:
        stem = plain = re.sub(r"[^\w+-]+", "-", name).strip("-") or "unnamed"
        while f"{stem}{ending}" in taken:
            stem = f"{plain}-{len(taken)}"
        found[name] = f"{stem}{ending}"
        taken.add(found[name])
    return found


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
