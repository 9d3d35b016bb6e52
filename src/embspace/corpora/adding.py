"""Files -> a corpus of the catalog with its word alignments: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from embspace.corpora import eflomal_runs
from embspace.corpora.catalog import add_corpus
from embspace.corpora.entries import Entry, plain_name, suggested_name
from embspace.corpora.file_readers import FLAWS
from embspace.corpora.formats import FORMATS
from embspace.corpora.kept_records import FLAWS as FLAWS_FILE
from embspace.corpora.records import Sentence
from embspace.corpora.sources import Opened, counted, open_source
from embspace.corpora.table_rows import Columns
from embspace.corpora.tags import one_entity_each
from embspace.errors import CorpusError
from embspace.progress import Progress
from embspace.workspace import Workspace


def add_files(
    source: str | Sequence[Path],
    *,
    name: str = "",
    language: str | Sequence[str] = (),
    format: str | None = None,
    columns: Columns | None = None,
    options: Mapping[str, Any] | None = None,
    title: str = "",
    license: str = "",
    entities: bool = False,
    links: Sequence[Path] = (),
    align: bool = False,
    workspace: Workspace,
    progress: Progress,
    tell: Callable[[Opened], object] | None = None,
) -> tuple[Entry, Opened]:
    """Keep the sentences of files, and links between their words; the entry, and how the files were read.

    Of `nli` and `squad` the pairs and the questions are kept too, with labels and answers.

    Args:
        source: files, or `hf:NAME` of a dataset.
        name: of the corpus; empty: made of the names of the files.
        language: as of `sources.corpus`; `format`, `columns` and `options` too. With `links`, words are what blanks
            part, as aligners count them, unless `tokenized` is among the options.
        format: of `formats.FORMATS`; None: guessed.
        columns: of tables.
        options: of the format's reader.
        title: what it is, in a line.
        license: under which it may be used.
        entities: of tagged sentences a copy for each named entity, which is marked.
        links: Pharaoh files, as of `catalog.find_links`.
        align: have eflomal align the words.
        workspace: where the corpus is kept.
        progress: of reading and aligning.
        tell: called when the format is known, before sentences are read.

    Raises:
        CorpusError: a file is not as expected (file and line), links do not fit, or the name is taken.
        SettingsError: words are to be aligned, and eflomal is not installed.
        StoreError: the disk refuses.
    """
    name = plain_name(name) if name else ""
    if align:
        eflomal_runs.version()  # before files are read that take long
    for path in links:
        if not path.is_file():
            raise CorpusError(f"{path}: no such file.")
    said = {"language": language, "format": format, "columns": columns, **(options or {})}
    opened = open_source(source, **said)
    if links and "tokenized" not in said and "tokenized" in getattr(FORMATS.get(opened.format), "options", ()):
        opened = open_source(source, **said, tokenized=True)
    if tell:
        tell(opened)
    read = counted(opened.sentences, progress)
    entry = add_corpus(
        named_entities(read) if entities else read,
        name=name or suggested_name(opened.name),
        title=title,
        format=opened.format,
        license=license,
        origin=opened.origin,
        links=links or None,
        records=opened.records,
        flaws=opened.flaws,
        align=align,
        workspace=workspace,
        progress=progress,
    )
    assert entry.path is not None
    for what in FLAWS:
        if count := opened.counted.pop(what, 0):
            opened.counted[f"{what} (listed in {entry.path / FLAWS_FILE})"] = count
    return entry, opened


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
