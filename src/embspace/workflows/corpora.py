"""Files -> a corpus of the catalog, as a job: any size, with words aligned if that is wanted."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embspace.corpora.entries import plain_name
from embspace.errors import SettingsError
from embspace.progress import Progress
from embspace.workspace import Workspace


@dataclass(frozen=True)
class AddConfig:
    """Which files become a corpus, and what is said of them."""

    paths: tuple[str, ...]
    """files of one format"""
    name: str
    """of the corpus"""
    format: str | None = None
    """of `formats.FORMATS`; None: guessed"""
    languages: tuple[str, ...] = ()
    """BCP 47 codes, as the format needs them; none: as the files' names tell"""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """of tables: what is in which column"""
    options: Mapping[str, Any] = field(default_factory=dict)
    """of the format's reader"""
    title: str = ""
    """what it is, in a line"""
    license: str = ""
    """under which it may be used"""
    entities: bool = False
    """of tagged sentences a copy for each named entity, which is marked"""
    links: tuple[str, ...] = ()
    """word alignments: Pharaoh files, as of `catalog.find_links`"""
    align: bool = False
    """align the words to English, or to the first language"""
    uploaded: bool = False
    """the files lie in the workspace for this alone, and go afterwards"""

    def __post_init__(self) -> None:
        if not self.paths:
            raise SettingsError("paths is empty: name the files of the corpus.")
        if self.links and self.align:
            raise SettingsError("links are given, or made (align), not both.")
        plain_name(self.name)


def uploads(workspace: Workspace) -> Path:
    """Where files wait that are to be added, a folder for each corpus."""
    return workspace.corpora / ".uploads"


def run(config: AddConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Read the files, and keep their sentences.

    Returns:
        `corpus`, the name that it has now (another one where the same sentences were there), and `fingerprint
        sentences words links`; `counted`, what was mended or left out, and how often.

    Raises:
        CorpusError: the name is taken, or a file is not as expected (file and line); nothing is added then.
        StoreError: the disk refuses.
        SettingsError: words are to be aligned, and eflomal is not installed.
    """
    from embspace.corpora.adding import add_files

    try:
        entry, opened = add_files(
            [Path(path) for path in config.paths],
            name=config.name,
            language=config.languages,
            format=config.format,
            columns=config.columns or None,
            options=config.options,
            title=config.title,
            license=config.license,
            entities=config.entities,
            links=[Path(path) for path in config.links],
            align=config.align,
            workspace=workspace,
            progress=progress,
        )
    finally:
        folder = Path(config.paths[0]).parent
        if config.uploaded and folder.parent == uploads(workspace):
            with suppress(OSError):
                shutil.rmtree(folder)
    sizes = {"sentences": sum(entry.sentences.values()), "words": sum(entry.words.values()), "links": entry.links}
    counted = dict(opened.counted)
    return {"corpus": entry.name, "fingerprint": entry.fingerprint, **sizes, "counted": counted}
