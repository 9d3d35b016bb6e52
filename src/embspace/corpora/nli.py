"""Natural language inference: MultiNLI and XNLI as TSV or JSONL, in and out; SICK and XNLI-MT by their columns."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embspace.corpora.languages import language_code
from embspace.corpora.records import LABELS, Entailment
from embspace.corpora.text_files import numbered_lines, write_lines
from embspace.errors import CorpusError

COLUMNS = ("language", "language2", "gold_label", "sentence1", "sentence2", "pairID", "genre")
"""what is written; `language2` is the hypothesis' language"""
_NAMES = {
    "premise": ("sentence1", "premise", "sentence_A"),
    "hypothesis": ("sentence2", "hypothesis", "hypo", "sentence_B"),
    "label": ("gold_label", "label", "entailment_judgment"),
    "id": ("pairID", "pair_ID", "id"),
    "language": ("language", "lang"),
    "language2": ("language2",),
    "genre": ("genre",),
}
_NEEDED = ("premise", "hypothesis", "label")
_LABELS = {**{one: one for one in LABELS}, "contradictory": LABELS[2], **{str(n): one for n, one in enumerate(LABELS)}}
_NO_GOLD = ("-", "-1")


def read_nli(
    path: Path | str,
    *,
    language: str | None = None,
    languages: Sequence[str] | None = None,
    unlabeled: Counter[str] | None = None,
) -> Iterator[Entailment]:
    """Yield the labeled pairs of a TSV file with named columns, or of a `.jsonl` file (`.gz` alike).

    Premise, hypothesis and label are known by the names of MultiNLI and XNLI (`sentence1 sentence2 gold_label`), of
    XNLI-MT (`premise hypo label`) and of SICK; labels by the three words, `contradictory`, or 0 1 2 in the order of
    `LABELS`. The id is `pairID`, or the number of the line. Pairs without a gold label (`-`) are left out.

    Args:
        path: of the file.
        language: of both texts, where no column says it (as in MultiNLI).
        languages: only pairs whose texts are in these; None: all.
        unlabeled: takes the number of pairs without a gold label, by the language of the premise.

    Raises:
        CorpusError: a column or key that is missing, a row of another width, no JSON, a label that is none of the
            three, a language that is no code or not told, or one of `languages` without any pair.
    """
    jsonl = Path(path).name.removesuffix(".gz").endswith((".jsonl", ".json"))
    seen: set[str] = set()
    for number, row in (_json_rows if jsonl else _table_rows)(path):
        where = f"{path}, line {number}"
        first = row.get("language") or language
        if not first:
            raise CorpusError(f"{where}: no column says the language; say it, such as language='en'.")
        second = row.get("language2") or first
        for code in {first, second} - seen:
            language_code(code, where)
        seen |= {first, second}
        if languages is not None and not {first, second} <= set(languages):
            continue
        label = row["label"].strip()
        if label in _NO_GOLD:
            if unlabeled is not None:
                unlabeled[first] += 1
            continue
        if label.lower() not in _LABELS:
            raise CorpusError(f"{where}: label {label!r}; possible are {', '.join(LABELS)}, or - for none.")
        id, genre = row.get("id") or str(number), row.get("genre") or ""
        yield Entailment(row["premise"], row["hypothesis"], _LABELS[label.lower()], (first, second), id, genre)
    absent = [one for one in languages or () if one not in seen]
    if absent:
        raise CorpusError(f"{path} has no pairs in {', '.join(absent)}; its languages are {', '.join(sorted(seen))}.")


def has_pairs(names: Iterable[str]) -> bool:
    """Whether columns of these names hold premise, hypothesis and label."""
    names = set(names)
    return all(names & set(_NAMES[key]) for key in _NEEDED)


def _table_rows(path: Path | str) -> Iterator[tuple[int, dict[str, str]]]:
    at: dict[str, int] = {}
    width = 0
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        cells = line.split("\t")
        if not width:
            at, width = (
                {key: cells.index(name) for key, name in _known(cells, f"{path}, line {number}").items()},
                len(cells),
            )
        elif len(cells) != width:
            raise CorpusError(f"{path}, line {number}: expected {width} tab-separated columns, got {len(cells)}.")
        else:
            yield number, {key: cells[column] for key, column in at.items()}


def _json_rows(path: Path | str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in numbered_lines(path):
        where = f"{path}, line {number}"
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
        except json.JSONDecodeError as error:
            raise CorpusError(f"{where}: no JSON at column {error.colno}: {error.msg}.") from error
        if not isinstance(row, Mapping):
            raise CorpusError(f"{where}: expected an object per line, as in {{'sentence1': ...}}.")
        found = {key: row[name] for key, name in _known(row, where).items()}
        found = {key: value for key, value in found.items() if value is not None or key in _NEEDED}
        for key, value in found.items():
            texts = (str,) if key in ("premise", "hypothesis") else (str, int)
            if not isinstance(value, texts) or isinstance(value, bool):
                raise CorpusError(f"{where}: {key} is {value!r}; expected text.")
        yield number, {key: str(value) for key, value in found.items()}


def _known(names: Iterable[str], where: str) -> dict[str, str]:
    """What is read -> the name it has here."""
    names = list(names)
    found = {key: next((one for one in known if one in names), None) for key, known in _NAMES.items()}
    for key in _NEEDED:
        if found[key] is None:
            has = ", ".join(names)[:200]
            raise CorpusError(f"{where}: no column for the {key}; expected {' or '.join(_NAMES[key])}, got {has}.")
    return {key: name for key, name in found.items() if name is not None}


def write_nli(pairs: Iterable[Entailment], path: Path | str) -> int:
    """Write pairs as TSV with a header, or as JSONL where the name ends so (`.gz` alike); how many.

    Raises:
        CorpusError: a text with a tab or line break, for which JSONL has room and TSV none.
        StoreError: the disk is full or refuses the write.
    """
    rows = ((*one.languages, one.label, one.premise, one.hypothesis, one.id, one.genre) for one in pairs)
    if Path(path).name.removesuffix(".gz").endswith((".jsonl", ".json")):
        as_json = (json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) for row in rows)
        return write_lines(path, as_json)

    def lines() -> Iterator[str]:
        yield "\t".join(COLUMNS)
        for row in rows:
            for cell in row:
                if any(char in cell for char in "\t\r\n\0"):
                    raise CorpusError(f"Pair {row[5]}: a tab or line break in {cell[:60]!r}; write it as .jsonl.")
            yield "\t".join(row)

    return write_lines(path, lines()) - 1
