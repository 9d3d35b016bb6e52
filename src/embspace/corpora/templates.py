"""The files of SyntheticNER: openings, frames with a slot and names in their cases, checked line by line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from embspace.corpora.languages import check_languages
from embspace.corpora.text_files import rows
from embspace.corpora.words import word_spans
from embspace.errors import CorpusError

CODES = ("be", "bg", "ca", "cs", "en", "es", "pl", "ru", "sl", "tr", "uk")
TYPES = ("PER", "LOC", "ORG")
FORMS: Mapping[str, tuple[str, ...]] = {
    "PER": ("male", "female"),
    "LOC": ("nominative", "directional", "locative"),
    "ORG": ("nominative",),
}
T = TypeVar("T")
_BRACKETED = re.compile(r"([^\[\]]*)\[([^\[\]]+)\]([^\[\]]*)")


class Cell(NamedTuple):
    """A name as it fills a slot: the entity, and what stands before (preposition, quote) and after it."""

    before: str
    name: str
    after: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A short sentence that may stand before any frame; `texts` maps language -> text."""

    id: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence with one slot; `form` is one of `FORMS[type]`, `texts` maps language -> (before, after the slot)."""

    id: str
    type: str
    form: str
    texts: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """A named entity in all languages.

    Attributes:
        id: shared by all languages.
        type: PER, LOC or ORG.
        kind: gender of a person, kind of an organization (club, company, ...), empty for places.
        cells: case (nominative; of places also directional and locative) -> language -> cell.
    """

    id: str
    type: str
    kind: str
    cells: Mapping[str, Mapping[str, Cell]]

    @property
    def names(self) -> dict[str, str]:
        """Language -> name in the nominative, without quotes."""
        return {language: cell.name for language, cell in self.cells["nominative"].items()}


@dataclass(frozen=True, slots=True)
class Templates:
    """Everything that the files hold."""

    openings: tuple[Opening, ...]
    frames: tuple[Frame, ...]
    entities: tuple[NamedEntity, ...]


@cache
def read_templates(folder: Path) -> Templates:
    """Read and check the seven files of a folder, once per process.

    Raises:
        CorpusError: a file is missing or damaged, a language is missing or given twice, a slot or bracket is wrong;
            names file and line.
    """
    openings = _read(folder / "openings.tsv", (), ("text",), _sentence)
    frames = [
        Frame(key, "PER", form, texts)
        for key, _, columns in _read(folder / "frames_per.tsv", (), FORMS["PER"], lambda text, _: _slot(text, "PER"))
        for form, texts in columns.items()
    ]
    for key, (form,), columns in _read(folder / "frames_loc.tsv", ("form",), ("text",), _loc_slot):
        frames.append(Frame(key, "LOC", form, columns["text"]))
    for key, _, columns in _read(folder / "frames_org.tsv", (), ("text",), lambda text, _: _slot(text, "ORG")):
        frames.append(Frame(key, "ORG", "nominative", columns["text"]))
    entities = [
        NamedEntity(key, type, kinds[0] if kinds else "", columns)
        for type, kind, cases in (
            ("PER", ("gender",), ("nominative",)),
            ("LOC", (), FORMS["LOC"]),
            ("ORG", ("kind",), ("nominative",)),
        )
        for key, kinds, columns in _read(folder / f"entities_{type.lower()}.tsv", kind, cases, _cell)
    ]
    return Templates(
        tuple(Opening(key, columns["text"]) for key, _, columns in openings), tuple(frames), tuple(entities)
    )


def _read(
    path: Path, fixed: tuple[str, ...], columns: tuple[str, ...], parse: Callable[[str, tuple[str, ...]], T]
) -> list[tuple[str, tuple[str, ...], dict[str, dict[str, T]]]]:
    """(id, fixed cells, column -> language -> parsed cell) of a file whose header is id, *fixed, language, *columns."""
    header = ["id", *fixed, "language", *columns]
    found: dict[str, tuple[str, tuple[str, ...], dict[str, dict[str, T]]]] = {}
    last: dict[str, int] = {}
    for number, cells in rows(path, len(header)):
        where = f"{path}, line {number}"
        if number == 1:
            if cells != header:
                raise CorpusError(f"{where}: expected the header {' '.join(header)!r}, got {' '.join(cells)!r}.")
            continue
        key, language, constant = cells[0], cells[len(fixed) + 1], tuple(cells[1 : len(fixed) + 1])
        try:
            check_languages([language], CODES)
            _, known, texts = found.setdefault(key, (key, constant, {column: {} for column in columns}))
            if known != constant:
                raise CorpusError(f"{key} is {constant[0]!r} here but {known[0]!r} in an earlier line.")
            if fixed == ("gender",) and constant[0] not in FORMS["PER"]:
                raise CorpusError(f"the gender of {key} is {constant[0]!r}; possible are male and female.")
            for column, text in zip(columns, cells[len(fixed) + 2 :], strict=True):
                if language in texts[column]:
                    raise CorpusError(f"{key} has a second line in {language!r}.")
                if not text or text != " ".join(text.split()):
                    raise CorpusError(f"{column} is empty or has blanks at its ends or two in a row: {text!r}.")
                texts[column][language] = parse(text, constant)
        except CorpusError as error:
            raise CorpusError(f"{where}: {error}") from error
        last[key] = number
    for key, (_, _, texts) in found.items():
        missing = [code for code in CODES if code not in texts[columns[0]]]
        if missing:
            raise CorpusError(f"{path}, line {last[key]}: {key} has no line in {', '.join(missing)}.")
    return list(found.values())


def _sentence(text: str, _: tuple[str, ...] = ()) -> str:
    first = next((char for char in text if char.isalnum()), "")
    if text[-1] not in ".!?" or not (first.isupper() or first.isdigit()) or re.search(r"[\[\]{}]", text):
        raise CorpusError(f"expected a sentence from a capital letter to . ! or ? without brackets, got {text!r}.")
    return text


def _loc_slot(text: str, fixed: tuple[str, ...]) -> tuple[str, str]:
    if fixed[0] not in FORMS["LOC"]:
        raise CorpusError(f"unknown form {fixed[0]!r}; possible are {', '.join(FORMS['LOC'])}.")
    return _slot(text, "LOC" if fixed[0] == "nominative" else f"LOC.{fixed[0]}")


def _slot(text: str, name: str) -> tuple[str, str]:
    parts = text.split(f"{{{name}}}")
    if len(parts) != 2:
        raise CorpusError(f"expected the slot {{{name}}} exactly once, found it {len(parts) - 1} times in {text!r}.")
    before, after = parts
    # A stand-in of one letter shows whether the slot is a word of its own.
    _sentence(f"{before}{after}" if re.search(r"\w", before) else f"{before}X{after}")
    if (len(before), len(before) + 1) not in word_spans(f"{before}X{after}"):
        raise CorpusError(f"something is attached to the slot in {text!r}; it must be a word of its own.")
    return before, after


def _cell(text: str, _: tuple[str, ...]) -> Cell:
    match = _BRACKETED.fullmatch(text)
    if (match is None and re.search(r"[\[\]]", text)) or re.search(r"[{}]", text):
        raise CorpusError(f"expected one name, at most one part of it in [brackets], got {text!r}.")
    cell = Cell(*match.groups()) if match else Cell("", text, "")
    spans = word_spans("".join(cell))
    start, stop = len(cell.before), len(cell.before) + len(cell.name)
    if start not in (span[0] for span in spans) or stop not in (span[1] for span in spans):
        raise CorpusError(f"the brackets of {text!r} cut a word in two; put the whole word between them.")
    return cell
