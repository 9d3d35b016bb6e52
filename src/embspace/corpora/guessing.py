"""The format of files by their names and first lines, and why; what is guessed is shown before it is taken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from embspace.corpora.file_readers import Reading
from embspace.corpora.first_lines import Guess, by_content, first_lines, is_links
from embspace.corpora.formats import FORMATS, TABLES, read_files
from embspace.corpora.languages import LANGUAGES
from embspace.corpora.records import Sentence
from embspace.corpora.text_files import numbered_lines
from embspace.errors import CorpusError


def guess(paths: Sequence[Path]) -> Guess:
    """The format of files, all of one, by their names and first lines.

    Raises:
        CorpusError: a file cannot be read, or is of a kind that no reader takes.
    """
    if not paths:
        raise CorpusError("No file was named.")
    codes = [languages_of(path.name) for path in paths]
    if len(paths) > 1 and (found := _siblings(paths, codes)):
        return found
    found, *others = [by_content(path) for path in paths]
    for path, other in zip(paths[1:], others, strict=True):
        if other.format != found.format:
            raise CorpusError(
                f"{path.name} looks like the format {other.format}, {paths[0].name} like {found.format}. Read files of "
                "one format together, or name the format."
            )
    needs = FORMATS[found.format].needs
    if needs == "two languages":
        languages = codes[0][:2] if len(codes[0]) > 1 else ()
    elif needs == "language":
        each = [one[-1] for one in codes if one]
        languages = tuple(each if len(set(each)) > 1 else each[:1]) if len(each) == len(paths) else ()
    elif found.format in TABLES:
        languages = codes[0][:1] if len(paths) == 1 and len(codes[0]) == 1 else ()
    else:
        languages = ()
    said = f" The language is in the name: {', '.join(languages)}." if languages else ""
    return Guess(found.format, found.reason + said, languages, found.columns, found.options)


def languages_of(name: str) -> tuple[str, ...]:
    """The codes of languages in a file's name, in order: `en`, `be` of `train.en-be.tsv`."""
    parts = re.split(r"[^A-Za-z]+", name.removesuffix(".gz"))
    return tuple(
        dict.fromkeys(
            part.lower() for part in parts if part.lower() in LANGUAGES and part in (part.lower(), part.upper())
        )
    )


def preview(format: str, paths: Sequence[Path], reading: Reading, number: int = 5) -> list[Sentence]:
    """The first sentences of files in a format.

    Raises:
        CorpusError: as of `formats.read_files`.
    """
    stream = read_files(format, paths, reading)
    return list(islice(stream, number))


def _siblings(paths: Sequence[Path], codes: Sequence[tuple[str, ...]]) -> Guess | None:
    """Files of one name but for the language: translations line by line, or joined by ids."""
    own = [one[-1] if one else "" for one in codes]
    if not all(own) or len(set(own)) < len(own) or shared_name(paths, own) is None:
        return None
    kinds = [by_content(path) for path in paths]
    if all(kind.format == "text" for kind in kinds):
        counts = [sum(1 for _ in numbered_lines(path)) for path in paths]
        if len(set(counts)) == 1:
            reason = f"The names differ in the language alone, each file has {counts[0]:,} lines: translations by line."
            return Guess("moses", reason, tuple(own))
        return None
    if all(kind.format == "pairs" or kind.columns for kind in kinds):
        firsts = [{line.split("\t")[0] for line in first_lines(path)} for path in paths]
        if set.intersection(*firsts):
            return Guess(
                "ids", "The names differ in the language alone, and ids in the first column are the same.", tuple(own)
            )
    return None


def split_links(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Files, and those among them that are word alignments (Pharaoh)."""
    links = [path for path in paths if is_links(path)]
    return [path for path in paths if path not in links], links


def shared_name(paths: Sequence[Path], codes: Sequence[str]) -> str | None:
    """What is left of the names of files without their languages and endings; None: they differ in more than that."""
    whole = {
        re.sub(rf"(?<![A-Za-z]){re.escape(code)}(?![A-Za-z])", "*", path.name, flags=re.I)
        for path, code in zip(paths, codes, strict=True)
    }
    if len(whole) > 1:
        return None
    return re.sub(r"[-_ ]*\*[-_ ]*", "-", whole.pop().split(".")[0]).strip("-")
