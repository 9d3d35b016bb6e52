"""Sentences -> CSV, TSV, JSON lines and Parquet with named columns, as `tables` reads them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from embspace.corpora.records import Sentence
from embspace.corpora.sentences import SENTENCES, sentence_table
from embspace.corpora.text_files import write_lines
from embspace.errors import CorpusError
from embspace.storage import write_aside

KINDS = (".csv", ".tsv", ".jsonl", ".parquet")


def write_table(sentences: Iterable[Sentence], path: Path | str) -> int:
    """Write sentences, a row each, everything that is known of them in columns; how many they were.

    Args:
        sentences: of any languages.
        path: its name says the format: .csv, .tsv, .jsonl or .parquet (.gz behind it: packed, but for Parquet).

    Raises:
        CorpusError: the format cannot hold a text, or is unknown; there are no sentences.
        StoreError: the disk is full or refuses the write.
    """
    path = Path(path)
    kind = Path(path.name.removesuffix(".gz")).suffix.lower()
    if kind not in KINDS or (kind == ".parquet" and path.suffix == ".gz"):
        raise CorpusError(f"{path}: expected a name that ends in {', '.join(KINDS)}.")
    stream = iter(sentences)
    first = list(islice(stream, 4096))
    if not first:
        raise CorpusError(f"{path} was not written: there are no sentences.")
    if kind == ".parquet":
        return _write_parquet(first, stream, path)
    rows = _rows(first, stream)
    if kind == ".jsonl":
        return write_lines(path, (json.dumps(_known(row), ensure_ascii=False) for row in rows))
    counted: list[int] = []
    write_lines(path, _delimited(rows, "," if kind == ".csv" else "\t", path, counted))
    return len(counted)


def _parts(first: list[Sentence], rest: Iterator[Sentence]) -> Iterator[list[Sentence]]:
    while first:
        yield first
        first = list(islice(rest, 4096))


def _rows(first: list[Sentence], rest: Iterator[Sentence]) -> Iterator[dict[str, Any]]:
    for part in _parts(first, rest):
        yield from sentence_table(part).to_pylist()


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "")}


def _write_parquet(first: list[Sentence], rest: Iterator[Sentence], path: Path) -> int:
    def write(stream: Any) -> int:
        count = 0
        with pq.ParquetWriter(stream, SENTENCES, write_page_checksum=True) as writer:
            for part in _parts(first, rest):
                writer.write_table(sentence_table(part))
                count += len(part)
        counted.append(count)
        return count

    counted: list[int] = []
    write_aside(path, partial(write))
    return counted[0]


def _delimited(rows: Iterator[dict[str, Any]], delimiter: str, path: Path, counted: list[int]) -> Iterator[str]:
    yield delimiter.join(SENTENCES.names)
    for number, row in enumerate(rows, 2):
        counted.append(number)
        cells = [_cell(value) for value in row.values()]
        for cell in cells:
            if "\r" in cell or "\0" in cell or (delimiter == "\t" and ("\t" in cell or "\n" in cell)):
                raise CorpusError(f"{path}, row {number}: {cell[:60]!r} does not fit; write .jsonl or .parquet.")
        if delimiter == "\t":
            yield "\t".join(cells)
        else:
            line = io.StringIO()
            csv.writer(line, lineterminator="\n").writerow(cells)
            yield from line.getvalue()[:-1].split("\n")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
