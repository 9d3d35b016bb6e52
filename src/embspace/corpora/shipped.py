"""The corpora that ship with embspace, as `data/catalog.toml` names them: files with their sums, languages, license."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from embspace.corpora.entries import RECORDS, SYNTHETIC, Entry, chosen_rows
from embspace.corpora.file_readers import Reading, read_nli, read_squad
from embspace.corpora.parallel import read_ids
from embspace.corpora.records import Corpus, Entailment, Question, Sentence
from embspace.corpora.text_files import file_sum, write_lines
from embspace.corpora.words import split_words
from embspace.errors import CorpusError
from embspace.workspace import data_folder

_SAID = ("title", "format", "license")
_READERS = {"nli": ("tsv", read_nli), "squad": ("json", read_squad)}
"""format -> how its files end, one per language, and what reads them"""


def shipped_entries(folder: Path | None = None) -> list[Entry]:
    """What `catalog.toml` of a data folder (None: the shipped one) names.

    Raises:
        CorpusError: the file is missing or damaged.
    """
    folder = folder or data_folder()
    path = folder / "catalog.toml"
    try:
        listed: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
        return [_entry(name, one, folder) for name, one in listed.items()]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CorpusError(f"{path} is missing or damaged ({error}); install embspace again.") from error


def read_shipped(entry: Entry, languages: Sequence[str], limit: int | None = None, name: str | None = None) -> Corpus:
    """The sentences of some languages of a shipped corpus; of SyntheticNER a sample, `limit` per type (100).

    Raises:
        CorpusError: a file is not as it was shipped, or the limit is not possible.
    """
    if entry.name == SYNTHETIC:
        from embspace.corpora.synthetic_ner import synthetic_ner

        return synthetic_ner(list(languages), per_type=100 if limit is None else limit)
    sentences = list(_sentences(entry, languages))
    groups = [one.parallel for one in sentences]
    rows = chosen_rows([one.language for one in sentences], groups, languages, limit)
    return Corpus(name or entry.name, (sentences[row] for row in rows))


def read_shipped_records(entry: Entry, languages: Sequence[str]) -> list[Entailment | Question]:
    """The pairs or questions of a shipped corpus whose two languages are among `languages`, language by language.

    Raises:
        CorpusError: a file is not as it was shipped.
    """
    found = (one for language in entry.languages if language in languages for one in _read(entry, language)[1])
    return [one for one in found if set(one.languages) <= set(languages)]


def read_shipped_links(entry: Entry) -> pd.DataFrame | None:
    """The word alignments of a shipped corpus; None: it has none.

    Raises:
        CorpusError: a file is not as it was shipped.
    """
    tables = [_read_links(entry, name) for name in entry.origin if name.endswith(".pharaoh")]
    return pd.concat(tables, ignore_index=True) if tables else None


def write_catalog(folder: Path | None = None) -> None:
    """Write counts and sums of a data folder's `catalog.toml` anew, to be run when a shipped file was changed.

    Raises:
        CorpusError: a file that is named is missing or cannot be read, or a part of it would be left out.
    """
    folder = folder or data_folder()
    lines = ["# The corpora that ship with embspace; written by embspace.corpora.shipped.write_catalog after a change."]
    for one in shipped_entries(folder):
        assert one.path is not None
        found = replace(one, origin=sums(one.path))
        lines += ["", f"[{one.name}]", *(f"{name} = {json.dumps(getattr(one, name))}" for name in _SAID)]
        place = one.path.relative_to(folder).as_posix()
        lines += [f"folder = {json.dumps(place)}", f"languages = {json.dumps(one.languages)}"]
        if one.name != SYNTHETIC:  # of which any number can be drawn
            corpus, links = read_shipped(found, one.languages), read_shipped_links(found)
            shared = Counter(sentence.parallel for sentence in corpus)
            lines += [f"groups = {sum(count > 1 for count in shared.values())}"]
            lines += [f"links = {0 if links is None else len(links)}"]
            if one.format in RECORDS:
                number = len(read_shipped_records(found, one.languages))
                lines += [f"records = {json.dumps(one.format)}", f"n_records = {number}"]
            sizes, words = Counter[str](), Counter[str]()
            for sentence in corpus:
                sizes[sentence.language] += 1
                words[sentence.language] += len(sentence.words)
            lines += _section(f"{one.name}.sentences", sizes) + _section(f"{one.name}.words", words)
        lines += _section(f"{one.name}.files", found.origin)
    write_lines(folder / "catalog.toml", lines)


def _section(name: str, values: Mapping[str, Any]) -> list[str]:
    return ["", f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in values.items())]


def sums(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a folder but its README, by name: what `catalog.toml` records."""
    return {
        path.name: file_sum(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != "README.md"
    }


def _entry(name: str, listed: dict[str, Any], folder: Path) -> Entry:
    counts = {"sentences": listed.get("sentences", {}), "words": listed.get("words", {})}
    return Entry(
        name=name,
        title=listed["title"],
        format=listed["format"],
        languages=tuple(listed["languages"]),
        license=listed["license"],
        origin=listed.get("files", {}),
        shipped=True,
        groups=listed.get("groups", 0),
        links=listed.get("links", 0),
        records=listed.get("records", ""),
        n_records=listed.get("n_records", 0),
        path=folder / listed["folder"],
        **counts,
    )


def _sentences(entry: Entry, languages: Sequence[str]) -> Iterator[Sentence]:
    """Language by language, in the order of the entry's."""
    for language in entry.languages:
        if language not in languages:
            continue
        if entry.format in RECORDS:
            yield from _read(entry, language)[0]
        else:
            path = _checked(entry, f"{language}.tsv")
            for one in read_ids({language: path}):
                text = one.texts[language]
                words, offsets = split_words(text)
                yield Sentence(words, language, text, offsets, parallel=one.id, source=path.name)


def _read(entry: Entry, language: str) -> tuple[list[Sentence], list[Entailment | Question]]:
    """The sentences and the records of the file of a language."""
    ending, read = _READERS[entry.format]
    path, reading = _checked(entry, f"{language}.{ending}"), Reading((language,))
    sentences = list(read([path], reading))
    if reading.counted:
        flaws = ", ".join(f"{what} ({count})" for what, count in reading.counted.items())
        raise CorpusError(f"{path}: {flaws}; what ships is read whole, so mend the file.")
    return sentences, reading.records


def _read_links(entry: Entry, name: str) -> pd.DataFrame:
    """The links of one file, whose lines stand beside those of its first language's text."""
    from embspace.corpora.alignment import links_of, read_pharaoh, sentence_pairs

    path = _checked(entry, name)
    first, second = path.stem.split("-", 1)
    pairs = sentence_pairs(_sentences(entry, (first, second)), first, second)
    return links_of(read_pharaoh(path, pairs))


def _checked(entry: Entry, name: str) -> Path:
    """A file of a shipped corpus, compared with its sum."""
    assert entry.path is not None
    path = entry.path / name
    if not path.is_file():
        raise CorpusError(f"{path} is missing; install embspace again.")
    if name in entry.origin and file_sum(path) != entry.origin[name]:
        raise CorpusError(f"{path} is not as it was shipped (another SHA-256); install embspace again.")
    return path
