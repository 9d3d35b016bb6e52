"""The format of one file by its first lines and its name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from embspace.corpora.dictionaries import COLUMNS, languages_of_dictionary
from embspace.corpora.languages import LANGUAGES
from embspace.corpora.nli import has_pairs
from embspace.corpora.table_rows import ROLES, Columns
from embspace.corpora.tables import DELIMITERS
from embspace.corpora.text_files import numbered_lines
from embspace.errors import CorpusError

LINES = 200
"""that are looked at"""
_TAG = re.compile(r"O|[BIES]-\S+")
_BILOU = re.compile(r"O|[BILUM]-\S+")
_WIKIANN = re.compile(r"([a-z]{2,3}(?:-[a-z]+)*):\S*\t(?:O|[BI]-[A-Z]+)")
_LINKS = re.compile(r"\s*\d+[-?p]\d+(\s+\d+[-?p]\d+)*\s*")


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


def by_content(path: Path) -> Guess:
    """The format of one file.

    Raises:
        CorpusError: it cannot be read, or is none of a corpus: a dictionary, word alignments, JSON of another kind.
    """
    name = path.name.lower().removesuffix(".gz")
    try:
        with open(path, "rb") as stream:
            head = stream.read(4)
    except FileNotFoundError as error:
        raise CorpusError(f"{path}: no such file.") from error
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror or error}.") from error
    if head == b"PAR1":
        return Guess("parquet", "The file begins as Parquet does.")
    lines = first_lines(path)
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise CorpusError(f"{path.name}: the first {LINES} lines are blank.")
    if _are_links(filled):
        raise CorpusError(
            f"{path.name}: every line is pairs of numbers such as 0-0, links of words as Pharaoh has them. They are "
            "given beside the sentences that they align: embspace corpora add SENTENCES --links FILE."
        )
    if filled[0].lstrip()[:1] in "{[" and (found := _by_json(path, name, filled)):
        return found
    if languages_of_dictionary(path.name) and _are_pairs(filled):
        raise _dictionary(path, "two words on each line and two languages in the name")
    if found := _by_columns(lines, filled):
        return found
    if all(line.count("|||") == 1 for line in filled):
        return Guess("joint", "Every line has one `|||` between two sentences.")
    if found := _by_cells(path, name, filled):
        return found
    return Guess("text", f"No columns, tags or separators in the first {len(filled)} lines: a sentence a line.")


def is_links(path: Path) -> bool:
    """Whether a file has links of words on its lines (Pharaoh)."""
    with open(path, "rb") as stream:
        if not re.match(rb"(?:\xef\xbb\xbf)?[\s\d]|\x1f\x8b", stream.read(5)):
            return False  # nor may it be text that can be read
    return _are_links([line for line in first_lines(path) if line.strip()])


def _are_links(filled: Sequence[str]) -> bool:
    return bool(filled) and all(_LINKS.fullmatch(line) for line in filled)


def _by_json(path: Path, name: str, filled: Sequence[str]) -> Guess | None:
    try:
        first = json.loads(filled[0])
    except ValueError:
        first = None
    whole = "".join(filled[:20])[:4000]
    if '"paragraphs"' in whole and '"data"' in whole:
        return Guess("squad", "A JSON object with `data` and `paragraphs`: questions and answers as SQuAD has them.")
    if isinstance(first, dict) and has_pairs(first):
        return Guess("nli", "JSON lines with premise, hypothesis and label: pairs of NLI.")
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
    tags = [row.split()[-1] for row in rows]
    entities = len(set(tags)) > 1 and all(_BILOU.fullmatch(tag) or _TAG.fullmatch(tag) for tag in tags)
    if len({len(row) for row in cells}) != 1 or len(cells[0]) < 2:
        if not _mostly_tags(tags):
            return None
        reason = "Words with tags of entities, but rows have different numbers of columns."
        return Guess("columns", reason, options=_option(lines))
    if not entities and not any(not line.strip() for line in lines[:-1]):
        return None  # one sentence alone is known by tags of entities
    between = "tabs" if cells is tabbed else "blanks"
    numbered = all(row[0].isdecimal() for row in cells) and cells[0][0] in ("0", "1") and len(cells[0]) > 2
    word = {"word": 1} if numbered else {}
    if not all(_TAG.fullmatch(tag) for tag in tags):
        reason = f"{len(cells[0])} columns between {between}, blank lines between sentences; " + (
            "the tags are BILOU's, which are taken as they are: convert them to BIOES for entities (L to E, U to S)."
            if entities
            else "the last are taken as tags."
        )
        return Guess("columns", reason, options={"scheme": None, **word})
    reason = f"{len(cells[0])} columns between {between}, the last one tags of entities in {_scheme(lines).upper()}."
    return Guess("columns", reason, options=word | _option(lines))


def _mostly_tags(tags: Sequence[str]) -> bool:
    """Whether nearly every row ends in a tag of entities: one that does not is an error of the file, to be told."""
    count = sum(_BILOU.fullmatch(tag) is not None or _TAG.fullmatch(tag) is not None for tag in tags)
    return count >= 0.8 * len(tags) and any(tag[:2] in ("B-", "I-", "S-") for tag in tags)


def _option(lines: Sequence[str]) -> dict[str, Any]:
    scheme = _scheme(lines)
    return {} if scheme == "iob2" else {"scheme": scheme}


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
        if set(COLUMNS) <= set(header):
            raise _dictionary(path, f"the columns {', '.join(COLUMNS)}")
        if delimiter == "\t" and has_pairs(filled[0].split("\t")):
            return Guess("nli", "Columns with premise, hypothesis and label: pairs of NLI.")
        said = [cell for cell in header if cell in known]
        # A lone code may be a word: `el` and `es` are articles. Languages with columns of their own are two or more.
        if said == [cell for cell in said if cell in LANGUAGES] and len(said) < 2:
            continue
        if len(header) > 1 or name.endswith((".csv", ".tsv")):
            between = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}[delimiter]
            return Guess("table", f"Cells between {between}, and the first line names columns: {', '.join(said)}.")
    if tabs == {1}:
        cells = [line.split("\t") for line in filled]
        pair = languages_of_dictionary(path.name)
        if not any(" " in cell.strip() for one in cells for cell in one):
            reason = "Two columns between tabs, a word in each: sentences and translations of one word, or a dictionary"
            return Guess("pairs", f"{reason}, which es.read_dictionary reads for es.precision_at_k.")
        if not pair and all(re.fullmatch(r"\S{1,40}", one[0]) for one in cells) and any(" " in one[1] for one in cells):
            return Guess("table", "Two columns: an id and a sentence.", columns={"parallel": 0, "text": 1})
        return Guess("pairs", "Two columns between tabs: a sentence and its translation.")
    if tabs == {3} and all(re.fullmatch(r"\d+\t[^\t]*\t\d+\t[^\t]*", line) for line in filled):
        return Guess("tatoeba", "Four columns, two numbers and two sentences: pairs of tatoeba.org.")
    if name.endswith((".csv", ".tsv", ".tab")):
        return Guess("table", "A table by its name; say which column holds the text.")
    return None


def _are_pairs(filled: Sequence[str]) -> bool:
    """Whether every line is two words between blanks, of which the second is no tag of entities."""
    words = [line.split() for line in filled if "\t" not in line]
    pairs = len(words) == len(filled) > 1 and all(len(line) == 2 for line in words)
    return pairs and not _mostly_tags([line[1] for line in words])


def _dictionary(path: Path, why: str) -> CorpusError:
    return CorpusError(
        f"{path.name}: {why}; this looks like a bilingual dictionary, which is no corpus. es.read_dictionary reads it, "
        "for es.precision_at_k. Where each line is a sentence, say so: format text, and a language such as en."
    )


def first_lines(path: Path) -> list[str]:
    """The first `LINES` lines of a file."""
    with closing(numbered_lines(path)) as stream:
        return [line for _, line in islice(stream, LINES)]
