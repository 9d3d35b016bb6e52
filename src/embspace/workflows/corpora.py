"""Files -> a corpus of the catalog, as a job: any size, with words aligned if that is wanted."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from embspace.corpora.entries import plain_name
from embspace.corpora.records import Sentence
from embspace.corpora.tags import one_entity_each
from embspace.errors import CorpusError, SettingsError
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
    align: bool = False
    """align the words to English, or to the first language"""
    uploaded: bool = False
    """the files lie in the workspace for this alone, and go afterwards"""

    def __post_init__(self) -> None:
        if not self.paths:
            raise SettingsError("paths is empty: name the files of the corpus.")
        plain_name(self.name)


def uploads(workspace: Workspace) -> Path:
    """Where files wait that are to be added, a folder for each corpus."""
    return workspace.corpora / ".uploads"


def named_entities(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """Yield a copy of a sentence for each of its tagged entities (`tags.one_entity_each`).

    Raises:
        CorpusError: there are none, or the tags are not those of entities.
    """
    found = one_entity_each(sentences)
    first = next(found, None)
    if first is None:
        raise CorpusError("No sentence has tags of named entities (B-PER, I-PER, ...): add the sentences as they are.")
    yield from chain([first], found)


def run(config: AddConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Read the files, and keep their sentences.

    Returns:
        `corpus`, the name that it has now (another one where the same sentences were there), and `fingerprint
        sentences words links`; `counted`, what was mended or left out, and how often.

    Raises:
        CorpusError: the name is taken, or a file is not as expected (file and line).
        StoreError: the disk refuses.
        SettingsError: words are to be aligned, and eflomal is not installed.
    """
    from embspace.corpora.catalog import add_corpus, find_links
    from embspace.corpora.sources import counted, open_source

    try:
        opened = open_source(
            [Path(path) for path in config.paths],
            language=config.languages,
            format=config.format,
            columns=config.columns or None,
            **config.options,
        )
        read = counted(opened.sentences, progress)
        entry = add_corpus(
            named_entities(read) if config.entities else read,
            name=config.name,
            title=config.title,
            format=opened.format,
            license=config.license,
            origin=opened.origin,
            workspace=workspace,
        )
        if config.align:
            entry = find_links(entry.name, workspace=workspace, progress=progress)
    finally:
        folder = Path(config.paths[0]).parent
        if config.uploaded and folder.parent == uploads(workspace):
            with suppress(OSError):
                shutil.rmtree(folder)
    sizes = {"sentences": sum(entry.sentences.values()), "words": sum(entry.words.values()), "links": entry.links}
    counted = dict(opened.counted)
    return {"corpus": entry.name, "fingerprint": entry.fingerprint, **sizes, "counted": counted}
