"""An item of a study as it lies in its folder: `output.json`, a CSV per table, plotly's JSON and an SVG per figure."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pandas as pd

from embspace.errors import StoreError
from embspace.storage import crc32, read_json, refused, sync_folder, write_aside, write_json
from embspace.studies.study import Finding, Output

if TYPE_CHECKING:
    import plotly.graph_objects as go

OUTPUT = "output.json"
VERSION = 1
AGAIN = "Made before; a later run could not make it again: "


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
        weights: the fingerprint of the model that it was made with; empty: it does not say.
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
    weights: str = ""

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


def write_output(folder: Path, title: str, output: Output, weights: str = "") -> None:
    """Store tables and figures in the place of those that were there, all of them or none.

    One that is missing now, and was made before, is kept as it was, and its notes say so; `weights` is the fingerprint
    of the model that it was made with.

    Raises:
        StoreError: the disk refuses; what was stored before is kept.
    """
    if output.missing and not output.tables and not output.figures and _keep(folder, output.missing):
        return
    aside = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.part")
    before = aside.with_suffix(".before.part")
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
            "made": now(),
            "weights": weights,
            "missing": output.missing,
            "notes": list(output.notes),
            "findings": [asdict(one) for one in output.findings],
            "tables": tables,
            "figures": figures,
            "checksums": {path: crc32((aside / path).read_bytes()) for path in files},
        }
        write_json(aside / OUTPUT, record)
        if folder.exists():
            os.replace(folder, before)
        os.replace(aside, folder)
        sync_folder(folder.parent)
    except OSError as error:
        if before.exists() and not folder.exists():
            os.replace(before, folder)
        raise refused(folder, error) from error
    finally:
        for left in (aside, before):
            shutil.rmtree(left, ignore_errors=True)


def read_output(folder: Path, title: str) -> StoredOutput:
    """What lies in the folder of an item: its output, or that nothing was made yet, or what is damaged."""
    if not folder.exists():
        return StoredOutput(folder.name, title)
    try:
        return _read(folder)
    except (StoreError, OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        what = str(error) if isinstance(error, StoreError) else f"{folder / OUTPUT} is damaged: {error!r}."
        return StoredOutput(folder.name, title, problem=f"{what} Run the study again with only = {folder.name}.")


def now() -> str:
    """The time, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _keep(folder: Path, why: str) -> bool:
    """Keep what was made before, and note why it could not be made again; False: there is nothing to keep."""
    found = read_output(folder, "")
    if found.problem or not (found.tables or found.figures):
        return False
    record: dict[str, Any] = read_json(folder / OUTPUT)
    note = f"{AGAIN}{why}"
    record["notes"] = [*(one for one in record["notes"] if not one.startswith(AGAIN)), note]
    write_json(folder / OUTPUT, record)
    return True


def _read(folder: Path) -> StoredOutput:
    record = read_json(folder / OUTPUT, "")
    for path, checksum in record["checksums"].items():
        if crc32((folder / path).read_bytes()) != checksum:
            raise StoreError(f"{folder / path} is not as it was written.")
    return StoredOutput(
        folder.name,
        record["title"],
        record["made"],
        {one: _table(folder / path) for one, path in record["tables"].items()},
        {one: folder / path for one, path in record["tables"].items()},
        {one: folder / path for one, path in record["figures"].items()},
        tuple(record["notes"]),
        tuple(Finding(**one) for one in record["findings"]),
        record["missing"],
        weights=record.get("weights", ""),
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
