"""Corpora that users added, each in a folder of the workspace named by its content: written whole, read in parts."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, overload
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from embspace.corpora.entries import RECORDS, Entry, chosen_rows
from embspace.corpora.records import Corpus, Sentence, content
from embspace.corpora.sentences import SENTENCES, corpus_of, sentence_table, sentences_of
from embspace.errors import CorpusError, StoreError
from embspace.storage import file_fingerprint, fingerprint, refused, sync_folder, write_aside
from embspace.workspace import Workspace

FORMAT = 1
LINK_COLUMNS = ("parallel", "language_a", "word_a", "language_b", "word_b")
_AT_ONCE = 4096
_MOST_TAGS = 64
_SENTENCES, _LINKS, _HEAD = "sentences.parquet", "links.parquet", "corpus.json"
_SAVED = ("name", "title", "format", "license", "origin", "languages", "sentences", "words", "groups")
_SAVED_TOO = ("links", "tags", "entities", "fingerprint", "added")
_SAVED_LATER: dict[str, Any] = {"records": "", "n_records": 0}
"""and what they are in folders that were written before they were saved"""


def kept_entries(workspace: Workspace) -> list[Entry]:
    """Every corpus that was added, by name; one that cannot be read says why in `problem`."""
    if not workspace.corpora.is_dir():
        return []
    folders = [folder for folder in workspace.corpora.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    return sorted(map(_entry, folders), key=lambda one: one.name.casefold())


def keep(sentences: Iterable[Sentence], entry: Entry, workspace: Workspace) -> tuple[Entry, bool]:
    """Write sentences as they come, a few thousand in memory at once; whether the same were not there before.

    Args:
        sentences: read once.
        entry: name, title, format, license and origin of them.
        workspace: where to.

    Raises:
        CorpusError: there are none, or a reader finds a fault; nothing is kept then.
        StoreError: the disk refuses.
    """
    aside = workspace.corpora / f".{uuid4().hex}.part"
    try:
        aside.mkdir(parents=True)
        entry = _write(sentences, entry, aside / _SENTENCES)
        path = aside / _SENTENCES
        whole = replace(entry, fingerprint=fingerprint(_Contents(path)), path=workspace.corpora)
        folder = workspace.corpora / whole.fingerprint
        if folder.is_dir():
            found = _entry(folder)
            if not found.problem:
                return found, False
            shutil.rmtree(folder)  # it was damaged, and here it is whole
        whole = replace(whole, path=folder, added=datetime.now(UTC).isoformat(timespec="seconds"))
        write_head(whole, aside)
        try:
            aside.rename(folder)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # another process was faster, with the same
                return _entry(folder), False
            raise
        sync_folder(workspace.corpora)
        return whole, True
    except OSError as error:
        raise refused(aside, error) from error
    finally:
        with suppress(OSError):
            shutil.rmtree(aside, ignore_errors=True)


def read_kept(entry: Entry, languages: Sequence[str], limit: int | None = None, name: str | None = None) -> Corpus:
    """The sentences of some languages of an added corpus.

    Raises:
        CorpusError: the limit is not possible.
        StoreError: a file is missing or damaged.
    """
    path = _folder(entry) / _SENTENCES
    try:
        table = pq.read_table(path, schema=SENTENCES, memory_map=True, page_checksum_verification=True)
        codes, groups = (table.column(one).to_pylist() for one in ("language", "parallel"))
        rows = chosen_rows(codes, groups, languages, limit)
        part = table if len(rows) == len(table) else table.take(pa.array(rows, pa.int64()))
        return corpus_of(part, name or entry.name)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{path} is missing or damaged ({error}). Remove {entry.name!r} and add it again.") from error


def read_links(entry: Entry) -> pd.DataFrame | None:
    """The word alignments of an added corpus; None: it has none.

    Raises:
        StoreError: the file is damaged.
    """
    path = _folder(entry) / _LINKS
    if not path.exists():
        return None
    try:
        return pq.read_table(path, page_checksum_verification=True).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{path} is damaged ({error}). Remove {entry.name!r} and add it again.") from error


def kept_links_fingerprint(entry: Entry) -> str:
    """The fingerprint of the word alignments of an added corpus; "": it has none."""
    path = _folder(entry) / _LINKS
    return file_fingerprint(path) if path.exists() else ""


def keep_links(entry: Entry, links: pd.DataFrame) -> Entry:
    """Keep word alignments beside an added corpus, instead of those that were there.

    Raises:
        CorpusError: a link is to a sentence or a word that the corpus does not have.
        StoreError: the disk refuses.
    """
    folder = _folder(entry)
    check_links(links, pq.read_table(folder / _SENTENCES, columns=["parallel", "language", "words"]), entry.name)
    table = pa.Table.from_pandas(links[list(LINK_COLUMNS)], preserve_index=False)
    write_aside(folder / _LINKS, partial(pq.write_table, table, write_page_checksum=True))
    entry = replace(entry, links=len(links))
    write_head(entry, folder)
    return entry


def check_links(links: pd.DataFrame, sentences: pa.Table, name: str) -> None:
    """Compare links with the sentences that they join.

    Raises:
        CorpusError: a column is missing, or a link goes beyond the sentences or their words.
    """
    if missing := [column for column in LINK_COLUMNS if column not in links]:
        raise CorpusError(f"Links of {name}: no column {missing[0]!r}; expected {', '.join(LINK_COLUMNS)}.")
    keys = zip(*(sentences.column(one).to_pylist() for one in ("parallel", "language")), strict=True)
    lengths = map(len, sentences.column("words").to_pylist())
    sizes = dict(zip(keys, lengths, strict=True))
    for side in "ab":
        columns = (links[one].tolist() for one in ("parallel", f"language_{side}", f"word_{side}"))
        for group, language, word in zip(*columns, strict=True):
            size = sizes.get((group, language))
            if size is None or not 0 <= word < size:
                has = "there is no such sentence" if size is None else f"the sentence has {size} words"
                raise CorpusError(
                    f"Links of {name}: word {word} of the {language} sentence {group!r}, but {has}. "
                    "Words are counted from 0; align the same version of the sentences."
                )


def write_head(entry: Entry, folder: Path) -> None:
    """Write the readable `corpus.json`.

    Raises:
        StoreError: the disk refuses.
    """
    head = {"version": FORMAT} | {name: getattr(entry, name) for name in (*_SAVED, *_SAVED_TOO, *_SAVED_LATER)}
    text = json.dumps(head, ensure_ascii=False, indent=2) + "\n"
    write_aside(folder / _HEAD, lambda stream: stream.write(text.encode()))


def remove_kept(entry: Entry) -> None:
    """Delete an added corpus; spaces made from it hold its sentences themselves.

    Raises:
        StoreError: the disk refuses.
    """
    folder = _folder(entry)
    gone = folder.with_name(f".{uuid4().hex}.part")
    try:
        folder.rename(gone)
        shutil.rmtree(gone)
    except OSError as error:
        raise StoreError(f"{folder} could not be removed: {error.strerror or error}.") from error


def _folder(entry: Entry) -> Path:
    assert entry.path is not None
    return entry.path


def _entry(folder: Path) -> Entry:
    """What `corpus.json` says; an entry with a problem where it cannot be read."""
    lost = f"{folder / _HEAD} is missing or damaged; remove {folder.name} and add the corpus again."
    try:
        head: dict[str, Any] = json.loads((folder / _HEAD).read_text(encoding="utf-8"))
        if head["version"] != FORMAT:
            problem = f"{folder} is of version {head['version']!r}, this embspace reads {FORMAT}; add the corpus again."
            return Entry(str(head["name"]), fingerprint=folder.name, path=folder, problem=problem)
        values = {name: head[name] for name in (*_SAVED, *_SAVED_TOO)}
        values |= {name: head.get(name, before) for name, before in _SAVED_LATER.items()}
        values |= {name: tuple(values[name]) for name in ("languages", "tags")}
        if values["records"] not in ("", *RECORDS):
            raise ValueError(values["records"])
        found = Entry(**values, path=folder)
    except (OSError, ValueError, KeyError, TypeError):
        return Entry(folder.name, fingerprint=folder.name, path=folder, problem=lost)
    if not (folder / _SENTENCES).is_file():
        return replace(found, problem=f"{folder / _SENTENCES} is missing; remove {found.name!r} and add it again.")
    return found


def _write(sentences: Iterable[Sentence], entry: Entry, path: Path) -> Entry:
    """Write the sentences; the entry with what was counted."""
    sizes, words, tags = Counter[str](), Counter[str](), Counter[str]()
    groups: dict[str, str | None] = {}  # id -> the one language it was seen in; None: several
    entities = 0
    stream = iter(sentences)
    with open(path, "wb") as file, _writer(file) as writer:
        while part := list(islice(stream, _AT_ONCE)):
            for one in part:
                sizes[one.language] += 1
                words[one.language] += len(one.words)
                tags.update(one.tags or ())
                entities += one.entity is not None
                if one.parallel is not None and groups.setdefault(one.parallel, one.language) != one.language:
                    groups[one.parallel] = None
            writer.write_table(sentence_table(part))
        writer.close()
        file.flush()
        os.fsync(file.fileno())
    if not sizes:
        raise CorpusError(f"{', '.join(entry.origin) or entry.name}: there are no sentences in it.")
    counts: Mapping[str, Any] = {"sentences": dict(sizes), "words": dict(words), "entities": entities}
    found = tuple(tag for tag, _ in tags.most_common(_MOST_TAGS))
    shared = sum(language is None for language in groups.values())
    return replace(entry, languages=tuple(sizes), groups=shared, tags=found, **counts)


def _writer(file: IO[bytes]) -> pq.ParquetWriter:
    return pq.ParquetWriter(file, SENTENCES, write_page_checksum=True, compression="zstd")


class _Contents(Sequence[str]):
    """What `Corpus.fingerprint` is made of, read back from the file."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)

    def __len__(self) -> int:
        return self._file.metadata.num_rows

    def __iter__(self) -> Iterator[str]:
        for batch in self._file.iter_batches(_AT_ONCE):
            yield from map(content, sentences_of(pa.Table.from_batches([batch])))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return list(self)[index]
