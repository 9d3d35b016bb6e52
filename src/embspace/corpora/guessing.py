"""The format of files by their names and first lines, and why; what is guessed is shown before it is taken."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from embspace.corpora.formats import FORMATS, Reading, read_files
from embspace.corpora.languages import LANGUAGES
from embspace.corpora.records import Sentence
from embspace.corpora.table_rows import ROLES, Columns
from embspace.corpora.tables import DELIMITERS
from embspace.corpora.text_files import numbered_lines
from embspace.errors import CorpusError

LINES = 200
"""that are looked at"""
_TAG = re.compile(r"O|[BIES]-\S+")
_WIKIANN = re.compile(r"([a-z]{2,3}(?:-[a-z]+)*):\S*\t(?:O|[BI]-[A-Z]+)")


@dataclass(frozen=True, slots=True)
class Guess:
    """What files seem to be.

    Attributes:
        format: of `formats.FORMATS`.
        reason: why, in words.
        languages: told by the names of the files; empty where they do not tell.
        columns: of a table without names; None: as they are named.
        options: of the reader.
    """

    format: str
    reason: str
    languages: tuple[str, ...] = ()
    columns: Columns | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


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
    found = _by_content(paths[0])
    needs = FORMATS[found.format].needs
    if needs == "two languages":
        languages = codes[0][:2] if len(codes[0]) > 1 else ()
    elif needs == "language":
        each = [one[-1] for one in codes if one]
        languages = tuple(each if len(set(each)) > 1 else each[:1]) if len(each) == len(paths) else ()
    elif found.format in ("table", "jsonl", "parquet"):
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
    if not all(own) or len(set(own)) < len(own):
        return None
    stems = {
        re.sub(rf"(?<![A-Za-z]){code}(?![A-Za-z])", "*", path.name, flags=re.I)
        for path, code in zip(paths, own, strict=True)
    }
    if len(stems) > 1:
        return None
    kinds = [_by_content(path) for path in paths]
    if all(kind.format == "text" for kind in kinds):
        counts = [sum(1 for _ in numbered_lines(path)) for path in paths]
        if len(set(counts)) == 1:
            reason = f"The names differ in the language alone, each file has {counts[0]:,} lines: translations by line."
            return Guess("moses", reason, tuple(own))
        return None
    if all(kind.format == "pairs" or kind.columns for kind in kinds):
        firsts = [{line.split("\t")[0] for line in _lines(path)} for path in paths]
        if set.intersection(*firsts):
            return Guess(
                "ids", "The names differ in the language alone, and ids in the first column are the same.", tuple(own)
            )
    return None


def _by_content(path: Path) -> Guess:
    name = path.name.lower().removesuffix(".gz")
    with open(path, "rb") as stream:
        head = stream.read(4)
    if head == b"PAR1":
        return Guess("parquet", "The file begins as Parquet does.")
    lines = _lines(path)
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise CorpusError(f"{path.name}: the first {LINES} lines are blank.")
    if filled[0].lstrip()[:1] in "{[" and (found := _by_json(path, name, filled)):
        return found
    if found := _by_columns(lines, filled):
        return found
    if all(line.count("|||") == 1 for line in filled):
        return Guess("joint", "Every line has one `|||` between two sentences.")
    if found := _by_cells(path, name, filled):
        return found
    return Guess("text", f"No columns, tags or separators in the first {len(filled)} lines: a sentence a line.")


def _by_json(path: Path, name: str, filled: Sequence[str]) -> Guess | None:
    try:
        first = json.loads(filled[0])
    except ValueError:
        first = None
    whole = "".join(filled[:20])[:4000]
    if '"paragraphs"' in whole and '"data"' in whole:
        return Guess("squad", "A JSON object with `data` and `paragraphs`: questions and answers as SQuAD has them.")
    if isinstance(first, dict) and "gold_label" in first and "sentence1" in first:
        return Guess("nli", "JSON lines with `sentence1`, `sentence2` and `gold_label`: pairs of NLI.")
    if isinstance(first, dict | list) and (len(filled) > 1 or name.endswith((".jsonl", ".ndjson"))):
        return Guess("jsonl", "Every line is a JSON value of its own.")
    if name.endswith((".json", ".jsonl", ".ndjson")):
        raise CorpusError(
            f"{path.name}: JSON that is neither SQuAD's nor a value a line; save it as JSON lines (.jsonl)."
        )
    return None


def _by_columns(lines: Sequence[str], filled: Sequence[str]) -> Guess | None:
    """Formats with a word a row and blank lines between sentences."""
    rows = [
        line for line in filled if not (line.startswith("#") and "\t" not in line) and not line.startswith("-DOCSTART-")
    ]
    if not rows:
        return None
    if all(_WIKIANN.fullmatch(row) for row in rows):
        return Guess("wikiann", "Every row is a word with its language before it, and a tag.")
    tabbed = [row.split("\t") for row in rows]
    widths = {len(cells) for cells in tabbed}
    comments = any(line.startswith("# ") for line in filled)
    if all(re.fullmatch(r"\d+([-.]\d+)?", cells[0]) for cells in tabbed):
        if widths == {10}:
            if comments or any("-" in cells[0] for cells in tabbed):
                return Guess("conllu", "Ten columns with numbered words and comments: CoNLL-U.")
            return Guess("conllx", "Ten columns with numbered words and no comments: CoNLL-X.")
        if len(widths) == 1 and widths <= {3, 4, 5} and all(_TAG.fullmatch(cells[2]) for cells in tabbed):
            return Guess("uner", "Numbered words with tags in the third column: Universal NER.")
        if widths <= {6, 7, 8, 9, 10} and len(rows) > 1:
            return Guess("conllx", "Six to ten columns with numbered words: CoNLL-X.")
    blanked = [line.split() for line in filled if not line.startswith("#")]
    if filled[0].startswith("#begin document") and all(len(cells) >= 12 for cells in blanked):
        return Guess("conll2012", "`#begin document`, and twelve columns or more: CoNLL-2012.")
    cells = tabbed if widths != {1} else [row.split() for row in rows]
    if len({len(row) for row in cells}) != 1 or len(cells[0]) < 2 or not any(not line.strip() for line in lines[:-1]):
        return None
    between = "tabs" if cells is tabbed else "blanks"
    tags = [row[-1] for row in cells]
    if not all(_TAG.fullmatch(tag) for tag in tags):
        reason = (
            f"{len(cells[0])} columns between {between}, blank lines between sentences; the last are taken as tags."
        )
        return Guess("columns", reason, options={"scheme": None})
    scheme = _scheme(lines)
    reason = f"{len(cells[0])} columns between {between}, the last one tags of entities in {scheme.upper()}."
    return Guess("columns", reason, options={} if scheme == "iob2" else {"scheme": scheme})


def _scheme(lines: Sequence[str]) -> str:
    """BIOES where an entity ends with E- or S-; IOB1 where one begins with I- and none with a B- that IOB1 has not."""
    before, inside, fresh = "O", False, False
    for line in lines:
        tag = line.split()[-1] if line.strip() else "O"
        if tag[:2] in ("E-", "S-"):
            return "bioes"
        if before[2:] != tag[2:]:
            inside |= tag.startswith("I-")
            fresh |= tag.startswith("B-")  # of IOB2, where such an I- is an error of the file, to be told by its line
        before = tag
    return "iob1" if inside and not fresh else "iob2"


def _by_cells(path: Path, name: str, filled: Sequence[str]) -> Guess | None:
    """Tables: by tabs, or by commas and the like where the first line names columns."""
    tabs = {line.count("\t") for line in filled}
    known = {name for names in ROLES.values() for name in names} | set(LANGUAGES)
    for delimiter in ("\t", *DELIMITERS.replace("\t", "")):
        header = [cell.strip().strip('"').lower() for cell in filled[0].split(delimiter)]
        if {"gold_label", "sentence1"} <= set(header) and delimiter == "\t":
            return Guess("nli", "Columns `sentence1`, `sentence2` and `gold_label`: pairs of NLI.")
        said = [cell for cell in header if cell in known]
        if said and (len(header) > 1 or name.endswith((".csv", ".tsv"))):
            between = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}[delimiter]
            return Guess("table", f"Cells between {between}, and the first line names columns: {', '.join(said)}.")
    if tabs == {1}:
        cells = [line.split("\t") for line in filled]
        if all(re.fullmatch(r"\S{1,40}", one[0]) for one in cells) and any(" " in one[1] for one in cells):
            return Guess("table", "Two columns: an id and a sentence.", columns={"parallel": 0, "text": 1})
        return Guess("pairs", "Two columns between tabs: a sentence and its translation.")
    if tabs == {3} and all(re.fullmatch(r"\d+\t[^\t]*\t\d+\t[^\t]*", line) for line in filled):
        return Guess("tatoeba", "Four columns, two numbers and two sentences: pairs of tatoeba.org.")
    if name.endswith((".csv", ".tsv", ".tab")):
        return Guess("table", "A table by its name; say which column holds the text.")
    return None


def _lines(path: Path) -> list[str]:
    with closing(numbered_lines(path)) as stream:
        return [line for _, line in islice(stream, LINES)]
